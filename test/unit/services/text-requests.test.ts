/** How a service requests texts in the background: who gets the places, and when a text counts as missing. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Hex } from '../../../src/lib/bytes.ts';
import { fail, ok } from '../../../src/lib/errors.ts';
import type { Read } from '../../../src/services/corpus/content-reader.ts';
import { TextRequests } from '../../../src/services/corpus/text-requests.ts';

type Pending = {
  readonly roots: readonly Hex[];
  readonly answer: (given: 'here' | 'missing' | 'busy') => void;
};

/** The requests that the node has not answered, in the order in which they came. */
let pending: Pending[];
/** How far the clock is ahead, in milliseconds. */
let ahead: number;
let requests: TextRequests;

const answers: Readonly<Record<'here' | 'missing' | 'busy', Read>> = {
  here: ok([]),
  missing: fail('CONTENT_NOT_FOUND', 'nobody has it'),
  busy: fail('RATE_LIMITED', 'slower'),
};

beforeEach(() => {
  pending = [];
  ahead = 0;
  // Whole, so that sums of times are exact.
  const start = Math.round(performance.now());
  vi.spyOn(performance, 'now').mockImplementation(() => start + ahead);
  onTestFinished(() => void vi.restoreAllMocks());
  requests = new TextRequests(
    (roots) =>
      new Promise((resolve) => {
        const answer: Pending['answer'] = (given) => resolve(roots.map(() => answers[given]));
        pending.push({ roots, answer });
      }),
  );
});

const rootOf = (owner: string, i = 0): Hex => `0x${Buffer.from(`${owner}/${i}`).toString('hex')}`;
const ask = (owner: string, count = 1, isUrgent = false): void => {
  for (let i = 0; i < count; i++) requests.request([rootOf(owner, i)], { owner, waitMs: 1_000 }, isUrgent);
};
const askedOf = (owner: string): number =>
  pending
    .flatMap(({ roots }) => roots)
    .filter((root) => Buffer.from(root.slice(2), 'hex').toString().startsWith(`${owner}/`)).length;
const answer = async (at: number, given: 'here' | 'missing' | 'busy'): Promise<void> => {
  pending.splice(at, 1)[0]?.answer(given);
  await new Promise((resolve) => setImmediate(resolve));
};
const ANSWER = { owner: 'answers', waitMs: 1_000 };
const answerAll = async (given: 'here' | 'missing' | 'busy'): Promise<void> => {
  while (pending.length > 0) await answer(0, given);
};

describe('places for requests', () => {
  test('are never all taken by one owner, however much it withholds', () => {
    ask('withheld', 100);
    expect(askedOf('withheld')).toBe(8);
    ask('honest', 2);
    expect(askedOf('honest')).toBe(2);
  });

  test('go to one owner after the other', async () => {
    for (const owner of ['a', 'b', 'c']) ask(owner, 20);
    const before = askedOf('c');
    // One place after the other becomes free, and none of the owners gets them all.
    for (let i = 0; i < 6; i++) await answer(0, 'missing');
    expect(askedOf('c')).toBeGreaterThan(before);
    expect(pending).toHaveLength(16);
  });

  test('are kept for what was never missing: what was has half of them at most', async () => {
    const owners = ['a', 'b', 'c', 'd'];
    for (const owner of owners) ask(owner, 8);
    await answerAll('missing');
    ahead += 2_000;
    for (const owner of owners) ask(owner, 8);
    expect(pending).toHaveLength(8);
    ask('fresh', 20);
    expect(askedOf('fresh')).toBe(8);
  });

  test('are there for an answer to a DEMAND when all others are taken', () => {
    for (const owner of ['a', 'b']) ask(owner, 20);
    expect(pending).toHaveLength(16);
    ask('answers', 1, true);
    expect(askedOf('answers')).toBe(1);
  });

  test('are there for an answer to a DEMAND, also if its content waits for a place among other content', async () => {
    ask('withheld', 20);
    expect(askedOf('withheld')).toBe(8);
    for (const i of [3, 15, 15]) requests.request([rootOf('withheld', i)], ANSWER, true);
    // One of them has a place already.
    expect(pending.map(({ roots }) => roots)).toContainEqual([rootOf('withheld', 15)]);
    expect(pending).toHaveLength(9);
    const seen = pending.flatMap(({ roots }) => roots);
    for (; pending.length > 0; seen.push(...pending.slice(-1).flatMap(({ roots }) => roots)))
      await answer(0, 'here');
    expect(new Set(seen).size).toBe(20);
    expect(requests.isPending(rootOf('withheld', 15))).toBe(false);
  });

  test('are there for what belongs to the content of an answer', async () => {
    const asked: Hex[] = [];
    requests = new TextRequests((roots) => {
      asked.push(...roots);
      return roots[0] === rootOf('list')
        ? Promise.resolve([ok([rootOf('item')])])
        : new Promise(() => undefined);
    });
    for (const owner of ['a', 'b']) ask(owner, 20);
    requests.request([rootOf('list')], ANSWER, true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toContain(rootOf('item'));
  });
});

describe('a text that nobody has', () => {
  test('is pending until the node has said so, or was asked for as long as a reader waits', async () => {
    ask('a');
    expect(requests.isPending(rootOf('a'))).toBe(true);
    ahead += 999;
    expect(requests.isPending(rootOf('a'))).toBe(true);
    ahead += 1;
    expect(requests.isPending(rootOf('a'))).toBe(false);
    ask('b');
    await answer(1, 'missing');
    expect(requests.isPending(rootOf('b'))).toBe(false);
    expect(requests.takeEnded()).toBe(true);
    expect(requests.takeEnded()).toBe(false);
  });

  test('is pending while it waits for a place, for however long', () => {
    ask('a', 9);
    ahead += 600_000;
    expect(requests.isPending(rootOf('a', 7))).toBe(false);
    expect(requests.isPending(rootOf('a', 8))).toBe(true);
  });

  test('is not missing because the node had no time', async () => {
    ask('a');
    await answer(0, 'busy');
    expect(requests.isPending(rootOf('a'))).toBe(true);
  });

  test('is requested again after pauses that double, and for an answer after short ones', async () => {
    const pauses: number[] = [];
    for (let i = 0; i < 7; i++) {
      ask('a');
      await answerAll('missing');
      let waited = 0;
      for (ask('a'); pending.length === 0; ask('a')) {
        ahead += 1_000;
        waited += 1;
      }
      pauses.push(waited);
    }
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 64]);
    await answerAll('missing');
    ahead += 2_000;
    ask('a', 1, true);
    expect(pending).toHaveLength(1);
  });
});

describe('a look for a text before somebody acts because it is missing', () => {
  const look = (owner = 'a'): boolean => requests.look(owner, [rootOf(owner)], { owner, waitMs: 1_000 });

  test('begins at once, also in the pause, and ends with what the node says', async () => {
    ask('a');
    await answerAll('missing');
    expect(look()).toBe(false);
    expect(pending).toHaveLength(1);
    expect(requests.isLooking('a')).toBe(true);
    await answerAll('missing');
    expect(requests.isLooking('a')).toBe(false);
    expect(look()).toBe(true);
    // The next decision needs a look of its own.
    expect(look()).toBe(false);
  });

  test('does not take the answer to a request that was sent before it', async () => {
    ask('a');
    expect(look()).toBe(false);
    await answer(0, 'missing');
    expect(requests.isLooking('a')).toBe(true);
    expect(pending).toHaveLength(1);
    await answer(0, 'missing');
    expect(look()).toBe(true);
  });

  test('ends with a request for an answer to a DEMAND that takes its content out of the queue', async () => {
    for (const owner of ['b', 'c']) ask(owner, 20);
    expect(look()).toBe(false);
    requests.request([rootOf('a')], ANSWER, true);
    expect(pending).toHaveLength(17);
    await answer(16, 'missing');
    expect(requests.isLooking('a')).toBe(false);
    expect(look()).toBe(true);
  });

  test('ends after a while though the node still looks: a window may be shorter', () => {
    ask('a');
    look();
    ahead += 999;
    expect(look()).toBe(false);
    ahead += 1;
    expect(look()).toBe(true);
  });

  test('proves nothing if the node had no time', async () => {
    look();
    await answerAll('busy');
    expect(look()).toBe(false);
    expect(pending).toHaveLength(1);
  });
});
