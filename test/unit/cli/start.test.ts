import { Command } from 'commander';
import { expect, onTestFinished, test, vi } from 'vitest';
import { registerStart } from '../../../src/cli/start.ts';

vi.mock('../../../node/home.ts', () => ({
  readConfig: () => ({ ok: true, value: { log: { level: 'silent', format: 'text' } } }),
}));
vi.mock('../../../node/config.ts', () => ({ applyFlags: (value: unknown) => ({ ok: true, value }) }));
let stopped = 0;
vi.mock('../../../node/node.ts', () => ({
  startNode: async () => ({
    failed: new Promise(() => undefined),
    stop: async () => {
      stopped += 1;
    },
  }),
}));

test('an error that no part of the node has caught stops the node, and has a code', async () => {
  let uncaught: ((error: Error) => void) | undefined;
  const { once: original } = process;
  // What is not of the command stays as it is: the worker in which tests run listens to its own events.
  const once = vi.spyOn(process, 'once').mockImplementation((event, listener) => {
    if (event === 'uncaughtException') uncaught = listener;
    else if (event !== 'SIGINT' && event !== 'SIGTERM') original.call(process, event, listener);
    return process;
  });
  onTestFinished(() => once.mockRestore());
  const program = new Command();
  registerStart(program);
  const running = program.parseAsync(['start', '--home', 'somewhere'], { from: 'user' });
  const ended = running.catch((error: unknown) => error);
  await vi.waitFor(() => expect(uncaught).toBeDefined());
  uncaught?.(new Error('out of luck'));
  expect(await ended).toMatchObject({ code: 'NODE_UNCAUGHT', message: 'out of luck' });
  expect(stopped).toBe(1);
});
