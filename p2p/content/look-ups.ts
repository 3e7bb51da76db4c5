/** Announced roots that are not pending, until the store was asked whether a block names them. */
import type { Root } from '../../src/lib/brands.ts';
import type { PeerName } from '../types.ts';

/** Roots of one sender that wait, those of its last announcement at least. */
export const WAITING_MAX = 256;
/** Senders that are not in the config and of which roots wait. */
export const STRANGERS_MAX = 128;

/** The senders take turns, root by root, so that a flood of one of them holds up only what it sends itself. */
export class LookUps {
  /** The sender whose turn is next comes first. */
  readonly #bySender = new Map<PeerName, Root[]>();

  /**
   * If too many roots of the sender wait, its oldest are dropped.
   *
   * @param isConfigured - there is always room for a sender of the config: others may come under ever new names
   */
  add(sender: PeerName, roots: readonly Root[], isConfigured: boolean): void {
    const waiting = this.#bySender.get(sender);
    if (roots.length === 0) return;
    if (waiting === undefined && !isConfigured && this.#bySender.size >= STRANGERS_MAX) return;
    this.#bySender.set(sender, [...(waiting ?? []), ...roots].slice(-WAITING_MAX));
  }

  /** Returns the next roots to look up, and forgets them. */
  next(count: number): readonly Root[] {
    const next: Root[] = [];
    for (const [sender, roots] of this.#bySender) {
      const root = roots.shift();
      this.#bySender.delete(sender);
      if (root === undefined) continue;
      next.push(root);
      // It is the last one now, and the loop comes to it again.
      this.#bySender.set(sender, roots);
      if (next.length >= count) break;
    }
    return next;
  }
}
