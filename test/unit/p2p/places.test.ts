import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GRACE_MS, type Place, Places, SLOW_BYTES_PER_SECOND } from '../../../p2p/places.ts';

const TOTAL = 16;

/** Places, and the names of the peers that lost theirs. */
const create = () => {
  const places = new Places(TOTAL);
  const lost: string[] = [];
  const enter = (peer: string, now = 0, configured = false): Place | undefined =>
    places.enter(peer, configured, now, () => lost.push(peer));
  return { places, lost, enter };
};

describe('the places of a server', () => {
  test('go to one peer up to a quarter', () => {
    const { enter } = create();
    const got = Array.from({ length: TOTAL }, () => enter('greedy'));
    expect(got.filter((place) => place !== undefined).length).toBe(TOTAL / 4);
  });

  test('are kept for the peers of the config to a quarter', () => {
    const { places, enter } = create();
    for (let i = 0; i < 40; i++) enter(`stranger ${i}`);
    expect(places.size).toBe((TOTAL * 3) / 4);
    for (let i = 0; i < 40; i++) enter(`friend ${i}`, 0, true);
    expect(places.size).toBe(TOTAL);
  });

  test('are shared out evenly when all are held', () => {
    const { lost, enter } = create();
    for (const peer of ['a', 'b', 'c']) for (let i = 0; i < 4; i++) enter(peer);
    const got = Array.from({ length: 4 }, () => enter('d') !== undefined);
    expect(got).toEqual([true, true, true, false]);
    expect(lost.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('of those who read too slowly go to whoever asks, after two seconds, the slowest first', () => {
    const { lost, enter } = create();
    const held = Array.from({ length: 12 }, (_, i) => enter(`reader ${i}`));
    const now = GRACE_MS;
    const fair = (SLOW_BYTES_PER_SECOND * now) / 1_000;
    for (const [i, place] of held.entries()) if (place !== undefined) place.bytes = i < 2 ? 100 - i : fair;
    expect(enter('honest', now - 1)).toBeUndefined();
    expect([enter('honest', now), enter('another', now), enter('a third', now)].map(Boolean)).toEqual([
      true,
      true,
      false,
    ]);
    expect(lost).toEqual(['reader 1', 'reader 0']);
  });

  test("of a slow reader that is in nobody's way are left to it", () => {
    const { lost, enter } = create();
    enter('slow');
    expect(enter('honest', 60_000)).toBeDefined();
    expect(lost).toEqual([]);
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
        const places = new Places(TOTAL);
        const held = new Set<Place>();
        let now = 0;
        for (const { peer, wait, bytes, leaves } of visits) {
          now += wait;
          const configured = peer < 5;
          const evicted: Place[] = [];
          const place: Place | undefined = places.enter(`${peer}`, configured, now, () => {
            const [gone] = [...held].filter((each) => each === place);
            if (gone !== undefined) evicted.push(gone);
          });
          for (const gone of evicted) {
            held.delete(gone);
            expect(gone.configured && !configured).toBe(false);
          }
          if (place === undefined) continue;
          place.bytes = bytes;
          if (leaves) places.leave(place);
          else held.add(place);
          expect(places.size).toBeLessThanOrEqual(TOTAL);
        }
      }),
    );
  });
});

test('four of 24 requesters that read nothing leave the others their turn', () => {
  /** Returns the answers that the honest peer with the fewest has got in 20 s, if so many peers are hostile. */
  const fewest = (hostile: number): number => {
    const { places, enter } = create();
    const held = new Map<number, Place>();
    const finished = Array.from({ length: 20 }, () => 0);
    // In steps of 100 ms. Hostile peers take all that they get; an honest one needs 300 ms for an answer, and 100 ms to ask.
    for (let step = 0; step < 200; step++) {
      const now = 100 * step;
      const rests = new Set<number>();
      for (const [peer, place] of held) {
        place.bytes += 200_000;
        if (now - place.since < 300) continue;
        places.leave(place);
        held.delete(peer);
        rests.add(peer);
        finished[peer] = (finished[peer] ?? 0) + 1;
      }
      for (let i = 0; i < hostile; i++) for (let j = 0; j < 4; j++) enter(`hostile ${i}`, now);
      for (let i = 0; i < 20; i++) {
        const peer = (i + 7 * step) % 20;
        if (held.has(peer) || rests.has(peer)) continue;
        const place = enter(`honest ${peer}`, now);
        if (place !== undefined) held.set(peer, place);
      }
    }
    return Math.min(...finished);
  };
  const alone = fewest(0);
  expect(alone).toBeGreaterThan(30);
  // Twelve places for strangers: the hostile peers hold one each most of the time.
  expect(fewest(4)).toBeGreaterThan(alone / 3);
});
