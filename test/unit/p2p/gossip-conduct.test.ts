import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AnnouncementBatcher } from '../../../p2p/announcement-batcher.ts';
import { ANNOUNCED } from '../../../p2p/announcement-pace.ts';
import { EARLY_MAX } from '../../../p2p/content/announcements.ts';
import { GossipConduct } from '../../../p2p/gossip-conduct.ts';
import { ANNOUNCED_ROOTS_MAX, type TopicName } from '../../../p2p/protocols.ts';
import { PeerScores } from '../../../p2p/scores.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { uint64 } from '../../../src/lib/ssz.ts';
import { TokenBucket } from '../../../src/lib/token-bucket.ts';
import { quiet } from './networks.ts';

const stand = () => {
  const clock = { now: 0 };
  const network = { nodes: 4, ahead: '' };
  const now = (): number => clock.now;
  const scores = new PeerScores({ now, onOffence: () => undefined, onBan: () => undefined });
  const conduct = new GossipConduct({
    scores,
    isConfigured: (peer) => peer === 'own',
    isFarAhead: (peer) => peer === network.ahead,
    nodes: () => network.nodes,
    logger: quiet,
    now,
  });
  const send = (peer: string, count: number): void => {
    for (let i = 0; i < count; i++) conduct.judged('votes', peer, 'old');
  };
  const ignore = (peer: string, count: number, topic: TopicName = 'votes'): void => {
    for (let i = 0; i < count; i++) conduct.judged(topic, peer, 'ignore');
  };
  return { clock, network, scores, conduct, send, ignore };
};

test('a stranger that sends messages of decided heights without end is banned, each with its own ration', () => {
  const { scores, conduct, send } = stand();
  send('flood', 64);
  expect(scores.points('flood')).toBe(0);
  send('flood', 19);
  expect(conduct.isUnheard('votes', 'flood')).toBe(false);
  send('flood', 1);
  expect(conduct.isUnheard('votes', 'flood')).toBe(true);
  send('other', 64);
  expect(scores.points('other')).toBe(0);
});

test('a node that is behind, and repeats what it has for hours, is not penalised', () => {
  const { clock, scores, send } = stand();
  for (let seconds = 0; seconds < 7_200; seconds++) {
    clock.now = seconds * 1_000;
    send('behind', 16);
  }
  expect(scores.points('behind')).toBe(0);
});

test('a peer of the config is not penalised for them: its votes may be needed', () => {
  const { scores, conduct, send } = stand();
  send('own', 10_000);
  expect([scores.points('own'), conduct.isUnheard('votes', 'own')]).toEqual([0, false]);
});

describe('messages of consensus that are of no use', () => {
  test('ban a stranger that sends them without end, each with its own ration', () => {
    const { scores, conduct, ignore } = stand();
    ignore('flood', 2_000);
    ignore('flood', 48, 'proposals');
    expect(scores.points('flood')).toBe(0);
    ignore('flood', 19);
    expect(conduct.isUnheard('votes', 'flood')).toBe(false);
    ignore('flood', 1);
    expect(conduct.isUnheard('votes', 'flood')).toBe(true);
    ignore('other', 2_048);
    expect(scores.points('other')).toBe(0);
  });

  test('are no offence of a peer of the config, nor in a topic that is not of consensus', () => {
    const { scores, ignore } = stand();
    ignore('own', 10_000);
    ignore('other', 10_000, 'transactions');
    ignore('other', 10_000, 'content');
    expect([scores.points('own'), scores.points('other')]).toEqual([0, 0]);
  });

  /** The most that an honest node sends: two votes of each validator, and a few certificates, for four heights per second. */
  const perSecond = (validators: number): number => 4 * (2 * validators + 2);

  test.each([4, 100])(
    'are no offence of an honest stranger in a network of %i, though this node stands still for 40 s again and again',
    (validators) => {
      const { clock, network, scores, ignore } = stand();
      network.nodes = validators;
      let underWay = 0;
      for (let seconds = 0; seconds < 1_800; seconds++) {
        clock.now = seconds * 1_000;
        underWay += perSecond(validators);
        if (seconds % 120 < 40) continue;
        ignore('honest', underWay);
        underWay = 0;
      }
      expect(scores.points('honest')).toBe(0);
    },
  );

  test('are no offence of a stranger that is far ahead: this node may know fewer validators than there are', () => {
    const { clock, network, scores, ignore } = stand();
    network.ahead = 'honest';
    for (let seconds = 0; seconds < 3_600; seconds++) {
      clock.now = seconds * 1_000;
      ignore('honest', perSecond(100));
    }
    expect(scores.points('honest')).toBe(0);
    network.ahead = '';
    ignore('honest', 2_068);
    expect(scores.points('honest')).toBe(100);
  });
});

test('a stranger that announces content without end is banned, each with its own ration', () => {
  const { scores, conduct } = stand();
  const announce = (peer: string, count: number): number =>
    Array.from({ length: count }, () => conduct.mayAnnounce(peer)).filter((may) => may).length;
  expect(announce('flood', ANNOUNCED.heard.burst)).toBe(ANNOUNCED.heard.burst);
  expect(scores.points('flood')).toBe(0);
  expect(announce('flood', 19)).toBe(0);
  expect(conduct.isUnheard('content', 'flood')).toBe(false);
  expect(announce('flood', 1)).toBe(0);
  expect(conduct.isUnheard('content', 'flood')).toBe(true);
  expect([announce('other', 100), scores.points('other')]).toEqual([100, 0]);
});

test('what a peer of the config announces past the ration is not handled, and is no offence', () => {
  const { scores, conduct } = stand();
  for (let i = 0; i < 10_000; i++) conduct.mayAnnounce('own');
  expect(conduct.mayAnnounce('own')).toBe(false);
  expect([scores.points('own'), conduct.isUnheard('content', 'own')]).toEqual([0, false]);
});

let made = 0n;
const newRoots = (count: number): readonly Root[] =>
  Array.from({ length: count }, () => {
    const root = new Uint8Array(32) as Root;
    made += 1n;
    root.set(uint64.encode(made));
    return root;
  });

describe('an honest node', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('announces at once, and what comes after waits for the pace, of too much the newest', () => {
    const sent: (readonly Root[])[] = [];
    const batcher = new AnnouncementBatcher((roots) => sent.push(roots));
    const [first, ...others] = newRoots(ANNOUNCED.own.burst + 2);
    if (first === undefined) throw new Error('no root');
    batcher.add([first]);
    expect(sent).toEqual([[first]]);
    for (const root of others) batcher.add([root, root]);
    expect(sent.length).toBe(ANNOUNCED.own.burst);
    vi.advanceTimersByTime(2_000);
    expect(sent.flat()).toEqual([first, ...others]);
    expect(sent.length).toBe(ANNOUNCED.own.burst + 1);

    sent.length = 0;
    vi.advanceTimersByTime(10_000);
    const many = newRoots(3 * EARLY_MAX);
    for (const root of many) batcher.add([root]);
    vi.advanceTimersByTime(60_000);
    expect(sent.every((roots) => roots.length <= ANNOUNCED_ROOTS_MAX)).toBe(true);
    expect(sent.flat().slice(-EARLY_MAX)).toEqual(many.slice(-EARLY_MAX));
    batcher.add(many);
    batcher.stop();
    const { length } = sent;
    vi.advanceTimersByTime(60_000);
    expect(sent.length).toBe(length);
  });

  test('that announces and forwards as fast as it ever does, for half an hour, to a node that stands still for 40 s again and again, commits no offence', () => {
    const { clock, scores, conduct } = stand();
    let underWay = 0;
    let arrived = 0;
    const batcher = new AnnouncementBatcher(() => {
      underWay += 1;
    });
    const forwards = new TokenBucket(ANNOUNCED.forwarded, performance.now());
    for (let ms = 0; ms < 1_800_000; ms += 50) {
      batcher.add(newRoots(1));
      while (forwards.take(1, performance.now())) underWay += 1;
      vi.advanceTimersByTime(50);
      clock.now = ms;
      if (ms % 120_000 < 40_000) continue;
      for (; underWay > 0; underWay--, arrived++) expect(conduct.mayAnnounce('honest')).toBe(true);
    }
    batcher.stop();
    expect(arrived).toBeGreaterThan(1_800 * (ANNOUNCED.own.perSecond + ANNOUNCED.forwarded.perSecond) - 500);
    expect(scores.points('honest')).toBe(0);
  });
});
