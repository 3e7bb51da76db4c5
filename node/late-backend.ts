/**
 * The node behind the RPC from the moment it listens. The check of a large database takes minutes, and whoever watches the
 * node should see that it lives: until the check is done, the node answers for itself only.
 */
import type { NodeBackend, StartingNode } from '../rpc/backend.ts';
import type { Waiting } from '../rpc/schemas/waiting.ts';
import { FIRST_ROUND } from '../src/lib/brands.ts';
import type { Clock } from '../src/lib/clock.ts';
import type { Logger } from '../src/lib/log.ts';
import type { Head } from '../state/store/store.ts';

export type LateBackendOptions = {
  readonly chain: NodeBackend['chain'];
  /** What the database says, unchecked. */
  readonly head: Head;
  readonly clock: Clock;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  readonly logger: Logger;
};

/** A check that is done before does not keep anybody waiting, and has no line in the log. */
const TOLD_AFTER_MS = 1_000;

export type LateBackend = {
  readonly backend: NodeBackend;
  /** Makes it the whole node. */
  readonly become: (node: NodeBackend) => void;
  /** Tells the log nothing more. */
  readonly stop: () => void;
};

export const createLateBackend = ({
  chain,
  head,
  clock,
  elapsed,
  logger,
}: LateBackendOptions): LateBackend => {
  const began = elapsed();
  const waiting: Waiting = {
    reason: 'checking',
    since: clock.now(),
    message: `the node checks its database at height ${head.height}`,
    data: { height: head.height },
  };
  const starting: StartingNode = {
    chain,
    isReady: false,
    status: () => ({ height: head.height, round: FIRST_ROUND, peers: 0, syncing: false, waiting }),
    head: () => head,
    problems: () => [waiting],
  };
  let told = false;
  const timer = setTimeout(() => {
    told = true;
    logger.info({ reason: waiting.reason }, `waiting: ${waiting.message}`);
  }, TOLD_AFTER_MS);
  let current: StartingNode | NodeBackend = starting;
  return {
    // The dispatcher reads `isReady` first, and nothing else of a node that is not ready but what StartingNode has.
    backend: new Proxy({} as NodeBackend, { get: (_, name): unknown => Reflect.get(current, name) }),
    become: (node) => {
      clearTimeout(timer);
      current = node;
      const seconds = Math.floor((elapsed() - began) / 1_000);
      if (told) logger.info({ reason: waiting.reason, seconds }, 'no longer waiting');
    },
    stop: () => clearTimeout(timer),
  };
};
