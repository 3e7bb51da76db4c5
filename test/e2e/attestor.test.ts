/** Content outlives the node it was given to: an attestor settles from what the others hold. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ZERO_ROOT } from '../../src/lib/brands.ts';
import { actorsOf } from '../../tools/demo/actors.ts';
import { openContent } from '../../tools/demo/content.ts';
import { openContributing } from '../../tools/demo/contribute.ts';
import { openLedger } from '../../tools/demo/ledger.ts';
import { modelPlans, registerModels } from '../../tools/demo/models.ts';
import { smallQuestions } from '../../tools/demo/questions.ts';
import { answersTo } from '../../tools/demo/retriever.ts';
import { review } from '../../tools/demo/review.ts';
import { deposit, serve } from '../../tools/demo/serve.ts';
import { createDatanets, entrySubmissions, fund, QUORUM } from '../../tools/demo/setup.ts';
import { SMALL_DATANET, swcEntries } from '../../tools/demo/swc.ts';
import { eventually, lives, openWorkshop, startDevnet } from './processes.ts';

const workshop = openWorkshop();
afterAll(() => workshop.close());

const entries = swcEntries();
const small = SMALL_DATANET.flatMap((name) => entries.filter((entry) => entry.name === name));

describe('an attestor', () => {
  it('settles from the content of other nodes when the only one that was given it is dead', async () => {
    const home = join(workshop.folder, 'devnet');
    const devnet = await startDevnet(workshop, home, '--nodes', '4');
    const urls = devnet.ready.nodes.map(({ rpc }) => rpc);
    const actors = actorsOf(devnet.ready, [...new Set(entries.map(({ author }) => author))]);

    // Everything goes to the first node, and to no other.
    const ledger = await openLedger(urls);
    await fund(ledger, actors);
    const datanets = await createDatanets(ledger, actors, entries);
    const contributing = openContributing(ledger, workshop.folder);
    const submissions = entrySubmissions(actors, datanets.small, small);
    const contributed = await contributing.inTurn(submissions, () => undefined);
    const judges = actors.reviewers.slice(0, QUORUM);
    const ids = contributed.map(({ contribution }) => contribution);
    await review(ledger, openContent(ledger.reviewer), judges, ids);
    const [model] = await registerModels(
      ledger,
      { owner: actors.trainer, trainer: actors.founder, compute: actors.provider },
      modelPlans([datanets.maths, datanets.registry, datanets.small]).slice(2),
    );
    if (model === undefined) return expect.unreachable();
    await deposit(ledger, [actors.auditor], actors.provider);
    const inferences = answersTo(
      small.map(({ text }) => text),
      smallQuestions(small),
    );
    const who = { provider: actors.provider, payer: actors.auditor };
    const [batch] = await serve(ledger, who, model, inferences);
    if (batch === undefined) return expect.unreachable();

    // The second node has all of it; the first dies before the attestor has read a word.
    const held = openContent(devnet.client(1));
    for (const contribution of ids) {
      const { content } = await devnet.client(1).call('contribution_get', { contribution });
      await held.contributions([content?.root ?? ZERO_ROOT]);
    }
    const { bodies } = await devnet.client(1).call('receipt_getBatch', { batch: batch.id });
    await held.inferences(bodies.map(({ texts }) => texts));
    const { pid } = devnet.node(0);
    process.kill(pid, 'SIGKILL');
    await eventually('the first node is dead', async () => !lives(pid));

    const attestor = workshop.run('attest', '--home', home, '--rpc', urls[2] ?? '', '--key', 'attestor-1');
    const reader = devnet.client(3);
    await eventually('every receipt is final', async () => {
      const { totals } = await reader.call('rewards_totals');
      return Number(totals.settled) === inferences.length;
    });
    const attribution = await reader.call('attribution_get', { id: `${batch.id}/0` });
    expect(attribution.final).toBe(true);
    expect(attribution.spans.length).toBeGreaterThan(0);
    attestor.kill('SIGINT');
    expect(await attestor.ended).toEqual({ code: 0, signal: null });
  });
});
