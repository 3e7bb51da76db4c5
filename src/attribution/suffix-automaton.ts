/**
 * Answers the same question as the lists of an index, for all windows of a query at once, in one pass over the texts,
 * even if they repeat themselves. The suffix automaton of the query (Blumer et al., 1985; online construction as in
 * Crochemore, Hancart and Lecroq, "Algorithms on Strings", 5.4) reads the texts. The time is about linear in both.
 */

/** The windows of a query: window i is [starts[i], ends[i]). Starts and ends never descend. */
export type WindowList = {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
};

/** The place of a window that no item holds. */
export const NOWHERE = -1;

const ROOT = 0;
const NONE = -1;

/** The transitions of an automaton, in one table by state and symbol: open addressing, at most half full. */
class Transitions {
  readonly #mask: number;
  readonly #states: Int32Array;
  readonly #symbols: Int32Array;
  readonly #targets: Int32Array;
  /** By place, another transition of the same state; by state, one of its transitions. */
  readonly #others: Int32Array;
  readonly #some: Int32Array;

  /** An automaton of n symbols has fewer than 2n states and 3n transitions. */
  constructor(symbols: number) {
    const places = 1 << (34 - Math.clz32(Math.max(1, 2 * symbols)));
    this.#mask = places - 1;
    this.#states = new Int32Array(places).fill(NONE);
    this.#symbols = new Int32Array(places);
    this.#targets = new Int32Array(places);
    this.#others = new Int32Array(places);
    this.#some = new Int32Array(2 * symbols + 1).fill(NONE);
  }

  get(state: number, symbol: number): number {
    const place = this.#place(state, symbol);
    return this.#states[place] === NONE ? NONE : (this.#targets[place] ?? NONE);
  }

  set(state: number, symbol: number, target: number): void {
    const place = this.#place(state, symbol);
    if (this.#states[place] === NONE) {
      this.#states[place] = state;
      this.#symbols[place] = symbol;
      this.#others[place] = this.#some[state] ?? NONE;
      this.#some[state] = place;
    }
    this.#targets[place] = target;
  }

  copy(from: number, to: number): void {
    for (let place = this.#some[from] ?? NONE; place !== NONE; place = this.#others[place] ?? NONE)
      this.set(to, this.#symbols[place] ?? 0, this.#targets[place] ?? 0);
  }

  #place(state: number, symbol: number): number {
    let hash = (Math.imul(state, 0x2c1b3c6d) + symbol) | 0;
    hash = Math.imul(hash ^ (hash >>> 15), 0x297a2d39);
    let place = (hash ^ (hash >>> 15)) & this.#mask;
    while (this.#states[place] !== NONE && (this.#states[place] !== state || this.#symbols[place] !== symbol))
      place = (place + 1) & this.#mask;
    return place;
  }
}

export type Automaton = {
  readonly next: Transitions;
  /**
   * By state, the length of its longest string, and the state of the longest proper suffix of that string with other
   * ends.
   */
  readonly length: Int32Array;
  readonly link: Int32Array;
};

/** Returns the automaton of a text. State 0 is the start, and −1 is none. */
export const automatonOf = (symbols: Int32Array): Automaton => {
  const next = new Transitions(symbols.length);
  const length = new Int32Array(2 * symbols.length + 1);
  const link = new Int32Array(2 * symbols.length + 1);
  link[ROOT] = NONE;
  const linkOf = (state: number): number => link[state] ?? NONE;
  const lengthOf = (state: number): number => length[state] ?? 0;
  let states = 1;
  let last = ROOT;
  for (const symbol of symbols) {
    const state = states++;
    length[state] = lengthOf(last) + 1;
    let from = last;
    for (; from !== NONE && next.get(from, symbol) === NONE; from = linkOf(from))
      next.set(from, symbol, state);
    const target = from === NONE ? ROOT : next.get(from, symbol);
    if (from === NONE || lengthOf(target) === lengthOf(from) + 1) link[state] = target;
    else {
      const clone = states++;
      next.copy(target, clone);
      length[clone] = lengthOf(from) + 1;
      link[clone] = linkOf(target);
      for (; from !== NONE && next.get(from, symbol) === target; from = linkOf(from))
        next.set(from, symbol, clone);
      link[target] = clone;
      link[state] = clone;
    }
    last = state;
  }
  return { next, length, link };
};

/** Accepts `place` for window `window` and returns true, or returns false to wait for a later place. */
export type Take = (window: number, place: number) => boolean;

/** The owner of texts that are scanned for every place, whoever owns it. */
const ANYBODY = -1;

export class WindowScan {
  readonly #automaton: Automaton;
  readonly #windows: WindowList;
  readonly #take: Take;
  /** The symbol of each id, up to the greatest id of the query, or NONE. */
  readonly #symbols: Int32Array;
  /** The windows of each state that wait for a place, the longest first; by state, whether any does. */
  readonly #waiting = new Map<number, number[]>();
  readonly #hasWaiting: Uint8Array;
  /** The states for which no window waits, and none waits for any of their suffixes. */
  readonly #done: Uint8Array;
  /**
   * By state, the owner whose text was offered last to its windows and to those of its suffixes, and the tokens of the
   * longest window that it was offered to. What an owner repeats is not offered again.
   */
  readonly #offeredBy: Int32Array;
  readonly #offeredTokens: Int32Array;

  /**
   * @param ids - the query, with a negative id where nothing can equal it
   */
  constructor(ids: Int32Array, windows: WindowList, take: Take) {
    this.#windows = windows;
    this.#take = take;
    let greatest = 0;
    for (const id of ids) if (id > greatest) greatest = id;
    const symbols = new Int32Array(greatest + 1).fill(NONE);
    let count = 0;
    const text = Int32Array.from(ids, (id) => {
      // These need not be distinguished, because no text holds any of them.
      if (id < 0) return ids.length;
      if (symbols[id] === NONE) symbols[id] = count++;
      return symbols[id] ?? NONE;
    });
    this.#symbols = symbols;
    this.#automaton = automatonOf(text);
    this.#done = new Uint8Array(2 * ids.length + 1);
    this.#done[ROOT] = 1;
    this.#hasWaiting = new Uint8Array(2 * ids.length + 1);
    this.#offeredBy = new Int32Array(2 * ids.length + 1).fill(ANYBODY);
    this.#offeredTokens = new Int32Array(2 * ids.length + 1);
    const states = this.#statesOf(text);
    const byLength = Uint32Array.from({ length: windows.count }, (_, i) => i).sort(
      (a, b) => this.#tokensOf(b) - this.#tokensOf(a),
    );
    for (const i of byLength) {
      const state = states[i] ?? ROOT;
      const list = this.#waiting.get(state);
      if (list === undefined) this.#waiting.set(state, [i]);
      else list.push(i);
      this.#hasWaiting[state] = 1;
    }
  }

  /**
   * Reads the ids at [from .. to), in which an id that the query does not hold separates the items. `high` has their
   * bits above those in `low`, or is empty.
   *
   * @param owner - if given, a number of 0 or more that stands for the owner of all of it. The caller then takes or
   * refuses all places of an owner alike, so that a window is offered one of them. Two owners between them settle every
   * window that waits for anybody but its first owner, so the time stays about linear.
   */
  scan(
    low: Uint16Array | Uint32Array,
    high: Uint8Array,
    from: number,
    to: number,
    owner: number = ANYBODY,
  ): void {
    const { next, length, link } = this.#automaton;
    const symbols = this.#symbols;
    const chain: number[] = [];
    let state = ROOT;
    /** The length of the longest suffix of what was read that stands in the query. */
    let tokens = 0;
    for (let at = from; at < to && this.#waiting.size > 0; at++) {
      const id = high.length === 0 ? (low[at] ?? 0) : (low[at] ?? 0) | ((high[at] ?? 0) << 16);
      const symbol = id < symbols.length ? (symbols[id] ?? NONE) : NONE;
      if (symbol === NONE) {
        state = ROOT;
        tokens = 0;
        continue;
      }
      let target = next.get(state, symbol);
      while (target === NONE && state !== ROOT) {
        state = link[state] ?? ROOT;
        tokens = length[state] ?? 0;
        target = next.get(state, symbol);
      }
      if (target === NONE) continue;
      state = target;
      tokens += 1;
      if (!this.#wasOffered(state, tokens, owner)) this.#find(state, tokens, at + 1, owner);
      for (let suffix = link[state] ?? ROOT; this.#done[suffix] === 0; suffix = link[suffix] ?? ROOT) {
        const whole = length[suffix] ?? 0;
        if (this.#wasOffered(suffix, whole, owner)) break;
        this.#find(suffix, whole, at + 1, owner);
        chain.push(suffix);
      }
      for (let suffix = chain.pop(); suffix !== undefined; suffix = chain.pop())
        if (this.#hasWaiting[suffix] === 0) this.#done[suffix] = this.#done[link[suffix] ?? ROOT] ?? 0;
    }
  }

  #wasOffered(state: number, tokens: number, owner: number): boolean {
    return (
      owner !== ANYBODY && this.#offeredBy[state] === owner && (this.#offeredTokens[state] ?? 0) >= tokens
    );
  }

  /** Offers the place before `end` to the windows of a state that have at most `tokens` tokens, the shortest first. */
  #find(state: number, tokens: number, end: number, owner: number): void {
    this.#offeredBy[state] = owner;
    this.#offeredTokens[state] = tokens;
    const list = this.#hasWaiting[state] === 1 ? this.#waiting.get(state) : undefined;
    if (list === undefined) return;
    for (let k = list.length - 1; k >= 0; k--) {
      const window = list[k] ?? 0;
      const length = this.#tokensOf(window);
      if (length > tokens) break;
      if (this.#take(window, end - length)) list.splice(k, 1);
    }
    if (list.length > 0) return;
    this.#waiting.delete(state);
    this.#hasWaiting[state] = 0;
  }

  /**
   * Returns the state of each window, found by sliding over the query itself: extended to its end, then cut to its
   * start.
   */
  #statesOf(text: Int32Array): Int32Array {
    const { next, length, link } = this.#automaton;
    const { ends, count } = this.#windows;
    const states = new Int32Array(count);
    let state = ROOT;
    let end = 0;
    for (let i = 0; i < count; i++) {
      for (; end < (ends[i] ?? 0); end++) state = next.get(state, text[end] ?? 0);
      const tokens = this.#tokensOf(i);
      while ((length[link[state] ?? ROOT] ?? 0) >= tokens) state = link[state] ?? ROOT;
      states[i] = state;
    }
    return states;
  }

  #tokensOf(window: number): number {
    return (this.#windows.ends[window] ?? 0) - (this.#windows.starts[window] ?? 0);
  }
}
