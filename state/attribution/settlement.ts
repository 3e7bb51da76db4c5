/**
 * What the chain concludes from a claim alone (docs/attribution.md#settlement). It refuses a malformed claim at once,
 * and computes owners, scores, S, T and a from all others. It cannot check the claim against the texts.
 */
import { ok } from '../../src/lib/errors.ts';
import { bordersOf, checkInformation, checkRunInformation, piecesOf } from './borders.ts';
import { type Claim, countRuns } from './claim.ts';
import { checkEchoes } from './echo.ts';
import { fail, type Result } from './errors.ts';
import { checkMatches } from './matches.ts';
import { checkOwnership, NO_COMMONS, ownersOf, type Precedence, precedenceOf } from './owners.ts';
import type { AttributionParameters } from './parameters.ts';
import { checkSections, nobodysOf, type RelevanceShare, relevanceShares, type Section } from './relevance.ts';
import type { ClaimRules } from './rules.ts';
import { type Attribution, attributionOf } from './scores.ts';
import { checkShared, checkSharedMarks, sharedPiecesOf } from './shared.ts';

/** The facts that the state holds about the receipt and its model. */
export type ClaimContext = {
  readonly outputTokens: number;
  readonly promptTokens: number;
  /** Imin of the model, in bits. */
  readonly matchBitsMin: number;
  readonly parameters: Pick<AttributionParameters, 'matchTokensMin' | 'matchTokensMax' | 'promptMin'>;
  /** The ids of the claimed contributions that have no owner. */
  readonly commons: ReadonlySet<number>;
  /** The rules of the model's Datanets; of a draw of a calibration, what `rulesOfDraw` makes of them. */
  readonly rules: ClaimRules;
};

/**
 * Checks the structure of a claim and computes what follows from it. The limits of {@link Claim} bound the time, which
 * is about linear in the size of the claim. The caller checks, from the state, that the contributions are eligible, and that
 * those of a shared run are independent.
 *
 * Faults, in the order of the checks: `CLAIM_ECHO_SHORT`, `CLAIM_ECHO_RANGE`, `CLAIM_ECHO_ORDER`; `CLAIM_MATCH_SHORT`,
 * `CLAIM_MATCH_LONG`, `CLAIM_MATCH_RANGE`, `CLAIM_MATCH_ORDER`; those of {@link checkShared}; `CLAIM_INFO_COUNT`,
 * `CLAIM_INFO_SUM`; `CLAIM_MATCH_INFORMATION`, `CLAIM_SHARED_INFORMATION`; `CLAIM_MATCH_IDLE`, `CLAIM_SHARED_IDLE`.
 */
export const settleClaim = (claim: Claim, context: ClaimContext): Result<Attribution> => {
  const { outputTokens, promptTokens, matchBitsMin, parameters, commons, rules } = context;
  const echoes = checkEchoes(claim.x, { promptMin: parameters.promptMin, outputTokens, promptTokens });
  if (!echoes.ok) return echoes;
  const matches = checkMatches(claim.matches, { ...parameters, outputTokens });
  if (!matches.ok) return matches;
  const runs = checkShared(claim, rules, parameters.matchTokensMin);
  if (!runs.ok) return runs;
  const borders = bordersOf(claim, outputTokens);
  const sums = checkInformation(claim.info, borders, rules.infoMin);
  if (!sums.ok) return sums;
  const pieces = piecesOf(claim.x, borders, claim.info);
  const information = checkRunInformation(claim, pieces, matchBitsMin);
  if (!information.ok) return information;
  const owners = ownersOf(claim.matches, pieces, precedenceOf(rules, commons));
  const ownership = checkOwnership(claim.matches, pieces, owners);
  if (!ownership.ok) return ownership;
  const marks = checkSharedMarks(claim, pieces, owners);
  if (!marks.ok) return marks;
  return ok(attributionOf(pieces, owners, sharedPiecesOf(claim, pieces, owners), commons));
};

/** What a receipt comes to: the attribution by spans, and the shares of its data money by relevance. */
export type Settled = Attribution & { readonly relevance: readonly RelevanceShare[] };

/** The facts about a receipt. If spans are paid nothing for the version of its model, it has no Imin. */
export type ReceiptContext = Omit<ClaimContext, 'matchBitsMin'> & {
  readonly matchBitsMin: number | undefined;
};

/**
 * Checks the structure of all that is claimed for a receipt, and computes what follows from it. The caller checks, from the
 * state, that what it cites is eligible. Faults: `CLAIM_SPANS_OFF`, those of {@link settleClaim} and of {@link checkSections}.
 */
export const settleReceipt = (
  claim: Claim,
  sections: readonly Section[],
  { matchBitsMin, ...context }: ReceiptContext,
): Result<Settled> => {
  const runs = countRuns(claim);
  if (matchBitsMin === undefined && runs > 0)
    return fail(
      'CLAIM_SPANS_OFF',
      `spans are paid nothing for this version, but the claim has ${runs} runs`,
      {
        runs,
      },
    );
  const spans = settleClaim(claim, { ...context, matchBitsMin: matchBitsMin ?? 0 });
  if (!spans.ok) return spans;
  const { outputTokens, commons, rules } = context;
  const checked = checkSections(sections, {
    outputTokens,
    infoMin: rules.infoMin,
    total: claim.info.at(-1) ?? 0,
    nobodys: nobodysOf(spans.value, commons, outputTokens),
  });
  return checked.ok
    ? ok({ ...spans.value, relevance: relevanceShares(sections, spans.value.total) })
    : checked;
};

/** Computes the attribution of a claim that is known to be well-formed, such as one that the engine has made. */
export const attributeClaim = (
  claim: Claim,
  outputTokens: number,
  precedence: Precedence = NO_COMMONS,
): Attribution => {
  const pieces = piecesOf(claim.x, bordersOf(claim, outputTokens), claim.info);
  const owners = ownersOf(claim.matches, pieces, precedence);
  return attributionOf(pieces, owners, sharedPiecesOf(claim, pieces, owners), precedence.commons);
};
