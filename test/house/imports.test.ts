import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { FLOORS } from '../../tools/lint/floors.ts';
import { withFloorsTable } from '../../tools/lint/floors-page.ts';
import { floorOf } from '../../tools/lint/import-rules.ts';
import { foldersIn, isPure, SOURCE_FOLDERS, sourceFiles } from './layout.ts';
import { oxlint, oxlintByLine, type Reports, ROOT } from './planted.ts';

/** The layout once more, written from docs/architecture.md and not from the rules: a module of each floor to import. */
const TARGETS = {
  lib: 'src/lib/bytes.ts',
  native: 'src/lib/platform/node/hash.ts',
  io: 'src/lib/files.ts',
  clock: 'src/lib/clock.ts',
  version: 'src/lib/version.ts',
  rules: 'state/attribution/witness/types.ts',
  params: 'state/params.ts',
  events: 'state/events.ts',
  tx: 'state/tx/registry.ts',
  kit: 'state/modules/kit/stored.ts',
  ledger: 'state/modules/ledger/accounts.ts',
  receipts: 'state/modules/receipts/receipts.ts',
  data: 'state/modules/data/datanets.ts',
  models: 'state/modules/models/models.ts',
  pay: 'state/modules/pay/rewards.ts',
  disputes: 'state/modules/disputes/demands.ts',
  end: 'state/modules/end/hooks.ts',
  handlers: 'state/handlers/registry.ts',
  queries: 'state/queries/receipts.ts',
  jmt: 'state/jmt/tree.ts',
  machine: 'state/machine.ts',
  store: 'state/store/store.ts',
  core: 'consensus/core.ts',
  shell: 'consensus/shell/wal.ts',
  objects: 'src/content/objects.ts',
  content: 'src/content/store.ts',
  tracer: 'src/attribution/tracer.ts',
  tables: 'src/attribution/info-table.ts',
  engine: 'src/attribution/engine/engine.ts',
  p2p: 'p2p/host.ts',
  schemas: 'rpc/schemas/chain.ts',
  rpc: 'rpc/server.ts',
  client: 'src/client/wallet.ts',
  contribute: 'src/contribute/rows.ts',
  rowsFile: 'src/contribute/files/rows-file.ts',
  run: 'src/services/run/service.ts',
  corpus: 'src/services/corpus/text-cache.ts',
  challenge: 'src/services/challenge/review.ts',
  watch: 'src/services/watch/watcher.ts',
  attest: 'src/services/attest/attestor.ts',
  face: 'src/index.ts',
  mempool: 'node/mempool/mempool.ts',
  node: 'node/node.ts',
  devnet: 'node/devnet/devnet.ts',
  cli: 'src/cli/main.ts',
  tools: 'tools/check/run.ts',
  test: 'test/house/layout.ts',
  package: 'pino',
  builtin: 'node:fs',
} as const;
type Target = keyof typeof TARGETS;
const ALL = Object.keys(TARGETS).filter((name): name is Target => name in TARGETS);

const without = (...names: readonly Target[]): readonly Target[] =>
  ALL.filter((name) => !names.includes(name));

const LIB: readonly Target[] = ['lib', 'io', 'clock', 'version', 'package', 'builtin'];
const CONTENT: readonly Target[] = ['objects', 'content'];
const ATTRIBUTION: readonly Target[] = ['tracer', 'tables', 'engine'];
const BASE: readonly Target[] = ['lib', 'rules', 'params', 'events'];
const DOMAINS: readonly Target[] = ['kit', 'ledger', 'receipts', 'data', 'models', 'pay', 'disputes', 'end'];
const upTo = (domain: Target): readonly Target[] => DOMAINS.slice(0, DOMAINS.indexOf(domain) + 1);
const STATE: readonly Target[] = [...BASE, 'tx', ...DOMAINS, 'handlers', 'queries', 'jmt', 'machine'];
/** What runs in browsers too, below the client. */
const PORTABLE: readonly Target[] = ['package', ...BASE, 'tx', 'schemas', 'objects'];
const BESIDE: readonly Target[] = [...LIB, ...BASE, 'tx', 'schemas', ...CONTENT, ...ATTRIBUTION, 'client'];
const NODE: readonly Target[] = ['mempool', 'node', 'devnet'];

type Row = {
  /** The folder, or one file of it where that stands on a floor of its own. */
  readonly at: string;
  readonly values: readonly Target[];
  readonly typesToo: readonly Target[];
};

const row = (at: string, values: readonly Target[], typesToo: readonly Target[] = []): Row => ({
  at,
  values,
  typesToo,
});

const ROWS: readonly Row[] = [
  row('src/lib', ['lib', 'package']),
  row('src/lib/platform/node', ['lib', 'native', 'package', 'builtin']),
  row('src/lib/log.ts', LIB),
  row('state/attribution', ['lib', 'rules']),
  row('state/params.ts', BASE),
  row('state/tx', [...BASE, 'tx']),
  ...DOMAINS.map((domain) => row(`state/modules/${domain}`, [...BASE, 'tx', ...upTo(domain)])),
  row('state/handlers', [...BASE, 'tx', ...DOMAINS, 'handlers']),
  row('state/queries', [...BASE, 'tx', ...DOMAINS, 'queries']),
  row('state/jmt', ['lib', 'jmt']),
  row('state/machine.ts', [...BASE, 'tx', ...DOMAINS, 'handlers', 'machine']),
  row('state/store', [...LIB, ...STATE, 'store']),
  row('consensus', ['lib', 'core']),
  row('consensus/shell', [...LIB, 'core', 'shell']),
  row('src/content', ['lib', 'package', 'rules', 'objects']),
  row('src/content/store.ts', [...LIB, 'rules', ...CONTENT]),
  row('src/attribution', ['lib', 'package', 'rules', 'objects', 'tracer']),
  row('src/attribution/engine', [...LIB, 'rules', ...CONTENT, ...ATTRIBUTION]),
  row('p2p', [...LIB, 'p2p'], [...STATE, 'store', 'core', 'shell', ...CONTENT]),
  row('rpc/schemas', ['lib', 'package', ...BASE, 'tx', 'schemas']),
  row(
    'rpc',
    [...LIB, ...STATE, 'store', 'schemas', 'rpc'],
    ['core', 'shell', ...CONTENT, ...ATTRIBUTION, 'p2p', ...NODE],
  ),
  row('src/client', [...PORTABLE, 'client']),
  row('src/contribute', [...PORTABLE, 'tracer', 'client', 'contribute']),
  row('src/contribute/files', [...BESIDE, 'contribute', 'rowsFile']),
  row('src/services/run', [...BESIDE, 'run']),
  row('src/services/corpus', [...BESIDE, 'run', 'corpus']),
  row('src/services/challenge', [...BESIDE, 'run', 'corpus', 'challenge']),
  row('src/services/watch', [...BESIDE, 'run', 'corpus', 'challenge', 'watch']),
  row('src/services/attest', [...BESIDE, 'run', 'corpus', 'challenge', 'attest']),
  row('src/index.ts', [...PORTABLE, 'tracer', 'client', 'contribute', 'face']),
  row('node/mempool', [...LIB, ...STATE, 'store', 'mempool'], ['rpc']),
  row(
    'node',
    without(
      'cli',
      'tools',
      'test',
      'face',
      'client',
      'contribute',
      'rowsFile',
      'native',
      'devnet',
      'run',
      'corpus',
      'challenge',
      'watch',
      'attest',
    ),
  ),
  row('node/devnet', [...LIB, ...STATE, 'node', 'devnet']),
  row('src/cli', without('tools', 'test', 'native')),
  row('tools', without('test', 'native')),
  row('test', ALL),
];

const VERBS = ['import', 'import type', 'export', 'import()'] as const;
type Verb = (typeof VERBS)[number];

/** On one line, so that a report's line tells which it is about. */
const statement = (verb: Verb, specifier: string, n: number): string => {
  switch (verb) {
    case 'import':
      return `import { x${n} } from '${specifier}';`;
    case 'import type':
      return `import type { X${n} } from '${specifier}';`;
    case 'export':
      return `export { x as y${n} } from '${specifier}';`;
    case 'import()':
      return `export const load${n} = () => import('${specifier}');`;
  }
};

/** The shortest way to name a module, and one that goes up to the root first. */
const specifiersFrom = (folder: string, target: string): readonly string[] => {
  if (!target.endsWith('.ts')) return [target];
  const path = relative(folder, target).replaceAll('\\', '/');
  const short = path.startsWith('.') ? path : `./${path}`;
  return [short, `${folder.replaceAll(/[^/]+/g, '..')}/${target}`];
};

type Planted = {
  readonly place: string;
  readonly verb: Verb;
  readonly target: Target;
  readonly specifier: string;
};

const isFile = (path: string): boolean => path.endsWith('.ts');

/** The floor's folders that are there, and one that is not yet. */
const placesOf = ({ at }: Row): readonly string[] =>
  isFile(at)
    ? [at]
    : [...foldersIn(at), `${at}/deep`]
        .filter((folder) => ROWS.every((other) => other.at === at || !isWithin(folder, other.at, at)))
        .map((folder) => `${folder}/planted.ts`);

/** Whether a folder of `own` belongs to the floor `other`, which lies deeper. */
const isWithin = (folder: string, other: string, own: string): boolean =>
  other.startsWith(`${own}/`) && !isFile(other) && (folder === other || folder.startsWith(`${other}/`));

describe('imports', () => {
  let reports: Reports = new Map();
  const planted = new Map<string, Planted>();
  beforeAll(() => {
    const sources = new Map<string, string>();
    for (const place of ROWS.flatMap(placesOf)) {
      const lines: string[] = [];
      for (const target of ALL)
        for (const verb of VERBS)
          for (const specifier of specifiersFrom(dirname(place), TARGETS[target])) {
            lines.push(statement(verb, specifier, lines.length));
            planted.set(`${place}:${lines.length}`, { place, verb, target, specifier });
          }
      sources.set(place, `${lines.join('\n')}\n`);
    }
    reports = oxlintByLine(sources);
  });

  test.each(ROWS)('of $at are those that the layout allows', (checked) => {
    const places = placesOf(checked);
    const wrong: string[] = [];
    let seen = 0;
    for (const [at, { place, verb, target, specifier }] of planted) {
      if (!places.includes(place)) continue;
      seen += 1;
      const allowed =
        checked.values.includes(target) || (verb === 'import type' && checked.typesToo.includes(target));
      const isReported = reports.get(at)?.includes('eslint(no-restricted-imports)') === true;
      if (isReported === allowed)
        wrong.push(`${place}: ${verb} '${specifier}' ${allowed ? 'is reported' : 'goes unseen'}`);
    }
    expect(seen).toBeGreaterThan(ALL.length);
    expect(wrong).toEqual([]);
  });

  test('stand on a floor, every file of sources', () => {
    expect(sourceFiles().filter((file) => /\.[jt]s$/.test(file) && floorOf(file) === undefined)).toEqual([]);
  });

  test('are tested here with modules that exist', () => {
    const missing = Object.values(TARGETS).filter(
      (target) => target.endsWith('.ts') && !existsSync(join(ROOT, target)),
    );
    expect(missing).toEqual([]);
  });

  test('are tested here for every floor', () => {
    const tested = new Set(ROWS.map(({ at }) => floorOf(isFile(at) ? at : `${at}/`)?.name));
    expect(FLOORS.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([]);
  });

  test('are those of the table in docs/architecture.md', () => {
    const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
    expect(withFloorsTable(page)).toBe(page);
  });

  test('of the pure parts name no package', () => {
    const pure = SOURCE_FOLDERS.flatMap(foldersIn).filter(isPure);
    expect(pure.length).toBeGreaterThan(10);
    for (const folder of pure) expect(floorOf(`${folder}/`)?.packages ?? false, folder).toBe(false);
  });

  test('are ruled at the top of src as well, where only the public face stands', () => {
    const files = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isFile());
    // The manifest maps the imports that choose a platform to sources.
    expect(files.map((entry) => entry.name)).toEqual(['index.ts', 'package.json']);
  });

  test('that run in a circle are reported', () => {
    const circle = oxlint(
      new Map([
        ['node/a.ts', "import { b } from './b.ts';\nexport const a = (): number => b();\n"],
        ['node/b.ts', "import { a } from './a.ts';\nexport const b = (): number => a();\n"],
      ]),
    );
    expect([...circle.keys()].map((file) => dirname(file))).toContain('node');
    expect(circle.get('node/a.ts')).toContainEqual(expect.stringContaining('no-cycle'));
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
