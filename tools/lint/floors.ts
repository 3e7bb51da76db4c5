/**
 * The floors of the code base: which folder may import which. This table is the one source of the import rules of
 * oxlint (oxlint.config.ts) and of the table in docs/architecture.md.
 */

export type Floor = {
  readonly name: string;
  /**
   * The places of the floor. A place is a file, or a folder with everything below it that is not a floor of its own
   * (`node/`). A file belongs to the floor whose place covers most of its path.
   */
  readonly places: readonly string[];
  readonly holds: string;
  /** The names of the floors that it may import. Every floor may import itself. */
  readonly mayImport: readonly string[];
  /** The floors of which it may import only types: `node/` passes the functions at run time. */
  readonly typesOf?: readonly string[];
  /**
   * Whether it may import packages and modules of Node. `portable` means packages only, because it also runs in
   * browsers.
   */
  readonly packages: boolean | 'portable';
};

const DOMAINS = ['kit', 'ledger', 'receipts', 'data', 'models', 'pay', 'disputes', 'end'] as const;

const DOMAIN_HOLDS: Readonly<Record<(typeof DOMAINS)[number], string>> = {
  kit: 'stored values, sequences and queues, the context of a block and of a transaction',
  ledger: 'accounts, pots and totals, fees, escrow, bonds, attestors, validators, parameters',
  receipts: 'batches of receipts and their settlements',
  data: 'Datanets and contributions, from commit to acceptance',
  models: 'models, their versions and calibrations',
  pay: 'epochs, payouts and rewards',
  disputes: 'challenges, demands, and what a contribution declares',
  end: 'what happens at the end of every block, in order',
};

const domain = (name: (typeof DOMAINS)[number], i: number): Floor => ({
  name: `state/modules/${name}`,
  places: [`state/modules/${name}/`],
  holds: DOMAIN_HOLDS[name],
  mayImport: [
    'src/lib',
    'state/attribution',
    'state base',
    'state/tx',
    ...DOMAINS.slice(0, i).map((lower) => `state/modules/${lower}`),
  ],
  packages: false,
});

const MODULES = DOMAINS.map((name) => `state/modules/${name}`);
/** Names for floors that often occur together, the widest first. The page shows a name instead of the list. */
export const GROUPS = (): readonly (readonly [string, readonly string[]])[] => [
  ['everything that ships', SHIPPED],
  ['all of `state/`', [...STATE.filter((name) => name !== 'src/lib'), 'state/store']],
  ['all of `state/` but the store', STATE.filter((name) => name !== 'src/lib')],
  ['all of `state/` up to the modules', UP_TO_MODULES.filter((name) => name !== 'src/lib')],
  ['all of `consensus/`', CONSENSUS],
  ['all of `node/`', NODE],
];

const UP_TO_MODULES = ['src/lib', 'state/attribution', 'state base', 'state/tx', ...MODULES];
const STATE = [...UP_TO_MODULES, 'state/handlers', 'state/queries', 'state/jmt', 'state machine'];
const LIB = ['src/lib', 'src/lib with I/O'];
/** What a program may use in Node and in browsers, below the client. */
const PORTABLE = ['src/lib', 'state/attribution', 'state base', 'state/tx', 'rpc/schemas', 'src/content'];
const CONTENT = ['src/content', 'src/content with I/O'];
const ATTRIBUTION = ['src/attribution', 'src/attribution with I/O'];
const RULES = [...LIB, 'state/attribution', 'state base', 'state/tx'];
const CONSENSUS = ['consensus', 'consensus/shell'];
const RUN = ['src/services/run', 'src/services/corpus', 'src/services/challenge'];
const NODE = ['node/mempool', 'node', 'node/devnet'];
const BESIDE = [...RULES, 'rpc/schemas', ...CONTENT, ...ATTRIBUTION, 'src/client'];
const SHIPPED = [
  ...LIB,
  ...STATE,
  'state/store',
  ...CONSENSUS,
  ...CONTENT,
  ...ATTRIBUTION,
  'p2p',
  'rpc/schemas',
  'rpc',
  'src/client',
  'src/contribute',
  'src/contribute with I/O',
  ...RUN,
  'src/services/watch',
  'src/services/attest',
  'src/index.ts',
  ...NODE,
  'src/cli',
];

export const FLOORS: readonly Floor[] = [
  {
    name: 'src/lib',
    places: ['src/lib/'],
    holds: 'bytes, SSZ, hashes, keys, integer arithmetic, errors',
    mayImport: [],
    packages: 'portable',
  },
  {
    name: 'src/lib for Node',
    places: ['src/lib/platform/node/'],
    holds: 'what is quicker with native code, chosen by the condition `node` of an import of `#platform/…`',
    mayImport: ['src/lib'],
    packages: true,
  },
  {
    name: 'src/lib with I/O',
    places: [
      'src/lib/clock.ts',
      'src/lib/files.ts',
      'src/lib/intake.ts',
      'src/lib/line-sink.ts',
      'src/lib/lock.ts',
      'src/lib/read-file.ts',
      'src/lib/log.ts',
      'src/lib/turns.ts',
      'src/lib/version.ts',
    ],
    holds:
      'the clock, turns of the event loop, files and their locks, the log and the version, which the pure parts may not import',
    mayImport: ['src/lib'],
    packages: true,
  },
  {
    name: 'state/attribution',
    places: ['state/attribution/'],
    holds: 'the rules of attribution, pure',
    mayImport: ['src/lib'],
    packages: false,
  },
  {
    name: 'state base',
    places: [
      'state/errors/',
      'state/events.ts',
      'state/events/',
      'state/receipt-id.ts',
      'state/params.ts',
      'state/results.ts',
      'state/view.ts',
    ],
    holds: 'error codes, typed events, parameters, results, and the view that execution reads and writes',
    mayImport: ['src/lib', 'state/attribution'],
    packages: false,
  },
  {
    name: 'state/tx',
    places: ['state/tx/'],
    holds:
      'a file per kind: payload type, limits, stateless check, gas, action line, content roots; signing; the registry',
    mayImport: ['src/lib', 'state/attribution', 'state base'],
    packages: false,
  },
  ...DOMAINS.map(domain),
  {
    name: 'state/handlers',
    places: ['state/handlers/'],
    holds: 'a file per kind: what it does to the state; the registry over the names of kinds',
    mayImport: UP_TO_MODULES,
    packages: false,
  },
  {
    name: 'state/queries',
    places: ['state/queries/'],
    holds: 'reads for the RPC, pure',
    mayImport: UP_TO_MODULES,
    packages: false,
  },
  {
    name: 'state/jmt',
    places: ['state/jmt/'],
    holds: 'the Jellyfish Merkle tree over the state, pure',
    mayImport: ['src/lib'],
    packages: false,
  },
  {
    name: 'state machine',
    places: ['state/block.ts', 'state/charge.ts', 'state/genesis.ts', 'state/machine.ts', 'state/tip.ts'],
    holds: 'genesis, what makes a block valid, and `executeBlock`',
    mayImport: [...UP_TO_MODULES, 'state/handlers'],
    packages: false,
  },
  {
    name: 'state/store',
    places: ['state/store/'],
    holds: 'LevelDB: the one place of the state with I/O',
    mayImport: [...LIB, ...STATE],
    packages: true,
  },
  {
    name: 'consensus',
    places: ['consensus/'],
    holds: 'the pure core of Tendermint and its certificates',
    mayImport: ['src/lib'],
    packages: false,
  },
  {
    name: 'consensus/shell',
    places: ['consensus/shell/'],
    holds: 'runner, WAL, signer, timers: the one place of consensus with I/O',
    mayImport: [...LIB, 'consensus'],
    packages: true,
  },
  {
    name: 'src/content',
    places: ['src/content/'],
    holds: 'the objects of content, by their salted roots',
    mayImport: ['src/lib', 'state/attribution'],
    packages: 'portable',
  },
  {
    name: 'src/content with I/O',
    places: ['src/content/store.ts', 'src/content/showing.ts'],
    holds: 'the content store, in LevelDB',
    mayImport: [...LIB, 'state/attribution', 'src/content'],
    packages: true,
  },
  {
    name: 'src/attribution',
    places: ['src/attribution/'],
    holds: 'tracing, novelty, declarations and evidence, off the chain and in memory',
    mayImport: ['src/lib', 'state/attribution', 'src/content'],
    packages: 'portable',
  },
  {
    name: 'src/attribution with I/O',
    places: [
      'src/attribution/asset/node.ts',
      'src/attribution/attestor.ts',
      'src/attribution/corpus-files.ts',
      'src/attribution/engine/',
      'src/attribution/info-table.ts',
    ],
    holds: 'the engine, whose index is in files and worker threads, and the files of a corpus',
    mayImport: [...LIB, 'state/attribution', ...CONTENT, 'src/attribution'],
    packages: true,
  },
  {
    name: 'p2p',
    places: ['p2p/'],
    holds: 'host, topics, validation, block sync, content exchange, peer scores',
    mayImport: LIB,
    typesOf: [...STATE, 'state/store', ...CONSENSUS, ...CONTENT],
    packages: true,
  },
  {
    name: 'rpc/schemas',
    places: ['rpc/schemas/'],
    holds: 'the schema of each method; it also runs in browsers',
    mayImport: ['src/lib', 'state/attribution', 'state base', 'state/tx'],
    packages: 'portable',
  },
  {
    name: 'rpc',
    places: ['rpc/'],
    holds: 'dispatch, the server, what each method answers',
    mayImport: [...LIB, ...STATE, 'state/store', 'rpc/schemas'],
    typesOf: [...CONSENSUS, ...CONTENT, ...ATTRIBUTION, 'p2p', ...NODE],
    packages: true,
  },
  {
    name: 'src/client',
    places: ['src/client/'],
    holds: 'the RPC client, wallets, vouchers, events',
    mayImport: PORTABLE,
    packages: 'portable',
  },
  {
    name: 'src/contribute',
    places: ['src/contribute/'],
    holds: 'from rows to revealed contributions',
    mayImport: [...PORTABLE, 'src/attribution', 'src/client'],
    packages: 'portable',
  },
  {
    name: 'src/contribute with I/O',
    places: ['src/contribute/files/'],
    holds: 'rows and journals in files',
    mayImport: [...BESIDE, 'src/contribute'],
    packages: true,
  },
  {
    name: 'src/index.ts',
    places: ['src/index.ts'],
    holds: 'the face of the package',
    mayImport: [...PORTABLE, 'src/attribution', 'src/client', 'src/contribute'],
    packages: 'portable',
  },
  {
    name: 'src/services/run',
    places: ['src/services/run/'],
    holds: 'what every service is: its loop, its report, its state on disk',
    mayImport: BESIDE,
    packages: true,
  },
  {
    name: 'src/services/corpus',
    places: ['src/services/corpus/'],
    holds: 'the texts of contributions and receipts, and their index',
    mayImport: [...BESIDE, 'src/services/run'],
    packages: true,
  },
  {
    name: 'src/services/challenge',
    places: ['src/services/challenge/'],
    holds: 'holding claims against the texts, challenging and answering demands',
    mayImport: [...BESIDE, 'src/services/run', 'src/services/corpus'],
    packages: true,
  },
  ...(['watch', 'attest'] as const).map(
    (name): Floor => ({
      name: `src/services/${name}`,
      places: [`src/services/${name}/`],
      holds:
        name === 'watch' ? 'the service that checks every claim' : 'the service that settles and calibrates',
      mayImport: [...BESIDE, ...RUN],
      packages: true,
    }),
  ),
  {
    name: 'node/mempool',
    places: ['node/mempool/'],
    holds: 'transactions that wait, and their verification in a thread',
    mayImport: [...LIB, ...STATE, 'state/store'],
    typesOf: ['rpc'],
    packages: true,
  },
  {
    name: 'node',
    places: ['node/'],
    holds: 'the node: assembly, chain, backend, config, home',
    mayImport: SHIPPED.filter(
      (name) => !/^(src\/(cli|index\.ts|client|contribute.*|services\/.*)|node\/devnet)$/.test(name),
    ),
    packages: true,
  },
  {
    name: 'node/devnet',
    places: ['node/devnet/'],
    holds: 'a network of local processes',
    mayImport: [...LIB, ...STATE, 'node'],
    packages: true,
  },
  {
    name: 'src/cli',
    places: ['src/cli/'],
    holds: 'the command `openledger`, a file per verb',
    mayImport: SHIPPED,
    packages: true,
  },
  {
    name: 'tools',
    places: ['tools/'],
    holds: 'demo, evaluation, checks',
    mayImport: SHIPPED,
    packages: true,
  },
  {
    name: 'test',
    places: ['test/'],
    holds: 'tests by kind, benchmarks and fuzzers',
    mayImport: [...SHIPPED, 'tools', 'src/lib for Node'],
    packages: true,
  },
];
