import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lineSink, WAITING_CHARACTERS } from '../../../src/lib/line-sink.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

type Outcome = 'written' | 'stuck' | 'ENOSPC' | 'EPIPE';

/** An output of a process: after an error it can be written to again, as Node makes it. */
class Output extends Writable {
  outcome: Outcome = 'written';
  text = '';
  #done: ((error?: Error) => void) | undefined;
  #chunk = '';

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#chunk = chunk.toString();
    this.#done = done;
    if (this.outcome !== 'stuck') this.proceed();
  }

  /** Ends the write that is stuck. */
  proceed(): void {
    const done = this.#done;
    this.#done = undefined;
    if (this.outcome === 'written') {
      this.text += this.#chunk;
      done?.();
    } else done?.(Object.assign(new Error(this.outcome), { code: this.outcome }));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error);
    Reflect.apply(Reflect.get(this, '_undestroy') as () => void, this, []);
  }

  lines(): readonly string[] {
    return this.text.split('\n').filter((line) => line !== '');
  }
}

/** Lets streams call back, which they do in later ticks. */
const ticks = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

test('lines reach an output that takes them before the call returns, so that none is lost with the process', () => {
  const out = new Output();
  const sink = lineSink(out);
  sink.write('one\n');
  sink.write('two\n');
  expect(out.text).toBe('one\ntwo\n');
});

test('a stuck output costs a bounded memory, and the gap is told where it is', async () => {
  const out = new Output();
  const sink = lineSink(out, (lines) => `dropped ${lines}`);
  out.outcome = 'stuck';
  const line = (i: number): string => `${String(i).padStart(9, '0')}${'x'.repeat(990)}\n`;
  const written = 20_000;
  for (let i = 0; i < written; i++) sink.write(line(i));
  // The first line is with the stream, the others wait in the sink.
  expect(out.writableLength).toBe(line(0).length);
  out.outcome = 'written';
  out.proceed();
  await ticks();
  sink.write('after\n');
  const lines = out.lines();
  const kept = lines.length - 2;
  expect(kept).toBeLessThanOrEqual(Math.ceil(WAITING_CHARACTERS / line(0).length) + 1);
  expect(lines.slice(0, kept).map((text) => Number(text.slice(0, 9)))).toEqual(
    Array.from({ length: kept }, (_, i) => i),
  );
  expect(lines.slice(kept)).toEqual([`dropped ${written - kept}`, 'after']);
});

test('an output that fails is tried again after a pause that grows, and nothing that found room is lost', async () => {
  const out = new Output();
  const sink = lineSink(out);
  out.outcome = 'ENOSPC';
  for (let i = 0; i < 3; i++) sink.write(`line ${i}\n`);
  await ticks();
  vi.advanceTimersByTime(500);
  await ticks();
  sink.write('line 3\n');
  expect(out.text).toBe('');
  out.outcome = 'written';
  vi.advanceTimersByTime(500);
  await ticks();
  expect(out.text).toBe('');
  vi.advanceTimersByTime(500);
  await ticks();
  // It begins a new line, as the output may end in a part of one.
  expect(out.text).toBe('\nline 0\nline 1\nline 2\nline 3\n');
  sink.write('line 4\n');
  expect(out.lines()).toHaveLength(5);
});

test('before a process ends, a flush waits for an output that is slow, but not for one that fails or is stuck', async () => {
  const out = new Output();
  const sink = lineSink(out);
  await sink.flush(1_000);
  out.outcome = 'stuck';
  sink.write('slow\n');
  let flushed = 0;
  const flush = async (): Promise<void> => {
    await sink.flush(1_000);
    flushed += 1;
  };
  void flush();
  await ticks();
  expect(flushed).toBe(0);
  out.outcome = 'written';
  out.proceed();
  await ticks();
  expect(flushed).toBe(1);
  out.outcome = 'stuck';
  sink.write('stuck\n');
  void flush();
  vi.advanceTimersByTime(1_000);
  await ticks();
  expect(flushed).toBe(2);
  out.outcome = 'EPIPE';
  out.proceed();
  await ticks();
  await flush();
  expect(flushed).toBe(3);
});
