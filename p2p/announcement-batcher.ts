/**
 * Collects the roots that this node announces, and publishes them at a pace. The first announcements leave at once. A node
 * that gets the content of a whole chain announces more than its peers remember, so roots wait for each other, and of too
 * many the oldest are left out. Peers rely on the pace: a stranger that announces faster is penalised ({@link ANNOUNCED}).
 */
import type { Root } from '../src/lib/brands.ts';
import { toBareHex } from '../src/lib/bytes.ts';
import { TokenBucket } from '../src/lib/token-bucket.ts';
import { ANNOUNCED } from './announcement-pace.ts';
import { EARLY_MAX } from './content/announcements.ts';
import { ANNOUNCED_ROOTS_MAX } from './protocols.ts';

export class AnnouncementBatcher {
  readonly #publish: (roots: readonly Root[]) => void;
  readonly #pace = new TokenBucket(ANNOUNCED.own, performance.now());
  /** By their hex, the one that has waited longest first. */
  readonly #waiting = new Map<string, Root>();
  #timer: NodeJS.Timeout | undefined;

  /** @param publish - gets at most {@link ANNOUNCED_ROOTS_MAX} roots, all different */
  constructor(publish: (roots: readonly Root[]) => void) {
    this.#publish = publish;
  }

  add(roots: readonly Root[]): void {
    for (const root of roots) {
      this.#waiting.set(toBareHex(root), root);
      if (this.#waiting.size <= EARLY_MAX) continue;
      const [oldest = ''] = this.#waiting.keys();
      this.#waiting.delete(oldest);
    }
    this.#next();
  }

  /** Forgets what has not left yet. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #next(): void {
    while (this.#timer === undefined && this.#waiting.size > 0) {
      const pauseMs = this.#pace.spend(1, performance.now());
      if (pauseMs === 0) this.#flush();
      else
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#flush();
          this.#next();
        }, pauseMs).unref();
    }
  }

  #flush(): void {
    const batch = [...this.#waiting].slice(0, ANNOUNCED_ROOTS_MAX);
    for (const [key] of batch) this.#waiting.delete(key);
    if (batch.length > 0) this.#publish(batch.map(([, root]) => root));
  }
}
