import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  LINE_MAX,
  type Place,
  Places,
  REMEMBERED_MS,
  SLOW_BYTES_PER_SECOND,
  WAIT_TURNS,
  WINDOW_BYTES,
} from '../../../p2p/places.ts';

const TOTAL = 16;
const TURN_MS = 2_000;
const WAIT_MS = WAIT_TURNS * TURN_MS;
const STRANGERS = (TOTAL * 3) / 4;

/** What became of a request. */
type Visit = { place: Place | undefined; isAnswered: boolean };

/** Places, and the names of the peers that lost theirs. */
const create = (total = TOTAL) => {
  const places = new Places(total, TURN_MS);
  const lost: string[] = [];
  const ask = (peer: string, now = 0, configured = false): Visit => {
    const visit: Visit = { place: undefined, isAnswered: false };
    const evict = (): void => {
      lost.push(peer);
    };
    const answer = (place: Place | undefined): void => {
      visit.place = place;
      visit.isAnswered = true;
    };
    places.ask({ peer, configured, evict, answer }, now);
    return visit;
  };
  return { places, lost, ask };
};

/** What a reader that is just fast enough has taken at that time. */
const fairBytes = (ms: number): number => WINDOW_BYTES + (SLOW_BYTES_PER_SECOND * ms) / 1_000;

const held = (visits: readonly Visit[]): readonly Place[] => visits.flatMap(({ place }) => place ?? []);

describe('the places of a server', () => {
  test('go to one peer up to a quarter, and it gets no others by waiting', () => {
    const { ask, places } = create();
    const visits = Array.from({ length: TOTAL }, () => ask('greedy'));
    expect(held(visits).length).toBe(TOTAL / 4);
    expect([places.waiting, visits.every(({ isAnswered }) => isAnswered)]).toEqual([0, true]);
  });

  test('are kept for the peers of the config to a quarter', () => {
    const { places, ask } = create();
    for (let i = 0; i < 40; i++) ask(`stranger ${i}`);
    expect(places.size).toBe(STRANGERS);
    for (let i = 0; i < 40; i++) ask(`friend ${i}`, 0, true);
    expect(places.size).toBe(TOTAL);
  });

  test('are shared out evenly when all are held', () => {
    const { lost, ask } = create();
    for (const peer of ['a', 'b', 'c']) for (let i = 0; i < 4; i++) ask(peer);
    expect(held(Array.from({ length: 4 }, () => ask('d'))).length).toBe(3);
    expect(lost.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('of those who read too slowly go to whoever waits, after a turn, the slowest first', () => {
    const { places, lost, ask } = create();
    const readers = held(Array.from({ length: STRANGERS }, (_, i) => ask(`reader ${i}`)));
    for (const [i, place] of readers.entries())
      place.bytes = i < 2 ? WINDOW_BYTES + 100 - i : fairBytes(TURN_MS);
    const waiting = [ask('honest', TURN_MS - 10), ask('another', TURN_MS - 5), ask('a third', TURN_MS - 1)];
    places.tick(TURN_MS - 1);
    expect(held(waiting)).toEqual([]);
    places.tick(TURN_MS);
    expect(waiting.map(({ place }) => place !== undefined)).toEqual([true, true, false]);
    expect(lost).toEqual(['reader 1', 'reader 0']);
  });

  test('are not kept by what only fills a window', () => {
    const { places, lost, ask } = create(4);
    for (const place of held(['a', 'b', 'c'].map((peer) => ask(peer)))) place.bytes = WINDOW_BYTES;
    const honest = ask('honest', TURN_MS - 1);
    places.tick(TURN_MS);
    expect([honest.place !== undefined, lost.length]).toEqual([true, 1]);
  });

  test('of fast readers end after a turn and a chunk, the oldest first, one for each who waits', () => {
    const { places, lost, ask } = create(4);
    const [a, b, c] = held(['a', 'b', 'c'].map((peer, i) => ask(peer, i)));
    for (const place of [a, b, c]) if (place !== undefined) place.bytes = 1 << 24;
    const honest = ask('honest', TURN_MS + 5);
    places.tick(TURN_MS + 6);
    expect([a?.isOver, b?.isOver, c?.isOver, lost]).toEqual([true, false, false, []]);
    if (a !== undefined) places.leave(a, TURN_MS + 7);
    expect(honest.place?.peer).toBe('honest');
  });

  test("of a slow reader that is in nobody's way are left to it", () => {
    const { lost, ask } = create();
    ask('slow');
    expect(ask('honest', 60_000).place).toBeDefined();
    expect(lost).toEqual([]);
  });

  test('are waited for a while, and then the request is answered', () => {
    const { places, ask } = create(4);
    for (const place of held(['a', 'b', 'c'].map((peer) => ask(peer)))) place.bytes = 1 << 30;
    const late = ask('late', 100);
    places.tick(99 + WAIT_MS);
    expect(late.isAnswered).toBe(false);
    places.tick(100 + WAIT_MS);
    expect(late).toEqual({ place: undefined, isAnswered: true });
    expect(places.waiting).toBe(0);
  });

  test('go to who has waited longest, also when it was sent away meanwhile', () => {
    const { places, ask } = create(4);
    const readers = held(['a', 'b', 'c'].map((peer) => ask(peer)));
    for (const place of readers) place.bytes = 1 << 30;
    const [first] = readers;
    ask('patient', 0);
    places.tick(WAIT_MS);
    const others = ['x', 'y', 'z'].map((peer) => ask(peer, WAIT_MS + 1));
    const patient = ask('patient', WAIT_MS + 2);
    if (first !== undefined) places.leave(first, WAIT_MS + 3);
    expect([patient.place !== undefined, held(others).length]).toEqual([true, 0]);
  });

  test('go to a peer of the config first, and to those that were too slow last', () => {
    const { places, ask } = create(4);
    const [first, second, third] = held(['a', 'b', 'c'].map((peer) => ask(peer)));
    ask('kept', 0, true);
    // The first of them loses its place because it reads nothing, and asks again at once.
    const later = ask('later', TURN_MS);
    expect(later.place).toBeDefined();
    const again = ask('a', TURN_MS);
    const friend = ask('friend', TURN_MS + 1, true);
    const stranger = ask('stranger', TURN_MS + 2);
    expect(friend.place).toBeDefined();
    for (const place of [first, second, third]) if (place !== undefined) places.leave(place, TURN_MS + 3);
    expect(stranger.place?.since ?? 0).toBeLessThanOrEqual(again.place?.since ?? TURN_MS + 3);
  });

  test('keep the rank of a peer only for a while', () => {
    const { places, ask } = create(4);
    const [first] = held(['a', 'b', 'c'].map((peer) => ask(peer)));
    ask('gone', 0);
    places.tick(WAIT_MS);
    const now = WAIT_MS + REMEMBERED_MS;
    for (const place of [first]) if (place !== undefined) place.bytes = 1 << 30;
    const newer = ask('newer', now - 1);
    expect([newer.isAnswered, ask('gone', now).isAnswered]).toEqual([true, true]);
  });

  test('are waited for by so many, and then by those that have waited longest', () => {
    const { places, ask } = create(4);
    for (const peer of ['a', 'b', 'c']) ask(peer);
    const first = ask('first', 1);
    const crowd = Array.from({ length: 2 * LINE_MAX }, (_, i) => ask(`crowd ${i}`, 2 + i / 1_000));
    expect(places.waiting).toBe(LINE_MAX);
    expect([first.isAnswered, crowd.filter(({ isAnswered }) => isAnswered).length]).toEqual([
      false,
      LINE_MAX + 1,
    ]);
  });

  test('are never more than there are, and strangers never evict a peer of the config', () => {
    const visit = fc.record({
      peer: fc.nat({ max: 30 }),
      wait: fc.nat({ max: 3_000 }),
      bytes: fc.nat({ max: 1 << 20 }),
      leaves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(visit, { maxLength: 200 }), (visits) => {
        const places = new Places(TOTAL, TURN_MS);
        const seats = new Set<Place>();
        let asking = { configured: false };
        let now = 0;
        let open = 0;
        for (const { peer, wait, bytes, leaves } of visits) {
          now += wait;
          asking = { configured: peer < 5 };
          const { configured } = asking;
          let mine: Place | undefined;
          open += 1;
          places.ask(
            {
              peer: `${peer}`,
              configured,
              evict: () => {
                if (mine !== undefined) seats.delete(mine);
                expect(configured && !asking.configured).toBe(false);
              },
              answer: (place) => {
                open -= 1;
                mine = place;
                if (place !== undefined) seats.add(place);
              },
            },
            now,
          );
          const [place] = [...seats].slice(-1);
          if (place !== undefined) {
            place.bytes = bytes;
            if (leaves) {
              seats.delete(place);
              // Only those who wait are seated then, and those of the config come first.
              asking = { configured: true };
              places.leave(place, now);
            }
          }
          expect(places.size).toBe(seats.size);
          expect(places.size).toBeLessThanOrEqual(TOTAL);
          expect(places.waiting).toBe(open);
        }
        places.tick(now + WAIT_MS);
        expect([open, places.waiting]).toEqual([0, 0]);
      }),
    );
  });
});

type Reader = {
  /** Bytes per second that it takes. */
  readonly rate: number;
  readonly answerBytes: number;
  /** Comes back under another name after each answer. */
  readonly renews?: boolean;
};

/**
 * Returns how often the honest reader, a stranger, was served in a time, and the longest time it waited for. In steps of
 * 100 ms; every reader asks again at once for as many places as it can have.
 */
const serveAll = (hostile: readonly Reader[], seconds: number, total = 8) => {
  const places = new Places(total, TURN_MS);
  const chunk = 64 << 10;
  type Under = { place: Place; reader: Reader; sent: number; since: number; honest: boolean };
  const under = new Set<Under>();
  const open = new Map<string, number>();
  let served = 0;
  let waitedMax = 0;
  let honestSince = 0;
  let names = 0;
  const honest: Reader = { rate: 4 << 20, answerBytes: 1 << 20 };
  const all = [honest, ...hostile].map((reader, i) => ({ reader, i, name: `${i}` }));
  for (let now = 0; now < seconds * 1_000; now += 100) {
    for (const each of under) {
      each.sent = Math.min(each.reader.answerBytes, each.sent + each.reader.rate / 10);
      each.place.bytes = each.sent + Math.min(WINDOW_BYTES, each.reader.answerBytes - each.sent);
      const isDone =
        each.sent >= each.reader.answerBytes ||
        (each.place.isOver && each.sent % chunk < each.reader.rate / 10);
      if (!isDone) continue;
      under.delete(each);
      open.set(each.place.peer, (open.get(each.place.peer) ?? 1) - 1);
      if (each.honest) {
        served += 1;
        honestSince = now;
      }
      places.leave(each.place, now);
    }
    for (const each of all) {
      const isHonest = each.i === 0;
      for (let wish = open.get(each.name) ?? 0; wish < (isHonest ? 1 : 2); wish++) {
        const { reader } = each;
        if (reader.renews === true && wish === 0) {
          names += 1;
          each.name = `${each.i} renewed ${names}`;
        }
        const { name } = each;
        open.set(name, (open.get(name) ?? 0) + 1);
        let mine: Under | undefined;
        places.ask(
          {
            peer: name,
            configured: false,
            evict: () => {
              if (mine !== undefined) under.delete(mine);
              open.set(name, (open.get(name) ?? 1) - 1);
            },
            answer: (place) => {
              if (place === undefined) {
                open.set(name, (open.get(name) ?? 1) - 1);
                return;
              }
              if (isHonest) waitedMax = Math.max(waitedMax, now - honestSince);
              mine = { place, reader, sent: 0, since: now, honest: isHonest };
              under.add(mine);
            },
          },
          now,
        );
      }
    }
    places.tick(now);
  }
  return { served, waitedMax };
};

describe('one honest stranger among readers that want every place', () => {
  const crowd = (count: number, reader: Reader): readonly Reader[] =>
    Array.from({ length: count }, () => reader);
  const whole = 4 << 20;
  test.each([
    ['six that read nothing', crowd(6, { rate: 0, answerBytes: whole }), 10_000],
    ['twelve that read nothing', crowd(12, { rate: 0, answerBytes: whole }), 10_000],
    ['thirty that read nothing', crowd(30, { rate: 0, answerBytes: whole }), 20_000],
    ['thirty that read nothing of a small answer', crowd(30, { rate: 1, answerBytes: 300_000 }), 20_000],
    ['thirty that are just fast enough', crowd(30, { rate: 70 << 10, answerBytes: whole }), 20_000],
    ['thirty that are fast and ask again at once', crowd(30, { rate: 8 << 20, answerBytes: whole }), 10_000],
    [
      'thirty that come back under new names',
      crowd(30, { rate: 0, answerBytes: whole, renews: true }),
      20_000,
    ],
  ] as const)('is served in bounded time: %s', (_, hostile, most) => {
    for (const total of [8, 16]) {
      const { served, waitedMax } = serveAll(hostile, 60, total);
      expect(served).toBeGreaterThan(60_000 / (most + 1_000));
      expect(waitedMax).toBeLessThan(most);
    }
  });
});
