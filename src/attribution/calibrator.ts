/**
 * Calibrates a model off the chain, from the texts of its data: draws the tokens, traces the stretch around each to
 * everything but its own item, and finds the step at which coincidence explains no more than the bar allows.
 */
import {
  CALIBRATION_STEPS,
  type ControlSums,
  meetsBar,
  NO_STEP,
  rankOfDraw,
  stretchOf,
} from '../../state/attribution/calibration.ts';
import type { Claim } from '../../state/attribution/claim.ts';
import { type InfoTable, informationOf } from '../../state/attribution/info1.ts';
import type { Tokens } from '../../state/attribution/pt1.ts';
import type { Root } from '../lib/brands.ts';
import { invariant } from '../lib/errors.ts';
import { CorpusIndex } from './corpus-index.ts';
import { findEchoes } from './echo-finder.ts';
import type { TokenRun } from './novelty.ts';
import { sliceTokens } from './refuter/partial-tokens.ts';
import { type TraceRules, traceQuery } from './tracer.ts';
import { UNKNOWN } from './vocabulary.ts';

export type CalibrationItem = {
  readonly tokens: Tokens;
  readonly promptTokens: number;
  /** Tokens that count for nothing, ascending; runs may overlap. */
  readonly copied: readonly TokenRun[];
};

export type CalibrationContribution = {
  readonly seq: number;
  readonly datanet: number;
  /** Its place in the Datanet; of no meaning for a commons, whose tokens are never drawn. */
  readonly acceptance: number;
  readonly commons: boolean;
  readonly items: readonly CalibrationItem[];
};

/** Of an attestor's rules, all but the bits, which calibration is to find. */
export type CalibrationRules = Omit<TraceRules, 'matchBitsMin'>;

/** A drawn token, and where it stands. */
export type Draw = {
  readonly seq: number;
  readonly item: number;
  readonly position: number;
  readonly tokens: number;
  readonly promptTokens: number;
};

/** What one draw comes to at one step. */
export type DrawTrace = { readonly claim: Claim; readonly covered: number; readonly total: number };

type IndexedItem = CalibrationItem & {
  readonly seq: number;
  readonly item: number;
  /** In the index. */
  readonly first: number;
  /** Of the item's drawable tokens, in stretches. */
  readonly drawable: readonly TokenRun[];
};

/** Tokens [start, end) without those of the runs. */
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
  readonly #table: InfoTable;
  readonly #index: CorpusIndex;
  readonly #commons: ReadonlySet<number>;
  readonly #items = new Map<number, readonly IndexedItem[]>();
  /** Stretches of drawable tokens in the order of the draw, and how many tokens there are before each. */
  readonly #drawable: { readonly item: IndexedItem; readonly run: TokenRun; readonly before: number }[] = [];
  readonly #tokens: number;

  /** @param contributions - all that is eligible, in the order of seq */
  constructor(table: InfoTable, contributions: readonly CalibrationContribution[], rules: CalibrationRules) {
    this.#rules = rules;
    this.#table = table;
    this.#commons = new Set(contributions.filter(({ commons }) => commons).map(({ seq }) => seq));
    const tokens = contributions
      .flatMap(({ items }) => items)
      .reduce((sum, item) => sum + item.tokens.count + 1, 0);
    this.#index = new CorpusIndex(rules.matchTokensMin, tokens);
    for (const { seq, items, commons } of contributions)
      this.#items.set(
        seq,
        items.map((each, item) => ({
          ...each,
          seq,
          item,
          first: this.#index.append(seq, item, each.tokens),
          drawable: commons ? [] : without(each.promptTokens, each.tokens.count, each.copied),
        })),
      );
    // Copied text is no source either. Only now, as nothing may be appended any more.
    for (const { first, copied } of [...this.#items.values()].flat())
      for (const { start, end } of copied) this.#index.mask(first, start, end);
    let before = 0;
    const inDrawOrder = contributions
      .filter(({ commons }) => !commons)
      .toSorted((a, b) => a.datanet - b.datanet || a.acceptance - b.acceptance);
    for (const { seq } of inDrawOrder)
      for (const item of this.#items.get(seq) ?? [])
        for (const run of item.drawable) {
          this.#drawable.push({ item, run, before });
          before += run.end - run.start;
        }
    this.#tokens = before;
  }

  /** Tokens that may be drawn. */
  get drawableTokens(): number {
    return this.#tokens;
  }

  /** The `count` tokens that this seed draws. */
  draw(seed: Root, count: number): readonly Draw[] {
    invariant(this.#tokens > 0, 'there is something to draw from');
    return Array.from({ length: count }, (_, k) => {
      const rank = Number(rankOfDraw(seed, k, BigInt(this.#tokens)));
      let low = 0;
      let high = this.#drawable.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((this.#drawable[middle]?.before ?? 0) <= rank) low = middle;
        else high = middle - 1;
      }
      const found = this.#drawable[low];
      invariant(found !== undefined, 'every rank is of a drawable token');
      const { item, run, before } = found;
      const { seq, tokens, promptTokens } = item;
      const position = run.start + rank - before;
      return { seq, item: item.item, position, tokens: tokens.count, promptTokens };
    });
  }

  /** The claims for one draw, by step, as far as `steps` go. */
  trace(draw: Draw, steps: readonly number[]): readonly DrawTrace[] {
    const own = this.#items.get(draw.seq)?.[draw.item];
    invariant(own !== undefined, 'a draw is of an item of the corpus');
    const { start, end } = stretchOf(draw);
    const output = sliceTokens(own.tokens, start, end);
    const info = informationOf(this.#table, output);
    const query = this.#index.prepare(output);
    for (const run of own.copied) {
      const from = Math.max(0, run.start - start);
      const to = Math.max(0, Math.min(run.end, end) - start);
      info.fill(0, from, to);
      query.ids.fill(UNKNOWN, from, to);
    }
    const x = findEchoes(output, sliceTokens(own.tokens, 0, draw.promptTokens), this.#rules.promptMin);
    const unmask = this.#index.mask(own.first, 0, own.tokens.count);
    const traces = steps.map((matchBitsMin): DrawTrace => {
      const { claim, attribution } = traceQuery(
        this.#index,
        { query, info, x },
        { ...this.#rules, matchBitsMin },
        this.#commons,
      );
      return { claim, covered: attribution.covered, total: claim.info.at(-1) ?? 0 };
    });
    unmask();
    return traces;
  }
}

export type Measurement = {
  readonly draws: readonly Draw[];
  /** By step, from the first on: what all draws come to, and each of them. */
  readonly steps: readonly (ControlSums & { readonly bits: number; readonly traces: readonly DrawTrace[] })[];
  /** The index of the step that meets the bar, or NO_STEP. */
  readonly level: number;
};

/** Measures every step. */
export const measureControl = (
  corpus: CalibrationCorpus,
  seed: Root,
  { draws: count, targetBps }: { readonly draws: number; readonly targetBps: number },
): Measurement => {
  const draws = corpus.draw(seed, count);
  const traced = draws.map((draw) => corpus.trace(draw, CALIBRATION_STEPS));
  const steps = CALIBRATION_STEPS.map((bits, step) => {
    const traces = traced.flatMap((each) => each[step] ?? []);
    const sum = (of: (trace: DrawTrace) => number): number =>
      traces.reduce((total, trace) => total + of(trace), 0);
    return { bits, traces, covered: sum(({ covered }) => covered), total: sum(({ total }) => total) };
  });
  const level = steps.findIndex((sums) => meetsBar(sums, targetBps));
  return { draws, steps, level: level < 0 ? NO_STEP : level };
};
