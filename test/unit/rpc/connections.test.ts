/** Connections and their memory are bounded; what does the least makes room. */
import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Body, BodyError } from '../../../rpc/body.ts';
import { READ_WINDOW_MS, type RequestWork, type Socket } from '../../../rpc/connection.ts';
import { Connections } from '../../../rpc/connections.ts';

class FakeSocket extends EventEmitter implements Socket {
  readonly remoteAddress: string;
  destroyed = false;
  bytesWritten = 0;
  writableLength = 0;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const open = (limits: { readonly connections?: number; readonly bytes?: number } = {}) => {
  const time = { now: 0 };
  const all = new Connections({ connections: 4, bytes: 1_000, ...limits }, { now: () => time.now });
  const connect = (address = '192.0.2.1') => {
    time.now += 1;
    const socket = new FakeSocket(address);
    const isIn = all.add(socket);
    return { socket, isIn, connection: all.of(socket) };
  };
  return { all, time, connect };
};

const A = '192.0.2.1';
const B = '198.51.100.1';

describe('when all connections are taken', () => {
  test('the one that was idle for longest makes room, and the newcomer gets in', () => {
    const { all, connect } = open();
    const first = connect('192.0.2.1');
    const others = [connect('192.0.2.2'), connect('192.0.2.3'), connect('192.0.2.4')];
    const newcomer = connect('192.0.2.5');
    expect([newcomer.isIn, first.socket.destroyed, all.size]).toEqual([true, true, 4]);
    expect(others.map(({ socket }) => socket.destroyed)).toEqual([false, false, false]);
  });

  test('thousands of idle ones never exceed the cap', () => {
    const { all, connect } = open({ connections: 16 });
    for (let i = 0; i < 1_100; i++) expect(connect(`198.51.100.${i % 200}`).isIn).toBe(true);
    expect(all.size).toBe(16);
  });

  test('an address has three quarters of them at most, so that another one always finds some', () => {
    const { connect } = open({ connections: 8 });
    const honest = [connect(B), connect(B)];
    const greedy = Array.from({ length: 50 }, () => connect(A));
    expect(greedy.filter(({ socket }) => !socket.destroyed)).toHaveLength(6);
    expect(honest.map(({ socket }) => socket.destroyed)).toEqual([false, false]);
  });

  test('of one address, behind a proxy, an idle one makes room and nobody is refused', () => {
    const { connect } = open({ connections: 8 });
    const all = Array.from({ length: 50 }, () => connect('127.0.0.1'));
    expect(all.every(({ isIn }) => isIn)).toBe(true);
    expect(all.slice(-6).every(({ socket }) => !socket.destroyed)).toBe(true);
  });

  test('one that sends slowly comes before one whose call runs, which is not closed for an address with as many', () => {
    const { connect } = open({ connections: 4 });
    const working = [connect('192.0.2.1'), connect('192.0.2.2'), connect('192.0.2.3')];
    for (const { connection } of working) connection.begin()?.to('working');
    const reading = connect('192.0.2.4');
    reading.connection.begin();
    expect(connect('192.0.2.5').isIn).toBe(true);
    expect(reading.socket.destroyed).toBe(true);
    const idle = connect('192.0.2.6');
    idle.connection.begin()?.to('working');
    expect(connect('192.0.2.7').isIn).toBe(false);
    expect([...working, idle].map(({ socket }) => socket.destroyed)).toEqual([false, false, false, false]);
  });

  test('calls of two addresses that fill everything, and only wait, leave room for a third', () => {
    const { connect } = open({ connections: 16 });
    const crowd = Array.from({ length: 40 }, (_, i) => {
      const made = connect(i % 2 === 0 ? A : B);
      made.connection.begin()?.to('working');
      return made;
    });
    const honest = connect('192.0.2.9');
    expect(honest.isIn).toBe(true);
    honest.connection.begin()?.to('working');
    for (let i = 0; i < 40; i++) {
      const again = connect(i % 2 === 0 ? A : B);
      again.connection.begin()?.to('working');
    }
    expect(honest.socket.destroyed).toBe(false);
    expect(crowd.filter(({ socket }) => socket.destroyed).length).toBeGreaterThan(0);
    // A second one of the same address gets in too: the others still have several times as many.
    expect(connect('192.0.2.9').isIn).toBe(true);
  });

  test('a crowd whose calls all run does not close the idle one of somebody else', () => {
    const { connect } = open({ connections: 16 });
    const honest = connect('192.0.2.9');
    const crowd = Array.from({ length: 60 }, (_, i) => {
      const made = connect(i % 2 === 0 ? A : B);
      if (made.isIn) made.connection.begin()?.to('working');
      return made;
    });
    expect(honest.socket.destroyed).toBe(false);
    expect(crowd.filter(({ isIn }) => isIn)).toHaveLength(15);
  });

  test('a request that has ended leaves its connection idle', () => {
    const { connect } = open({ connections: 1 });
    const first = connect(A);
    const work = first.connection.begin();
    work?.to('working');
    expect(connect(B).isIn).toBe(false);
    work?.end();
    expect(connect(B).isIn).toBe(true);
    expect(first.socket.destroyed).toBe(true);
  });
});

test('a connection has one request at a time', () => {
  const { connect } = open();
  const { connection } = connect();
  const first = connection.begin();
  expect([first, connection.begin()]).toEqual([expect.anything(), undefined]);
  first?.end();
  const second = connection.begin();
  expect(second).toBeDefined();
  first?.end();
  expect(connection.begin()).toBeUndefined();
});

test('a request that has ended frees its body, whose memory is held no more', () => {
  const { connect } = open({ bytes: 100_000 });
  const { connection } = connect();
  const work = connection.begin();
  if (work === undefined) throw new Error('the connection has no request');
  const body = new Body(10_000, work);
  body.add(new Uint8Array(5_000));
  expect(connection.held).toBe(5_000);
  work.end();
  expect([connection.held, body.bytes.length]).toEqual([0, 0]);
  expect(() => body.add(new Uint8Array(1))).toThrow(BodyError);
});

test('law: the counts and the memory of an address are those of its connections, whatever they do', () => {
  const step = fc.record({
    what: fc.constantFrom('connect', 'close', 'begin', 'work', 'send', 'end', 'hold', 'release'),
    which: fc.nat(40),
    address: fc.constantFrom(A, B, '192.0.2.9'),
    bytes: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { all, connect } = open({ connections: 8, bytes: 1_000 });
      const made: (ReturnType<typeof connect> & { work?: RequestWork | undefined })[] = [];
      for (const { what, which, address, bytes } of steps) {
        const one = made[which % Math.max(1, made.length)];
        if (what === 'connect') made.push(connect(address));
        else if (one === undefined) continue;
        else if (what === 'close') one.socket.destroy();
        else if (what === 'begin') one.work = one.connection.begin() ?? one.work;
        else if (what === 'work') one.work?.to('working');
        else if (what === 'send') one.work?.to('sending');
        else if (what === 'end') one.work?.end();
        else if (what === 'hold') one.work?.hold(bytes);
        else one.work?.release(bytes);
      }
      const isIn = ({ socket, isIn }: (typeof made)[number]): boolean => isIn && !socket.destroyed;
      const inside = made.filter(isIn);
      expect(all.size).toBe(inside.length);
      expect(all.held).toBe(inside.reduce((sum, { connection }) => sum + connection.held, 0));
      expect(all.size).toBeLessThanOrEqual(8);
      expect(all.held).toBeLessThanOrEqual(1_000);
      for (const address of [A, B]) {
        const own = inside.filter(({ socket }) => socket.remoteAddress === address);
        expect(own.length).toBeLessThanOrEqual(6);
        expect(own.reduce((sum, { connection }) => sum + connection.held, 0)).toBeLessThanOrEqual(750);
      }
      // Every count goes back to nothing: a whole share of newcomers finds room.
      for (const { socket } of made) socket.destroy();
      expect([all.size, all.held]).toEqual([0, 0]);
      expect(Array.from({ length: 6 }, () => connect(A)).every(isIn)).toBe(true);
      expect(connect(B).isIn).toBe(true);
    }),
  );
});

describe('memory', () => {
  test('for whoever does not read makes room for others', () => {
    const { all, connect } = open({ bytes: 1_000 });
    const slow = connect(A);
    slow.connection.begin()?.to('sending');
    slow.socket.writableLength = 1;
    expect(slow.connection.hold(700)).toBe(true);
    const other = connect(B);
    expect(other.connection.hold(600)).toBe(true);
    expect([slow.socket.destroyed, all.held]).toEqual([true, 600]);
  });

  test('of a request is let go of when it ends, and none is held after', () => {
    const { all, connect } = open({ bytes: 1_000 });
    const work = connect().connection.begin();
    expect([work?.hold(600), all.held]).toEqual([true, 600]);
    work?.end();
    expect([work?.hold(1), all.held]).toEqual([false, 0]);
  });

  test('that is held by a connection that is idle makes room for others', () => {
    const { connect } = open({ bytes: 1_000 });
    const idle = connect(A);
    expect(idle.connection.hold(700)).toBe(true);
    expect(connect(B).connection.hold(600)).toBe(true);
    expect(idle.socket.destroyed).toBe(true);
  });

  test('of calls that run is not taken from them: the next one is refused', () => {
    const { connect } = open({ bytes: 1_000 });
    const running = connect(A);
    running.connection.begin()?.to('working');
    expect(running.connection.hold(700)).toBe(true);
    const other = connect(B);
    expect(other.connection.hold(600)).toBe(false);
    expect(running.socket.destroyed).toBe(false);
    running.connection.release(700);
    expect(other.connection.hold(600)).toBe(true);
  });

  test('for one address is three quarters at most', () => {
    const { connect } = open({ bytes: 1_000 });
    const greedy = [connect(A), connect(A)];
    for (const { connection } of greedy) connection.begin()?.to('working');
    expect(greedy.map(({ connection }) => connection.hold(500))).toEqual([true, false]);
    expect(connect(B).connection.hold(400)).toBe(true);
  });

  test('of a client that is gone is not held', () => {
    const { all, connect } = open();
    const { connection, socket } = connect();
    expect(connection.hold(10)).toBe(true);
    socket.destroy();
    expect([connection.hold(10), all.held]).toEqual([false, 0]);
  });
});

describe('a client that has something to read', () => {
  test('and takes less than the floor over a whole window is closed', () => {
    const { all, time, connect } = open();
    const { socket } = connect();
    socket.bytesWritten = 1 << 20;
    socket.writableLength = 1 << 20;
    for (let i = 0; i < READ_WINDOW_MS / 1_000; i++) {
      all.closeSlow();
      time.now += 1_000;
      socket.writableLength -= 1_000;
    }
    expect(socket.destroyed).toBe(false);
    all.closeSlow();
    expect(socket.destroyed).toBe(true);
  });

  test('and takes it, however slowly past the floor, is not', () => {
    const { all, time, connect } = open();
    const { socket } = connect();
    for (let i = 0; i < 100; i++) {
      socket.bytesWritten += 20_000;
      socket.writableLength = 50_000;
      all.closeSlow();
      time.now += 1_000;
    }
    expect(socket.destroyed).toBe(false);
  });

  test('and nothing waits for it, is not', () => {
    const { all, time, connect } = open();
    const { socket } = connect();
    socket.bytesWritten = 100;
    for (let i = 0; i < 100; i++) {
      all.closeSlow();
      time.now += 1_000;
    }
    expect(socket.destroyed).toBe(false);
  });
});
