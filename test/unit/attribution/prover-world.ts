/** A case as all see it, and the chain's judgement of what the prover finds in it. */
import { corpusOf } from '../../../src/attribution/corpus.ts';
import {
  proveContribution,
  proveItem,
  proveText,
  type TextEvidence,
} from '../../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { witnessOf } from '../../../src/attribution/prover/claim-witness.ts';
import type { ClaimFinding } from '../../../src/attribution/prover/finding.ts';
import { trace } from '../../../src/attribution/tracer.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Claim } from '../../../state/attribution/claim.ts';
import { itemRoot, itemSource, type Salted } from '../../../state/attribution/commitment.ts';
import {
  DEFAULT_PARAMETERS,
  OUTPUT_TOKENS_MAX,
  PROMPT_TOKENS_MAX,
} from '../../../state/attribution/parameters.ts';
import { type RulesVersion, rulesOf } from '../../../state/attribution/rules.ts';
import type { Brought } from '../../../state/attribution/shared.ts';
import { judgeClaim } from '../../../state/attribution/witness/claim.ts';
import type { ClaimSubject } from '../../../state/attribution/witness/subject.ts';
import { checkWitness } from '../../../state/attribution/witness/types.ts';
import { randomFrom } from '../../../tools/lib/random.ts';
import { oracleTokens } from '../../oracle/oracle.ts';
import type { SharedCase, TextCase } from './cases.ts';
import { changedClaim, type Words } from './corruptions.ts';
import { broughtBy, saltedOf } from './support.ts';

const table = infoTable();
const evidenceOf = (text: Salted, tokensMax: number, version: RulesVersion): TextEvidence =>
  proveText(text, rulesOf(version).informationOf(table, text.tokens), tokensMax);

/** A case as all see it: the oracle its words, the prover its tokens, the chain its commitments. */
export const worldOf = (given: TextCase | SharedCase) => {
  const { corpus, prompt, output, imin, version } = given;
  const { commons, origins } =
    'origins' in given ? given : { commons: new Set<number>(), origins: undefined };
  const textRules = rulesOf(version);
  const words: Words = {
    corpus: corpus.map((items) => items.map((text) => oracleTokens(text, version))),
    prompt: oracleTokens(prompt, version),
    output: oracleTokens(output, version),
    imin,
    version,
    commons,
    ...(origins && { origins }),
  };
  const contributions = corpus.map((texts) => {
    const items = texts.map((text, i) => ({
      ...saltedOf(text, sha256(Uint8Array.of(i)), version),
      promptTokens: 0,
    }));
    const roots = items.map((item) => unwrap(itemRoot(item)));
    return { items, evidence: proveContribution(roots) };
  });
  const brought = (contribution: ContributionId): Brought | undefined => {
    const origin = commons.has(contribution) ? undefined : origins?.[contribution];
    return origin && broughtBy(origin);
  };
  const rules = { ...DEFAULT_PARAMETERS, matchBitsMin: imin, version };
  const { index } = corpusOf(
    contributions.map(({ items }, contribution) => ({
      contribution,
      items: items.map(({ tokens }) => tokens),
      brought: brought(contribution),
    })),
    commons,
    rules,
  );
  const salted = { output: saltedOf(output, sha256(), version), prompt: saltedOf(prompt, sha256(), version) };
  const texts = { output: salted.output.tokens, prompt: salted.prompt.tokens };
  const truth = {
    ...texts,
    promptTokens: texts.prompt.count,
    info: textRules.informationOf(table, texts.output),
    source: (contribution: ContributionId, item: number) => contributions[contribution]?.items[item]?.tokens,
    rules,
    commons,
    honest: () => trace(index, table, texts, rules, commons).claim,
    complete: true,
  };
  const outputs = evidenceOf(salted.output, OUTPUT_TOKENS_MAX, version);
  const prompts = evidenceOf(salted.prompt, PROMPT_TOKENS_MAX, version);
  const judge = (claim: Claim, finding: ClaimFinding) => {
    const lengths = { outputTokens: texts.output.count, promptTokens: texts.prompt.count };
    const witness = witnessOf(finding, claim, lengths, {
      context: textRules.context,
      output: outputs.open,
      prompt: prompts.open,
      source: (contribution, item) => {
        const source = contributions[contribution];
        const text = source?.items[item];
        if (source === undefined || text === undefined) throw new Error('what is cited is there');
        return {
          open: proveItem(source.evidence, item, { ...text, source: itemSource(text) }).open,
          tokens: text.tokens.count,
        };
      },
    });
    const committed = ({ root }: TextEvidence, tokensMax: number, { tokens, source }: Salted) =>
      ({ type: 'text', root, tokensMax, tokens: tokens.count, bytes: source.length }) as const;
    const subject: ClaimSubject = {
      claim,
      output: committed(outputs, OUTPUT_TOKENS_MAX, salted.output),
      prompt: committed(prompts, PROMPT_TOKENS_MAX, salted.prompt),
      matchBitsMin: imin,
      parameters: DEFAULT_PARAMETERS,
      rules: textRules,
      table,
      source: (contribution) => {
        const source = contributions[contribution];
        if (source === undefined) return undefined;
        const { root, items } = source.evidence;
        return { contribution, root, items, passages: undefined };
      },
      commons,
      brought,
      relevance: undefined,
      calibration: undefined,
    };
    return { tooLarge: checkWitness(witness), verdict: judgeClaim(subject, witness) };
  };
  return { words, truth, judge };
};

/** Some claims for the case that the chain would take: each true, or false in some way. */
export const claimsFor = (words: Words, honest: Claim, seed: number, count: number): readonly Claim[] => {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => changedClaim(honest, words, random) ?? honest);
};
