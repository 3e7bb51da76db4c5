import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Address } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { accountsIn } from '../../../state/charge.ts';
import { accountKey, potKey } from '../../../state/modules/ledger/accounts.ts';

test('law: the accounts among the writes of a block are found by their keys, whatever their addresses', () => {
  const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => bytes as Address);
  const addresses = fc.uniqueArray(address, { selector: toHex });
  fc.assert(
    fc.property(addresses, (all) => {
      const writes = new Map<string, Uint8Array | undefined>([[potKey('treasury'), new Uint8Array(16)]]);
      for (const each of all) writes.set(accountKey(each), new Uint8Array(24));
      writes.set('accountsOfNobody', undefined);
      expect(accountsIn(writes)).toEqual(all.map(toHex));
    }),
  );
});
