/** Makes segments: from texts as they are accepted, and from other segments. */

import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import { type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import { invariant, ok } from '../../lib/errors.ts';
import type { ContributionId, DatanetId } from '../../lib/ids.ts';
import { fail, type Result } from '../errors.ts';
import { type HashKey, Lexicon, SEPARATOR, WORDS_PER_TOKEN } from './lexicon.ts';
import { NovelRunsBuilder } from './novel-runs.ts';
import { Origins } from './origins.ts';
import { PhrasePostingsBuilder } from './phrase-postings.ts';
import { PhraseReader } from './phrase-reader.ts';
import { PostingsBuilder, sharedFloat64, sharedUint32 } from './postings.ts';
import { NO_REPEATS } from './repeats.ts';
import { repeatsOf } from './repeats-builder.ts';
import {
  COMMONS,
  idAt,
  isCommonsPlace,
  NO_HEIGHT,
  OWNER_BYTES,
  SEGMENT_TOKENS_MAX,
  type Segment,
} from './segment.ts';
import { IDS_MAX, TokenLog } from './token-log.ts';
import { readTokens } from './token-reader.ts';
import { Winnower } from './winnow.ts';

export type Texts = {
  readonly contribution: ContributionId;
  /**
   * The index at which its Datanet accepted it, {@link commonsAt} that index for a commons that was proposed; COMMONS for one
   * that its Datanet was created with.
   */
  readonly index: number;
  /** The version of the rules of its Datanet. */
  readonly rules: RulesVersion;
  /** Left out for a commons, and for one that holds nothing. */
  readonly brought?: Brought | undefined;
  /** As declared. Left out for a commons, and for one that holds nothing. */
  readonly novelRuns?: readonly NovelRun[] | undefined;
  /** Its items, each in UTF-8. */
  readonly items: readonly Uint8Array[];
};

/** The approximate number of bytes per token of a text, by which memory is reserved. */
const BYTES_PER_TOKEN = 4;

export class SegmentBuilder {
  readonly #datanet: DatanetId;
  readonly #lexicon: Lexicon;
  readonly #log: TokenLog;
  readonly #postings: PostingsBuilder;
  readonly #phrases: PhrasePostingsBuilder;
  readonly #winnower = new Winnower();
  readonly #phraseReader = new PhraseReader();
  readonly #contributions: number[] = [];
  readonly #indices: number[] = [];
  readonly #origins = new Origins();
  readonly #novel = new NovelRunsBuilder();
  readonly #items: number[] = [];
  readonly #starts: number[] = [];
  /** The ids of the item at hand, and the SEPARATOR after them. */
  #ids = new Int32Array(1024);

  readonly #limit: number;
  readonly #longList: number | undefined;

  /**
   * @param expectedBytes - of the texts, about
   * @param limit - bytes that it, and the segment, may take
   * @param longList - the postings that a list may have without being long; if left out, what suits the texts
   */
  constructor(
    datanet: DatanetId,
    key: HashKey,
    expectedBytes: number,
    limit = Number.POSITIVE_INFINITY,
    longList?: number,
  ) {
    this.#datanet = datanet;
    this.#limit = limit;
    this.#longList = longList;
    this.#lexicon = new Lexicon(key, Math.max(256, Math.min(1 << 16, expectedBytes >>> 6)));
    // Twice what is likely: address space costs nothing.
    this.#log = new TokenLog((2 * expectedBytes) / BYTES_PER_TOKEN);
    this.#postings = new PostingsBuilder(Math.ceil(expectedBytes / BYTES_PER_TOKEN / 2));
    this.#phrases = new PhrasePostingsBuilder(Math.ceil(expectedBytes / BYTES_PER_TOKEN));
  }

  get tokens(): number {
    return this.#log.length;
  }

  get #bytes(): number {
    return this.#log.bytes + this.#postings.bytes + this.#phrases.bytes + this.#lexicon.bytes;
  }

  /**
   * Adds a contribution, whose contribution id must be above those before. Faults: `TEXT_UTF8_INVALID` with `contribution`,
   * `item` and `offset` if a text is no text of the protocol's, `INDEX_MEMORY_LIMIT` and `INDEX_SEGMENT_FULL`. The builder is
   * of no more use after a fault.
   */
  add({ contribution, index, rules, brought, novelRuns = [], items }: Texts): Result<void> {
    const { codePoints } = rulesOf(rules);
    this.#begin(contribution, index);
    if (brought === undefined) this.#origins.addUnknown();
    else this.#origins.add(brought.owner, 0, [Number(brought.commit), Number(brought.reveal)]);
    const runs = isCommonsPlace(index) ? [] : novelRuns;
    let run = 0;
    for (const [item, text] of items.entries()) {
      this.#reserve(text.length);
      const count = readTokens(codePoints, text, this.#lexicon, this.#ids);
      if (!count.ok)
        return fail(
          count.fault.code,
          `item ${item} of contribution ${contribution}: ${count.fault.message}`,
          {
            ...count.fault.data,
            contribution,
            item,
          },
        );
      run = this.#novel.addItem(runs, run, item, this.#log.length, count.value);
      const added = this.#addItem(count.value);
      if (!added.ok) return added;
    }
    this.#novel.addItem(runs, run, Number.POSITIVE_INFINITY, this.#log.length, 0);
    return ok(undefined);
  }

  /**
   * Adds what other segments hold, in the order of contribution id. They must be of one Datanet and share no contribution.
   * Of those that are erased it keeps the contribution id and the index, and none of the words.
   */
  merge(segments: readonly Segment[], erased: ReadonlySet<number>): Result<void> {
    // The id in this segment of each id of the others, as far as it was met.
    const renamed = segments.map(({ words }) => new Int32Array(words.length / WORDS_PER_TOKEN));
    const cursors = segments.map(() => 0);
    for (;;) {
      let least = -1;
      let contribution = Number.POSITIVE_INFINITY;
      for (const [i, { contributions }] of segments.entries()) {
        const next = contributions[cursors[i] ?? 0];
        if (next !== undefined && next < contribution) {
          least = i;
          contribution = next;
        }
      }
      const segment = segments[least];
      const ids = renamed[least];
      if (segment === undefined || ids === undefined) return ok(undefined);
      const place = cursors[least] ?? 0;
      cursors[least] = place + 1;
      this.#begin(contribution, segment.indices[place] ?? 0);
      this.#origins.add(segment.owners, OWNER_BYTES * place, [
        segment.committedAt[place] ?? NO_HEIGHT,
        segment.revealedAt[place] ?? NO_HEIGHT,
      ]);
      if (erased.has(contribution)) continue;
      let run = segment.novel.firsts[place] ?? 0;
      for (let i = segment.items[place] ?? 0; i < (segment.items[place + 1] ?? 0); i++) {
        const from = segment.starts[i] ?? 0;
        const count = (segment.starts[i + 1] ?? 0) - 1 - from;
        this.#reserve(count);
        this.#rename(segment, from, count, ids);
        run = this.#moveRuns(segment, run, from, count);
        const added = this.#addItem(count);
        if (!added.ok) return added;
      }
      for (; run < (segment.novel.firsts[place + 1] ?? 0); run++)
        this.#novel.add(this.#log.length, this.#log.length);
    }
  }

  /**
   * The segment; the builder is spent.
   *
   * @param limit - bytes that it may take while it is made: what it repeats is left out if that does not fit
   */
  finish(limit = this.#limit): Segment {
    const items = [...this.#items, this.#starts.length];
    const starts = sharedUint32(this.#starts.length + 1);
    starts.set(this.#starts);
    starts[this.#starts.length] = this.#log.length;
    const segment = {
      datanet: this.#datanet,
      key: this.#lexicon.key,
      contributions: sharedFloat64(this.#contributions),
      indices: sharedNumbers(this.#indices),
      ...this.#origins.finish(),
      items: sharedNumbers(items),
      starts,
      ...this.#lexicon.share(),
      ...this.#log.finish(),
      ...this.#postings.finish(),
      repeats: NO_REPEATS,
      novel: this.#novel.finish(),
      phrases: this.#phrases.finish(this.#log.length),
    };
    return { ...segment, repeats: repeatsOf(segment, limit - this.#bytes, this.#longList) };
  }

  /** The tokens from `from` on, as ids here, into #ids. */
  #rename(segment: Segment, from: number, count: number, renamed: Int32Array): void {
    const { words } = segment;
    const into = this.#ids;
    for (let i = 0; i < count; i++) {
      const id = idAt(segment, from + i);
      let name = renamed[id] ?? 0;
      if (name === SEPARATOR) {
        const at = WORDS_PER_TOKEN * id;
        name = this.#lexicon.intern(
          words[at] ?? 0,
          words[at + 1] ?? 0,
          words[at + 2] ?? 0,
          words[at + 3] ?? 0,
        );
        renamed[id] = name;
      }
      into[i] = name;
    }
  }

  /** Adds the novel runs of the item at hand, which is in another segment now. Returns the first run after them. */
  #moveRuns({ novel }: Segment, next: number, from: number, count: number): number {
    const base = this.#log.length - from;
    let run = next;
    for (; run < novel.starts.length && (novel.starts[run] ?? 0) <= from + count; run++)
      this.#novel.add(base + (novel.starts[run] ?? 0), base + (novel.ends[run] ?? 0));
    return run;
  }

  #begin(contribution: ContributionId, index: number): void {
    invariant(
      contribution > (this.#contributions.at(-1) ?? -1),
      'contributions are added in the order of contribution',
    );
    invariant(index >= 0 && index <= COMMONS, 'a place has 32 bits');
    this.#contributions.push(contribution);
    this.#indices.push(index);
    this.#items.push(this.#starts.length);
    this.#novel.begin();
  }

  /** Room for `tokens` ids, and for the SEPARATOR after them. */
  #reserve(tokens: number): void {
    if (tokens >= this.#ids.length) this.#ids = new Int32Array(2 * tokens);
  }

  /** Adds the item whose ids are in #ids. No chunk of a commons is picked, so its phrases are left out. */
  #addItem(count: number): Result<void> {
    const start = this.#log.length;
    if (start + count + 1 > SEGMENT_TOKENS_MAX)
      return fail('INDEX_SEGMENT_FULL', `a segment holds at most ${SEGMENT_TOKENS_MAX} tokens`, {
        tokens: start + count + 1,
        limit: SEGMENT_TOKENS_MAX,
      });
    if (this.#lexicon.size > IDS_MAX)
      return fail('INDEX_SEGMENT_FULL', `a segment holds at most ${IDS_MAX - 1} distinct tokens`, {
        distinct: this.#lexicon.size - 1,
        limit: IDS_MAX - 1,
      });
    if (this.#bytes > this.#limit)
      return fail('INDEX_MEMORY_LIMIT', `the segment would take more than ${this.#limit} bytes`, {
        limit: this.#limit,
      });
    const ids = this.#ids;
    const winnower = this.#winnower;
    winnower.reserve(count);
    this.#lexicon.hashesOf(ids, count, winnower.hashes);
    const runs = winnower.winnow(count);
    this.#postings.add(winnower.prints, winnower.positions, winnower.signatures, runs, start);
    const reader = this.#phraseReader;
    const phrases = isCommonsPlace(this.#indices.at(-1) ?? 0)
      ? 0
      : reader.read(this.#lexicon, ids, count, winnower.hashes, start);
    this.#phrases.add(reader.prints, reader.tokens, phrases);
    ids[count] = SEPARATOR;
    this.#log.append(ids, count + 1, this.#lexicon.size);
    this.#starts.push(start);
    return ok(undefined);
  }
}

const sharedNumbers = (from: readonly number[]): Uint32Array => {
  const to = sharedUint32(from.length);
  to.set(from);
  return to;
};

/**
 * Merges several segments, which must belong to one Datanet and share no contribution, without the texts of those whose
 * contribution ids are erased. Fault `INDEX_SEGMENT_FULL`.
 *
 * @param more - as of {@link SegmentBuilder} and of its `finish`
 */
export const mergeSegments = (
  key: HashKey,
  segments: readonly Segment[],
  erased: ReadonlySet<number> = new Set(),
  more: { readonly limit?: number; readonly longList?: number } = {},
): Result<Segment> => {
  const [first] = segments;
  invariant(
    first !== undefined && segments.every(({ datanet }) => datanet === first.datanet),
    'segments of one Datanet are merged',
  );
  const tokens = segments.reduce((sum, { low }) => sum + low.length, 0);
  const builder = new SegmentBuilder(
    first.datanet,
    key,
    BYTES_PER_TOKEN * tokens,
    Number.POSITIVE_INFINITY,
    more.longList,
  );
  const merged = builder.merge(segments, erased);
  return merged.ok ? ok(builder.finish(more.limit)) : merged;
};
