/** The demo from its first transaction to its last check. */

import type { Program } from '../../src/cli/liar/programs.ts';
import type { StepReporter } from '../lib/step-reporter.ts';
import { actorsOf } from './actors.ts';
import { claimAll } from './claim.ts';
import { openContent } from './content.ts';
import { type Contribution, openContributing } from './contribute.ts';
import { measureCoverage } from './control.ts';
import { copyEntry } from './copies.ts';
import { solvedProblems, trainProblems } from './dataset.ts';
import type { DevnetReady } from './devnet-ready.ts';
import { openLedger } from './ledger.ts';
import { tellLie } from './lie.ts';
import { modelPlans, registerModels } from './models.ts';
import { registryQuestions, smallQuestions } from './questions.ts';
import { answersTo } from './retriever.ts';
import { review } from './review.ts';
import { deposit, type Inference, serve } from './serve.ts';
import { allFinal, allReviewed, calibratedModels } from './services.ts';
import { createDatanets, entrySubmissions, fund, mathsSubmissions, QUORUM } from './setup.ts';
import { CLONED_ENTRY, SMALL_DATANET, swcEntries } from './swc.ts';
import { type Verdict, verdict } from './verdict.ts';

export type Stage = {
  readonly ready: DevnetReady;
  /** The shipped programs that run beside the nodes. */
  readonly startAttestor: () => Program;
  readonly startWatcher: () => Program;
  /** Where the files of the contributors are written. */
  readonly folder: string;
  /** Whether an attestor lies about one more answer. */
  readonly lie: boolean;
};

export const runScenario = async (
  { ready, startAttestor, startWatcher, folder, lie: isLieTold }: Stage,
  reporter: StepReporter,
  started: number,
): Promise<Verdict> => {
  const { step } = reporter;
  const entries = swcEntries();
  const small = SMALL_DATANET.flatMap((name) => entries.filter((entry) => entry.name === name));
  const problems = trainProblems();
  const actors = actorsOf(ready, [...new Set(entries.map(({ author }) => author))]);
  const ledger = await openLedger(ready.nodes.map(({ rpc }) => rpc));

  // The services take a moment to start. The people do not wait for them.
  const attestor = startAttestor();
  const watcher = startWatcher();

  const datanets = await step('datanets', async () => {
    const funded = await fund(ledger, actors);
    const value = await createDatanets(ledger, actors, entries);
    return { value, done: `three Datanets, for the texts of ${funded.length - 1} people` };
  });

  const contributed = await step('contribute', async (progress) => {
    const contributing = openContributing(ledger, folder, progress);
    const content = openContent(ledger.reviewer, progress);
    const judges = actors.reviewers.slice(0, QUORUM);
    let revealed = 0;
    let reviews: Promise<unknown> = Promise.resolve();
    const onRevealed = (contributions: readonly Contribution[]): void => {
      revealed += contributions.length;
      progress(`${revealed} contributions are revealed, and two reviewers read them on another node`);
      const ids = contributions.map(({ contribution }) => contribution);
      reviews = reviews.then(() => review(ledger, content, judges, ids));
      reviews.catch(() => undefined);
    };
    progress('people commit to their texts, reveal them and upload them');
    const byAuthors = async (): Promise<readonly Contribution[]> => [
      ...(await contributing.inTurn(entrySubmissions(actors, datanets.registry, entries), onRevealed)),
      ...(await contributing.inTurn(entrySubmissions(actors, datanets.small, small), onRevealed)),
    ];
    const byPeople = contributing.inTurn(mathsSubmissions(actors, datanets.maths, problems), onRevealed);
    const own = (await Promise.all([byPeople, byAuthors()])).flat();
    await reviews;
    progress('somebody comes who copies what others have contributed');
    const original = own.find(
      ({ title, datanet }) => title === CLONED_ENTRY && datanet === datanets.registry,
    );
    if (original === undefined) throw new Error('the copied entry is one of the contributions');
    const copies = await copyEntry(ledger, contributing, actors, original);
    await review(ledger, content, judges, [copies.clone.contribution]);
    const value = { copies, accepted: [...own, copies.clone] };
    return { value, done: `${value.accepted.length} contributions are accepted; an exact copy was refused` };
  });

  const models = await step('models', async () => {
    const [value] = await Promise.all([
      registerModels(
        ledger,
        { owner: actors.trainer, trainer: actors.founder, compute: actors.provider },
        modelPlans([datanets.maths, datanets.registry, datanets.small]),
      ),
      deposit(ledger, [actors.student, actors.auditor], actors.provider),
    ]);
    return {
      value,
      done: `${value.length} are registered, each with exactly the data that it was made from`,
    };
  });

  const solved = solvedProblems();
  const cloneText = contributed.copies.clone.rows.map(({ text }) => text);
  const work: readonly (readonly Inference[])[] = [
    solved.map((each) => ({ prompt: each.question, output: each['175b_finetuning'].solution })),
    answersTo([...entries.map(({ text }) => text), ...cloneText], registryQuestions(entries)),
    answersTo(
      small.map(({ text }) => text),
      smallQuestions(small),
    ),
  ];
  const batches = await step('serve', async (progress) => {
    const value = [];
    for (const [i, model] of models.entries()) {
      const inferences = work[i] ?? [];
      progress(`${model.name} answers ${inferences.length} questions`);
      const payer = i === 0 ? actors.student : actors.auditor;
      value.push(...(await serve(ledger, { provider: actors.provider, payer }, model, inferences)));
    }
    const receipts = value.reduce((sum, each) => sum + each.receipts, 0);
    return { value, done: `${receipts} answers, each with a receipt that its payer has signed for` };
  });

  const calibrated = await step('calibrate', async (progress) => ({
    value: await calibratedModels(ledger, models, progress),
    done: 'openledger attest has measured what coincidence alone explains; nobody is paid for that',
  }));

  const mathsBits = calibrated[0]?.matchBits ?? 0;
  const coverage = await step('control', async () => ({
    value: measureCoverage(
      ledger.params.attribution,
      contributed.accepted.filter(({ datanet }) => datanet === datanets.maths),
      solved,
      mathsBits,
    ),
    done: 'human answers and the outputs of four models are traced too, off the chain',
  }));

  await step('settle', async (progress) => {
    await allFinal(ledger, batches, progress);
    return {
      value: undefined,
      done: 'openledger attest has traced every answer, and all settlements are final',
    };
  });

  const reviewable = {
    contributions: contributed.accepted.map(({ contribution }) => contribution),
    // Each calibration has two rounds, and each round a claim.
    calibrations: 2 * models.length,
    receipts: batches.reduce((sum, each) => sum + each.receipts, 0),
  };
  const reviewed = await step('watch', async (progress) => {
    const value = await allReviewed(watcher.lines, reviewable, progress);
    return {
      value,
      done: `openledger watch has reviewed all of it, and challenged ${value.challenges} claims`,
    };
  });

  const smallModel = models.at(-1);
  const lie =
    !isLieTold || smallModel === undefined
      ? undefined
      : await step('lie', async (progress) => {
          const inferences = work.at(-1) ?? [];
          const lied = { ledger, ready, actors, model: smallModel, inferences, attestor, startAttestor };
          const value = await tellLie(lied, progress);
          return {
            value,
            done: 'an attestor lied about one answer; openledger watch refuted it with one message',
          };
        });

  const claims = await step('claim', async () => {
    const value = await claimAll(ledger, actors, contributed.accepted, models);
    return { value, done: `${value.length} people have turned what they earned into balance` };
  });

  return verdict({
    ledger,
    reporter,
    datanets,
    ...contributed,
    models: calibrated,
    batches: [...batches, ...(lie?.batches ?? [])],
    lie,
    actors,
    coverage,
    reviewable,
    reviewed,
    claims,
    started,
  });
};
