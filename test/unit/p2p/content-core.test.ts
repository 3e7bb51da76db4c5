import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EARLY_MAX } from '../../../p2p/content/announcements.ts';
import { IncompleteContributions, LINKS_MAX } from '../../../p2p/content/contributions.ts';
import { ContentCore, type Effect, FIRST_WINDOW, ITEMS_MAX, type Work } from '../../../p2p/content/core.ts';
import { type Answer, RELIED_MAX } from '../../../p2p/content/in-flight.ts';
import type { ContentPeer } from '../../../p2p/content/next-request.ts';
import { ANNOUNCERS_MAX, PENDING_MAX, PendingRoots, ROUNDS_MAX } from '../../../p2p/content/pending.ts';
import { RequestPlanner } from '../../../p2p/content/request-planner.ts';
import { PeerRecords, RECORDS_MAX } from '../../../p2p/peer-records.ts';
import { CONTENT, CONTENT_ROOTS_MAX } from '../../../p2p/protocols.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { toBareHex, utf8 } from '../../../src/lib/bytes.ts';
import { sha256 } from '../../../src/lib/hash.ts';

type Request = Extract<Work, { readonly type: 'request' }>;

const rootOf = (name: string | number): Root => sha256(utf8(`root ${name}`));
const rootsOf = (count: number): readonly Root[] => Array.from({ length: count }, (_, i) => rootOf(i));
const first = (): number => 0;

const requestsOf = (work: readonly Work[]): readonly Request[] =>
  work.filter((each) => each.type === 'request');

/** A core that wants these roots. */
const coreOf = (roots: readonly Root[], choose: (count: number) => number = first): ContentCore => {
  const core = new ContentCore(choose);
  for (const root of roots) core.missing(root);
  return core;
};

const peersOf = (names: readonly string[], configured = false): readonly ContentPeer[] =>
  names.map((name) => ({ name, configured }));

const isOneOf =
  (names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name);

/** Objects of some bytes together. */
const sent = (count: number, bytes = 200 * count): Answer => ({
  type: 'objects',
  count,
  bytes,
  isCut: false,
});
const FAILED: Answer = { type: 'failed' };

type Ask = { readonly at: number; readonly peer: string; readonly root: string };

/** What peers have, and how many objects one answer of theirs holds. */
type World = { readonly holds: (peer: string, root: string) => boolean; readonly perAnswer: number };

/** Runs a core for a while against peers that answer at once; every root that is stored has no parts. */
const run = (
  core: ContentCore,
  peers: readonly string[],
  untilMs: number,
  world?: World,
  fromMs = 0,
): readonly Ask[] => {
  const asks: Ask[] = [];
  for (let now = fromMs; now <= untilMs; now += 10)
    for (;;) {
      const requests = requestsOf(core.tick(now, peersOf(peers)));
      for (const { id, peer, roots } of requests) {
        for (const root of roots) asks.push({ at: now, peer, root: toBareHex(root) });
        const objects = roots
          .filter((root) => world?.holds(peer, toBareHex(root)) === true)
          .slice(0, world?.perAnswer);
        const isCut = objects.length === world?.perAnswer;
        core.answered(id, sent(objects.length, isCut ? CONTENT.maxBytes : undefined), now);
        for (const root of objects)
          for (const effect of core.stored(id, root))
            if (effect.type === 'inspect') core.inspected(effect.root, []);
        core.ended(id, now);
      }
      if (requests.length === 0) break;
    }
  return asks;
};

const byRoot = (asks: readonly Ask[]): ReadonlyMap<string, readonly Ask[]> =>
  Map.groupBy(asks, (ask) => ask.root);

const choice = fc.infiniteStream(fc.nat()).map((stream) => (count: number): number => {
  const { value } = stream.next();
  return typeof value === 'number' ? value % count : 0;
});

describe('whom a node asks for content', () => {
  test('in every round each peer is asked for each root exactly once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 150 }),
        choice,
        (peerCount, rootCount, choose) => {
          const peers = Array.from({ length: peerCount }, (_, i) => `peer ${i}`);
          const asks = byRoot(run(coreOf(rootsOf(rootCount), choose), peers, 20_000));
          expect(asks.size).toBe(rootCount);
          for (const sequence of asks.values())
            for (let from = 0; from + peerCount <= sequence.length; from += peerCount) {
              const round = sequence.slice(from, from + peerCount).map(({ peer }) => peer);
              expect(round.toSorted()).toEqual(peers);
            }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('what some peer has is found, whoever it is and however short its answers are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 1, max: 64 }),
        choice,
        (holders, perAnswer, choose) => {
          const roots = rootsOf(holders.length);
          const holderOf = new Map(roots.map((root, i) => [toBareHex(root), `peer ${holders[i]}`]));
          const core = coreOf(roots, choose);
          const peers = ['peer 0', 'peer 1', 'peer 2', 'peer 3'];
          run(core, peers, 40_000, { holds: (peer, root) => holderOf.get(root) === peer, perAnswer });
          // Nobody is peer 4.
          expect(core.sizes().pending).toBe(holders.filter((holder) => holder === 4).length);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a root that nobody has is asked for after pauses that double up to 30 s, and then given up', () => {
    const core = coreOf([rootOf('nowhere')]);
    const times = run(core, ['peer'], 300_000).map(({ at }) => at);
    const pauses = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    // The round ends when the pause of the peer itself has: 50 ms at first, 2 s at most.
    const peerPauses = [50, 100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000];
    expect(pauses.map((pause, i) => pause - (peerPauses[i] ?? 0))).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    expect(times.length).toBe(ROUNDS_MAX + 1);
    expect(core.sizes().pending).toBe(0);
  });

  test('a peer that fails again and again is asked after pauses that double up to 30 s', () => {
    // There is always a root that it was not asked for yet.
    const core = coreOf(rootsOf(20 * CONTENT_ROOTS_MAX));
    const times: number[] = [];
    for (let now = 0; now < 100_000; now += 10)
      for (const { id } of requestsOf(core.tick(now, peersOf(['peer'])))) {
        times.push(now);
        core.answered(id, FAILED, now);
        core.ended(id, now);
      }
    const pauses = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  test('an announced root goes first, and to the peer that announced it', () => {
    const core = coreOf(rootsOf(500));
    const announced = rootOf(499);
    core.announced({ holder: 'holder', roots: [announced] }, 'other', isOneOf(['a', 'b', 'holder']), 0);
    const [request] = requestsOf(core.tick(0, peersOf(['a', 'b', 'holder'])));
    expect(request?.peer).toBe('holder');
    expect(request?.roots[0]).toEqual(announced);
    expect(request?.roots.length).toBe(FIRST_WINDOW);
  });

  test('an announcement that came before its root was wanted is remembered', () => {
    const core = coreOf(rootsOf(100));
    core.announced({ holder: 'elsewhere', roots: [rootOf('early')] }, 'b', isOneOf(['a', 'b']), 0);
    core.missing(rootOf('early'));
    const [request] = requestsOf(core.tick(0, peersOf(['a', 'b'])));
    expect([request?.peer, request?.roots[0]]).toEqual(['b', rootOf('early')]);
  });

  test('a peer that announces what it did not have is asked for it again at once, in whatever round', () => {
    const core = coreOf([rootOf('late')]);
    const announce = (peer: string) =>
      core.announced({ holder: peer, roots: [rootOf('late')] }, peer, isOneOf(['a', 'b']), 0);
    const ask = (now: number): readonly string[] =>
      requestsOf(core.tick(now, peersOf(['a', 'b']))).map(({ id, peer }) => {
        core.answered(id, sent(0), now);
        core.ended(id, now);
        return peer;
      });
    expect(ask(0)).toEqual(['a']);
    announce('a');
    expect([ask(0), ask(0), ask(0)]).toEqual([['a'], ['b'], []]);
    // The round has ended, and the root pauses.
    expect(ask(110)).toEqual([]);
    announce('b');
    // Besides, the node sees whether `a`, which did not keep its word, has it now.
    expect(ask(110)).toEqual(['b', 'a']);
  });

  test('what an answer left out is asked for again of the same peer', () => {
    const core = coreOf(rootsOf(100));
    run(core, ['peer'], 0, { holds: () => true, perAnswer: 3 });
    expect(core.sizes().pending).toBe(0);
  });

  test('nothing is asked for twice at a time, nor in more than eight requests', () => {
    const core = coreOf(rootsOf(1_000));
    const peers = Array.from({ length: 12 }, (_, i) => `peer ${i}`);
    const requests = requestsOf(core.tick(0, peersOf(peers)));
    expect(requests.length).toBe(RELIED_MAX);
    const asked = requests.flatMap(({ roots }) => roots.map(toBareHex));
    expect(new Set(asked).size).toBe(RELIED_MAX * FIRST_WINDOW);
    expect(core.tick(0, peersOf(peers))).toEqual([]);
  });

  test('a peer has one request at a time, until its answer is stored', () => {
    const core = coreOf(rootsOf(1_000));
    const ask = (): readonly string[] =>
      requestsOf(core.tick(0, peersOf(['a', 'b']))).map(({ peer }) => peer);
    const [request] = requestsOf(core.tick(0, peersOf(['a', 'b'])));
    expect([request?.peer, core.sizes().inFlight, ask()]).toEqual(['a', 2, []]);
    if (request === undefined) throw new Error('nothing was asked');
    core.answered(request.id, sent(FIRST_WINDOW), 0);
    expect(ask()).toEqual([]);
    for (const root of request.roots) core.stored(request.id, root);
    core.ended(request.id, 0);
    expect(ask()).toEqual(['a']);
  });

  test('a peer that failed to answer is asked again only after the others', () => {
    const core = coreOf(rootsOf(1));
    const peers = ['silent', 'b', 'c'];
    const fail = (now: number): readonly string[] =>
      requestsOf(core.tick(now, peersOf(peers))).map(({ id, peer }) => {
        core.answered(id, FAILED, now);
        core.ended(id, now);
        return peer;
      });
    // The pauses of the peers have ended each time.
    expect([fail(0), fail(5_000), fail(10_000)]).toEqual([['silent'], ['b'], ['c']]);
    expect([fail(15_000), fail(15_240), fail(15_250)]).toEqual([[], [], ['silent']]);
  });

  test('the pause of a peer that had nothing ends when it announces what is wanted, not when another peer names it', () => {
    const core = coreOf(rootsOf(2 * FIRST_WINDOW));
    const announce = (from: string, root: Root) =>
      core.announced({ holder: 'empty', roots: [root] }, from, isOneOf(['empty', 'other']), 0);
    const ask = (): readonly string[] =>
      requestsOf(core.tick(10, peersOf(['empty']))).map(({ peer }) => peer);
    const [request] = requestsOf(core.tick(0, peersOf(['empty'])));
    if (request === undefined) throw new Error('nothing was asked');
    core.answered(request.id, sent(0), 0);
    core.ended(request.id, 0);
    announce('other', rootOf(1));
    expect(ask()).toEqual([]);
    announce('empty', rootOf('unknown'));
    expect(ask()).toEqual([]);
    announce('empty', rootOf(1));
    expect(ask()).toEqual(['empty']);
  });
});

describe('what a peer sends', () => {
  const [root] = rootsOf(1);
  if (root === undefined) throw new Error('no root');
  const asked = (): { readonly core: ContentCore; readonly request: Request } => {
    const core = coreOf([root]);
    const [request] = requestsOf(core.tick(0, peersOf(['liar', 'honest'])));
    if (request === undefined) throw new Error('nothing was asked');
    core.answered(request.id, sent(1), 0);
    return { core, request };
  };

  test('if false, costs the peer, which is not asked for it again in this round', () => {
    const { core, request } = asked();
    expect(core.refused(request.id, request.peer, root, 'false', 0)).toEqual([
      { type: 'penalise', peer: 'liar' },
    ]);
    core.ended(request.id, 0);
    expect(requestsOf(core.tick(0, peersOf(['liar', 'honest']))).map(({ peer }) => peer)).toEqual(['honest']);
  });

  test('if there is no room for it, costs nobody, and is asked for again after 30 s', () => {
    const { core, request } = asked();
    expect(core.refused(request.id, request.peer, root, 'no-room', 0)).toEqual([]);
    core.ended(request.id, 0);
    expect(core.tick(29_990, peersOf(['liar', 'honest']))).toEqual([]);
    expect(core.tick(30_000, peersOf(['liar', 'honest'])).length).toBe(1);
  });
});

describe('a contribution', () => {
  const list = rootOf('list');
  /** Stores roots one by one, and inspects what the core wants inspected; what is lacking is what is not stored. */
  const store = (core: ContentCore, items: readonly Root[], arriving: readonly Root[]): readonly Effect[] => {
    const here = new Set<string>();
    const effects: Effect[] = [];
    for (const item of arriving) {
      here.add(toBareHex(item));
      for (const effect of core.stored(0, item))
        if (effect.type !== 'inspect') effects.push(effect);
        else {
          const isList = toBareHex(effect.root) === toBareHex(list);
          const lacking = isList ? items.filter((each) => !here.has(toBareHex(each))) : [];
          effects.push(...core.inspected(effect.root, lacking, effect.announce));
        }
    }
    return effects;
  };
  const ofTheList = (effects: readonly Effect[]): readonly string[] =>
    effects.flatMap((effect) => ('root' in effect && effect.root === list ? [effect.type] : []));

  test('is complete, and announced, once its last item has come, in whatever order and however often one is listed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 60 }),
        fc.func(fc.nat()),
        (numbers, order) => {
          const items = numbers.map(rootOf);
          const once = [...new Set(numbers)].toSorted((a, b) => order(a) - order(b)).map(rootOf);
          const core = coreOf([]);
          core.inspected(list, items);
          expect(core.sizes().pending).toBe(once.length);
          expect(ofTheList(store(core, items, once))).toEqual(['announce']);
          const almost = coreOf([]);
          almost.inspected(list, items);
          expect(ofTheList(store(almost, items, once.slice(0, -1)))).toEqual([]);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('of more items than may be pending at a time comes in parts, and is announced when it is whole', () => {
    const items = rootsOf(2 * ITEMS_MAX + 7);
    const core = coreOf([]);
    core.inspected(list, items);
    expect(core.sizes().pending).toBe(ITEMS_MAX);
    expect(ofTheList(store(core, items, items))).toEqual(['announce']);
    expect(core.sizes().pending).toBe(0);
  });

  test('of which an item was given up is complete after all when the review finds it', () => {
    const items = rootsOf(2);
    const [had, lost] = items;
    if (had === undefined || lost === undefined) throw new Error('no items');
    const core = coreOf([lost]);
    run(core, ['peer'], 60_000);
    core.inspected(list, items);
    run(core, ['peer'], 120_000, undefined, 60_000);
    expect(core.sizes().pending).toBe(1);
    core.inspected(list, items);
    expect(ofTheList(store(core, items, [had, lost]))).toEqual(['announce']);
  });

  describe('among thousands of others that lack the same items, which nobody has,', () => {
    const bogus = Array.from({ length: ITEMS_MAX }, (_, i) => rootOf(`bogus ${i}`));
    const flood = (core: ContentCore, lists: number): void => {
      for (let i = 0; i < lists; i++) core.inspected(rootOf(`list ${i}`), bogus);
    };
    const LISTS = (4 * LINKS_MAX) / ITEMS_MAX;

    test('takes its part of a bounded number of links, and the oldest lists give way', () => {
      const core = coreOf([]);
      flood(core, LISTS);
      core.inspected(list, rootsOf(2));
      expect(core.sizes()).toMatchObject({ pending: ITEMS_MAX + 2, links: LINKS_MAX - ITEMS_MAX + 2 });
      expect(ofTheList(store(core, rootsOf(2), rootsOf(2)))).toEqual(['announce']);
    });

    test('is not forgotten before one that counts on an item that all peers were asked for in vain', () => {
      const pending = new PendingRoots();
      const items = rootsOf(LINKS_MAX / 2).flatMap((root) => pending.add(root, 'blocks') ?? []);
      const [lost, ...hopeful] = items;
      if (lost === undefined) throw new Error('no items');
      lost.isSpent = true;
      const lists = new IncompleteContributions();
      expect(lists.add('old', list, new Set(hopeful))).toBe(true);
      expect(lists.add('in vain', list, new Set(items))).toBe(true);
      expect(lists.add('new', list, new Set(hopeful.slice(0, 3)))).toBe(true);
      expect(['old', 'in vain', 'new'].map((key) => lists.has(key))).toEqual([true, false, true]);
      // Where all may still come, the oldest gives way, and a review has to find it.
      expect(lists.add('newest', list, new Set(hopeful))).toBe(false);
      expect(['old', 'new', 'newest'].map((key) => lists.has(key))).toEqual([false, true, true]);
      expect(lists.size).toBeLessThanOrEqual(LINKS_MAX);
    });

    test('leaves no links behind when they are given up', () => {
      const core = coreOf([]);
      flood(core, LISTS);
      run(core, ['peer'], 600_000);
      expect(core.sizes()).toMatchObject({ pending: 0, links: 0 });
    });

    test('has no item asked for sooner because one more list names it', () => {
      const asks = (more: boolean): number => {
        const core = coreOf([]);
        const items = bogus.slice(0, 2);
        core.inspected(list, items);
        let asked = 0;
        for (let at = 0; at < 60_000; at += 100) {
          if (more) core.inspected(rootOf(`more ${at}`), items);
          asked += run(core, ['peer'], at + 90, undefined, at).length;
        }
        return asked;
      };
      expect(asks(true)).toBe(asks(false));
    });
  });
});

test('peers that were asked for a root and have left are forgotten, however many come', () => {
  const pending = new PendingRoots();
  const planner = new RequestPlanner({
    pending,
    records: new PeerRecords({ firstWindow: 1, mostWindow: 1 }),
    choose: first,
    giveUp: () => undefined,
  });
  const sought = pending.add(rootOf('sought'), 'blocks');
  // One of them is always new, so that no round ends.
  for (let i = 0; i < 200; i++)
    for (const work of planner.plan(i, peersOf([`peer ${i}`, `peer ${i + 1}`, `peer ${i + 2}`])))
      if (work.type === 'request') {
        planner.answered(work.id, sent(0), i);
        planner.ended(work.id, i);
      }
  expect(sought?.asked.size).toBeGreaterThan(0);
  expect(sought?.asked.size).toBeLessThanOrEqual(4);
});

describe('a client that waits for content', () => {
  const root = rootOf('asked for');
  const waiting = (core: ContentCore): ContentCore => {
    core.enter(root);
    core.missing(root);
    return core;
  };

  test('and leaves, is forgotten with the root, but not before the last one', () => {
    const core = waiting(waiting(coreOf([])));
    core.leave(root);
    expect(core.sizes().pending).toBe(1);
    core.leave(root);
    expect(core.sizes().pending).toBe(0);
  });

  test('leaves pending what the chain wants, before or since', () => {
    const before = waiting(coreOf([root]));
    before.leave(root);
    expect(before.sizes().pending).toBe(1);
    const since = waiting(coreOf([]));
    since.adopt(root);
    since.leave(root);
    expect(since.sizes().pending).toBe(1);
  });

  test('and leaves, takes nothing from one that came after the chain wanted the root and it was given up', () => {
    const core = waiting(coreOf([]));
    core.adopt(root);
    run(core, ['peer'], 300_000);
    expect(core.sizes().pending).toBe(0);
    waiting(core);
    // The first of the two leaves.
    core.leave(root);
    expect(core.sizes().pending).toBe(1);
    // The chain wants the root, so it stays.
    core.leave(root);
    expect(core.sizes().pending).toBe(1);
  });

  test('leaves pending what a contribution lacks', () => {
    const core = waiting(coreOf([]));
    core.inspected(rootOf('list'), [root]);
    core.leave(root);
    expect(core.sizes().pending).toBe(1);
  });

  test('is served before what nobody waits for', () => {
    const core = coreOf([...rootsOf(200), root]);
    core.enter(root);
    core.hasten(root);
    expect(requestsOf(core.tick(0, peersOf(['peer'])))[0]?.roots[0]).toEqual(root);
  });

  test('and asks again, does not shorten a pause', () => {
    const core = waiting(coreOf([]));
    core.hasten(root);
    run(core, ['peer'], 100);
    core.hasten(root);
    expect(core.tick(110, peersOf(['peer']))).toEqual([]);
  });
});

test('an announcement is forwarded if it is the first of its peer for some pending root, and only then', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'elsewhere');
  const announcement = fc.record({
    from: fc.constantFrom('a', 'b', 'c'),
    holder: names,
    roots: fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(announcement, { maxLength: 40 }), (announcements) => {
      // The first five are pending.
      const core = coreOf(rootsOf(5));
      const known = new Set<string>();
      for (const { from, holder, roots } of announcements) {
        const peer = holder === 'elsewhere' ? from : holder;
        const news = roots.filter((each) => each < 5 && !known.has(`${peer} ${each}`));
        for (const each of news) known.add(`${peer} ${each}`);
        const { verdict } = core.announced(
          { holder, roots: roots.map(rootOf) },
          from,
          isOneOf(['a', 'b', 'c']),
          0,
        );
        expect(verdict).toBe(news.length > 0 ? 'accept' : 'ignore');
      }
    }),
  );
});

/** One of three roots that differ in their last byte alone. */
const alike = (last: number): Root => {
  const root = Uint8Array.from(rootOf('alike'));
  root[31] = last;
  return root as Root;
};

describe('roots that begin alike', () => {
  const [one, other, third] = [alike(1), alike(2), alike(3)];
  const isPeer = isOneOf(['a', 'b']);
  const verdict = (core: ContentCore, root: Root): string =>
    core.announced({ holder: 'a', roots: [root] }, 'a', isPeer, 0).verdict;

  test('are told apart when they are announced', () => {
    const core = coreOf([one, other]);
    expect(verdict(core, third)).toBe('ignore');
    expect([verdict(core, other), verdict(core, one)]).toEqual(['accept', 'accept']);
    expect([verdict(core, other), verdict(core, one)]).toEqual(['ignore', 'ignore']);
  });

  test('are forgotten one at a time', () => {
    const core = coreOf([one, other]);
    core.arrived(one);
    core.arrived(one);
    expect([verdict(core, one), verdict(core, other)]).toEqual(['ignore', 'accept']);
    core.arrived(other);
    core.missing(one);
    expect([verdict(core, other), verdict(core, one)]).toEqual(['ignore', 'accept']);
    core.clear();
    expect([core.sizes().pending, verdict(core, one)]).toEqual([0, 'ignore']);
  });

  test('are taken for one before they are wanted: then the wrong peer is asked in vain once, and the right one next', () => {
    const core = coreOf([]);
    core.announced({ holder: 'b', roots: [other] }, 'b', isPeer, 0);
    core.missing(one);
    const holds = (peer: string): boolean => peer === 'a';
    const asks = run(core, ['a', 'b'], 0, { holds, perAnswer: FIRST_WINDOW });
    expect(asks.map(({ peer }) => peer)).toEqual(['b', 'a']);
    expect(core.sizes()).toMatchObject({ pending: 0, early: 0 });
    // It is not held against the peer, which never said that it has this root.
    core.missing(rootOf('next'));
    core.announced({ holder: 'b', roots: [rootOf('next')] }, 'b', isPeer, 0);
    expect(requestsOf(core.tick(0, peersOf(['a', 'b'])))[0]?.peer).toBe('b');
  });
});

test('of all that announce one root, so many are told apart and the rest is not forwarded', () => {
  const core = coreOf(rootsOf(1));
  const names = Array.from({ length: ANNOUNCERS_MAX + 10 }, (_, i) => `peer ${i}`);
  const verdicts = Array.from(
    { length: ANNOUNCERS_MAX + 10 },
    (_, i) => core.announced({ holder: '', roots: rootsOf(1) }, `peer ${i}`, isOneOf(names), 0).verdict,
  );
  expect(verdicts.filter((verdict) => verdict === 'accept').length).toBe(ANNOUNCERS_MAX);
  // A peer of the config is told apart all the same, and asked.
  core.tick(
    0,
    [...names, 'known'].map((name) => ({ name, configured: name === 'known' })),
  );
  const known = core.announced({ holder: 'known', roots: rootsOf(1) }, 'known', isOneOf(['known']), 0);
  expect(known.verdict).toBe('accept');
});

test('room for the roots of an announcement is made once, and taken from the senders with the most', () => {
  const core = coreOf([]);
  const names = Array.from({ length: 8 }, (_, i) => `peer ${i}`);
  let looks = 0;
  const isPeer = (name: string): boolean => {
    looks += 1;
    return names.includes(name);
  };
  const announce = (name: string, count: number): void => {
    const roots = Array.from({ length: count }, (_, j) => rootOf(`${name} ${looks} ${j}`));
    core.announced({ holder: name, roots }, name, isPeer, 0);
  };
  core.announced({ holder: 'peer 0', roots: rootsOf(100) }, 'peer 0', isPeer, 0);
  for (let i = 0; i < 4 * (EARLY_MAX / 256); i++) announce(`peer ${1 + (i % 7)}`, 256);
  expect(core.sizes().early).toBe(EARLY_MAX);
  looks = 0;
  announce('peer 1', 256);
  // Once for the holder, and once for each sender.
  expect(looks).toBe(1 + names.length);
  for (const root of rootsOf(100)) core.missing(root);
  expect(core.sizes()).toMatchObject({ early: EARLY_MAX - 100, pending: 100 });
});

test('whatever comes, it holds no more than its bounds', () => {
  const core = coreOf([]);
  for (let i = 0; i < PENDING_MAX + 5_000; i++) core.missing(rootOf(i));
  for (let i = 0; i < 3 * EARLY_MAX; i += 256) {
    const roots = Array.from({ length: 256 }, (_, j) => rootOf(`unknown ${i + j}`));
    core.announced({ holder: 'a', roots }, 'a', isOneOf(['a']), 0);
  }
  for (let i = 0; i < 2_000; i++)
    for (const { id } of requestsOf(core.tick(i, peersOf([`peer ${i}`])))) {
      core.answered(id, FAILED, i);
      core.ended(id, i);
    }
  core.tick(10_000, peersOf(Array.from({ length: 40 }, (_, i) => `other ${i}`)));
  expect(core.sizes()).toEqual({
    pending: PENDING_MAX,
    links: 0,
    early: EARLY_MAX,
    records: RECORDS_MAX,
    inFlight: RELIED_MAX,
  });
});

describe('everything wanted', () => {
  const reviews = (core: ContentCore, now: number): boolean =>
    core.tick(now, peersOf([])).some(({ type }) => type === 'review');

  test('is looked through at the start and every ten minutes, one time at a time', () => {
    const core = coreOf([]);
    expect([reviews(core, 0), reviews(core, 700_000)]).toEqual([true, false]);
    core.reviewed();
    expect([reviews(core, 599_999), reviews(core, 600_000)]).toEqual([false, true]);
  });

  test('is looked through after one minute if there was no room for a root', () => {
    const core = coreOf([]);
    expect(reviews(core, 0)).toBe(true);
    for (let i = 0; i <= PENDING_MAX; i++) core.missing(rootOf(i));
    core.reviewed();
    expect([reviews(core, 59_999), reviews(core, 60_000)]).toEqual([false, true]);
  });
});
