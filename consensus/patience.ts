/**
 * How long a process waits in a round, and how old a proposal may be. The paper needs that both grow without end: then any
 * finite delay of messages is overcome (arXiv 1807.04938, section II, timeouts; CometBFT's proposer-based timestamps,
 * spec/consensus/proposer-based-timestamp, where MessageDelay grows with the round).
 *
 * Among f + 1 rounds in a row, one has a correct proposer if powers are equal: they are a *lap*. Within a lap a timeout
 * grows by a step in each round, because silent proposers say nothing about the network. A whole lap without a decision
 * says that messages take longer than was thought, so each lap doubles the timeouts.
 *
 * Patience is what a height takes over from the one before it: the number of rounds by which its timeouts are ahead.
 * Without it, a slow network would lose the same rounds in every height.
 */
import { divFloorNumber, minBig } from '../src/lib/math.ts';

/** f + 1 of the paper, for n validators with n = 3f + 1 or more. */
export const lapOf = (validators: number): number => divFloorNumber(Math.max(validators - 1, 0), 3) + 1;

/** Timeouts are doubled this often at most, 64-fold; then they grow by steps only, so that the end of an outage is not slept through. */
const MAX_DOUBLINGS = 6n;
/** The longest delay that a timer of Node takes: 24 days. */
const MAX_MS = (1n << 31n) - 1n;

export type Growth = {
  readonly baseMs: number;
  /** Added for each round. */
  readonly stepMs: number;
};

/** Returns a timeout in milliseconds, for the number of rounds that are behind: the present round, plus the patience. */
export const timeoutMs = ({ baseMs, stepMs }: Growth, rounds: number, lap: number): number => {
  const doublings = minBig(BigInt(divFloorNumber(rounds, lap)), MAX_DOUBLINGS);
  return Number(minBig((BigInt(baseMs) + BigInt(stepMs) * BigInt(rounds)) << doublings, MAX_MS));
};

/** The most laps of patience: what an outage has left behind must not make a silent proposer expensive for long. */
const MAX_CARRIED_LAPS = 4;

/**
 * Returns the patience of the next height, after a decision in `round`. The f rounds that silent proposers may take are
 * not held against the network; by as many rounds the patience shrinks in a height that is decided at once.
 */
export const nextPatience = (patience: number, round: number, lap: number): number =>
  Math.min(Math.max(patience + round - Math.max(lap - 1, 1), 0), MAX_CARRIED_LAPS * lap);

export type TimeBounds = {
  /** By how much the clocks of two correct validators may differ. */
  readonly precisionMs: number;
  /** How long a proposal may take to arrive. It grows with the round. */
  readonly delayMs: number;
};

/**
 * Is the time of a fresh block close enough to the clock when its proposal arrived (both Unix ms)? Only the side of the past
 * grows with the round: a block may have been long under way, but it cannot come from the future, however slow the
 * network is. So no validator can move time ahead of the clocks of the others by more than the precision.
 */
export const isTimely = (time: bigint, arrivedAt: bigint, { precisionMs, delayMs }: TimeBounds): boolean =>
  time <= arrivedAt + BigInt(precisionMs) && arrivedAt <= time + BigInt(precisionMs) + BigInt(delayMs);
