import { expect, test } from 'vitest';
import { steadyClient } from '../../../src/contribute/steady-client.ts';
import { createRpcClient, type RpcClient } from '../../../src/index.ts';
import { fail, ok } from '../../../src/lib/errors.ts';

const client = createRpcClient('http://127.0.0.1:9');

/** A URL behind which nodes of these heights answer in turn. Each says of every Datanet that its id is its own height. */
const nodesAt = (...heights: readonly bigint[]) => {
  let asked = 0;
  const next = (): bigint => heights[Math.min(asked++, heights.length - 1)] ?? 0n;
  const answerOf = (method: string, height: bigint): unknown =>
    method === 'node_status' ? { height } : { id: Number(height) };
  const node: RpcClient = Object.assign({}, client, {
    call: async (method: string) => answerOf(method, next()),
    batch: async (calls: readonly { readonly method: string }[]) => {
      const height = next();
      return calls.map(({ method }) =>
        method === 'contribution_listRevealed' && height < 7n
          ? fail('DATANET_NOT_FOUND', 'there is no such Datanet yet')
          : ok(answerOf(method, height)),
      );
    },
  });
  return { steady: steadyClient(node, () => undefined), asked: () => asked };
};

test('what a Datanet holds is asked again while a node answers that is behind the one before', async () => {
  const { steady, asked } = nodesAt(7n, 5n, 6n, 8n);
  expect((await steady.call('node_status')).height).toBe(7n);
  expect((await steady.call('datanet_get', { id: 1 })).id).toBe(8);
  expect(asked()).toBe(4);
});

test('the height of a node that is behind counts for nothing', async () => {
  const { steady } = nodesAt(7n, 5n, 7n);
  await steady.call('datanet_get', { id: 1 });
  expect((await steady.call('node_status')).height).toBe(7n);
});

test('what a node that is behind does not have yet is asked again', async () => {
  const { steady } = nodesAt(7n, 5n, 8n);
  expect((await steady.call('node_status')).height).toBe(7n);
  expect((await steady.call('contribution_listRevealed', { datanet: 6 })) as unknown).toEqual({ id: 8 });
});

test('what no node has is refused', async () => {
  const { steady } = nodesAt(5n);
  await expect(steady.call('contribution_listRevealed', { datanet: 6 })).rejects.toMatchObject({
    code: 'DATANET_NOT_FOUND',
  });
});

test('other calls go to any node', async () => {
  const { steady, asked } = nodesAt(7n, 5n);
  await steady.call('node_status');
  await steady.call('chain_getParams');
  expect(asked()).toBe(2);
});
