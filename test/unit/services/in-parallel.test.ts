import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { inParallel } from '../../../src/services/run/in-parallel.ts';

describe('work in parallel', () => {
  test('gives its results in order, with no more under way at a time than it is told', async () => {
    let running = 0;
    let most = 0;
    const results = await inParallel([5, 1, 4, 2, 3, 0], 3, async (ms) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(ms);
      running -= 1;
      return ms * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30, 0]);
    expect(most).toBe(3);
    expect(await inParallel([], 3, async () => 1)).toEqual([]);
  });

  test('begins nothing more once something has thrown', async () => {
    const begun: number[] = [];
    const run = inParallel([0, 1, 2, 3, 4, 5], 2, async (i) => {
      begun.push(i);
      await sleep(i);
      if (i === 1) throw new RangeError('one');
      return i;
    });
    await expect(run).rejects.toThrow('one');
    await sleep(20);
    expect(begun.length).toBeLessThan(6);
  });
});
