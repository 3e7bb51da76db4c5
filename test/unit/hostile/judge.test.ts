/** What an attack is compared with: the time without an attack, or the same work done honestly. */
import { describe, expect, test } from 'vitest';
import { BOUNDS, judge } from '../../hostile/judge.ts';
import type { Measured } from '../../hostile/measure.ts';

const measured = (more: Partial<Measured> = {}): Measured => ({
  honestP99Ms: 40,
  slowest: 'send',
  calls: 1_000,
  unanswered: 0,
  looks: 300,
  unhealthy: 0,
  blocks: 130,
  peakRssMB: 220,
  seconds: 20,
  ...more,
});
const quiet = measured();
const judged = (seen: Partial<Measured>, control?: Partial<Measured>, mostMB = 220): readonly string[] =>
  judge({ quiet, control: control === undefined ? undefined : measured(control), mostMB }, measured(seen));

describe('an attack without a control', () => {
  test('holds within the bounds of the time without an attack', () => {
    expect(judged({ blocks: 65, honestP99Ms: BOUNDS.honestP99Ms, unanswered: 20, unhealthy: 30 })).toEqual(
      [],
    );
  });

  test('is broken past each of them, and all are named', () => {
    expect(judged({ blocks: 64, honestP99Ms: 751, unanswered: 21, unhealthy: 31, peakRssMB: 477 })).toEqual([
      'an honest call (send) took 751 ms (p99), at most 750 are allowed',
      '/health was not well 31 times of 300',
      '21 honest calls got no answer',
      '64 blocks came, at least 65 were to come',
      'a node took 477 MB, 220 before the attack and 220 before all of them',
    ]);
  });

  test('that lasts longer has to leave the same pace of blocks', () => {
    expect(judged({ blocks: 96, seconds: 30 })).toEqual(['96 blocks came, at least 98 were to come']);
  });
});

describe('an attack with a control', () => {
  test('has to leave half of the blocks that come under the same load, paid by honest users', () => {
    expect(judged({ blocks: 39 }, { blocks: 41 })).toEqual([]);
    expect(judged({ blocks: 20 }, { blocks: 41 })).toEqual(['20 blocks came, at least 21 were to come']);
  });

  test('is not compared with the time without an attack, where the control was better either', () => {
    expect(judged({ blocks: 70 }, { blocks: 150 })).toEqual(['70 blocks came, at least 75 were to come']);
  });

  test('may slow honest calls as much as an attack may, compared with the control', () => {
    expect(judged({ honestP99Ms: 2_000 }, { honestP99Ms: 200 })).toEqual([]);
    expect(judged({ honestP99Ms: 2_001 }, { honestP99Ms: 200 })).toEqual([
      'an honest call (send) took 2001 ms (p99), at most 2000 are allowed',
    ]);
  });

  test('may not take more memory because its control did', () => {
    const control = { peakRssMB: 470 };
    expect(judged({ peakRssMB: 476 }, control)).toEqual([]);
    expect(judged({ peakRssMB: 477 }, control)).not.toEqual([]);
    expect(judged({ peakRssMB: 604 }, control, 400)).toEqual([]);
    expect(judged({ peakRssMB: 605 }, control, 400)).not.toEqual([]);
  });

  test('does not hold if no block came, though none came under the control either', () => {
    expect(judged({ blocks: 0 }, { blocks: 0 })).toEqual(['0 blocks came, at least 1 were to come']);
  });
});
