import { describe, expect, test } from 'vitest';
import { blockTarget, FRESH, type Message, NIL } from '../../../consensus/messages.ts';
import { type Early, FutureBuffer } from '../../../consensus/shell/future.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { digest, FOUR, unsigned, unsignedProposal } from './support.ts';

const MIB = 1 << 20;
let made = 0;

const keep = (message: Message, peer: string, bytes: number): Early => ({
  message,
  peer,
  arrivedAt: 0n,
  bytes: new Uint8Array(bytes),
  admitted: { input: { type: 'CommitCertificate', votes: [] }, block: undefined },
  validators: FOUR.validators,
});

/** A vote of a validator of its own, unless it is told whose. */
const early = (peer: string, bytes: number, round = 0, validator = ++made, target = NIL): Early => {
  const vote = { type: 'prevote', height: toHeight(1n), round: toRound(round), target, validator } as const;
  return keep({ type: 'vote', vote: unsigned(vote) }, peer, bytes);
};

const proposal = (peer: string, bytes: number, round: number, name: string): Early => {
  const at = { height: toHeight(6n), round: toRound(round) };
  const signed = unsignedProposal({ ...at, id: digest(name), validRound: FRESH });
  return keep({ type: 'proposal', proposal: signed, block: new Uint8Array(0) }, peer, bytes);
};

describe('messages of heights to come', () => {
  test('are kept by height, and given back once, in order', () => {
    const buffer = new FutureBuffer();
    const [first, second, other] = [early('a', 10, 1), early('b', 10, 2), early('a', 10, 3)];
    for (const [height, each] of [
      [6n, first],
      [7n, other],
      [6n, second],
    ] as const)
      expect(buffer.add(toHeight(5n), toHeight(height), each)).toBe(true);
    expect(buffer.has(toHeight(6n))).toBe(true);
    expect(buffer.take(toHeight(6n))).toEqual([first, second]);
    expect(buffer.take(toHeight(6n))).toEqual([]);
    expect(buffer.has(toHeight(6n))).toBe(false);
    expect(buffer.take(toHeight(7n))).toEqual([other]);
  });

  test('are not kept beyond a window of heights', () => {
    const buffer = new FutureBuffer();
    expect(buffer.add(toHeight(5n), toHeight(13n), early('a', 10))).toBe(true);
    expect(buffer.add(toHeight(5n), toHeight(14n), early('a', 10))).toBe(false);
  });

  test('of one peer have a share in bytes and in number, free again when they are taken', () => {
    const buffer = new FutureBuffer();
    for (let i = 0; i < 4; i++) expect(buffer.add(toHeight(5n), toHeight(6n), early('a', MIB))).toBe(true);
    expect(buffer.add(toHeight(5n), toHeight(6n), early('a', 1))).toBe(false);
    expect(buffer.add(toHeight(5n), toHeight(6n), early('b', MIB))).toBe(true);
    buffer.take(toHeight(6n));
    expect(buffer.add(toHeight(5n), toHeight(7n), early('a', MIB))).toBe(true);
    let kept = 0;
    while (kept < 10_000 && buffer.add(toHeight(5n), toHeight(8n), early('c', 1))) kept++;
    expect(kept).toBe(4096);
  });

  test('are kept once, whoever sends them, until they are taken', () => {
    const buffer = new FutureBuffer();
    const once = early('a', MIB);
    expect(buffer.add(toHeight(5n), toHeight(6n), once)).toBe(true);
    expect(buffer.add(toHeight(5n), toHeight(6n), once)).toBe(false);
    expect(buffer.add(toHeight(5n), toHeight(6n), { ...once, peer: 'b' })).toBe(false);
    expect(buffer.ask(toHeight(5n), toHeight(6n), { ...once, bytes: new Uint8Array(9) })).toBe('known');
    expect(buffer.take(toHeight(6n))).toEqual([once]);
    expect(buffer.ask(toHeight(5n), toHeight(6n), once)).toBe('free');
    expect(buffer.add(toHeight(5n), toHeight(7n), once)).toBe(true);
  });

  test('of one validator are a few in each height, whoever sends them', () => {
    const buffer = new FutureBuffer();
    const vote = (height: bigint, round: number): boolean =>
      buffer.add(toHeight(5n), toHeight(height), early(`peer ${round}`, 10, round, 3));
    for (let round = 0; round < 16; round++) expect(vote(6n, round)).toBe(true);
    expect(vote(6n, 16)).toBe(false);
    expect(vote(7n, 0)).toBe(true);
    expect(buffer.add(toHeight(5n), toHeight(6n), early('peer 0', 10))).toBe(true);
    expect(buffer.take(toHeight(6n))).toHaveLength(17);
    expect(vote(6n, 16)).toBe(true);
  });

  test('of one validator for one step are two, which show that it equivocates', () => {
    const buffer = new FutureBuffer();
    const vote = (name: string): boolean =>
      buffer.add(toHeight(5n), toHeight(6n), early('a', 10, 0, 3, blockTarget(digest(name))));
    expect(['a', 'b', 'c'].map(vote)).toEqual([true, true, false]);
  });

  test('that are proposals have a place for each round: an equivocator takes only its own', () => {
    const buffer = new FutureBuffer();
    const add = (round: number, name: string): boolean =>
      buffer.add(toHeight(5n), toHeight(6n), proposal(`peer ${name}`, 10, round, name));
    expect(add(0, 'one of two')).toBe(true);
    for (let i = 0; i < 100; i++) expect(add(0, `another ${i}`)).toBe(false);
    for (const round of [1, 2, 3, 4]) expect(add(round, `honest ${round}`)).toBe(true);
    // The core would not take it when the height begins.
    expect(add(5, 'too far')).toBe(false);
    expect(buffer.take(toHeight(6n))).toHaveLength(5);
  });

  test('of the farthest height give way to those of a nearer one, and never the other way', () => {
    const buffer = new FutureBuffer();
    for (const peer of ['a', 'b', 'c', 'd'])
      for (let i = 0; i < 4; i++)
        expect(buffer.add(toHeight(5n), toHeight(i === 0 ? 9n : 8n), early(peer, MIB))).toBe(true);
    expect(buffer.add(toHeight(5n), toHeight(10n), early('e', MIB))).toBe(false);
    expect(buffer.add(toHeight(5n), toHeight(9n), early('e', MIB))).toBe(false);
    expect(buffer.add(toHeight(5n), toHeight(6n), early('e', MIB))).toBe(true);
    expect(buffer.has(toHeight(9n))).toBe(false);
    expect(buffer.take(toHeight(8n))).toHaveLength(12);
  });
});
