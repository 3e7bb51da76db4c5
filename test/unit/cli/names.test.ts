import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addressBook, openAddressBook, ownAddress, withOwn } from '../../../src/cli/names.ts';
import { ZERO_ADDRESS } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { addressToChecksum } from '../../../src/lib/secp256k1.ts';
import { actor } from '../rpc/small-chain.ts';

const alice = actor('alice');
const bob = actor('bob');
const book = addressBook([
  { name: 'alice', address: alice.address },
  { name: 'bob', address: bob.address },
  // A key of the keystore with the name of an account of the devnet.
  { name: 'alice', address: bob.address },
]);

describe('an account', () => {
  test('is found by its name, and the first of two with a name is meant', () => {
    expect(book.find('alice')).toEqual({ ok: true, value: alice.address });
    expect(book.find('bob')).toEqual({ ok: true, value: bob.address });
  });

  test('is found by its address, whose checksum must be right', () => {
    const checksummed = addressToChecksum(bob.address);
    expect(book.find(checksummed)).toEqual({ ok: true, value: bob.address });
    expect(book.find(toHex(bob.address))).toEqual({ ok: true, value: bob.address });
    const at = [...checksummed].findIndex((each, i) => i > 1 && /[a-z]/i.test(each));
    const letter = checksummed[at] ?? '';
    const flipped = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
    const wrong = checksummed.slice(0, at) + flipped + checksummed.slice(at + 1);
    expect(book.find(wrong)).toMatchObject({ fault: { code: 'ADDRESS_CHECKSUM' } });
    expect(book.find('0x12')).toMatchObject({ fault: { code: 'ADDRESS_INVALID' } });
    expect(book.find('0X12')).toMatchObject({ fault: { code: 'ADDRESS_INVALID' } });
  });

  test('that nobody has is refused with the names that there are', () => {
    const { fault } = book.find('alise') as {
      readonly fault: { readonly message: string; readonly data: unknown };
    };
    expect(fault).toMatchObject({ code: 'ACCOUNT_UNKNOWN', data: { name: 'alise', similar: ['alice'] } });
    expect(fault.message).toContain('one of alice, bob');
    expect(addressBook([]).find('alice')).toMatchObject({
      fault: { message: expect.stringContaining('no names are known here') as unknown },
    });
    const many = addressBook(Array.from({ length: 20 }, (_, i) => ({ name: `n${i}`, address: bob.address })));
    expect(many.find('x')).toMatchObject({ fault: { message: expect.stringMatching(/n11, …$/) as unknown } });
  });

  test('is shown with its name, if it has one', () => {
    expect(book.show(toHex(alice.address))).toBe(`alice (${addressToChecksum(alice.address)})`);
    expect(book.label(alice.address)).toBe('alice');
    const stranger = actor('stranger').address;
    expect(book.show(stranger)).toBe(addressToChecksum(stranger));
    expect(book.label(stranger)).toBe(addressToChecksum(stranger));
    expect(book.show('not an address')).toBe('not an address');
  });
});

test('the zero address can be looked up, but is a recipient only if that is allowed', () => {
  const zero = `0x${'00'.repeat(20)}`;
  expect(book.find(zero)).toEqual({ ok: true, value: ZERO_ADDRESS });
  expect(book.recipient(zero)).toMatchObject({ fault: { code: 'ADDRESS_ZERO' } });
  expect(addressBook([], { allowZeroAddress: true }).recipient(zero)).toEqual({
    ok: true,
    value: ZERO_ADDRESS,
  });
  expect(book.recipient('alice')).toEqual(book.find('alice'));
  expect(book.recipient('alise')).toEqual(book.find('alise'));
});

describe('whose account', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-names-'));
  const keystore = join(folder, 'keys');

  test('is that of the argument, or of the key or its file, without a password', async () => {
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'bob.key');
    writeFileSync(path, toHex(bob.privateKey));
    const own = (who: string | undefined, options: object) => ownAddress(who, { keystore, ...options });
    expect(await own(toHex(alice.address), {})).toBe(toHex(alice.address));
    expect(await own(undefined, { privateKeyFile: path })).toBe(toHex(bob.address));
    for (const [who, options] of [
      [toHex(alice.address), { privateKeyFile: path }],
      [toHex(alice.address), { key: 'alice' }],
      [undefined, { key: 'alice', privateKeyFile: path }],
    ] as const)
      await expect(own(who, options)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect(await own(undefined, { key: toHex(bob.address) })).toBe(toHex(bob.address));
    await expect(own(undefined, {})).rejects.toMatchObject({ code: 'ACCOUNT_MISSING' });
    await expect(own('nobody', {})).rejects.toMatchObject({ code: 'ACCOUNT_UNKNOWN' });
    expect((await openAddressBook({ keystore })).find('alice').ok).toBe(false);
  });

  test('can be said with the options of every verb that only reads', () => {
    const command = withOwn(new Command('show'));
    expect(command.options.map(({ long }) => long)).toEqual(['--keystore', '--key', '--private-key-file']);
  });
});
