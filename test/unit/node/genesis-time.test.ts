import { expect, test } from 'vitest';
import { runAt, timeText } from '../../../node/genesis-time.ts';

/** A clock that stands at `now`, and timers that run when `pass` moves it. */
const timeFrom = (start: bigint) => {
  let now = start;
  let due: { readonly at: bigint; readonly run: () => void } | undefined;
  const delays: number[] = [];
  return {
    delays,
    clock: { now: () => now },
    timers: {
      after: (delayMs: number, run: () => void) => {
        delays.push(delayMs);
        due = { at: now + BigInt(delayMs), run };
        return () => {
          due = undefined;
        };
      },
    },
    pass: (ms: bigint) => {
      const end = now + ms;
      while (due !== undefined && due.at <= end) {
        const { at, run } = due;
        due = undefined;
        now = at;
        run();
      }
      now = end;
    },
  };
};

test('what waits for a time runs once, when the clock is there', () => {
  const time = timeFrom(1_000n);
  let runs = 0;
  runAt(91_000n, time, () => {
    runs += 1;
  });
  time.pass(89_999n);
  expect(runs).toBe(0);
  time.pass(1n);
  expect(runs).toBe(1);
  time.pass(200_000n);
  expect(runs).toBe(1);
});

test('what waits for a time that is past runs at once', () => {
  let ran = false;
  runAt(5n, timeFrom(5n), () => {
    ran = true;
  });
  expect(ran).toBe(true);
});

test('what waits for a time a year away sets no timer that Node would fire at once', () => {
  const time = timeFrom(0n);
  runAt(31_536_000_000n, time, () => undefined);
  time.pass(600_000n);
  expect(Math.max(...time.delays)).toBeLessThan(2 ** 31);
  // A clock that is set forward is noticed within a second.
  expect(Math.max(...time.delays)).toBeLessThanOrEqual(1_000);
});

test('what was cancelled does not run', () => {
  const time = timeFrom(0n);
  let ran = false;
  const cancel = runAt(100_000n, time, () => {
    ran = true;
  });
  time.pass(70_000n);
  cancel();
  time.pass(100_000n);
  expect(ran).toBe(false);
});

test('a time is written for people, also one that is later than any date', () => {
  expect(timeText(1_796_126_400_000n)).toBe('2026-12-01T12:00:00.000Z');
  expect(timeText(2n ** 64n - 1n)).toBe('18446744073709551615 ms');
});
