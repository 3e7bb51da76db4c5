import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { OF_CHAIN } from '../../../src/lib/ids.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import {
  checkStartable,
  type Genesis,
  genesisHash,
  genesisState,
  genesisToJson,
  genesisValidators,
  parseGenesis,
} from '../../../state/genesis.ts';
import { chainCommonsOf } from '../../../state/modules/data/chain-commons.ts';
import { acceptedOf, nextContribution } from '../../../state/modules/data/contributions.ts';
import { accountOf, OPEN, potTotal, TOTAL_SUPPLY } from '../../../state/modules/ledger/accounts.ts';
import { attestorOf } from '../../../state/modules/ledger/attestors.ts';
import { overlay } from '../../../state/view.ts';
import { smallOrderEncodings } from '../lib/edwards25519.ts';
import { addressOf, genesisOf, template } from './fixture.ts';

type Edit = (json: { [key: string]: Json }) => void;
const edited = (edit: Edit, genesis: Genesis = genesisOf()) => {
  const json = structuredClone(genesisToJson(genesis)) as { [key: string]: Json };
  edit(json);
  return parseGenesis(json);
};
const faultOf = (edit: Edit): string => {
  const result = edited(edit);
  return result.ok ? 'OK' : `${result.fault.code}: ${result.fault.message}`;
};
const COMMONS: Json = { root: `0x${'c0'.repeat(32)}`, items: 1, tokens: '8', bytes: '8' };
type Rows = { [key: string]: Json }[];

describe('the default genesis', () => {
  test('at the root of the project is valid but has no validators: a template', () => {
    expect(checkStartable(template())?.code).toBe('GENESIS_NO_VALIDATORS');
    expect(checkStartable(genesisOf())).toBeUndefined();
  });

  test('has the INFO-1 table that ships', () => {
    const table = readFileSync(new URL('../../../state/attribution/info-1.bin', import.meta.url));
    expect(toHex(template().params.attribution.info1Hash)).toBe(toHex(sha256(table)));
  });

  test('has the hash that its first chains have: whoever changes it makes another chain', () => {
    expect(toHex(genesisHash(template()))).toBe(
      '0x5f0f76bdde4efef86af3e74fa54d1bc16a31b903e2082b6b0107e91c9cafbb99',
    );
  });
});

describe('a genesis file', () => {
  test('means the same in any layout, order and way to write numbers', () => {
    const genesis = genesisOf();
    const shuffled = unwrap(
      edited((json) => {
        json.accounts = (json.accounts as Rows).toReversed();
        json.validators = (json.validators as Rows).toReversed();
        json.chainId = Number(json.chainId);
        const { name, ...rest } = json;
        for (const key of Object.keys(json)) delete json[key];
        Object.assign(json, rest, { name });
      }),
    );
    expect(toHex(genesisHash(shuffled))).toBe(toHex(genesisHash(genesis)));
    expect(genesisToJson(shuffled)).toEqual(genesisToJson(genesis));
  });

  test('that differs in anything has another hash', () => {
    const hashes = [
      genesisOf(),
      genesisOf((g) => ({ ...g, name: 'b' })),
      genesisOf((g) => ({ ...g, chainId: 5n })),
      genesisOf((g) => ({ ...g, time: g.time + 1n })),
      genesisOf((g) => ({ ...g, accounts: g.accounts.slice(1) })),
      genesisOf((g) => ({ ...g, params: { ...g.params, escrow: { withdrawDelay: 1 } } })),
    ].map((genesis) => toHex(genesisHash(genesis)));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test.each<[string, Edit, string]>([
    ['an unknown field', (g) => (g.extra = 1), 'JSON_INVALID: extra: unknown field'],
    ['a missing field', (g) => delete g.time, 'JSON_INVALID: time: missing field'],
    [
      'an unknown parameter',
      (g) => ((g.params as { fees: Rows[0] }).fees.x = 1),
      'JSON_INVALID: params.fees.x: unknown field',
    ],
    [
      'a negative balance',
      (g) => ((g.accounts as Rows)[1] = { address: toHex(addressOf('ada')), balance: '-1' }),
      'JSON_INVALID: accounts[1].balance',
    ],
    ['a chain id of another network', (g) => (g.chainId = '1612'), 'GENESIS_CHAIN_ID: chainId: 1612'],
    ['its other one', (g) => (g.chainId = '161201'), 'GENESIS_CHAIN_ID: chainId: 161201'],
    ['the chain id 0', (g) => (g.chainId = '0'), 'GENESIS_CHAIN_ID'],
    ['a chain id past what wallets take', (g) => (g.chainId = '9007199254740992'), 'GENESIS_CHAIN_ID'],
    ['a name with spaces', (g) => (g.name = 'My Chain'), 'GENESIS_NAME'],
    [
      'an account twice',
      (g) => (g.accounts as Rows).push({ address: toHex(addressOf('ada')), balance: '1' }),
      'GENESIS_DUPLICATE: accounts',
    ],
    [
      'a validator key twice',
      (g) => (g.validators as Rows).push({ ...(g.validators as Rows)[0], name: 'again' }),
      'GENESIS_DUPLICATE: validators',
    ],
    [
      'an attestor twice',
      (g) => (g.attestors as Rows).push({ ...(g.attestors as Rows)[0], bond: '1' }),
      'GENESIS_DUPLICATE: attestors',
    ],
    [
      'a stake of less than 1 OPEN',
      (g) => Object.assign((g.validators as Rows)[0] ?? {}, { stake: (OPEN - 1n).toString() }),
      'GENESIS_STAKE',
    ],
    [
      'a validator key that is no point',
      (g) => Object.assign((g.validators as Rows)[2] ?? {}, { publicKey: `0x02${'00'.repeat(31)}` }),
      `GENESIS_KEY: validators: the publicKey of v`,
    ],
    [
      'more money than there is',
      (g) =>
        (g.accounts as Rows).push({ address: toHex(addressOf('rich')), balance: TOTAL_SUPPLY.toString() }),
      'GENESIS_SUPPLY',
    ],
    ['no word of its commons', (g) => delete g.commons, 'JSON_INVALID: commons: missing field'],
    [
      'a commons of no items',
      (g) => (g.commons = { ...COMMONS, items: 0 }),
      'GENESIS_COMMONS: commons.items',
    ],
    [
      'a commons of more tokens than bytes',
      (g) => (g.commons = { ...COMMONS, tokens: '9' }),
      'GENESIS_COMMONS: commons.bytes',
    ],
    [
      'parameters no chain can run on',
      (g) =>
        ((g.params as { [key: string]: Rows[0] }).fees = {
          initialBaseFee: '0',
          minBaseFee: '0',
          maxStep: 8,
          gasPerByte: 1,
          gasPerSignature: 1,
        }),
      'GENESIS_PARAMS: params.fees',
    ],
  ])('with %s is refused, and told where', (_what, edit, expected) => {
    expect(faultOf(edit)).toContain(expected);
  });

  test.each(smallOrderEncodings().map(toHex))(
    'with the validator key %s, for which anybody can sign, is refused, and told whose it is',
    (publicKey) => {
      const validator = {
        name: 'open to all',
        publicKey,
        stake: OPEN.toString(),
        payout: toHex(addressOf('ada')),
      };
      const result = edited((g) => (g.validators as Rows).push(validator));
      expect(result).toMatchObject({
        ok: false,
        fault: {
          code: 'GENESIS_KEY',
          message: expect.stringContaining('the publicKey of open to all, 0x') as string,
          data: { field: 'validators.publicKey', name: 'open to all', publicKey },
        },
      });
    },
  );

  test.each(['[]', '3', 'null', '"genesis"', '{}'])('that is %s is refused', (text) => {
    expect(parseGenesis(JSON.parse(text) as Json)).toMatchObject({
      ok: false,
      fault: { code: 'JSON_INVALID' },
    });
  });
});

describe('the state of genesis', () => {
  test('holds the whole supply: balances, stakes, bonds, and the rest in the treasury', () => {
    const genesis = genesisOf();
    const view = overlay({ get: (key) => genesisState(genesis).get(key) });
    expect(accountOf(view, addressOf('ada')).balance).toBe(1_000_000n * OPEN);
    expect(potTotal(view, 'stakes')).toBe(40_000n * OPEN);
    expect(potTotal(view, 'attestorBonds')).toBe(1_000n * OPEN);
    expect(potTotal(view, 'treasury')).toBe(TOTAL_SUPPLY - 4_041_000n * OPEN);
    expect(attestorOf(view, addressOf('attestor'))).toEqual({
      payout: addressOf('attestor'),
      bond: 1000n * OPEN,
    });
    expect(attestorOf(view, addressOf('ada'))).toBeUndefined();
  });

  test('has the commons of the chain as contribution 0 of Datanet 0, if genesis names one', () => {
    const genesis = unwrap(edited((json) => (json.commons = COMMONS)));
    const view = overlay({ get: (key) => genesisState(genesis).get(key) });
    expect(chainCommonsOf(view)).toEqual(genesis.commons);
    expect(acceptedOf(view, OF_CHAIN)).toMatchObject({
      datanet: OF_CHAIN,
      commons: true,
      items: 1,
      tokens: 8n,
    });
    expect(nextContribution(view)).toBe(1);
    const none = overlay({ get: (key) => genesisState(genesisOf()).get(key) });
    expect([chainCommonsOf(none), acceptedOf(none, OF_CHAIN)]).toEqual([undefined, undefined]);
    expect(genesisHash(genesis)).not.toEqual(genesisHash(genesisOf()));
  });

  test('gives each validator its stake in whole OPEN as power', () => {
    const genesis = genesisOf((g) => ({
      ...g,
      validators: g.validators.map((v) => ({ ...v, stake: 7n * OPEN + OPEN / 2n })),
    }));
    expect(genesisValidators(genesis).map((v) => v.power)).toEqual([7n, 7n, 7n, 7n]);
  });
});
