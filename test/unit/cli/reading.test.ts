import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import type { Waiting } from '../../../rpc/schemas/waiting.ts';
import { startRpcServer } from '../../../rpc/server.ts';
import { registerBalance } from '../../../src/cli/balance.ts';
import { RPC_VARIABLE } from '../../../src/cli/connection.ts';
import { registerDatanet } from '../../../src/cli/datanet.ts';
import { registerEscrow } from '../../../src/cli/escrow.ts';
import { registerModel } from '../../../src/cli/model.ts';
import { registerQuery } from '../../../src/cli/query.ts';
import { registerReview } from '../../../src/cli/review.ts';
import { registerRewards } from '../../../src/cli/rewards.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { alice, bob, logger } from '../rpc/server.ts';
import { smallChain, smallGenesis } from '../rpc/small-chain.ts';

const SYNCING: Waiting = {
  reason: 'syncing',
  since: 1_700_000_000_000n,
  message: 'the node fetches blocks: it is at 7 of 9000',
  data: { from: toHeight(1n), height: toHeight(7n), target: toHeight(9_000n) },
};

const VERBS = [
  registerBalance,
  registerRewards,
  registerEscrow,
  registerDatanet,
  registerModel,
  registerReview,
  registerQuery,
];

/** Runs a verb against a node that waits as given. */
const run = async (waiting: Waiting | null, ...words: readonly string[]) => {
  const { node } = smallChain(smallGenesis([alice, bob]));
  const server = await startRpcServer({
    node: { ...node, status: () => ({ ...node.status(), waiting: waiting ?? undefined }) },
    logger,
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes: 1 << 20,
    maxBatch: 10,
    rateLimit: undefined,
  });
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.stubEnv(RPC_VARIABLE, server.url);
  const program = new Command().exitOverride().enablePositionalOptions();
  for (const register of VERBS) register(program);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return { printed: out.mock.calls.join(''), noted: err.mock.calls.join('') };
  } finally {
    vi.unstubAllEnvs();
    out.mockRestore();
    err.mockRestore();
    await server.close();
  }
};

const who = toHex(alice.address);

test.each([
  [['balance', who]],
  [['rewards', 'show', who]],
  [['escrow', 'show', who]],
  [['datanet', 'list']],
  [['model', 'list']],
  [['review', 'list', who]],
  [['query', 'account_get', `address=${who}`]],
])('%j says in one line that its node lags behind, and nothing if it does not', async (words) => {
  const behind = await run(SYNCING, ...words);
  expect(behind.noted).toMatch(
    /^the node at http:\/\/127\.0\.0\.1:\d+ is at height 0, and may be behind others: the node fetches blocks: it is at 7 of 9000$/m,
  );
  expect((await run(null, ...words)).noted).not.toContain('behind');
});

test.each([
  [['balance', who]],
  [['rewards', 'show', who]],
  [['escrow', 'show', who]],
  [['datanet', 'list']],
  [['model', 'list']],
  [['review', 'list', who]],
])('%j --json says how far the node was', async (words) => {
  expect(JSON.parse((await run(SYNCING, ...words, '--json')).printed)).toMatchObject({
    node: { height: '0', waiting: { reason: 'syncing', data: { target: '9000' } } },
  });
  expect(JSON.parse((await run(null, ...words, '--json')).printed)).toMatchObject({
    node: { height: '0', waiting: null },
  });
});
