/**
 * Rations the checks of transactions that come to nothing. Whoever sends a transaction spends units of {@link checkCost} on
 * its check, and gets them back when the check was of use. Who has spent its ration is refused without a check, until time
 * has filled it again. There are two kinds of rations:
 *
 *     source    a peer, or the address of a caller of the RPC. It gets the units back when the mempool takes the transaction.
 *               An address may be that of a proxy, so it has two: what is dear to check uses up none of what is cheap.
 *     sender    an account, for what it has signed. It gets them back when a block executes the transaction, which pays for
 *               everything. So replacing, and signing what expires or what its kind refuses, is bounded too.
 *
 * A sender's ration is only spent by what its key has signed, so nobody can use up that of somebody else.
 */
import { type Rate, TokenBuckets } from '../../src/lib/token-bucket.ts';

/** 0.17 s of the checking thread at once, then half a percent of it. An honest peer spends nearly nothing. */
const SOURCE_RATE: Rate = { burst: 4 << 20, perSecond: 128 << 10 };
/** As many as may wait of one sender: 7,000 transfers, or 64 of the largest transactions; then one percent of the thread. */
const SENDER_RATE: Rate = { burst: 16 << 20, perSecond: 256 << 10 };
/** Names that are remembered of each kind. A forgotten one has been idle longest, and starts with a full ration. */
const REMEMBERED = 8_192;

export type Rations = {
  /** Whether nothing is left of the ration of `name`. */
  readonly isSpent: (name: string) => boolean;
  /** Takes `units` from the ration of `name`, which may owe some of them afterwards. */
  readonly spend: (name: string, units: number) => void;
  readonly giveBack: (name: string, units: number) => void;
};

/** @param now - milliseconds of a clock that never goes back */
const createRations = (rate: Rate, now: () => number): Rations => {
  const buckets = new TokenBuckets(REMEMBERED);
  return {
    isSpent: (name) => (buckets.known(name)?.spend(0, now()) ?? 0) > 0,
    spend: (name, units) => {
      buckets.of(name, rate, now()).spend(units, now());
    },
    giveBack: (name, units) => buckets.known(name)?.giveBack(units),
  };
};

export const sourceRations = (now: () => number): Rations => createRations(SOURCE_RATE, now);
export const senderRations = (now: () => number): Rations => createRations(SENDER_RATE, now);
