import { createServer } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { NOWHERE } from '../../../src/attribution/suffix-automaton.ts';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import type { DatanetId } from '../../../src/lib/ids.ts';
import type { TextCache } from '../../../src/services/corpus/text-cache.ts';
import { SeenOutputs } from '../../../src/services/watch/seen-outputs.ts';
import { tokensOf } from '../attribution/support.ts';

const batch = `0x${'22'.repeat(32)}`;
const address = `0x${'33'.repeat(20)}`;
const root = (i: number): string => `0x${`0${i}`.repeat(32)}`;

const receipt = (i: number, model: number, fee: string) => ({
  payer: address,
  model,
  version: 1,
  body: { promptRoot: root(9), outputRoot: root(i), tokensIn: 1, tokensOut: 6, compute: '1', fee },
});
const floors = { matchBits: 96, priceIn: '1', priceOut: '1' };

/** Model 1 draws on Datanet 3, model 2 on Datanet 4. The first receipt of a batch is free. */
const answers: Readonly<Record<string, (params: { readonly id?: number }) => unknown>> = {
  receipt_getBatch: () => ({
    batch,
    provider: address,
    height: '5',
    deadline: '40',
    receipts: 3,
    open: [],
    settlements: [],
    bodies: [receipt(0, 1, '0'), receipt(1, 2, '7'), receipt(2, 1, '7')],
  }),
  model_getVersion: ({ id }) => ({
    version: 1,
    height: '1',
    manifest: root(8),
    pins: [],
    weights: root(8),
    recipe: root(8),
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

test('only outputs that were paid for, of models that draw on a Datanet, are held against what is declared there', async () => {
  const address = node.address();
  if (address === null || typeof address === 'string') throw new Error('it listens');
  const textCache: TextCache = {
    // All three are the same words: what does not count must not hide what does.
    texts: async (roots) => roots.map(() => tokensOf('one two three four five six')),
    missing: () => undefined,
    contributions: async () => [],
  };
  const seen = new SeenOutputs(createRpcClient(`http://127.0.0.1:${address.port}`), textCache, [
    { batch, height: '5' },
  ]);
  const placesIn = async (datanet: DatanetId): Promise<readonly number[]> => {
    const { index, output: at } = await seen.known(datanet, 4);
    const windows = { starts: Uint32Array.of(0), ends: Uint32Array.of(4), count: 1 };
    const found = index.firsts(index.prepare(tokensOf('two three four five')), windows);
    const [first] = found;
    return first === undefined || first === NOWHERE ? [] : [at(index.locate(first).contribution).index];
  };
  expect(await placesIn(3)).toEqual([2]);
  expect(await placesIn(4)).toEqual([1]);
  // Nothing is read twice.
  expect(await placesIn(3)).toEqual([2]);
});
