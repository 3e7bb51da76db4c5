import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Progress, waitUntil } from '../../../src/cli/waiting.ts';

describe('waiting', () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    vi.useFakeTimers();
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** Looks at each of the states in turn. */
  const through = (states: readonly Progress<number>[]) => {
    let at = 0;
    return async (): Promise<Progress<number>> => {
      const state = states[at];
      at += 1;
      if (state === undefined) throw new Error('nothing comes after that');
      return state;
    };
  };

  test('says what it waits for, once each time that changes, until the value is there', async () => {
    const waits = [{ waitsFor: 'a' }, { waitsFor: 'a' }, { waitsFor: 'b' }, { done: 7 }];
    const result = waitUntil(through(waits));
    await vi.runAllTimersAsync();
    expect(await result).toBe(7);
    expect(said).toEqual(['waiting: a\n', 'waiting: b\n']);
  });

  test('says nothing if the value is there', async () => {
    expect(await waitUntil(through([{ done: 1 }]))).toBe(1);
    expect(said).toEqual([]);
  });

  test('ends with the error of what it looks at', async () => {
    const result = waitUntil(through([{ waitsFor: 'a' }])).catch((error: unknown) => error);
    await vi.runAllTimersAsync();
    expect(await result).toEqual(new Error('nothing comes after that'));
  });
});
