/**
 * Finds the first eligible item that holds a stretch of tokens, and the first of another owner, in all segments: by
 * their lists, or, where those are long because texts were made to repeat themselves, by the suffix automaton. So no
 * answer costs more than a few looks at each token held. Items are in the order of (contribution id, item); in version
 * 2 of the rules those of commons come before all others.
 */

import type { Tokens } from '../../../state/attribution/tokens.ts';
import { invariant } from '../../lib/errors.ts';
import type { FirstHolders, Place } from '../first-holders.ts';
import type { PhraseHolders, PhrasePlace } from '../phrase-holders.ts';
import { NOWHERE, type Take, type WindowList, WindowScan } from '../suffix-automaton.ts';
import { FirstChunks } from './first-chunks.ts';
import { Found, type Hit, Hits, tokenOf } from './hits.ts';
import { type Bounds, boundsOf, type OwnedRun, ownedRuns } from './independent.ts';
import type { HashKey } from './lexicon.ts';
import { NOBODY, type Owners, ownersIn } from './owners.ts';
import { PhraseWalk, searchPhrases } from './phrase-search.ts';
import { EngineQuery } from './query.ts';
import { firstPlace, firstPlaceOfOthers, type Part } from './repeats.ts';
import {
  type CommonsPart,
  commonsIn,
  isEligible,
  partIn,
  runsOf,
  type Scope,
  type Share,
  shareOf,
} from './scope.ts';
import { agreeing, type Lists, type Search, searchLists } from './search.ts';
import { contributionUpTo, isCommonsPlace, type Segment, startOf } from './segment.ts';
import { Slab, Walk } from './walk.ts';
import { STRETCH } from './winnow.ts';

const isCommons = ({ segment, source }: Hit): boolean => isCommonsPlace(segment.indices[source] ?? 0);

const byId = (a: Hit, b: Hit): number => a.contribution - b.contribution || a.item - b.item;

/** Only places of the share below this may come before the hit, in the order of contribution ids. */
const placesBefore = ({ segment, end }: Share, hit: Hit | undefined): number => {
  if (hit === undefined) return end;
  if (hit.segment === segment) return 0;
  return Math.min(end, startOf(segment, contributionUpTo(segment, hit.contribution) + 1));
};

/** Returns the first of some parts, ascending, that ends behind a place, as one of them does. */
const firstBehind = (parts: readonly CommonsPart[], place: number): CommonsPart => {
  let low = 0;
  let high = parts.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((parts[middle]?.to ?? 0) > place) high = middle;
    else low = middle + 1;
  }
  const part = parts[low];
  invariant(part !== undefined, 'places behind the last commons are not looked for');
  return part;
};

/**
 * What searches write to. One serves all searches of a thread, one after the other: what is made anew for each output has the
 * garbage collector run every hundred outputs, and several of them wait for it.
 */
export class Room {
  readonly walk = new Walk();
  readonly phraseWalk = new PhraseWalk();
  readonly found = new Found();
  readonly slab = new Slab();
  /** By window, where another owner may hold it in the share at hand. */
  readonly bounds: (Bounds | undefined)[] = [];
}

/** A walk along the lists may cost so many times what one pass over all texts costs. */
export const PATIENCE = 4;

/** Checks whether a contribution has a known owner, and not the one of the first holder. */
const mayBeSecond = ({ owners }: Owners, source: number, bounds: Bounds | undefined): boolean => {
  const owner = owners[source] ?? NOBODY;
  return owner !== NOBODY && owner !== bounds?.owner;
};

/** What is looked for in a share. */
type Task = Pick<Search, 'before' | 'stretch' | 'resume' | 'firstOf'> & {
  readonly share: Share;
  readonly take: Take;
  /** All that may be taken, ascending, for one pass over everything. */
  readonly runs: () => readonly Omit<OwnedRun, 'owner'>[] | readonly OwnedRun[];
};

export class Holders implements FirstHolders<EngineQuery>, PhraseHolders {
  readonly gram = STRETCH;
  readonly #key: HashKey;
  /** The shares of segments, ordered by their least contribution id. */
  readonly #shares: readonly Share[];
  readonly #scope: Scope;
  readonly #patience: number;
  readonly #room: Room;
  /** What the last calls have found. */
  #hits = new Hits();
  readonly #lists = new Map<Segment, Lists>();
  readonly #parts = new Map<Share, Part>();
  /** The windows that those are for. */
  #windows: WindowList | undefined;
  #looks = 0;
  /** The text that was prepared last: its spans and its phrases are searched for one after the other. */
  #prepared: { readonly tokens: Tokens; readonly query: EngineQuery } | undefined;

  /**
   * @param key - that of all segments
   * @param patience - how many looks the lists of a segment may cost before the automaton takes over, as a multiple
   *   of what that costs; below 0 it always does
   * @param room - for its searches; others of the same thread may use it as well
   */
  constructor(
    key: HashKey,
    segments: readonly Segment[],
    scope: Scope,
    patience = PATIENCE,
    room = new Room(),
  ) {
    this.#key = key;
    this.#scope = scope;
    this.#patience = patience;
    this.#room = room;
    this.#shares = segments
      .map((segment) => shareOf(segment, scope))
      .filter((share) => share !== undefined)
      .sort((a, b) => (a.segment.contributions[0] ?? 0) - (b.segment.contributions[0] ?? 0));
  }

  /** The number of signatures and tokens that all calls so far have looked at in the lists. */
  get looks(): number {
    return this.#looks;
  }

  prepare(tokens: Tokens): EngineQuery {
    if (this.#prepared?.tokens !== tokens)
      this.#prepared = { tokens, query: new EngineQuery(this.#key, tokens) };
    return this.#prepared.query;
  }

  /** Does the same as {@link FirstHolders.firsts}; places are valid until the next call. */
  firsts(query: EngineQuery, windows: WindowList): Float64Array {
    this.#hits = new Hits();
    this.#begin(windows);
    const { found } = this.#room;
    const { commonsFirst = false } = this.#scope;
    found.reset(windows.count);
    if (commonsFirst) this.#findCommons(query, windows);
    // Commons that come first have all been found: no other place of the window comes before one.
    const isSettled = (hit: Hit): boolean => commonsFirst && isCommons(hit);
    for (const share of this.#shares)
      this.#search(query, windows, {
        share,
        before: (i) => {
          const hit = found.hits[i];
          return hit !== undefined && isSettled(hit) ? 0 : placesBefore(share, hit);
        },
        firstOf: (_, range) => firstPlace(share.segment.repeats, range, this.#part(share)),
        take: (i, place) => this.#take(share, i, place),
        runs: () => runsOf(share, this.#scope).map(([from, to]) => ({ from, to })),
      });
    const rank = (hit: Hit): number => (isSettled(hit) ? 0 : 1);
    return this.#hits.number(found, NOWHERE, (a, b) => rank(a) - rank(b) || byId(a, b));
  }

  /** Does the same as {@link FirstHolders.others}; places are valid until the next call of `firsts`. */
  others(query: EngineQuery, windows: WindowList, firsts: Float64Array): Float64Array {
    if (windows !== this.#windows) this.#begin(windows);
    const { found, bounds } = this.#room;
    found.reset(windows.count);
    for (const share of this.#shares) {
      const { segment } = share;
      if (!this.#bound(segment, firsts)) continue;
      const owners = ownersIn(segment);
      this.#search(query, windows, {
        share,
        before: (i) => Math.min(bounds[i]?.until ?? 0, placesBefore(share, found.hits[i])),
        resume: (i, place) => {
          if (place === undefined) return bounds[i]?.from ?? 0;
          const { source } = this.#hits.at(segment, place);
          return mayBeSecond(owners, source, bounds[i])
            ? place + 1
            : startOf(segment, owners.next[source] ?? 0);
        },
        firstOf: (i, range) => {
          const each = bounds[i];
          return each && firstPlaceOfOthers(segment.repeats, range, each.owner, this.#part(share));
        },
        take: (i, place) => {
          const { source } = this.#hits.at(segment, place);
          return mayBeSecond(owners, source, bounds[i]) && this.#take(share, i, place);
        },
        runs: () =>
          ownedRuns(segment, runsOf(share, this.#scope), owners).filter(({ owner }) => owner !== NOBODY),
      });
    }
    return this.#hits.number(found, NOWHERE, byId);
  }

  extent(query: EngineQuery, at: number, place: number, limit: number): number {
    const hit = this.#hits.of(place);
    const most = Math.min(limit, query.tokens - at);
    return agreeing(query.idsIn(hit.segment), at, hit.segment, hit.start + tokenOf(place), most);
  }

  locate(place: number): Place {
    const { contribution, number: item } = this.#hits.of(place);
    return { contribution, item, pos: tokenOf(place) };
  }

  firstChunks(text: Tokens, phrases: WindowList): readonly (readonly PhrasePlace[])[] {
    const query = this.prepare(text);
    const prints = query.phrasePrints(phrases);
    const firstChunks = new FirstChunks(phrases.count);
    const walk = this.#room.phraseWalk;
    for (const share of this.#shares) {
      const limit = Math.min(1, this.#patience) * (share.segment.low.length + 16 * query.tokens);
      searchPhrases({ share, scope: this.#scope, query, phrases, prints, walk, firstChunks, limit });
    }
    return firstChunks.places;
  }

  /** Forgets the lists of other windows than those. */
  #begin(windows: WindowList): void {
    this.#lists.clear();
    this.#room.slab.clear();
    this.#windows = windows;
  }

  /** Finds out where in a segment another owner than the first may hold each window. @returns false if nowhere */
  #bound(segment: Segment, firsts: Float64Array): boolean {
    const { bounds } = this.#room;
    const known = new Map<number, Bounds | undefined>();
    let some = false;
    for (let i = 0; i < firsts.length; i++) {
      const place = firsts[i] ?? NOWHERE;
      bounds[i] = undefined;
      if (place === NOWHERE) continue;
      const hit = this.#hits.of(place);
      if (!known.has(hit.rank)) known.set(hit.rank, boundsOf(segment, hit));
      bounds[i] = known.get(hit.rank);
      some ||= bounds[i] !== undefined;
    }
    return some;
  }

  /** What of the repeated text of a share may answer. */
  #part(share: Share): Part {
    const part = this.#parts.get(share) ?? partIn(share, this.#scope);
    this.#parts.set(share, part);
    return part;
  }

  /** Finds the first commons that holds each window. What lies between two commons of a segment is skipped. */
  #findCommons(query: EngineQuery, windows: WindowList): void {
    const { found } = this.#room;
    for (const share of this.#shares) {
      const parts = commonsIn(share, this.#scope);
      const end = parts.at(-1)?.to;
      if (end === undefined) continue;
      this.#search(query, windows, {
        share,
        before: (i) => Math.min(end, placesBefore(share, found.hits[i])),
        stretch: (_, place) => {
          const { from, to } = firstBehind(parts, place);
          return [Math.max(from, place), to];
        },
        // Only a window that the segment repeats can be here, but where it stands first may be elsewhere.
        firstOf: () => undefined,
        take: (i, place) => this.#take(share, i, place),
        runs: () => parts,
      });
    }
  }

  #search(query: EngineQuery, windows: WindowList, task: Task): void {
    const { share, before, take, runs } = task;
    const { segment } = share;
    const limit = this.#patience * (segment.low.length + 16 * query.tokens);
    const { walk, slab } = this.#room;
    walk.reserve(windows.count);
    const search: Search = {
      ...task,
      segment,
      query,
      windows,
      walk,
      slab,
      lists: this.#lists,
      limit,
    };
    const looks = limit >= 0 ? searchLists(search) : 0;
    this.#looks += looks;
    if (limit >= 0 && looks <= limit) return;
    // One pass over everything that may answer, with the results that the lists would give. The hits that were found
    // serve as bounds.
    const nearer = Float64Array.from({ length: windows.count }, (_, i) => before(i));
    const scan = new WindowScan(
      query.idsIn(segment),
      windows,
      (i, place) => place >= (nearer[i] ?? 0) || take(i, place),
    );
    for (const run of runs())
      scan.scan(segment.low, segment.high, run.from, run.to, 'owner' in run ? run.owner : undefined);
  }

  /** Takes a place that holds window i, if it may answer. */
  #take({ segment, whole }: Share, i: number, place: number): boolean {
    const hit = this.#hits.at(segment, place);
    if (!whole && !isEligible(segment, this.#scope, hit.item)) return false;
    this.#room.found.hits[i] = hit;
    this.#room.found.tokens[i] = place;
    return true;
  }
}
