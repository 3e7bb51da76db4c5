/** Opens the old key file in each folder, one after the other, and prints the folder once its key is open. */
import { unlockKey } from '../../src/cli/keystore/store.ts';
import { unwrap } from '../../src/lib/errors.ts';

const [password = '', ...folders] = process.argv.slice(2);
for (const folder of folders) {
  unwrap(await unlockKey(folder, 'alice', password, { scryptN: 16 }));
  process.stdout.write(`${folder}\n`);
}
