/**
 * Calibrates a model off the chain, from the texts of its data. It draws tokens, and traces the stretch around each to
 * everything except what the rules leave out for it (`TextRules.excluded`). What several others brought independently is
 * nobody's. Then it finds the first step at which coincidence explains no more than the bar allows.
 */

import {
  CALIBRATION_STEPS,
  type ControlSums,
  isMeasurable,
  meetsBar,
  NO_STEP,
  rankOfDraw,
  stretchOf,
} from '../../state/attribution/calibration.ts';
import type { Claim } from '../../state/attribution/claim.ts';
import { controlSumsOf } from '../../state/attribution/control.ts';
import type { InfoTable } from '../../state/attribution/info1.ts';
import { precedenceOf } from '../../state/attribution/owners.ts';
import { rulesOf, rulesOfDraw, type TextRules } from '../../state/attribution/rules.ts';
import type { Score } from '../../state/attribution/scores.ts';
import type { Brought } from '../../state/attribution/shared.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { Root } from '../lib/brands.ts';
import { toHex } from '../lib/bytes.ts';
import { invariant } from '../lib/errors.ts';
import type { ContributionId, DatanetId } from '../lib/ids.ts';
import { inOrderOfRank } from './corpus.ts';
import { CorpusIndex } from './corpus-index.ts';
import { findEchoes } from './echo-finder.ts';
import type { TokenRun } from './novelty.ts';
import { sliceTokens } from './prover/partial-tokens.ts';
import { type TraceRules, traceQuery } from './tracer.ts';
import { UNKNOWN } from './vocabulary.ts';

export type CalibrationItem = {
  readonly tokens: Tokens;
  readonly promptTokens: number;
  /** The runs that are declared copied, ascending; they may overlap. */
  readonly copied: readonly TokenRun[];
  /** The runs that a challenge has struck as copied. Their tokens can still be drawn, but count for nothing. */
  readonly struck?: readonly TokenRun[];
};

export type CalibrationContribution = {
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  /** Its place in the Datanet. It has no meaning for a commons, whose tokens are never drawn. */
  readonly acceptance: number;
  /** Who brought it, and when; undefined for a commons, which nobody owns. */
  readonly brought: Brought | undefined;
  /** The words of a commons count as they are, whatever is declared copied or was struck. */
  readonly items: readonly CalibrationItem[];
};

/**
 * A contribution without its text. The tokens of a void one can still be drawn, but its text is not used, and the draw
 * counts for nothing. Nothing can be measured while the text of one that stands is missing.
 */
export type TextlessContribution = {
  readonly contribution: ContributionId;
  readonly datanet: DatanetId;
  readonly acceptance: number;
  readonly dataTokens: number;
};

/** The rules of a trace without Imin, which the calibration has to find. */
export type CalibrationRules = Omit<TraceRules, 'matchBitsMin'>;

/** The place of a drawn token, and the number of tokens of its item and of the prompt part of it. */
export type Draw = {
  readonly contribution: ContributionId;
  readonly item: number;
  readonly position: number;
  readonly tokens: number;
  readonly promptTokens: number;
};

/** The result of one draw at one step. */
export type DrawTrace = {
  readonly claim: Claim;
  /** What each contribution owns, and S, the sum of it, in Q8 bits. */
  readonly scores: readonly Score[];
  readonly covered: number;
  /** T, in Q8 bits. */
  readonly total: number;
};

type IndexedItem = {
  readonly tokens: Tokens;
  readonly promptTokens: number;
  readonly contribution: ContributionId;
  readonly item: number;
  /** Its first place in the index. */
  readonly first: number;
  /** The runs of tokens that count for nothing. */
  readonly inert: readonly TokenRun[];
  /** The runs of tokens that may be drawn. */
  readonly drawable: readonly TokenRun[];
};

/** Draws for which the same items are left out. */
type DrawGroup = {
  /** Leaves them out until the returned function is called. */
  readonly leaveOut: () => () => void;
  readonly members: { readonly k: number; readonly draw: Draw; readonly own: IndexedItem }[];
};

/** Consecutive tokens, in the order in which tokens are numbered for the draw. */
type DrawnRun = {
  /** The number of tokens before the run. */
  readonly before: number;
  readonly tokens: number;
  /** Returns the draw of the token at this place of the run. */
  readonly at: (place: number) => Draw;
};

/** The trace of a draw without an item. */
const NOTHING: DrawTrace = {
  claim: { x: [], matches: [], shared: [], info: [0] },
  scores: [],
  covered: 0,
  total: 0,
};

/** Whether a contribution is a commons, which is never drawn from. */
const isCommons = ({ brought }: CalibrationContribution): boolean => brought === undefined;

/** Returns the parts of [start, end) that no run covers. */
const without = (start: number, end: number, runs: readonly TokenRun[]): readonly TokenRun[] => {
  const left: TokenRun[] = [];
  let from = start;
  for (const run of runs) {
    if (run.start > from && from < end) left.push({ start: from, end: Math.min(run.start, end) });
    from = Math.max(from, run.end);
  }
  if (from < end) left.push({ start: from, end });
  return left;
};

/** Everything eligible for one model, prepared for calibration. */
export class CalibrationCorpus {
  readonly #rules: CalibrationRules;
  readonly #drawRules: TextRules;
  readonly #table: InfoTable;
  readonly #index: CorpusIndex;
  readonly #commons: ReadonlySet<number>;
  readonly #items = new Map<number, readonly IndexedItem[]>();
  /** The owner of each contribution that is no commons. */
  readonly #ownerOf = new Map<number, string>();
  readonly #runs: DrawnRun[] = [];
  #tokens = 0;
  /** The ids of the drawable contributions that stand, and whose texts are missing. */
  readonly missing: ReadonlySet<number>;

  /**
   * @param contributions - everything eligible whose text is known
   * @param voided - everything that was eligible and is void
   * @param missing - everything drawable that stands, and whose text is missing
   */
  constructor(
    table: InfoTable,
    contributions: readonly CalibrationContribution[],
    rules: CalibrationRules,
    voided: readonly TextlessContribution[] = [],
    missing: readonly TextlessContribution[] = [],
  ) {
    this.#rules = rules;
    this.#drawRules = rulesOfDraw(rulesOf(rules.version));
    this.missing = new Set(missing.map(({ contribution }) => contribution));
    this.#table = table;
    this.#commons = new Set(contributions.filter(isCommons).map(({ contribution }) => contribution));
    const tokens = contributions
      .flatMap(({ items }) => items)
      .reduce((sum, item) => sum + item.tokens.count + 1, 0);
    this.#index = new CorpusIndex(rules.matchTokensMin, tokens);
    const precedence = precedenceOf(this.#drawRules, this.#commons);
    const inOrder = inOrderOfRank(contributions, precedence);
    for (const { contribution, items, brought } of inOrder) {
      const indexed = items.map(
        ({ tokens: text, promptTokens, copied, struck = [] }, item): IndexedItem => ({
          tokens: text,
          promptTokens,
          contribution,
          item,
          first: this.#index.append(contribution, item, text, brought),
          inert: brought === undefined ? [] : [...copied, ...struck],
          drawable: brought === undefined ? [] : without(promptTokens, text.count, copied),
        }),
      );
      this.#items.set(contribution, indexed);
      if (brought === undefined) continue;
      this.#ownerOf.set(contribution, toHex(brought.owner));
    }
    // Copied text is no source either. It is masked last, because nothing can be appended afterwards.
    const masked = [...this.#items.values()]
      .flat()
      .flatMap(({ first, inert }) => inert.map(({ start, end }) => this.#index.mask(first, start, end)));
    if (masked.length > 0) this.#index.forgetMasked();
    const drawn = contributions.filter((each) => !isCommons(each));
    const inDrawOrder = [...drawn, ...voided, ...missing].toSorted(
      (a, b) => a.datanet - b.datanet || a.acceptance - b.acceptance,
    );
    for (const each of inDrawOrder)
      if ('dataTokens' in each) this.#addTextless(each);
      else for (const item of this.#items.get(each.contribution) ?? []) this.#addItem(item);
  }

  #addRun(tokens: number, at: (place: number) => Draw): void {
    this.#runs.push({ before: this.#tokens, tokens, at });
    this.#tokens += tokens;
  }

  #addTextless({ contribution, dataTokens }: TextlessContribution): void {
    this.#addRun(dataTokens, () => ({ contribution, item: 0, position: 0, tokens: 0, promptTokens: 0 }));
  }

  #addItem({ contribution, item, tokens, promptTokens, drawable }: IndexedItem): void {
    for (const { start, end } of drawable)
      this.#addRun(end - start, (place) => ({
        contribution,
        item,
        position: start + place,
        tokens: tokens.count,
        promptTokens,
      }));
  }

  /** The number of tokens that may be drawn. */
  get drawableTokens(): number {
    return this.#tokens;
  }

  /** Returns the `count` tokens that this seed draws; undefined for those of a text that is missing. */
  knownDraws(seed: Root, count: number): readonly (Draw | undefined)[] {
    return this.#draw(seed, count).map((draw) => (this.missing.has(draw.contribution) ? undefined : draw));
  }

  /** Returns the `count` tokens that this seed draws. No text may be missing. */
  draw(seed: Root, count: number): readonly Draw[] {
    invariant(this.missing.size === 0, 'nothing is drawn from texts that are missing');
    return this.#draw(seed, count);
  }

  #draw(seed: Root, count: number): readonly Draw[] {
    invariant(this.#tokens > 0, 'there is something to draw from');
    return Array.from({ length: count }, (_, k) => {
      const rank = Number(rankOfDraw(seed, k, BigInt(this.#tokens)));
      let low = 0;
      let high = this.#runs.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((this.#runs[middle]?.before ?? 0) <= rank) low = middle;
        else high = middle - 1;
      }
      const run = this.#runs[low];
      invariant(run !== undefined && rank - run.before < run.tokens, 'every rank is of a drawable token');
      return run.at(rank - run.before);
    });
  }

  /** Returns the information of each token of a stretch, in Q8 bits. */
  protected informationOf(output: Tokens): Uint16Array {
    return this.#drawRules.informationOf(this.#table, output);
  }

  /**
   * Returns the claims for each draw, by step.
   * @param steps - numbers of bits, ascending
   */
  trace(draws: readonly Draw[], steps: readonly number[]): readonly (readonly DrawTrace[])[] {
    const traces: (readonly DrawTrace[])[] = draws.map(() => steps.map(() => NOTHING));
    for (const { leaveOut, members } of this.#grouped(draws)) {
      // The items that are left out may be most of the data, so they are left out once for all draws of the group.
      const restore = leaveOut();
      for (const { k, draw, own } of members) traces[k] = this.#traceMasked(draw, own, steps);
      restore();
    }
    return traces;
  }

  /** Returns how much of draws is covered, with one trace for each draw, in order. */
  controlSumsOf(draws: readonly Draw[], traces: readonly DrawTrace[]): ControlSums {
    return controlSumsOf(
      traces.map(({ scores, total }, k) => ({ contribution: draws[k]?.contribution ?? 0, scores, total })),
      this.#drawRules,
      (contribution) => {
        const owner = this.#ownerOf.get(contribution);
        invariant(owner !== undefined, 'what counts is of a contribution of the corpus');
        return owner;
      },
    );
  }

  /** Groups the draws that have an item by what they are not traced to. */
  #grouped(draws: readonly Draw[]): Iterable<DrawGroup> {
    const groups = new Map<string, DrawGroup>();
    const byOwner = this.#drawRules.excluded === 'owner';
    for (const [k, draw] of draws.entries()) {
      if (draw.tokens === 0) continue;
      const own = this.#items.get(draw.contribution)?.[draw.item];
      const owner = this.#ownerOf.get(draw.contribution);
      invariant(own !== undefined && owner !== undefined, 'a draw is of an item of the corpus');
      const key = byOwner ? owner : `${draw.contribution}/${draw.item}`;
      const leaveOut = byOwner
        ? () => this.#index.hideOwner(own.first)
        : () => this.#index.mask(own.first, 0, own.tokens.count);
      const group = groups.get(key) ?? { leaveOut, members: [] };
      group.members.push({ k, draw, own });
      groups.set(key, group);
    }
    return groups.values();
  }

  /** Traces one draw at each step. The caller has masked what the draw may not be traced to. */
  #traceMasked(draw: Draw, own: IndexedItem, steps: readonly number[]): readonly DrawTrace[] {
    const { start, end } = stretchOf(draw);
    const output = sliceTokens(own.tokens, start, end);
    const info = this.informationOf(output);
    const query = this.#index.prepare(output);
    for (const run of own.inert) {
      const from = Math.max(0, run.start - start);
      const to = Math.max(0, Math.min(run.end, end) - start);
      info.fill(0, from, to);
      query.ids.fill(UNKNOWN, from, to);
    }
    const x = findEchoes(output, sliceTokens(own.tokens, 0, draw.promptTokens), this.#rules.promptMin);
    const { commonsFirst, sharedTokensMax } = this.#drawRules;
    let last: DrawTrace | undefined;
    return steps.map((matchBitsMin): DrawTrace => {
      // If nothing matches at a step, nothing matches at a step with more bits.
      if (last?.claim.matches.length === 0) return last;
      const { claim, attribution } = traceQuery(
        this.#index,
        { query, info, x },
        { ...this.#rules, commonsFirst, sharedTokensMax, matchBitsMin },
        this.#commons,
      );
      const { scores, covered } = attribution;
      last = { claim, scores, covered, total: claim.info.at(-1) ?? 0 };
      return last;
    });
  }
}

/** Returns how much of the draws is covered, with one trace for each draw, in order. */
type ControlSumsOf = (traces: readonly DrawTrace[]) => ControlSums;

/** The result of all draws together at one step, and of each draw. */
export type MeasuredStep = ControlSums & { readonly bits: number; readonly traces: readonly DrawTrace[] };

export type Measurement = {
  readonly draws: readonly Draw[];
  /** The measured steps, from the first on. */
  readonly steps: readonly MeasuredStep[];
  /** The index of the step that meets the bar, or NO_STEP. */
  readonly level: number;
  /** Whether enough draws count for any step to meet the bar. */
  readonly measurable: boolean;
  readonly sumsOf: ControlSumsOf;
};

/** Measures every step, on data of which no text is missing. */
export const measureControl = (
  corpus: CalibrationCorpus,
  seed: Root,
  { draws: count, targetBps }: { readonly draws: number; readonly targetBps: number },
): Measurement => {
  const draws = corpus.draw(seed, count);
  const traced = corpus.trace(draws, CALIBRATION_STEPS);
  const sumsOf: ControlSumsOf = (traces) => corpus.controlSumsOf(draws, traces);
  const steps = CALIBRATION_STEPS.map((bits, step) => {
    const traces = traced.flatMap((each) => each[step] ?? []);
    return { bits, traces, ...sumsOf(traces) };
  });
  const measurable = isMeasurable(traced.map(([first]) => first?.total ?? 0));
  const level = measurable ? steps.findIndex((sums) => meetsBar(sums, targetBps)) : -1;
  return { draws, steps, level: level < 0 ? NO_STEP : level, measurable, sumsOf };
};
