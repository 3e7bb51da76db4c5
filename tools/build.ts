/**
 * `npm run build`: builds the published package. The compiler emits dist/ from the sources, because Node strips no
 * types inside of node_modules. The files that the sources read from their own folders are copied too. With `--check`,
 * publint then checks the package as it would be published.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import manifest from '../package.json' with { type: 'json' };

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** Files that are read at run time by a path relative to the module that reads them. */
const BESIDE = ['genesis.json', 'state/attribution/info-1.bin'];

const run = (program: string, ...args: readonly string[]): void => {
  const { status } = spawnSync(join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
};

rmSync(dist, { recursive: true, force: true });
run('tsc', '-p', 'tsconfig.build.json');
for (const file of BESIDE) cpSync(join(root, file), join(dist, file));
// The node reads its version from the package.json above it, which is this one in dist/.
const { name, version, type } = manifest;
writeFileSync(join(dist, 'package.json'), `${JSON.stringify({ name, version, type })}\n`);
if (process.argv.includes('--check')) run('publint', 'run', '--strict');
