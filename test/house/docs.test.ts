import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../tools/check/checks.ts';
import { ROOT } from './planted.ts';

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const names = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null ? Object.keys(value) : [];

const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
];
const manifest: unknown = JSON.parse(read('package.json'));
const ofManifest = (field: string): readonly string[] =>
  typeof manifest === 'object' && manifest !== null ? names(Reflect.get(manifest, field)) : [];

describe('the pages', () => {
  test('link to what is there', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(pages).toContain('README.md');
    expect(broken).toEqual([]);
  });

  test('name scripts that there are', () => {
    const scripts = ofManifest('scripts');
    const unknown = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run ([a-z][a-z0-9:-]*)/g)]
        .map((match) => match[1] ?? '')
        .filter((script) => !scripts.includes(script))
        .map((script) => `${page}: ${script}`),
    );
    expect(unknown).toEqual([]);
  });

  test('ask for the version of Node that package.json asks for', () => {
    const { engines } = manifest as { readonly engines: { readonly node: string } };
    const needed = `Node ${engines.node.replace('>=', '')} or later`;
    for (const page of ['README.md', 'CONTRIBUTING.md', 'docs/client.md', 'src/cli/openledger.js'])
      expect(read(page), page).toContain(needed);
  });

  test('name every check of npm test', () => {
    const named = CHECKS.map(({ name }) => `\`${name}\``).join(', ');
    expect(read('CONTRIBUTING.md')).toContain(named);
  });

  test('give a reason for every dependency, and for none that is gone', () => {
    const dependencies = [...ofManifest('dependencies'), ...ofManifest('devDependencies')];
    const rows = read('docs/dependencies.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const explained = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''),
    );
    expect(dependencies.filter((name) => !explained.includes(name))).toEqual([]);
    // A row may say in passing what a name is an alias of.
    const gone = explained.filter((name) => !dependencies.includes(name));
    expect(gone).toEqual(['@libp2p/gossipsub']);
  });
});

describe('the top level', () => {
  test('is the one that the layout names', () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .filter((name) => !['node_modules', 'dist', 'coverage'].includes(name));
    expect(folders.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'consensus',
      'docs',
      'node',
      'p2p',
      'rpc',
      'src',
      'state',
      'test',
      'tools',
    ]);
  });
});
