import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { defaultGenesis } from '../../../node/genesis-file.ts';
import { addressBook } from '../../../src/cli/names.ts';
import {
  DATANET_EXAMPLE,
  modelExample,
  revisionExample,
  VOUCHER_EXAMPLE,
} from '../../../src/cli/payload-examples.ts';
import { aroundFile, readPayload, readPayloadFile, translatePayload } from '../../../src/cli/payload-file.ts';
import { findKind } from '../../../src/client/wallet.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { CodedError, unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { type Json, uint64, uint128 } from '../../../src/lib/ssz.ts';
import { modelRevision } from '../../../state/tx/model-revision.ts';
import { VoucherType } from '../../../state/tx/voucher.ts';
import { actor } from '../rpc/small-chain.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-payload-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ['weights.bin', 'recipe.txt']) writeFileSync(join(folder, name), name);

const people = ['alice', 'bob', 'carol', 'dave'];
const book = addressBook(people.map((name) => ({ name, address: actor(name).address })));
const around = { book, folder };
const hexOf = (name: string) => toHex(actor(name).address);
const write = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

const readKind = (kind: string, path: string) => readPayloadFile(path, kind, unwrap(findKind(kind)), book);

const faultOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof CodedError) return error.fault;
  }
  throw new Error('it was not refused');
};
const problemsIn = async (kind: string, content: unknown): Promise<readonly string[]> => {
  const path = write('wrong.json', content);
  const refused = await readKind(kind, path).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'PAYLOAD_INVALID' });
  return (refused as CodedError).fault.data?.problems as readonly string[];
};

describe('a payload in a file', () => {
  test.each<[string, string | Uint8Array]>([
    ['UTF8_INVALID', Buffer.from('{"name":"Größe"}', 'latin1')],
    ['JSON_DUPLICATE_KEY', '{"to":"bob","amount":"1","to":"carol"}'],
    ['JSON_NUMBER', '{"to":"bob","amount":1000000000000000000}'],
    ['FILE_NOT_JSON', '{"to":"bob",}'],
  ])('that would be signed as something else than it shows is refused: %s', async (code, content) => {
    const path = join(folder, 'ambiguous.json');
    writeFileSync(path, content);
    await expect(readKind('transfer', path)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(path) as unknown,
    });
  });

  test('may have names for addresses, amounts with a unit, and the hash of a file', async () => {
    const read = async (kind: string, content: unknown): Promise<Json> =>
      (await readKind(kind, write('payload.json', content))).toJson();
    expect(await read('transfer', { to: 'bob', amount: '1.5 OPEN' })).toEqual({
      to: hexOf('bob'),
      amount: '1500000000000000000',
    });
    expect(await read('transfer', { to: hexOf('bob'), amount: '7base' })).toMatchObject({ amount: '7' });
    expect(await read('transfer', { to: hexOf('bob'), amount: 7 })).toMatchObject({ amount: '7' });
    expect(await read('modelRegistration', modelExample([]))).toMatchObject({
      weights: toHex(sha256(utf8('weights.bin'))),
      shares: [{ account: hexOf('carol'), role: 'trainer', bps: 1000 }],
      prices: { in: '1000000000000000', out: '2000000000000000' },
    });
  });

  test('is translated in null, in lists and in unions as well', () => {
    const { schema } = unwrap(findKind('attributionChallenge'));
    const value = { batch: 'file:weights.bin', index: 3, settlement: `0x${'00'.repeat(32)}` };
    expect(translatePayload({ target: { type: 'receipt', value } }, schema, around).json).toEqual({
      target: { type: 'receipt', value: { ...value, batch: toHex(sha256(utf8('weights.bin'))) } },
    });
    const terms = unwrap(findKind('datanetCreate')).schema;
    const commons = { root: 'file:recipe.txt', items: 1, tokens: '3', bytes: '9' };
    expect(translatePayload({ commons, contributors: ['alice'] }, terms, around)).toEqual({
      json: {
        commons: { ...commons, root: toHex(sha256(utf8('recipe.txt'))) },
        contributors: [hexOf('alice')],
      },
      problems: [],
    });
    expect(translatePayload({ commons: null }, terms, around).json).toEqual({ commons: null });
  });

  test.each<Json>([null, 7, 'text', [], { commons: 7, contributors: 'alice', prices: [], schema: null }])(
    'that is something else is left to its own check: %j',
    (given) => {
      const { schema } = unwrap(findKind('datanetCreate'));
      expect(translatePayload(given, schema, around)).toEqual({ json: given, problems: [] });
    },
  );

  test('is refused with all that is wrong with it', async () => {
    const problems = await problemsIn('datanetCreate', {
      ...DATANET_EXAMPLE,
      reviewers: ['alise', hexOf('bob'), '0x12'],
      bondPerByte: '1.5',
      prices: { inMin: '-1 OPEN', outMin: 0.5 },
      colour: 'red',
    });
    expect(
      problems.filter((each) => each.startsWith('reviewers[0]: no account is named "alise"')),
    ).toHaveLength(1);
    expect(problems.filter((each) => each.startsWith('reviewers[2]: not an address'))).toHaveLength(1);
    expect(problems).toContain(
      'bondPerByte: not an amount: "1.5"; write "1.5 OPEN", or base units as "1500"',
    );
    expect(
      problems.filter((each) => each.startsWith('prices.inMin: not an amount: it has a sign')),
    ).toHaveLength(1);
    expect(problems).toContain(
      'prices.outMin: not an amount: 0.5; write "1.5 OPEN", or base units as "1500"',
    );
    expect(problems.filter((each) => each.startsWith('colour: unknown field'))).toHaveLength(1);
    expect(problems).toHaveLength(6);
  });

  test('may not name the zero address, unless it stands there if the field is left out', async () => {
    const zero = `0x${'00'.repeat(20)}`;
    const terms = { ...DATANET_EXAMPLE, reviewers: [hexOf('bob'), zero] };
    const path = write('zero.json', terms);
    await expect(readKind('datanetCreate', path)).rejects.toMatchObject({
      code: 'ADDRESS_ZERO',
      message: expect.stringContaining('reviewers[1]: nobody has the key of the zero address') as unknown,
    });
    expect(await problemsIn('datanetCreate', { ...terms, colour: 'red' })).toHaveLength(2);
    const allowing = addressBook([], { allowZeroAddress: true });
    const wide = { ...terms, contributors: [] };
    const kind = unwrap(findKind('datanetCreate'));
    expect(readPayload(wide, kind, { book: allowing, folder }, 'it').toJson()).toMatchObject({
      reviewers: [hexOf('bob'), zero],
    });
    const { schema } = unwrap(findKind('inferenceReceipt'));
    const given = { groups: [{ payer: zero, receipts: [{ app: zero }] }] };
    expect(translatePayload(given, schema, around).problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^groups\[0\]\.payer: nobody/),
    ]);
  });

  test('names a file that is not there', async () => {
    const problems = await problemsIn('modelRevision', {
      ...revisionExample([]),
      model: 1,
      weights: 'file:none',
    });
    expect(problems).toEqual([expect.stringMatching(/^weights: .*none cannot be read/)]);
  });

  test('names a file that has no end, or no content of its own', async () => {
    const device = { ...revisionExample([]), model: 1, weights: 'file:/dev/zero', recipe: 'file:/dev' };
    expect(await problemsIn('modelRevision', device)).toEqual([
      expect.stringMatching(/^weights: .*not a regular file/),
      expect.stringMatching(/^recipe: .*not a regular file/),
    ]);
  });

  test('with one problem says it in the message', () => {
    const what = 'v.json is not a voucher';
    const wrong = { ...VOUCHER_EXAMPLE, payer: 'nobody' };
    expect(faultOf(() => readPayload(wrong, VoucherType, around, what)).message).toMatch(
      /^v\.json is not a voucher: payer: no account is named "nobody"/,
    );
    const two = faultOf(() => readPayload({ ...wrong, amount: 'much' }, VoucherType, around, what));
    expect(two.message).toBe('v.json is not a voucher: 2 problems');
  });

  test('looks for files beside it, and beside the command for stdin', () => {
    expect(aroundFile(join(folder, 'a.json'), book).folder).toBe(folder);
    expect(aroundFile('-', book).folder).toBe(process.cwd());
  });
});

describe('an amount in a file', () => {
  test('needs its unit, unless it is in base units', () => {
    const amount = (json: Json) => translatePayload(json, uint128.schema, around);
    expect(amount('5')).toEqual({ json: '5', problems: [] });
    expect(amount('5 OPEN')).toEqual({ json: '5000000000000000000', problems: [] });
    for (const wrong of ['5.5', '', 'OPEN', null, true, 1.5, 2 ** 60, ['5'], '0x5', '5 open'])
      expect(amount(wrong).problems, JSON.stringify(wrong)).toHaveLength(1);
  });

  test('is no other integer', () => {
    expect(translatePayload('5 OPEN', uint64.schema, around)).toEqual({ json: '5 OPEN', problems: [] });
  });
});

describe('an example', () => {
  const { params } = defaultGenesis();
  const pin = { datanet: 1, count: 1, root: `0x${'12'.repeat(32)}` };

  test.each([
    ['datanetCreate', DATANET_EXAMPLE],
    ['modelRegistration', modelExample([pin])],
    ['modelRegistration', modelExample([])],
  ])('of %s can be sent as it is', async (kind, example) => {
    const body = await readKind(kind, write('example.json', example));
    expect(body.check(params)).toBeUndefined();
  });

  test('of a revision can be sent once the model is named', async () => {
    const example = { model: 1, ...revisionExample([pin]) };
    const body = await readKind(modelRevision.name, write('example.json', example));
    expect(body.check(params)).toBeUndefined();
  });

  test('of a voucher is one', () => {
    expect(readPayload(VOUCHER_EXAMPLE, VoucherType, around, 'it')).toMatchObject({ amount: 10n ** 16n });
  });
});
