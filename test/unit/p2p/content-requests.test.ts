/** Which peers a node relies on for content, for how long, and what it does meanwhile. */
import { describe, expect, test } from 'vitest';
import { EARLY_MAX } from '../../../p2p/content/announcements.ts';
import { ContentCore, FIRST_WINDOW, type Work } from '../../../p2p/content/core.ts';
import { PROBES_MAX, RELIED_MAX, REQUESTS_MAX, STRANGERS_MAX } from '../../../p2p/content/in-flight.ts';
import { PENDING_MAX } from '../../../p2p/content/pending.ts';
import { PROVEN_AT } from '../../../p2p/peer-records.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { toBareHex, utf8 } from '../../../src/lib/bytes.ts';
import { sha256 } from '../../../src/lib/hash.ts';

type Request = Extract<Work, { readonly type: 'request' }>;

const rootOf = (name: string | number): Root => sha256(utf8(`root ${name}`));
const rootsOf = (count: number, from = 0): readonly Root[] =>
  Array.from({ length: count }, (_, i) => rootOf(from + i));
const namesOf = (count: number, name = 'peer'): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${name} ${i}`);

/** A core that wants these roots, and its peers. The first of equals is chosen. */
const create = (roots: readonly Root[], strangers: readonly string[], configured: readonly string[] = []) => {
  const core = new ContentCore(() => 0);
  for (const root of roots) core.missing(root);
  const peers = [
    ...strangers.map((name) => ({ name, configured: false })),
    ...configured.map((name) => ({ name, configured: true })),
  ];
  return {
    core,
    peers,
    work: (now: number): readonly Work[] => core.tick(now, peers),
    ask: (now: number): readonly Request[] => core.tick(now, peers).filter((each) => each.type === 'request'),
    /** The peer sends all that it was asked for. */
    deliver: ({ id, roots: asked }: Request, now: number): void => {
      core.answered(
        id,
        { type: 'objects', count: asked.length, bytes: 200 * asked.length, isCut: false },
        now,
      );
      for (const root of asked) core.stored(id, root);
      core.ended(id, now);
    },
    /** The peer sends nothing of it. */
    sendNothing: ({ id }: Request, now: number): void => {
      core.answered(id, { type: 'objects', count: 0, bytes: 0, isCut: false }, now);
      core.ended(id, now);
    },
    fail: ({ id }: Request, now: number): void => {
      core.answered(id, { type: 'failed' }, now);
      core.ended(id, now);
    },
    announce: (from: string, announced: readonly Root[], now: number, holder = from) =>
      core.announced(
        { holder, roots: announced },
        from,
        (name) => peers.some((peer) => peer.name === name),
        now,
      ),
  };
};

const one = (requests: readonly Request[]): Request => {
  const [request, ...others] = requests;
  if (request === undefined || others.length > 0) throw new Error(`${requests.length} requests`);
  return request;
};
const askedOf = (requests: readonly Request[]): readonly string[] => requests.map(({ peer }) => peer);
const keysOf = ({ roots }: Request): readonly string[] => roots.map(toBareHex);

describe('a request that is not answered', () => {
  test('is relied on for a second; half of it if a peer has nothing else to do', () => {
    const { ask } = create(rootsOf(FIRST_WINDOW), ['silent', 'other']);
    const first = one(ask(0));
    expect(ask(499)).toEqual([]);
    const second = one(ask(500));
    expect([first.peer, second.peer, keysOf(second)]).toEqual(['silent', 'other', keysOf(first)]);
  });

  test('is still good for an answer, which makes up for the delay', () => {
    const { core, ask, deliver } = create(rootsOf(2 * FIRST_WINDOW), ['slow', 'other']);
    const [slow] = ask(0);
    if (slow === undefined) throw new Error('nothing was asked');
    ask(1_500);
    deliver(slow, 2_000);
    expect(core.sizes().pending).toBe(FIRST_WINDOW);
    // It is relied on as before, and asked for more.
    expect(ask(2_001).map(({ peer, roots }) => [peer, roots.length])).toEqual([['slow', FIRST_WINDOW]]);
  });

  test('makes the next one for the same roots last twice as long', () => {
    const { ask } = create(rootsOf(1), namesOf(4));
    expect([ask(0), ask(500), ask(1_499), ask(1_500), ask(3_499), ask(3_500)].map(askedOf)).toEqual([
      ['peer 0'],
      ['peer 1'],
      [],
      ['peer 2'],
      [],
      ['peer 3'],
    ]);
  });

  test('is abandoned when there are more than sixteen, the longest first', () => {
    const { core, work } = create(rootsOf(4_000), namesOf(40));
    const abandoned: number[] = [];
    for (let now = 0; now <= 10_000; now += 100) {
      for (const each of work(now)) if (each.type === 'abandon') abandoned.push(each.id);
      expect(core.sizes().inFlight).toBeLessThanOrEqual(REQUESTS_MAX);
    }
    expect(abandoned.slice(0, 3)).toEqual([1, 2, 3]);
  });
});

describe('a peer that has failed', () => {
  const failing = () => {
    const arena = create(rootsOf(100), ['failing', 'good']);
    const requests = arena.ask(0);
    const [first, second] = requests;
    if (first === undefined || second === undefined) throw new Error('nothing was asked');
    arena.fail(first, 0);
    arena.deliver(second, 0);
    return arena;
  };

  test('is asked for one root, which another peer is asked for too, until it has answered', () => {
    const { ask, deliver } = failing();
    const [relied, probe] = ask(600);
    if (relied === undefined || probe === undefined) throw new Error('too few were asked');
    expect([relied.peer, probe.peer, probe.roots.length]).toEqual(['good', 'failing', 1]);
    expect(keysOf(relied)).toContain(keysOf(probe)[0]);
    deliver(probe, 610);
    // It has made up for the failure.
    expect(ask(610).map(({ peer, roots }) => [peer, roots.length])).toEqual([['failing', 2]]);
  });

  test('hastens nothing, however often it announces', () => {
    const { core, ask, announce } = create(rootsOf(1), ['failing', 'good']);
    const { id } = one(ask(0));
    core.answered(id, { type: 'failed' }, 0);
    core.ended(id, 0);
    expect(announce('failing', rootsOf(1), 1).hastened).toBe(false);
    expect(one(ask(1)).peer).toBe('good');
  });

  test('is known by its failure when it comes back', () => {
    const { core, peers, ask } = failing();
    core.tick(100, peers.slice(1));
    expect(askedOf(ask(110))).not.toContain('failing');
  });

  test('is relied on again after a minute', () => {
    const { core, ask } = failing();
    for (const { id } of ask(1)) core.ended(id, 1);
    expect(ask(61_000).find(({ peer }) => peer === 'failing')?.roots.length).toBe(1);
  });
});

describe('a peer that announced what it then does not send', () => {
  test('is doubted, unless it was another peer that named it', () => {
    const promised = create(rootsOf(1), ['liar', 'good']);
    promised.announce('liar', rootsOf(1), 0);
    promised.sendNothing(one(promised.ask(0)), 0);
    expect(promised.announce('liar', rootsOf(1), 10).hastened).toBe(false);
    const named = create(rootsOf(1), ['honest', 'liar']);
    named.announce('liar', rootsOf(1), 0, 'honest');
    named.sendNothing(one(named.ask(0)), 0);
    expect(named.announce('honest', rootsOf(1), 10).hastened).toBe(true);
  });
});

describe('strangers', () => {
  test('are relied on four at a time while there are peers of the config', () => {
    const { ask } = create(rootsOf(1_000), namesOf(20, 'stranger'), namesOf(20, 'friend'));
    const friends = askedOf(ask(0)).filter((name) => name.startsWith('friend'));
    expect(friends.length).toBe(RELIED_MAX);
    const announcing = create(rootsOf(1_000), namesOf(20, 'stranger'), namesOf(20, 'friend'));
    for (const name of namesOf(20, 'stranger')) announcing.announce(name, rootsOf(1_000), 0);
    const strangers = askedOf(announcing.ask(0)).filter((name) => name.startsWith('stranger'));
    expect(strangers.length).toBe(STRANGERS_MAX);
  });

  test('are all that is relied on if there is nobody else', () => {
    expect(create(rootsOf(1_000), namesOf(20)).ask(0).length).toBe(RELIED_MAX);
  });

  test('are no longer that after three answers with content', () => {
    const { ask, deliver } = create(rootsOf(1_000), ['stranger', 'other']);
    for (let i = 0; i < PROVEN_AT; i++) {
      const request = ask(i).find(({ peer }) => peer === 'stranger');
      if (request === undefined) throw new Error('it was not asked');
      expect(request.roots.length).toBe(FIRST_WINDOW * 2 ** i);
      deliver(request, i);
    }
  });
});

test('peers in doubt are asked at most two at a time', () => {
  const { core, ask, deliver } = create(rootsOf(2_000), [...namesOf(6, 'failing'), 'good']);
  for (const request of ask(0))
    if (request.peer === 'good') deliver(request, 0);
    else {
      core.answered(request.id, { type: 'failed' }, 0);
      core.ended(request.id, 0);
    }
  const probes = askedOf(ask(600)).filter((name) => name.startsWith('failing'));
  expect(probes.length).toBe(PROBES_MAX);
});

test('a flood of announcements of one peer pushes out its own, not those of others', () => {
  const { core, ask, announce } = create([], ['flooder', 'quiet', 'a', 'b']);
  announce('quiet', [rootOf('early')], 0);
  for (let i = 0; i < 2 * EARLY_MAX; i += 256) announce('flooder', rootsOf(256, i), 0);
  expect(core.sizes().early).toBe(EARLY_MAX);
  core.missing(rootOf('early'));
  expect(one(ask(0)).peer).toBe('quiet');
});

test('announcements under many names that are gone again push out nothing of a peer that is here', () => {
  const { core, peers, ask, announce } = create([], ['quiet', 'a']);
  announce('quiet', [rootOf('early'), ...rootsOf(100)], 0);
  for (let i = 0; i < 2 * EARLY_MAX; i++) {
    const name = `gone ${i}`;
    core.announced(
      { holder: name, roots: [rootOf(`noise ${i}`)] },
      name,
      (each) => each === name || peers.some((peer) => peer.name === each),
      0,
    );
  }
  expect(core.sizes().early).toBeLessThanOrEqual(EARLY_MAX);
  core.missing(rootOf('early'));
  expect(one(ask(0)).peer).toBe('quiet');
});

test('a new root takes the place of one that all were asked for in vain, when there is no other', () => {
  const { core, ask, sendNothing } = create(rootsOf(PENDING_MAX), ['peer']);
  core.missing(rootOf('no room'));
  expect(core.sizes().pending).toBe(PENDING_MAX);
  sendNothing(one(ask(0)), 0);
  // The next request begins with what has not been asked for, and ends the round of the rest on its way.
  for (let now = 60; now < 5_000 && core.sizes().pending === PENDING_MAX; now += 60)
    for (const request of ask(now)) sendNothing(request, now);
  core.missing(rootOf('new'));
  core.hasten(rootOf('new'));
  expect(core.sizes().pending).toBe(PENDING_MAX);
  expect(ask(10_000).some((request) => keysOf(request).includes(toBareHex(rootOf('new'))))).toBe(true);
});
