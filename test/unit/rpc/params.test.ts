/** Parameters are checked at the cost of their first fault. */
import * as Type from 'typebox';
import { describe, expect, test } from 'vitest';
import { readerOf } from '../../../rpc/params.ts';
import { addressIn, bytesIn, uint64In } from '../../../rpc/schemas/fields.ts';
import { METHOD_SCHEMAS } from '../../../rpc/schemas/registry.ts';
import { OUTPUT_BYTES_MAX, PROMPT_BYTES_MAX } from '../../../state/attribution/parameters.ts';

const strict = { additionalProperties: false };

/** Reads to the end, and counts the steps. */
const read = (schema: object, value: unknown) => {
  const steps = readerOf(schema)(value, '');
  let count = 0;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { result: step.value, steps: count };
    count += 1;
  }
};

const faultOf = (schema: object, value: unknown): string => {
  const { result } = read(schema, value);
  return result.ok ? 'none' : `${String(result.fault.data?.path)} | ${result.fault.message}`;
};

/** A list whose elements must not be looked at. */
const untouchable = (length: number): readonly unknown[] =>
  new Proxy(Array.from({ length }), {
    get: (list, name) => {
      if (typeof name === 'string' && /^[0-9]+$/.test(name)) throw new Error(`element ${name} was looked at`);
      return Reflect.get(list, name) as unknown;
    },
  });

describe('a list', () => {
  const numbers = Type.Object(
    { list: Type.Array(uint64In('A number.'), { minItems: 2, maxItems: 5 }) },
    strict,
  );

  test('past its limit is refused before any element is looked at', () => {
    expect(faultOf(numbers, { list: untouchable(100_000) })).toBe(
      'list | list: must not have more than 5 items',
    );
    expect(faultOf(numbers, { list: untouchable(1) })).toBe('list | list: must not have fewer than 2 items');
    const objects = METHOD_SCHEMAS.content_put.params;
    expect(faultOf(objects, { objects: untouchable(100_000) })).toMatch(
      'objects: must not have more than 4096',
    );
    const salt = `0x${'00'.repeat(32)}`;
    const withIds = (prompt: object, output: object) => ({
      objects: [{ type: 'inference', rules: 2, prompt: '', output: '', salt, ids: { prompt, output } }],
    });
    expect(faultOf(objects, withIds(untouchable(PROMPT_BYTES_MAX + 1), []))).toMatch(
      `objects.0.ids.prompt: must not have more than ${PROMPT_BYTES_MAX} items`,
    );
    expect(faultOf(objects, withIds([], untouchable(OUTPUT_BYTES_MAX + 1)))).toMatch(
      `objects.0.ids.output: must not have more than ${OUTPUT_BYTES_MAX} items`,
    );
  });

  test('is left at its first fault', () => {
    let looked = 0;
    const list = Array.from({ length: 5 });
    for (const i of list.keys())
      Object.defineProperty(list, i, {
        get: () => {
          looked += 1;
          return i === 1 ? 'x' : i;
        },
      });
    expect(faultOf(numbers, { list })).toMatch(/^list.1 \| list.1: /);
    expect(looked).toBe(2);
  });

  test('may pause after each leaf, also in lists of lists', () => {
    const items = Array.from({ length: 50 }, (_, i) => `0x${i.toString(16).padStart(64, '0')}`);
    const { result, steps } = read(METHOD_SCHEMAS.content_put.params, {
      objects: [
        { type: 'contribution', items },
        { type: 'item', rules: 2, text: 'a', promptTokens: 0, salt: `0x${'00'.repeat(32)}` },
      ],
    });
    expect([result.ok, steps]).toEqual([true, 56]);
  });
});

describe('names', () => {
  test('that are unknown are refused before any value is looked at, and one of them is told', () => {
    const params = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, 0]));
    expect(faultOf(METHOD_SCHEMAS.node_status.params, params)).toBe(' | unknown k0');
    const given = {
      x: 1,
      get address(): string {
        throw new Error('the value was looked at');
      },
    };
    expect(faultOf(METHOD_SCHEMAS.account_get.params, given)).toBe(' | unknown x');
  });

  test('are cut in the message', () => {
    expect(faultOf(METHOD_SCHEMAS.node_status.params, { ['k'.repeat(10_000)]: 1 })).toBe(
      ` | unknown ${'k'.repeat(40)}`,
    );
  });
});

test.each([[{ toString: [] }], [{ toString: 'own' }], [['0x']], [42], [null]])(
  'an address that is %j is refused in words',
  (address) => {
    const schema = Type.Object({ address: addressIn('Who.') }, strict);
    expect(faultOf(schema, { address })).toBe(
      'address | address: must be an address, 0x and 40 hex digits, in a string',
    );
  },
);

test('a text far past its limit is refused by its length', () => {
  const schema = Type.Object({ bytes: bytesIn(4, 'Bytes.') }, strict);
  expect(faultOf(schema, { bytes: 'z'.repeat(1_000) })).toBe(
    'bytes | bytes: must not have more than 10 characters',
  );
});

describe('a union is read as the branch that was meant', () => {
  const send = METHOD_SCHEMAS.tx_send.params;
  const signed = {
    from: `0x${'11'.repeat(20)}`,
    nonce: '0',
    maxFee: '1',
    tip: '0',
    validUntil: '9',
    kind: 'transfer',
    payload: {},
    signature: `0x${'22'.repeat(65)}`,
  };

  test.each<[unknown, string]>([
    [{ ...signed, signature: '0x12' }, 'transaction.signature'],
    [{ ...signed, nonce: -1 }, 'transaction.nonce'],
    [{ ...signed, extra: 1 }, 'transaction | transaction: unknown extra'],
    [5, 'transaction | transaction: must be string or object'],
    ['0x1', 'transaction | transaction: must be 0x followed by'],
  ])('%j', (transaction, told) => {
    expect(faultOf(send, { transaction })).toMatch(told);
  });

  test('by its type, and by the first element of a list', () => {
    const put = METHOD_SCHEMAS.content_put.params;
    const of = (items: readonly unknown[]) => faultOf(put, { objects: [{ type: 'contribution', items }] });
    expect(faultOf(put, { objects: [{ type: 'pear' }] })).toMatch(
      /^objects.0.type \| .*one of item, contribution/,
    );
    expect(of([`0x${'00'.repeat(32)}`, 5])).toMatch(/^objects.0.items.1 /);
    expect(of([{ rules: 2, text: 'a', promptTokens: 0 }])).toMatch(/^objects.0.items.0 .*missing salt/);
    expect(of([])).toBe('none');
  });
});
