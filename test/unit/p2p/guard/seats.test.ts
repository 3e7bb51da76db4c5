import { describe, expect, test } from 'vitest';
import { type Stranger, seatFor } from '../../../../p2p/guard/seats.ts';

const NOW = 100_000;
let number = 0;

const stranger = (changes: Partial<Stranger> = {}): Stranger => {
  number += 1;
  return {
    name: `peer ${number}`,
    host: `10.0.0.${number}`,
    connectedAt: 0,
    onChain: true,
    useful: 5,
    ...changes,
  };
};

const many = (count: number, changes: Partial<Stranger> = {}): Stranger[] =>
  Array.from({ length: count }, () => stranger(changes));

describe('the places of strangers', () => {
  test('are free while there are any', () => {
    expect(seatFor('10.9.9.9', many(31), 32, NOW)).toEqual({ type: 'free' });
  });

  test('one host has a quarter at most, so that its peers cannot fill them', () => {
    const same = many(8, { host: '10.1.1.1', connectedAt: NOW });
    expect(seatFor('10.1.1.1', same, 32, NOW)).toEqual({ type: 'none' });
    expect(seatFor('10.2.2.2', same, 32, NOW)).toEqual({ type: 'free' });
  });

  test('a newcomer takes that of the most crowded host first', () => {
    const crowd = many(5, { host: '10.1.1.1', useful: 1_000 });
    const seat = seatFor('10.9.9.9', [...many(27, { useful: 0 }), ...crowd], 32, NOW);
    expect(crowd.map(({ name }) => name)).toContain(seat.type === 'instead-of' && seat.name);
  });

  test('among equals goes one that is not on the chain, then the one of least use, then the oldest', () => {
    const off = stranger({ onChain: false, useful: 9 });
    const useless = stranger({ useful: 0 });
    const old = stranger({ useful: 0, connectedAt: -1 });
    const others = many(29);
    expect(seatFor('10.9.9.9', [...others, useless, old, off], 32, NOW)).toMatchObject({ name: off.name });
    expect(seatFor('10.9.9.9', [...others, stranger(), useless, old], 32, NOW)).toMatchObject({
      name: old.name,
    });
  });

  test('nobody loses one in the first ten seconds', () => {
    const young = many(32, { connectedAt: NOW - 9_999 });
    expect(seatFor('10.9.9.9', young, 32, NOW)).toEqual({ type: 'none' });
    expect(seatFor('10.9.9.9', young, 32, NOW + 1)).toMatchObject({ type: 'instead-of' });
  });
});
