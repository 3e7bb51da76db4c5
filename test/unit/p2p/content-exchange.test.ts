import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ContentExchange } from '../../../p2p/content/exchange.ts';
import { createNetwork, type Network } from '../../../p2p/network.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type ContentObject, createRootOf, encodeObject } from '../../../src/content/objects.ts';
import { type ContentStore, openContentStore } from '../../../src/content/store.ts';
import { type Root, toHeight } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { fail, ok, unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { ITEM_BYTES_MAX, ITEMS_MAX } from '../../../state/attribution/parameters.ts';
import { openShownStore } from '../content/shown-store.ts';
import { BLAMELESS, blamesNobody, optionsOf, quiet, until } from './networks.ts';

const rootOf = createRootOf(infoTable());

type Node = {
  readonly network: Network;
  readonly store: ContentStore;
  readonly exchange: ContentExchange;
};

let directory: string;
let nodes: Node[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'openledger-exchange-'));
});
afterEach(async () => {
  for (const node of nodes) await stop(node);
  nodes = [];
  await rm(directory, { recursive: true });
});

const stop = async (node: Node): Promise<void> => {
  await node.network.stop();
  await node.exchange.stop();
  await node.store.close();
};

type Changes = {
  readonly maxBytes?: number;
  readonly wanted?: readonly Root[];
  /** Its store shows only what the test shows. Otherwise everything counts as named by a block. */
  readonly isChainAsked?: boolean;
  /** What it hands out in place of what it has. */
  readonly encoded?: (root: Root) => Uint8Array | undefined;
};

const startNode = async (name: string, peers: readonly Node[], changes: Changes = {}): Promise<Node> => {
  const store = await (changes.isChainAsked === true ? openContentStore : openShownStore)({
    directory: join(directory, name),
    maxBytes: changes.maxBytes ?? 1 << 30,
    rootOf,
  });
  const base = optionsOf(name);
  const network = await createNetwork({
    ...base,
    peers: peers.flatMap((peer) => peer.network.addresses()),
    sources: {
      ...base.sources,
      content: {
        hasMany: async (roots) => {
          const here = await store.hasMany(roots);
          return roots.map((root, i) => here[i] === true || changes.encoded?.(root) !== undefined);
        },
        encoded: async (root) => changes.encoded?.(root) ?? store.encoded(root),
      },
    },
  });
  const exchange = new ContentExchange({
    store,
    peers: () => network.peers(),
    isPeer: network.isPeer,
    fetch: network.requestContent,
    announce: network.announceContent,
    penalise: network.penalise,
    warn: network.warn,
    wanted: () => [changes.wanted ?? []],
    areWanted: store.areLacking,
    logger: quiet,
  });
  network.onAnnouncement((announcement, from) => exchange.onAnnouncement(announcement, from));
  await network.start();
  exchange.start();
  const node = { network, store, exchange };
  nodes.push(node);
  await until(() => network.peers().length === peers.length, `${name} is connected`);
  return node;
};

const item = (name: string, bytes = 200): ContentObject => ({
  type: 'item',
  rules: 2,
  text: utf8(`${name} `.padEnd(bytes, 'a word or two, ')),
  promptTokens: 1,
  salt: sha256(utf8(name)),
});

/** A contribution of so many items, and its root. */
const contribution = (name: string, count: number, bytes?: number) => {
  const items = Array.from({ length: count }, (_, i) => item(`${name} ${i}`, bytes));
  const list: ContentObject = { type: 'contribution', items: items.map((each) => unwrap(rootOf(each))) };
  return { objects: [...items, list], root: unwrap(rootOf(list)), items };
};

const isWhole = async (node: Node, root: Root): Promise<boolean> =>
  (await node.store.missing(root)).length === 0;
const eventually = async (condition: () => Promise<boolean>, what: string, timeoutMs = 20_000) => {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`timed out waiting until ${what}`);
    await sleep(20);
  }
};

test('what was uploaded to one node is soon on all that want it, and survives that node', async () => {
  const a = await startNode('a', []);
  const b = await startNode('b', [a]);
  const c = await startNode('c', [a, b]);
  const { objects, root } = contribution('rows', 300);
  const output: ContentObject = {
    type: 'inference',
    rules: 2,
    prompt: utf8('a question'),
    output: utf8('an answer of a model'),
    salt: sha256(utf8('an inference')),
    ids: { prompt: [1, 2], output: [3] },
  };
  unwrap(await a.store.put(objects));
  const [outputRoot] = unwrap(await a.store.put([output]));
  if (outputRoot === undefined) throw new Error('no root');
  for (const node of [b, c]) await Promise.all([node.exchange.want(root), node.exchange.want(outputRoot)]);
  for (const node of [b, c]) {
    expect(await node.exchange.obtain(root, 20_000)).toBe(true);
    expect(await node.exchange.obtain(outputRoot, 20_000)).toBe(true);
    await eventually(() => isWhole(node, root), 'its items have come');
    expect(node.store.usage()).toEqual(a.store.usage());
  }
  await stop(a);
  nodes = nodes.filter((node) => node !== a);
  const late = await startNode('late', [b, c], { wanted: [root, outputRoot] });
  await eventually(() => isWhole(late, root), 'a new node has what its chain wants');
  expect(await late.store.get(outputRoot)).toEqual(output);
  await eventually(async () => late.exchange.stats().pending === 0, 'nothing is pending any more');
  expect(nodes.map((node) => [node.network.peers().length, blamesNobody(node.network)])).toEqual(
    nodes.map(() => [2, true]),
  );
});

test('items of many megabytes come in several answers', async () => {
  const a = await startNode('a', []);
  const b = await startNode('b', [a]);
  // The longest that there may be: mostly spaces, which are no tokens.
  const items: ContentObject[] = Array.from({ length: 24 }, (_, i) => ({
    type: 'item',
    rules: 2,
    text: utf8(`item ${i}`.padEnd(ITEM_BYTES_MAX, ' ')),
    promptTokens: 0,
    salt: sha256(utf8(`salt ${i}`)),
  }));
  const list: ContentObject = { type: 'contribution', items: items.map((each) => unwrap(rootOf(each))) };
  unwrap(await a.store.put([...items, list]));
  await b.exchange.want(unwrap(rootOf(list)));
  await eventually(() => isWhole(b, unwrap(rootOf(list))), 'all have come', 30_000);
  expect(b.store.usage()).toEqual(a.store.usage());
});

test('content that comes later is announced, and then fetched at once', async () => {
  const a = await startNode('a', []);
  const b = await startNode('b', [a]);
  const { objects, root } = contribution('late rows', 3);
  await b.exchange.want(root);
  // By then it has asked in vain four times, and pauses for four seconds.
  await sleep(4_300);
  expect(b.exchange.stats().pending).toBe(1);
  unwrap(await a.store.put(objects));
  const start = performance.now();
  await a.exchange.offer([root]);
  await eventually(() => isWhole(b, root), 'it has come');
  expect(performance.now() - start).toBeLessThan(2_500);
});

test('what no block names is announced to nobody and given to nobody, and both as soon as a block names it', async () => {
  const a = await startNode('a', [], { isChainAsked: true });
  const b = await startNode('b', [a]);
  const { objects, root, items } = contribution('not revealed yet', 3);
  const roots = [...items.map((each) => unwrap(rootOf(each))), root];
  const asked = async (): Promise<number> => {
    const signal = new AbortController().signal;
    const answer = await b.network.requestContent(a.network.name, roots, signal);
    return unwrap(answer).objects.length;
  };
  await b.exchange.want(root);
  await a.exchange.want(root);
  await a.exchange.offer(unwrap(await a.store.put(objects)));
  expect(await asked()).toBe(0);
  expect(await b.exchange.obtain(root, 500)).toBe(false);
  expect([await asked(), b.store.usage().objects]).toEqual([0, 0]);

  await a.store.show([{ root, items: objects.length - 1 }], toHeight(1n));
  await a.exchange.offer([root]);
  // It asks its peers for it no longer.
  expect(a.exchange.stats().pending).toBe(0);
  expect(await b.exchange.obtain(root, 20_000)).toBe(true);
  await eventually(() => isWhole(b, root), 'its items have come');
  expect(await asked()).toBe(roots.length);
});

test('false content is refused, its sender penalised, and the real is had elsewhere', async () => {
  const { objects, root, items } = contribution('true', 20);
  const forged = encodeObject(item('forged'));
  const victim = unwrap(rootOf(items[7] ?? item('')));
  const liar = await startNode('liar', [], {
    encoded: (asked) => (toHex(asked) === toHex(victim) ? forged : undefined),
  });
  unwrap(await liar.store.put(objects));
  const honest = await startNode('honest', [liar]);
  unwrap(await honest.store.put(objects));
  const b = await startNode('b', [liar, honest]);
  await b.exchange.want(root);
  await eventually(() => isWhole(b, root), 'all of it has come');
  expect(await b.store.get(victim)).toEqual(items[7]);
  const penalties = Object.fromEntries(b.network.peers().map(({ name, penalty }) => [name, penalty]));
  expect(penalties[honest.network.name]).toBeLessThan(BLAMELESS);
  // Whom it asked first is chance.
  expect((penalties[liar.network.name] ?? 0) > BLAMELESS).toBe(b.exchange.stats().refused > 0);
});

test('announcements of what the chain does not know fetch nothing', async () => {
  const a = await startNode('a', []);
  const b = await startNode('b', [a]);
  const { objects, root } = contribution('unknown', 2);
  unwrap(await a.store.put(objects));
  for (let i = 0; i < 20; i++) {
    await a.exchange.offer([root]);
    await sleep(30);
  }
  expect(await b.store.has(root)).toBe(false);
  expect(b.exchange.stats()).toEqual({ pending: 0, received: 0, refused: 0 });
});

test('what the chain wants stays pending when a client that came during its look-up has left', async () => {
  const { exchange } = await startNode('a', []);
  const { root } = contribution('nowhere', 1);
  const lookUp = exchange.want(root);
  expect(await exchange.obtain(root, 50)).toBe(false);
  await lookUp;
  expect(exchange.stats().pending).toBe(1);
});

test('a full store keeps what it has, blames nobody and goes on', async () => {
  const a = await startNode('a', []);
  const b = await startNode('b', [a], { maxBytes: 2_000 });
  const { objects, root } = contribution('too much', 50, 500);
  unwrap(await a.store.put(objects));
  await b.exchange.want(root);
  await sleep(1_500);
  expect(await isWhole(b, root)).toBe(false);
  expect(b.store.usage().bytes).toBeLessThanOrEqual(2_000);
  expect([b.network.peers().length, blamesNobody(b.network)]).toEqual([1, true]);
});

test('content that nobody has is asked for less and less, and holds up nothing that somebody has', async () => {
  const a = await startNode('a', []);
  const b = await startNode('b', [a]);
  const bogus = Array.from({ length: 3_000 }, (_, i) => sha256(utf8(`bogus ${i}`)));
  for (const root of bogus) void b.exchange.want(root);
  await eventually(async () => b.exchange.stats().pending === 3_000, 'all are pending');
  const { objects, root } = contribution('real', 100);
  unwrap(await a.store.put(objects));
  await a.exchange.offer([root]);
  await b.exchange.want(root);
  await eventually(() => isWhole(b, root), 'what was announced comes first', 10_000);
  const before = a.network.stats().requests.served;
  await sleep(3_000);
  expect(a.network.stats().requests.served - before).toBeLessThan(30);
  expect(b.exchange.stats().pending).toBe(3_000);
  expect([a, b].every((node) => blamesNobody(node.network))).toBe(true);
});

/** An exchange with one peer that has nothing. */
const exchangeOver = (
  store: ConstructorParameters<typeof ContentExchange>[0]['store'],
  fetched: (root: Root) => void = () => undefined,
): ContentExchange => {
  const exchange = new ContentExchange({
    store,
    peers: () => [{ name: 'peer', configured: false }],
    isPeer: (name) => name === 'peer',
    fetch: async (_, roots) => {
      for (const root of roots) fetched(root);
      return ok({ objects: [], isCut: false });
    },
    announce: () => undefined,
    penalise: () => undefined,
    warn: () => undefined,
    wanted: () => [],
    areWanted: async (roots) => roots.map(() => false),
    logger: quiet,
  });
  exchange.start();
  return exchange;
};

/** One over a store that holds what `has` says, and lacks `items` of it. */
const loneExchange = (
  has: (root: Root) => boolean,
  items: readonly Root[],
  fetched?: (root: Root) => void,
): ContentExchange =>
  exchangeOver(
    {
      hasMany: async (roots) => roots.map(has),
      mostItems: async (root) => (has(root) ? items.length : 0),
      missing: async (root) => (has(root) ? items : [root]),
      receive: async (objects) => objects.map(() => fail('CONTENT_IO', 'not kept here')),
    },
    fetched,
  );

describe('an item that is put after its long list, and not shown yet,', () => {
  const list = sha256(utf8('a long list'));
  const items = [sha256(utf8('an item')), sha256(utf8('another item'))];

  /** A store that shows the list and none of its items, and says what it lacks when it is let. */
  const storeOf = (isKept: (root: Root) => boolean, whenLooked: () => Promise<void>) => ({
    hasMany: async (roots: readonly Root[]) => roots.map((root) => root === list),
    mostItems: async () => items.length,
    missing: async () => {
      const lacking = items.filter((root) => !isKept(root));
      await whenLooked();
      return lacking;
    },
    receive: async (objects: readonly unknown[]) => objects.map(() => fail('CONTENT_IO', 'not kept here')),
  });

  test('is asked of no peer any more', async () => {
    const kept = new Set<Root>();
    const fetched: Root[] = [];
    const exchange = exchangeOver(
      storeOf(
        (root) => kept.has(root),
        async () => undefined,
      ),
      (root) => fetched.push(root),
    );
    await exchange.want(list);
    expect(exchange.stats().pending).toBe(2);
    for (const root of items) kept.add(root);
    exchange.arrived(items);
    expect(exchange.stats().pending).toBe(0);
    await exchange.stop();
  });

  test('is asked of no peer either if it was put while the list was looked through', async () => {
    const kept = new Set<Root>();
    const fetched: Root[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const looked = Promise.withResolvers<void>();
    const exchange = exchangeOver(
      storeOf(
        (root) => kept.has(root),
        async () => {
          looked.resolve();
          await promise;
        },
      ),
      (root) => fetched.push(root),
    );
    const wanted = exchange.want(list);
    await looked.promise;
    for (const root of items) kept.add(root);
    exchange.arrived(items);
    resolve();
    await wanted;
    expect(exchange.stats().pending).toBe(0);
    expect(fetched).toEqual([]);
    await exchange.stop();
  });
});

test('pending roots are bounded', async () => {
  const fetched = new Set<string>();
  const exchange = loneExchange(
    () => false,
    [],
    (root) => fetched.add(toHex(root)),
  );
  for (let i = 0; i < 40_000; i++) void exchange.want(sha256(utf8(`root ${i}`)));
  await eventually(async () => exchange.stats().pending > 0, 'they are looked up');
  expect(exchange.stats().pending).toBe(32_768);
  await eventually(async () => fetched.size >= 256, 'they are asked for');
  await exchange.stop();
  expect(exchange.stats().pending).toBe(0);
});

test('a contribution that lists what nobody has takes a small part of the pending roots', async () => {
  const list = sha256(utf8('list'));
  const bogus = Array.from({ length: 40_000 }, (_, i) => sha256(utf8(`item ${i}`)));
  const exchange = loneExchange((root) => toHex(root) === toHex(list), bogus);
  await exchange.want(list);
  expect(exchange.stats().pending).toBe(1_024);
  await exchange.stop();
});

test('a root that only a user asked for is pending no longer than the user waits', async () => {
  const exchange = loneExchange(() => false, []);
  const [asked, wanted] = [sha256(utf8('asked for')), sha256(utf8('wanted by the chain'))];
  await exchange.want(wanted);
  const answers = [asked, asked, wanted].map((root) => exchange.obtain(root, 50));
  await eventually(async () => exchange.stats().pending === 2, 'both are pending');
  expect(await Promise.all(answers)).toEqual([false, false, false]);
  expect(exchange.stats().pending).toBe(1);
  const both = exchange.obtain(asked, 50);
  await exchange.want(asked);
  expect(await both).toBe(false);
  expect(exchange.stats().pending).toBe(2);
  await exchange.stop();
});

test('however many wait for a list, they share one look, and have it before its items are looked for', async () => {
  const list = sha256(utf8('a list that comes late'));
  const isList = (root: Root): boolean => toHex(root) === toHex(list);
  let isHere = false;
  let looks = 0;
  let inspections = 0;
  const never = new Promise<never>(() => undefined);
  const exchange = exchangeOver({
    hasMany: async (roots) => {
      looks += 1;
      return roots.map((root) => isHere && isList(root));
    },
    mostItems: async () => ITEMS_MAX,
    // It takes longer than anybody waits.
    missing: () => {
      inspections += 1;
      return never;
    },
    receive: async () => [],
  });
  const waiting = Array.from({ length: 190 }, () => exchange.obtain(list, 20_000));
  await eventually(async () => looks > 1, 'it is looked up again');
  isHere = true;
  void exchange.offer([list]);
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => true));
  for (let i = 0; i < 190; i++) void exchange.offer([list]);
  await sleep(300);
  expect(looks).toBeLessThan(250);
  expect(inspections).toBe(1);
});

test('what is waited for is found though nobody says that it has come', async () => {
  let isHere = false;
  const exchange = exchangeOver({
    hasMany: async (roots) => roots.map(() => isHere),
    mostItems: async () => 0,
    missing: async () => [],
    receive: async () => [],
  });
  const waiting = exchange.obtain(sha256(utf8('an item')), 20_000);
  await sleep(50);
  isHere = true;
  expect(await waiting).toBe(true);
  await exchange.stop();
});

test('an announcement is forwarded once for each peer that announces a pending root', async () => {
  const exchange = loneExchange(() => false, []);
  const root = sha256(utf8('sought'));
  const tell = (from: string, holder: string, roots = [root]) =>
    exchange.onAnnouncement({ holder, roots }, from);
  expect(tell('a', 'elsewhere')).toBe('ignore');
  await exchange.want(root);
  expect(tell('a', 'elsewhere')).toBe('accept');
  expect(tell('a', 'elsewhere too')).toBe('ignore');
  expect(tell('a', 'elsewhere', [sha256(utf8('other')), root])).toBe('ignore');
  expect(tell('a', 'peer')).toBe('accept');
  expect(tell('b', 'elsewhere')).toBe('accept');
  await exchange.stop();
});
