/**
 * Disputes need real texts: contributions, prompts and outputs that are committed as they stand, honest claims made by
 * the tracer, and witnesses opened out of the very texts.
 */

import { traceInference } from '../../../../src/attribution/attestor.ts';
import { corpusOf } from '../../../../src/attribution/corpus.ts';
import { declare, type FullDeclaration } from '../../../../src/attribution/declaration.ts';
import {
  proveContribution,
  proveItem,
  proveText,
  type TextEvidence,
} from '../../../../src/attribution/evidence/chunks.ts';
import { proveNovelRuns } from '../../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import type { Root } from '../../../../src/lib/brands.ts';
import { utf8 } from '../../../../src/lib/bytes.ts';
import { invariant, unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import type { ContributionId, DatanetId, ModelId } from '../../../../src/lib/ids.ts';
import type { Json } from '../../../../src/lib/ssz.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { itemRoot, itemSource, partSalt, type Salted } from '../../../../state/attribution/commitment.ts';
import {
  DEFAULT_PARAMETERS,
  OUTPUT_TOKENS_MAX,
  PROMPT_TOKENS_MAX,
} from '../../../../state/attribution/parameters.ts';
import type { Section } from '../../../../state/attribution/relevance.ts';
import { RULES_DEFAULT, type RulesVersion, rulesOf } from '../../../../state/attribution/rules.ts';
import type { Tokens } from '../../../../state/attribution/tokens.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { eventToJson } from '../../../../state/events.ts';
import { nextContribution } from '../../../../state/modules/data/contributions.ts';
import type { Params } from '../../../../state/params.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import type { Commons } from '../../../../state/tx/commons.ts';
import { contributionCommit, contributionCommitment } from '../../../../state/tx/contribution-commit.ts';
import { contributionReview } from '../../../../state/tx/contribution-review.ts';
import { type DataContribution, dataContribution } from '../../../../state/tx/data-contribution.ts';
import type { ReceiptBody } from '../../../../state/tx/receipt.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  bob,
  createDatanet,
  deposit,
  everyone,
  pinOf,
  receiptBody,
  registerModel,
  reveal,
  review,
  reviewers,
  sendReceipts,
} from './scenes.ts';
import { type Actor, actor, bytes32, type Ran, World } from './world.ts';

export const watcher = actor('watcher');
export const helper = actor('helper');

const table = infoTable();

/** A text as its commitment needs it. */
export const saltedOf = (text: string, salt: Uint8Array, version: RulesVersion = RULES_DEFAULT): Salted => ({
  tokens: unwrap(rulesOf(version).tokenizeText(text)),
  source: utf8(text),
  salt,
});

/** The salts of all prompts and outputs. */
export const PROMPT_SALT = bytes32('salt of prompts');
export const OUTPUT_SALT = bytes32('salt of outputs');

/** Words that stand nowhere else: each bears about 24 bits. */
export const wordsOf = (stem: string, count: number, from = 0): string =>
  Array.from({ length: count }, (_, i) => `${stem}${from + i}`).join(' ');

export type TextContribution = {
  readonly contribution: ContributionId;
  readonly items: readonly Tokens[];
  readonly declared: FullDeclaration;
  readonly evidence: (item: number) => TextEvidence;
};

/** The secret that is stored with an item. */
export const secretOf = (contribution: ContributionId, item: number): Root =>
  sha256(utf8(`salt ${contribution} ${item}`));

/**
 * Commits, reveals and has accepted what these items say; the index holds all earlier ones of the Datanet.
 * @param lie - declares something else than what is true
 * @param between - happens after the commit and before the reveal
 */
export const contributeTexts = (
  world: World,
  from: Actor,
  datanet: DatanetId,
  texts: readonly string[],
  index: DatanetIndex,
  lie: (declared: FullDeclaration) => Partial<FullDeclaration & Pick<DataContribution, 'role'>> = () => ({}),
  rules: RulesVersion = RULES_DEFAULT,
  between: () => void = () => undefined,
): TextContribution => {
  const contribution = nextContribution(world.view);
  const salted = texts.map((text, i) => ({
    ...saltedOf(text, partSalt(secretOf(contribution, i), rules, 'item'), rules),
    promptTokens: 0,
  }));
  const items = salted.map(({ tokens }) => tokens);
  const committed = proveContribution(salted.map((item) => unwrap(itemRoot(item))));
  const { root } = committed;
  const salt = bytes32(`commit ${contribution}`);
  const commitment = contributionCommitment({ datanet, root, salt, sender: from.address });
  world.run(from, contributionCommit, { datanet, commitment });
  world.block();
  const truth = declare(
    index,
    contribution,
    items.map((tokens) => ({ tokens, promptTokens: 0 })),
  );
  const declared = { ...truth, ...lie(truth) };
  const tokens = items.reduce((sum, { count }) => sum + BigInt(count), 0n);
  const digest = bytes32(`digest ${contribution}`);
  between();
  world.run(
    from,
    dataContribution,
    reveal(contribution, datanet, 'texts', {
      ...declared,
      rules,
      salt,
      root,
      digest,
      items: items.length,
      tokens,
      bytes: 8n * tokens,
    }),
  );
  for (const reviewer of reviewers.slice(0, 2)) world.run(reviewer, contributionReview, review(contribution));
  return {
    contribution,
    items,
    declared,
    evidence: (item) => {
      const text = salted[item];
      invariant(text !== undefined, `the contribution has an item ${item}`);
      return proveItem(committed, item, { ...text, source: itemSource(text) });
    },
  };
};

export type Inference = {
  readonly prompt: string;
  readonly output: string;
  readonly outputEvidence: TextEvidence;
  readonly promptEvidence: TextEvidence;
  readonly body: ReceiptBody;
  readonly claim: Claim;
  /** The true sections of the output. */
  readonly sections: readonly Section[];
};

export type DisputeScene = {
  readonly world: World;
  readonly model: ModelId;
  readonly datanet: DatanetId;
  /** Two contributions: bob's holds alice's second item too, and something of his own. */
  readonly early: TextContribution;
  readonly late: TextContribution;
  readonly infer: (prompt: string, output: string) => Inference;
};

/** A prompt and an output as they are committed, and the true claim for them. */
export const infer = (
  contributions: readonly TextContribution[],
  prompt: string,
  output: string,
  version: RulesVersion = RULES_DEFAULT,
): Inference => {
  const rules = rulesOf(version);
  const prove = (text: Salted, tokensMax: number): TextEvidence =>
    proveText(text, rules.informationOf(table, text.tokens), tokensMax);
  const put = saltedOf(output, OUTPUT_SALT, version);
  const asked = saltedOf(prompt, PROMPT_SALT, version);
  const outputEvidence = prove(put, OUTPUT_TOKENS_MAX);
  const promptEvidence = prove(asked, PROMPT_TOKENS_MAX);
  const body = receiptBody('real', {
    rules: version,
    tokensIn: asked.tokens.count,
    tokensOut: put.tokens.count,
    bytesIn: asked.source.length,
    bytesOut: put.source.length,
    promptRoot: promptEvidence.root,
    outputRoot: outputEvidence.root,
  });
  const traced = { ...DEFAULT_PARAMETERS, version };
  const corpus = corpusOf(
    contributions.map((each) => ({ ...each, novelRuns: each.declared.novelRuns })),
    new Set(),
    traced,
  );
  const { claim, sections } = traceInference(corpus, { prompt, output }, traced);
  return { prompt, output, outputEvidence, promptEvidence, body, claim, sections };
};

export const ALICE = [wordsOf('alpha', 40), wordsOf('beta', 200)];
export const BOB = [wordsOf('beta', 200), wordsOf('gamma', 40)];

/**
 * @param lie - of bob, about what he contributes
 * @param commons - that of the chain, if it has one
 */
export const disputeScene = (
  change?: (params: Params) => Params,
  lie?: (declared: FullDeclaration) => Partial<FullDeclaration>,
  rules: RulesVersion = RULES_DEFAULT,
  commons?: Commons,
  attestors?: readonly (readonly [Actor, bigint])[],
): DisputeScene => {
  const people = [...everyone, watcher, helper, actor('north'), ...(attestors ?? []).map(([each]) => each)];
  const once = [...new Map(people.map((each) => [each.name, each])).values()];
  const world = new World(once, change, undefined, commons, attestors);
  const datanet = createDatanet(world, { bondPerByte: 0n, rules });
  const index = new DatanetIndex(table, { ...DEFAULT_PARAMETERS, version: rules });
  const early = contributeTexts(world, alice, datanet, ALICE, index, undefined, rules);
  const late = contributeTexts(world, bob, datanet, BOB, index, lie, rules);
  const model = registerModel(world, [pinOf(world, datanet)], { rules });
  deposit(world, 100_000_000n);
  world.until(70n);
  return {
    world,
    model,
    datanet,
    early,
    late,
    infer: (prompt, output) => infer([early, late], prompt, output, rules),
  };
};

/** A question that is echoed, words of alice's, of bob's, and some that nobody holds. */
export const PROMPT = `${wordsOf('ask', 12)} ${wordsOf('why', 100)}`;
export const OUTPUT = [
  wordsOf('ask', 10),
  wordsOf('alpha', 20, 5),
  'and then',
  wordsOf('beta', 90, 30),
  wordsOf('own', 5),
  wordsOf('gamma', 12, 3),
].join(' ');

export const send = ({ world, model }: DisputeScene, ...inferences: readonly Inference[]): Root =>
  sendReceipts(
    world,
    model,
    inferences.map(({ body }) => body),
  );

export const settleAs = (
  world: World,
  batch: Root,
  claims: readonly (readonly [index: number, claim: Claim])[],
  by: Actor = attestor,
): Root =>
  world.run(by, attributionSettlement, {
    batch,
    asOf: undefined,
    claims: claims.map(([index, claim]) =>
      withoutPicks(index, claim, getReceipt(world.view, { batch, index })?.body.tokensOut),
    ),
  }).id;

export type ReceiptPlace = { readonly batch: Root; readonly index: number; readonly settlement: Root };

const challengePayload = (place: ReceiptPlace, witness: Witness) => ({
  target: { type: 'receipt', value: place } as const,
  witness,
});

/** The payload of a challenge of what a contribution declares. */
export const onContribution = (
  { contribution }: Pick<TextContribution, 'contribution'>,
  witness: Witness,
) => ({
  target: { type: 'contribution', value: { contribution } } as const,
  witness,
});

/** @throws if the transaction fails; a refuted one does not. */
export const challengeAs = (world: World, place: ReceiptPlace, witness: Witness, by: Actor = watcher): Ran =>
  world.run(by, attributionChallenge, challengePayload(place, witness));

export const challengeRefusal = (
  world: World,
  place: ReceiptPlace,
  witness: Witness,
  by: Actor = watcher,
): string => world.refusal(by, attributionChallenge, challengePayload(place, witness));

export const answerAs = (
  world: World,
  demand: Root,
  opening: ReturnType<TextEvidence['open']>,
  by: Actor = helper,
): Ran => world.run(by, attributionAnswer, { demand, opening });

export const demandOf = (text: 'output' | 'prompt' | 'source', change: object = {}): Witness => ({
  type: 'demand',
  value: { text, contribution: 0, item: 0, first: 0, count: 1, ...change },
});

/**
 * The witness that the first novel run of `late` is not new: the first ten words of its first item are those of the second
 * item of `early`.
 */
export const overlapOf = (late: TextContribution, early: TextContribution): Witness => ({
  type: 'overlap',
  value: {
    run: proveNovelRuns(late.declared.novelRuns).open(0),
    start: 0,
    end: 10,
    own: late.evidence(0).open(0, 10),
    contribution: early.contribution,
    item: 1,
    pos: 0,
    source: early.evidence(1).open(0, 10),
  },
});

export const eventOf = (ran: Ran, type: string) => {
  const found = [...ran.events, ...ran.end].find((event) => event.type === type);
  invariant(found !== undefined, `${type} was emitted`);
  return eventToJson(found).data as { readonly [name: string]: Json };
};
