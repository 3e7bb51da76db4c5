/**
 * When to look through everything that the chain wants: at the start, then every ten minutes, and sooner if there was no
 * room for a root. A review finds what was passed over or given up.
 */
const REVIEW_MS = 600_000;
const REVIEW_SOON_MS = 60_000;

export class ReviewSchedule {
  #nextAt = 0;
  #startedAt = Number.NEGATIVE_INFINITY;
  #underWay = false;

  /** Returns true if a review is due, and counts it as begun. */
  begin(now: number): boolean {
    if (this.#underWay || now < this.#nextAt) return false;
    this.#underWay = true;
    this.#startedAt = now;
    this.#nextAt = now + REVIEW_MS;
    return true;
  }

  end(): void {
    this.#underWay = false;
  }

  /** Moves the next review forward, to a minute after the last one began. */
  hasten(): void {
    this.#nextAt = Math.min(this.#nextAt, this.#startedAt + REVIEW_SOON_MS);
  }
}
