/** Content outlives the node it was given to: an attestor settles from what the others hold. */
import { afterAll, describe, expect, it } from 'vitest';
import { actorsOf } from '../../tools/demo/actors.ts';
import { readModelData, settlementsOf } from '../../tools/demo/attest.ts';
import { calibratedModels, claimCalibrations } from '../../tools/demo/calibrate.ts';
import { textsOf } from '../../tools/demo/content.ts';
import { openLedger } from '../../tools/demo/ledger.ts';
import { modelPlans, registerModels } from '../../tools/demo/models.ts';
import { smallQuestions } from '../../tools/demo/questions.ts';
import { createRetriever } from '../../tools/demo/retriever.ts';
import { deposit, serve } from '../../tools/demo/serve.ts';
import { contribute, createDatanets, fund, submissionsOf } from '../../tools/demo/setup.ts';
import { SMALL_DATANET, swcEntries } from '../../tools/demo/swc.ts';
import { eventually, lives, openWorkshop, startDevnet } from './processes.ts';

const workshop = openWorkshop();
afterAll(() => workshop.close());

const entries = swcEntries();
const small = SMALL_DATANET.flatMap((name) => entries.filter((entry) => entry.name === name));

describe('an attestor', () => {
  it('settles from the content of other nodes when the only one that was given it is dead', async () => {
    const devnet = await startDevnet(workshop, `${workshop.folder}/devnet`, '--nodes', '4');
    const [first = '', second = '', third = '', fourth = ''] = devnet.ready.nodes.map(({ rpc }) => rpc);
    const actors = actorsOf(devnet.ready, [...new Set(entries.map(({ author }) => author))]);

    // Everything goes to the first node, and to no other.
    const given = await openLedger([first, second, third, fourth]);
    await fund(given, actors);
    const datanets = await createDatanets(given, actors, entries);
    const submissions = submissionsOf(actors, datanets, entries, small).filter(
      ({ datanet }) => datanet !== datanets.maths,
    );
    await contribute(given, actors, datanets, submissions, () => undefined);
    const plan = modelPlans([datanets.maths, datanets.registry, datanets.small]).slice(2);
    const [model] = await registerModels(
      given,
      { owner: actors.trainer, trainer: actors.founder, compute: actors.provider },
      plan,
    );
    if (model === undefined) return expect.unreachable();
    await deposit(given, [actors.auditor], actors.provider);
    const retriever = createRetriever(small.map(({ text }) => text));
    const inferences = smallQuestions(small).flatMap((prompt) => {
      const output = retriever.answer(prompt);
      return output === undefined ? [] : [{ prompt, output }];
    });
    const batches = await serve(
      given,
      { provider: actors.provider, payer: actors.auditor },
      model,
      inferences,
    );
    const [batch] = batches;
    if (batch === undefined) return expect.unreachable();

    // The second node has all of it; the first dies before the attestor has read a word.
    const { bodies } = await given.reader.call('receipt_getBatch', { batch: batch.id });
    await readModelData(given, devnet.client(1), model.id, given.params.attribution.iMin);
    await textsOf(
      devnet.client(1),
      bodies.map(({ body }) => body.promptRoot),
      'prompt',
    );
    await textsOf(
      devnet.client(1),
      bodies.map(({ body }) => body.outputRoot),
      'output',
    );
    const { pid } = devnet.node(0);
    process.kill(pid, 'SIGKILL');
    await eventually('the first node is dead', 10_000, async () => !lives(pid));

    const left = await openLedger([second, fourth, third, fourth]);
    const steps = await claimCalibrations(left, actors.attestor, [model], () => undefined);
    const [calibrated] = await calibratedModels(left, [model], steps);
    if (calibrated === undefined) return expect.unreachable();
    const studied = await readModelData(left, left.attestor, model.id, calibrated.matchBits);
    const settlements = await settlementsOf(left.attestor, actors.attestor, studied, batch.id);
    await left.submit(settlements);
    await eventually('every receipt is final', 60_000, async () => {
      const { totals } = await left.reader.call('rewards_totals');
      return Number(totals.settled) === inferences.length;
    });
    const attribution = await left.reader.call('attribution_get', { id: `${batch.id}/0` });
    expect(attribution.final).toBe(true);
    expect(attribution.spans.length).toBeGreaterThan(0);
  });
});
