/**
 * A segment: contributions of one Datanet, in the order of contribution id, with the lists that find their stretches. It never
 * changes, and is made of plain arrays over shared memory, so that several threads read one copy.
 *
 * Tokens are numbered from 0 through all items; every item is followed by a SEPARATOR, which no query holds, so no
 * comparison runs past its end. Its lexicon is its own: a segment stands alone, whatever happens to another.
 */
import type { ContributionId, DatanetId } from '../../lib/ids.ts';
import type { HashKey, SharedLexicon } from './lexicon.ts';
import type { NovelRuns } from './novel-runs.ts';
import type { PhrasePostings } from './phrase-postings.ts';
import type { Postings } from './postings.ts';
import type { Repeats } from './repeats.ts';

/**
 * What a segment knows of the place of a contribution: the index at which its Datanet accepted it; with this bit, if it is
 * a commons; {@link COMMONS} for a commons that was never accepted, and is eligible wherever its Datanet is.
 */
const COMMONS_BIT = 0x8000_0000;
/** The place of a commons that its Datanet was created with. */
export const COMMONS = 0xffff_ffff;

/** Returns the place of a commons that its Datanet accepted at this index. */
export const commonsAt = (index: number): number => COMMONS_BIT + index;

/** Whether a place is that of a commons. */
export const isCommonsPlace = (place: number): boolean => place >= COMMONS_BIT;

/** The index at which the Datanet accepted what is at a place; undefined for a commons that it was created with. */
export const acceptedAt = (place: number): number | undefined =>
  place === COMMONS ? undefined : place & ~COMMONS_BIT;

/** The bytes of an address. */
export const OWNER_BYTES = 20;
/** The height of a commit or a reveal that is not known. */
export const NO_HEIGHT = -1;

/** A segment with so many tokens would not be numbered by 32 bits; half of it leaves room for a merge. */
export const SEGMENT_TOKENS_MAX = 2 ** 31 - 1;

export type Segment = Postings &
  SharedLexicon & {
    readonly datanet: DatanetId;
    readonly key: HashKey;
    /** The contribution id of each contribution, ascending. */
    readonly contributions: Float64Array;
    /** The place of each contribution: the index at which its Datanet accepted it, marked if it is a commons; or COMMONS. */
    readonly indices: Uint32Array;
    /**
     * The address of the owner of each contribution, and the heights of its commit and of its reveal; zeros and NO_HEIGHT
     * if they are not known, or if there is none.
     */
    readonly owners: Uint8Array;
    readonly committedAt: Float64Array;
    readonly revealedAt: Float64Array;
    /** The first item of each contribution, with one more entry for the end. */
    readonly items: Uint32Array;
    /** The first token of each item, with one more entry for the end. */
    readonly starts: Uint32Array;
    /**
     * The low sixteen bits of the id of each token, and the eight bits above. `high` is empty if those are all zero.
     */
    readonly low: Uint16Array;
    readonly high: Uint8Array;
    readonly repeats: Repeats;
    /** What each contribution declared to be new. A commons declares nothing. */
    readonly novel: NovelRuns;
    /** The phrases that have a token of a novel run. */
    readonly phrases: PhrasePostings;
  };

export const bytesOf = (segment: Segment): number =>
  [
    segment.directory,
    segment.places,
    segment.signatures,
    segment.contributions,
    segment.indices,
    segment.owners,
    segment.committedAt,
    segment.revealedAt,
    segment.items,
    segment.starts,
    segment.words,
    segment.table,
    segment.low,
    segment.high,
    segment.repeats.text,
    segment.repeats.suffixes,
    segment.repeats.regions,
    segment.repeats.leasts,
    segment.novel.firsts,
    segment.novel.starts,
    segment.novel.ends,
    segment.phrases.directory,
    segment.phrases.entries,
  ].reduce((sum, { byteLength }) => sum + byteLength, 0);

/** The last i with starts[i] <= place. */
export const lastUpTo = (starts: ArrayLike<number>, place: number): number => {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** The first token of a contribution, or the end of the segment. */
export const startOf = ({ starts, items }: Segment, contribution: number): number =>
  starts[items[contribution] ?? 0] ?? 0;

/** Whether the contribution at a place of a segment has any text there. */
export const hasItems = ({ items }: Pick<Segment, 'items'>, contribution: number): boolean =>
  (items[contribution] ?? 0) < (items[contribution + 1] ?? 0);

/** The last contribution whose contribution id is at most this; −1 if there is none. */
export const contributionUpTo = ({ contributions }: Segment, contribution: ContributionId): number =>
  contribution < (contributions[0] ?? Number.POSITIVE_INFINITY) ? -1 : lastUpTo(contributions, contribution);

/** The id of a token. */
export const idAt = ({ low, high }: Segment, token: number): number =>
  high.length === 0 ? (low[token] ?? 0) : (low[token] ?? 0) | ((high[token] ?? 0) << 16);
