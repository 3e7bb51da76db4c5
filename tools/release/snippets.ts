/**
 * The pieces of code that pages and doc comments show: the blocks of docs/client.md, and each `@example` of what the
 * package exports. A piece without imports may name any export, and the values that a reader has at that point.
 */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** An entry of the package: what its users import, and the module that it is. */
export type Entry = { readonly name: string; readonly module: string };

export const ENTRIES: readonly Entry[] = [
  { name: 'openledger', module: 'src/index.ts' },
  { name: 'openledger/attribution', module: 'src/attribution/index.ts' },
];

/** The names in braces, as those who import them see them: `type A`, `b as C`. */
const namesIn = (list: string): readonly string[] =>
  list
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    .split(',')
    .map((each) =>
      each
        .trim()
        .replace(/^type /, '')
        .replace(/^\w+ as /, ''),
    )
    .filter((each) => each !== '');

/** The exports of an entry, by name. */
export const exportsOf = ({ module }: Entry): readonly string[] =>
  [...readFileSync(join(ROOT, module), 'utf8').matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap(([, list = '']) => namesIn(list))
    .sort();

/** The names that a source imports from an entry. */
export const importsOf = ({ name }: Entry, source: string): readonly string[] =>
  [...source.matchAll(/^import (?:type )?\{([^}]*)\} from '([^']+)';/gm)]
    .filter(([, , from]) => from === name)
    .flatMap(([, list = '']) => namesIn(list.replaceAll(/ as \w+/g, '')));

/** What a reader has where a piece begins: a client, a wallet, and what both were made of. */
const GIVEN = `
declare const client: import('openledger').RpcClient;
declare const wallet: import('openledger').Wallet;
declare const payer: import('openledger').Wallet;
declare const provider: import('openledger').Wallet;
declare const privateKey: Uint8Array;
declare const password: string;
declare const words: string;
declare const to: Uint8Array;
declare const rows: readonly import('openledger').ContributionRow[];
declare const window: { readonly ethereum: import('openledger').Eip1193Provider };
`;

export type Snippet = {
  /** The place that it stands in, for messages. */
  readonly place: string;
  readonly code: string;
  /** Whether it is a program of its own: it imports what it uses. */
  readonly whole: boolean;
};

const snippet = (place: string, code: string): Snippet => ({
  place,
  code,
  whole: /^import /m.test(code),
});

const blocksOf = (page: string): readonly Snippet[] =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ''], i) =>
    snippet(`${page}, block ${i + 1}`, code),
  );

/** The `@example` of each doc comment, without its asterisks. It ends at the next tag, or with the comment. */
const examplesOf = (file: string): readonly Snippet[] =>
  [
    ...readFileSync(join(ROOT, file), 'utf8').matchAll(
      /^ *\* @example\n([\s\S]*?)(?:\n *\* @|\n *\*\/| \*\/)/gm,
    ),
  ].map(([, lines = ''], i) =>
    snippet(`${file}, example ${i + 1}`, lines.replaceAll(/^ *\* ?/gm, '').trim()),
  );

export const snippets = (): readonly Snippet[] => [
  ...blocksOf('docs/client.md'),
  ...globSync('src/{client,contribute,attribution,lib}/**/*.ts', { cwd: ROOT }).sort().flatMap(examplesOf),
];

/** Returns a module that the compiler can check. */
export const toModule = ({ code, whole }: Snippet): string => {
  if (whole) return code;
  const used = (name: string): boolean => new RegExp(`(?<![.\\w])${name}\\b`).test(code);
  const declared = new Set([...code.matchAll(/\b(?:const|let|type) (\w+)/g)].map(([, name]) => name));
  const named = new Set<string>();
  const imports = ENTRIES.map((entry) => {
    const names = exportsOf(entry).filter((name) => used(name) && !named.has(name));
    for (const name of names) named.add(name);
    return names.length === 0 ? '' : `import { ${names.join(', ')} } from '${entry.name}';`;
  });
  const given = GIVEN.trim()
    .split('\n')
    .filter((line) => {
      const name = /const (\w+)/.exec(line)?.[1] ?? '';
      return used(name) && !declared.has(name);
    });
  return [...imports, ...given, code, 'export {};', ''].join('\n');
};
