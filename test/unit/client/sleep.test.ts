import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { sleep } from '../../../src/client/sleep.ts';

describe('sleep', () => {
  test('ends after its time, not before, and leaves nothing at the signal', async () => {
    const { signal } = new AbortController();
    const start = performance.now();
    await sleep(30, signal);
    expect(performance.now() - start).toBeGreaterThanOrEqual(29);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('throws the reason of its signal at once, during the pause and before it', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const slept = sleep(3_600_000, controller.signal);
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    await expect(sleep(3_600_000, controller.signal)).rejects.toBe(reason);
  });
});
