/** A case as the chain and a challenger see it: commitments, what opens them, and what a witness is held against. */

import { CalibrationCorpus } from '../../../src/attribution/calibrator.ts';
import { CorpusIndex } from '../../../src/attribution/corpus-index.ts';
import {
  proveContribution,
  proveItem,
  proveText,
  type TextEvidence,
} from '../../../src/attribution/evidence/chunks.ts';
import { type PassagesEvidence, provePassages } from '../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type ClaimTruth, refuteClaim } from '../../../src/attribution/refuter/claim-refuter.ts';
import { type ClaimOpeners, openerFrom, witnessOf } from '../../../src/attribution/refuter/claim-witness.ts';
import { trace } from '../../../src/attribution/tracer.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { bordersOf } from '../../../state/attribution/borders.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import { itemRoot } from '../../../state/attribution/commitment.ts';
import { derivePassages } from '../../../state/attribution/declaration.ts';
import { informationOf } from '../../../state/attribution/info1.ts';
import { OUTPUT_TOKENS_MAX, PROMPT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { settleClaim } from '../../../state/attribution/settlement.ts';
import type {
  ClaimSubject,
  EligibleSource,
  ReceiptSubject,
  TextSource,
} from '../../../state/attribution/witness/subject.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import type { Case, Contribution, Item } from './cases.ts';
import { isTrue, type Truth, truthOf } from './truth.ts';

const table = infoTable();

export type CommittedContribution = Contribution & {
  readonly source: EligibleSource;
  readonly item: (item: number) => TextEvidence;
  readonly passages: PassagesEvidence;
};

const saltOf = (item: number): Uint8Array => sha256(Uint8Array.of(item));

const commit = (contribution: Contribution): CommittedContribution => {
  const { seq, items, commons, declaration, struck } = contribution;
  const roots = items.map(({ tokens, promptTokens }, i) => unwrap(itemRoot(tokens, promptTokens, saltOf(i))));
  const evidence = proveContribution(roots);
  const passages = provePassages(derivePassages(declaration).passages);
  const proven = new Map<number, TextEvidence>();
  const source = {
    seq,
    root: evidence.root,
    items: items.length,
    passages: commons ? undefined : { root: passages.root, struck },
  };
  return {
    ...contribution,
    source,
    passages,
    item: (i) => {
      const text = items[i];
      if (text === undefined) throw new RangeError(`contribution ${seq} has no item ${i}`);
      const known = proven.get(i) ?? proveItem(evidence, i, { ...text, salt: saltOf(i) });
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
  /** The witness that the refuter finds; undefined if it finds the claim to hold. */
  readonly refute: (claim: Claim) => Witness | undefined;
};

const honestClaim = ({ contributions, rules, output, prompt, draw }: Case): Claim => {
  const commons = new Set(contributions.filter((each) => each.commons).map(({ seq }) => seq));
  if (draw === undefined) {
    const index = new CorpusIndex(rules.matchTokensMin);
    for (const { seq, items, eligible } of contributions)
      if (eligible) for (const [item, { tokens }] of items.entries()) index.append(seq, item, tokens);
    return trace(index, table, { output: output.tokens, prompt: prompt.tokens }, rules, commons).claim;
  }
  const corpus = new CalibrationCorpus(
    table,
    contributions
      .filter(({ eligible }) => eligible)
      .map((each) => ({
        seq: each.seq,
        datanet: 0,
        acceptance: each.seq,
        commons: each.commons,
        items: each.items.map(({ tokens, promptTokens }, item) => ({
          tokens,
          promptTokens,
          copied: each.commons ? [] : copiedRunsOf(each, item),
        })),
      })),
    rules,
  );
  const own = contributions.find(({ seq }) => seq === draw.seq)?.items[draw.item];
  const drawn = { ...draw, tokens: own?.tokens.count ?? 0, promptTokens: own?.promptTokens ?? 0 };
  const [traced] = corpus.trace(drawn, [rules.matchBitsMin]);
  if (traced === undefined) throw new Error('a draw has a trace at each step');
  return traced.claim;
};

const copiedRunsOf = ({ declaration, struck }: Contribution, item: number) =>
  derivePassages(declaration).passages.filter(
    (passage, i) => passage.item === item && (passage.kind === 'copied' || struck.has(i)),
  );

export const worldOf = (given: Case): World => {
  const { rules, draw, from } = given;
  const truth = truthOf(given);
  const contributions = given.contributions.map(commit);
  const bySeq = new Map(contributions.map((each) => [each.seq, each]));
  const known = (seq: number): CommittedContribution => {
    const found = bySeq.get(seq);
    if (found === undefined) throw new RangeError(`no contribution ${seq}`);
    return found;
  };
  const text = (item: Item, tokensMax: number) => {
    const evidence = proveText(item.tokens, informationOf(table, item.tokens), tokensMax);
    const source = { kind: 'text', root: evidence.root, tokensMax, tokens: item.tokens.count } as const;
    return { evidence, source };
  };
  const stretch = (at: number, tokens: number) => {
    const { item, source } = known(draw?.seq ?? 0);
    const whole = item(draw?.item ?? 0);
    const evidence: TextEvidence = { ...whole, open: openerFrom(whole.open, at) };
    const stretched: TextSource = {
      kind: 'stretch',
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

  const drawn = draw && known(draw.seq);
  const own = drawn?.items[draw?.item ?? 0];
  const subject = (claim: Claim): ClaimSubject => ({
    claim,
    output: output.source,
    prompt: prompt.source,
    matchBitsMin: rules.matchBitsMin,
    parameters: rules,
    table,
    source: (seq) => {
      const found = bySeq.get(seq);
      return found?.eligible === true ? found.source : undefined;
    },
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
    output: output.evidence.open,
    prompt: prompt.evidence.open,
    source: (seq, item) => ({
      open: known(seq).item(item).open,
      tokens: known(seq).items[item]?.tokens.count ?? 0,
    }),
    ...(draw !== undefined && {
      passages: {
        output: (start, end) => known(draw.seq).passages.over(draw.item, from + start, from + end),
        source: (seq, item) =>
          known(seq).commons ? undefined : (start, end) => known(seq).passages.over(item, start, end),
      },
    }),
  };
  const honest = honestClaim(given);
  const lengths = { outputTokens: given.output.tokens.count, promptTokens: given.prompt.tokens.count };
  const ownCopied = draw === undefined ? [] : truth.copied(draw.seq, draw.item);
  const claimTruth: ClaimTruth = {
    output: given.output.tokens,
    prompt: given.prompt.tokens,
    promptTokens: lengths.promptTokens,
    info: Uint16Array.from(truth.info),
    source: (seq, item) => bySeq.get(seq)?.items[item]?.tokens,
    rules,
    honest: () => honest,
    complete: draw?.complete ?? true,
    ...(draw !== undefined && {
      inert: {
        output: (position: number) => ownCopied[from + position] === true,
        source: (seq: number, item: number, position: number) => truth.copied(seq, item)[position] === true,
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
    receipt: receipt && { output: receipt.output.source, prompt: receipt.prompt.source, table },
    isTaken: (claim) =>
      claim.matches.every(({ seq, item }) => {
        const cited = bySeq.get(seq);
        const isOwn = draw?.seq === seq && draw.item === item;
        return cited?.eligible === true && item < cited.items.length && !isOwn;
      }) &&
      settleClaim(claim, {
        ...lengths,
        matchBitsMin: rules.matchBitsMin,
        parameters: rules,
        commons: new Set(),
        informationMin: draw === undefined ? 256 : 0,
      }).ok,
    isTrue: (claim) => isTrue(claim, given, truth, bordersOf(claim.x, claim.matches, lengths.outputTokens)),
    refute: (claim) => {
      const verdict = refuteClaim(claim, claimTruth);
      return verdict.type === 'false' ? witnessOf(verdict.finding, claim, lengths, openers) : undefined;
    },
  };
};
