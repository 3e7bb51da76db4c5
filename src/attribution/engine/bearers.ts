/** The first chunks that hold each phrase, of all that were found so far in any segment. */
import { BEARERS_MAX } from '../../../state/attribution/relevance.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { PhrasePlace } from '../phrase-holders.ts';

const byPlace = (a: PhrasePlace, b: PhrasePlace): number =>
  a.contribution - b.contribution || a.item - b.item || a.pos - b.pos;

export class Bearers {
  readonly #places: PhrasePlace[][];

  constructor(phrases: number) {
    this.#places = Array.from({ length: phrases }, () => []);
  }

  /** The bearers of each phrase, in order. */
  get places(): readonly (readonly PhrasePlace[])[] {
    return this.#places;
  }

  /** Adds the first place of a chunk that holds a phrase. No chunk is added twice. */
  add(phrase: number, place: PhrasePlace): void {
    const places = this.#places[phrase];
    if (places === undefined) return;
    let at = places.length;
    while (at > 0 && byPlace(places[at - 1] ?? place, place) > 0) at -= 1;
    if (at === BEARERS_MAX) return;
    places.splice(at, 0, place);
    places.length = Math.min(places.length, BEARERS_MAX);
  }

  /** Whether no chunk of a contribution behind the last one added, or of a later contribution, would be among the bearers. */
  isFull(phrase: number, contribution: ContributionId): boolean {
    const last = this.#places[phrase]?.[BEARERS_MAX - 1];
    return last !== undefined && last.contribution <= contribution;
  }

  /** The contribution of the last bearer; undefined if a phrase has fewer than it may have. */
  lastOf(phrase: number): ContributionId | undefined {
    return this.#places[phrase]?.[BEARERS_MAX - 1]?.contribution;
  }
}
