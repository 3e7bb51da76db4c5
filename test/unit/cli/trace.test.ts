import { Command } from 'commander';
import { expect, test } from 'vitest';
import { registerTrace } from '../../../src/cli/trace.ts';

test.each(['', '-1', 'many', '1e3'])('--imin %j is no number of bits', async (imin) => {
  const program = new Command().exitOverride();
  registerTrace(program);
  const args = ['trace', '--corpus', 'c', '--prompt', 'p', '--output', 'o', `--imin=${imin}`];
  await expect(program.parseAsync(args, { from: 'user' })).rejects.toMatchObject({ code: 'IMIN_INVALID' });
});
