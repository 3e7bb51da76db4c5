import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { steadyClient } from '../../../src/client/steady-client.ts';
import { createRpcClient, type RpcClient } from '../../../src/index.ts';
import { fail, ok } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';

const client = createRpcClient('http://127.0.0.1:9');
const CHAIN = { genesisHash: sha256(new Uint8Array()) };
const OTHER_CHAIN = { genesisHash: sha256(new Uint8Array(1)) };

/** A node of this height, which lacks what is newer than height 6. */
type Node = bigint | { readonly height: bigint; readonly chain?: typeof CHAIN; readonly refusesSends?: true };

/**
 * A URL behind which nodes answer in turn, and the last of them ever after. Each says of every entity that its id is its own
 * height.
 */
const nodesAt = (...nodes: readonly Node[]) => {
  const asked: (readonly string[])[] = [];
  const said: string[] = [];
  const answer = (calls: readonly { readonly method: string }[]) => {
    const node = nodes[Math.min(asked.length, nodes.length - 1)] ?? 0n;
    asked.push(calls.map(({ method }) => method));
    const { height, chain = CHAIN, refusesSends } = typeof node === 'bigint' ? { height: node } : node;
    const one = (method: string) => {
      if (method === 'chain_getDomain') return ok(chain);
      if (method === 'node_status' || method === 'events_query') return ok({ height });
      if (method === 'tx_send' && refusesSends) return fail('NONCE_TOO_LOW', 'the nonce is used');
      return method === 'contribution_get' && height < 7n
        ? fail('CONTRIBUTION_NOT_FOUND', 'there is no such contribution yet')
        : ok({ id: Number(height) });
    };
    return calls.map(({ method }) => one(method));
  };
  const node: RpcClient = Object.assign({}, client, {
    call: async (method: string) => {
      const [only] = answer([{ method }]);
      return only?.ok === true ? only.value : expect.unreachable('nothing is refused here');
    },
    attempt: async (method: string) => answer([{ method }])[0],
    batch: async (calls: readonly { readonly method: string }[]) => answer(calls),
  });
  const steady = steadyClient(node, CHAIN, (text) => said.push(text));
  return { steady, asked, said };
};

test('a client asks again while a node answers that is behind the one before', async () => {
  const { steady, asked } = nodesAt(7n, 5n, 6n, 8n);
  expect((await steady.call('node_status')).height).toBe(7n);
  expect((await steady.call('datanet_get', { id: 1 })).id).toBe(8);
  expect(asked).toHaveLength(4);
});

test('the height of a node that is behind counts for nothing', async () => {
  const { steady } = nodesAt(7n, 5n, 7n);
  await steady.call('datanet_get', { id: 1 });
  expect((await steady.call('node_status')).height).toBe(7n);
});

test.each([
  ['call', (steady: RpcClient) => steady.call('contribution_get', { contribution: 6 })],
  [
    'attempt',
    async (steady: RpcClient) => {
      const found = await steady.attempt('contribution_get', { contribution: 6 });
      return found.ok ? found.value : found.fault;
    },
  ],
  [
    'batch',
    async (steady: RpcClient) => {
      const [found] = await steady.batch([{ method: 'contribution_get', params: { contribution: 6 } }]);
      return found.ok ? found.value : found.fault;
    },
  ],
])('what a node that is behind does not have yet is asked again: %s', async (_how, ask) => {
  const { steady, asked } = nodesAt(7n, 5n, 8n);
  await steady.call('node_status');
  expect(await ask(steady)).toEqual({ id: 8 });
  expect(asked).toHaveLength(3);
});

test('what no node has is refused', async () => {
  const { steady } = nodesAt(5n);
  await expect(steady.call('contribution_get', { contribution: 6 })).rejects.toMatchObject({
    code: 'CONTRIBUTION_NOT_FOUND',
  });
});

test('an answer with events says how high its node is, without another question', async () => {
  const { steady, asked } = nodesAt(7n, 5n, 7n);
  const calls = [
    { method: 'chain_getDomain', params: {} },
    { method: 'events_query', params: {} },
  ] as const;
  await steady.batch(calls);
  const [, events] = await steady.batch(calls);
  expect(events).toEqual(ok({ height: 7n }));
  expect(asked.map((methods) => methods.includes('node_status'))).toEqual([false, false, true]);
});

test('more calls than one request holds are divided, and each part is asked with the height', async () => {
  const { steady, asked } = nodesAt(7n, 7n, 5n, 7n);
  await steady.call('node_status');
  const calls = Array.from({ length: 120 }, () => ({ method: 'datanet_get' as const, params: { id: 1 } }));
  expect(await steady.batch(calls)).toEqual(calls.map(() => ok({ id: 7 })));
  expect(asked.map(({ length }) => length)).toEqual([1, 99, 23, 24]);
});

test('other calls go to any node', async () => {
  const { steady, asked } = nodesAt(7n, 5n);
  await steady.call('node_status');
  await steady.call('chain_getParams');
  expect(asked).toHaveLength(2);
});

test('a lower height is believed after 30 seconds, and said once', async () => {
  let passedMs = 0;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => passedMs);
  onTestFinished(() => now.mockRestore());
  const { steady, said } = nodesAt(7n, 5n);
  await steady.call('node_status');
  const asked = steady.call('datanet_get', { id: 1 });
  passedMs = 31_000;
  expect((await asked).id).toBe(5);
  expect((await steady.call('datanet_get', { id: 1 })).id).toBe(5);
  expect(said).toEqual(['http://127.0.0.1:9 is at height 5, and was at 7 before; going on from there']);
});

test('an answer of another chain is returned at once: its height says nothing', async () => {
  const { steady, asked } = nodesAt(7n, { height: 5n, chain: OTHER_CHAIN });
  await steady.call('node_status');
  expect((await steady.call('datanet_get', { id: 1 })).id).toBe(5);
  expect(asked).toHaveLength(3);
});

describe('a transaction', () => {
  const send = (steady: RpcClient) => steady.attempt('tx_send', { transaction: '0x00', mode: 'sync' });

  test('goes to any node while all are as high', async () => {
    const { steady, asked } = nodesAt(7n);
    await steady.call('node_status');
    await send(steady);
    expect(asked).toEqual([['node_status'], ['tx_send']]);
  });

  test('is sent until a node that is not behind has it', async () => {
    const { steady, asked } = nodesAt(7n, 5n, 7n, 5n, 7n);
    await steady.call('node_status');
    await steady.call('datanet_get', { id: 1 });
    expect(await send(steady)).toEqual(ok({ id: 7 }));
    expect(asked.map((methods) => methods.includes('tx_send'))).toEqual([false, false, false, true, true]);
  });

  test('is on its way once a node has taken it, also if the next one refuses it', async () => {
    const { steady } = nodesAt(7n, 5n, 7n, 5n, { height: 7n, refusesSends: true });
    await steady.call('node_status');
    await steady.call('datanet_get', { id: 1 });
    expect(await send(steady)).toEqual(ok({ id: 5 }));
  });
});
