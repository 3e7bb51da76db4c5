/** Searches in the history of a chain, held against a scan of all of it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Address, type Root, toHeight } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { CodedError } from '../../../src/lib/errors.ts';
import type { ContributionId, ModelId } from '../../../src/lib/ids.ts';
import { elementsOf } from '../../../src/lib/ssz.ts';
import { numberEvents } from '../../../state/events/block-events.ts';
import {
  accountTerm,
  numberTerm,
  receiptTerms,
  type Term,
  typeTerm,
} from '../../../state/events/entities.ts';
import { type Event, encodeEventData } from '../../../state/events.ts';
import type { Database } from '../../../state/store/database.ts';
import { indexPuts, PostedNumbers, PostingsType } from '../../../state/store/event-index.ts';
import { type EventPage, type History, openHistory, type PastEvent } from '../../../state/store/history.ts';
import { eventsKey, idsKey } from '../../../state/store/layout.ts';
import type { Position } from '../../../state/store/search.ts';
import { memoryDatabase } from './memory-database.ts';

const address = (byte: number): Address => new Uint8Array(20).fill(byte) as Address;
const root = (byte: number): Root => new Uint8Array(32).fill(byte) as Root;

/** A few of each entity, so that filters meet. */
const few = fc.integer({ min: 1, max: 3 });
const eventArbitrary: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    type: fc.constant('transfer' as const),
    data: fc.record({
      from: few.map(address),
      to: few.map(address),
      amount: fc.bigInt({ min: 0n, max: 9n }),
    }),
  }),
  fc.record({
    type: fc.constant('spansPaid' as const),
    data: fc.record({
      contribution: few,
      datanet: few,
      owner: few.map(address),
      model: few,
      epoch: fc.constant(toHeight(9n)),
      amount: fc.constant(1n),
    }),
  }),
  fc.record({
    type: fc.constant('receiptsSettled' as const),
    data: fc.record({
      settlement: few.map(root),
      receipts: fc.record({
        batch: few.map(root),
        indexes: fc.uniqueArray(few, { maxLength: 3 }).map((all) => all.sort((a, b) => a - b)),
      }),
      attestor: few.map(address),
      bond: fc.constant(1n),
      missing: fc.constant(0n),
      finalAt: fc.constant(toHeight(9n)),
    }),
  }),
  fc.record({
    type: fc.constant('receiptsRecorded' as const),
    data: fc.record({
      batch: few.map(root),
      provider: few.map(address),
      groups: fc.array(
        fc.record({
          payer: few.map(address),
          lane: few,
          count: few,
          charged: fc.constant(1n),
        }),
        { maxLength: 2 },
      ),
      models: fc.array(fc.record({ model: few, version: few, count: few }), { maxLength: 2 }),
      deadline: fc.constant(toHeight(9n)),
    }),
  }),
);

type Filter = {
  readonly types?: readonly string[] | undefined;
  readonly accounts?: readonly number[] | undefined;
  readonly models?: readonly ModelId[] | undefined;
  readonly contributions?: readonly ContributionId[] | undefined;
  readonly receipt?: { readonly batch: number; readonly index: number } | undefined;
};

/** Mostly left out: few events match many fields. */
const seldom = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });
const some = <T>(one: fc.Arbitrary<T>) => seldom(fc.array(one, { minLength: 1, maxLength: 2 }));
const filterArbitrary: fc.Arbitrary<Filter> = fc.record({
  types: some(fc.constantFrom('transfer', 'spansPaid', 'receiptsSettled', 'epochClosed')),
  accounts: some(few),
  models: some(few),
  contributions: some(few),
  receipt: seldom(fc.record({ batch: few, index: few })),
});

const termsFor = (filter: Filter): readonly (readonly Term[])[] =>
  [
    filter.types?.map(typeTerm),
    filter.accounts?.map((byte) => accountTerm(address(byte))),
    filter.models?.map((id) => numberTerm('model', id)),
    filter.contributions?.map((id) => numberTerm('contribution', id)),
    filter.receipt && receiptTerms({ batch: root(filter.receipt.batch), index: filter.receipt.index }),
  ].filter((each) => each !== undefined);

/** Whether an event matches, written apart from the index: by what each type says. */
const namesOf = ({ type, data }: Event) => {
  switch (type) {
    case 'transfer':
      return { accounts: [data.from, data.to] };
    case 'spansPaid':
      return { accounts: [data.owner], models: [data.model], contributions: [data.contribution] };
    case 'receiptsSettled':
      return {
        accounts: [data.attestor],
        hasReceipt: (batch: Root, index: number) =>
          equal(batch, data.receipts.batch) && data.receipts.indexes.includes(index),
      };
    case 'receiptsRecorded':
      return {
        accounts: [data.provider, ...data.groups.map(({ payer }) => payer)],
        models: data.models.map(({ model }) => model),
        hasReceipt: (batch: Root) => equal(batch, data.batch),
      };
    default:
      throw new Error(`the test makes no ${type}`);
  }
};

const matches = (event: Event, filter: Filter): boolean => {
  const { accounts, models = [], contributions = [], hasReceipt = () => false } = namesOf(event);
  return (
    (filter.types?.includes(event.type) ?? true) &&
    (filter.accounts?.some((byte) => accounts.some((each) => equal(each, address(byte)))) ?? true) &&
    (filter.models?.some((id) => models.includes(id)) ?? true) &&
    (filter.contributions?.some((id) => contributions.includes(id)) ?? true) &&
    (filter.receipt === undefined || hasReceipt(root(filter.receipt.batch), filter.receipt.index))
  );
};

class Chain {
  height = 0n;
  readonly #database = memoryDatabase();
  readonly history: History = openHistory(this.#database, () => this.height);
  readonly all: { readonly height: bigint; readonly index: number; readonly event: Event }[] = [];

  async add(events: readonly Event[]): Promise<void> {
    const height = this.height + 1n;
    const numbered = numberEvents({ transactions: [], end: events });
    await this.#database.write(indexPuts(toHeight(height), [], numbered, new Map()));
    for (const { index, event } of numbered) this.all.push({ height, index, event });
    this.height = height;
  }
}

it('finds the events that a scan of the whole chain finds, page by page, while blocks arrive', async () => {
  const block = fc.array(eventArbitrary, { maxLength: 90, size: 'max' });
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(block, { minLength: 1, maxLength: 6 }),
      fc.array(block, { maxLength: 3 }),
      filterArbitrary,
      fc.integer({ min: 1, max: 40 }),
      fc.bigInt({ min: 0n, max: 9n }),
      async (blocks, later, filter, limit, to) => {
        const chain = new Chain();
        for (const events of blocks) await chain.add(events);
        const pages: PastEvent[] = [];
        const waiting = [...later];
        let from: Position | undefined = { height: toHeight(0n), index: 0 };
        while (from !== undefined) {
          const page = await chain.history.events({ terms: termsFor(filter), from, to: toHeight(to), limit });
          expect(page.events.length).toBeLessThanOrEqual(limit);
          pages.push(...page.events);
          from = page.next;
          const next = waiting.shift();
          if (from !== undefined && next !== undefined) await chain.add(next);
        }
        const seen = pages.map(({ height, index, event }) => ({ height, index, event }));
        // What arrived after the last page was read is not part of it.
        const last = seen.at(-1)?.height ?? 0n;
        const scan = chain.all.filter(({ height, event }) => height <= to && matches(event, filter));
        expect(seen).toEqual(scan.slice(0, seen.length));
        expect(scan.slice(seen.length).every(({ height }) => height >= last)).toBe(true);
        const before = scan.filter(({ height }) => height <= BigInt(blocks.length));
        expect(seen.length).toBeGreaterThanOrEqual(before.length);
        found += seen.length;
      },
    ),
    { numRuns: 150 },
  );
  expect(found).toBeGreaterThan(500);
});

it('reads a bounded number of keys for a page, and says where to go on', async () => {
  const chain = new Chain();
  const event: Event = { type: 'transfer', data: { from: address(1), to: address(2), amount: 1n } };
  for (let i = 0; i < 3_000; i++)
    await chain.add(i === 2_900 ? [event] : [{ ...event, data: { ...event.data, to: address(3) } }]);
  const query = {
    terms: [[typeTerm('transfer')], [accountTerm(address(1))], [accountTerm(address(3))]],
    to: toHeight(9_999n),
  };
  const first = await chain.history.events({
    ...query,
    from: { height: toHeight(0n), index: 0 },
    limit: 5_000,
  });
  expect(first.events.length).toBeLessThan(1_000);
  expect(first.next).toBeDefined();
  let { next } = first;
  let count = first.events.length;
  while (next !== undefined) {
    const page = await chain.history.events({ ...query, from: next, limit: 5_000 });
    count += page.events.length;
    next = page.next;
  }
  expect(count).toBe(2_999);
  // A rare account is found at once, however common the type is.
  const rare = await chain.history.events({
    terms: [[typeTerm('transfer')], [accountTerm(address(2))]],
    from: { height: toHeight(0n), index: 0 },
    to: toHeight(9_999n),
    limit: 10,
  });
  expect(rare).toMatchObject({ events: [{ height: 2_901n }], next: undefined });
});

it.each([
  ['of a type', [[typeTerm('receiptsRecorded')]]],
  ['of any kind', []],
])('ends a page of events %s at 1 MiB, but not before its first event', async (_, terms) => {
  const chain = new Chain();
  const group = { payer: address(1), lane: 1, count: 1, charged: 1n };
  const recorded = (groups: number): Event => ({
    type: 'receiptsRecorded',
    data: {
      batch: root(1),
      provider: address(2),
      groups: new Array(groups).fill(group),
      models: [{ model: 1, version: 1, count: groups }],
      deadline: toHeight(9n),
    },
  });
  const large = recorded(900);
  for (let i = 0; i < 4; i++) await chain.add(new Array<Event>(20).fill(large));
  const size = encodeEventData(large).length;
  const sizes: number[] = [];
  const seen: PastEvent[] = [];
  let from: Position | undefined = { height: toHeight(0n), index: 0 };
  while (from !== undefined) {
    const page = await chain.history.events({ terms, from, to: toHeight(99n), limit: 1_000 });
    expect(page.events.length).toBeGreaterThan(0);
    sizes.push(page.events.length * size);
    seen.push(...page.events);
    from = page.next;
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1 << 20);
  expect(seen.map(({ height, index }) => ({ height, index }))).toEqual(
    chain.all.map(({ height, index }) => ({ height, index })),
  );
});

it('reads only the chunks of a height that its page needs', async () => {
  const database = memoryDatabase();
  const data = { from: address(1), to: address(2), amount: 1n };
  const events = Array.from({ length: 6_400 }, (): Event => ({ type: 'transfer', data }));
  await database.write(
    indexPuts(toHeight(1n), [], numberEvents({ transactions: [], end: events }), new Map()),
  );
  const read = new Set<string>();
  const counted: Database = {
    ...database,
    walk: (from, to) => {
      const walk = database.walk(from, to);
      return {
        ...walk,
        seek: async (key) => {
          const entry = await walk.seek(key);
          if (entry !== undefined) read.add(entry[0]);
          return entry;
        },
      };
    },
  };
  const history = openHistory(counted, () => 1n);
  const page = await history.events({
    terms: [],
    from: { height: toHeight(1n), index: 3_210 },
    to: toHeight(1n),
    limit: 100,
  });
  expect(page.events.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, i) => 3_210 + i));
  expect(page.next).toEqual({ height: 1n, index: 3_310 });
  expect([...read]).toEqual([50, 51].map((chunk) => eventsKey(toHeight(1n), chunk)));
});

it('decodes no event but those it returns', async () => {
  const database = memoryDatabase();
  const data = { from: address(1), to: address(2), amount: 1n };
  const events = Array.from({ length: 64 }, (): Event => ({ type: 'transfer', data }));
  const height = toHeight(1n);
  await database.write(
    indexPuts(height, [], numberEvents({ transactions: events.map((each) => [each]), end: [] }), new Map()),
  );
  const key = eventsKey(height, 0);
  const chunk = database.get(key)?.slice() ?? new Uint8Array();
  // Of the others only the offsets are left as they were.
  const own = elementsOf(chunk).at(7) ?? new Uint8Array();
  const [from, to] = [own.byteOffset - chunk.byteOffset, own.byteOffset - chunk.byteOffset + own.length];
  const damaged = chunk.map((byte, i) => (i < 4 * 64 || (i >= from && i < to) ? byte : 0xff));
  await database.write([
    { key, value: damaged },
    { key: idsKey(height, 0), value: new Uint8Array(32 * 64) },
  ]);
  const history = openHistory(database, () => 1n);
  const ranges = { events: { first: 7, count: 1 }, bytes: { first: 0, count: 0 } };
  const charge = { gas: 0n, burned: 0n, tip: 0n };
  const row = { height, index: 7, ...ranges, result: { status: 'success', charge } } as const;
  expect(await history.eventsOf(row)).toEqual([
    { index: 7, transaction: 7, event: { type: 'transfer', data } },
  ]);
  for (const terms of [[], [[typeTerm('transfer')]]]) {
    const page = await history.events({ terms, from: { height, index: 7 }, to: height, limit: 1 });
    expect(page.events.map(({ index }) => index)).toEqual([7]);
    expect(page.next).toEqual({ height, index: 8 });
  }
  await expect(history.eventsOf({ ...row, events: { first: 7, count: 2 } })).rejects.toThrow(CodedError);
});

it('finds the first posted number from a least one on, as a scan does', () => {
  const numbers = fc
    .uniqueArray(fc.nat({ max: 300 }), { maxLength: 60 })
    .map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(
      numbers,
      numbers,
      fc.array(fc.nat({ max: 310 }), { maxLength: 20 }),
      (events, transactions, asked) => {
        const posted = PostingsType.encode({ events, transactions });
        const ofEvents = new PostedNumbers(posted, 'events');
        const ofTransactions = new PostedNumbers(posted, 'transactions');
        for (const least of asked.sort((a, b) => a - b)) {
          expect(ofEvents.first(least)).toBe(events.find((each) => each >= least));
          expect(ofTransactions.first(least)).toBe(transactions.find((each) => each >= least));
        }
      },
    ),
  );
});

it('stops in the middle of a height when it has looked at enough', async () => {
  const chain = new Chain();
  const data = { from: address(1), to: address(3), amount: 1n };
  // Neither account has an event of the other, except for the last one.
  const events = Array.from({ length: 40_001 }, (_, i): Event => {
    const from = address(1 + (i % 2));
    return { type: 'transfer', data: i === 40_000 ? { ...data, to: address(2) } : { ...data, from } };
  });
  await chain.add(events);
  const query = {
    terms: [[accountTerm(address(1))], [accountTerm(address(2))]],
    to: toHeight(9n),
    limit: 10,
  };
  const first = await chain.history.events({ ...query, from: { height: toHeight(0n), index: 0 } });
  expect(first).toMatchObject({ events: [], next: { height: 1n } });
  expect(first.next?.index).toBeGreaterThan(0);
  let { next } = first;
  const found: number[] = [];
  while (next !== undefined) {
    const page: EventPage = await chain.history.events({ ...query, from: next });
    found.push(...page.events.map(({ index }) => index));
    next = page.next;
  }
  expect(found).toEqual([40_000]);
});

it('counts the numbers that it looks at, whether or not they match', async () => {
  const chain = new Chain();
  const events = Array.from(
    { length: 1_000 },
    (_, i): Event => ({
      type: 'transfer',
      data: { from: address(1 + (i % 2)), to: address(3), amount: 1n },
    }),
  );
  for (let i = 0; i < 40; i++) await chain.add(events);
  const terms = [[accountTerm(address(1))], [accountTerm(address(2))]];
  let from: Position | undefined = { height: toHeight(0n), index: 0 };
  const pages: EventPage[] = [];
  while (from !== undefined) {
    const page = await chain.history.events({ terms, from, to: toHeight(99n), limit: 10 });
    pages.push(page);
    from = page.next;
  }
  expect(pages[0]?.next?.height).toBeLessThan(36n);
  expect(pages.flatMap((page) => page.events)).toEqual([]);
});
