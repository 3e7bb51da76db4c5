/** A case as the chain and a challenger see it: commitments, what opens them, and what a witness is held against. */

import { CalibrationCorpus } from '../../../src/attribution/calibrator.ts';
import { corpusOf } from '../../../src/attribution/corpus.ts';
import {
  proveContribution,
  proveItem,
  proveText,
  type TextEvidence,
} from '../../../src/attribution/evidence/chunks.ts';
import { type PassagesEvidence, provePassages } from '../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type ClaimTruth, refuteClaim } from '../../../src/attribution/prover/claim-prover.ts';
import { type ClaimOpeners, openerFrom, witnessOf } from '../../../src/attribution/prover/claim-witness.ts';
import { trace } from '../../../src/attribution/tracer.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { bordersOf } from '../../../state/attribution/borders.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import { itemRoot, itemSource } from '../../../state/attribution/commitment.ts';
import { derivePassages } from '../../../state/attribution/declaration.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { rulesOf, rulesOfDraw } from '../../../state/attribution/rules.ts';
import { settleClaim } from '../../../state/attribution/settlement.ts';
import { type Brought, notIndependent } from '../../../state/attribution/shared.ts';
import type {
  ClaimSubject,
  EligibleSource,
  ReceiptSubject,
  TextSource,
} from '../../../state/attribution/witness/subject.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import { broughtBy } from '../../unit/attribution/support.ts';
import { type Case, type Contribution, type Item, isOfDrawnOwner } from './cases.ts';
import { isTrue, type Truth, truthOf } from './truth.ts';

const table = infoTable();

export type CommittedContribution = Contribution & {
  readonly source: EligibleSource;
  readonly item: (item: number) => TextEvidence;
  readonly passages: PassagesEvidence;
};

/** Who brought a contribution, and when; undefined for a commons. */
const broughtOf = (contribution: Contribution): Brought | undefined =>
  contribution.commons ? undefined : broughtBy(contribution);

const saltOf = (item: number): Uint8Array => sha256(Uint8Array.of(item));

const commit = (whole: Contribution): CommittedContribution => {
  const { contribution, items, commons, declaration, struck } = whole;
  const roots = items.map((item, i) => unwrap(itemRoot({ ...item, salt: saltOf(i) })));
  const evidence = proveContribution(roots);
  const passages = provePassages(derivePassages(declaration).passages);
  const proven = new Map<number, TextEvidence>();
  const source = {
    contribution,
    root: evidence.root,
    items: items.length,
    passages: commons ? undefined : { root: passages.root, struck },
  };
  return {
    ...whole,
    source,
    passages,
    item: (i) => {
      const text = items[i];
      if (text === undefined) throw new RangeError(`contribution ${contribution} has no item ${i}`);
      const salted = { ...text, salt: saltOf(i) };
      const known = proven.get(i) ?? proveItem(evidence, i, { ...salted, source: itemSource(salted) });
      proven.set(i, known);
      return known;
    },
  };
};

export type World = {
  readonly given: Case;
  readonly truth: Truth;
  readonly contributions: readonly CommittedContribution[];
  /** In positions of the claim. */
  readonly output: TextEvidence;
  readonly prompt: TextEvidence;
  readonly honest: Claim;
  readonly subject: (claim: Claim) => ClaimSubject;
  /** Undefined for a draw, which has no receipt. */
  readonly receipt: ReceiptSubject | undefined;
  /** Whether the chain takes the claim in. */
  readonly isTaken: (claim: Claim) => boolean;
  readonly isTrue: (claim: Claim) => boolean;
  /** The witness that the prover finds; undefined if it finds the claim to hold. */
  readonly refute: (claim: Claim) => Witness | undefined;
};

const honestClaim = (
  { contributions, rules, output, prompt, draw }: Case,
  commons: ReadonlySet<number>,
): Claim => {
  if (draw === undefined) {
    const eligible = contributions
      .filter((each) => each.eligible)
      .map((each) => ({
        contribution: each.contribution,
        items: each.items.map(({ tokens }) => tokens),
        brought: broughtOf(each),
      }));
    const { index } = corpusOf(eligible, commons, rules);
    return trace(index, table, { output: output.tokens, prompt: prompt.tokens }, rules, commons).claim;
  }
  const corpus = new CalibrationCorpus(
    table,
    contributions
      .filter(({ eligible }) => eligible)
      .map((each) => ({
        contribution: each.contribution,
        datanet: 0,
        acceptance: each.contribution,
        brought: broughtOf(each),
        items: each.items.map(({ tokens, promptTokens }, item) => ({
          tokens,
          promptTokens,
          copied: each.commons ? [] : copiedRunsOf(each, item),
        })),
      })),
    rules,
  );
  const own = contributions.find(({ contribution }) => contribution === draw.contribution)?.items[draw.item];
  const drawn = { ...draw, tokens: own?.tokens.count ?? 0, promptTokens: own?.promptTokens ?? 0 };
  const [traced] = corpus.trace([drawn], [rules.matchBitsMin]).flat();
  if (traced === undefined) throw new Error('a draw has a trace at each step');
  return traced.claim;
};

const copiedRunsOf = ({ declaration, struck }: Contribution, item: number) =>
  derivePassages(declaration).passages.filter(
    (passage, i) => passage.item === item && (passage.type === 'copied' || struck.has(i)),
  );

export const worldOf = (given: Case): World => {
  const { rules, draw, from } = given;
  const truth = truthOf(given);
  const contributions = given.contributions.map(commit);
  const byContribution = new Map(contributions.map((each) => [each.contribution, each]));
  const known = (contribution: ContributionId): CommittedContribution => {
    const found = byContribution.get(contribution);
    if (found === undefined) throw new RangeError(`no contribution ${contribution}`);
    return found;
  };
  const brought = (contribution: ContributionId): Brought | undefined => broughtOf(known(contribution));
  const commons = new Set(
    given.contributions.filter((each) => each.commons).map(({ contribution }) => contribution),
  );
  const textRules = draw === undefined ? rulesOf(rules.version) : rulesOfDraw(rulesOf(rules.version));
  const text = ({ tokens, source: bytes }: Item, tokensMax: number) => {
    const salted = { tokens, source: bytes, salt: saltOf(tokensMax & 0xff) };
    const evidence = proveText(salted, textRules.informationOf(table, tokens), tokensMax);
    const source = {
      type: 'text',
      root: evidence.root,
      tokensMax,
      tokens: tokens.count,
      bytes: bytes.length,
    } as const;
    return { evidence, source };
  };
  const stretch = (at: number, tokens: number) => {
    const { item, source } = known(draw?.contribution ?? 0);
    const whole = item(draw?.item ?? 0);
    const evidence: TextEvidence = { ...whole, open: openerFrom(whole.open, at) };
    const stretched: TextSource = {
      type: 'stretch',
      contribution: source,
      item: draw?.item ?? 0,
      from: at,
      tokens,
    };
    return { evidence, source: stretched };
  };
  const receipt =
    draw === undefined
      ? { output: text(given.output, OUTPUT_TOKENS_MAX), prompt: text(given.prompt, PROMPT_TOKENS_MAX) }
      : undefined;
  const output = receipt?.output ?? stretch(from, given.output.tokens.count);
  const prompt = receipt?.prompt ?? stretch(0, given.prompt.tokens.count);

  const drawn = draw && known(draw.contribution);
  const own = drawn?.items[draw?.item ?? 0];
  const subject = (claim: Claim): ClaimSubject => ({
    claim,
    output: output.source,
    prompt: prompt.source,
    matchBitsMin: rules.matchBitsMin,
    parameters: rules,
    rules: textRules,
    table,
    source: (contribution) => {
      const found = byContribution.get(contribution);
      return found?.eligible === true && !isOfDrawnOwner(given, found) ? found.source : undefined;
    },
    commons,
    brought,
    relevance: undefined,
    calibration:
      draw === undefined || drawn?.source.passages === undefined
        ? undefined
        : {
            ...draw,
            own: drawn.source.passages,
            tokens: own?.tokens.count ?? 0,
            promptTokens: own?.promptTokens ?? 0,
          },
  });

  const openers: ClaimOpeners = {
    context: textRules.context,
    output: output.evidence.open,
    prompt: prompt.evidence.open,
    source: (contribution, item) => ({
      open: known(contribution).item(item).open,
      tokens: known(contribution).items[item]?.tokens.count ?? 0,
    }),
    ...(draw !== undefined && {
      passages: {
        output: (start, end) => known(draw.contribution).passages.over(draw.item, from + start, from + end),
        source: (contribution, item) =>
          known(contribution).commons
            ? undefined
            : (start, end) => known(contribution).passages.over(item, start, end),
      },
    }),
  };
  const honest = honestClaim(given, commons);
  const lengths = { outputTokens: given.output.tokens.count, promptTokens: given.prompt.tokens.count };
  const ownCopied = draw === undefined ? [] : truth.copied(draw.contribution, draw.item);
  const claimTruth: ClaimTruth = {
    output: given.output.tokens,
    prompt: given.prompt.tokens,
    promptTokens: lengths.promptTokens,
    info: Uint16Array.from(truth.info),
    source: (contribution, item) => byContribution.get(contribution)?.items[item]?.tokens,
    rules,
    commons,
    honest: () => honest,
    complete: draw?.complete ?? true,
    ...(draw !== undefined && {
      inert: {
        output: (position: number) => ownCopied[from + position] === true,
        source: (contribution: ContributionId, item: number, position: number) =>
          truth.copied(contribution, item)[position] === true,
      },
    }),
  };
  return {
    given,
    truth,
    contributions,
    output: output.evidence,
    prompt: prompt.evidence,
    honest,
    subject,
    receipt: receipt && {
      output: receipt.output.source,
      prompt: receipt.prompt.source,
      rules: textRules,
      table,
    },
    isTaken: (claim) =>
      [...claim.matches, ...claim.shared].every(({ contribution, item }) => {
        const cited = byContribution.get(contribution);
        const isOwn = draw?.contribution === contribution && draw.item === item;
        return (
          cited?.eligible === true && item < cited.items.length && !isOwn && !isOfDrawnOwner(given, cited)
        );
      }) &&
      claim.shared.every(({ match, contribution }) => {
        const own = claim.matches[match];
        return (
          own === undefined || notIndependent(brought(own.contribution), brought(contribution)) === undefined
        );
      }) &&
      settleClaim(claim, {
        ...lengths,
        matchBitsMin: rules.matchBitsMin,
        parameters: rules,
        commons,
        rules: textRules,
      }).ok,
    isTrue: (claim) => isTrue(claim, given, truth, bordersOf(claim, lengths.outputTokens)),
    refute: (claim) => {
      const verdict = refuteClaim(claim, claimTruth);
      return verdict.type === 'false' ? witnessOf(verdict.finding, claim, lengths, openers) : undefined;
    },
  };
};
