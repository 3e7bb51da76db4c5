/**
 * Finds the runs of an output that stand in a contribution, however long or short they are. The tracer looks for matches
 * only: this finds what falls short of one too, and whoever else holds the words. The suffix automaton of the output reads
 * the items, so the time is about linear in the output and the items, even if they repeat themselves.
 */
import type { Tokens } from '../../../state/attribution/tokens.ts';
import { type Automaton, automatonOf } from '../../attribution/suffix-automaton.ts';
import { UNKNOWN, Vocabulary } from '../../attribution/vocabulary.ts';

/** The tokens [start, end) of the output, which stand in item `item` from its token `pos` on. */
export type HeldRun = {
  readonly start: number;
  readonly end: number;
  readonly item: number;
  readonly pos: number;
};

const ROOT = 0;
const NONE = -1;

export class RunFinder {
  readonly #vocabulary = new Vocabulary();
  readonly #automaton: Automaton;
  /** The state after each number of tokens of the output. */
  readonly #prefixes: Int32Array;
  /** All states but the first, the shortest first. */
  readonly #byLength: Int32Array;
  /** By state: the length of its longest string that was read, and the item and the position in it where that ends. */
  readonly #read: Int32Array;
  readonly #items: Int32Array;
  readonly #ends: Int32Array;

  constructor(output: Tokens) {
    const ids = Int32Array.from(this.#vocabulary.intern(output));
    this.#automaton = automatonOf(ids);
    const { next, length } = this.#automaton;
    this.#prefixes = new Int32Array(ids.length + 1);
    let states = 1;
    for (const [i, id] of ids.entries()) this.#prefixes[i + 1] = next.get(this.#prefixes[i] ?? ROOT, id);
    while (states < length.length && (length[states] ?? 0) > 0) states += 1;
    this.#byLength = Int32Array.from({ length: states - 1 }, (_, i) => i + 1).sort(
      (a, b) => (length[a] ?? 0) - (length[b] ?? 0),
    );
    this.#read = new Int32Array(states);
    this.#items = new Int32Array(states);
    this.#ends = new Int32Array(states);
  }

  /**
   * Returns every run of `least` tokens or more that some item holds and that cannot be longer: starts ascend, and so do
   * ends. Each has one of the places that hold it.
   */
  runsIn(items: readonly Tokens[], least: number): readonly HeldRun[] {
    let found = false;
    for (const [item, tokens] of items.entries()) found = this.#readItem(item, tokens, least) || found;
    if (!found) return [];
    const runs = this.#longest(least);
    this.#read.fill(0);
    return runs;
  }

  /** Reads an item, and returns whether a run of it stands in the output. */
  #readItem(item: number, tokens: Tokens, least: number): boolean {
    const { next, length, link } = this.#automaton;
    let state = ROOT;
    /** The length of the longest suffix of what was read that stands in the output. */
    let held = 0;
    let found = false;
    for (const [at, id] of this.#vocabulary.lookup(tokens).entries()) {
      if (id === UNKNOWN) {
        state = ROOT;
        held = 0;
        continue;
      }
      let target = next.get(state, id);
      while (target === NONE && state !== ROOT) {
        state = link[state] ?? ROOT;
        held = length[state] ?? 0;
        target = next.get(state, id);
      }
      if (target === NONE) continue;
      state = target;
      held += 1;
      if (held < least || held <= (this.#read[state] ?? 0)) continue;
      this.#keep(state, held, item, at + 1);
      found = true;
    }
    return found;
  }

  #keep(state: number, held: number, item: number, end: number): void {
    this.#read[state] = held;
    this.#items[state] = item;
    this.#ends[state] = end;
  }

  /** Returns the runs of what was read. */
  #longest(least: number): readonly HeldRun[] {
    const { length, link } = this.#automaton;
    // Whoever holds a string holds all its suffixes, which end at the same place.
    for (const state of this.#byLength.toReversed()) {
      const shorter = link[state] ?? ROOT;
      const all = length[shorter] ?? 0;
      if (shorter === ROOT || all < least || (this.#read[state] ?? 0) === 0) continue;
      if ((this.#read[shorter] ?? 0) < all)
        this.#keep(shorter, all, this.#items[state] ?? 0, this.#ends[state] ?? 0);
    }
    /** By state, the state of its longest suffix that was read. */
    const nearest = new Int32Array(length.length);
    for (const state of this.#byLength)
      nearest[state] = (this.#read[state] ?? 0) > 0 ? state : (nearest[link[state] ?? ROOT] ?? ROOT);
    const runs: HeldRun[] = [];
    for (let end = 1; end < this.#prefixes.length; end++) {
      const state = nearest[this.#prefixes[end] ?? ROOT] ?? ROOT;
      const tokens = this.#read[state] ?? 0;
      if (tokens === 0) continue;
      const following =
        end + 1 < this.#prefixes.length ? (nearest[this.#prefixes[end + 1] ?? ROOT] ?? ROOT) : ROOT;
      if ((this.#read[following] ?? 0) > tokens) continue;
      runs.push({
        start: end - tokens,
        end,
        item: this.#items[state] ?? 0,
        pos: (this.#ends[state] ?? 0) - tokens,
      });
    }
    return runs;
  }
}
