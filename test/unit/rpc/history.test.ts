/** Events, transactions and earnings over the RPC: those of the golden history, held against a scan of all of it. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { NodeBackend } from '../../../rpc/backend.ts';
import { nextHeight, toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { domainSeparator } from '../../../src/lib/eip712.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { ContributionId, DatanetId, ModelId } from '../../../src/lib/ids.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { numberEvents } from '../../../state/events/block-events.ts';
import { EVENT_TYPES, type Event, eventToJson } from '../../../state/events.ts';
import { indexPuts } from '../../../state/store/event-index.ts';
import { openHistory } from '../../../state/store/history.ts';
import { transactionPuts } from '../../../state/store/transactions.ts';
import { kindByName } from '../../../state/tx/registry.ts';
import { signTransaction } from '../../../state/tx/transaction.ts';
import { playHistory } from '../state/golden/history.ts';
import { memoryDatabase } from '../state/memory-database.ts';
import { alice, bob, field, testServer } from './server.ts';
import { smallChain, smallGenesis } from './small-chain.ts';

const golden = playHistory();
const database = memoryDatabase();

/** What a client should see of every event of the history. */
type Seen = { readonly cursor: string; readonly event: Event; readonly shown: Json };
const all: Seen[] = [];
/** Of every transaction that was executed: who sent it, its whole payload as JSON, and its place. */
const transactions: {
  readonly place: string;
  readonly id: string;
  readonly from: string;
  readonly text: string;
}[] = [];

for (const [at, { transactions: included, block }] of golden.executed.entries()) {
  const height = BigInt(at + 1);
  const events = numberEvents(block.events);
  await database.write([
    ...indexPuts(toHeight(height), included, events, block.writes),
    ...transactionPuts(toHeight(height), included, block),
  ]);
  for (const { index, transaction, event } of events) {
    const id = transaction === undefined ? undefined : included[transaction]?.id;
    const cursor = `${height}/${index}`;
    all.push({
      cursor,
      event,
      shown: { cursor, ...eventToJson(event), transaction: id === undefined ? null : toHex(id) },
    });
  }
  for (const [index, { id, transaction, body }] of included.entries()) {
    transactions.push({
      place: `${height}/${index}`,
      id: toHex(id),
      from: toHex(transaction.from),
      text: JSON.stringify(body.toJson()),
    });
  }
}

const height = toHeight(BigInt(golden.executed.length));
const small = smallChain(smallGenesis([alice, bob]));
const node: NodeBackend = {
  ...small.node,
  status: () => ({ ...small.node.status(), height }),
  read: (query) => query({ height, view: golden.view }),
  history: openHistory(database, () => height),
};
const server = testServer({ node });

const listIn = (page: unknown, name: string): readonly unknown[] => {
  const list = field(page, name);
  if (!Array.isArray(list)) throw new Error(`${name} is no list`);
  return list as readonly unknown[];
};

/** All pages of a method. */
const pagesOf = async (method: string, params: object, name: string): Promise<readonly unknown[]> => {
  const found: unknown[] = [];
  let from: unknown;
  do {
    const page = await server.call(method, from === undefined ? params : { ...params, from });
    found.push(...listIn(page, name));
    from = field(page, 'next');
  } while (typeof from === 'string');
  return found;
};

const addresses = [
  ...new Set(all.flatMap(({ shown }) => JSON.stringify(shown).match(/0x[0-9a-f]{40}(?![0-9a-f])/g) ?? [])),
];
const receipts = [
  ...new Set(all.flatMap(({ shown }) => JSON.stringify(shown).match(/0x[0-9a-f]{64}\/\d+/g) ?? [])),
];

type Filter = {
  readonly types?: string | readonly string[];
  readonly account?: string | readonly string[];
  readonly datanet?: DatanetId | readonly number[];
  readonly model?: ModelId | readonly number[];
  readonly contribution?: ContributionId | readonly number[];
  readonly receipt?: string | readonly string[];
  readonly validator?: string | readonly string[];
};

const listOf = <T>(values: T | readonly T[]): readonly T[] =>
  Array.isArray(values) ? values : [values as T];

/** The values of a field at any depth of an event's data, by its name. */
const valuesOf = (json: Json, names: readonly string[]): readonly Json[] => {
  if (typeof json !== 'object' || json === null) return [];
  if (Array.isArray(json)) return json.flatMap((each: Json) => valuesOf(each, names));
  return Object.entries(json).flatMap(([name, value]) => [
    ...(names.includes(name) ? [value].flat() : []),
    ...valuesOf(value, names),
  ]);
};

/** Held against the JSON of the event, as text where that is enough: apart from how the index reads it. */
const matches = ({ event, shown }: Seen, filter: Filter): boolean => {
  const data = (shown as { readonly data: Json }).data;
  const text = JSON.stringify(data);
  const numbered = (ids: number | readonly number[] | undefined, names: readonly string[]): boolean =>
    ids === undefined || valuesOf(data, names).some((value) => listOf(ids).some((id) => id === value));
  const isAbout = (receipt: string): boolean => {
    const [batch = '', index = ''] = receipt.split('/');
    if (text.includes(`"${receipt}"`)) return true;
    if (event.type === 'receiptsRecorded') return toHex(event.data.batch) === batch;
    if (!('receipts' in event.data)) return false;
    return toHex(event.data.receipts.batch) === batch && event.data.receipts.indexes.includes(Number(index));
  };
  return (
    (filter.types === undefined || listOf(filter.types).includes(event.type)) &&
    (filter.account === undefined ||
      listOf(filter.account).some((address) => text.includes(`"${address}"`))) &&
    (filter.validator === undefined ||
      valuesOf(data, ['validator']).some((value) =>
        listOf(filter.validator ?? []).some((each) => each === value),
      )) &&
    numbered(filter.datanet, ['datanet']) &&
    numbered(filter.model, ['model', 'models']) &&
    numbered(filter.contribution, ['contribution', 'contributions']) &&
    (filter.receipt === undefined || listOf(filter.receipt).some(isAbout))
  );
};

const oneOrMore = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | readonly T[]> =>
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));
const small32 = fc.integer({ min: 1, max: 6 });
const filters: fc.Arbitrary<Filter> = fc
  .record({
    types: oneOrMore(fc.constantFrom(...EVENT_TYPES)),
    account: oneOrMore(fc.constantFrom(...addresses)),
    datanet: oneOrMore(small32),
    model: oneOrMore(small32),
    contribution: oneOrMore(fc.integer({ min: 1, max: 30 })),
    receipt: oneOrMore(fc.constantFrom(...receipts)),
    validator: oneOrMore(fc.constantFrom(...addresses)),
  })
  .chain((filter) =>
    fc
      .subarray(Object.keys(filter), { maxLength: 3 })
      .map((names) => Object.fromEntries(Object.entries(filter).filter(([name]) => names.includes(name)))),
  );

describe('events_query', () => {
  test('finds nothing of a receipt whose index no batch has', async () => {
    const receipt = `0x${'ab'.repeat(32)}/70000`;
    expect(await server.call('events_query', { receipt })).toMatchObject({ events: [] });
  });

  it('returns what a scan of the whole chain finds, for any filter and any pages', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(7, 40, 1_000), async (filter, limit) => {
        const scan = all.filter((seen) => matches(seen, filter)).map(({ shown }) => shown);
        if (scan.length / limit > 40) return;
        expect(await pagesOf('events_query', { ...filter, limit }, 'events')).toEqual(scan);
        found += scan.length;
      }),
      { numRuns: 60 },
    );
    expect(found).toBeGreaterThan(500);
  });

  it('returns every event of the history without a filter, each in the form of its type', async () => {
    const events = await pagesOf('events_query', { limit: 1_000 }, 'events');
    expect(events).toEqual(all.map(({ shown }) => shown));
  });

  it('begins at a height, and ends at one, inclusive', async () => {
    const events = await pagesOf('events_query', { from: '5/0', to: 8 }, 'events');
    const heights = all.map(({ cursor }) => Number(cursor.split('/')[0]));
    expect(events.length).toBe(heights.filter((each) => each >= 5 && each <= 8).length);
    expect(field(await server.call('events_query', { to: 8 }), 'height')).toBe('8');
    expect(field(await server.call('events_query', {}), 'height')).toBe(String(height));
  });

  it('names the height that the history reads up to, while the status is one ahead', async () => {
    const status = () => ({ ...small.node.status(), height: nextHeight(height) });
    const ahead = testServer({ node: { ...node, status } });
    expect(field(await ahead.call('events_query', {}), 'height')).toBe(String(height));
    expect((await ahead.refusal('chain_getBlockResults', { height: String(height + 1n) })).data.code).toBe(
      'BLOCK_NOT_FOUND',
    );
  });

  it.each([
    [{ types: 'rumour' }],
    [{ types: [] }],
    [{ account: '0x12' }],
    [{ receipt: '0x12/1' }],
    [{ from: '5' }],
    [{ from: '5/-1' }],
    [{ from: '99999999999999999999/0' }],
    [{ contribution: -1 }],
    [{ contribution: Array.from({ length: 17 }, (_, i) => i) }],
    [{ limit: 0 }],
    [{ limit: 1_001 }],
    [{ colour: 'red' }],
  ])('refuses %j', async (params) => {
    expect((await server.refusal('events_query', params)).data.code).toBe('PARAMS_INVALID');
  });
});

test('tx_search returns what a scan finds that reads the payload of every transaction', async () => {
  const accounts = [...new Set([...transactions.map(({ from }) => from), ...addresses])];
  let found = 0;
  for (const account of accounts) {
    const scan = transactions.filter(({ from, text }) => from === account || text.includes(`"${account}"`));
    const pages = await pagesOf('tx_search', { account, limit: 9 }, 'transactions');
    expect(pages.map((each) => field(each, 'id'))).toEqual(scan.map(({ id }) => id));
    expect(pages.map((each) => `${String(field(each, 'height'))}/${String(field(each, 'index'))}`)).toEqual(
      scan.map(({ place }) => place),
    );
    found += pages.length;
  }
  expect(found).toBeGreaterThan(transactions.length);
});

describe('chain_getBlockResults', () => {
  it.each([3, 1_000])(
    'has the results and all events of every height, at most %i of both on a page',
    async (limit) => {
      const events: unknown[] = [];
      for (let at = 1n; at <= height; at++) {
        const params = { height: at.toString(), limit };
        events.push(...(await pagesOf('chain_getBlockResults', params, 'events')));
        const results = await pagesOf('chain_getBlockResults', params, 'results');
        const executed = golden.executed[Number(at) - 1];
        expect(results.map((each) => field(each, 'id'))).toEqual(
          executed?.transactions.map(({ id }) => toHex(id)),
        );
        expect(results.map((each) => field(each, 'status'))).toEqual(
          executed?.block.results.map(({ status }) => status),
        );
      }
      expect(events).toEqual(all.map(({ shown }) => shown));
    },
  );

  it('stays at the height of a page when the next one is asked for without it', async () => {
    const at = golden.executed.findIndex(({ block }) => numberEvents(block.events).length > 5) + 1;
    const page = await server.call('chain_getBlockResults', { from: `${at}/2`, limit: 2 });
    expect(page).toMatchObject({ height: String(at), results: [], next: `${at}/4` });
    expect(listIn(page, 'events').map((event) => field(event, 'cursor'))).toEqual([`${at}/2`, `${at}/3`]);
  });

  it('has at most 100 events on a page if no limit is given', async () => {
    const many = memoryDatabase();
    const data = { from: alice.address, to: bob.address, amount: 1n };
    const events = Array.from({ length: 250 }, (): Event => ({ type: 'transfer', data }));
    await many.write(indexPuts(toHeight(1n), [], numberEvents({ transactions: [], end: events }), new Map()));
    const one = testServer({
      node: {
        ...small.node,
        read: (query) => query({ height: toHeight(1n), view: golden.view }),
        history: openHistory(many, () => 1n),
      },
    });
    const page = await one.call('chain_getBlockResults', { height: 1 });
    expect(listIn(page, 'events')).toHaveLength(100);
    expect(field(page, 'next')).toBe('1/100');
  });

  it('refuses a place at another height, and a page that is too large', async () => {
    expect(await server.refusal('chain_getBlockResults', { height: 2, from: '3/0' })).toMatchObject({
      code: -32602,
      data: { code: 'PARAMS_INVALID', path: 'from' },
    });
    expect((await server.refusal('chain_getBlockResults', { limit: 1_001 })).data.code).toBe(
      'PARAMS_INVALID',
    );
  });

  it('names the last height for one that is not there', async () => {
    for (const params of [{ height: 9_999 }, { height: 0 }, { from: '9999/3' }])
      expect((await server.refusal('chain_getBlockResults', params)).data).toMatchObject({
        code: 'BLOCK_NOT_FOUND',
        last: String(height),
      });
  });
});

describe('earnings', () => {
  const sumOf = (entries: readonly unknown[], ...tracks: readonly string[]): bigint =>
    entries.reduce<bigint>(
      (sum, entry) =>
        tracks.includes(String(field(entry, 'track'))) ? sum + BigInt(String(field(entry, 'amount'))) : sum,
      0n,
    );

  it('of every account add up to what rewards_get says it has earned', async () => {
    let total = 0n;
    for (const address of addresses) {
      const entries = await pagesOf('account_getEarnings', { id: address, limit: 50 }, 'entries');
      const rewards = await server.call('rewards_get', { address, limit: 200 });
      const earned = (name: string, ...path: readonly string[]): bigint =>
        listIn(rewards, name).reduce<bigint>(
          (sum, each) => sum + BigInt(String(field(each, 'earned', ...path))),
          0n,
        );
      expect(sumOf(entries, 'spans')).toBe(earned('contributions', 'spans'));
      expect(sumOf(entries, 'remainder') - sumOf(entries, 'forfeited')).toBe(
        earned('contributions', 'remainder'),
      );
      expect(sumOf(entries, 'model')).toBe(earned('models'));
      expect(sumOf(entries, 'stake')).toBe(earned('stake'));
      total += sumOf(entries, 'spans', 'remainder', 'model', 'stake', 'attestor', 'provider');
    }
    expect(total).toBeGreaterThan(0n);
  });

  it('of a model name the epoch, and the receipt if it is one', async () => {
    const entries = await pagesOf('model_getEarnings', { id: 1 }, 'entries');
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect(field(entry, 'track')).toBe('model');
  });

  it('of what does not exist are refused', async () => {
    expect((await server.refusal('model_getEarnings', { id: 999 })).data.code).toBe('MODEL_NOT_FOUND');
    expect((await server.refusal('contribution_getEarnings', { id: 999 })).data.code).toBe(
      'CONTRIBUTION_NOT_FOUND',
    );
    expect((await server.refusal('account_getEarnings', { id: addresses[0], from: '1' })).data.code).toBe(
      'PARAMS_INVALID',
    );
  });
});

test('a client that goes on at the height after the last sees each event once while blocks arrive', async () => {
  const live = testServer();
  const send = async (nonce: bigint): Promise<void> => {
    const kind = kindByName('transfer');
    if (kind === undefined) throw new Error('transfer is a kind');
    const body = unwrap(kind.fromJson({ to: toHex(bob.address), amount: `${nonce + 1n}` }));
    const draft = { nonce, maxFee: 10_000_000n, tip: 1n, validUntil: toHeight(1_000n), body };
    const { bytes } = signTransaction(alice.privateKey, draft, domainSeparator(live.node.chain.identity));
    await live.call('tx_send', { transaction: toHex(bytes) });
  };
  const amounts: unknown[] = [];
  let from = '0/0';
  for (let nonce = 0n; nonce < 12n; nonce++) {
    await send(nonce);
    if (nonce % 3n === 0n) live.seal();
    const page = await live.call('events_query', { types: 'transfer', from, limit: 2 });
    amounts.push(...listIn(page, 'events').map((each) => field(each, 'data', 'amount')));
    const next = field(page, 'next');
    from = typeof next === 'string' ? next : `${BigInt(String(field(page, 'height'))) + 1n}/0`;
  }
  live.seal();
  amounts.push(
    ...listIn(await live.call('events_query', { types: ['transfer'], from }), 'events').map((each) =>
      field(each, 'data', 'amount'),
    ),
  );
  expect(amounts).toEqual(Array.from({ length: 12 }, (_, i) => String(i + 1)));
});
