/** Whether the nodes did under an attack what they must. */
import type { Measured } from './measure.ts';

/** What the nodes must still do under an attack, measured against the same nodes before it, or under its control. */
export const BOUNDS = {
  /** An honest call may take this many times as long as then, ... */
  slower: 10,
  /** ... and in any case this long, milliseconds. */
  honestP99Ms: 750,
  /** The share of calls that may stay without an answer. */
  unanswered: 0.02,
  /** The share of looks at `/health` that may find something else than that all is well. */
  unhealthy: 0.1,
  /** The share of the blocks of then that must come. */
  blocks: 0.5,
  /** Resident memory that an attack may add to the most that a node took before it, MB, ... */
  addedMB: 256,
  /** ... and that all attacks together may add: little is given back to the system between one and the next. */
  addedInAllMB: 384,
} as const;

/** What an attack is compared with. */
export type Before = {
  /** Before all attacks. */
  readonly quiet: Measured;
  /**
   * The same work, done honestly. Then the time of calls and the blocks are compared with it. Memory never is: the bound
   * of an attack is the same with and without a control.
   */
  readonly control: Measured | undefined;
  /** The most memory that a node has taken before the attack and its control, MB. */
  readonly mostMB: number;
};

/** Returns what did not hold, in words. */
export const judge = ({ quiet, control, mostMB }: Before, seen: Measured): readonly string[] => {
  const broken: string[] = [];
  const { honestP99Ms, blocks, seconds } = control ?? quiet;
  const most = Math.max(BOUNDS.honestP99Ms, BOUNDS.slower * honestP99Ms);
  if (seen.honestP99Ms > most)
    broken.push(
      `an honest call (${seen.slowest}) took ${Math.round(seen.honestP99Ms)} ms (p99), at most ${Math.round(most)} are allowed`,
    );
  const { calls, looks } = seen;
  if (seen.unhealthy > BOUNDS.unhealthy * looks)
    broken.push(`/health was not well ${seen.unhealthy} times of ${looks}`);
  if (seen.unanswered > BOUNDS.unanswered * calls)
    broken.push(`${seen.unanswered} honest calls got no answer`);
  // A chain that stood still before the attack too does not hold.
  const fewest = Math.max(1, BOUNDS.blocks * (blocks / seconds) * seen.seconds);
  if (seen.blocks < fewest)
    broken.push(`${seen.blocks} blocks came, at least ${Math.ceil(fewest)} were to come`);
  const quietMB = quiet.peakRssMB ?? 0;
  const mostAllowedMB = Math.min(mostMB + BOUNDS.addedMB, quietMB + BOUNDS.addedInAllMB);
  if (seen.peakRssMB !== undefined && seen.peakRssMB > mostAllowedMB)
    broken.push(
      `a node took ${Math.round(seen.peakRssMB)} MB, ${Math.round(mostMB)} before the attack and ${Math.round(quietMB)} before all of them`,
    );
  return broken;
};
