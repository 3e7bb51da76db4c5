/** Attacks on the content exchange by 4 of 24 peers. The node has to get everything in about the time that it takes without. */
import { beforeAll, describe, expect, test, vi } from 'vitest';

import type { ContentChunk } from '../../../p2p/protocols.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import {
  type Behaviour,
  dripping,
  empty,
  honest,
  inTurn,
  lying,
  type Outcome,
  objectsOf,
  runArena,
  type SimulatedPeer,
  silent,
  slow,
  stingy,
} from './content-arena.ts';

// The clock is simulated, and the machine may be busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const OBJECTS = 2_000;
const LIMIT_MS = 20_000;

const objects = objectsOf('object', OBJECTS);
const wants = objects.map(({ root }) => root);
const bogusOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => sha256(utf8(`${name} ${i}`)));

const honestPeers = (
  count: number,
  has: (peer: number) => readonly ContentChunk[] = () => objects,
  more: Partial<SimulatedPeer> = {},
): SimulatedPeer[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `honest ${i}`,
    reply: honest(has(i), 20 + 2 * i),
    ...more,
  }));

const hostilePeers = (
  count: number,
  behaviour: () => Behaviour,
  more: Partial<SimulatedPeer> = {},
): SimulatedPeer[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `hostile ${i}`,
    announces: true,
    reply: behaviour(),
    ...more,
  }));

const run = async (label: string, ...args: Parameters<typeof runArena>): Promise<Outcome> => {
  const outcome = await runArena(...args);
  const { tookMs, processorMs, inFlightMax, received } = outcome;
  if (process.env.SHOW !== undefined)
    console.log(
      `| ${label} | ${tookMs} | processor ${Math.round(processorMs)} ms, ${inFlightMax} under way, ${received} received`,
    );
  return outcome;
};

/** Each object is with two of 20 peers, and nobody announces it. */
const sparse = (peer: number): readonly ContentChunk[] =>
  objects.filter((_, i) => i % 20 === peer || (i + 7) % 20 === peer);
const few = honestPeers(4, undefined, { configured: true });

/** How long it takes without an attack. */
const quietMs = { all: 0, sparse: 0, few: 0, one: 0 };
beforeAll(async () => {
  const measure = async (label: string, peers: readonly SimulatedPeer[]): Promise<number> =>
    (await run(label, { peers, wants }, LIMIT_MS)).tookMs ?? Number.NaN;
  quietMs.all = await measure('20 peers', honestPeers(20));
  quietMs.sparse = await measure('20 peers, each object with two', honestPeers(20, sparse));
  quietMs.few = await measure('4 peers of the config', few);
  quietMs.one = await measure('one peer', honestPeers(1));
});

const BEHAVIOURS: [string, () => Behaviour][] = [
  ['never answer', () => silent],
  ['send false bytes', () => lying],
  ['send nothing', () => empty],
  ['send byte after byte', () => dripping],
  ['send everything, each time just before they are given up', () => slow(objects, 900)],
  ['send one object of those they are asked for', () => stingy(objects, 1)],
  ['send one object, late', () => stingy(objects, 900)],
  ['answer every second time', () => inTurn(honest(objects, 1), silent)],
];

describe('4 of 24 peers that announce everything again and again, and', () => {
  test.each(BEHAVIOURS)('%s, hold up nothing', async (label, behaviour) => {
    const peers = [...hostilePeers(4, behaviour), ...honestPeers(20)];
    const outcome = await run(label, { peers, wants }, LIMIT_MS);
    expect(outcome.tookMs).toBeLessThan(quietMs.all + 3_500);
  });

  test.each(BEHAVIOURS)('%s, hold up nothing that only two peers have', async (label, behaviour) => {
    const peers = [...hostilePeers(4, behaviour), ...honestPeers(20, sparse)];
    const outcome = await run(`${label}: sparse`, { peers, wants }, LIMIT_MS);
    expect(outcome.tookMs).toBeLessThan(quietMs.sparse + 3_500);
  });

  test.each(BEHAVIOURS)('%s, are peers of the config: even so', async (label, behaviour) => {
    const peers = [...hostilePeers(4, behaviour, { configured: true }), ...honestPeers(20)];
    const outcome = await run(`${label}: configured`, { peers, wants }, LIMIT_MS);
    expect(outcome.tookMs).toBeLessThan(quietMs.all + 3_500);
  });
});

describe('32 peers that come back under other names', () => {
  test.each(BEHAVIOURS)('and %s leave the peers of the config their turn', async (label, behaviour) => {
    const peers = [...hostilePeers(32, behaviour, { renews: true }), ...few];
    const outcome = await run(`${label}: with 32 sybils`, { peers, wants }, LIMIT_MS);
    expect(outcome.tookMs).toBeLessThan(quietMs.few + 3_500);
  });
});

test.each(BEHAVIOURS)(
  '12 such peers that %s hold up 20 peers that are not in the config little',
  async (label, behaviour) => {
    const peers = [...hostilePeers(12, behaviour, { renews: true }), ...honestPeers(20)];
    const outcome = await run(`${label}: 12 sybils, no config`, { peers, wants }, LIMIT_MS);
    expect(outcome.tookMs).toBeLessThan(quietMs.all + 3_500);
  },
);

describe('one honest peer among two hostile ones', () => {
  test.each(BEHAVIOURS)('that %s gives everything', async (label, behaviour) => {
    const outcome = await run(
      `${label}: 1 and 2`,
      { peers: [...hostilePeers(2, behaviour), ...honestPeers(1)], wants },
      LIMIT_MS,
    );
    expect(outcome.tookMs).toBeLessThan(quietMs.one + 3_500);
  });
});

test('what only hostile peers claim to have holds up nothing else', async () => {
  const claimed = bogusOf('claimed', 1);
  const peers = [...hostilePeers(4, () => silent), ...honestPeers(20)];
  const outcome = await run('one withheld', { peers, wants: [...claimed, ...wants] }, LIMIT_MS, wants);
  expect(outcome.tookMs).toBeLessThan(quietMs.all + 3_500);
});

test('20,000 roots that the chain names and nobody has hold up nothing', async () => {
  const bogus = bogusOf('bogus', 20_000);
  const peers = [...hostilePeers(4, () => silent), ...honestPeers(20)];
  const outcome = await run('bogus wants', { peers, wants: [...bogus, ...wants] }, LIMIT_MS, wants);
  expect(outcome.tookMs).toBeLessThan(quietMs.all + 6_000);
});

test('a flood of announcements of what is unknown holds up nothing', async () => {
  const peers = [...hostilePeers(4, () => silent), ...honestPeers(20)];
  const noise = (step: number) => bogusOf(`noise ${step}`, 256);
  const outcome = await run('noise', { peers, wants, noise }, LIMIT_MS);
  expect(outcome.tookMs).toBeLessThan(quietMs.all + 3_500);
});

test('a network in which every answer takes three seconds gets everything, and asks little twice', async () => {
  const few = objects.slice(0, 1_500);
  const peers = Array.from({ length: 8 }, (_, i) => ({ name: `far ${i}`, reply: slow(few, 3_000 + 50 * i) }));
  const outcome = await run('far', { peers, wants: few.map(({ root }) => root) }, LIMIT_MS);
  expect(outcome.tookMs).toBeLessThan(25_000);
  expect(outcome.received).toBeLessThan(2 * few.length);
});
