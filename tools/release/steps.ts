/** The steps of `npm run release:check`: the tarball as a client, a devnet and a validator would use it. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, fault } from '../../src/lib/errors.ts';
import type { EmptyProject, Tarball } from './empty-project.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const refuse = (message: string): never => {
  throw new CodedError(fault('RELEASE_CHECK', message));
};

/** One number for the lowest Node in all the places that name it. @throws CodedError `RELEASE_CHECK` */
export const checkNodeVersion = (): string => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly engines: { readonly node: string };
  };
  const lowest = /^>=(\d+\.\d+)$/.exec(manifest.engines.node)?.[1];
  if (lowest === undefined)
    return refuse(`package.json: engines.node is ${manifest.engines.node}, and must be >=MAJOR.MINOR`);
  const places = ['README.md', 'src/cli/openledger.js', 'docs/client.md', 'CONTRIBUTING.md'];
  for (const place of places.filter((each) => existsSync(join(ROOT, each)))) {
    const named = [...readFileSync(join(ROOT, place), 'utf8').matchAll(/Node (\d+\.\d+)/g)].map(([, v]) => v);
    const other = named.find((each) => each !== lowest);
    if (other !== undefined) refuse(`${place} names Node ${other}, and package.json ${lowest}`);
  }
  return lowest;
};

/** What a user needs is in the tarball, and nothing of the workshop is. @throws CodedError `RELEASE_CHECK` */
export const checkFiles = ({ files }: Tarball): void => {
  const needed = ['LICENSE', 'README.md', 'package.json', 'src/cli/openledger.js', 'dist/src/index.d.ts'];
  const missing = needed.filter((each) => !files.includes(each));
  if (missing.length > 0) refuse(`the tarball lacks ${missing.join(', ')}`);
  const foreign = files.filter(
    (each) => /^dist\/(test|tools)\//.test(each) || (each.endsWith('.ts') && !each.endsWith('.d.ts')),
  );
  if (foreign.length > 0) refuse(`the tarball holds ${foreign.slice(0, 5).join(', ')}`);
};

const MODULES = { nodenext: 'nodenext', bundler: 'esnext' } as const;

/**
 * Compiles programs against the types of the package, with every library's types checked.
 * @param moduleResolution - as Node resolves imports, or as a bundler does
 * @param types - the packages whose types are global: none, or `node`
 * @throws CodedError `RELEASE_COMMAND` with the errors of the compiler
 */
export const checkTypes = async (
  project: EmptyProject,
  moduleResolution: keyof typeof MODULES,
  include: readonly string[],
  types: readonly string[],
): Promise<void> => {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2024',
    lib: ['es2024', 'dom', 'dom.iterable'],
    module: MODULES[moduleResolution],
    moduleResolution,
    skipLibCheck: false,
    types,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
  };
  project.write('tsconfig.json', JSON.stringify({ compilerOptions, include }));
  await project.compile('tsconfig.json');
};

/** A process of the installed command, which is stopped by its own id. */
type Running = {
  /** The first line on its stdout. */
  readonly firstLine: Promise<string>;
  /** Rejects when the process ends before it is stopped. */
  readonly died: Promise<never>;
  readonly stop: () => Promise<void>;
};

/** The time after which a command that was asked to stop is taken to hang. */
const STOP_MS = 600_000;

const launch = (project: EmptyProject, ...args: readonly string[]): Running => {
  const child = spawn(project.program, [project.command, ...args], {
    cwd: project.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let lastWords = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    lastWords = `${lastWords}${chunk}`.slice(-4000);
  });
  const ended = new Promise<string>((done) => {
    child.once('error', (error) => done(error.message));
    child.once('close', (code, signal) => done(signal ?? `exit code ${code}`));
  });
  const died = ended.then((how) => refuse(`${args[0]} ended with ${how}; its last words:\n${lastWords}`));
  // Whoever races against it hears of it. Without a listener the process would end on it.
  died.catch(() => undefined);
  return {
    firstLine: new Promise((done) => createInterface({ input: child.stdout }).once('line', done)),
    died,
    stop: async () => {
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const how = await ended;
      clearTimeout(late);
      if (how !== 'exit code 0') refuse(`${args[0]} ended with ${how} after SIGINT:\n${lastWords}`);
    },
  };
};

/** Runs `use` beside a process of the command, and stops the process whatever happens. */
const beside = async <T>(running: Running, use: (over: AbortSignal) => Promise<T>): Promise<T> => {
  const over = new AbortController();
  let value: T;
  try {
    value = await Promise.race([use(over.signal), running.died]);
  } catch (error) {
    over.abort();
    await running.stop().catch(() => undefined);
    throw error;
  }
  await running.stop();
  return value;
};

export type DevnetReady = {
  readonly home: string;
  readonly nodes: readonly { readonly rpc: string; readonly p2p: string }[];
  readonly accounts: readonly {
    readonly name: string;
    readonly address: string;
    readonly privateKey: string;
  }[];
};

/** The genesis of the project with short delays: an epoch has 5 blocks, and a settlement is final after 2. */
const quickGenesis = (): string => {
  type Section = Readonly<Record<string, unknown>>;
  const genesis = JSON.parse(readFileSync(join(ROOT, 'genesis.json'), 'utf8')) as {
    readonly params: { readonly blocks: Section; readonly attribution: Section };
  };
  const { params } = genesis;
  const blocks = { ...params.blocks, commitPauseMs: 200 };
  const attribution = { ...params.attribution, epochBlocks: 5, challengeWindow: 2, settleEpochs: 100 };
  return `${JSON.stringify({ ...genesis, params: { ...params, blocks, attribution } })}\n`;
};

/** Starts a devnet from the installed package, and runs `use` on it. */
export const withDevnet = async <T>(
  project: EmptyProject,
  nodes: number,
  use: (ready: DevnetReady) => Promise<T>,
): Promise<T> => {
  project.write('quick.json', quickGenesis());
  const flags = ['--nodes', String(nodes), '--home', 'devnet', '--genesis', 'quick.json', '--json'];
  const devnet = launch(project, 'devnet', ...flags);
  return beside(devnet, async () => use(JSON.parse(await devnet.firstLine) as DevnetReady));
};

/** Runs `use` while the attestor of the package settles what is on the devnet. */
export const attesting = <T>(project: EmptyProject, use: () => Promise<T>): Promise<T> =>
  beside(launch(project, 'attest', '--home', 'devnet', '--key', 'attestor-1'), use);

/** The height that the node of a home has reached; undefined while it does not answer. */
const heightOf = async (project: EmptyProject, home: string): Promise<bigint | undefined> => {
  try {
    const out = await project.run('status', '--home', home, '--json');
    return BigInt((JSON.parse(out) as { readonly height: string | number }).height);
  } catch {
    return undefined;
  }
};

/** Waits without a limit of its own: a slow machine is normal, and the process that is waited for is watched. */
const reaches = async (
  project: EmptyProject,
  home: string,
  height: bigint,
  over: AbortSignal,
): Promise<void> => {
  while (!over.aborted && ((await heightOf(project, home)) ?? -1n) < height) await sleep(200);
};

/** A node joins the chain of the devnet with `init` and `start`, and reaches the height of the first node. */
export const joinDevnet = async (project: EmptyProject, ready: DevnetReady): Promise<void> => {
  await project.run('init', '--home', 'joined', '--genesis', 'devnet/genesis.json');
  const peers = ready.nodes.map(({ p2p }) => p2p).join(',');
  const height = (await heightOf(project, 'devnet')) ?? refuse('the devnet does not answer');
  const joined = launch(project, 'start', '--home', 'joined', '--peers', peers);
  await beside(joined, (over) => reaches(project, 'joined', height, over));
};

/** One operator makes a chain with one validator, as docs/operators.md shows, and it makes blocks. */
export const runValidator = async (project: EmptyProject): Promise<void> => {
  const { publicKey } = JSON.parse(
    await project.run('init', '--home', 'validator', '--name', 'ana', '--json'),
  ) as { readonly publicKey: string };
  const account = `0x${'0a'.repeat(20)}`;
  await project.run('genesis', 'new', '--chain-id', '424242', '--name', 'release');
  const validatorFlags = [
    '--name',
    'ana',
    '--public-key',
    publicKey,
    '--stake',
    '1000000',
    '--payout',
    account,
  ];
  await project.run('genesis', 'add-validator', 'genesis.json', ...validatorFlags);
  await project.run('genesis', 'add-attestor', 'genesis.json', '--address', account, '--bond', '1000');
  await project.run('genesis', 'validate', 'genesis.json');
  project.write('validator/genesis.json', readFileSync(join(project.folder, 'genesis.json'), 'utf8'));
  const validator = launch(project, 'start', '--home', 'validator');
  await beside(validator, (over) => reaches(project, 'validator', 3n, over));
};
