/**
 * Finds what keeps a node from the next block, from facts alone: no clock is read and nothing is remembered here.
 * `node/watchman.ts` remembers since when it has been so.
 */
import { isQuorum } from '../consensus/power.ts';
import type { Attendee } from '../consensus/shell/attendance.ts';
import type { ClockOffset } from '../p2p/peer-clocks.ts';
import type { SyncState } from '../p2p/sync/standing.ts';
import type { Problem, Waiting } from '../rpc/schemas/waiting.ts';
import { type Height, type Round, toHeight } from '../src/lib/brands.ts';
import { toHex } from '../src/lib/bytes.ts';
import { divFloor, sumBig } from '../src/lib/math.ts';
import { timeText } from './genesis-time.ts';

export type WaitingFacts = {
  /** Unix milliseconds. */
  readonly now: bigint;
  readonly genesisTime: bigint;
  /** The last committed height. */
  readonly tip: Height;
  /** The time of that block, in Unix milliseconds. */
  readonly tipTime: bigint;
  /** The time since the last commit, or since the node has started if that is shorter. */
  readonly stalledMs: number;
  readonly sync: SyncState;
  readonly connectedPeers: number;
  readonly configuredPeers: number;
  /** The names in their addresses that do not resolve. */
  readonly unresolvedHosts: readonly string[];
  /** Undefined if no peer of the config has answered. */
  readonly clock: ClockOffset | undefined;
  /** The largest difference between clocks that consensus tolerates. */
  readonly clockToleranceMs: number;
  /** The round of the height under way, and how long it may take by its timeouts. */
  readonly round: Round;
  readonly roundMs: number;
  /** Whether this node checks whether its key is used elsewhere, and votes only after that. */
  readonly isListening: boolean;
  /** The validators of the height under way. */
  readonly attendance: () => readonly Attendee[];
  /** The key of this node, which is one of a validator or not. */
  readonly self: Uint8Array;
  /** The name that the genesis gives to a validator. */
  readonly nameOf: (publicKey: Uint8Array) => string | undefined;
};

type Untimed<P> = P extends unknown ? Omit<P, 'since'> : never;

/** What is wrong, and for how long already. */
export type Found<P extends Problem> = { readonly problem: Untimed<P>; readonly forMs: number };
type FoundWaiting = Found<Waiting>;

/** A start takes some seconds to connect, and a busy machine to be heard. */
const PEERS_AFTER_MS = 5_000;
const QUORUM_AFTER_MS = 10_000;
/** An idle chain still makes a block about every second. */
const STALLED_AFTER_MS = 30_000;
/** The most validators that a message names. */
const NAMED_MAX = 3;

export const waitingFor = (facts: WaitingFacts): FoundWaiting | undefined => {
  const clock = offClock(facts) ?? behindTip(facts);
  if (facts.tip === 0n && facts.now < facts.genesisTime) return clock ?? genesisTime(facts);
  if (facts.sync.type === 'syncing') return syncing(facts.sync);
  const attendance = facts.attendance();
  const isValidator = attendance.some(({ publicKey }) => isSame(publicKey, facts.self));
  if (clock !== undefined && (isValidator || facts.stalledMs > STALLED_AFTER_MS)) return clock;
  return withoutPeers(facts, attendance) ?? withoutQuorum(facts, attendance);
};

const isSame = (a: Uint8Array, b: Uint8Array): boolean => toHex(a) === toHex(b);

const genesisTime = ({ genesisTime: time, sync }: WaitingFacts): FoundWaiting => ({
  problem: {
    reason: 'genesisTime',
    // Of peers that are not of the config no clock is known, but blocks that the validators decided are past that time.
    message:
      sync.type === 'syncing'
        ? `the genesis time is ${timeText(time)} and peers have blocks already, up to ${sync.target}: the clock of this machine is behind, correct it`
        : `the genesis time is ${timeText(time)}: no block is made before it`,
    data: { time },
  },
  forMs: 0,
});

const syncing = ({ from, at, target }: Extract<SyncState, { type: 'syncing' }>): FoundWaiting => ({
  problem: {
    reason: 'syncing',
    // For a moment after the last known block, the next one may be on its way from the same peers.
    message:
      at < target
        ? `the node fetches blocks: it is at ${at} of ${target}`
        : `the node has fetched all blocks that peers have shown it, up to ${at}, and asks them for later ones`,
    data: { from, height: toHeight(at), target: toHeight(target) },
  },
  forMs: 0,
});

const offClock = ({ clock, clockToleranceMs: toleranceMs }: WaitingFacts): FoundWaiting | undefined => {
  if (clock === undefined || Math.abs(clock.offsetMs) <= toleranceMs) return undefined;
  const { offsetMs, peers } = clock;
  const side = offsetMs < 0 ? 'behind' : 'ahead of';
  return {
    problem: {
      reason: 'clock',
      message: `this machine's clock is ${duration(Math.abs(offsetMs))} ${side} its peers`,
      data: { offsetMs, toleranceMs, peers },
    },
    forMs: 0,
  };
};

/**
 * If the clocks of all machines are set back, they do not differ. But no block has a time before the last one, and this node
 * takes none whose time is far ahead of its clock. So it waits until its clock has come to that time.
 */
const behindTip = (facts: WaitingFacts): FoundWaiting | undefined => {
  const { now, tip, tipTime, clock, clockToleranceMs: toleranceMs } = facts;
  const aheadMs = Number(tipTime - now);
  // The proposer's clock may be ahead by the tolerance, and this one behind by as much.
  if (tip === 0n || aheadMs <= 2 * toleranceMs) return undefined;
  return {
    problem: {
      reason: 'clock',
      message: `the last block is ${duration(aheadMs)} ahead of this machine's clock`,
      data: { offsetMs: -aheadMs, toleranceMs, peers: clock?.peers ?? 0 },
    },
    forMs: 0,
  };
};

const powerOf = (attendance: readonly Attendee[]): bigint => sumBig(attendance.map(({ power }) => power));

const withoutPeers = (facts: WaitingFacts, attendance: readonly Attendee[]): FoundWaiting | undefined => {
  if (facts.connectedPeers > 0 || facts.stalledMs <= PEERS_AFTER_MS) return undefined;
  const own = attendance.filter(({ publicKey }) => isSame(publicKey, facts.self));
  if (isQuorum(powerOf(own), powerOf(attendance))) return undefined;
  const configured = facts.configuredPeers;
  const hint = configured === 0 ? 'the config names none' : `the config names ${configured}`;
  const unresolved = facts.unresolvedHosts;
  const names =
    unresolved.length === 0
      ? ''
      : `, and ${listed(unresolved)} ${unresolved.length === 1 ? 'does' : 'do'} not resolve`;
  return {
    problem: {
      reason: 'peers',
      message: `no peer is connected; ${hint}${names}`,
      data: { configured, unresolved: [...unresolved] },
    },
    forMs: facts.stalledMs,
  };
};

/** The first of some names, and how many more there are. */
const listed = (names: readonly string[]): string => {
  const more = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

/**
 * A validator is missing if its vote of the present step has not arrived, and no other vote for as long as a round may
 * take: in a slow network the votes of a step are under way for a while.
 */
const withoutQuorum = (facts: WaitingFacts, attendance: readonly Attendee[]): FoundWaiting | undefined => {
  const { stalledMs, round, roundMs } = facts;
  if (stalledMs <= QUORUM_AFTER_MS) return undefined;
  const patienceMs = Math.max(QUORUM_AFTER_MS, roundMs);
  const missing = attendance.filter(
    ({ hasVoted, silentMs }) => !hasVoted && (silentMs === undefined || silentMs > patienceMs),
  );
  const total = powerOf(attendance);
  const power = total - powerOf(missing);
  const height = toHeight(facts.tip + 1n);
  const data = {
    height,
    round,
    power,
    totalPower: total,
    missing: missing.map(({ publicKey, power: own, lastSeen = null }) => ({
      name: facts.nameOf(publicKey) ?? null,
      publicKey,
      power: own,
      lastSeen,
    })),
  };
  if (!isQuorum(power, total)) {
    const who = absentees(facts, missing);
    const message = `power ${power} of ${total}, more than 2/3 needed; ${who}`;
    return { problem: { reason: 'quorum', message, data }, forMs: stalledMs };
  }
  if (stalledMs <= STALLED_AFTER_MS) return undefined;
  const message = `no block for ${duration(stalledMs)}, though power ${power} of ${total} votes: round ${round} of height ${height}`;
  return { problem: { reason: 'quorum', message, data }, forMs: stalledMs };
};

/** Those with the most power first, as they are the ones to look for. */
const absentees = (facts: WaitingFacts, missing: readonly Attendee[]): string => {
  const sorted = missing.toSorted((a, b) => (a.power < b.power ? 1 : a.power > b.power ? -1 : 0));
  const named = sorted.slice(0, NAMED_MAX).map((each) => absentee(facts, each));
  const more = missing.length - named.length;
  return `${named.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
};

const absentee = ({ self, isListening, nameOf }: WaitingFacts, { publicKey, silentMs }: Attendee): string => {
  const name = nameOf(publicKey) ?? toHex(publicKey).slice(0, 10);
  if (isSame(publicKey, self))
    return isListening
      ? `${name}, which is this node, checks whether its key is used elsewhere before it votes`
      : `${name}, which is this node, does not vote`;
  if (silentMs === undefined) return `${name} was not seen since this node started`;
  return `${name} was last seen ${duration(silentMs)} ago`;
};

/** A time for people: 12 s, 5 min, 3 h. */
export const duration = (ms: number): string => {
  const seconds = BigInt(Math.round(ms / 1_000));
  if (seconds < 120n) return `${seconds} s`;
  if (seconds < 7_200n) return `${divFloor(seconds, 60n)} min`;
  return seconds < 172_800n ? `${divFloor(seconds, 3_600n)} h` : `${divFloor(seconds, 86_400n)} days`;
};
