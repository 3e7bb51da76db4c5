/**
 * Block sync among simulated peers, some of them hostile. Block sync is the real one, shell and core, and answers are
 * checked as the network does. Its clock, its node and its network are simulated: a run of minutes takes as long as its
 * decisions do, and is the same every time.
 */
import { vi } from 'vitest';
import { fail, type Result } from '../../../p2p/errors.ts';
import type { SyncedBlock } from '../../../p2p/protocols.ts';
import { BlockSync, type Judgement } from '../../../p2p/sync/block-sync.ts';
import { checkBlocks } from '../../../p2p/sync/check.ts';
import type { SyncState } from '../../../p2p/sync/standing.ts';
import { type Height, toHeight } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { BlockType, type Header, headerHash } from '../../../src/lib/chain.ts';
import { fault, ok, unwrap } from '../../../src/lib/errors.ts';
import { blockAt, CHAIN, quiet } from './networks.ts';

/** What `Requests.ask` allows: so long for each chunk, and for the whole answer. */
const CHUNK_MS = 5_000;
const ANSWER_MS = 30_000;
const STEP_MS = 10;
const APPLY_MS = 1;
const RECONNECT_MS = 50;

export type Question = {
  readonly from: bigint;
  readonly count: number;
  /** The height of the chain. */
  readonly chain: bigint;
};

/** What a peer does with a request: the blocks it sends or a fault, after so many milliseconds. */
export type Reply = { readonly afterMs: number; readonly answer: Result<readonly SyncedBlock[]> };
export type Behaviour = (question: Question) => Reply;

export type SimulatedPeer = {
  readonly name: string;
  readonly configured?: boolean;
  /** The height that it announces, of a chain of this height: that height, unless given. */
  readonly claims?: (chain: bigint) => bigint;
  readonly reply: Behaviour;
  /** Comes back under another name when it is blamed, or after so many milliseconds. */
  readonly renewsMs?: number;
};

const decided = new Map<bigint, SyncedBlock>();

/** The block of this height that the validators of the arena have decided. A signature of ones stands for theirs. */
export const decidedAt = (height: bigint): SyncedBlock => {
  const known = decided.get(height);
  if (known !== undefined) return known;
  const block = blockAt(height);
  const signed = {
    ...block,
    commit: { ...block.commit, signers: [true], signatures: [new Uint8Array(64).fill(1)] },
  };
  decided.set(height, signed);
  return signed;
};

const isDecided = (height: bigint, { block, commit }: SyncedBlock): boolean =>
  commit.signatures[0]?.[0] === 1 &&
  equal(commit.blockHash, decidedAt(height).commit.blockHash) &&
  equal(block, decidedAt(height).block);

const run = ({ from, count, chain }: Question): readonly SyncedBlock[] =>
  Array.from({ length: Math.max(0, Math.min(count, Number(chain - from) + 1)) }, (_, i) =>
    decidedAt(from + BigInt(i)),
  );

/** Sends what the chain has, after its latency and a millisecond per block. */
export const honest =
  (latencyMs = 5): Behaviour =>
  (question) => {
    const blocks = run(question);
    return { afterMs: latencyMs + blocks.length, answer: ok(blocks) };
  };

export const silent: Behaviour = () => ({ afterMs: CHUNK_MS, answer: fail('P2P_TIMEOUT', 'silent') });
/** Sends byte after byte, and is cut off at the end of the time for the whole answer. */
export const dripping: Behaviour = () => ({
  afterMs: ANSWER_MS,
  answer: fail('P2P_TIMEOUT', 'byte by byte'),
});
export const empty: Behaviour = () => ({ afterMs: 1, answer: ok([]) });
export const busy: Behaviour = () => ({ afterMs: 1, answer: fail('P2P_BUSY', 'always') });
export const resetting: Behaviour = () => ({ afterMs: 1, answer: fail('P2P_RESET', 'broken') });

const withHeader = ({ block, commit }: SyncedBlock, change: (header: Header) => Header): SyncedBlock => {
  const whole = unwrap(BlockType.decode(block));
  return { block: BlockType.encode({ ...whole, header: change(whole.header) }), commit };
};

const always =
  (make: (height: bigint) => SyncedBlock): Behaviour =>
  ({ from, count }) => ({
    afterMs: 1,
    answer: ok(Array.from({ length: count }, (_, i) => make(from + BigInt(i)))),
  });

/** An old block under its real commit, of which only the height is changed. */
export const oldBlocks = always((height) =>
  withHeader(decidedAt(1n), (header) => ({ ...header, height: toHeight(height) })),
);
/** An old block as it is. */
export const replayed = always(() => decidedAt(1n));
/** Blocks that fit each other, and commits that name them and that nobody has signed. */
export const unsigned = always((height) => blockAt(height));
/** The decided blocks, with commits that name them and that nobody has signed. */
export const wrongCommits = always((height) => ({ ...decidedAt(height), commit: blockAt(height).commit }));
/** Blocks of a chain that forks off, whose commits nobody has signed. Their validators are as unknown as their state. */
export const forked = always((height) => {
  const block = withHeader(blockAt(height), (header) => ({ ...header, time: header.time + 1n }));
  const { header } = unwrap(BlockType.decode(block.block));
  return { ...block, commit: { ...block.commit, blockHash: headerHash(header) } };
});

/** Answers with other blocks than an honest peer. */
const changing =
  (change: (blocks: readonly SyncedBlock[], question: Question) => readonly SyncedBlock[]): Behaviour =>
  (question) => ({ afterMs: 1, answer: ok(change(run(question), question)) });

export const reversed = changing((blocks) => blocks.toReversed());
export const tooMany = changing((blocks, { from }) => [...blocks, decidedAt(from), decidedAt(from + 1n)]);
export const stingy = changing((blocks) => blocks.slice(0, 1));
/** The last commit of each answer is real, and the one in its middle is not. */
export const falseInside = changing((blocks) =>
  blocks.map((block, i) => (i === blocks.length >> 1 && i > 0 ? blockAt(block.commit.height) : block)),
);

/** Behaves in one way and then in another, in turn. */
export const inTurn = (...behaviours: readonly Behaviour[]): Behaviour => {
  let turn = -1;
  return (question) => {
    turn += 1;
    return (behaviours[turn % behaviours.length] ?? silent)(question);
  };
};

export type ArenaOptions = {
  readonly peers: readonly SimulatedPeer[];
  /** The height of the chain after so many milliseconds. */
  readonly chain: (ms: number) => bigint;
  /** The tip of the node when it begins. */
  readonly tip?: bigint;
  /** The node's own consensus keeps up with the chain, so many milliseconds behind it. */
  readonly consensusMs?: number;
  /** What the node says of a block that it applies, if it is not what it should say. */
  readonly judge?: (height: Height, advance: () => void) => Judgement | undefined;
  /** The node does not know the validators of any block above its tip. */
  readonly knowsNoValidators?: boolean;
};

export type Outcome = {
  /** Simulated milliseconds until the tip was that of the chain; undefined if that did not happen. */
  readonly tookMs: number | undefined;
  /** All that was applied, in order. */
  readonly applied: readonly bigint[];
  /** Requests by the name of the peer. */
  readonly asked: ReadonlyMap<string, number>;
  /** The names of the peers that were blamed, and for what. */
  readonly blamed: ReadonlySet<string>;
  /** The names of the peers of which a block was applied. */
  readonly credited: ReadonlySet<string>;
  /** The greatest height above that of the chain that the state had as its target; 0 if it had none. */
  readonly excess: bigint;
  /** Steps of 10 ms in which the state was `syncing`, and whether it was at the end. */
  readonly syncingSteps: number;
  readonly isSyncing: boolean;
  /** The most requests under way, and blocks held, at a time. */
  readonly underWayMax: number;
  readonly blocksMax: number;
};

/** Numbers from 0 to below 1, the same in every run. */
const seeded = (): (() => number) => {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
};

/** Runs block sync until the node has caught up with the chain, or for the whole time if that is asked for. */
export const runArena = async (
  options: ArenaOptions,
  limitMs: number,
  untilCaughtUp = true,
): Promise<Outcome> => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
  });
  const random = vi.spyOn(Math, 'random').mockImplementation(seeded());
  try {
    return await simulate(options, limitMs, untilCaughtUp);
  } finally {
    random.mockRestore();
    vi.useRealTimers();
  }
};

const simulate = async (
  { peers, chain, tip: first = 0n, consensusMs, judge, knowsNoValidators = false }: ArenaOptions,
  limitMs: number,
  untilCaughtUp: boolean,
): Promise<Outcome> => {
  const origin = performance.now();
  const elapsed = (): number => performance.now() - origin;
  const asked = new Map<string, number>();
  const blamed = new Set<string>();
  const applied: bigint[] = [];
  const credited = new Set<string>();
  const present = peers.map((peer) => ({ ...peer, since: 0 }));
  let tip = first;
  const connected = (): typeof present => present.filter(({ since }) => since <= elapsed());
  const renew = (peer: (typeof present)[number]): void => {
    present.splice(present.indexOf(peer), 1, {
      ...peer,
      name: `${peer.name}'`,
      since: elapsed() + RECONNECT_MS,
    });
  };
  const apply = async (height: Height, block: SyncedBlock): Promise<Judgement> => {
    await new Promise((resolve) => setTimeout(resolve, APPLY_MS));
    const advance = (): void => {
      tip = height;
      applied.push(height);
    };
    const told = judge?.(height, advance);
    if (told !== undefined) return told;
    if (block.commit.height !== height || !isDecided(height, block))
      return { type: 'false', fault: fault('SYNC_BLOCK', 'nobody has decided it') };
    if (tip >= height) return { type: 'passed' };
    advance();
    return { type: 'applied' };
  };
  const sync = new BlockSync({
    tip: () => tip,
    apply,
    shows: (block) => {
      if (knowsNoValidators) return 'unknown';
      return isDecided(block.commit.height, block) ? 'true' : 'false';
    },
    peers: () =>
      connected().map(({ name, configured = false, claims = (height) => height }) => ({
        name,
        configured,
        height: toHeight(claims(chain(elapsed()))),
      })),
    fetch: (name, from, count, signal) => {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      const peer = connected().find((each) => each.name === name);
      if (peer === undefined) return Promise.resolve(fail('P2P_NOT_CONNECTED', 'gone'));
      const { afterMs, answer } = peer.reply({ from, count, chain: chain(elapsed()) });
      return new Promise((resolve) => {
        const end = (result: typeof answer): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', abandon);
          const checked = result.ok ? checkBlocks(CHAIN, from, count, result.value) : result;
          if (result.ok && !checked.ok) blame(name, 'false-answer');
          resolve(checked);
        };
        const timer = setTimeout(() => end(answer), afterMs);
        const abandon = (): void => end(fail('P2P_RESET', 'abandoned'));
        signal.addEventListener('abort', abandon);
      });
    },
    penalise: (name, offence) => blame(name, offence),
    warn: () => undefined,
    credit: (name) => credited.add(name.replaceAll("'", '')),
    logger: quiet,
  });
  const blame = (name: string, offence: string): void => {
    blamed.add(`${name.replaceAll("'", '')} ${offence}`);
    const peer = present.find((each) => each.name === name);
    if (peer?.renewsMs !== undefined) renew(peer);
  };

  sync.start();
  let excess = 0n;
  let syncingSteps = 0;
  let underWayMax = 0;
  let blocksMax = 0;
  let tookMs: number | undefined;
  let state: SyncState = { type: 'idle' };
  for (let step = 0; step * STEP_MS < limitMs; step++) {
    for (const peer of connected())
      if (peer.renewsMs !== undefined && elapsed() - peer.since >= peer.renewsMs) renew(peer);
    await vi.advanceTimersByTimeAsync(STEP_MS);
    if (consensusMs !== undefined) {
      const own = chain(elapsed() - consensusMs);
      if (own > tip) tip = own;
    }
    state = sync.state();
    if (state.type === 'syncing') {
      syncingSteps += 1;
      const over = state.target - chain(elapsed());
      if (over > excess) excess = over;
    }
    const { underWay, blocks } = sync.sizes();
    underWayMax = Math.max(underWayMax, underWay);
    blocksMax = Math.max(blocksMax, blocks);
    if (tip >= chain(elapsed())) tookMs ??= elapsed();
    if (untilCaughtUp && tookMs !== undefined && state.type === 'idle') break;
  }
  const stopped = sync.stop();
  await vi.advanceTimersByTimeAsync(ANSWER_MS);
  await stopped;
  return {
    tookMs,
    applied,
    asked,
    blamed,
    credited,
    excess,
    syncingSteps,
    isSyncing: state.type === 'syncing',
    underWayMax,
    blocksMax,
  };
};
