import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { nextHeight } from '../../src/lib/brands.ts';
import { numberEvents } from '../../state/events/block-events.ts';
import { typeTerm } from '../../state/events/entities.ts';
import { openStore } from '../../state/store/store.ts';
import { fixedChain, nextOf } from './fixed-chain.ts';

const COMMITTER = fileURLToPath(new URL('committer.ts', import.meta.url));
const KILLS = 12;

let home = '';
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

/**
 * Lets a committer acknowledge this many heights and work for `ms` more, kills it, and returns the last height that it
 * acknowledged. It waits for heights and not for time, because a slow machine commits few in any time.
 */
const runAndKill = async (heights: number, ms: number): Promise<bigint> => {
  const child = spawn(process.execPath, [COMMITTER, home], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const acknowledged: bigint[] = [];
  let enough = (): void => {};
  const isEnough = new Promise<void>((resolve) => {
    enough = resolve;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line !== 'open') acknowledged.push(BigInt(line));
    if (acknowledged.length >= heights) enough();
  });
  await Promise.race([isEnough, exited]);
  await delay(ms);
  child.kill('SIGKILL');
  const [, signal] = (await exited) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return acknowledged.at(-1) ?? 0n;
};

describe('a store killed while it commits', () => {
  test(`has, after each of ${KILLS} kills, whole heights only and every one it had acknowledged`, async () => {
    home = mkdtempSync(join(tmpdir(), 'openledger-crash-'));
    const chain = fixedChain();
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = await runAndKill(1 + (kill % 3), (kill * 37) % 120);
      const store = await openStore(home, chain.genesis);
      const { height } = store.tip();
      expect(height).toBeGreaterThanOrEqual(acknowledged);
      while (chain.tip().height < height) {
        const { transactions, executed, block } = nextOf(chain);
        const at = block.header.height;
        expect(store.header(at)).toEqual(block.header);
        expect(store.results(at)).toEqual(executed.results);
        expect(store.commitOf(at)?.height).toBe(at);
        const events = numberEvents(executed.events);
        const found = await store.history.events({
          terms: [[typeTerm('transfer')]],
          from: { height: at, index: 0 },
          to: at,
          limit: 1_000,
        });
        const transfers = events.filter(({ event }) => event.type === 'transfer');
        expect(found.events.map(({ index }) => index)).toEqual(transfers.map(({ index }) => index));
        const executedThere = await store.history.executed({ height: at, from: 0, limit: 1_000 });
        expect(executedThere.transactions.map(({ id }) => id)).toEqual(transactions.map(({ id }) => id));
        for (const { id, bytes } of transactions) {
          const row = store.transaction(id);
          expect(row?.height).toBe(at);
          expect(row && store.history.bytesOf(row)).toEqual(bytes);
        }
      }
      expect(store.tip()).toEqual(chain.tip());
      expect(store.head().stateRoot).toEqual(chain.tip().stateRoot);
      expect(store.header(nextHeight(height))).toBeUndefined();
      await store.close();
    }
    expect(chain.tip().height).toBeGreaterThan(BigInt(KILLS));
  });
});
