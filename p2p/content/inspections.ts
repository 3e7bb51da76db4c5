/**
 * Lists that are here and may lack items, until the store was asked what they lack. A list waits once, whoever wants it
 * inspected. Whoever comes while it is looked through waits for another look, because an item may have come after its turn.
 *
 * A short list takes one look-up. What is longer takes up to seconds, and megabytes, and waits in a line of its own. So one
 * long list at a time is looked through, and no short one waits for it.
 */
import type { Root } from '../../src/lib/brands.ts';
import { toBareHex } from '../../src/lib/bytes.ts';
import { ShortestAndOldest } from '../../src/lib/shortest-and-oldest.ts';

/** The items of a list that is looked through at once. */
export const SHORT_LIST = 1_024;
/** Lists that wait in a line. */
export const INSPECTIONS_MAX = 4_096;

/** What to do with what is found. */
export type Purpose = {
  /** Announce the list if it is whole. */
  readonly announce: boolean;
  /** Get the items that it lacks. */
  readonly get: boolean;
};

type Inspect = (root: Root, purpose: Purpose) => Promise<void>;

type Waiting = {
  readonly root: Root;
  /** The items that it may have. */
  readonly size: number;
  purpose: Purpose;
  readonly ended: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

class Line {
  readonly #inspect: Inspect;
  readonly #waiting = new ShortestAndOldest<Waiting>();
  #work: Promise<void> | undefined;

  constructor(inspect: Inspect) {
    this.#inspect = inspect;
  }

  add(root: Root, size: number, { announce, get }: Purpose): Promise<void> | undefined {
    const key = toBareHex(root);
    const known = this.#waiting.get(key);
    if (known !== undefined) {
      known.purpose = { announce: announce || known.purpose.announce, get: get || known.purpose.get };
      return known.ended;
    }
    if (this.#waiting.length >= INSPECTIONS_MAX) return undefined;
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.add(key, { root, size, purpose: { announce, get }, ended, resolve, reject });
    this.#work ??= this.#run();
    return ended;
  }

  async stop(): Promise<void> {
    for (const { resolve } of this.#waiting.clear()) resolve();
    await this.#work;
  }

  async #run(): Promise<void> {
    for (;;) {
      const next = this.#waiting.next();
      if (next === undefined) {
        this.#work = undefined;
        return;
      }
      this.#waiting.remove(toBareHex(next.root));
      await this.#inspect(next.root, next.purpose).then(next.resolve, next.reject);
    }
  }
}

export class Inspections {
  readonly #short: Line;
  readonly #long: Line;
  #isStopped = false;

  /** @param inspect - looks through a list */
  constructor(inspect: Inspect) {
    this.#short = new Line(inspect);
    this.#long = new Line(inspect);
  }

  /**
   * Resolves when the list was looked through. Returns undefined if too many wait.
   *
   * @param size - the items that it may have
   */
  add(root: Root, size: number, purpose: Purpose): Promise<void> | undefined {
    if (this.#isStopped) return Promise.resolve();
    return (size > SHORT_LIST ? this.#long : this.#short).add(root, size, purpose);
  }

  /** Forgets what waits. Resolves when nothing is looked through any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([this.#short.stop(), this.#long.stop()]);
  }
}
