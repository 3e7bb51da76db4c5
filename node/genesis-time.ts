/**
 * Lets consensus begin at the time of the genesis. Before that time no block is timely, so every round would end without
 * one and the timeouts would grow with each round: the first block would come minutes late.
 */
import type { Timers } from '../consensus/shell/timers.ts';
import type { Clock } from '../src/lib/clock.ts';

/** A longer delay is split: a timer of Node takes at most 2^31 - 1 ms, and a clock that is set meanwhile is noticed soon. */
const STEP_MS = 1_000n;

/** Calls `run` once, when the clock has reached `time` (Unix ms). @returns the function that cancels it */
export const runAt = (
  time: bigint,
  { clock, timers }: { readonly clock: Clock; readonly timers: Timers },
  run: () => void,
): (() => void) => {
  let cancel: () => void = () => undefined;
  const wait = (): void => {
    const left = time - clock.now();
    if (left <= 0n) run();
    else cancel = timers.after(Number(left < STEP_MS ? left : STEP_MS), wait);
  };
  wait();
  return () => cancel();
};

/** The last millisecond that a Date can hold. */
const DATE_MAX = 8_640_000_000_000_000n;

/** Returns a time (Unix ms) for people: in ISO 8601, or as the number if no calendar date is that late. */
export const timeText = (time: bigint): string =>
  time > DATE_MAX ? `${time} ms` : new Date(Number(time)).toISOString();
