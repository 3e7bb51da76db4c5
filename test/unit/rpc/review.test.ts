/** What waits for a reviewer: the index that each height keeps, and the method that reads it. */
import { expect, test } from 'vitest';
import { toHex } from '../../../src/lib/bytes.ts';
import { numberEvents } from '../../../state/events/block-events.ts';
import type { ExecutedBlock } from '../../../state/machine.ts';
import type { Put } from '../../../state/store/database.ts';
import { openHistory } from '../../../state/store/history.ts';
import { reviewPuts } from '../../../state/store/review-queue.ts';
import { contributionReview } from '../../../state/tx/contribution-review.ts';
import type { VerifiedTransaction } from '../../../state/tx/transaction.ts';
import { withWrites } from '../../../state/view.ts';
import {
  alice,
  bob,
  commitAs,
  createDatanet,
  everyone,
  review,
  reviewers,
  submit,
} from '../state/economy/scenes.ts';
import { type Actor, World } from '../state/economy/world.ts';
import { memoryDatabase } from '../state/memory-database.ts';
import { testServer } from './server.ts';

/** A world that keeps the lists of what waits, as the store does. */
class ListingWorld extends World {
  readonly #database = memoryDatabase();
  readonly history = openHistory(this.#database, () => this.height);
  lastPuts: readonly Put[] = [];

  protected override execute(transactions: readonly VerifiedTransaction[]): ExecutedBlock {
    const executed = super.execute(transactions);
    const after = withWrites(this.view, executed.writes);
    this.lastPuts = reviewPuts(after, numberEvents(executed.events));
    void this.#database.write(this.lastPuts);
    return executed;
  }
}

type Page = {
  readonly contributions: readonly { readonly contribution: number; readonly reviews: number }[];
  readonly next: string | null;
};

const open = () => {
  const world = new ListingWorld(everyone);
  const small = testServer();
  const server = testServer({
    node: {
      ...small.node,
      history: world.history,
      read: (query) => query({ height: world.height, view: world.view }),
    },
  });
  const page = async (who: Actor, change: object = {}) =>
    (await server.call('review_list', { reviewer: toHex(who.address), ...change })) as Page;
  const waiting = async (who: Actor, change: object = {}) =>
    (await page(who, change)).contributions.map(({ contribution }) => contribution);
  return { world, server, page, waiting };
};

const [one, two, three] = reviewers;

test('a contribution waits for every reviewer from its reveal on, until the reviewer has spoken or a quorum has', async () => {
  const { world, page, waiting } = open();
  const datanet = createDatanet(world);
  const committed = commitAs(world, alice, datanet, 'hidden');
  expect(await waiting(one)).toEqual([]);
  const contribution = submit(world, alice, datanet, 'shown');
  expect(contribution).toBeGreaterThan(committed);
  for (const reviewer of reviewers) expect(await waiting(reviewer)).toEqual([contribution]);
  expect(await page(one)).toMatchObject({
    contributions: [
      {
        contribution,
        datanet,
        owner: toHex(alice.address),
        role: 'data',
        items: 1,
        tokens: '100',
        reviews: 0,
      },
    ],
    next: null,
  });
  world.run(one, contributionReview, review(contribution));
  expect(await waiting(one)).toEqual([]);
  expect((await page(two)).contributions).toMatchObject([{ reviews: 1 }]);
  world.run(two, contributionReview, review(contribution));
  for (const reviewer of reviewers) expect(await waiting(reviewer)).toEqual([]);
});

test('one that is rejected or left undecided waits no longer', async () => {
  const { world, waiting } = open();
  const datanet = createDatanet(world);
  const rejected = submit(world, alice, datanet, 'bad');
  const split = submit(world, bob, createDatanet(world, { reviewers: [one.address, two.address] }), 'split');
  for (const reviewer of [one, two])
    world.run(reviewer, contributionReview, review(rejected, { verdict: 'reject' }));
  expect(await waiting(three)).toEqual([]);
  expect(await waiting(one)).toEqual([split]);
  world.run(one, contributionReview, review(split));
  world.run(two, contributionReview, review(split, { verdict: 'reject' }));
  expect(await waiting(two)).toEqual([]);
});

test('nobody is asked to review what is their own, or in a Datanet of others', async () => {
  const { world, waiting } = open();
  const own = createDatanet(world, { reviewers: [alice.address, one.address, two.address] });
  const contribution = submit(world, alice, own, 'own');
  expect(await waiting(alice)).toEqual([]);
  expect(await waiting(one)).toEqual([contribution]);
  expect(await waiting(three)).toEqual([]);
});

test('a contribution has one key, however many reviewers its Datanet has, and none once it is decided', async () => {
  const { world, waiting } = open();
  const datanet = createDatanet(world);
  const contribution = submit(world, alice, datanet, 'shown');
  expect(world.lastPuts).toHaveLength(1);
  world.run(one, contributionReview, review(contribution));
  expect(world.lastPuts).toHaveLength(0);
  world.run(two, contributionReview, review(contribution));
  expect(world.lastPuts).toEqual([{ key: expect.stringContaining('waiting/'), value: undefined }]);
  expect(await waiting(three)).toEqual([]);
});

test('leaves out Datanets of others, wherever they stand between those of the reviewer', async () => {
  const { world, page } = open();
  const others = { reviewers: [one.address, two.address] };
  const submitted: number[] = [];
  for (const [i, terms] of [others, {}, others, others, {}, {}, others].entries()) {
    const contribution = submit(world, alice, createDatanet(world, terms), `text ${i}`);
    if (terms !== others) submitted.push(contribution);
  }
  createDatanet(world);
  const pages: number[][] = [];
  for (let from: string | null = ''; from !== null; ) {
    const each = await page(three, { limit: 1, ...(from === '' ? {} : { from }) });
    pages.push(each.contributions.map(({ contribution }) => contribution));
    from = each.next;
  }
  expect(pages).toEqual(submitted.map((each) => [each]));
});

test('comes a page at a time, by Datanet and then by contribution', async () => {
  const { world, page, waiting, server } = open();
  const [first, second] = [createDatanet(world), createDatanet(world)];
  const later = submit(world, alice, second, 'later');
  const earlier = [submit(world, alice, first, 'a'), submit(world, bob, first, 'b')];
  expect(await waiting(one)).toEqual([...earlier, later]);
  expect(await waiting(one, { datanet: first })).toEqual(earlier);
  expect(await waiting(one, { datanet: second })).toEqual([later]);
  const begun = await page(one, { limit: 2 });
  expect(begun.contributions.map(({ contribution }) => contribution)).toEqual(earlier);
  expect(begun.next).toBe(`${second}/${later}`);
  expect(await page(one, { limit: 2, from: begun.next })).toMatchObject({
    contributions: [{ contribution: later }],
    next: null,
  });
  expect(await waiting(one, { datanet: first, limit: 1 })).toEqual([earlier[0]]);
  for (const from of ['1', '1/', '0/1', '1/2/3', 'x/1', '99999999999/1'])
    expect((await server.refusal('review_list', { reviewer: toHex(one.address), from })).data.code).toBe(
      'PARAMS_INVALID',
    );
  const refused = await server.refusal('review_list', {
    reviewer: toHex(one.address),
    datanet: first,
    from: `${second}/1`,
  });
  expect(refused.message).toContain(`from: must be a place in Datanet ${first}`);
});
