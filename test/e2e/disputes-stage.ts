/** A devnet of short windows, with real texts in it, a model that is calibrated, and receipts of what it has answered. */

import { join } from 'node:path';
import { claimOfMeasurement } from '../../src/attribution/calibration-claimer.ts';
import { calibrationItems } from '../../src/attribution/calibration-items.ts';
import { CalibrationCorpus, measureControl } from '../../src/attribution/calibrator.ts';
import { corpusOf } from '../../src/attribution/corpus.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { type Trace, type TraceRules, trace } from '../../src/attribution/tracer.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import { waitForHeight } from '../../src/client/wait.ts';
import { uploadContent } from '../../src/contribute/prepared.ts';
import { type Root, ZERO_ROOT } from '../../src/lib/brands.ts';
import { equal, fromHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { DatanetId, ModelId } from '../../src/lib/ids.ts';
import type { Claim } from '../../state/attribution/claim.ts';
import { derivePassages } from '../../state/attribution/declaration.ts';
import type { NovelRun } from '../../state/attribution/novel-runs.ts';
import { RULES_DEFAULT, rulesOf } from '../../state/attribution/rules.ts';
import { COMMIT_WAIT_BLOCKS } from '../../state/modules/disputes/declarations.ts';
import type { ReceiptClaim } from '../../state/tx/attribution-settlement.ts';
import { attributionSettlement } from '../../state/tx/attribution-settlement.ts';
import { contributionReview } from '../../state/tx/contribution-review.ts';
import { datanetCreate } from '../../state/tx/datanet-create.ts';
import { modelCalibration } from '../../state/tx/model-calibration.ts';
import { transfer } from '../../state/tx/transfer.ts';
import { type Actor, type Actors, actorsOf } from '../../tools/demo/actors.ts';
import { openContent } from '../../tools/demo/content.ts';
import { type Problem, trainProblems } from '../../tools/demo/dataset.ts';
import { eventField, intent, type Ledger, openLedger } from '../../tools/demo/ledger.ts';
import { type RegisteredModel, registerModels } from '../../tools/demo/models.ts';
import { itemText } from '../../tools/demo/partition.ts';
import { review } from '../../tools/demo/review.ts';
import { deposit, type Inference, measure, type ServedBatch, serve } from '../../tools/demo/serve.ts';
import { START_MONEY } from '../../tools/demo/setup.ts';
import { type OracleAnswer, oracleTokens, oracleTrace } from '../oracle/oracle.ts';
import { type Committed, commit, LICENCE, openRegister, prepare, revealIntent } from './contributing.ts';
import { type RunningDevnet, startDevnet, type Workshop } from './processes.ts';
import { writeShortGenesis } from './short-genesis.ts';

/** Blocks: enough for what a test does in them, and not more than it can wait for. */
export const CHALLENGE_WINDOW = 24;
export const ANSWER_WINDOW = 10;

const SHORT = {
  challengeWindow: CHALLENGE_WINDOW,
  answerWindow: ANSWER_WINDOW,
  epochBlocks: 10,
  settleEpochs: 40,
  calibrationDraws: 128,
};

const payersOf = ({ auditor, copyist }: Actors): readonly Actor[] => [auditor, copyist];

export type Stage = {
  readonly devnet: RunningDevnet;
  readonly ledger: Ledger;
  readonly actors: Actors;
  readonly datanet: DatanetId;
  /** In the order of contribution id; the last holds everything of the first, and a word more in each item. */
  readonly contributions: readonly Revealed[];
  readonly client: RpcClient;
};

/** A contribution, with what it declared to be novel. */
export type Revealed = Committed & { readonly novelRuns: readonly NovelRun[] };

const ROWS = 30;

/** Three people contribute rows that differ, and a fourth the first one's rows again, a word longer each. */
const contributeRows = async (
  ledger: Ledger,
  actors: Actors,
  datanet: DatanetId,
): Promise<readonly Revealed[]> => {
  const rows = trainProblems();
  const prepared = (part: readonly Problem[], more: string) =>
    prepare(part.map((row) => ({ text: `${itemText(row)}${more}`, prompt: row.question })));
  const part = (i: number): readonly Problem[] => rows.slice(i * ROWS, (i + 1) * ROWS);
  const revealed: Revealed[] = [];
  const declare = openRegister();
  const bring = async (parts: readonly (readonly Problem[])[], more: string): Promise<void> => {
    const committed: Committed[] = [];
    for (const rows of parts) {
      const owner = actors.contributors[revealed.length + committed.length] ?? actors.bank;
      committed.push(await commit(ledger, { owner, datanet, prepared: prepared(rows, more) }));
    }
    for (const each of committed) {
      const declaration = declare(each);
      await ledger.submit([revealIntent(each, declaration)]);
      await uploadContent(ledger.writer, each.prepared);
      revealed.push({ ...each, novelRuns: declaration.novelRuns });
    }
  };
  await bring([part(0), part(1), part(2)], '');
  // The fourth commits once the first one's rows are shown: at the same time, what both hold would be nobody's.
  await bring([part(0)], ' Indeed.');
  await review(
    ledger,
    openContent(ledger.reviewer),
    actors.reviewers.slice(0, 2),
    revealed.map(({ contribution }) => contribution),
  );
  return revealed;
};

export const openStage = async (shop: Workshop): Promise<Stage> => {
  const home = join(shop.folder, 'devnet');
  const devnet = await startDevnet(
    shop,
    home,
    '--nodes',
    '2',
    '--genesis',
    writeShortGenesis(shop.folder, SHORT),
  );
  const [first = '', second = ''] = devnet.ready.nodes.map(({ rpc }) => rpc);
  const ledger = await openLedger([first, second, second, second]);
  const actors = actorsOf(devnet.ready, []);
  const people = [...actors.contributors.slice(0, 5), ...payersOf(actors)];
  await ledger.submit(
    people.map(({ address }) => intent(actors.bank, transfer, { to: address, amount: START_MONEY })),
  );
  const [created] = await ledger.submit([
    intent(actors.founder, datanetCreate, {
      name: 'grade-school maths',
      rules: RULES_DEFAULT,
      domain: 'mathematics',
      licence: LICENCE,
      schema: { fields: ['question', 'answer'], promptFields: 1 },
      commons: undefined,
      matchBitsFloor: 0,
      access: 'open' as const,
      contributors: [],
      reviewers: actors.reviewers.map(({ address }) => address),
      quorum: 2,
      bondPerByte: 10n ** 12n,
      prices: { inMin: 0n, outMin: 0n },
    }),
  ]);
  if (created === undefined) throw new Error('the Datanet is created');
  const datanet = Number(eventField(created, 'datanetCreated', 'datanet'));
  const contributions = await contributeRows(ledger, actors, datanet);
  await deposit(ledger, payersOf(actors), actors.provider);
  return { devnet, ledger, actors, datanet, contributions, client: devnet.client(1) };
};

/** Two rows of the first contribution once more, declared to be new, and accepted by reviewers who do not look. */
export const passOff = async ({ ledger, actors, datanet, contributions }: Stage): Promise<Committed> => {
  const prepared = prepare(
    (contributions[0]?.prepared.rows.slice(0, 2) ?? []).map(({ text }) => ({ text, prompt: '' })),
  );
  const owner = actors.contributors[4] ?? actors.bank;
  // So long after the rows were accepted that the owner could have known of them.
  const { height } = await ledger.reader.call('node_status');
  await waitForHeight(ledger.reader, BigInt(height) + COMMIT_WAIT_BLOCKS);
  const copy = await commit(ledger, { owner, datanet, prepared });
  // What it would declare if nothing had been there before it.
  await ledger.submit([revealIntent(copy, openRegister()(copy))]);
  await uploadContent(ledger.writer, prepared);
  const quality = { authenticity: 90, ownership: 90, quality: 90, uniqueness: 90 };
  await ledger.submit(
    actors.reviewers.slice(0, 2).map((reviewer) =>
      intent(reviewer, contributionReview, {
        contribution: copy.contribution,
        quality,
        verdict: 'accept' as const,
      }),
    ),
  );
  return copy;
};

/** A model of everything in the Datanet; its calibration waits for its draw. */
export const registerRepeater = async ({ ledger, actors, datanet }: Stage): Promise<RegisteredModel> => {
  const root = new Uint8Array(32).fill(7) as Root;
  const [model] = await registerModels(
    ledger,
    { owner: actors.trainer, trainer: actors.founder, compute: actors.provider },
    [{ name: 'repeater', kind: 'base', datanet, weights: root, recipe: root }],
  );
  if (model === undefined) throw new Error('the model is registered');
  return model;
};

/** Claims the first round of a calibration from the texts, with one of its draws moved by a token. */
export const calibrateFalsely = async (
  { ledger, contributions, client, actors }: Stage,
  copy: Committed,
  model: ModelId,
): Promise<void> => {
  const { rounds } = await client.call('model_getCalibration', { id: model });
  const { contributions: order } = await client.call('model_getDrawOrder', { id: model });
  const { lMin, lMax, promptMin, calibrationDraws, controlTargetBps } = ledger.params.attribution;
  const declare = openRegister();
  const fallen = derivePassages(openRegister()(copy));
  const corpus = new CalibrationCorpus(
    infoTable(),
    contributions.map((each, acceptance) => ({
      contribution: each.contribution,
      datanet: 1,
      acceptance,
      brought: order.find(({ contribution }) => contribution === each.contribution)?.brought ?? undefined,
      items: calibrationItems(
        each.prepared.rows.map(({ tokens }) => tokens),
        declare(each),
        { struck: new Set() },
      ),
    })),
    { version: RULES_DEFAULT, matchTokensMin: lMin, matchTokensMax: lMax, promptMin },
    // Its owner could have known, so all of it is void by one passage.
    [
      {
        contribution: copy.contribution,
        datanet: 1,
        acceptance: contributions.length,
        dataTokens: fallen.dataTokens,
      },
    ],
  );
  const measured = measureControl(corpus, rounds[0]?.draw?.seed ?? ZERO_ROOT, {
    draws: calibrationDraws,
    targetBps: controlTargetBps,
  });
  const { height: asOf } = await client.call('node_status');
  const claim = claimOfMeasurement(measured, {
    model,
    version: 1,
    round: 0,
    asOf,
    targetBps: controlTargetBps,
  });
  const lied = claim.draws.findIndex(({ position, tokens }) => position > 140 || position + 1 < tokens);
  await ledger.submit([
    intent(actors.attestor, modelCalibration, {
      ...claim,
      draws: claim.draws.map((each, i) => (i === lied ? { ...each, position: each.position + 1 } : each)),
    }),
  ]);
};

/**
 * Receipts for all of them, in one batch.
 * @param withheld - answers whose texts are given to no node
 * @param turn - 0 or 1: each has a payer of its own
 */
export const serveAll = async (
  { ledger, actors }: Stage,
  model: RegisteredModel,
  inferences: readonly Inference[],
  withheld: readonly Inference[],
  turn = 0,
): Promise<ServedBatch> => {
  const who = { provider: actors.provider, payer: payersOf(actors)[turn] ?? actors.bank };
  const [batch] = await serve(ledger, who, model, inferences, (each) => !withheld.includes(each));
  if (batch === undefined) throw new Error('a batch is served');
  return batch;
};

export const settleAs = (
  { ledger }: Stage,
  attestor: Actor,
  batch: string,
  claims: readonly ReceiptClaim[],
) =>
  ledger.submit([
    intent(attestor, attributionSettlement, {
      batch: unwrap(fromHex(batch, 32)) as Root,
      asOf: undefined,
      claims,
    }),
  ]);

/** What an honest attestor would claim. */
export const honestly = (
  { contributions }: Stage,
  rules: TraceRules,
  { prompt, output }: Inference,
): Trace => {
  const sources = contributions.map(({ contribution, prepared, novelRuns }) => ({
    contribution,
    items: prepared.rows.map(({ tokens }) => tokens),
    novelRuns,
  }));
  const { index, phrases, commons } = corpusOf(sources, new Set(), rules);
  const { tokenizeText } = rulesOf(rules.version);
  const texts = { output: unwrap(tokenizeText(output)), prompt: unwrap(tokenizeText(prompt)) };
  return trace(index, infoTable(), texts, rules, commons, phrases);
};

/**
 * Returns the claim of a liar: the sections are right, except that the first one names as much information as the claim does.
 * Otherwise no block would take it.
 */
export const withSections = (index: number, claim: Claim, { sections }: Trace): ReceiptClaim => {
  const difference =
    (claim.info.at(-1) ?? 0) - sections.reduce((sum, { information }) => sum + information, 0);
  return {
    index,
    claim,
    sections: sections.map((section, i) =>
      i === 0 ? { ...section, information: section.information + difference } : section,
    ),
  };
};

/** What is right, by looking at everything. */
export const rightly = (
  { contributions }: Stage,
  matchBits: number,
  { prompt, output }: Inference,
): OracleAnswer => {
  const last = Math.max(...contributions.map(({ contribution }) => contribution));
  const corpus = Array.from({ length: last + 1 }, (_, contribution) =>
    (contributions.find((each) => each.contribution === contribution)?.prepared.rows ?? []).map(({ text }) =>
      oracleTokens(text, RULES_DEFAULT),
    ),
  );
  return oracleTrace({
    version: RULES_DEFAULT,
    output: oracleTokens(output, RULES_DEFAULT),
    prompt: oracleTokens(prompt, RULES_DEFAULT),
    corpus,
    imin: matchBits,
  });
};

/** Gives the texts of an answer, which no node was given, to one, late. */
export const giveTexts = async (
  { ledger }: Stage,
  model: RegisteredModel,
  inference: Inference,
): Promise<void> => {
  const { object, root } = measure(inference, model);
  const { roots } = await ledger.writer.call('content_put', { objects: [object] });
  if (!equal(roots[0] ?? ZERO_ROOT, root)) throw new Error('the node has another root for the texts');
};
