import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { foldersIn, isPure, SOURCE_FOLDERS } from './layout.ts';
import { oxlint, type Reports, ROOT } from './planted.ts';

/** The layout's table (docs/architecture.md) once more, written from the page and not from the rules. */
const TARGETS = {
  lib: ['src/lib/bytes.ts'],
  clockAndLog: ['src/lib/clock.ts', 'src/lib/log.ts'],
  stateTx: ['state/tx/registry.ts'],
  stateAttribution: ['state/attribution/pt1.ts'],
  stateRest: [
    'state/machine.ts',
    ...foldersIn('state')
      .filter((folder) => isPure(folder) && !/^state(?:$|\/tx|\/attribution)/.test(folder))
      .map((folder) => `${folder}/planted.ts`),
  ],
  store: ['state/store/level.ts'],
  core: ['consensus/core.ts'],
  shell: ['consensus/shell/wal.ts'],
  content: ['src/content/items.ts'],
  engine: ['src/attribution/engine.ts'],
  p2p: ['p2p/host.ts'],
  rpc: ['rpc/server.ts'],
  client: ['src/client/wallet.ts'],
  publicFace: ['src/index.ts'],
  node: ['node/lifecycle.ts'],
  cli: ['src/cli/main.ts'],
  test: ['test/unit/fixtures.ts'],
  tools: ['tools/check/run.ts'],
  packages: ['pino', '@chainsafe/ssz', 'node:fs', 'node:crypto'],
} as const;
type Target = keyof typeof TARGETS;
const ALL = Object.keys(TARGETS).filter((name): name is Target => name in TARGETS);
const STATE = ['stateTx', 'stateAttribution', 'stateRest', 'store'] as const;
const LIB = ['lib', 'clockAndLog', 'packages'] as const;

type Row = {
  /** The folder, and where below it files are planted. */
  readonly folder: string;
  readonly at: readonly string[];
  readonly values: readonly Target[];
  readonly typesToo: readonly Target[];
};

const pureIn = (folder: string): readonly string[] => foldersIn(folder).filter(isPure);
const within = (folder: string, ...more: readonly string[]): readonly string[] => [
  ...foldersIn(folder),
  ...more,
];

const ROWS: readonly Row[] = [
  { folder: 'src/lib', at: within('src/lib', 'src/lib/deep'), values: LIB, typesToo: [] },
  {
    folder: 'consensus, its core',
    at: [...pureIn('consensus'), 'consensus/deep'],
    values: ['lib', 'core'],
    typesToo: [],
  },
  {
    folder: 'consensus/shell',
    at: within('consensus/shell'),
    values: [...LIB, 'core', 'shell'],
    typesToo: [],
  },
  {
    folder: 'state, the machine',
    at: [...pureIn('state'), 'state/modules/deep'],
    values: ['lib', 'stateTx', 'stateAttribution', 'stateRest'],
    typesToo: [],
  },
  { folder: 'state/store', at: within('state/store'), values: [...LIB, ...STATE], typesToo: [] },
  {
    folder: 'src/content',
    at: within('src/content', 'src/content/deep'),
    values: [...LIB, 'stateAttribution', 'content'],
    typesToo: STATE,
  },
  {
    folder: 'src/attribution',
    at: within('src/attribution', 'src/attribution/deep'),
    values: [...LIB, 'stateAttribution', 'content', 'engine'],
    typesToo: [],
  },
  {
    folder: 'p2p',
    at: within('p2p', 'p2p/deep'),
    values: [...LIB, 'p2p'],
    typesToo: [...STATE, 'core', 'shell', 'content'],
  },
  {
    folder: 'rpc',
    at: within('rpc', 'rpc/deep'),
    values: [...LIB, ...STATE, 'rpc'],
    typesToo: ['core', 'shell', 'content', 'engine', 'p2p', 'node'],
  },
  {
    folder: 'src/client',
    at: within('src/client', 'src/client/deep'),
    values: [...LIB, 'stateTx', 'client'],
    typesToo: ['rpc'],
  },
  {
    folder: 'node',
    at: within('node', 'node/deep'),
    values: ALL.filter((target) => !['cli', 'test', 'tools'].includes(target)),
    typesToo: [],
  },
  {
    folder: 'src/cli',
    at: within('src/cli', 'src/cli/deep'),
    values: ALL.filter((target) => !['test', 'tools'].includes(target)),
    typesToo: [],
  },
  { folder: 'test', at: ['test/unit/deep', 'test/e2e', 'test/bench'], values: ALL, typesToo: [] },
  { folder: 'tools', at: ['tools', 'tools/deep'], values: ALL, typesToo: [] },
];

type Verb = 'import' | 'import type' | 'export' | 'import()';
const VERBS: readonly Verb[] = ['import', 'import type', 'export', 'import()'];

const statement = (verb: Verb, specifier: string): string => {
  switch (verb) {
    case 'import':
      return `import { x } from '${specifier}';\nexport const y = x;\n`;
    case 'import type':
      return `import type { X } from '${specifier}';\nexport type Y = X;\n`;
    case 'export':
      return `export { x } from '${specifier}';\n`;
    case 'import()':
      return `export const load = () => import('${specifier}');\n`;
  }
};

const specifierFrom = (folder: string, target: string): string => {
  if (!target.endsWith('.ts')) return target;
  const path = relative(folder, target).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
};

const fileOf = (folder: string, verb: Verb, target: string): string =>
  `${folder}/planted-${verb}-${target}.ts`.replaceAll(/(?<=planted.*)[^a-z0-9]+(?!ts$)/g, '-');

describe('imports', () => {
  let reports: Reports = new Map();
  beforeAll(() => {
    const sources = new Map<string, string>();
    for (const { at } of ROWS) {
      for (const folder of at) {
        for (const target of ALL.flatMap((name) => TARGETS[name])) {
          for (const verb of VERBS) {
            sources.set(fileOf(folder, verb, target), statement(verb, specifierFrom(folder, target)));
          }
        }
      }
    }
    reports = oxlint(sources);
  });

  const isReported = (folder: string, verb: Verb, target: string): boolean =>
    (reports.get(fileOf(folder, verb, target)) ?? []).some((each) =>
      each.startsWith('eslint(no-restricted-imports)'),
    );

  test.each(ROWS)('of $folder are those that the layout allows', ({ at, values, typesToo }) => {
    const wrong: string[] = [];
    for (const target of ALL) {
      for (const verb of VERBS) {
        const allowed = values.includes(target) || (verb === 'import type' && typesToo.includes(target));
        for (const place of at) {
          for (const module of TARGETS[target]) {
            if (isReported(place, verb, module) === allowed) {
              wrong.push(`${place}: ${verb} ${module} ${allowed ? 'is reported' : 'goes unseen'}`);
            }
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('are ruled in every folder of sources there is', () => {
    const ruled = new Set(ROWS.flatMap((row) => row.at));
    const folders = SOURCE_FOLDERS.filter((top) => !['test', 'tools'].includes(top)).flatMap(foldersIn);
    expect(folders.filter((folder) => folder !== 'src' && !ruled.has(folder))).toEqual([]);
  });

  test('are ruled at the top of src as well, where only the public face stands', () => {
    const files = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isFile());
    expect(['index.ts']).toEqual(expect.arrayContaining(files.map((entry) => entry.name)));
    const planted = oxlint(new Map([['src/index.ts', "export { x } from '../node/lifecycle.ts';\n"]]));
    expect(planted.get('src/index.ts')).toContainEqual(expect.stringContaining('no-restricted-imports'));
  });

  test('that run in a circle are reported', () => {
    const planted = oxlint(
      new Map([
        ['node/a.ts', "import { b } from './b.ts';\nexport const a = (): number => b();\n"],
        ['node/b.ts', "import { a } from './a.ts';\nexport const b = (): number => a();\n"],
      ]),
    );
    expect([...planted.keys()].map((file) => dirname(file))).toContain('node');
    expect(planted.get('node/a.ts')).toContainEqual(expect.stringContaining('no-cycle'));
  });

  test('that run in a circle of types only are reported too', () => {
    const planted = oxlint(
      new Map([
        ['tools/a.ts', "import type { B } from './b.ts';\nexport type A = { readonly b: B };\n"],
        ['tools/b.ts', "import type { A } from './a.ts';\nexport type B = { readonly a: A | undefined };\n"],
      ]),
    );
    expect(planted.get('tools/a.ts')).toContainEqual(expect.stringContaining('no-cycle'));
  });
});
