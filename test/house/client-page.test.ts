import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exampleFiles } from '../../tools/release/examples.ts';
import { ENTRIES, exportsOf, importsOf, snippets, toModule } from '../../tools/release/snippets.ts';
import { bundle } from './bundle.ts';
import { ROOT } from './planted.ts';

const page = readFileSync(join(ROOT, 'docs/client.md'), 'utf8');
const sources = new Map(
  exampleFiles().map((name) => [name, readFileSync(join(ROOT, 'docs/examples', name), 'utf8')]),
);

/** The rows of the page about the exports of an entry: the export, and the example that the row links to. */
const rowsOf = (entry: string) => {
  const [, rest = ''] = page.split(`\n## Every export of \`${entry}\`\n`);
  const [section = ''] = rest.split('\n## ');
  return [...section.matchAll(/^\| `(\w+)` \| .+ \| \[[\w-]+\]\(examples\/([\w-]+\.ts)\) \|$/gm)].map(
    ([, name = '', example = '']) => ({ name, example }),
  );
};

describe.each(ENTRIES)('$name', (entry) => {
  const exported = exportsOf(entry);

  test('has an example of every export', () => {
    const shown = new Set([...sources.values()].flatMap((source) => importsOf(entry, source)));
    expect(exported.length).toBeGreaterThan(20);
    expect(exported.filter((name) => !shown.has(name))).toEqual([]);
  });

  test('is listed on its page: each export once, with an example that imports it', () => {
    const rows = rowsOf(entry.name);
    expect(rows.map(({ name }) => name).toSorted()).toEqual(exported);
    const wrong = rows.filter(
      ({ name, example }) => !importsOf(entry, sources.get(example) ?? '').includes(name),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the page of the package', () => {
  test('names every example, and says what each variable of the environment is', () => {
    for (const name of exampleFiles().filter((each) => !each.endsWith('environment.ts')))
      expect(page).toContain(`| [${name}](examples/${name}) |`);
    const readme = readFileSync(join(ROOT, 'docs/examples/README.md'), 'utf8');
    const variables = new Set(
      [...sources.values()].flatMap((source) =>
        [...source.matchAll(/OPENLEDGER_\w+/g)].map(([name]) => name),
      ),
    );
    expect([...variables].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  test('tells the sizes of the entries', async () => {
    const told = [...page.matchAll(/all of `([\w/]+)` (?:is )?about (\d+) KiB/g)].map(
      ([, name = '', size = '']) => ({ name, size: Number(size) }),
    );
    expect(told.map(({ name }) => name)).toEqual(ENTRIES.map(({ name }) => name));
    for (const [i, { module }] of ENTRIES.entries()) {
      const { gzipped } = await bundle(module);
      expect(Math.abs(gzipped / 1024 - (told[i]?.size ?? 0)), module).toBeLessThan(5);
    }
  });
});

describe('a piece of code', () => {
  test('is found on the page and in doc comments', () => {
    const places = snippets().map(({ place }) => place);
    expect(places).toContain('docs/client.md, block 1');
    expect(places).toContain('src/client/rpc-client.ts, example 1');
  });

  test('gets the imports and the values that it needs to be compiled', () => {
    const code = 'const wallet = await createWallet(client, privateKeySigner(privateKey));';
    expect(toModule({ place: 'here', code, whole: false }).split('\n')).toEqual([
      "import { createWallet, privateKeySigner } from 'openledger';",
      '',
      "declare const client: import('openledger').RpcClient;",
      'declare const privateKey: Uint8Array;',
      code,
      'export {};',
      '',
    ]);
  });
});
