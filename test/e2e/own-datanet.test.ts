/**
 * The owner of a model pins a Datanet of its own beside that of others. It is full of random marks, and has ten times as many
 * novel tokens. Its accounts review it, and an attestor that ships settles the answers.
 */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { sumBig } from '../../src/lib/math.ts';
import { RULES_DEFAULT } from '../../state/attribution/rules.ts';
import { datanetCreate } from '../../state/tx/datanet-create.ts';
import { transfer } from '../../state/tx/transfer.ts';
import { type Actor, actorsOf } from '../../tools/demo/actors.ts';
import { openContent } from '../../tools/demo/content.ts';
import { openContributing, type Submission } from '../../tools/demo/contribute.ts';
import { solvedProblems, trainProblems } from '../../tools/demo/dataset.ts';
import { eventField, intent, type Ledger, openLedger } from '../../tools/demo/ledger.ts';
import { registerModels } from '../../tools/demo/models.ts';
import { itemText } from '../../tools/demo/partition.ts';
import { review } from '../../tools/demo/review.ts';
import { deposit, serve } from '../../tools/demo/serve.ts';
import { START_MONEY } from '../../tools/demo/setup.ts';
import { pick, randomFrom, times } from '../../tools/lib/random.ts';
import { LICENCE } from './contributing.ts';
import { eventually, openWorkshop, startDevnet } from './processes.ts';
import { writeShortGenesis } from './short-genesis.ts';

const workshop = openWorkshop();
afterAll(() => workshop.close());

/** The rows of each of three contributors, the questions that are asked, and the rows of marks. */
const ROWS = 40;
const QUESTIONS = 24;
const ROWS_OF_MARKS = 2_000;
const MARKS = 60;

/** Pictures are tokens, and what stands between them is none. */
const PICTURES = times(256, (i) => String.fromCodePoint(0x1f300 + i));
const PUNCTUATION = [...' .,;:!?-'];

const marks = (): readonly string[] => {
  const random = randomFrom(1);
  return times(ROWS_OF_MARKS, () =>
    times(MARKS, () => pick(random, PICTURES) + pick(random, PUNCTUATION)).join(''),
  );
};

const createDatanet = async (
  ledger: Ledger,
  {
    name,
    owner,
    reviewers,
  }: { readonly name: string; readonly owner: Actor; readonly reviewers: readonly Actor[] },
): Promise<number> => {
  const [created] = await ledger.submit([
    intent(owner, datanetCreate, {
      name,
      rules: RULES_DEFAULT,
      domain: 'mathematics',
      licence: LICENCE,
      schema: { fields: ['text'], promptFields: 0 },
      commons: undefined,
      matchBitsFloor: 0,
      access: 'open' as const,
      contributors: [],
      reviewers: reviewers.map(({ address }) => address),
      quorum: 2,
      bondPerByte: 10n ** 12n,
      prices: { inMin: 0n, outMin: 0n },
    }),
  ]);
  if (created === undefined) throw new Error('the Datanet is created');
  return Number(eventField(created, 'datanetCreated', 'datanet'));
};

const submission = (owner: Actor, datanet: number, texts: readonly string[]): Submission => ({
  owner,
  datanet,
  rows: texts.map((text) => ({ text })),
  parts: [{ title: owner.name, from: 0, to: texts.length }],
});

it('a Datanet of the model owner’s own takes nothing for random marks, however many there are', async () => {
  const home = join(workshop.folder, 'devnet');
  const genesis = writeShortGenesis(workshop.folder, {
    epochBlocks: 10,
    settleEpochs: 40,
    calibrationDraws: 128,
  });
  const devnet = await startDevnet(workshop, home, '--nodes', '2', '--genesis', genesis);
  const [first = '', second = ''] = devnet.ready.nodes.map(({ rpc }) => rpc);
  const ledger = await openLedger([first, second, second, second]);
  const actors = actorsOf(devnet.ready, []);
  const { founder, reviewers, trainer: owner, provider, auditor } = actors;
  const people = actors.contributors.slice(0, 3);
  const accomplices = actors.contributors.slice(3, 5);
  await ledger.submit(
    [...people, ...accomplices, auditor].map(({ address }) =>
      intent(actors.bank, transfer, { to: address, amount: START_MONEY }),
    ),
  );

  const honest = await createDatanet(ledger, { name: 'maths', owner: founder, reviewers });
  const own = await createDatanet(ledger, { name: 'marks', owner, reviewers: accomplices });
  const contributing = openContributing(ledger, workshop.folder);
  const problems = trainProblems();
  const brought = await contributing.inTurn(
    [
      ...people.map((each, i) =>
        submission(each, honest, problems.slice(i * ROWS, (i + 1) * ROWS).map(itemText)),
      ),
      submission(owner, own, marks()),
    ],
    () => undefined,
  );
  const idsIn = (datanet: number): readonly number[] =>
    brought.filter((each) => each.datanet === datanet).map(({ contribution }) => contribution);
  await review(ledger, openContent(ledger.reviewer), reviewers.slice(0, 2), idsIn(honest));
  await review(ledger, openContent(ledger.reviewer), accomplices, idsIn(own));

  // Before, the rest of the data money went by these: more than nine tenths to the owner's Datanet.
  const client = devnet.client(1);
  const novelTokens = async (id: number) => (await client.call('datanet_get', { id })).growth.novelTokens;
  const [theirs, marked] = [await novelTokens(honest), await novelTokens(own)];
  expect(Number(marked) / Number(marked + theirs)).toBeGreaterThan(0.9);

  const root = new Uint8Array(32).fill(7) as Root;
  const [model] = await registerModels(ledger, { owner, trainer: founder, compute: provider }, [
    { name: 'solver', kind: 'base', datanet: honest, others: [own], weights: root, recipe: root },
  ]);
  if (model === undefined) return expect.unreachable();
  await deposit(ledger, [auditor], provider);
  const inferences = solvedProblems()
    .slice(0, QUESTIONS)
    .map((row) => ({ prompt: row.question, output: row['175b_finetuning'].solution }));
  const [batch] = await serve(ledger, { provider, payer: auditor }, model, inferences);
  if (batch === undefined) return expect.unreachable();

  workshop.run('attest', '--home', home, '--rpc', second, '--key', 'attestor-1');
  await eventually('every answer is settled, and its epoch closed', async () => {
    const { totals, pots } = await client.call('rewards_totals');
    const open = pots.find(({ pot }) => pot === 'dataPools')?.amount;
    return Number(totals.settled) === QUESTIONS && open === 0n;
  });

  const earnedBy = async ({ address }: Actor): Promise<bigint> => {
    const { contributions } = await client.call('rewards_get', { address: toHex(address) });
    return sumBig(
      contributions.flatMap(({ earned: { spans, relevance, remainder } }) => [spans, relevance, remainder]),
    );
  };
  expect(await earnedBy(owner)).toBe(0n);
  const earned = await Promise.all(people.map(earnedBy));
  for (const each of earned) expect(each).toBeGreaterThan(0n);
  const { totals } = await client.call('rewards_totals');
  expect(sumBig(earned)).toBe(totals.data + totals.relevance);
  expect(totals.relevance).toBeGreaterThan(0n);
  expect(totals.remainderToTreasury).toBe(totals.remainder);
  expect(await client.call('model_get', { id: model.id })).toMatchObject({
    own: { contributions: 0n, datanets: 0n },
    ownBps: 0,
  });

  // Whoever looks is told that the owner pins data of its own, and what that has got.
  const show = await workshop.finish('model', 'show', String(model.id), '--rpc', second);
  expect(show.out).toContain(`its owner’s data  Datanet ${own} (owner)`);
  expect(show.out).toMatch(/to its owner +0 basis points of the data money of closed epochs/);
  const explained = await workshop.finish('explain', `${batch.id}/0`, '--rpc', second);
  const sentences = explained.out.replaceAll(/\s+/g, ' ');
  expect(sentences).toContain(`it has created Datanet ${own}.`);
  expect(sentences).toContain(
    'Of the data money of its closed epochs 0.00 % went to the side of its owner: 0 to contributions of its owner,',
  );
});
