/** The first chunks that hold each phrase, of all that were found so far in any segment. */
import { BEARERS_MAX, compareChunks } from '../../../state/attribution/relevance.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { chunkOf, type PhrasePlace } from '../phrase-holders.ts';

/** The order of the chunks of two places: 0 if they are in one. */
const compareByChunk = (a: PhrasePlace, b: PhrasePlace): number => compareChunks(chunkOf(a), chunkOf(b));

export class FirstChunks {
  readonly #places: PhrasePlace[][];

  constructor(phrases: number) {
    this.#places = Array.from({ length: phrases }, () => []);
  }

  /** A place in each of the first chunks of each phrase, in order. */
  get places(): readonly (readonly PhrasePlace[])[] {
    return this.#places;
  }

  /**
   * Adds a place at which a phrase stands. Of a chunk the first place at which a token of the phrase is new is kept, or the
   * first of all. The places of a chunk are added in order.
   */
  add(phrase: number, place: PhrasePlace): void {
    const places = this.#places[phrase];
    if (places === undefined) return;
    let at = places.length;
    while (at > 0 && compareByChunk(places[at - 1] ?? place, place) > 0) at -= 1;
    const last = places[at - 1];
    if (last !== undefined && compareByChunk(last, place) === 0) {
      if (last.novelRun === undefined && place.novelRun !== undefined) places[at - 1] = place;
      return;
    }
    if (at === BEARERS_MAX) return;
    places.splice(at, 0, place);
    places.length = Math.min(places.length, BEARERS_MAX);
  }

  /** Whether no place behind this one, in its contribution or a later one, changes anything. */
  isDoneAt(phrase: number, place: PhrasePlace): boolean {
    const last = this.#places[phrase]?.[BEARERS_MAX - 1];
    if (last === undefined) return false;
    const order = compareByChunk(last, place);
    return order < 0 || (order === 0 && last.novelRun !== undefined);
  }

  /** The contribution of the last of the chunks; undefined if a phrase has fewer than it may have. */
  lastOf(phrase: number): ContributionId | undefined {
    return this.#places[phrase]?.[BEARERS_MAX - 1]?.contribution;
  }
}
