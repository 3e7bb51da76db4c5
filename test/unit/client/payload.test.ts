/** What a payload of a wrong form is refused with: all that is wrong, field by field. */
import { describe, expect, test } from 'vitest';
import type { Payload } from '../../../src/client/payload.ts';
import { checkSendOptions, type SendOptions } from '../../../src/client/send-options.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { addressToChecksum } from '../../../src/lib/secp256k1.ts';
import { type KindName, kindByName } from '../../../state/tx/registry.ts';
import { alice, bob } from '../rpc/server.ts';
import { genesisOf } from '../state/fixture.ts';
import { stubNode } from './stub-node.ts';

const { params } = genesisOf();
const kindOf = (name: KindName) => kindByName(name) ?? expect.unreachable(`there is a kind ${name}`);

/** The problems that a payload has by its form. */
const problemsOf = (name: KindName, payload: unknown): unknown => {
  const body = kindOf(name).fromJson(payload);
  if (body.ok) return [];
  expect(body.fault.code).toBe('JSON_INVALID');
  return body.fault.data?.problems;
};
/** The problems that a payload has by the stateless check of its kind. */
const checked = (name: KindName, payload: unknown) => {
  const body = kindOf(name).fromJson(payload);
  return body.ok ? body.value.check(params) : expect.unreachable(body.fault.message);
};

const terms: Payload<'datanetCreate'> = {
  name: 'questions',
  domain: 'sums',
  rules: 2,
  licence: 'MIT',
  schema: { fields: ['question', 'answer'], promptFields: 1 },
  commons: undefined,
  matchBitsFloor: 0,
  access: 'open',
  contributors: [],
  reviewers: [alice.address, bob.address],
  quorum: 2,
  bondPerByte: 10n ** 12n,
  prices: { inMin: 0n, outMin: 0n },
};

describe('a payload of JavaScript', () => {
  test('is the same as its JSON', () => {
    const json = { to: toHex(bob.address), amount: '12' };
    for (const payload of [
      json,
      { to: bob.address, amount: 12n },
      { to: Buffer.from(bob.address), amount: 12 },
    ]) {
      const body = kindOf('transfer').fromJson(payload);
      expect(body.ok && body.value.toJson()).toEqual(json);
    }
    const body = kindOf('datanetCreate').fromJson(terms);
    expect(body.ok && body.value.payload).toEqual(terms);
  });

  test('of a Datanet, a contribution or a model is of version 2 of the rules unless it says otherwise', () => {
    const { rules: _, ...unsaid } = terms;
    const rulesOf = (payload: unknown) => {
      const body = kindOf('datanetCreate').fromJson(payload);
      return body.ok ? Reflect.get(body.value.payload, 'rules') : body.fault.code;
    };
    expect([unsaid, { ...unsaid, rules: 1 }, { ...unsaid, rules: 3 }].map(rulesOf)).toEqual([
      2,
      1,
      'JSON_INVALID',
    ]);
    for (const name of ['datanetCreate', 'dataContribution', 'modelRegistration', 'modelRevision'] as const) {
      const { required, properties } = kindOf(name).schema;
      expect(required).not.toContain('rules');
      expect(properties).toHaveProperty('rules.default', 2);
    }
  });

  test('does not change after it was read', () => {
    const to = Uint8Array.from(bob.address);
    const body = kindOf('transfer').fromJson({ to, amount: 1n });
    to.fill(0);
    expect(body.ok && body.value.toJson()).toMatchObject({ to: toHex(bob.address) });
  });

  test.each<[unknown, readonly string[]]>([
    [null, ['value: expected an object']],
    [5, ['value: expected an object']],
    [[], ['value: expected an object']],
    [{}, ['to: missing field', 'amount: missing field']],
    [{ to: bob.address, amount: 1n, note: '' }, ['note: unknown field; the fields are to, amount']],
    [
      { to: toHex(bob.address).slice(2), amount: 1.5 },
      [
        'to: expected 0x followed by an even number of hex digits; write 0x before the digits',
        'amount: expected an unsigned integer below 2^128, as a bigint, a decimal string or a safe number',
      ],
    ],
    [
      { to: bob.address.subarray(1), amount: -1n },
      [
        'to: expected 20 bytes, got 19',
        'amount: expected an unsigned integer below 2^128, as a bigint, a decimal string or a safe number',
      ],
    ],
    [
      { to: null, amount: 2n ** 128n },
      [
        'to: expected bytes, as a Uint8Array or 0x-hex',
        'amount: expected an unsigned integer below 2^128, as a bigint, a decimal string or a safe number',
      ],
    ],
    [
      { to: [1, 2], amount: '1e3' },
      [
        'to: expected bytes, as a Uint8Array or 0x-hex',
        'amount: expected an unsigned integer below 2^128, as a bigint, a decimal string or a safe number',
      ],
    ],
  ])('that is no transfer is refused with all that is wrong: %o', (payload, problems) => {
    expect(problemsOf('transfer', payload)).toEqual(problems);
  });

  test('with bytes or a bigint for a text is refused', () => {
    expect(
      problemsOf('datanetCreate', { ...terms, name: Uint8Array.of(1), domain: 5n, access: 'closed' }),
    ).toEqual([
      'name: expected well-formed text of at most 64 bytes of UTF-8',
      'domain: expected well-formed text of at most 64 bytes of UTF-8',
      'access: expected one of open, permissioned',
    ]);
  });

  test('names the place of what is wrong inside it', () => {
    const payload = {
      ...terms,
      reviewers: ['0x12', bob.address, 5],
      prices: { inMin: 'x' },
      commons: { root: '0x', items: -1, tokens: 1n, bytes: 1n },
    };
    expect(problemsOf('datanetCreate', payload)).toMatchObject([
      'commons.root: expected 32 bytes, got 0',
      'commons.items: expected an integer of 0 to 4294967295',
      'reviewers[0]: expected 20 bytes, got 1',
      'reviewers[2]: expected bytes, as a Uint8Array or 0x-hex',
      expect.stringMatching(/^prices.inMin: expected an unsigned integer/),
      'prices.outMin: missing field',
    ]);
  });

  test('with an address whose checksum is wrong is refused with the right one', () => {
    const right = addressToChecksum(bob.address);
    const wrong = right.replace(/[a-f]/, (letter) => letter.toUpperCase());
    expect(problemsOf('transfer', { to: right, amount: 1n })).toEqual([]);
    expect(
      problemsOf('transfer', { to: toHex(bob.address).toUpperCase().replace('0X', '0x'), amount: 1n }),
    ).toEqual([]);
    expect(problemsOf('transfer', { to: wrong, amount: 1n })).toEqual([
      `to: the EIP-55 checksum of ${wrong} is wrong; check for a typo: these digits are written ${right}`,
    ]);
  });

  test('lists twenty problems and no more, in its message too', () => {
    const body = kindOf('datanetCreate').fromJson({
      ...terms,
      reviewers: Array.from({ length: 64 }, () => 'x'),
    });
    const fault = body.ok ? expect.unreachable('it is no payload') : body.fault;
    expect(fault.data?.problems).toHaveLength(20);
    expect(fault.message).toMatch(/^the first 20 problems: reviewers\[0\]: .*; reviewers\[19\]: /);
  });

  test('says how many problems there are, and one problem as it is', () => {
    const messageOf = (payload: unknown): string => {
      const body = kindOf('transfer').fromJson(payload);
      return body.ok ? '' : body.fault.message;
    };
    expect(messageOf({})).toBe('2 problems: to: missing field; amount: missing field');
    expect(messageOf({ to: bob.address })).toBe('amount: missing field');
  });
});

describe('the stateless check of a kind', () => {
  test('lists all that is wrong, under the code of the first', () => {
    const payload = {
      ...terms,
      name: '',
      schema: { fields: [], promptFields: 2 },
      quorum: 9,
      bondPerByte: 0n,
    };
    const fault = checked('datanetCreate', payload);
    expect(fault).toMatchObject({ code: 'DATANET_NAME', data: { field: 'name' } });
    expect(fault?.data?.problems).toMatchObject([
      'name: a Datanet has a name, a domain and a licence',
      expect.stringMatching(/^schema.fields: /),
      'schema.promptFields: 2 prompt fields, but 0 fields',
      expect.stringMatching(/^bondPerByte: a bond of at least/),
      expect.stringMatching(/^quorum: a quorum of 9 with 2 reviewers/),
    ]);
    expect(fault?.message).toMatch(/^5 problems: name: .*; quorum: /);
  });

  test('names the field of one problem', () => {
    expect(checked('transfer', { to: bob.address, amount: 0n })).toEqual({
      code: 'TRANSFER_ZERO',
      message: 'amount: a transfer moves at least one base unit',
      data: { field: 'amount', problems: ['amount: a transfer moves at least one base unit'] },
    });
    expect(checked('transfer', { to: bob.address, amount: 1n })).toBeUndefined();
  });
});

describe('the options of sending', () => {
  test.each<[SendOptions, readonly string[]]>([
    [{ tip: 1 as never }, ['tip']],
    [
      { tip: -1n, nonce: '0' as never, maxFee: null as never, validUntil: 2n ** 64n },
      ['tip', 'nonce', 'maxFee', 'validUntil'],
    ],
    [{ mode: 'soon' as never, timeoutMs: '5' as never }, ['mode', 'timeoutMs']],
    [{ timeoutMs: Number.NaN }, ['timeoutMs']],
  ])('of a wrong type are refused, each by its name: %o', (options, names) => {
    let caught: unknown;
    try {
      checkSendOptions(options);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'ARGUMENT_INVALID' });
    const { problems } = (caught as { fault: { data: { problems: string[] } } }).fault.data;
    expect(problems.map((each) => each.split(':')[0])).toEqual(names);
  });

  test('are checked before the node is asked', async () => {
    const domain = { chainId: 1n, genesisHash: sha256(new Uint8Array()) };
    const wallet = await createWallet(await stubNode({}), alice.privateKey, domain);
    const payload = { to: bob.address, amount: 1n };
    await expect(wallet.send('transfer', payload, { tip: 1 as never })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
    for (const kind of ['transfers', '', null, undefined, 5])
      await expect(wallet.send(kind as string, {})).rejects.toMatchObject({ code: 'TX_KIND_UNKNOWN' });
    await expect(wallet.send<string>('transfer', { to: 5 })).rejects.toMatchObject({
      code: 'JSON_INVALID',
      fault: { data: { problems: [expect.any(String), 'amount: missing field'] } },
    });
  });

  test('payloads are typed by their kind', async () => {
    const domain = { chainId: 1n, genesisHash: sha256(new Uint8Array()) };
    const { preview } = await createWallet(await stubNode({}), alice.privateKey, domain);
    // @ts-expect-error: an amount is a bigint
    await expect(preview('transfer', { to: bob.address, amount: 1.5 })).rejects.toMatchObject({
      code: 'JSON_INVALID',
    });
    // @ts-expect-error: there is no such field
    await expect(preview('transfer', { to: bob.address, amount: 1n, fee: 2n })).rejects.toMatchObject({
      code: 'JSON_INVALID',
    });
  });
});
