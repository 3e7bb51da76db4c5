/** Who gets a place among the pending roots when the chain names more than there is room for, and who loses one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ContentCore, ITEMS_MAX, REVIEW_AHEAD, type Work } from '../../../p2p/content/core.ts';
import { ContentExchange } from '../../../p2p/content/exchange.ts';
import { LookUps, STRANGERS_MAX, WAITING_MAX } from '../../../p2p/content/look-ups.ts';
import { PENDING_MAX } from '../../../p2p/content/pending.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { toBareHex, utf8 } from '../../../src/lib/bytes.ts';
import { ok } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { quiet, until } from './networks.ts';

type Request = Extract<Work, { readonly type: 'request' }>;

const VALIDATORS = ['validator 0', 'validator 1', 'validator 2'];
const STRANGERS = Array.from({ length: 8 }, (_, i) => `stranger ${i}`);
const PEERS = [
  ...VALIDATORS.map((name) => ({ name, configured: true })),
  ...STRANGERS.map((name) => ({ name, configured: false })),
];
const isPeer = (name: string): boolean => PEERS.some((peer) => peer.name === name);

const rootOf = (name: string): Root => sha256(utf8(name));
/** The same dust in all tests: to hash so many roots takes a while. */
const DUST = Array.from({ length: 2 * PENDING_MAX }, (_, i) => rootOf(`dust ${i}`));
const HALF = DUST.slice(0, PENDING_MAX);
const OTHER_HALF = DUST.slice(PENDING_MAX);
const [HOLDER = ''] = VALIDATORS;
const TEXT = rootOf('a text');

/** A core whose peers are connected. Its places are taken by what blocks name and nobody has. */
const dusty = (dust = HALF): ContentCore => {
  const core = new ContentCore(() => 0);
  core.tick(0, PEERS);
  core.reviewed();
  for (const root of dust) core.missing(root);
  return core;
};

const requestsAt = (core: ContentCore, now: number): readonly Request[] =>
  core.tick(now, PEERS).filter((each) => each.type === 'request');

/** Every peer answers that it has nothing. Returns what was asked for, and of whom. */
const askInVain = (
  core: ContentCore,
  untilMs: number,
  fromMs = 0,
): ReadonlyMap<string, readonly string[]> => {
  const asked = new Map<string, string[]>();
  for (let now = fromMs; now <= untilMs; now += 50)
    for (const { id, peer, roots } of requestsAt(core, now)) {
      for (const root of roots) {
        const key = toBareHex(root);
        asked.set(key, [...(asked.get(key) ?? []), peer]);
      }
      core.answered(id, { type: 'objects', count: 0, bytes: 0, isCut: false }, now);
      core.ended(id, now);
    }
  return asked;
};

const announce = (core: ContentCore, from: string, roots: readonly Root[], holder = from): Root[] => {
  const unknown: Root[] = [];
  for (let at = 0; at < roots.length; at += 256)
    unknown.push(...core.announced({ holder, roots: roots.slice(at, at + 256) }, from, isPeer, 0).unknown);
  return unknown;
};

/** Whether the root is pending: then nothing is looked up when it is announced. It is urgent from then on. */
const isPending = (core: ContentCore, root: Root): boolean => announce(core, '', [root]).length === 0;

describe('a root that a client waits for', () => {
  const waitedFor = (core: ContentCore): void => {
    core.enter(TEXT);
    core.missing(TEXT);
    core.hasten(TEXT);
  };

  test('gets a place although there is none, and is asked for first', () => {
    const core = dusty();
    waitedFor(core);
    expect(core.sizes().pending).toBe(PENDING_MAX);
    expect(requestsAt(core, 0)[0]?.roots[0]).toEqual(TEXT);
  });

  test('keeps it while the client waits, whatever blocks name and strangers announce', () => {
    const core = dusty();
    waitedFor(core);
    for (const stranger of STRANGERS) announce(core, stranger, HALF);
    for (const root of OTHER_HALF) core.missing(root);
    expect(isPending(core, TEXT)).toBe(true);
    askInVain(core, 1_000);
    for (const root of HALF) core.missing(root);
    expect(isPending(core, TEXT)).toBe(true);
    core.leave(TEXT);
    expect(isPending(core, TEXT)).toBe(false);
  });

  test('that had been asked for in vain is asked for again before dust, when its pause ends', () => {
    const core = dusty([TEXT]);
    announce(core, 'stranger 0', [TEXT]);
    askInVain(core, 200);
    for (const root of HALF) core.missing(root);
    waitedFor(core);
    expect(askInVain(core, 1_000, 250).get(toBareHex(TEXT))?.length).toBeGreaterThan(0);
  });
});

describe('a root that its holder announces', () => {
  test('is looked up if it is not pending, then gets a place, and the holder is asked at once', () => {
    const core = dusty([TEXT, ...DUST]);
    expect(announce(core, HOLDER, [TEXT])).toEqual([TEXT]);
    core.missing(TEXT, 'others');
    const [request] = requestsAt(core, 0);
    expect([request?.peer, request?.roots[0]]).toEqual([HOLDER, TEXT]);
    expect(core.sizes().pending).toBe(PENDING_MAX);
  });

  test('keeps its place, whatever blocks name', () => {
    const core = dusty();
    core.missing(TEXT);
    announce(core, HOLDER, [TEXT]);
    for (const root of OTHER_HALF) core.missing(root);
    expect(requestsAt(core, 0)[0]?.roots[0]).toEqual(TEXT);
  });

  test('keeps its place, and its turn, however much dust strangers announce in whichever name', () => {
    const core = dusty();
    core.missing(TEXT);
    for (const stranger of STRANGERS) announce(core, stranger, HALF, HOLDER);
    announce(core, HOLDER, [TEXT]);
    for (const stranger of STRANGERS) announce(core, stranger, OTHER_HALF);
    for (const root of OTHER_HALF) core.missing(root, 'others');
    expect(requestsAt(core, 0)[0]?.roots[0]).toEqual(TEXT);
  });

  test('keeps it against another peer of the config that announces all the dust', () => {
    const core = dusty();
    core.missing(TEXT);
    announce(core, HOLDER, [TEXT]);
    announce(core, 'validator 1', HALF);
    for (const root of OTHER_HALF) core.missing(root);
    const [first, second] = requestsAt(core, 0);
    const both = [...(first?.roots ?? []), ...(second?.roots ?? [])].slice(0, 10);
    expect(both).toContainEqual(TEXT);
  });

  test('is asked of a holder of the config at once although a stranger is relied on for it', () => {
    const core = dusty([TEXT]);
    announce(core, 'stranger 0', [TEXT]);
    expect(requestsAt(core, 0).map(({ peer }) => peer)).toEqual(['stranger 0']);
    announce(core, HOLDER, [TEXT]);
    expect(requestsAt(core, 0).map(({ peer }) => peer)).toEqual([HOLDER]);
  });

  test('is asked of a holder of the config although that one failed lately', () => {
    const core = dusty([TEXT]);
    announce(core, HOLDER, [TEXT]);
    const [request] = requestsAt(core, 0);
    expect(request?.peer).toBe(HOLDER);
    if (request === undefined) return;
    core.answered(request.id, { type: 'failed' }, 0);
    core.ended(request.id, 0);
    askInVain(core, 20_000, 50);
    const later = rootOf('a later text');
    core.missing(later);
    askInVain(core, 25_000, 20_050);
    core.announced({ holder: HOLDER, roots: [later] }, HOLDER, isPeer, 25_050);
    // The holder is in doubt, so that it is asked beside others.
    expect(requestsAt(core, 25_050).map(({ peer }) => peer)).toContain(HOLDER);
  });
});

test('what all peers were asked for in vain gives its place away first', () => {
  const core = dusty(HALF.slice(0, 100));
  const asked = askInVain(core, 2_000);
  expect([...asked.values()].every((peers) => new Set(peers).size === PEERS.length)).toBe(true);
  const fresh = HALF.slice(100);
  for (const root of [...fresh, ...OTHER_HALF.slice(0, 100)]) core.missing(root);
  expect(core.sizes().pending).toBe(PENDING_MAX);
  expect(fresh.filter((root) => !isPending(core, root))).toEqual([]);
});

test('a contribution of which an item gave its place away is not announced before a review has found it', () => {
  const core = dusty([]);
  const items = [rootOf('first item'), rootOf('second item')];
  const [first, second] = items;
  if (first === undefined || second === undefined) throw new Error('no items');
  const list = rootOf('list');
  core.inspected(list, [first, second]);
  for (let i = 0; i < PENDING_MAX / ITEMS_MAX; i++)
    core.inspected(rootOf(`list ${i}`), HALF.slice(i * ITEMS_MAX, (i + 1) * ITEMS_MAX));
  expect([isPending(core, first), core.sizes().pending]).toEqual([false, PENDING_MAX]);
  expect(core.arrived(second)).toEqual([]);
  core.inspected(list, [first], false, 'review');
  expect(core.arrived(first)).toEqual([{ type: 'inspect', root: list, announce: true }]);
});

test('what strangers announce does not hold up what a block names and nobody announced', () => {
  const core = dusty([]);
  for (const root of HALF.slice(0, PENDING_MAX - 1)) core.missing(root, 'others');
  for (const stranger of STRANGERS) announce(core, stranger, HALF);
  core.missing(TEXT);
  expect(requestsAt(core, 0)[0]?.roots.slice(0, 2)).toContainEqual(TEXT);
});

test('a root that a client asks for again keeps its turn among those of other clients', () => {
  const core = dusty([]);
  const others = DUST.slice(0, 100);
  for (const root of [TEXT, ...others]) {
    core.enter(root);
    core.missing(root);
    core.hasten(root);
  }
  core.hasten(TEXT);
  expect(requestsAt(core, 0)[0]?.roots[0]).toEqual(TEXT);
});

describe('a review', () => {
  const REVIEWED = HALF.slice(0, REVIEW_AHEAD);

  test('waits while many of its roots were asked of nobody, and goes on when they were', () => {
    const core = dusty([]);
    for (const root of REVIEWED) core.missing(root, 'review');
    expect(core.hasRoomForReview()).toBe(false);
    askInVain(core, 2_000);
    expect(core.hasRoomForReview()).toBe(true);
  });

  test('loses nothing to blocks full of dust, and its roots take turns with those of the blocks', () => {
    const core = dusty([]);
    for (const root of REVIEWED) core.missing(root, 'review');
    for (const root of OTHER_HALF) core.missing(root);
    const asked = askInVain(core, 200);
    const reviewed = REVIEWED.filter((root) => asked.has(toBareHex(root))).length;
    expect(Math.abs(asked.size - 2 * reviewed)).toBeLessThan(asked.size / 10);
    expect(REVIEWED.filter((root) => !isPending(core, root))).toEqual([]);
  });

  test('that is due because roots gave their places away comes later each time, up to ten minutes', () => {
    const core = dusty([]);
    const begins: number[] = [];
    let next = 0;
    for (let now = 1_000; now < 3_000_000; now += 1_000) {
      while (core.sizes().pending < PENDING_MAX) core.missing(DUST[next++ % DUST.length] ?? TEXT);
      core.missing(DUST[next++ % DUST.length] ?? TEXT);
      if (!core.tick(now, []).some(({ type }) => type === 'review')) continue;
      begins.push(now / 1_000);
      core.reviewed();
    }
    expect(begins.slice(0, 6)).toEqual([60, 180, 420, 900, 1_500, 2_100]);
  });
});

describe('an exchange that had no room for a text, or has given it up', () => {
  test('gets it as soon as it is announced, and nothing that no block names', async () => {
    const here = new Set<string>();
    const names = (root: Root): boolean => toBareHex(root) === toBareHex(TEXT);
    const exchange = new ContentExchange({
      store: {
        hasMany: async (roots) => roots.map((root) => here.has(toBareHex(root))),
        mostItems: async () => 0,
        missing: async (root) => (here.has(toBareHex(root)) ? [] : [root]),
        receive: async (objects) =>
          objects.map(({ root }) => {
            here.add(toBareHex(root));
            return ok({ type: 'item', rules: 2, text: root, promptTokens: 0, salt: root });
          }),
      },
      peers: () => PEERS,
      isPeer,
      fetch: async (peer, roots) =>
        ok({
          objects: roots
            .filter((root) => peer === HOLDER && names(root))
            .map((root) => ({ root, encoded: root })),
          isCut: false,
        }),
      announce: () => undefined,
      penalise: () => undefined,
      warn: () => undefined,
      wanted: () => [],
      areWanted: async (roots) => roots.map((root) => names(root) && !here.has(toBareHex(root))),
      logger: quiet,
    });
    exchange.start();
    for (const root of HALF) void exchange.want(root);
    await sleep(100);
    exchange.onAnnouncement({ holder: HOLDER, roots: [TEXT, rootOf('what no block names')] }, HOLDER);
    for (let i = 0; i < 100 && here.size === 0; i++) await sleep(50);
    expect([...here]).toEqual([toBareHex(TEXT)]);
    await exchange.stop();
  });
});

test('a long list that is wanted again and again is looked through once, and holds up no other root', async () => {
  const list = rootOf('a long list');
  const looks: (() => void)[] = [];
  const exchange = new ContentExchange({
    store: {
      hasMany: async (roots) => roots.map((root) => toBareHex(root) === toBareHex(list)),
      mostItems: async () => ITEMS_MAX,
      // A look through the list ends when the test says so.
      missing: (root) =>
        toBareHex(root) === toBareHex(list)
          ? new Promise((resolve) => looks.push(() => resolve([])))
          : Promise.resolve([root]),
      receive: async () => [],
    },
    peers: () => [],
    isPeer,
    fetch: async () => ok({ objects: [], isCut: false }),
    announce: () => undefined,
    penalise: () => undefined,
    warn: () => undefined,
    wanted: () => [],
    areWanted: async () => [],
    logger: quiet,
  });
  exchange.start();
  for (let i = 0; i < 100; i++) void exchange.want(list);
  await until(() => looks.length > 0, 'the list is looked through');
  void exchange.want(TEXT);
  await until(() => exchange.stats().pending === 1, 'another root is pending meanwhile');
  expect(await exchange.obtain(TEXT, 20)).toBe(false);
  expect(looks).toHaveLength(1);
  for (let i = 0; i < 50; i++) void exchange.want(list);
  void exchange.want(DUST[0] ?? TEXT);
  await until(() => exchange.stats().pending === 2, 'and one more');
  // It may lack other items by now, so it is looked through once more.
  looks.shift()?.();
  await until(() => looks.length > 0, 'the list is looked through');
  looks.shift()?.();
  await exchange.stop();
  expect(looks).toHaveLength(0);
});

test('roots to look up are bounded, and their senders take turns', () => {
  const lookUps = new LookUps();
  lookUps.add('flooder', HALF.slice(0, 10 * WAITING_MAX), false);
  lookUps.add('quiet', [TEXT], false);
  lookUps.add('nobody', [], false);
  expect(lookUps.next(2)).toEqual([HALF[9 * WAITING_MAX], TEXT]);
  expect(lookUps.next(1_000).length).toBe(WAITING_MAX - 1);
  expect(lookUps.next(1)).toEqual([]);
  for (let i = 0; i < 1_000; i++) lookUps.add(`name ${i}`, [TEXT], false);
  lookUps.add(HOLDER, [TEXT], true);
  expect(lookUps.next(1_000).length).toBe(STRANGERS_MAX + 1);
});
