import { Command } from 'commander';
import { expect, onTestFinished, test, vi } from 'vitest';
import { registerStart } from '../../../src/cli/start.ts';

vi.mock('../../../node/home.ts', () => ({
  readConfig: () => ({ ok: true, value: { log: { level: 'silent', format: 'text' } } }),
}));
vi.mock('../../../node/config.ts', () => ({ applyFlags: (value: unknown) => ({ ok: true, value }) }));
let stopped = 0;
const node = {
  failed: new Promise(() => undefined),
  stop: async () => {
    stopped += 1;
  },
};
let starting: Promise<typeof node> = Promise.resolve(node);
vi.mock('../../../node/node.ts', () => ({ startNode: () => starting }));
let requestStop: (signal: NodeJS.Signals) => void = () => undefined;
vi.mock('../../../node/stop.ts', () => ({
  stopRequested: () =>
    new Promise((resolve) => {
      requestStop = resolve;
    }),
}));

const start = () => {
  const program = new Command();
  registerStart(program);
  return program.parseAsync(['start', '--home', 'somewhere'], { from: 'user' });
};

test('an error that no part of the node has caught stops the node, and has a code', async () => {
  let uncaught: ((error: Error) => void) | undefined;
  const { once: original } = process;
  // What is not of the command stays as it is: the worker in which tests run listens to its own events.
  const once = vi.spyOn(process, 'once').mockImplementation((event, listener) => {
    if (event === 'uncaughtException') uncaught = listener;
    else original.call(process, event, listener);
    return process;
  });
  onTestFinished(() => once.mockRestore());
  const ended = start().catch((error: unknown) => error);
  await vi.waitFor(() => expect(uncaught).toBeDefined());
  uncaught?.(new Error('out of luck'));
  expect(await ended).toMatchObject({ code: 'NODE_UNCAUGHT', message: 'out of luck' });
  expect(stopped).toBe(1);
});

test('a node that is told to stop while it starts is stopped if that is soon, and else given up', async () => {
  stopped = 0;
  let ready: (value: typeof node) => void = () => undefined;
  starting = new Promise((resolve) => {
    ready = resolve;
  });
  const soon = start();
  await Promise.resolve();
  requestStop('SIGHUP');
  setTimeout(() => ready(node), 20);
  await soon;
  expect(stopped).toBe(1);
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
    starting = Promise.resolve(node);
  });
  starting = new Promise(() => undefined);
  let over = false;
  void start().then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(100);
  requestStop('SIGTERM');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(over).toBe(true);
});
