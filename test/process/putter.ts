/** Puts items one after the other and prints the number of each once its put has returned, until it is killed. */
import { infoTable } from '../../src/attribution/info-table.ts';
import { createRootOf } from '../../src/content/objects.ts';
import { openContentStore } from '../../src/content/store.ts';
import { utf8 } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';

const store = await openContentStore({
  directory: process.argv[2] ?? '',
  maxBytes: 1 << 30,
  rootOf: createRootOf(infoTable()),
});
for (let n = 0; ; n++) {
  unwrap(
    await store.put([
      {
        type: 'item',
        rules: 2,
        text: utf8(`text ${n}`),
        promptTokens: 0,
        salt: sha256(utf8(`salt ${n}`)),
      },
    ]),
  );
  process.stdout.write(`${n}\n`);
}
