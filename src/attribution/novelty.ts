/**
 * Finds the tokens of a text that its Datanet already holds. A token is novel
 * (docs/attribution.md#the-unattributed-remainder) if no match with an earlier item covers it, by Lmin and 96 bits and
 * without a prompt. It is copied if it lies in a run of copyMin tokens that an earlier item holds, whatever their
 * information.
 */

import type { InfoTable } from '../../state/attribution/info1.ts';
import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import { type RulesVersion, rulesOf } from '../../state/attribution/rules.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { ContributionId } from '../lib/ids.ts';
import { copiedRuns, type HeldRun } from './copied-runs.ts';
import { CorpusIndex } from './corpus-index.ts';
import { NOWHERE } from './suffix-automaton.ts';
import { shortestWindows, type WindowRules } from './windows.ts';

/** Tokens [start, end) of an item. */
export type TokenRun = { readonly start: number; readonly end: number };

export type NoveltyRules = WindowRules & { readonly copyMin: number; readonly version: RulesVersion };

/** The items of one Datanet in the order of (contribution id, item). Each is compared with those before it. */
export class DatanetIndex {
  readonly #table: InfoTable;
  readonly #rules: NoveltyRules;
  readonly #index: CorpusIndex;

  constructor(table: InfoTable, rules: NoveltyRules = DEFAULT_PARAMETERS) {
    this.#table = table;
    this.#rules = rules;
    this.#index = new CorpusIndex(Math.min(rules.matchTokensMin, rules.copyMin));
  }

  /** Returns the novel runs of an item, ascending, each as long as possible. */
  novelRuns(tokens: Tokens): readonly TokenRun[] {
    const info = rulesOf(this.#rules.version).informationOf(this.#table, tokens);
    const sums = new Float64Array(tokens.count + 1);
    for (let i = 0; i < tokens.count; i++) sums[i + 1] = (sums[i] ?? 0) + (info[i] ?? 0);
    const windows = shortestWindows(sums, this.#rules);
    const runs: TokenRun[] = [];
    let covered = 0;
    for (const [i, place] of this.#index.firsts(this.#index.prepare(tokens), windows).entries()) {
      if (place === NOWHERE) continue;
      const start = windows.starts[i] ?? 0;
      const end = windows.ends[i] ?? 0;
      // Starts and ends of windows ascend, so no later window covers anything before this one.
      if (start > covered) runs.push({ start: covered, end: start });
      covered = end;
    }
    if (covered < tokens.count) runs.push({ start: covered, end: tokens.count });
    return runs;
  }

  /** Returns runs whose union is the copied part of an item, in the form of a declaration. */
  copiedRuns(tokens: Tokens): readonly HeldRun[] {
    return copiedRuns(this.#index, tokens, this.#rules.copyMin);
  }

  /** Adds an item, so that later ones are compared with it. It must come after all that were added. */
  add(contribution: ContributionId, item: number, tokens: Tokens): void {
    this.#index.append(contribution, item, tokens);
  }
}

export const tokensIn = (runs: readonly TokenRun[]): number =>
  runs.reduce((sum, { start, end }) => sum + end - start, 0);
