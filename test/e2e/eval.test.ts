import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../tools/eval/main.ts', import.meta.url));

type Summary = {
  readonly quick: boolean;
  readonly holds: boolean;
  readonly collections: readonly {
    readonly name: string;
    readonly version: number;
    readonly imin: number;
    readonly kappa: number;
    readonly peopleBps: number;
    readonly floor: number;
    readonly recall: Readonly<Record<string, number>>;
  }[];
  readonly demo: {
    readonly contributors: readonly { readonly before: number; readonly now: number }[];
  };
  readonly strategies: readonly {
    readonly name: string;
    readonly beforeBps: number;
    readonly shareBps: number;
    readonly limitBps: number | null;
    readonly costOpen: number;
  }[];
  readonly sections: readonly {
    readonly name: string;
    readonly figures: {
      readonly needFloor?: readonly { readonly name: string; readonly peopleBps: number }[];
    };
    readonly checks: readonly { readonly name: string; readonly holds: boolean; readonly seen: string }[];
  }[];
};

test('a quick evaluation of the real data holds in every point', async () => {
  const child = spawn(process.execPath, [MAIN, '--quick', '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((done) => child.once('close', done));
  expect(code, stderr).toBe(0);
  const summary = JSON.parse(stdout) as Summary;
  expect(summary).toMatchObject({ quick: true, holds: true });
  expect(summary.sections.map(({ name }) => name)).toEqual(
    'planting coverage calibration templates languages people commons relevance strategies clones squatting denial timing wash'.split(
      ' ',
    ),
  );
  expect(summary.collections.map(({ name, version }) => `${name} ${version}`)).toEqual([
    'GSM8K 1',
    'GSM8K 2',
    'SWC 1',
    'SWC 2',
  ]);
  for (const { name, version, imin, floor, kappa, peopleBps, recall } of summary.collections) {
    expect(imin).toBeGreaterThanOrEqual(128);
    expect(kappa).toBeLessThanOrEqual(50);
    // Imin itself is the least floor, or another one is named, or none suffices.
    if (floor === imin) expect(peopleBps, `${name} ${version}`).toBeLessThanOrEqual(100);
    expect(Object.keys(recall)).toEqual([
      ...[0, 10, 30, 50].map((share) => `${share} % of words`),
      'punctuation',
      'renaming',
      'reordering',
    ]);
  }
  // By version 2 people get at most 100 bps, or the collection is in the published list.
  const published = summary.sections.find(({ name }) => name === 'people')?.figures.needFloor;
  const exceeding = summary.collections.filter(({ version, peopleBps }) => version === 2 && peopleBps > 100);
  expect(published).toEqual(exceeding.map(({ name, peopleBps }) => ({ name, peopleBps })));
  expect(exceeding.map(({ name }) => name)).toEqual(['SWC']);
  for (const { name, shareBps, limitBps, costOpen } of summary.strategies) {
    if (limitBps !== null) expect(shareBps, name).toBeLessThanOrEqual(limitBps);
    // The bonds of one contribution and two reviews at least.
    expect(costOpen, name).toBeGreaterThan(1.2);
  }
  // What bought a large part before buys nothing now.
  const bought = (name: string) => summary.strategies.filter((each) => each.name === name);
  for (const name of [
    'the owner of a model pins a Datanet of its own: random marks',
    'attestors settle nothing, to the gain of who has random marks',
  ]) {
    expect(Math.max(...bought(name).map(({ beforeBps }) => beforeBps))).toBeGreaterThan(4_000);
    expect(Math.max(...bought(name).map(({ shareBps }) => shareBps))).toBe(0);
  }
  expect(summary.demo.contributors).toHaveLength(15);
  for (const { checks } of summary.sections) {
    expect(checks.length).toBeGreaterThan(0);
    for (const { holds, name, seen } of checks) expect(holds, `${name}: ${seen}`).toBe(true);
  }
});
