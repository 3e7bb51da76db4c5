import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GRAM, SIDE, STRETCH, signatureMask, Winnower } from '../../../../src/attribution/engine/winnow.ts';

/** The hash of a letter: spread, as those of tokens are. */
const hashOf = (letter: number): number => Math.imul(letter + 1, 0x9e3779b1) ^ (letter << 28);

const winnowed = (text: readonly number[]): { winnower: Winnower; runs: number } => {
  const winnower = new Winnower();
  winnower.reserve(text.length);
  for (const [i, letter] of text.entries()) winnower.hashes[i] = hashOf(letter);
  return { winnower, runs: winnower.winnow(text.length) };
};

const text = (letters: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(letters - 1), { minLength: STRETCH, maxLength: 60 });

describe('winnowing', () => {
  test('chooses the same run of every stretch that two texts share, with the same fingerprint', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 5, 50).chain((n) => fc.tuple(text(n), text(n), text(n))),
        ([before, shared, after]) => {
          const one = winnowed(shared);
          const other = winnowed([...before, ...shared, ...after]);
          for (let run = 1; run < one.runs; run++)
            expect(one.winnower.positions[run]).toBeGreaterThan(one.winnower.positions[run - 1] ?? 0);
          for (let start = 0; start + STRETCH <= shared.length; start++) {
            const a = one.winnower.chosen[start] ?? -1;
            const b = other.winnower.chosen[start + before.length] ?? -1;
            const position = one.winnower.positions[a] ?? -1;
            expect(position).toBe((other.winnower.positions[b] ?? -1) - before.length);
            expect(position).toBeGreaterThanOrEqual(start);
            expect(position + GRAM).toBeLessThanOrEqual(start + STRETCH);
            expect(one.winnower.prints[a]).toBe(other.winnower.prints[b]);
            // What is said of the tokens around it agrees as far as both have them.
            const mask = signatureMask(position, shared.length - position - GRAM);
            const [x = 0, y = 0] = [one.winnower.signatures[a], other.winnower.signatures[b]];
            expect((x ^ y) & mask).toBe(0);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('posts no run twice, ascending, and three of seven positions of a text without repetition', () => {
    const { winnower, runs } = winnowed(Array.from({ length: 70_000 }, (_, i) => (i * 7919) % 100_003));
    for (let i = 1; i < runs; i++)
      expect(winnower.positions[i]).toBeGreaterThan(winnower.positions[i - 1] ?? 0);
    expect(Math.abs(runs / 70_000 - 3 / 7)).toBeLessThan(0.01);
  });

  test('chooses nothing of a text shorter than a stretch, and something of one as long', () => {
    expect(winnowed([1, 2, 3, 4, 5, 6, 7]).runs).toBe(0);
    expect(winnowed([1, 2, 3, 4, 5, 6, 7, 8]).runs).toBe(1);
  });

  test('signs a run with what stands beside it, nothing past the ends', () => {
    const letters = Array.from({ length: 30 }, (_, i) => i);
    const { winnower, runs } = winnowed(letters);
    const tag = (i: number): number => (i < 0 || i >= letters.length ? 0 : hashOf(letters[i] ?? 0) >>> 28);
    for (let run = 0; run < runs; run++) {
      const position = winnower.positions[run] ?? 0;
      let signature = 0n;
      for (let k = 1; k <= SIDE; k++) {
        signature |= BigInt(tag(position - k)) << BigInt(4 * (k - 1));
        signature |= BigInt(tag(position + GRAM - 1 + k)) << BigInt(16 - 4 * k);
      }
      expect(BigInt(winnower.signatures[run] ?? 0)).toBe(signature);
    }
    expect(signatureMask(0, 0)).toBe(0);
    expect(signatureMask(1, 2)).toBe(0xff0f);
    expect(signatureMask(9, 9)).toBe(0xffff);
  });
});
