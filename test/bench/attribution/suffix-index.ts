/** The baseline as an engine: segments of suffix arrays, each over what was added since the last. */

import type { Query } from '../../../src/attribution/corpus-index.ts';
import { acceptedAt } from '../../../src/attribution/engine/segment.ts';
import type { FirstHolders, Place } from '../../../src/attribution/first-holders.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { NOWHERE, type WindowList } from '../../../src/attribution/suffix-automaton.ts';
import { trace } from '../../../src/attribution/tracer.ts';
import { SEPARATOR, Vocabulary } from '../../../src/attribution/vocabulary.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { RULES_DEFAULT, rulesOf } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { Contribution, OpenEngine, Opening } from './engine.ts';
import { SuffixSegment } from './suffix-segment.ts';

const HASHES = new Uint32Array(0);

/** The last of the ascending values that is not greater. */
const lastUpTo = (values: readonly number[], value: number): number => {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
};

export class SuffixIndex implements FirstHolders<Query> {
  readonly gram: number;
  readonly #vocabulary = new Vocabulary();
  /** One more than the greatest id. */
  #symbols = 1;
  /** What was added and is in no segment yet. */
  #open = new Int32Array(1 << 16);
  #opened = 0;
  readonly #segments: SuffixSegment[] = [];
  /** By segment: its first place. */
  readonly #offsets: number[] = [];
  #sealed = 0;
  /** By item: its first place, its contribution id, its index in its contribution. */
  readonly #starts: number[] = [];
  readonly #contributions: number[] = [];
  readonly #items: number[] = [];

  constructor(gram: number) {
    this.gram = gram;
  }

  append(contribution: ContributionId, item: number, tokens: Tokens): void {
    const ids = this.#vocabulary.intern(tokens);
    const end = this.#opened + ids.length;
    if (end >= this.#open.length) {
      const grown = new Int32Array(Math.max(end + 1, 2 * this.#open.length));
      grown.set(this.#open.subarray(0, this.#opened));
      this.#open = grown;
    }
    this.#open.set(ids, this.#opened);
    this.#open[end] = SEPARATOR;
    for (const id of ids) if (id >= this.#symbols) this.#symbols = id + 1;
    this.#starts.push(this.#sealed + this.#opened);
    this.#contributions.push(contribution);
    this.#items.push(item);
    this.#opened = end + 1;
  }

  /** Without the bytes of the words themselves, which are few. */
  get bytes(): number {
    const perItem = 3 * Float64Array.BYTES_PER_ELEMENT;
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, perItem * this.#starts.length);
  }

  seal(): void {
    if (this.#opened === 0) return;
    this.#segments.push(new SuffixSegment(this.#open.slice(0, this.#opened), this.#symbols));
    this.#offsets.push(this.#sealed);
    this.#sealed += this.#opened;
    this.#opened = 0;
    this.#open = new Int32Array(1 << 16);
  }

  prepare(tokens: Tokens): Query {
    return { ids: this.#vocabulary.lookup(tokens), hashes: HASHES, before: undefined, runs: undefined };
  }

  firsts({ ids }: Query, windows: WindowList): Float64Array {
    const places = new Float64Array(windows.count).fill(NOWHERE);
    for (const [i, segment] of this.#segments.entries())
      segment.fill(ids, windows, this.#offsets[i] ?? 0, places);
    return places;
  }

  /** None: it knows no owners. */
  others(_query: Query, windows: WindowList): Float64Array {
    return new Float64Array(windows.count).fill(NOWHERE);
  }

  extent({ ids }: Query, at: number, place: number, limit: number): number {
    const i = lastUpTo(this.#offsets, place);
    const segment = this.#segments[i];
    const from = place - (this.#offsets[i] ?? 0);
    const most = Math.min(limit, ids.length - at);
    let length = 0;
    while (length < most && ids[at + length] === segment?.idAt(from + length)) length += 1;
    return length;
  }

  locate(place: number): Place {
    const i = lastUpTo(this.#starts, place);
    return {
      contribution: this.#contributions[i] ?? 0,
      item: this.#items[i] ?? 0,
      pos: place - (this.#starts[i] ?? 0),
    };
  }
}

/** Whether a contribution may answer: the baseline indexes no other. */
const mayAnswer = ({ scope }: Opening, { contribution, datanet, index }: Contribution): boolean => {
  const pinned = scope.datanets.get(datanet);
  const accepted = acceptedAt(index);
  if (pinned === undefined || scope.voided?.has(contribution)) return false;
  return accepted === undefined || accepted < pinned;
};

export const openSuffixArray: OpenEngine = async (opening) => {
  const index = new SuffixIndex(opening.gram);
  return {
    add: async (contributions) => {
      for (const contribution of contributions)
        if (mayAnswer(opening, contribution))
          for (const [item, text] of contribution.items.entries())
            index.append(
              contribution.contribution,
              item,
              unwrap(rulesOf(contribution.rules ?? RULES_DEFAULT).tokenize(text)),
            );
    },
    seal: async () => index.seal(),
    trace: async ({ output, prompt }, rules, commons) => {
      const { tokenizeText } = rulesOf(rules.version);
      const texts = { output: unwrap(tokenizeText(output)), prompt: unwrap(tokenizeText(prompt)) };
      return trace(index, infoTable(), texts, rules, commons);
    },
    rescope: undefined,
    sections: undefined,
    indexBytes: () => index.bytes,
    close: async () => undefined,
  };
};
