import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startRpcServer } from '../../../rpc/server.ts';
import { registerTx } from '../../../src/cli/tx.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { alice, bob, logger } from '../rpc/server.ts';
import { smallChain, smallGenesis } from '../rpc/small-chain.ts';

/** Runs a verb against a node that makes no blocks, and waits for none. @returns what was printed once it has ended */
const send = async (...words: readonly string[]) => {
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
  const sending = program.parseAsync(['tx', ...words, '--rpc', server.url, '--private-key-file', key], {
    from: 'user',
  });
  return { sending, printed: () => printed.mock.calls.join() };
};

const transfer = (...flags: readonly string[]) =>
  send('transfer', '--to', toHex(bob.address), '--amount', '1', ...flags);

test('a transaction that is in no block when the node has waited long enough ends in an error', async () => {
  const { sending, printed } = await transfer();
  await expect(sending).rejects.toMatchObject({ code: 'TX_NOT_COMMITTED' });
  expect(printed()).toMatch(/status +pending/);
});

test.each([
  [
    ['--tip', '100'],
    'FEE_TOO_HIGH',
    /^the node asks for a fee of up to 100\.\d+ OPEN; allow it by --max-fee$/,
  ],
  [['--tip', '100', '--dry-run'], 'FEE_TOO_HIGH', /^the node asks .* by --max-fee$/],
  [['--max-fee', '2base'], 'MAX_FEE_TOO_LOW', /^--max-fee: must be at least 0\.\d+ OPEN now, not 0\.0+2$/],
])('the limit of the fee is named as in the command, in OPEN: %j', async (flags, code, message) => {
  const { sending } = await transfer(...flags);
  await expect(sending).rejects.toMatchObject({ code, message: expect.stringMatching(message) as unknown });
});

describe('the zero address', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-tx-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const zero = `0x${'00'.repeat(20)}`;
  const file = join(folder, 'body.json');
  writeFileSync(file, JSON.stringify({ to: zero, amount: '1' }));

  test.each([[['transfer', '--to', zero, '--amount', '1']], [['send', 'transfer', '--file', file]]])(
    'is paid by %j only if that is asked',
    async (words) => {
      const refused = await send(...words);
      await expect(refused.sending).rejects.toMatchObject({
        code: 'ADDRESS_ZERO',
        message: expect.stringContaining('--allow-zero-address') as unknown,
      });
      expect(refused.printed()).toBe('');
      const allowed = await send(...words, '--allow-zero-address', '--mode', 'sync');
      await allowed.sending;
      expect(allowed.printed()).toMatch(/status +pending/);
    },
  );
});
