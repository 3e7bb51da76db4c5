/** One node of a devnet as a process of its own: started, watched, stopped by its own id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readText } from '../../src/lib/files.ts';
import { homePaths } from '../home.ts';

export type ChildExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type NodeProcess = {
  readonly name: string;
  readonly pid: number;
  /** Undefined while it runs. */
  readonly exit: () => ChildExit | undefined;
  readonly exited: Promise<ChildExit>;
  readonly kill: (signal: NodeJS.Signals) => void;
};

/** The command's own entry point, of sources or of the built package. */
const ENTRY = fileURLToPath(
  new URL(`../../src/cli/main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

const ending = (child: ChildProcess): Promise<ChildExit> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 1, signal: null }));
  });

/** The directory of compiled sources, kept between starts. Without it, most of a start is spent on compiling. */
const COMPILE_CACHE = join(tmpdir(), 'openledger-compile-cache');

/**
 * Many nodes of a devnet share one machine: a smaller young generation, an old one that is collected earlier, and (glibc)
 * fewer arenas for the threads and long buffers that go back to the system when they are freed keep each at about half of
 * what it would take. A node that `openledger start` runs has none of these limits, because it ends when its heap is full
 * (docs/operators.md#memory).
 */
const SMALL_HEAP = '--max-semi-space-size=8 --max-old-space-size=384';

/** The variables that a node of a devnet has, unless the user has set them. */
const DEFAULTS = {
  NODE_COMPILE_CACHE: COMPILE_CACHE,
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
};

/** Returns the environment of a node of a devnet. What the user has set himself counts; an empty variable is not set. */
export const nodeEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...env,
  ...Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, env[name] || value])),
  // Of two values of an option, the last one counts.
  NODE_OPTIONS: `${SMALL_HEAP} ${env.NODE_OPTIONS ?? ''}`.trim(),
});

/**
 * Starts `openledger start --home`. Its output goes to the home's log. The channel between the two processes tells the
 * node when this one is gone, however it went, so that no node outlives its devnet.
 */
export const startNodeProcess = (name: string, home: string): NodeProcess => {
  const log = openSync(homePaths(home).log, 'a');
  const child = spawn(process.execPath, [ENTRY, 'start', '--home', home, '--log-format', 'json'], {
    stdio: ['ignore', log, log, 'ipc'],
    env: nodeEnvironment(process.env),
  });
  closeSync(log);
  let ended: ChildExit | undefined;
  const exited = ending(child).then((exit) => {
    ended = exit;
    return exit;
  });
  return {
    name,
    pid: child.pid ?? 0,
    exit: () => ended,
    exited,
    kill: (signal) => {
      if (ended === undefined) child.kill(signal);
    },
  };
};

/** The time after which a node that was asked to stop is taken to hang. */
const KILL_AFTER_MS = 60_000;

/** Asks the process to stop, and ends it if it hangs. */
export const stopNodeProcess = async (node: NodeProcess): Promise<void> => {
  node.kill('SIGTERM');
  const timer = setTimeout(() => node.kill('SIGKILL'), KILL_AFTER_MS);
  await node.exited;
  clearTimeout(timer);
};

type LogLine = { readonly code: string | undefined; readonly message: string };

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const parsed = (line: string): LogLine => {
  try {
    const { code, msg } = JSON.parse(line) as { readonly code?: unknown; readonly msg?: unknown };
    return { code: textOf(code), message: textOf(msg) ?? line };
  } catch {
    return { code: undefined, message: line };
  }
};

/** Why a node did not start, in its own last words. */
export const lastLogLine = (home: string): string => {
  const log = readText(homePaths(home).log);
  const lines = log.ok ? log.value.trimEnd().split('\n').map(parsed) : [];
  const last = lines.findLast(({ code }) => code !== undefined) ?? lines.at(-1);
  if (last === undefined) return 'it left no log';
  return (last.code === undefined ? last.message : `${last.code}: ${last.message}`).slice(0, 500);
};
