import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { registerGenesis } from '../../../src/cli/genesis.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { takeLock } from '../../../src/lib/lock.ts';

let file: string;
let printed: string;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-genesis-'));
  file = join(folder, 'genesis.json');
  printed = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  onTestFinished(() => {
    stdout.mockRestore();
    rmSync(folder, { recursive: true });
  });
});

const genesis = async (...args: string[]): Promise<void> => {
  const program = new Command('openledger').exitOverride();
  registerGenesis(program);
  await program.parseAsync(['genesis', ...args], { from: 'user' });
};

const create = (...more: string[]): Promise<void> =>
  genesis('new', '--chain-id', '7', '--name', 'seven', '--out', file, ...more);

describe('genesis new --time', () => {
  test.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2028-02-29t23:59:59.250z', '2028-02-29T23:59:59.250Z'],
    ['2026-03-01T00:30+01:00', '2026-02-28T23:30:00.000Z'],
  ])('takes %s, and says which time that is', async (text, time) => {
    await create('--time', text, '--json');
    expect(JSON.parse(printed)).toMatchObject({ written: file, time });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ time: String(Date.parse(time)) });
  });

  test.each([
    '2026-02-30T00:00:00Z',
    '2026-02-29T12:00:00+01:00',
    '2026-04-31T12:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T23:60:00Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+01:60',
    '2026-01-31T12:00:00',
  ])('refuses %s, which is no time', async (text) => {
    await expect(create('--time', text)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });
});

test('a genesis that somebody else is changing is not changed: neither loses what the other adds', async () => {
  await create('--time', '2026-01-31T12:00:00Z');
  const add = (digit: string): Promise<void> =>
    genesis('add-account', file, '--address', `0x${digit.repeat(40)}`, '--balance', '1');
  const release = unwrap(takeLock(`${file}.lock`, { guarded: file }));
  await expect(add('1')).rejects.toMatchObject({ code: 'IN_USE' });
  release();
  await add('1');
  await add('2');
  const { accounts } = JSON.parse(readFileSync(file, 'utf8')) as { readonly accounts: readonly unknown[] };
  expect(accounts).toHaveLength(2);
});
