import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { infoTable } from '../../src/attribution/info-table.ts';
import { type ContentObject, createRootOf } from '../../src/content/objects.ts';
import { openContentStore } from '../../src/content/store.ts';
import { toHeight } from '../../src/lib/brands.ts';
import { utf8 } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';

const PUTTER = fileURLToPath(new URL('putter.ts', import.meta.url));
const rootOf = createRootOf(infoTable());
/** The item that the putter puts as its nth. */
const itemOf = (n: string): ContentObject => ({
  type: 'item',
  rules: 2,
  text: utf8(`text ${n}`),
  promptTokens: 0,
  salt: sha256(utf8(`salt ${n}`)),
});

test('a put that the content store has acknowledged survives kill -9', async () => {
  const home = mkdtempSync(join(tmpdir(), 'openledger-content-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const directory = join(home, 'content');
  const child = spawn(process.execPath, [PUTTER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  let rest = '';
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => resolve());
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      acknowledged.push(...lines);
      if (acknowledged.length >= 50) child.kill('SIGKILL');
    });
  });
  expect(acknowledged.length).toBeGreaterThanOrEqual(50);
  const store = await openContentStore({ directory, maxBytes: 1 << 30, rootOf });
  const roots = acknowledged.map((n) => unwrap(rootOf(itemOf(n))));
  await store.show(
    roots.map((root) => ({ root, items: 0 })),
    toHeight(1n),
  );
  for (const n of acknowledged) expect(await store.get(unwrap(rootOf(itemOf(n))))).toEqual(itemOf(n));
  expect(store.usage().objects).toBeGreaterThanOrEqual(acknowledged.length);
  await store.close();
});
