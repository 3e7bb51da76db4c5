/**
 * Which tokens of a contribution are novel (docs/attribution.md, "The unattributed remainder"): those that no match
 * with an earlier item of its Datanet covers, by Lmin and 96 bits and without a prompt.
 */
import { type InfoTable, informationOf } from '../../state/attribution/info1.ts';
import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import type { Tokens } from '../../state/attribution/pt1.ts';
import { CorpusIndex } from './corpus-index.ts';
import { NOWHERE } from './suffix-automaton.ts';
import { shortestWindows, type WindowRules } from './windows.ts';

/** Tokens [start, end) of an item. */
export type TokenRun = { readonly start: number; readonly end: number };

/** The items of one Datanet in the order of (seq, item), each held against those before it as it is added. */
export class DatanetIndex {
  readonly #table: InfoTable;
  readonly #rules: WindowRules;
  readonly #index: CorpusIndex;

  constructor(table: InfoTable, rules: WindowRules = DEFAULT_PARAMETERS) {
    this.#table = table;
    this.#rules = rules;
    this.#index = new CorpusIndex(rules.matchTokensMin);
  }

  /** The longest novel runs of an item, ascending, without adding it. */
  novelRuns(tokens: Tokens): readonly TokenRun[] {
    const info = informationOf(this.#table, tokens);
    const sums = new Float64Array(tokens.count + 1);
    for (let i = 0; i < tokens.count; i++) sums[i + 1] = (sums[i] ?? 0) + (info[i] ?? 0);
    const windows = shortestWindows(sums, this.#rules);
    const runs: TokenRun[] = [];
    let covered = 0;
    for (const [i, place] of this.#index.firsts(this.#index.prepare(tokens), windows).entries()) {
      if (place === NOWHERE) continue;
      const start = windows.starts[i] ?? 0;
      const end = windows.ends[i] ?? 0;
      // Starts and ends of windows ascend, so nothing before this one can be covered any more.
      if (start > covered) runs.push({ start: covered, end: start });
      covered = end;
    }
    if (covered < tokens.count) runs.push({ start: covered, end: tokens.count });
    return runs;
  }

  /** As {@link novelRuns}, and adds the item, so that later ones are held against it. */
  add(seq: number, item: number, tokens: Tokens): readonly TokenRun[] {
    const runs = this.novelRuns(tokens);
    this.#index.append(seq, item, tokens);
    return runs;
  }
}

export const tokensIn = (runs: readonly TokenRun[]): number =>
  runs.reduce((sum, { start, end }) => sum + end - start, 0);
