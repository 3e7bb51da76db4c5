import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { brokenCitations, brokenPaths } from './citations.ts';
import { sourceFiles } from './layout.ts';
import { ROOT } from './planted.ts';

/** Not ours, the data that the demo ships; and the citations planted below. */
const FOREIGN = /^tools\/demo\/data\/swc\/|^test\/house\/citations/;

const ours = [
  ...readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name),
  ...sourceFiles(['docs']),
  ...sourceFiles(),
].filter((file) => /\.(?:md|ts|js|grit)$/.test(file) && !FOREIGN.test(file));

/** Pages that name files of today: the roadmap also names files to come, a decision those of its day. */
const NAMES_FILES = /^(?:[A-Z]+|docs\/(?!roadmap)[\w-]+)\.md$/;

const PAGES = [
  ['README.md', '# The node\n'],
  [
    'docs/economy.md',
    '# Economy\n\n## Who is *paid*, and when\n\n```\n# no heading\n```\n\n## Twice\n\n## Twice\n',
  ],
  ['docs/decisions/001-first.md', '# 001: First\n'],
] as const;
const planted = (file: string, text: string): readonly string[] =>
  brokenCitations(new Map<string, string>([...PAGES, [file, text]]));

describe('a citation', () => {
  test('leads to a page and a heading that are there', () => {
    const files = new Map(ours.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
    expect(files.size).toBeGreaterThan(500);
    expect(brokenCitations(files)).toEqual([]);
  });

  test.each([
    ['a comment', 'node/a.ts', '/** docs/economy.md#who-is-paid-and-when and docs/economy.md#twice-1 */'],
    ['a path', 'test/house/a.ts', "new URL('../../docs/economy.md', import.meta.url)"],
    ['a link in a page that code writes', 'tools/a.ts', '`[the money](economy.md#economy)`'],
    [
      'a link',
      'docs/a.md',
      '[who](economy.md#who-is-paid-and-when), [here](#b), [up](../README.md)\n\n## B\n',
    ],
    [
      'an address',
      'docs/a.md',
      'https://example.org/docs/gone.md and [it](https://example.org/gone.md#none)',
    ],
    ['a decision', 'docs/a.md', '[decision 001](decisions/001-first.md)'],
  ])('by %s may stand', (_by, file, text) => {
    expect(planted(file, text)).toEqual([]);
  });

  test.each([
    ['a page that is gone', 'node/a.ts', '/** docs/gone.md */', 'there is no page docs/gone.md'],
    ['a page without its folder', 'node/a.ts', '/** economy.md */', 'there is no page economy.md'],
    ['a heading that is gone', 'node/a.ts', '/** docs/economy.md#gone */', 'has no heading #gone'],
    ['a line of an example', 'node/a.ts', '/** docs/economy.md#no-heading */', 'has no heading #no-heading'],
    ['a section number', 'node/a.ts', '/** docs/economy.md §4 */', 'cites a section number'],
    [
      'a heading in words',
      'node/a.ts',
      '/** docs/economy.md, "Twice" */',
      'cites a heading in quotation marks',
    ],
    ['a page that a path lacks', 'test/a.ts', "'../docs/gone.md'", 'there is no page docs/gone.md'],
    ['a page that a link lacks', 'docs/a.md', '[a](gone.md)', 'there is no page docs/gone.md'],
    ['a heading that a link lacks', 'docs/a.md', '[a](economy.md#gone)', 'has no heading #gone'],
    ['a heading of its own that a page lacks', 'docs/a.md', '[a](#gone)', 'docs/a.md has no heading #gone'],
    ['a page that a page names', 'docs/a.md', 'see gone.md', 'there is no page gone.md'],
    ['a decision that nobody took', 'node/a.ts', '/** decision 002 */', 'there is no such decision'],
  ])('of %s is reported', (_what, file, text, reason) => {
    expect(planted(file, text)).toEqual([expect.stringContaining(reason)]);
  });
});

describe('a page', () => {
  test('names files and folders that are there', () => {
    const pages = new Map(
      ours
        .filter((file) => NAMES_FILES.test(file))
        .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
    );
    expect([...pages.keys()]).toEqual(
      expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'docs/protocol.md']),
    );
    expect(brokenPaths(pages, (path) => existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('that names a file which is gone is reported', () => {
    const page = '`state/tx/gone.ts`, `state/tx/`, `state/tx/gas.ts`, `gone/a.ts`, state/none.ts\n';
    const exists = (path: string): boolean => ['state/tx/', 'state/tx/gas.ts'].includes(path);
    expect(brokenPaths(new Map([['README.md', page]]), exists)).toEqual([
      'README.md: there is no file or folder state/tx/gone.ts',
    ]);
  });

  test('that names a folder of src without src is reported, except as the text of a link', () => {
    const page = '`services/run`, `src/services/run`, [`services/run`](../src/services/run), `data/chain/`\n';
    const exists = (path: string): boolean => path === 'src/services/run';
    expect(brokenPaths(new Map([['README.md', page]]), exists)).toEqual([
      'README.md: there is no file or folder services/run',
    ]);
  });
});
