/** Where this node stands: its tip, and the greatest height that somebody has shown. */
import { type Height, toHeight } from '../../src/lib/brands.ts';
import { maxBig } from '../../src/lib/math.ts';

/** A node is often one block behind while a height is decided, but not for this long. */
const STALL_MS = 1_500;
/** A node that has applied a synced block so lately is not done yet: the next one may be on its way. */
const SETTLE_MS = 500;

export type SyncState =
  | { readonly type: 'idle' }
  | {
      readonly type: 'syncing';
      /** The tip when it began. */
      readonly from: Height;
      readonly at: bigint;
      /** The greatest height of which a block was shown, with a commit of the validators that this node knows. */
      readonly target: bigint;
    };

export class Standing {
  #tip = -1n;
  #tipSince = 0;
  #shown = 0n;
  #syncedAt = Number.NEGATIVE_INFINITY;
  /** The tip when syncing began; undefined while idle. */
  #from: Height | undefined;

  get shown(): bigint {
    return this.#shown;
  }

  /** Notes the tip, and whether this node is behind. */
  moved(tip: bigint, now: number): void {
    if (tip !== this.#tip) {
      this.#tip = tip;
      this.#tipSince = now;
    }
    if (this.#isBehind(now)) this.#from ??= toHeight(tip);
    else if (now - this.#syncedAt >= SETTLE_MS) this.#from = undefined;
  }

  /** Somebody has shown the block of this height. */
  show(height: Height): void {
    this.#shown = maxBig(this.#shown, height);
  }

  /** A synced block was applied. */
  synced(now: number): void {
    this.#syncedAt = now;
  }

  /** Whether to ask a peer that claims so much for blocks. One block is left to consensus for a while. */
  mayAsk(claimed: Height, now: number): boolean {
    if (claimed !== this.#tip + 1n) return claimed > this.#tip;
    return this.#from !== undefined || now - this.#tipSince >= STALL_MS;
  }

  state(tip: bigint): SyncState {
    if (this.#from === undefined) return { type: 'idle' };
    return { type: 'syncing', from: this.#from, at: tip, target: maxBig(this.#shown, tip) };
  }

  #isBehind(now: number): boolean {
    if (this.#shown !== this.#tip + 1n) return this.#shown > this.#tip;
    return now - this.#tipSince >= STALL_MS;
  }
}
