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
import { copiedRuns, type HeldRun, windowsOf } from './copied-runs.ts';
import { CorpusIndex } from './corpus-index.ts';
import type { Place } from './first-holders.ts';
import { type Answer, type Batch, batchesOf } from './many-texts.ts';
import { NOWHERE, type WindowList } from './suffix-automaton.ts';
import { shortestWindows, type WindowRules } from './windows.ts';

/** Tokens [start, end) of an item. */
export type TokenRun = { readonly start: number; readonly end: number };

export type NoveltyRules = WindowRules & { readonly copyMin: number; readonly version: RulesVersion };

/** What the items before it hold of an item: runs whose union is its copied part, in the form of a declaration, and the rest. */
export type Compared = { readonly copied: readonly HeldRun[]; readonly novel: readonly TokenRun[] };

/** Returns what gives the windows of a text that decide which of its tokens are novel. */
export const noveltyWindows = (table: InfoTable, rules: NoveltyRules): ((tokens: Tokens) => WindowList) => {
  const { informationOf } = rulesOf(rules.version);
  return (tokens) => {
    const sums = new Float64Array(tokens.count + 1);
    const info = informationOf(table, tokens);
    for (let i = 0; i < tokens.count; i++) sums[i + 1] = (sums[i] ?? 0) + (info[i] ?? 0);
    return shortestWindows(sums, rules);
  };
};

/** The items of one Datanet in the order of (contribution id, item). Each is compared with those before it. */
export class DatanetIndex {
  readonly #table: InfoTable;
  readonly #rules: NoveltyRules;
  readonly #index: CorpusIndex;

  constructor(table: InfoTable, rules: NoveltyRules = DEFAULT_PARAMETERS) {
    this.#table = table;
    this.#rules = rules;
    this.#index = CorpusIndex.ofDatanet(rules);
  }

  /**
   * Adds the items of a contribution, and returns what is novel and what is copied of each. They must come after all that were
   * added. The work is about linear in their tokens and in those of the index.
   */
  addAll(contribution: ContributionId, items: readonly Tokens[]): readonly Compared[] {
    const starts = items.map((tokens, item) => this.#index.append(contribution, item, tokens));
    const compared: Compared[] = [];
    for (const batch of batchesOf(this.#index, items, starts)) {
      const copied = this.#copiedRuns(batch);
      for (const [i, novel] of this.#novelRuns(batch).entries())
        compared.push({ copied: copied[i] ?? [], novel });
    }
    return compared;
  }

  /** Returns the copied runs of each of several texts, none of which is compared with another. */
  copiedRunsOfAll(texts: readonly Tokens[]): readonly (readonly HeldRun[])[] {
    return [...batchesOf(this.#index, texts)].flatMap((batch) => this.#copiedRuns(batch));
  }

  /** Returns runs whose union is the copied part of an item, in the form of a declaration. */
  copiedRuns(tokens: Tokens): readonly HeldRun[] {
    return this.copiedRunsOfAll([tokens]).flat();
  }

  /** Adds an item, so that later ones are compared with it. It must come after all that were added. */
  add(contribution: ContributionId, item: number, tokens: Tokens): void {
    this.#index.append(contribution, item, tokens);
  }

  /** About how many tokens of the index all calls have looked at. */
  get looks(): number {
    return this.#index.allLooks;
  }

  #copiedRuns(batch: Batch): readonly (readonly HeldRun[])[] {
    const { copyMin } = this.#rules;
    const locate = (place: number): Place => this.#index.locate(place);
    return batch
      .ask(({ count }) => windowsOf(count, copyMin))
      .map((answer) => copiedRuns(answer, copyMin, locate));
  }

  #novelRuns(batch: Batch): readonly (readonly TokenRun[])[] {
    return batch.ask(noveltyWindows(this.#table, this.#rules)).map(uncovered);
  }
}

/** Returns the runs of a text that no window covers which is held. Starts and ends of windows ascend. */
const uncovered = ({ tokens: { count }, windows, places }: Answer): readonly TokenRun[] => {
  const runs: TokenRun[] = [];
  let covered = 0;
  for (const [i, place] of places.entries()) {
    if (place === NOWHERE) continue;
    const start = windows.starts[i] ?? 0;
    if (start > covered) runs.push({ start: covered, end: start });
    covered = windows.ends[i] ?? 0;
  }
  if (covered < count) runs.push({ start: covered, end: count });
  return runs;
};

export const tokensIn = (runs: readonly TokenRun[]): number =>
  runs.reduce((sum, { start, end }) => sum + end - start, 0);
