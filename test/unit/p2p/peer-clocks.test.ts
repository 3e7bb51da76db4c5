import { expect, test } from 'vitest';
import { fail } from '../../../p2p/errors.ts';
import { PeerClocks } from '../../../p2p/peer-clocks.ts';
import { ok } from '../../../src/lib/errors.ts';

/** A machine whose clock is right, and its peers by how far theirs are ahead, in ms. `@` marks those of the config. */
const machine = (theirs: Record<string, number>, delayMs = 0) => {
  let time = 1_800_000_000_000;
  const asked: string[] = [];
  const clocks = new PeerClocks({
    peers: () => Object.keys(theirs).map((name) => ({ name, configured: name.startsWith('@') })),
    ask: async (peer) => {
      asked.push(peer);
      const ahead = theirs[peer];
      if (ahead === undefined || Number.isNaN(ahead)) return fail('P2P_TIMEOUT', 'no answer');
      const reading = BigInt(time + ahead);
      time += delayMs;
      return ok(reading);
    },
    now: () => BigInt(time),
    elapsed: () => time,
  });
  const pass = async (ms: number): Promise<void> => {
    time += ms;
    await clocks.tick();
  };
  return { clocks, asked, pass, theirs };
};

test('the offset is that to the median of the peers of the config', async () => {
  const { clocks, pass } = machine({ '@a': 90_000, '@b': 90_200, '@c': -5 });
  expect(clocks.offset()).toBeUndefined();
  await pass(0);
  expect(clocks.offset()).toEqual({ offsetMs: -90_000, peers: 3 });
});

test('strangers have no say, however many they are, and a single wrong clock has none', async () => {
  const strangers = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`stranger ${i}`, 1e9]));
  const { clocks, asked, pass } = machine({ ...strangers, '@a': 0, '@b': 1e12, '@c': 30 });
  await pass(0);
  expect(clocks.offset()).toEqual({ offsetMs: -30, peers: 3 });
  expect(asked).toEqual(['@a', '@b', '@c']);
});

test('of two peers that differ, the one that accuses this machine less counts', async () => {
  const { clocks, pass } = machine({ '@a': 0, '@b': 90_000 });
  await pass(0);
  expect(clocks.offset()?.offsetMs).toBe(0);
});

test('a slow answer claims only what is certain', async () => {
  const right = machine({ '@a': 0 }, 8_000);
  await right.pass(0);
  expect(right.clocks.offset()?.offsetMs).toBe(0);
  const behind = machine({ '@a': 90_000 }, 8_000);
  await behind.pass(0);
  // Between 82 and 90 s behind.
  expect(behind.clocks.offset()?.offsetMs).toBe(-82_000);
});

test('a peer is asked every ten seconds, and forgotten when it is gone or silent for a minute', async () => {
  const { clocks, asked, pass, theirs } = machine({ '@a': 50 });
  await pass(0);
  await pass(9_000);
  expect(asked).toHaveLength(1);
  theirs['@a'] = 3_000;
  await pass(1_000);
  expect(clocks.offset()).toEqual({ offsetMs: -3_000, peers: 1 });
  theirs['@a'] = Number.NaN;
  await pass(60_000);
  expect(clocks.offset()).toEqual({ offsetMs: -3_000, peers: 1 });
  await pass(1);
  expect(clocks.offset()).toBeUndefined();
  theirs['@a'] = 0;
  await pass(10_000);
  expect(clocks.offset()?.peers).toBe(1);
  delete theirs['@a'];
  expect(clocks.offset()).toBeUndefined();
});
