/** The demo from its first transaction to its last check. */

import { traceInference } from '../../src/attribution/attestor.ts';
import { waitUntil } from '../../src/client/wait.ts';
import type { StepReporter } from '../lib/step-reporter.ts';
import { actorsOf } from './actors.ts';
import { readModelData, settlementsOf } from './attest.ts';
import { calibratedModels, claimCalibrations } from './calibrate.ts';
import { claimAll } from './claim.ts';
import { coverageOf } from './control.ts';
import { SOLVERS, solvedProblems } from './dataset.ts';
import type { DevnetReady } from './devnet-process.ts';
import { openLedger } from './ledger.ts';
import { modelPlans, registerModels } from './models.ts';
import { registryQuestions, smallQuestions } from './questions.ts';
import { createRetriever } from './retriever.ts';
import { deposit, type Inference, serve } from './serve.ts';
import { contribute, createDatanets, fund, submissionsOf } from './setup.ts';
import { SMALL_DATANET, swcEntries } from './swc.ts';
import { type Verdict, verdict } from './verdict.ts';

/** The time to wait until everything is final and the last epoch has closed. */
const CLOSE_TIMEOUT_MS = 120_000;

const answers = (texts: readonly string[], questions: readonly string[]): readonly Inference[] => {
  const retriever = createRetriever(texts);
  return questions.flatMap((prompt) => {
    const output = retriever.answer(prompt);
    return output === undefined ? [] : [{ prompt, output }];
  });
};

export const runScenario = async (
  ready: DevnetReady,
  reporter: StepReporter,
  started: number,
): Promise<Verdict> => {
  const { step } = reporter;
  const entries = swcEntries();
  const small = SMALL_DATANET.flatMap((name) => entries.filter((entry) => entry.name === name));
  const actors = actorsOf(ready, [...new Set(entries.map(({ author }) => author))]);
  const ledger = await openLedger(ready.nodes.map(({ rpc }) => rpc));

  await step('accounts', async () => {
    const funded = await fund(ledger, actors);
    return { value: undefined, done: `${funded.length} people have something to start with` };
  });

  const datanets = await step('datanets', async () => {
    const value = await createDatanets(ledger, actors, entries);
    return {
      value,
      done: `three; the notice of the SWC registry, ${value.commons.tokens} tokens, is commons of the second`,
    };
  });

  const submissions = await step('data', async (progress) => {
    progress('items are tokenised and their roots computed');
    const value = submissionsOf(actors, datanets, entries, small);
    const items = value.reduce((sum, { prepared }) => sum + prepared.items.length, 0);
    const tokens = value.reduce((sum, { prepared }) => sum + prepared.tokens, 0);
    return {
      value,
      done: `${items} items, ${tokens} tokens, of ${actors.contributors.length + actors.authors.size} people`,
    };
  });

  const contributed = await step('contribute', async (progress) => {
    const value = await contribute(ledger, actors, datanets, submissions, progress);
    return {
      value,
      done: `${value.accepted.length} contributions accepted, each uploaded to one node; an exact copy was not`,
    };
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
      done: `${value.length} registered, each with exactly what it was made from; escrow is filled`,
    };
  });

  const solved = solvedProblems();
  const cloneText = contributed.clone.prepared.items.map(({ text }) => text);
  const work: readonly (readonly Inference[])[] = [
    solved.map((each) => ({ prompt: each.question, output: each['175b_finetuning'].solution })),
    answers([...entries.map(({ text }) => text), ...cloneText], registryQuestions(entries)),
    answers(
      small.map(({ text }) => text),
      smallQuestions(small),
    ),
  ];

  const measured = await step('calibrate', async (progress) => {
    const value = await claimCalibrations(ledger, actors.attestor, models, progress);
    return {
      value,
      done: 'the attestor has claimed how much habit explains of such texts; the claims can be challenged now',
    };
  });
  // The attestor reads the texts that it will trace to while the provider is still answering.
  const studying = calibratedModels(ledger, models, measured).then(async (calibrated) => ({
    calibrated,
    modelData: await Promise.all(
      calibrated.map(
        async ({ id, matchBits }) =>
          [id, await readModelData(ledger, ledger.attestor, id, matchBits)] as const,
      ),
    ),
  }));
  // The promise is awaited below. If the provider fails before that, only its failure is reported.
  studying.catch(() => undefined);

  const batches = await step('serve', async (progress) => {
    const value = [];
    for (const [i, model] of models.entries()) {
      const inferences = work[i] ?? [];
      progress(`${model.name} answers ${inferences.length} questions`);
      const payer = i === 0 ? actors.student : actors.auditor;
      value.push(...(await serve(ledger, { provider: actors.provider, payer }, model, inferences)));
    }
    const receipts = value.reduce((sum, each) => sum + each.receipts, 0);
    return { value, done: `${receipts} answers, each under a signed voucher, in ${value.length} batches` };
  });

  const { calibrated, modelData } = await step('attest', async (progress) => {
    progress('the attestor reads the data from another node');
    const known = await studying;
    const value = { calibrated: known.calibrated, modelData: new Map(known.modelData) };
    let settlements = 0;
    for (const batch of batches) {
      progress(`batch ${settlements + 1} is traced`);
      const studied = value.modelData.get(batch.model);
      if (studied === undefined) continue;
      const intents = await settlementsOf(ledger.attestor, actors.attestor, studied, batch.id);
      settlements += (await ledger.submit(intents)).length;
    }
    return {
      value,
      done: `all traced from the texts of another node, and settled in ${settlements} transactions`,
    };
  });

  const coverage = await step('control', async () => {
    const maths = modelData.get(models[0]?.id ?? 0);
    const at = (name: 'ground_truth' | (typeof SOLVERS)[number], bits: number) =>
      coverageOf(
        maths === undefined
          ? []
          : solved.map((row) => {
              const output = name === 'ground_truth' ? row.ground_truth : row[name].solution;
              const rules = { ...maths.rules, matchBitsMin: bits };
              return traceInference(maths.corpus, { prompt: row.question, output }, rules).attribution;
            }),
      );
    const rows = (['ground_truth', ...SOLVERS] as const).map((name) => ({
      name,
      raw: at(name, ledger.params.attribution.iMin),
      coverage: at(name, maths?.rules.matchBitsMin ?? 0),
    }));
    return {
      value: rows,
      done: 'human answers and four models’ outputs, by the rules before and after calibration, off the chain',
    };
  });

  await step('finality', async (progress) => {
    const receipts = batches.reduce((sum, each) => sum + each.receipts, 0);
    await waitUntil(
      'the close of the last epoch',
      async () => {
        const { totals, pots } = await ledger.reader.call('rewards_totals');
        const open = pots.find(({ pot }) => pot === 'dataPools')?.amount;
        progress(`${totals.settled} of ${receipts} receipts are final; then the epoch closes`);
        return totals.settled === BigInt(receipts) && open === 0n ? true : undefined;
      },
      { timeoutMs: CLOSE_TIMEOUT_MS },
    );
    return { value: undefined, done: 'every settlement is final, and the epoch of the last one has closed' };
  });

  const claims = await step('claim', async () => {
    const value = await claimAll(ledger, actors, contributed.accepted, models);
    return { value, done: `${value.length} people have turned what they earned into balance` };
  });

  return verdict({
    ledger,
    reporter,
    datanets,
    contributed,
    models: calibrated,
    batches,
    coverage,
    claims,
    started,
  });
};
