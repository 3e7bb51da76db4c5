/** All disputes over one declaration: what is false in it falls, one witness each, and nothing else by any. */

import { CorpusIndex } from '../../../src/attribution/corpus-index.ts';
import {
  proveContribution,
  proveItem,
  proveNoItem,
  proveText,
  type TextEvidence,
} from '../../../src/attribution/evidence/chunks.ts';
import { proveNovelRuns, provePassages } from '../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import {
  type ContributionTruth,
  refuteContribution,
} from '../../../src/attribution/prover/contribution-prover.ts';
import {
  type ContributionOpeners,
  contributionWitness,
} from '../../../src/attribution/prover/contribution-witness.ts';
import { type Root, toHeight } from '../../../src/lib/brands.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { itemRoot, itemSource } from '../../../state/attribution/commitment.ts';
import { derivePassages } from '../../../state/attribution/declaration.ts';
import { OUTPUT_TOKENS_MAX } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { ContributionSubject, Upheld } from '../../../state/attribution/witness/subject.ts';
import { checkWitness, type Witness, WitnessType } from '../../../state/attribution/witness/types.ts';
import { randomFrom } from '../../../tools/lib/random.ts';
import { type DeclaredCase, declaredCaseOf, type Revealed } from './declared-cases.ts';
import { declaredLieOf } from './declared-lies.ts';
import { type Falsehoods, falsehoodsOf } from './declared-truth.ts';
import type { Judges } from './judges.ts';
import type { Tally } from './tally.ts';

const LIES = 40;
const table = infoTable();
const saltOf = (item: number): Uint8Array => sha256(Uint8Array.of(item));

const commit = ({ contribution, items }: Revealed) => {
  const roots = items.map((item, i) => unwrap(itemRoot({ ...item, salt: saltOf(i) })));
  const evidence = proveContribution(roots);
  return {
    evidence,
    source: { contribution, root: evidence.root, items: items.length },
    item: (i: number): TextEvidence | undefined => {
      const text = items[i];
      if (text === undefined) return undefined;
      const salted = { ...text, salt: saltOf(i) };
      return proveItem(evidence, i, { ...salted, source: itemSource(salted) });
    },
  };
};

export type DeclaredWorld = {
  readonly given: DeclaredCase;
  readonly subject: ContributionSubject;
  readonly truth: ContributionTruth;
  readonly openers: ContributionOpeners;
};

export const declaredWorldOf = (given: DeclaredCase): DeclaredWorld => {
  const { own, contributions, declaration, itemCount, outputs, rules } = given;
  const committed = new Map(contributions.map((each) => [each.contribution, commit(each)]));
  const byContribution = new Map(contributions.map((each) => [each.contribution, each]));
  const passages = provePassages(derivePassages(declaration).passages);
  const novelRuns = proveNovelRuns(declaration.novelRuns);
  const evidence = committed.get(own.contribution) ?? commit(own);
  const textRules = rulesOf(rules.version);
  const texts = outputs.map(({ output, index }) =>
    proveText(
      { ...output, salt: saltOf(index) },
      textRules.informationOf(table, output.tokens),
      OUTPUT_TOKENS_MAX,
    ),
  );
  const datanet = new CorpusIndex(Math.min(rules.matchTokensMin, rules.copyMin));
  for (const { contribution, items, revealed } of contributions)
    if (revealed)
      for (const [item, { tokens }] of items.entries()) datanet.append(contribution, item, tokens);
  const sourceOf = (contribution: ContributionId) =>
    contribution < own.contribution && byContribution.get(contribution)?.revealed === true
      ? committed.get(contribution)?.source
      : undefined;
  const earlierOutputs = new CorpusIndex(rules.copyMin);
  for (const [n, { output }] of outputs.entries()) earlierOutputs.append(n, 0, output.tokens);
  const place = (batch: Root, index: number): number =>
    outputs.findIndex((each) => each.index === index && Buffer.compare(each.batch, batch) === 0);
  return {
    given,
    subject: {
      ...evidence.source,
      items: itemCount,
      passages: { root: passages.root, struck: given.struckPassages },
      novelRuns: { root: novelRuns.root, struck: given.struckRuns },
      parameters: rules,
      rules: textRules,
      table,
      earlier: sourceOf,
      cited: sourceOf,
      output: (batch, index) => {
        const n = place(batch, index);
        const text = texts[n];
        const out = outputs[n];
        return text !== undefined && out?.before === true
          ? {
              type: 'text',
              root: text.root,
              tokensMax: OUTPUT_TOKENS_MAX,
              tokens: out.output.tokens.count,
              bytes: out.output.source.length,
            }
          : undefined;
      },
    },
    truth: {
      contribution: own.contribution,
      committedAt: toHeight(10n),
      itemCount,
      declaration,
      struckPassages: given.struckPassages,
      struckRuns: given.struckRuns,
      items: own.items,
      datanet,
      source: (contribution, item) => byContribution.get(contribution)?.items[item]?.tokens,
      outputs: [
        {
          index: earlierOutputs,
          output: (n) => ({
            batch: outputs[n]?.batch ?? sha256(),
            index: outputs[n]?.index ?? 0,
            height: toHeight(outputs[n]?.before === true ? 9n : 10n),
          }),
        },
      ],
      rules,
      table,
    },
    openers: {
      context: textRules.context,
      contribution: own.contribution,
      declaration,
      item: (contribution, item) => {
        const source = committed.get(contribution) ?? evidence;
        const open = source.item(item)?.open ?? (() => proveNoItem(source.evidence, item));
        return { open, tokens: byContribution.get(contribution)?.items[item]?.tokens.count ?? 0 };
      },
      passages: passages.open,
      novelRun: novelRuns.open,
      output: (batch, index) => texts[place(batch, index)]?.open ?? (() => expectOutput()),
    },
  };
};

const expectOutput = (): never => {
  throw new RangeError('no such output');
};

/** Whether what falls is false, by brute force. */
export const isFalse = (
  upheld: Upheld,
  { voiding, runs, passages }: Falsehoods,
  given: DeclaredCase,
): boolean => {
  switch (upheld.type) {
    case 'contribution':
      return voiding;
    case 'novelRun':
      return runs.has(upheld.index) && !given.struckRuns.has(upheld.index);
    case 'passage':
      return passages.has(upheld.index) && !given.struckPassages.has(upheld.index);
    case 'claim':
    case 'receipt':
      return false;
  }
};

/** Undefined if all went as it must, else what did not. */
export const disputeDeclaration = (seed: number, tally: Tally, judges: Judges): string | undefined => {
  const given = declaredCaseOf(seed);
  const world = declaredWorldOf(given);
  const falsehoods = falsehoodsOf(given);
  const judged = (witness: Witness) => {
    const before = performance.now();
    const verdict = judges.contribution(world.subject, witness);
    tally.took(performance.now() - before);
    return verdict;
  };
  const struck = { runs: new Set<number>(), passages: new Set<number>() };
  let voided = false;
  for (const finding of refuteContribution(world.truth)) {
    const witness = contributionWitness(finding, world.openers);
    const encoded = WitnessType.encode(witness);
    const decoded = WitnessType.decode(encoded);
    if (!decoded.ok || checkWitness(decoded.value) !== undefined)
      return `a witness of ${encoded.length} bytes`;
    const verdict = judged(decoded.value);
    if (!verdict.ok) return `${finding.type} refused, ${verdict.fault.code}: ${verdict.fault.message}`;
    if (!isFalse(verdict.value, falsehoods, given)) return `${finding.type} upheld against what is true`;
    if (verdict.value.type === 'novelRun') struck.runs.add(verdict.value.index);
    if (verdict.value.type === 'passage') struck.passages.add(verdict.value.index);
    voided ||= verdict.value.type === 'contribution';
    tally.upheld(`declaration ${verdict.value.reason}`, encoded.length);
    tally.keep('declaration', witness);
  }
  if (voided !== falsehoods.voiding) return `voiding ${falsehoods.voiding}, found ${voided}`;
  if (!voided) {
    const missed = [...falsehoods.runs].filter((i) => !given.struckRuns.has(i) && !struck.runs.has(i));
    if (missed.length > 0) return `novel runs ${missed.join()} are not refuted`;
    const left = [...falsehoods.passages].filter(
      (i) => !given.struckPassages.has(i) && !struck.passages.has(i),
    );
    if (left.length > 0) return `passages ${left.join()} are not refuted`;
  }
  const random = randomFrom(seed ^ 0x11e5);
  for (let i = 0; i < LIES; i++) {
    const lie = declaredLieOf(world, tally.kept('declaration'), random);
    if (lie === undefined) continue;
    const verdict = judged(lie);
    if (!verdict.ok) tally.refuted(`declaration ${verdict.fault.code}`);
    else if (isFalse(verdict.value, falsehoods, given))
      tally.upheld(`declaration ${verdict.value.reason}`, 0);
    else return `${lie.type} upheld against what is true: ${JSON.stringify(verdict.value)}`;
  }
  return undefined;
};
