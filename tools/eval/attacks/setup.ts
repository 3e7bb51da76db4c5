/** What every attack on the money starts from, and the report of the attacker's gain and the victim's loss. */
import type { Contribution, Inference } from '../collections.ts';
import {
  type EpochIncome,
  type Income,
  incomeOf,
  type ModelRules,
  novelTokensOf,
  ofOwner,
  type Settled,
  settle,
} from '../economy.ts';
import { percent, ratio } from '../section.ts';
import type { MakeTracer } from '../tracer.ts';

export const ATTACKER = 'attacker';
export const VICTIM = 'contributor 1';

export type AttackSetup = {
  readonly contributions: readonly Contribution[];
  readonly rules: ModelRules;
  /** Outputs that quote the data, so that spans are paid that an attacker could take. */
  readonly quoting: readonly Inference[];
  readonly thin: number;
  readonly seed: number;
  readonly makeTracer: MakeTracer;
};

export type EpochRun = {
  readonly contributions: readonly Contribution[];
  readonly settled: readonly Settled[];
  readonly novelTokens: readonly bigint[];
  readonly income: EpochIncome;
};

/** Computes one epoch of these inferences, with these contributions in the manifest. */
export const runEpoch = (
  makeTracer: MakeTracer,
  contributions: readonly Contribution[],
  inferences: readonly Inference[],
  rules: ModelRules,
): EpochRun => {
  const settled = settle(makeTracer(contributions), inferences, rules.matchBits);
  const novelTokens = novelTokensOf(contributions);
  return {
    contributions,
    settled,
    novelTokens,
    income: incomeOf(contributions, settled, rules.controlBps, novelTokens),
  };
};

/** The gain and the loss of one attack, as shares of the data money of the epoch. */
export type Outcome = {
  readonly name: string;
  /** The attacker's gain, by spans and by its share of the remainder, as a part of D. */
  readonly gainSpans: number;
  readonly gainRemainder: number;
  /** The victim's loss, by spans and by its share of the remainder, as a part of its income before. */
  readonly lossSpans: number;
  readonly lossRemainder: number;
  readonly attacker: Income;
  readonly victim: Income;
};

const lossOf = (before: bigint, after: bigint): number =>
  before === 0n ? 0 : -ratio(after - before, before);

export const outcomeOf = (name: string, before: EpochRun, after: EpochRun, owner = ATTACKER): Outcome => {
  const had = ofOwner(before.income, owner);
  const got = ofOwner(after.income, owner);
  const victimBefore = ofOwner(before.income, VICTIM);
  const victim = ofOwner(after.income, VICTIM);
  const { data } = after.income;
  return {
    name,
    gainSpans: ratio(got.spans - had.spans, data),
    gainRemainder: ratio(got.remainder - had.remainder, data),
    lossSpans: lossOf(victimBefore.spans, victim.spans),
    lossRemainder: lossOf(victimBefore.remainder, victim.remainder),
    attacker: got,
    victim,
  };
};

export const OUTCOME_HEAD = [
  'attack',
  'gain by spans, of D',
  'before: gain by novel tokens, of D',
  'victim loses by spans',
  'before: by novel tokens',
] as const;

/** Stands below a table of outcomes. */
export const NOVELTY_NOTE =
  'By novel tokens nothing is paid any more unless a chain sets `noveltyShareBps`, so these columns say what was gained before, and what at most is gained on such a chain. What relevance pays for clones and for text of a program is in *Paid for what others wrote*.';

export const outcomeRow = (each: Outcome): readonly string[] => [
  each.name,
  percent(each.gainSpans, 2),
  percent(each.gainRemainder, 2),
  percent(each.lossSpans, 2),
  percent(each.lossRemainder, 2),
];

export const outcomeFigures = (each: Outcome) => ({
  name: each.name,
  gainSpans: each.gainSpans,
  gainRemainder: each.gainRemainder,
  lossSpans: each.lossSpans,
  lossRemainder: each.lossRemainder,
});
