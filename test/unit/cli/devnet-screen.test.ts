/** What a devnet shows on a terminal, and to a program. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { DevnetRow, RunningDevnet } from '../../../node/devnet/devnet-run.ts';
import { screenFor } from '../../../src/cli/devnet-screen.ts';

const { stdout } = process;
const given = (['isTTY', 'columns'] as const).map(
  (name) => [name, Object.getOwnPropertyDescriptor(stdout, name)] as const,
);
const terminal = (isTTY: boolean, columns: number): void => {
  Object.defineProperty(stdout, 'isTTY', { value: isTTY, configurable: true });
  Object.defineProperty(stdout, 'columns', { value: columns, configurable: true });
};
afterEach(() => {
  vi.restoreAllMocks();
  for (const [name, descriptor] of given)
    if (descriptor === undefined) Reflect.deleteProperty(stdout, name);
    else Object.defineProperty(stdout, name, descriptor);
});

const written = async (show: () => void): Promise<string> => {
  const chunks: string[] = [];
  vi.spyOn(stdout, 'write').mockImplementation((chunk, ...rest: readonly unknown[]) => {
    chunks.push(String(chunk));
    const done = rest.at(-1);
    if (typeof done === 'function') Reflect.apply(done, undefined, []);
    return true;
  });
  show();
  await setImmediate();
  return chunks.join('');
};

const node: DevnetRow['node'] = { name: 'node-1', home: '', rpc: 'http://[::1]:1', p2p: '', validator: '' };
const rows: readonly DevnetRow[] = [{ node, state: 'down', view: undefined }];
const running = (home: string): RunningDevnet => ({
  devnet: { nodes: [], accounts: [], chainId: 7n, home },
  processes: [],
  stop: () => Promise.resolve(),
});

describe('a terminal', () => {
  test.each([
    [12, 'node    heig'],
    // It does not know how many columns it has.
    [0, 'node    height  round  peers  mempool  rpc'],
  ])('of %i columns shows the table as far as it fits', async (columns, head) => {
    terminal(true, columns);
    const shown = await written(() => screenFor(false).show(rows));
    expect(shown.split('\n').map((line) => line.trimEnd())[0]).toBe(head);
  });
});

describe('a home whose name would drive the terminal', () => {
  test('is shown harmless', async () => {
    terminal(false, 80);
    const shown = await written(() => screenFor(false).ready(running('/tmp/a\u001b[2Jb')));
    expect(shown).toContain('in /tmp/a\ufffd[2Jb');
    expect(shown).not.toContain('\u001b');
  });

  test('is escaped in JSON, and stays the same', async () => {
    // U+202E turns what follows around.
    const shown = await written(() => screenFor(true).ready(running('/tmp/a\u202eb')));
    expect(shown).toContain('/tmp/a\\u202eb');
    expect(JSON.parse(shown)).toMatchObject({ home: '/tmp/a\u202eb' });
  });
});
