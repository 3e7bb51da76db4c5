/** Setup of the unit project: starting a process throws there, so that its tests need no more than memory and files. */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

const STARTS = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const;

for (const name of STARTS) {
  Object.assign(childProcess, {
    [name]: () => {
      throw new Error(`${name}: a unit test starts no process; tests that do are in test/process`);
    },
  });
}
// Named imports of the module see the change only after this.
syncBuiltinESMExports();
