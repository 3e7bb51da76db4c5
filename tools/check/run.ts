import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from './checks.ts';
import { type Tally, tallyOfExit, tallyOfVitest } from './tally.ts';

/** The time that a check over its limit has to end its own children before it is killed. */
const GRACE_MS = 20_000;

/** Runs one check, prints its output, and counts its results. */
export const run = async (check: Check, root: string): Promise<Tally> => {
  if (check.counts === 'itself') return tallyOfExit(await exitCodeOf(check, [], root));
  const scratch = mkdtempSync(join(tmpdir(), 'openledger-check-'));
  try {
    const file = join(scratch, 'report.json');
    const exitCode = await exitCodeOf(check, ['--reporter=json', `--outputFile.json=${file}`], root);
    return tallyOfVitest(readReport(file), exitCode);
  } finally {
    rmSync(scratch, { recursive: true });
  }
};

const readReport = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // A missing or incomplete report counts as a failure.
    return undefined;
  }
};

const exitCodeOf = (check: Check, extra: readonly string[], root: string): Promise<number> => {
  const [program, ...args] = check.command;
  const bin = join(root, 'node_modules', '.bin');
  const child = spawn(join(bin, program), [...args, ...extra], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` },
  });
  const limit = setTimeout(() => {
    console.log(`${check.name} took more than ${check.limitSeconds} s and is stopped`);
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
  }, check.limitSeconds * 1000);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.log(`${check.name} did not start: ${error.message}`);
      clearTimeout(limit);
      resolve(1);
    });
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve(code ?? 1);
    });
  });
};
