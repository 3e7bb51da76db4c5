/**
 * `npm run build`: builds the published package. The compiler emits dist/ from the sources, because Node strips no
 * types inside of node_modules. The files that the sources read from their own folders are copied too. With `--check`,
 * publint then checks the package as it would be published. With `--no-check` the compiler only emits, which takes a
 * fifth of the time: for a test that runs after the check of the types.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** Files that are read at run time by a path relative to the module that reads them. */
const BESIDE = ['genesis.json', 'node/commons.json', 'state/attribution/info-1.bin'];

const run = (program: string, ...args: readonly string[]): void => {
  const { status } = spawnSync(join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
};

rmSync(dist, { recursive: true, force: true });
run('tsc', '-p', 'tsconfig.build.json', ...(process.argv.includes('--no-check') ? ['--noCheck'] : []));
for (const file of BESIDE) cpSync(join(root, file), join(dist, file));
if (process.argv.includes('--check')) run('publint', 'run', '--strict');
