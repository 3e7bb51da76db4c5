/** No output that fails, is slow or is gone ends a node, holds it, or fills its memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openDevnet } from '../../node/devnet/devnet.ts';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { waitForHeight } from '../../src/client/wait.ts';
import { toHeight } from '../../src/lib/brands.ts';

const LOG = new URL('../../src/lib/log.ts', import.meta.url).href;
const ENTRY = fileURLToPath(new URL('../../src/cli/openledger.js', import.meta.url));

const killedAfterwards = (child: ChildProcess): ChildProcess => {
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
};

/** A process that logs 12 MB at once, and after 100 ms says what it cost, then logs one line more. */
const logging = (stderr: 'pipe' | number): ChildProcess =>
  killedAfterwards(
    spawn(
      process.execPath,
      [
        '--expose-gc',
        '--input-type=module',
        '-e',
        `const { createLogger } = await import('${LOG}');
         const logger = createLogger({ level: 'info', format: 'json' }).child({ module: 'test' });
         const text = 'x'.repeat(1_000);
         logger.info(text);
         globalThis.gc();
         const before = process.memoryUsage();
         for (let i = 0; i < 12_000; i++) logger.info({ i }, text);
         setTimeout(() => {
           globalThis.gc();
           const { heapUsed, external } = process.memoryUsage();
           process.send({ grown: heapUsed + external - before.heapUsed - before.external });
         }, 100);
         process.once('message', () => {
           logger.info('last');
           setTimeout(() => process.exit(), 200);
         });`,
      ],
      { stdio: ['ignore', 'ignore', stderr, 'ipc'] },
    ),
  );

const MOST_GROWN = 5 << 20;

test('a log that nobody reads costs a bounded memory, and says later how many lines it has dropped', async () => {
  const child = logging('pipe');
  const [told] = await once(child, 'message');
  expect(told).toMatchObject({ grown: expect.any(Number) });
  expect((told as { grown: number }).grown).toBeLessThan(MOST_GROWN);
  const texts: string[] = [];
  // What waits is written as it is read. Once all of it is, the gap is told, and there is room for one line more.
  await new Promise<void>((toldOfGap) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      texts.push(text);
      if (texts.join('').slice(-1_000).includes('"lines":')) toldOfGap();
    });
  });
  child.send('go on');
  expect(await once(child, 'close')).toEqual([0, null]);
  const lines = texts
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; i?: number; lines?: number });
  expect(lines.at(-1)?.msg).toBe('last');
  const gap = lines.at(-2);
  expect(gap).toMatchObject({ level: 40, module: 'log', lines: expect.any(Number) });
  expect((gap?.lines ?? 0) + lines.length - 3).toBe(12_000);
});

test('a log whose reader is gone costs a bounded memory, and ends nothing', async () => {
  const child = logging('pipe');
  child.stderr?.destroy();
  const [told] = await once(child, 'message');
  expect((told as { grown: number }).grown).toBeLessThan(MOST_GROWN);
  child.send('go on');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a log on a full disk ends nothing', async (context) => {
  if (!existsSync('/dev/full')) context.skip('there is no /dev/full here');
  const child = logging(openSync('/dev/full', 'w'));
  const [told] = await once(child, 'message');
  expect((told as { grown: number }).grown).toBeLessThan(MOST_GROWN);
  child.send('go on');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a node goes on when the reader of its log has ended, and stops cleanly when its terminal is closed', async () => {
  const home = await mkdtemp(join(tmpdir(), 'openledger-log-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const { nodes } = await openDevnet({
    home: join(home, 'net'),
    nodes: 1,
    basePort: undefined,
    genesis: undefined,
  });
  const [node] = nodes;
  if (node === undefined) throw new Error('a devnet has a node');
  const child = killedAfterwards(
    spawn(process.execPath, [ENTRY, 'start', '--home', node.home, '--log-level', 'trace'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  );
  const ended = once(child, 'exit');
  child.stderr?.once('data', () => child.stderr?.destroy());
  const client = createRpcClient(node.rpc, { retries: 20 });
  const height = await waitForHeight(client, toHeight(1n));
  await waitForHeight(client, toHeight(height + 2n));
  child.kill('SIGHUP');
  expect(await ended).toEqual([0, null]);
});
