/** What comes from sockets is parsed in slices, in turns. */
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ANSWER_MS, Gate, SLICE_BYTES, type Turns } from '../../../rpc/gate.ts';
import { Intake, type Source } from '../../../src/lib/intake.ts';
import { promisesSettled } from '../../../src/lib/turns.ts';

/** An intake whose clock goes on by what each slice takes, and whose turns are run by hand. */
const simulated = (load = 1) => {
  const time = { now: 0 };
  const soon: (() => void)[] = [];
  const later: { readonly run: () => void; readonly ms: number }[] = [];
  const turns = {
    now: () => time.now,
    soon: (run: () => void) => soon.push(run),
    later: (run: () => void, ms: number) => later.push({ run, ms }),
    settled: () => Promise.resolve(),
  };
  const intake = new Intake(undefined, turns, () => load * time.now);
  const done: string[] = [];
  const source = (name: string, address: string, slices: number, ms: number): Source => {
    let left = slices;
    const each: Source = {
      of: address,
      parse: () => {
        time.now += ms;
        done.push(name);
        left -= 1;
        if (left > 0) intake.ask(each);
      },
    };
    return each;
  };
  const settle = async () => {
    for (let i = 0; i < 100; i++) await Promise.resolve();
  };
  return { intake, soon, later, done, source, settle };
};

test('slices have 4 ms of a turn, and as long as they took is left to the rest', async () => {
  const { intake, soon, later, done, source, settle } = simulated();
  intake.ask(source('a', '192.0.2.1', 100, 1));
  soon.shift()?.();
  await settle();
  expect([done.length, soon.length, later.map(({ ms }) => ms)]).toEqual([4, 0, [4]]);
});

test.each([
  [4, 16],
  [100, 40],
])('where work takes %i times as long, the rest has %i ms after a turn', async (load, pauseMs) => {
  const { intake, soon, later, source, settle } = simulated(load);
  intake.ask(source('a', '192.0.2.1', 100, 1));
  soon.shift()?.();
  await settle();
  expect(later.map(({ ms }) => ms)).toEqual([pauseMs]);
});

test('a slice that took far longer than its turn is paid back in full', async () => {
  const { intake, soon, later, source, settle } = simulated();
  intake.ask(source('dear', '192.0.2.1', 2, 220));
  soon.shift()?.();
  await settle();
  expect(later.map(({ ms }) => ms)).toEqual([220]);
});

test('the address that took least time is first, however many connections another one has', async () => {
  const { intake, soon, later, done, source, settle } = simulated();
  for (let i = 0; i < 50; i++) intake.ask(source('greedy', '192.0.2.1', 10, 5));
  soon.shift()?.();
  await settle();
  intake.ask(source('honest', '192.0.2.2', 1, 1));
  later.shift()?.run();
  await settle();
  expect(done.slice(0, 2)).toEqual(['greedy', 'honest']);
});

test('a connection that is kept is not held up by connections of its address that come anew without end', async () => {
  const { intake, soon, later, done, source, settle } = simulated();
  // Its first slice took long, because the machine was busy.
  const kept = source('kept', '192.0.2.1', 1, 500);
  let made = 0;
  /** Each is new, and is followed by another one when it has been parsed. */
  const fresh = (): void => {
    const each: Source = {
      of: '192.0.2.1',
      parse: () => {
        source(`fresh ${made++}`, '192.0.2.1', 1, 3).parse();
        intake.drop(each);
        fresh();
      },
    };
    intake.ask(each);
  };
  intake.ask(kept);
  soon.shift()?.();
  await settle();
  for (let i = 0; i < 10; i++) fresh();
  soon.shift()?.();
  for (let i = 0; i < 10; i++) {
    await settle();
    later.shift()?.run();
  }
  const before = done.length;
  intake.ask(kept);
  for (let i = 0; i < 40 && done.lastIndexOf('kept') < before; i++) {
    await settle();
    later.shift()?.run();
  }
  expect(done.lastIndexOf('kept') - before).toBeLessThan(40);
  expect(done.lastIndexOf('kept')).toBeGreaterThan(before);
});

test('a turn lasts until all is done that its slice began at once, however many promises it takes', async () => {
  const done: string[] = [];
  const begin = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await Promise.resolve();
    done.push('promises');
    process.nextTick(() => done.push('tick'));
  };
  void begin();
  await promisesSettled();
  expect(done).toEqual(['promises', 'tick']);
});

/** A gate on a socket that has sent so much, and the intake that it asks. */
const gateOf = async (sent: readonly (string | Uint8Array)[]) => {
  const asked: Source[] = [];
  const intake: Turns = { ask: (source) => asked.push(source), drop: () => undefined };
  const accepted = Promise.withResolvers<Gate>();
  // As the server of HTTP has it.
  const server = createServer({ allowHalfOpen: true }, (raw: Socket) =>
    accepted.resolve(new Gate(raw, intake)),
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  client.on('error', () => undefined);
  client.setNoDelay();
  const gate = await accepted.promise;
  onTestFinished(() => {
    gate.destroy();
    server.close();
  });
  const slices: Buffer[] = [];
  gate.on('data', (data: Buffer) => slices.push(data));
  /** Gives turns until there are so many slices. */
  const until = async (count: number): Promise<void> => {
    while (slices.length < count) {
      await new Promise((resolve) => setImmediate(resolve));
      asked.shift()?.parse();
    }
  };
  for (const part of sent) client.write(part);
  return { client, gate, asked, slices, until };
};

test('the parser is handed no more than a slice at a time, and nothing after it stopped', async () => {
  const { gate, asked, slices, until } = await gateOf([Buffer.alloc(100_000)]);
  await until(3);
  expect(slices.map(({ length }) => length)).toEqual([SLICE_BYTES, SLICE_BYTES, SLICE_BYTES]);
  gate.stop();
  for (const source of asked) source.parse();
  await new Promise((resolve) => setImmediate(resolve));
  expect(slices).toHaveLength(3);
});

test('the parser is handed a head and its body, and the next head after the answer', async () => {
  const heads = ['GET /1\r\n\r\n', 'POST /2\r\nlength: 6\r\n\r\n', 'GET /3\r\n\r\n'] as const;
  const { gate, asked, slices, until } = await gateOf([
    `${heads[0]}${heads[1]}\r\n\r\n{}${heads[2].repeat(99)}`,
  ]);
  const texts = () => slices.map(String);
  const rests = async () => {
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      asked.shift()?.parse();
    }
  };
  await until(1);
  gate.begin({ complete: true }, 0);
  await rests();
  expect(texts()).toEqual([heads[0]]);
  gate.answered();
  await until(2);
  expect(texts().slice(1)).toEqual([heads[1]]);
  const message = { complete: false };
  gate.begin(message, 6);
  await until(3);
  message.complete = true;
  await rests();
  expect(texts().slice(2)).toEqual(['\r\n\r\n{}']);
  gate.answered();
  await until(4);
  expect(texts().slice(3)).toEqual([heads[2]]);
  // A body in chunks has no length: only the parser knows that it is complete.
  gate.begin({ complete: true }, undefined);
  await rests();
  expect(texts()).toHaveLength(4);
});

test('the end of a head is found in whatever parts it comes', async () => {
  const { client, slices, until } = await gateOf(['a\r\n\r']);
  await until(1);
  client.write('\nGET /2\r\n\r\nGET /3');
  await until(3);
  expect(slices.map(String)).toEqual(['a\r\n\r', '\n', 'GET /2\r\n\r\n']);
});

describe('a client that has ended its side after a request', () => {
  const ended = async () => {
    const { client, gate, until } = await gateOf(['GET /1\r\n\r\n']);
    const seen = { end: false };
    gate.once('end', () => {
      seen.end = true;
    });
    await until(1);
    gate.begin({ complete: true }, 0);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    client.end();
    while (!gate.raw.readableEnded) await new Promise((resolve) => setImmediate(resolve));
    /** Whether the parser has seen the end, when all that goes on at once is done. */
    const hasEnded = async (): Promise<boolean> => {
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
      return seen.end;
    };
    return { gate, hasEnded };
  };

  test('gets its answer first', async () => {
    const { gate, hasEnded } = await ended();
    expect(await hasEnded()).toBe(false);
    gate.answered();
    expect(await hasEnded()).toBe(true);
  });

  test('is taken to be gone if the answer takes long', async () => {
    const { hasEnded } = await ended();
    vi.advanceTimersByTime(ANSWER_MS - 1);
    expect(await hasEnded()).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await hasEnded()).toBe(true);
  });
});

test('a client that resets a connection that no parser has ends nothing but it', async () => {
  const { client, gate } = await gateOf([]);
  const closed = new Promise((resolve) => gate.once('close', resolve));
  gate.write('refused');
  client.resetAndDestroy();
  await closed;
  expect(gate.destroyed).toBe(true);
});
