import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startRpcServer } from '../../../rpc/server.ts';
import { registerTx } from '../../../src/cli/tx.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { alice, bob, logger } from '../rpc/server.ts';
import { smallChain, smallGenesis } from '../rpc/small-chain.ts';

test('a transaction that is in no block when the node has waited long enough ends in an error', async () => {
  const { node } = smallChain(smallGenesis([alice, bob]));
  const server = await startRpcServer({
    node: { ...node, txSettled: (id) => node.txState(id) },
    logger,
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes: 1 << 20,
    maxBatch: 10,
    rateLimit: undefined,
  });
  const folder = mkdtempSync(join(tmpdir(), 'openledger-tx-'));
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(async () => {
    printed.mockRestore();
    rmSync(folder, { recursive: true });
    await server.close();
  });
  const key = join(folder, 'alice.key');
  writeFileSync(key, toHex(alice.privateKey));
  const program = new Command().exitOverride();
  registerTx(program);
  const args = ['tx', 'transfer', '--to', toHex(bob.address), '--amount', '1'];
  const sending = program.parseAsync([...args, '--rpc', server.url, '--private-key-file', key], {
    from: 'user',
  });
  await expect(sending).rejects.toMatchObject({ code: 'TX_NOT_COMMITTED' });
  expect(printed.mock.calls.join()).toMatch(/status +pending/);
});
