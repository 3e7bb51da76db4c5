import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startRpcServer } from '../../../rpc/server.ts';
import { registerDatanet } from '../../../src/cli/datanet.ts';
import { registerEscrow } from '../../../src/cli/escrow.ts';
import { registerModel } from '../../../src/cli/model.ts';
import { DATANET_EXAMPLE, modelExample, VOUCHER_EXAMPLE } from '../../../src/cli/payload-examples.ts';
import { registerTx } from '../../../src/cli/tx.ts';
import { registerVoucher } from '../../../src/cli/voucher.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { alice, bob, logger } from '../rpc/server.ts';
import { smallChain, smallGenesis } from '../rpc/small-chain.ts';

/** Runs a verb against a node that makes no blocks, and waits for none. @returns what was printed once it has ended */
const runVerb = async (...words: readonly string[]) => {
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
  for (const register of [registerTx, registerEscrow, registerModel, registerDatanet, registerVoucher])
    register(program);
  const sending = program.parseAsync([...words, '--rpc', server.url, '--private-key-file', key], {
    from: 'user',
  });
  return { sending, printed: () => printed.mock.calls.join() };
};

const send = (...words: readonly string[]) => runVerb('tx', ...words);

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
  const file = (name: string, body: unknown): string => {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(body));
    return path;
  };
  const somebody = toHex(bob.address);
  const reviewed = { ...DATANET_EXAMPLE, reviewers: [somebody, zero], contributors: [], quorum: 2 };
  const shared = { ...modelExample([]), shares: [{ account: zero, role: 'trainer', bps: 9_000 }] };
  const sharedModel = {
    ...shared,
    weights: `0x${'11'.repeat(32)}`,
    recipe: `0x${'11'.repeat(32)}`,
  };

  test.each([
    [['tx', 'transfer', '--to', zero, '--amount', '1']],
    [['tx', 'send', 'transfer', '--file', file('transfer', { to: zero, amount: '1' })]],
    [['tx', 'send', 'escrowDeposit', '--file', file('deposit', { provider: zero, amount: '1' })]],
    [['escrow', 'deposit', '--to', zero, '--amount', '1']],
    [['datanet', 'create', file('datanet', reviewed)]],
    [['tx', 'send', 'datanetCreate', '--file', file('datanet', reviewed)]],
    [['model', 'register', file('model', sharedModel)]],
  ])('is named by %j only if that is asked', async (words) => {
    const refused = await runVerb(...words);
    await expect(refused.sending).rejects.toMatchObject({
      code: 'ADDRESS_ZERO',
      message: expect.stringContaining('--allow-zero-address') as unknown,
    });
    expect(refused.printed()).toBe('');
    const allowed = await runVerb(...words, '--allow-zero-address', '--mode', 'sync', '--no-simulate');
    await allowed.sending;
    expect(allowed.printed()).toMatch(/status +pending/);
  });

  test('is the provider of a voucher only if that is asked', async () => {
    const voucher = { ...VOUCHER_EXAMPLE, payer: toHex(alice.address), provider: zero };
    const words = ['voucher', 'sign', '--file', file('voucher', voucher)];
    const refused = await runVerb(...words);
    await expect(refused.sending).rejects.toMatchObject({ code: 'ADDRESS_ZERO' });
    const allowed = await runVerb(...words, '--allow-zero-address');
    await allowed.sending;
    expect(allowed.printed()).toContain('"signature"');
  });

  test.each([
    [['escrow', 'withdraw', '--to', zero, '--amount', '1']],
    [['tx', 'send', 'escrowWithdraw', '--file', file('withdraw', { provider: zero, amount: '1' })]],
  ])('is named by %j, which takes back what was put aside for it', async (words) => {
    const { sending, printed } = await runVerb(...words, '--mode', 'sync', '--no-simulate');
    await sending;
    expect(printed()).toMatch(/status +pending/);
  });
});
