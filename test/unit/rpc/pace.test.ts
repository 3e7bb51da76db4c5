/** However many calls work, one slice of work runs in a turn of the event loop, and callers go on in turn. */
import { expect, test } from 'vitest';
import { createPaces, createThreadTime } from '../../../rpc/pace.ts';
import { Intake, type Source } from '../../../src/lib/intake.ts';

/**
 * An event loop in simulated time: a turn is what `soon` and `later` were given, and takes no time unless work does.
 * @param shareOfCore - of the time in which the thread works: a machine that is busy elsewhere too gives it less
 */
const simulatedLoop = (shareOfCore = 1) => {
  let now = 0;
  let next: { readonly run: () => void; readonly at: number }[] = [];
  const settle = async () => {
    for (let i = 0; i < 500; i++) await Promise.resolve();
  };
  const soon = (run: () => void): void => {
    next.push({ run, at: now });
  };
  const later = (run: () => void, ms: number): void => {
    next.push({ run, at: now + ms });
  };
  const spend = createThreadTime(() => now);
  const settled = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  const paceOf = createPaces(spend, { now: () => now, soon, later, settled }, () => shareOfCore * now);
  const turn = async (): Promise<void> => {
    const due = next.filter(({ at }) => at <= now);
    next = next.filter(({ at }) => at > now);
    for (const { run } of due) run();
    await settle();
  };
  const turnWhile = async (goesOn: () => boolean): Promise<void> => {
    while (goesOn()) {
      await turn();
      // Time goes on though the calls wait.
      now += 1;
    }
  };
  return {
    paceOf,
    spend,
    soon,
    later,
    pace: paceOf({ address: 'a', connection: 1 }),
    now: () => now,
    work: (ms: number) => {
      now += ms;
    },
    turn,
    settle,
    isIdle: () => next.length === 0,
    /** Runs turns until nothing waits. */
    drain: () => turnWhile(() => next.length > 0),
    /** Runs turns until this time. */
    until: (ms: number) => turnWhile(() => now < ms),
  };
};

/** Expects that what runs has about a third of the time, from now on and for 20 seconds. @param worked - its time so far, in ms */
const expectThird = async ({ now, until }: ReturnType<typeof simulatedLoop>, worked: () => number) => {
  const before = { now: now(), worked: worked() };
  await until(before.now + 20_000);
  const share = (worked() - before.worked) / (now() - before.now);
  expect(share).toBeGreaterThan(0.3);
  expect(share).toBeLessThan(0.4);
};

test('the calls of a turn share its time, and those that used it up go on one per turn', async () => {
  const loop = simulatedLoop();
  const log: string[] = [];
  const call = async (name: string) => {
    await loop.pace();
    for (let i = 0; i < 3; i++) {
      log.push(`${name}${i}`);
      loop.work(10);
      await loop.pace();
    }
  };
  const calls: Promise<void>[] = [];
  // They come in the same turn, one after the other.
  for (const name of ['a', 'b', 'c']) {
    calls.push(call(name));
    await loop.settle();
  }
  for (let i = 0; i < 20; i++) {
    log.push('|');
    await loop.turn();
  }
  await Promise.all(calls);
  const perTurn = log.join(' ').split('|');
  expect(perTurn.every((turn) => turn.trim().split(' ').filter(Boolean).length <= 1)).toBe(true);
  expect(log.filter((each) => each !== '|')).toHaveLength(9);
  expect(loop.isIdle()).toBe(true);
});

test('short work does not pause', async () => {
  const loop = simulatedLoop();
  for (let i = 0; i < 4; i++) {
    expect(loop.pace()).toBeUndefined();
    loop.work(1);
  }
  loop.work(2);
  expect(loop.pace()).toBeInstanceOf(Promise);
});

test('short pieces share a turn until its time is used up', async () => {
  const loop = simulatedLoop();
  const pieces: number[] = [];
  const call = async (): Promise<void> => {
    loop.work(6);
    await loop.pace();
    for (let i = 0; i < 20; i++) {
      pieces.push(i);
      loop.work(1);
      await loop.pace();
    }
  };
  void loop.pace();
  const calls = [call(), call()];
  await loop.turn();
  expect(pieces).toHaveLength(5);
  await loop.turn();
  expect(pieces).toHaveLength(10);
  while (!loop.isIdle()) await loop.turn();
  await Promise.all(calls);
  expect(pieces).toHaveLength(40);
});

test('a caller goes on after one piece of each other address, however many calls those have', async () => {
  const loop = simulatedLoop();
  const log: string[] = [];
  const call = async (address: string, connection: number): Promise<void> => {
    const pace = loop.paceOf({ address, connection });
    for (let i = 0; i < 3; i++) {
      loop.work(10);
      await pace();
      log.push(address);
    }
  };
  void loop.pace();
  const crowd = Array.from({ length: 100 }, (_, i) => call(i % 2 === 0 ? 'x' : 'y', i));
  const honest = call('honest', 1_000);
  await loop.drain();
  await Promise.all([...crowd, honest]);
  const own = log.flatMap((address, at) => (address === 'honest' ? [at] : []));
  expect(own).toHaveLength(3);
  expect(own[2]).toBeLessThan(12);
});

test('a short call that gives way at each step is done in its first turn', async () => {
  const loop = simulatedLoop();
  const log: string[] = [];
  const call = async (name: string, steps: number, ms: number): Promise<void> => {
    const pace = loop.paceOf({ address: 'a', connection: name.length });
    for (let i = 0; i < steps; i++) {
      await pace();
      loop.work(ms);
      log.push(name);
    }
  };
  void loop.pace();
  const crowd = ['x', 'xx', 'xxx'].map((name) => call(name, 20, 8));
  const short = call('short', 6, 0.15);
  await loop.drain();
  await Promise.all([...crowd, short]);
  const own = log.flatMap((name, at) => (name === 'short' ? [at] : []));
  // The first step is before anybody waits.
  const [, second = 0, ...rest] = own;
  expect(rest).toEqual([second + 1, second + 2, second + 3, second + 4]);
  // One that works for longer than a turn waits for others again.
  log.length = 0;
  void loop.pace();
  const others = ['x', 'xx', 'xxx'].map((name) => call(name, 20, 8));
  const longer = call('longer', 12, 0.15);
  await loop.drain();
  await Promise.all([...others, longer]);
  expect(log.lastIndexOf('longer') - log.indexOf('longer', 4)).toBeGreaterThan(11);
});

test('what runs without end takes all of the thread for a second, and a third of it after', async () => {
  const loop = simulatedLoop();
  let worked = 0;
  const over = { isOver: false };
  const run = async (): Promise<void> => {
    while (!over.isOver) {
      loop.work(5);
      worked += 5;
      await loop.pace();
    }
  };
  void loop.pace();
  const running = run();
  while (loop.now() < 1_000) await loop.turn();
  expect(worked).toBeGreaterThan(950);
  await expectThird(loop, () => worked);
  over.isOver = true;
  await loop.drain();
  await running;
});

test.each([
  ['calls that never have to wait', 4, 1, 1],
  ['calls with one long step, which cannot be cut', 60, 1, 1],
  ['two connections with short steps', 1, 2, 1],
  ['calls of a thread that has a quarter of its core', 4, 1, 0.25],
])('%s have a third of the thread too', async (_, ms, connections, shareOfCore) => {
  const loop = simulatedLoop(shareOfCore);
  let worked = 0;
  const over = { isOver: false };
  /** One call after the other, a millisecond after the one before is answered. */
  const callAgain = async (connection: number): Promise<void> => {
    while (!over.isOver) {
      const pace = loop.paceOf({ address: 'a', connection });
      for (let i = 0; i < 4; i++) {
        await pace();
        if (i > 0 && ms > 1) continue;
        loop.work(ms);
        worked += ms;
      }
      await new Promise<void>((resolve) => {
        loop.later(resolve, 1);
      });
    }
  };
  const calling = Array.from({ length: connections }, (_, i) => callAgain(i));
  await loop.until(5_000);
  await expectThird(loop, () => worked);
  over.isOver = true;
  await loop.drain();
  await Promise.all(calling);
});

test('a call goes on though requests are parsed without end', async () => {
  const loop = simulatedLoop();
  const over = { isOver: false };
  const parse = (): void => {
    loop.spend(1_000);
    if (!over.isOver) loop.later(parse, 1);
  };
  parse();
  void loop.pace();
  const call = (async () => {
    for (let i = 0; i < 4; i++) {
      await loop.pace();
      loop.work(6);
    }
    over.isOver = true;
  })();
  await loop.until(5_000);
  expect(over.isOver).toBe(true);
  await call;
});

test('what a flood owes is forgotten soon after it', async () => {
  const loop = simulatedLoop();
  // One piece that nothing could cut, of a minute.
  expect(loop.spend(60_000)).toBe(250);
  loop.work(250);
  expect(loop.spend(0)).toBe(0);
});

test('calls and the parsing of requests have a third of the thread together', async () => {
  const loop = simulatedLoop();
  let worked = 0;
  const over = { isOver: false };
  const turns = { now: loop.now, soon: loop.soon, later: loop.later, settled: async () => undefined };
  const parsing = new Intake(loop.spend, turns, loop.now);
  const source: Source = {
    of: 'a',
    parse: () => {
      loop.work(4);
      worked += 4;
      if (!over.isOver) parsing.ask(source);
    },
  };
  const call = async (): Promise<void> => {
    while (!over.isOver) {
      loop.work(5);
      worked += 5;
      await loop.pace();
    }
  };
  void loop.pace();
  parsing.ask(source);
  const running = call();
  await loop.until(2_000);
  await expectThird(loop, () => worked);
  over.isOver = true;
  await loop.drain();
  await running;
});
