/** Traces inferences to a set of contributions, and settles each claim by the rules of the chain. */
import { type Corpus, corpusOf } from '../../src/attribution/corpus.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { trace } from '../../src/attribution/tracer.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import { RULES_DEFAULT, rulesOf } from '../../state/attribution/rules.ts';
import type { Attribution } from '../../state/attribution/scores.ts';
import { settleClaim } from '../../state/attribution/settlement.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { Contribution, Inference } from './collections.ts';

const textRules = rulesOf(RULES_DEFAULT);

export type Tracer = { readonly trace: (inference: Inference, matchBitsMin: number) => Attribution };

/**
 * Makes a tracer. It is a parameter of the experiments, so that a test can pass a wrong tracer and see that they
 * notice.
 */
export type MakeTracer = (contributions: readonly Contribution[]) => Tracer;

/**
 * Makes a tracer of the engine and the rules of the chain.
 * @param contributions - in the order of contribution id
 */
export const createTracer: MakeTracer = (contributions) => {
  const commons = new Set(
    contributions.filter((each) => each.commons).map(({ contribution }) => contribution),
  );
  const corpus: Corpus = corpusOf(
    contributions.map(({ contribution, items }) => ({
      contribution,
      items: items.map(({ tokens }) => tokens),
    })),
    commons,
    DEFAULT_PARAMETERS,
  );
  return {
    trace: (inference, matchBitsMin) => {
      const rules = { ...DEFAULT_PARAMETERS, matchBitsMin };
      const { claim } = trace(corpus.index, infoTable(), inference, rules, commons);
      return unwrap(
        settleClaim(claim, {
          outputTokens: inference.output.count,
          promptTokens: inference.prompt.count,
          matchBitsMin,
          rules: textRules,
          parameters: DEFAULT_PARAMETERS,
          commons,
        }),
      );
    },
  };
};

/** Returns the information of all tokens together, in Q8 bits. */
export const informationIn = (tokens: Tokens): number =>
  textRules.informationOf(infoTable(), tokens).reduce((sum, info) => sum + info, 0);

/** Returns the information of each token, in Q8 bits. */
export const informationEach = (tokens: Tokens): Uint16Array => textRules.informationOf(infoTable(), tokens);

/** Returns the owner of each position; undefined for a position that nobody owns. */
export const ownersOf = ({ spans }: Attribution, tokens: number): readonly (number | undefined)[] => {
  const owners = new Array<number | undefined>(tokens).fill(undefined);
  for (const { start, end, contribution } of spans) owners.fill(contribution, start, end);
  return owners;
};

/** Returns Σ S and Σ T, and their ratio. */
export const coverageOf = (
  attributions: readonly Pick<Attribution, 'covered' | 'total'>[],
): { readonly covered: number; readonly total: number; readonly share: number } => {
  const covered = attributions.reduce((sum, each) => sum + each.covered, 0);
  const total = attributions.reduce((sum, each) => sum + each.total, 0);
  return { covered, total, share: total === 0 ? 0 : covered / total };
};

/** Returns one owner's share of all information that is credited. */
export const shareOf = (
  contributions: readonly Contribution[],
  attributions: readonly Attribution[],
  owner: string,
): number => {
  const own = new Set(
    contributions.filter((each) => each.owner === owner).map(({ contribution }) => contribution),
  );
  let part = 0;
  let whole = 0;
  for (const { scores } of attributions)
    for (const { contribution, score } of scores) {
      whole += score;
      if (own.has(contribution)) part += score;
    }
  return whole === 0 ? 0 : part / whole;
};
