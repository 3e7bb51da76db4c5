import { createServer } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import type { KnownOutputs } from '../../../src/attribution/prover/contribution-prover.ts';
import { NOWHERE } from '../../../src/attribution/suffix-automaton.ts';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { toHeight, ZERO_ROOT } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { DatanetId } from '../../../src/lib/ids.ts';
import type { TextCache } from '../../../src/services/corpus/text-cache.ts';
import { AwaitedOutputs } from '../../../src/services/watch/awaited-outputs.ts';
import { OutputIndex } from '../../../src/services/watch/output-index.ts';
import { SeenOutputs } from '../../../src/services/watch/seen-outputs.ts';
import type { Salted } from '../../../state/attribution/commitment.ts';
import type { RulesVersion } from '../../../state/attribution/rules.ts';
import { ReceiptBodyType, UNSAID } from '../../../state/tx/receipt.ts';
import { tokensOf } from '../attribution/support.ts';

const saltedOf = (text: string): Salted => ({
  tokens: tokensOf(text),
  source: utf8(text),
  salt: new Uint8Array(32),
});

const batch = `0x${'22'.repeat(32)}`;
const address = `0x${'33'.repeat(20)}`;
const root = (i: number): string => `0x${`0${i}`.repeat(32)}`;

/** By the root of the texts of a receipt: the version of the rules by which they were stored. */
const stored = new Map<string, RulesVersion>();
const receipt = (i: number, model: number, fee: bigint, rules: RulesVersion = 2) => {
  stored.set(root(i), rules);
  return {
    payer: address,
    lane: 0,
    model,
    version: 1,
    deadline: '40',
    texts: root(i),
    body: ReceiptBodyType.toJson({
      ...UNSAID,
      model,
      manifest: ZERO_ROOT,
      rules: 2,
      promptRoot: ZERO_ROOT,
      outputRoot: ZERO_ROOT,
      textRoot: ZERO_ROOT,
      tokensIn: 1,
      tokensOut: 6,
      bytesIn: 8,
      bytesOut: 48,
      compute: 1n,
      fee,
    }),
  };
};
const floors = { matchBits: 96, priceIn: '1', priceOut: '1' };

/** Model 1 draws on Datanet 3, model 2 on Datanet 4. The first receipt of a batch is free; the text of the last is of other rules. */
const answers: Readonly<Record<string, (params: { readonly id?: number }) => unknown>> = {
  receipt_getBatch: () => ({
    batch,
    provider: address,
    height: '5',
    deadline: '40',
    receipts: 4,
    open: [],
    settlements: [],
    bodies: [receipt(0, 1, 0n), receipt(1, 2, 7n), receipt(2, 1, 7n), receipt(3, 1, 7n, 1)],
  }),
  model_getVersion: ({ id }) => ({
    version: 1,
    height: '1',
    rules: 2,
    manifest: root(8),
    pins: [],
    weights: root(8),
    recipe: root(8),
    transcript: root(8),
    evaluationRoot: root(8),
    template: root(8),
    evaluation: [],
    floors,
    eligible: [{ datanet: id === 1 ? 3 : 4, count: 1, dataTokens: '6' }],
  }),
};

const node = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const { id, method, params } = JSON.parse(body) as {
      id: number;
      method: string;
      params: { id?: number };
    };
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method]?.(params) }));
  });
});
await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
afterAll(() => node.close());

/** Returns the first output that holds some words. */
const holderOf = ({ index, output }: KnownOutputs): ReturnType<KnownOutputs['output']> | undefined => {
  const windows = { starts: Uint32Array.of(0), ends: Uint32Array.of(4), count: 1 };
  const [first] = index.firsts(index.prepare(tokensOf('two three four five')), windows);
  return first === undefined || first === NOWHERE ? undefined : output(index.locate(first).contribution);
};

test('only outputs that were paid for, of models that draw on a Datanet, are held against what is declared there', async () => {
  const address = node.address();
  if (address === null || typeof address === 'string') throw new Error('it listens');
  const textCache: TextCache = {
    // All are the same words: what does not count must not hide what does.
    inferences: async (roots) =>
      roots.map((each) => ({
        rules: stored.get(toHex(each)) ?? 2,
        prompt: saltedOf('which'),
        output: saltedOf('one two three four five six'),
      })),
    missing: () => undefined,
    item: () => undefined,
    isPending: () => false,
    contributions: async () => [],
  };
  const seen = new SeenOutputs(createRpcClient(`http://127.0.0.1:${address.port}`), textCache, [
    { batch, height: '5' },
  ]);
  const placesIn = async (datanet: DatanetId): Promise<readonly number[]> => {
    const all = await seen.known(datanet, 4, toHeight(6n));
    return all === 'pending' ? expect.unreachable() : all.flatMap((known) => holderOf(known)?.index ?? []);
  };
  expect(await placesIn(3)).toEqual([2]);
  expect(await placesIn(4)).toEqual([1]);
  // Nothing is read twice.
  expect(await placesIn(3)).toEqual([2]);
});

const outputAt = (height: number, index = 0) => ({
  batch: sha256(Uint8Array.of(height >> 8, height & 255)),
  index,
  height: toHeight(BigInt(height)),
});

test('the first of several outputs with the same words is found in whatever order they arrive', () => {
  const text = saltedOf('one two three four five six');
  for (const heights of [
    [9, 3, 5],
    [3, 9, 5],
    [5, 9, 3],
    [9, 5, 3],
  ]) {
    const index = new OutputIndex(4);
    index.append({ output: outputAt(20), text });
    for (const height of heights) index.addLate([{ output: outputAt(height), text }]);
    const firsts = index.known().flatMap((known) => holderOf(known)?.height ?? []);
    expect(firsts.toSorted((a, b) => Number(a - b))[0]).toBe(3n);
    expect(index.text(outputAt(5).batch, 0)).toBe(text);
    expect(index.text(outputAt(6).batch, 0)).toBeUndefined();
  }
});

test('outputs that arrive late one after the other are kept in few indexes, each indexed again a few times', () => {
  const index = new OutputIndex(4);
  for (let i = 0; i < 200; i++) index.addLate([{ output: outputAt(i), text: saltedOf(`a b c d e f${i}`) }]);
  expect(index.known().length).toBeLessThanOrEqual(10);
  expect(index.text(outputAt(77).batch, 0)).toEqual(saltedOf('a b c d e f77'));
});

describe('texts that never arrive', () => {
  const asked: string[] = [];
  const empty: TextCache = {
    inferences: async (roots) => {
      asked.push(...roots.map(toHex));
      return roots.map(() => undefined);
    },
    missing: () => undefined,
    item: () => undefined,
    isPending: () => false,
    contributions: async () => [],
  };
  const missed = (i: number) => ({
    datanet: 3,
    output: outputAt(1, i),
    root: sha256(Uint8Array.of(i >> 8, i & 255)),
    rules: 2 as const,
    tokens: 6,
  });

  test('are looked for now and then, a few at once, and let go after some time', async () => {
    const awaited = new AwaitedOutputs(empty);
    for (let i = 0; i < 100; i++) awaited.miss(missed(i), toHeight(1n));
    let letGo = 0;
    for (let height = 1n; height < 1_200n; height++) {
      const before = asked.length;
      letGo += (await awaited.look(toHeight(height))).letGo;
      expect(asked.length - before).toBeLessThanOrEqual(64);
    }
    expect([letGo, awaited.size]).toEqual([100, 0]);
    expect(asked.length).toBeLessThanOrEqual(100 * 126);
    expect(asked.length).toBeGreaterThan(100 * 20);
  });

  test('make room for others, also if they are here by other rules than those of the model', async () => {
    const asked: string[] = [];
    const awaited = new AwaitedOutputs({
      ...empty,
      inferences: async (roots) => {
        asked.push(...roots.map(toHex));
        return roots.map(() => ({ rules: 1, prompt: saltedOf('which'), output: saltedOf('one two') }));
      },
      isPending: () => true,
    });
    for (let i = 0; i < 100; i++) awaited.miss(missed(i), toHeight(1n));
    for (let height = 1n; height < 1_200n; height++) await awaited.look(toHeight(height));
    expect(new Set(asked).size).toBe(100);
    expect(awaited.size).toBe(0);
  });

  test('do not make each other forgotten that are missed again, and are not kept beyond a limit', () => {
    const awaited = new AwaitedOutputs(empty);
    for (let i = 0; i < 5_000; i++) awaited.miss(missed(i), toHeight(1n));
    for (let i = 4_900; i < 5_000; i++) awaited.miss(missed(i), toHeight(2n));
    expect(awaited.size).toBe(4_096);
    expect(awaited.memory().every(({ since }) => since === '1')).toBe(true);
  });
});
