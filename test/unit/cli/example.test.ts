import { Command } from 'commander';
import { expect, onTestFinished, test, vi } from 'vitest';
import { registerDatanet } from '../../../src/cli/datanet.ts';
import { registerModel } from '../../../src/cli/model.ts';
import { registerTx } from '../../../src/cli/tx.ts';
import { registerVoucher } from '../../../src/cli/voucher.ts';

const run = async (...words: readonly string[]) => {
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => {
    out.mockRestore();
    err.mockRestore();
  });
  const program = new Command().exitOverride();
  for (const register of [registerTx, registerModel, registerDatanet, registerVoucher]) register(program);
  await program.parseAsync([...words], { from: 'user' });
  return { printed: out.mock.calls.join(''), noted: err.mock.calls.join('') };
};

test.each([
  [['datanet', 'example'], 'alice and bob are accounts of a devnet'],
  [['voucher', 'example'], 'alice and bob are accounts of a devnet'],
  [['model', 'example'], 'carol is an account of a devnet'],
  [['tx', 'example', 'modelRegistration'], 'carol is an account of a devnet'],
])(
  '%j says that the accounts that it names exist on a devnet only, and what to put elsewhere',
  async (words, says) => {
    const { printed, noted } = await run(...words);
    expect(JSON.parse(printed)).toBeTypeOf('object');
    expect(noted).toContain(says);
    expect(noted).toContain('put an address or the name of one of your keys instead');
    expect(noted.match(/\n/g)).toHaveLength(1);
  },
);

test('an example that names no account needs no note', async () => {
  expect((await run('model', 'example', '--revision')).noted).toBe('');
  expect((await run('tx', 'example', 'contributionCommit')).noted).toBe('');
});
