import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sourceFiles } from './layout.ts';
import { biome, oxlint, type Reports, ROOT } from './planted.ts';

const PLANTS = [
  ['a promise left floating', 'const f = async () => 1;\nf();\n', 'no-floating-promises'],
  ['a promise where a void function is expected', '[1].forEach(async () => 1);\n', 'no-misused-promises'],
  [
    'a switch that forgets a case',
    "export const f = (u: 'a' | 'b') => {\n  switch (u) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n};\n",
    'switch-exhaustiveness-check',
  ],
  ['an explicit any', 'export const f = (a: any) => a;\n', 'no-explicit-any'],
  ['an any that came from elsewhere', "export const x: string = JSON.parse('1');\n", 'no-unsafe-assignment'],
  ['a cast by way of unknown', 'export const x = 1 as unknown as string;\n', 'No `as unknown as`'],
  [
    'a file read as text that may be none',
    "import { readFileSync } from 'node:fs';\nexport const x = readFileSync('a', 'utf8');\n",
    'src/lib/text.ts',
  ],
  [
    'a file read as text that may be none, with a promise',
    "import { readFile } from 'node:fs/promises';\nexport const x = await readFile('a', { encoding: 'utf8' });\n",
    'src/lib/text.ts',
  ],
  [
    'bytes decoded with replacements',
    'export const f = (b: Buffer) => b.toString("utf8");\n',
    'src/lib/text.ts',
  ],
  [
    'a pipe decoded with replacements',
    'export const f = (b: Buffer[]) => Buffer.concat(b).toString();\n',
    'src/lib/text.ts',
  ],
  ['a decoder that replaces', 'export const d = new TextDecoder();\n', 'src/lib/text.ts'],
  ['a decoder of a label that replaces', "export const d = new TextDecoder('utf-8');\n", 'src/lib/text.ts'],
  ['a non-null assertion', 'export const f = (a?: string) => a!.length;\n', 'no-non-null-assertion'],
  ['a silenced compiler', '// @ts-ignore\nexport const x = 1;\n', 'ban-ts-comment'],
  ['an enum', 'export enum E { A }\n', 'noEnum'],
  ['a sort that compares as text', 'export const x = [10, 9].sort();\n', 'require-array-sort-compare'],
  ['a thrown string', "export const f = () => {\n  throw 'no';\n};\n", 'only-throw-error'],
  ['a default export', 'export default 1;\n', 'no-default-export'],
  ['a log that is not the log', 'console.log(1);\n', 'noConsole'],
  ['an unused variable', 'const x = 1;\n', 'noUnusedVariables'],
  ['a file that nobody can review in one sitting', 'f(1);\n'.repeat(401), 'max-lines'],
] as const;

const fileOf = (index: number): string => `node/planted-${index}.ts`;

describe('the linters', () => {
  let seen: readonly Reports[] = [];
  beforeAll(() => {
    const sources = new Map<string, string>(PLANTS.map(([, code], index) => [fileOf(index), code]));
    sources.set('node/NotKebab.ts', 'export const x = 1;\n');
    sources.set('node/clean.ts', 'export const twice = (n: number): number => n * 2;\n');
    seen = [biome(sources), oxlint(sources)];
  });

  const reportsOf = (file: string): readonly string[] => seen.flatMap((reports) => reports.get(file) ?? []);

  test.each(PLANTS.map(([name, , rule], index) => ({ name, rule, index })))(
    'report $name',
    ({ rule, index }) => {
      expect(reportsOf(fileOf(index))).toContainEqual(expect.stringContaining(rule));
    },
  );

  test.each(['consensus', 'consensus/shell', 'state', 'state/store'])(
    'report a value of %s that is tested for truth instead of for being there',
    (folder) => {
      const file = `${folder}/planted.ts`;
      const source = 'export const f = (round?: number): number => (round ? round : -1);\n';
      expect(oxlint(new Map([[file, source]])).get(file)).toContainEqual(
        expect.stringContaining('strict-boolean-expressions'),
      );
    },
  );

  test('report a file that is not named in kebab-case', () => {
    expect(reportsOf('node/NotKebab.ts')).toContainEqual(expect.stringContaining('useFilenamingConvention'));
  });

  test('pass a clean file', () => {
    expect(reportsOf('node/clean.ts')).toEqual([]);
  });

  // A linter that skips a folder passes it. What follows looks at the checkout itself.
  const ours = sourceFiles().filter((file) => file.endsWith('.ts') && !file.startsWith('test/vectors/'));

  test('oxlint looks at every source file of the checkout', () => {
    const listed = new Set(outputOf('oxlint', ['--debug=files']).split('\n'));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter((file) => !listed.has(file))).toEqual([]);
  });

  test('biome looks at every source file of the checkout', () => {
    for (const chunk of chunks(ours, 200)) {
      const checked = /Checked (\d+) files?/.exec(outputOf('biome', ['format', ...chunk]))?.[1];
      expect(Number(checked)).toBe(chunk.length);
    }
  });

  test('the compiler looks at every source file of the checkout', () => {
    const listed = new Set(outputOf('tsc', ['-p', '.', '--listFilesOnly']).split('\n'));
    expect(ours.filter((file) => !listed.has(join(ROOT, file)))).toEqual([]);
  });
});

const outputOf = (program: string, args: readonly string[]): string => {
  const run = spawnSync(join(ROOT, 'node_modules', '.bin', program), args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return run.stdout + run.stderr;
};

const chunks = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
