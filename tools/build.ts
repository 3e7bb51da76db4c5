/**
 * `npm run build`: the published package. The compiler emits dist/ from the sources (Node strips no types inside of
 * node_modules); what the sources read from beside them goes with it.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** Files that are read at run time by a path relative to the module that reads them. */
const BESIDE = ['genesis.json', 'state/attribution/info-1.bin'];

rmSync(dist, { recursive: true, force: true });
const compiled = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(1);
for (const file of BESIDE) cpSync(join(root, file), join(dist, file));
