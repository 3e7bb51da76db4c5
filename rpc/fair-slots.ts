/**
 * Shares a few slots among callers. A caller is known by its address, but behind a proxy all callers have the same one.
 * So the slots go round the addresses, and within an address round its connections. Nobody is refused for sharing an
 * address, and nobody waits behind all that another has asked for.
 *
 * Slots may be held for long, so some stay free for addresses that hold none: an address may hold at most three times as
 * many as are left free. One alone gets three quarters of them, two get three sevenths each, and k of them leave one of
 * 3k + 1, which is a slot as long as they are fewer than a third of the slots. These are the dynamic thresholds by which
 * switches share their memory (Choudhury and Hahne, 1998).
 */
import { type Caller, Rounds } from './rounds.ts';

/** Gives a slot back. Further calls do nothing. */
export type Release = () => void;

export type SlotLimits = {
  /** The number of slots. */
  readonly slots: number;
  /** The most that wait. Past it, whoever has the most waiting is refused. */
  readonly waiting: number;
};

export type FairSlots = {
  /**
   * Waits for a slot. Undefined if too many wait, and this caller has the most of them.
   *
   * @param signal - ends the wait when it is aborted: then the caller gets undefined, and its place is free
   */
  readonly take: (caller: Caller, signal?: AbortSignal) => Promise<Release | undefined>;
};

type Waiting = { readonly caller: Caller; readonly give: (release: Release | undefined) => void };

/** An address holds at most so many times what is free. */
const TIMES_FREE = 3;

export const createFairSlots = ({ slots, waiting }: SlotLimits): FairSlots => {
  const queue = new Rounds<Waiting>();
  const held = new Map<string, number>();
  let taken = 0;
  const heldBy = (address: string): number => held.get(address) ?? 0;
  /** Whether an address may hold one more of the free slots, of which there is one at least. */
  const mayHold = (address: string): boolean => {
    const more = heldBy(address) + 1;
    return more === 1 || more <= TIMES_FREE * (slots - taken - 1);
  };

  const hold = ({ address }: Caller): Release => {
    taken += 1;
    held.set(address, heldBy(address) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      taken -= 1;
      const left = heldBy(address) - 1;
      if (left === 0) held.delete(address);
      else held.set(address, left);
      pass();
    };
  };

  const pass = (): void => {
    while (taken < slots) {
      const next = queue.next(mayHold);
      if (next === undefined) return;
      next.give(hold(next.caller));
    }
  };

  return {
    take: (caller, signal) =>
      new Promise((give) => {
        const own = { caller, give };
        queue.push(caller, own);
        pass();
        if (queue.size > waiting) queue.dropOfLargest()?.give(undefined);
        signal?.addEventListener('abort', () => {
          if (queue.remove(caller, own)) give(undefined);
        });
      }),
  };
};

/** An address holds at most three quarters of what is scarce, so that another one always finds some. */
export const addressShare = (whole: number): number => Math.max(1, Math.floor((3 * whole) / 4));
