import { describe, expect, test } from 'vitest';
import type { NodeBackend } from '../../../rpc/backend.ts';
import { RECEIPT_METHODS } from '../../../rpc/methods/receipt.ts';
import type { ContentObject } from '../../../src/content/objects.ts';
import { type Address, toHeight } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { ok } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { MatchType } from '../../../state/attribution/claim.ts';
import { inferenceRoot } from '../../../state/attribution/commitment.ts';
import { numberEvents } from '../../../state/events/block-events.ts';
import type { Event } from '../../../state/events.ts';
import { chainIdentity } from '../../../state/genesis.ts';
import { broughtOf } from '../../../state/modules/data/contributions.ts';
import { getAttribution } from '../../../state/queries/receipts.ts';
import { indexPuts } from '../../../state/store/event-index.ts';
import { openHistory } from '../../../state/store/history.ts';
import { EVENTS_PREFIX, placeOfEventsKey } from '../../../state/store/layout.ts';
import { attributionSettlement } from '../../../state/tx/attribution-settlement.ts';
import { IndexedWorld } from '../state/economy/indexed-world.ts';
import {
  alice,
  attestor,
  bob,
  claimOf,
  commitAs,
  contribute,
  createDatanet,
  creator,
  deposit,
  everyone,
  owner,
  payer,
  pinOf,
  provider,
  receiptBody,
  registerModel,
  sendReceipts,
} from '../state/economy/scenes.ts';
import { bytes32, World } from '../state/economy/world.ts';
import { memoryDatabase } from '../state/memory-database.ts';
import { testServer } from './server.ts';

const world = new IndexedWorld(everyone);
const datanet = createDatanet(world, {
  commons: { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n },
});
const first = contribute(world, alice, datanet, 'first');
const second = contribute(world, bob, datanet, 'second');
const open = commitAs(world, bob, datanet, 'open');
const model = registerModel(world, [pinOf(world, datanet)]);
deposit(world, 10_000_000n);
const batch = sendReceipts(world, model, [receiptBody('one'), receiptBody('two')]);
world.run(attestor, attributionSettlement, {
  batch,
  asOf: undefined,
  claims: [
    {
      index: 0,
      claim: claimOf(100, [
        { start: 0, end: 30, contribution: first },
        { start: 40, end: 60, contribution: 1 },
      ]),
      sections: [
        {
          information: 100 * 2560,
          picks: [
            {
              contribution: second,
              item: 0,
              chunk: 0,
              phrases: [70, 71, 72].map((at) => ({ at, place: at - 70, bits: 2560, novelRun: 0 })),
            },
          ],
        },
      ],
    },
  ],
});

/** Who brought a contribution, and when, as it is shown. */
const shownBrought = (contribution: ContributionId, { address }: { readonly address: Address }) => {
  const brought = broughtOf(world.view, contribution);
  return {
    owner: toHex(address),
    commit: brought?.commit.toString(),
    reveal: brought?.reveal.toString(),
  };
};

/** A hundred words, so that token and word number agree. */
const words = Array.from({ length: 100 }, (_, i) => `w${i}`);

const serve = (change: Partial<NodeBackend> = {}) => {
  const { node } = testServer();
  return testServer({
    node: {
      ...node,
      chain: { ...node.chain, identity: chainIdentity(world.genesis) },
      read: (query) => query({ height: world.height, view: world.view }),
      status: () => ({ ...node.status(), height: world.height }),
      history: world.history,
      ...change,
    },
  });
};
/** The texts of a receipt, as the node has them under their root. */
const inferenceOf = (output: string): ContentObject => ({
  type: 'inference',
  rules: 2,
  prompt: utf8('which'),
  output: utf8(output),
  salt: new Uint8Array(32),
  ids: undefined,
});
const server = serve({
  getContent: async (root) =>
    toHex(root) === toHex(inferenceRoot(receiptBody('one'))) ? inferenceOf(words.join(' ')) : undefined,
});

describe('Datanets', () => {
  test('are returned with their terms, their growth and their newest version', async () => {
    const shown = await server.call('datanet_get', { id: datanet });
    expect(shown).toMatchObject({
      id: datanet,
      owner: toHex(creator.address),
      commonsContribution: 1,
      terms: {
        name: 'sums',
        quorum: 2,
        access: 'open',
        bondPerByte: '1',
        commons: { root: toHex(bytes32('notice')), items: 1, tokens: '40', bytes: '200' },
      },
      growth: { items: '2', tokens: '200', bytes: '800', novelTokens: '200' },
      version: { count: 2 },
    });
    expect(await server.call('datanet_list')).toEqual([shown]);
    expect(await server.call('datanet_list', { after: datanet })).toEqual([]);
  });

  test('show null where they have no commons', async () => {
    const other = new World(everyone);
    const id = createDatanet(other);
    const { call } = serve({ read: (query) => query({ height: other.height, view: other.view }) });
    expect(await call('datanet_get', { id })).toMatchObject({
      commonsContribution: null,
      terms: { commons: null },
    });
  });

  test('keep their earlier versions', async () => {
    expect(await server.call('datanet_getVersion', [datanet, 1])).toMatchObject({
      contribution: first,
      novelTokens: '100',
    });
    expect((await server.refusal('datanet_getVersion', [datanet, 3])).data.code).toBe(
      'DATANET_VERSION_NOT_FOUND',
    );
  });

  test.each([
    ['datanet_get', [9], 'DATANET_NOT_FOUND'],
    ['datanet_getVersion', [9, 1], 'DATANET_NOT_FOUND'],
    ['contribution_get', [99], 'CONTRIBUTION_NOT_FOUND'],
    ['contribution_get', [0], 'CONTRIBUTION_NOT_FOUND'],
    ['model_get', [99], 'MODEL_NOT_FOUND'],
    ['model_getContributions', [99], 'MODEL_NOT_FOUND'],
    ['receipt_get', [`${toHex(bytes32('none'))}/0`], 'RECEIPT_NOT_FOUND'],
    ['receipt_get', [`${toHex(batch)}/2`], 'RECEIPT_NOT_FOUND'],
    ['receipt_get', [`${toHex(batch)}/4294967296`], 'RECEIPT_NOT_FOUND'],
    ['receipt_getBatch', [toHex(bytes32('none'))], 'BATCH_NOT_FOUND'],
    ['attribution_get', [`${toHex(batch)}/1`], 'ATTRIBUTION_NOT_FOUND'],
    ['attestor_get', [toHex(alice.address)], 'ATTESTOR_NOT_FOUND'],
  ])('%s of %j, which is unknown, is refused with %s', async (method, params, code) => {
    expect(await server.refusal(method, params)).toMatchObject({ code: -32001, data: { code } });
  });
});

describe('contributions', () => {
  test('are returned at each stage', async () => {
    expect(await server.call('contribution_get', { contribution: first })).toMatchObject({
      datanet,
      owner: toHex(alice.address),
      commons: false,
      stage: 'accepted',
      acceptance: 0,
      content: { root: toHex(bytes32('first')), tokens: '100' },
      declared: { role: 'data', novelTokens: '100' },
      reviews: [{ verdict: 'accept', quality: { authenticity: 90 } }, { verdict: 'accept' }],
    });
    expect(await server.call('contribution_get', { contribution: open })).toMatchObject({
      stage: 'committed',
      bond: '100',
      content: null,
      declared: null,
      earned: null,
      acceptance: null,
    });
    expect(await server.call('contribution_get', { contribution: 1 })).toMatchObject({
      stage: 'commons',
      owner: null,
      commons: true,
      content: { root: toHex(bytes32('notice')), tokens: '40' },
    });
  });

  test('are listed by who committed them', async () => {
    const by = toHex(bob.address);
    expect(await server.call('contribution_list', { owner: by })).toEqual({
      total: 2,
      contributions: [second, open],
    });
    expect(await server.call('contribution_list', { owner: by, from: 1, limit: 1 })).toEqual({
      total: 2,
      contributions: [open],
    });
  });
});

describe('models', () => {
  test('are returned with what they were trained on', async () => {
    const shown = await server.call('model_get', { id: model });
    expect(shown).toMatchObject({
      id: model,
      owner: toHex(owner.address),
      terms: { name: 'adder', manifest: [{ datanet, count: 2 }], prices: { in: '2000', out: '10000' } },
      running: null,
    });
    expect(shown).toMatchObject({ own: { contributions: '0', datanets: '0' }, ownBps: 0 });
    expect(await server.call('model_list')).toEqual([shown]);
    expect(await server.call('model_getOwnDatanets', { id: model })).toEqual({ version: 1, datanets: [] });
    expect((await server.refusal('model_getOwnDatanets', { id: model, version: 9 })).data.code).toBe(
      'MODEL_NOT_FOUND',
    );
    expect(await server.call('model_getContributions', { id: model })).toEqual({
      next: null,
      contributions: [
        {
          contribution: 1,
          datanet,
          commons: true,
          root: toHex(bytes32('notice')),
          brought: null,
          struck: null,
          voidedAt: null,
        },
        {
          contribution: first,
          datanet,
          commons: false,
          root: toHex(bytes32('first')),
          brought: shownBrought(first, alice),
          struck: null,
          voidedAt: null,
        },
        {
          contribution: second,
          datanet,
          commons: false,
          root: toHex(bytes32('second')),
          brought: shownBrought(second, bob),
          struck: null,
          voidedAt: null,
        },
      ],
    });
    expect(await server.call('model_getContributions', { id: model, from: 2, limit: 1 })).toMatchObject({
      next: 3,
      contributions: [{ contribution: first }],
    });
    expect(await server.call('model_getContributions', { id: model, from: 3 })).toMatchObject({
      next: null,
      contributions: [{ contribution: second }],
    });
  });
});

test('a page of what a model was trained on looks at as many places as it may have entries', async () => {
  const read: string[] = [];
  const view = {
    get: (key: string) => {
      read.push(key);
      return world.view.get(key);
    },
  };
  const { call } = serve({ read: (query) => query({ height: world.height, view }) });
  const readFor = async (params: object): Promise<number> => {
    read.length = 0;
    await call('model_getContributions', { id: model, ...params });
    return read.filter((key) => key.startsWith('contributions/')).length;
  };
  const one = await readFor({ from: 2, limit: 1 });
  expect(one).toBeGreaterThan(0);
  expect(await readFor({ from: 2, limit: 2 })).toBe(2 * one);
});

describe('escrow', () => {
  const channel = { payer: toHex(payer.address), provider: toHex(provider.address) };

  test('is returned with the part that vouchers have used', async () => {
    const used = await server.call('escrow_getVoucher', { ...channel, lane: model });
    expect(used).toMatchObject({ count: '2' });
    // Another lane of the same two has vouchers of its own.
    expect(await server.call('escrow_getVoucher', { ...channel, lane: model + 1 })).toMatchObject({
      count: '0',
    });
    const { amount } = Object(used) as { amount: string };
    expect(await server.call('escrow_get', channel)).toEqual({
      deposit: (10_000_000n - BigInt(amount)).toString(),
      withdrawing: '0',
      withdrawals: [],
    });
  });
});

describe('receipts', () => {
  test('tell how far their settlement has come', async () => {
    expect(await server.call('receipt_get', { id: `${toHex(batch)}/0` })).toMatchObject({
      id: `${toHex(batch)}/0`,
      payer: toHex(payer.address),
      lane: model,
      model,
      texts: toHex(inferenceRoot(receiptBody('one'))),
      body: {
        rules: 2,
        model,
        tokensOut: 100,
        outputRoot: toHex(bytes32('output one')),
        visibility: 'public',
        sampling: { temperature: 0, seed: '0' },
      },
      status: 'settled',
      settlement: { attestor: toHex(attestor.address), outcome: { coverageBps: 3000 } },
    });
    expect(await server.call('receipt_get', { id: `${toHex(batch)}/1` })).toMatchObject({
      status: 'open',
      settlement: null,
    });
  });

  test('of a batch are an attestor’s work', async () => {
    const { height } = Object(await server.call('receipt_getBatch', [toHex(batch)])) as { height: string };
    const recorded = BigInt(height);
    expect(await server.call('receipt_getBatch', { batch: toHex(batch) })).toMatchObject({
      receipts: 2,
      open: [1],
      settlements: [{ final: false }],
      bodies: [
        { model, lane: model, deadline: String(recorded + 20n) },
        { deadline: String(recorded + 20n), body: { promptRoot: toHex(bytes32('prompt two')) } },
      ],
    });
  });

  test('of a batch give way to others after each one whose texts are hashed', async () => {
    let yields = 0;
    const call = {
      caller: { address: '192.0.2.1', connection: 1 },
      pace: () => {
        yields += 1;
        return undefined;
      },
      work: async () => ok(undefined),
    };
    const node: NodeBackend = {
      ...server.node,
      read: (query) => query({ height: world.height, view: world.view }),
    };
    expect(await RECEIPT_METHODS.receipt_getBatch(node, { batch }, call)).toMatchObject({
      ok: true,
      value: { bodies: [{ texts: inferenceRoot(receiptBody('one')) }, {}] },
    });
    expect(yields).toBe(2);
  });

  test('are listed by the blocks that hold them', async () => {
    const { height } = Object(await server.call('receipt_getBatch', [toHex(batch)])) as { height: string };
    const listed = { batch: toHex(batch), provider: toHex(provider.address), receipts: 2, open: [1] };
    expect(await server.call('receipt_list', { fromHeight: 1 })).toMatchObject({
      nextHeight: (world.height + 1n).toString(),
      batches: [listed],
    });
    expect(
      await server.call('receipt_list', { fromHeight: height, blocks: 1, openOnly: true }),
    ).toMatchObject({
      nextHeight: (BigInt(height) + 1n).toString(),
      batches: [listed],
    });
    expect(await server.call('receipt_list', { fromHeight: (BigInt(height) + 1n).toString() })).toMatchObject(
      { batches: [] },
    );
    expect(await server.call('receipt_list', ['18446744073709551615'])).toEqual({
      nextHeight: '18446744073709551615',
      batches: [],
    });
  });

  test('are counted without reading what each of them says', async () => {
    const read: string[] = [];
    const view = {
      get: (key: string) => {
        read.push(key);
        return world.view.get(key);
      },
    };
    const counting = serve({ read: (query) => query({ height: world.height, view }) });
    const isBodies = (key: string): boolean => key.endsWith('/receipts');
    await counting.call('receipt_list', { fromHeight: 1 });
    await counting.refusal('receipt_get', { id: `${toHex(batch)}/2` });
    expect(read.some((key) => key.endsWith('/status'))).toBe(true);
    // One receipt is looked up, which is not there.
    expect(read.filter(isBodies)).toHaveLength(1);
    await counting.call('receipt_getBatch', { batch: toHex(batch) });
    expect(read.filter(isBodies)).toHaveLength(2);
  });

  describe('in blocks that hold many', () => {
    const recorded: Event = {
      type: 'receiptsRecorded',
      data: {
        batch: bytes32('none'),
        provider: provider.address,
        groups: [],
        models: [],
        deadline: toHeight(9n),
      },
    };
    /** A server over four blocks with 150 batches each, and the heights whose events it has read. */
    const crowded = async () => {
      const database = memoryDatabase();
      for (const height of [1n, 2n, 3n, 4n]) {
        const end = new Array<Event>(150).fill(recorded);
        await database.write(
          indexPuts(toHeight(height), [], numberEvents({ transactions: [], end }), new Map()),
        );
      }
      const read = new Set<bigint>();
      const get = (key: string): Uint8Array | undefined => {
        if (key.startsWith(EVENTS_PREFIX)) read.add(placeOfEventsKey(key).height);
        return database.get(key);
      };
      const { call } = serve({
        history: openHistory({ ...database, get }, () => 4n),
        read: (query) => query({ height: toHeight(4n), view: world.view }),
      });
      return { call, read };
    };

    test('are listed up to a block with which enough batches were looked at', async () => {
      const { call } = await crowded();
      expect(await call('receipt_list', { fromHeight: 1 })).toEqual({ nextHeight: '3', batches: [] });
      expect(await call('receipt_list', { fromHeight: 3, blocks: 1 })).toMatchObject({ nextHeight: '4' });
      expect(await call('receipt_list', { fromHeight: 3 })).toMatchObject({ nextHeight: '5' });
    });

    test('are read of no block but those that were asked for', async () => {
      const { call, read } = await crowded();
      expect(await call('receipt_list', { fromHeight: 2, blocks: 1 })).toMatchObject({ nextHeight: '3' });
      expect([...read]).toEqual([2n]);
    });
  });

  test.each([
    '',
    '5',
    '0x12/0',
    `${toHex(batch)}/01`,
    `${toHex(batch)}/`,
    `${toHex(batch)}/1000000000000000`,
  ])('%j is no receipt id', async (id) => {
    expect(await server.refusal('receipt_get', { id })).toMatchObject({ code: -32602 });
  });
});

describe('an attribution', () => {
  const id = `${toHex(batch)}/0`;

  test('shows the claim with the matched text, and who owns what', async () => {
    expect(await server.call('attribution_get', { id })).toMatchObject({
      receipt: id,
      final: false,
      claim: {
        matches: [
          { start: 0, end: 30, contribution: first },
          { start: 40, end: 60, contribution: 1 },
        ],
      },
      matches: [{ text: words.slice(0, 30).join(' ') }, { text: words.slice(40, 60).join(' ') }],
      spans: [
        { contribution: first, owner: toHex(alice.address), text: words.slice(0, 30).join(' ') },
        { contribution: 1, owner: null },
      ],
      excluded: [],
      output: words.join(' '),
    });
  });

  test('shows the chunks that were picked, the phrases that each added with their text, and the shares', async () => {
    // Three tokens’ worth of a hundred: a section is paid in full once a tenth of it is shared.
    const share = String((3n << 32n) / 10n);
    const owner = toHex(bob.address);
    const phrases = [70, 71, 72].map((at) => ({
      at,
      end: at + 3,
      place: at - 70,
      bits: 2560,
      novelRun: 0,
      text: words.slice(at, at + 3).join(' '),
    }));
    expect(await server.call('attribution_get', { id })).toMatchObject({
      settlement: { outcome: { relevance: [{ contribution: second, share }] } },
      sections: [
        {
          start: 0,
          end: 100,
          information: 256_000,
          picks: [{ contribution: second, owner, item: 0, chunk: 0, added: 7680, share, phrases }],
        },
      ],
      relevance: [{ contribution: second, owner, share }],
    });
  });

  test('is computed once, in the place of a call that works', async () => {
    const found: (readonly Uint8Array[])[] = [];
    const sought: string[] = [];
    const counting = serve({
      read: (query) => {
        const values: Uint8Array[] = [];
        found.push(values);
        const get = (key: Parameters<typeof world.view.get>[0]) => {
          const value = world.view.get(key);
          if (value !== undefined) values.push(value);
          return value;
        };
        return query({ height: world.height, view: { ...world.view, get } });
      },
      seekContent: async (root) => void sought.push(toHex(root)),
    });
    const { receipt } = Object(await counting.call('attribution_get', { id })) as { receipt: string };
    expect([receipt, sought.length]).toEqual([id, 1]);
    const match = getAttribution(world.view, { batch, index: 0 })?.claim.matches[0];
    if (match === undefined) throw new Error('the claim has matches');
    const encoded = toHex(MatchType.encode(match)).slice(2);
    expect(found.map((values) => values.some((value) => toHex(value).includes(encoded)))).toEqual([
      false,
      true,
    ]);
  });

  test.each(['1', '7'])('of receipt %s, which has none, seeks no content', async (index) => {
    const sought: string[] = [];
    const seeking = serve({ seekContent: async (root) => void sought.push(toHex(root)) });
    const refused = await seeking.refusal('attribution_get', { id: `${toHex(batch)}/${index}` });
    expect(refused).toMatchObject({ data: { code: 'ATTRIBUTION_NOT_FOUND' } });
    expect(sought).toEqual([]);
  });

  test('of an output that nobody has is shown without its text', async () => {
    expect(await serve().call('attribution_get', { id })).toMatchObject({
      spans: [{ owner: toHex(alice.address), text: null }, {}],
      sections: [{ picks: [{ phrases: [{ at: 70, end: null, text: null }, {}, {}] }] }],
      output: null,
    });
  });

  test('of another text than was receipted, shorter than its matches, breaks nothing', async () => {
    const short = serve({ getContent: async () => inferenceOf('too short') });
    expect(await short.call('attribution_get', { id })).toHaveProperty('output', 'too short');
  });
});

describe('rewards', () => {
  test('are returned by source when the epoch has closed, and the totals add up', async () => {
    world.until(world.height + 40n);
    const earned = await server.call('rewards_get', { address: toHex(alice.address) });
    const { claimable } = Object(earned) as { claimable: { spans: string; remainder: string } };
    expect(BigInt(claimable.spans)).toBeGreaterThan(0n);
    expect(earned).toMatchObject({
      contributionsTotal: 1,
      contributions: [{ contribution: first, earned: { spans: claimable.spans }, claimed: { spans: '0' } }],
    });
    const { totals } = Object(await server.call('rewards_totals')) as { totals: Record<string, string> };
    const parts = [
      'burned',
      'treasury',
      'attestors',
      'providers',
      'model',
      'stakers',
      'data',
      'apps',
      'relevance',
      'remainder',
    ];
    const sum = parts.reduce((all, name) => all + BigInt(totals[name] ?? 'missing'), 0n);
    expect(sum.toString()).toBe(totals.fees);
    expect(totals).toMatchObject({ receipts: '2', settled: '1', unsettled: '1' });
    expect(await server.call('attestor_get', { address: toHex(attestor.address) })).toMatchObject({
      locked: '0',
    });
    expect(await server.call('model_get', { id: model })).toMatchObject({ history: { settled: '1' } });
    expect(await server.call('receipt_list', { fromHeight: 1, openOnly: true })).toMatchObject({
      batches: [],
    });
  });
});
