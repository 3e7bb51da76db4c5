/**
 * Answers the same question as the lists of the index, for all windows of a query at once and in one pass over the
 * corpus, however either repeats itself: the suffix automaton of the query (Blumer et al., 1985; online construction
 * as in Crochemore, Hancart and Lecroq, "Algorithms on Strings", 5.4) reads the corpus. Time is about linear in both.
 */

/** Windows of a query: i is [starts[i], ends[i]). Starts and ends never descend. */
export type WindowList = {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
};

/** Where no item holds a window. */
export const NOWHERE = -1;

const ROOT = 0;
const NO_LINK = -1;

type Automaton = {
  /** By state: the transitions, the longest string of the state, and the state of its longest proper suffix elsewhere. */
  readonly next: readonly Map<number, number>[];
  readonly length: Int32Array;
  readonly link: Int32Array;
};

const automatonOf = (ids: Uint32Array): Automaton => {
  const next = [new Map<number, number>()];
  const length = new Int32Array(2 * ids.length + 1);
  const link = new Int32Array(2 * ids.length + 1);
  link[ROOT] = NO_LINK;
  const linkOf = (state: number): number => link[state] ?? NO_LINK;
  const lengthOf = (state: number): number => length[state] ?? 0;
  let last = ROOT;
  for (const id of ids) {
    const state = next.push(new Map<number, number>()) - 1;
    length[state] = lengthOf(last) + 1;
    let from = last;
    for (; from !== NO_LINK && !next[from]?.has(id); from = linkOf(from)) next[from]?.set(id, state);
    const target = from === NO_LINK ? ROOT : (next[from]?.get(id) ?? ROOT);
    if (from === NO_LINK || lengthOf(target) === lengthOf(from) + 1) link[state] = target;
    else {
      const clone = next.push(new Map(next[target])) - 1;
      length[clone] = lengthOf(from) + 1;
      link[clone] = linkOf(target);
      for (; from !== NO_LINK && next[from]?.get(id) === target; from = linkOf(from))
        next[from]?.set(id, clone);
      link[target] = clone;
      link[state] = clone;
    }
    last = state;
  }
  return { next, length, link };
};

/** The state of each window, found by sliding over the query itself: extended to an end, then cut to a start. */
const statesOf = ({ next, length, link }: Automaton, ids: Uint32Array, windows: WindowList): Int32Array => {
  const states = new Int32Array(windows.count);
  let state = ROOT;
  let end = 0;
  for (let i = 0; i < windows.count; i++) {
    for (; end < (windows.ends[i] ?? 0); end++) state = next[state]?.get(ids[end] ?? 0) ?? ROOT;
    const tokens = end - (windows.starts[i] ?? 0);
    while ((length[link[state] ?? 0] ?? 0) >= tokens) state = link[state] ?? ROOT;
    states[i] = state;
  }
  return states;
};

/**
 * The first place of each window, or {@link NOWHERE}.
 *
 * @param ids - the query
 * @param corpus - its ids, the items apart by an id that the query does not hold
 */
export const scanFirsts = (ids: Uint32Array, windows: WindowList, corpus: Uint32Array): Float64Array => {
  const places = new Float64Array(windows.count).fill(NOWHERE);
  const automaton = automatonOf(ids);
  const { next, length, link } = automaton;
  const states = statesOf(automaton, ids, windows);
  const tokensOf = (i: number): number => (windows.ends[i] ?? 0) - (windows.starts[i] ?? 0);
  /** The windows of each state, the longest first, so that those not yet found are popped from the shortest on. */
  const waiting = new Map<number, number[]>();
  for (const i of Uint32Array.from({ length: windows.count }, (_, k) => k).sort(
    (a, b) => tokensOf(b) - tokensOf(a),
  )) {
    const state = states[i] ?? ROOT;
    const list = waiting.get(state);
    if (list === undefined) waiting.set(state, [i]);
    else list.push(i);
  }
  const find = (state: number, tokens: number, end: number): void => {
    const list = waiting.get(state);
    if (list === undefined) return;
    for (let i = list.at(-1); i !== undefined && tokensOf(i) <= tokens; i = list.at(-1)) {
      places[i] = end - tokensOf(i);
      list.pop();
    }
    if (list.length === 0) waiting.delete(state);
  };

  /** States whose every string was found, and with it those of all its suffixes. */
  const done = new Uint8Array(next.length);
  done[ROOT] = 1;
  let state = ROOT;
  /** The longest suffix of what was read that stands in the query. */
  let tokens = 0;
  for (let at = 0; at < corpus.length && waiting.size > 0; at++) {
    const id = corpus[at] ?? 0;
    let to = next[state]?.get(id);
    while (to === undefined && state !== ROOT) {
      state = link[state] ?? ROOT;
      tokens = length[state] ?? 0;
      to = next[state]?.get(id);
    }
    if (to === undefined) continue;
    state = to;
    tokens += 1;
    find(state, tokens, at + 1);
    for (let suffix = link[state] ?? ROOT; done[suffix] === 0; suffix = link[suffix] ?? ROOT) {
      find(suffix, length[suffix] ?? 0, at + 1);
      done[suffix] = 1;
    }
  }
  return places;
};
