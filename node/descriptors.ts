/**
 * Divides the file descriptors of the process, so that no number of connections takes those that storage, the write-ahead
 * log and the connections to configured peers need. Every socket and every open file is a descriptor, and the system
 * allows a process only so many of them (`ulimit -n`); past that, `open` and `accept` fail wherever they are called.
 */
import Type from 'typebox';
import Value from 'typebox/value';
import { CONNECTIONS_PER_PEER } from '../p2p/limits.ts';
import { ok, unwrap } from '../src/lib/errors.ts';
import type { Logger } from '../src/lib/log.ts';
import { fail, type Result } from './errors.ts';

/**
 * Files that storage and consensus hold or open for a moment: of each of two databases its lock, log, manifest, journal and
 * the tables that a compaction reads and writes; the write-ahead log and its next segment; the sign-state and its new copy.
 */
const STORAGE_FILES = 64;
/**
 * LevelDB may keep a fifth of the limit open for tables that it does not map into memory (`MaxOpenFiles` in
 * `util/env_posix.cc` of LevelDB 1.20).
 */
const TABLES_SHARE = 5;
/** Standard streams, the event loops of all threads, listening sockets, and what the system libraries open for a moment. */
const PROCESS_FILES = 64;
/** Connections of one configured peer: those it may have, and one that this node is opening. */
const PER_CONFIGURED_PEER = CONNECTIONS_PER_PEER + 1;
/** The limit that is assumed where it cannot be read: the usual one of Linux. */
const ASSUMED_LIMIT = 1_024;
/** Stands for a limit that is not set: no process of Linux opens more (`fs.nr_open`). */
const UNLIMITED = 1 << 20;

/** What takes descriptors at the edges of a node, in peers or connections. */
type Edges = { readonly otherPeers: number; readonly halfOpen: number; readonly rpcConnections: number };

/** A node does not start with less than this. */
const LEAST: Edges = { otherPeers: 8, halfOpen: 32, rpcConnections: 16 };
const DESCRIPTORS_OF: Edges = { otherPeers: CONNECTIONS_PER_PEER, halfOpen: 1, rpcConnections: 1 };

/** What a node would like to allow. */
export type WantedDescriptors = Edges & { readonly configuredPeers: number };

export type DescriptorPlan = Edges & {
  /** The limit of the process. */
  readonly limit: number;
  /** Descriptors that only storage and consensus take. */
  readonly storage: number;
  /** Descriptors of the process itself. */
  readonly process: number;
  /** Connections that only configured peers can have. */
  readonly configuredConnections: number;
};

const descriptorsOf = (edges: Edges): number =>
  edges.otherPeers * DESCRIPTORS_OF.otherPeers +
  edges.halfOpen * DESCRIPTORS_OF.halfOpen +
  edges.rpcConnections * DESCRIPTORS_OF.rpcConnections;

/**
 * Divides `limit` descriptors. Storage, the process and configured peers get all of theirs first; the edges get what they
 * want if there is room, and else shares in proportion. Faults: `DESCRIPTORS_TOO_FEW`, with the limit that is needed.
 */
export const divideDescriptors = (limit: number, wanted: WantedDescriptors): Result<DescriptorPlan> => {
  const configuredConnections = wanted.configuredPeers * PER_CONFIGURED_PEER;
  const fixed = STORAGE_FILES + PROCESS_FILES + configuredConnections;
  const least: Edges = {
    otherPeers: Math.min(LEAST.otherPeers, wanted.otherPeers),
    halfOpen: Math.min(LEAST.halfOpen, wanted.halfOpen),
    rpcConnections: Math.min(LEAST.rpcConnections, wanted.rpcConnections),
  };
  const tables = Math.ceil(limit / TABLES_SHARE);
  const room = limit - tables - fixed - descriptorsOf(least);
  if (room < 0) {
    const needed = Math.ceil(((fixed + descriptorsOf(least)) * TABLES_SHARE) / (TABLES_SHARE - 1));
    return fail(
      'DESCRIPTORS_TOO_FEW',
      `the system allows this process ${limit} open files, and this node needs ${needed}: run "ulimit -n ${needed}" before it, or raise the limit of its service`,
      { limit, needed },
    );
  }
  const share = Math.min(1, room / Math.max(1, descriptorsOf(wanted) - descriptorsOf(least)));
  const between = (from: number, to: number): number => from + Math.floor((to - from) * share);
  return ok({
    limit,
    storage: STORAGE_FILES + tables,
    process: PROCESS_FILES,
    configuredConnections,
    otherPeers: between(least.otherPeers, wanted.otherPeers),
    halfOpen: between(least.halfOpen, wanted.halfOpen),
    rpcConnections: between(least.rpcConnections, wanted.rpcConnections),
  });
};

const Report = Type.Object({
  userLimits: Type.Object({
    open_files: Type.Object({ soft: Type.Union([Type.Integer({ minimum: 0 }), Type.Literal('unlimited')]) }),
  }),
});

/**
 * Reads how many files this process may have open. Node has raised the soft limit to the hard one by then. Undefined where
 * the system has no such limit to read (Windows).
 */
export const readDescriptorLimit = (): number | undefined => {
  // Without this, reports resolve the names of all connected hosts, on the main thread.
  Object.assign(process.report, { excludeNetwork: true });
  const report: unknown = process.report.getReport();
  if (!Value.Check(Report, report)) return undefined;
  const { soft } = report.userLimits.open_files;
  return soft === 'unlimited' ? UNLIMITED : soft;
};

/** Divides what {@link readDescriptorLimit} has read, and logs the division. @throws CodedError `DESCRIPTORS_TOO_FEW` */
export const planDescriptors = (
  limit: number | undefined,
  wanted: WantedDescriptors,
  logger: Logger,
): DescriptorPlan => {
  if (limit === undefined)
    logger.warn(
      { assumed: ASSUMED_LIMIT },
      'the limit of open files cannot be read on this system: the node assumes one',
    );
  const plan = unwrap(divideDescriptors(limit ?? ASSUMED_LIMIT, wanted));
  const short = (['otherPeers', 'halfOpen', 'rpcConnections'] as const).some(
    (key) => plan[key] < wanted[key],
  );
  if (short)
    logger.warn({ ...plan }, 'few files may be open, so fewer connections are allowed: raise "ulimit -n"');
  else logger.info({ ...plan }, 'open files are reserved');
  return plan;
};
