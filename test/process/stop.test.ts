import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';

const STOP = new URL('../../node/stop.ts', import.meta.url).href;

/** A process that asks after a while, and then says what it was told, as often as it lives. */
const asking = (afterMs: number, ipc: boolean): ChildProcess => {
  const script = `
    process.on('SIGINT', () => undefined);
    console.log('up');
    await new Promise((done) => setTimeout(done, ${afterMs}));
    const { stopRequested } = await import('${STOP}');
    const stop = stopRequested();
    console.log('asked');
    const kept = setTimeout(() => undefined, 30_000);
    console.log(await stop);
    setTimeout(() => { console.log('ended'); clearTimeout(kept); }, 300);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', ...(ipc ? (['ipc'] as const) : [])],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
};

const linesOf = (child: ChildProcess): { readonly next: () => Promise<string> } => {
  if (child.stdout === null) throw new Error('its stdout is a pipe');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { next: async () => String((await lines.next()).value) };
};

test('a command is told to stop by the first signal, and bears those that follow', async () => {
  const child = asking(0, false);
  const { next } = linesOf(child);
  expect([await next(), await next()]).toEqual(['up', 'asked']);
  child.kill('SIGTERM');
  expect(await next()).toBe('SIGTERM');
  child.kill('SIGINT');
  child.kill('SIGTERM');
  expect(await next()).toBe('ended');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a node is told to stop when the devnet that started it is gone', async () => {
  const child = asking(0, true);
  const { next } = linesOf(child);
  expect([await next(), await next()]).toEqual(['up', 'asked']);
  child.disconnect();
  expect(await next()).toBe('disconnect');
});

test('a node is told to stop even if that was before it could ask', async () => {
  const child = asking(500, true);
  const { next } = linesOf(child);
  expect(await next()).toBe('up');
  child.disconnect();
  expect([await next(), await next()]).toEqual(['asked', 'disconnect']);
});
