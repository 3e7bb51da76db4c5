/**
 * When to look through everything that the chain wants: at the start, then every ten minutes, and sooner if a root had to
 * give its place away. A review finds what was passed over or given up.
 *
 * It finds what nobody has too, and asks for it anew. So reviews that come sooner one after the other are further and
 * further apart: whoever fills the places makes no more of them than these few.
 */
const REVIEW_MS = 600_000;
const REVIEW_SOON_MS = 60_000;

export class ReviewSchedule {
  #nextAt = 0;
  #startedAt = Number.NEGATIVE_INFINITY;
  #underWay = false;
  #isHastened = false;
  #soonMs = REVIEW_SOON_MS;

  /** Returns true if a review is due, and counts it as begun. */
  begin(now: number): boolean {
    if (this.#underWay || now < this.#nextAt) return false;
    this.#soonMs = this.#isHastened ? Math.min(2 * this.#soonMs, REVIEW_MS) : REVIEW_SOON_MS;
    this.#isHastened = false;
    this.#underWay = true;
    this.#startedAt = now;
    this.#nextAt = now + REVIEW_MS;
    return true;
  }

  end(): void {
    this.#underWay = false;
  }

  /** Moves the next review forward: to a minute after the last one began, or later if that one had been hastened too. */
  hasten(): void {
    this.#isHastened = true;
    this.#nextAt = Math.min(this.#nextAt, this.#startedAt + this.#soonMs);
  }
}
