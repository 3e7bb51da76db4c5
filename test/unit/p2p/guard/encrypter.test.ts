import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface';
import { StreamMessageEvent } from '@libp2p/interface';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { guardedEncrypter, type NoiseWork } from '../../../../p2p/guard/encrypter.ts';
import { Throttle } from '../../../../p2p/guard/throttle.ts';
import { concat } from '../../../../src/lib/bytes.ts';
import { TokenBucket } from '../../../../src/lib/token-bucket.ts';

/** A connection as far as the guard knows it. */
class Wire extends EventTarget {
  status = 'open';
  aborted = '';
  pauses = 0;
  resumes = 0;
  readonly passed: Uint8Array[] = [];
  unshift(data: Uint8Array): void {
    this.arrive(data);
  }
  abort(error: Error): void {
    this.aborted = error.message;
  }
  pause(): void {
    this.pauses += 1;
  }
  resume(): void {
    this.resumes += 1;
  }
  arrive(data: Uint8Array): void {
    this.dispatchEvent(new StreamMessageEvent(data));
  }
  /** Reads what arrives, as noise does. */
  read(): void {
    this.addEventListener('message', (event) => {
      if (event instanceof StreamMessageEvent) this.passed.push(event.data.slice());
    });
  }
}

// A connection is only listened to, paused, resumed and aborted here.
const asStream = (wire: Wire): MessageStream => wire as never;

/** The shortest message there is: nothing, with its tag. */
const EMPTY = concat(Uint8Array.of(0, 16), new Uint8Array(16));

/** Authenticates a connection: a handshake of one message of 32 bytes, and `rest` comes right behind it. */
const secured = async (wire: Wire, rest: Uint8Array): Promise<NoiseWork> => {
  let work: NoiseWork | undefined;
  const shake = async (): Promise<unknown> => {
    await Promise.resolve();
    wire.arrive(concat(Uint8Array.of(0, 32), new Uint8Array(32), rest.subarray(0, 5)));
    wire.read();
    wire.unshift(rest);
    return { connection: wire, remotePeer: { toString: () => 'peer' }, streamMuxer: {} };
  };
  const encrypter: ConnectionEncrypter = { protocol: '/noise', secureInbound: shake } as never;
  const guarded = guardedEncrypter(encrypter, (_connection, _peer, counted) => {
    work = counted;
  });
  await guarded.secureInbound(asStream(wire), {});
  if (work === undefined) throw new Error('it was not secured');
  return work;
};

describe('the messages of a connection', () => {
  test('count for its pace, empty or not, before it has a muxer and after', async () => {
    const wire = new Wire();
    const work = await secured(wire, concat(EMPTY, EMPTY));
    let units = 0;
    work.chargeTo((more) => {
      units += more;
    });
    // The handshake's, the one that had begun behind it, and the two that noise gave back.
    expect(units).toBe(4);
    wire.arrive(concat(...Array.from({ length: 1_000 }, () => EMPTY)));
    expect(units).toBe(1_004);
    for (const byte of EMPTY) wire.arrive(Uint8Array.of(byte));
    expect(units).toBe(1_004 + EMPTY.length);
  });

  test('reach noise in few pieces, and whole', async () => {
    const wire = new Wire();
    await secured(wire, EMPTY);
    wire.passed.length = 0;
    const long = concat(Uint8Array.of(0xff, 0xff), new Uint8Array(0xffff).fill(9));
    for (const byte of concat(EMPTY, long)) wire.arrive(Uint8Array.of(byte));
    expect(wire.passed.length).toBeLessThan(7);
    expect(Buffer.concat(wire.passed).equals(concat(EMPTY, long))).toBe(true);
  });

  test('end the connection if one is too short to be any', async () => {
    const wire = new Wire();
    await secured(wire, EMPTY);
    wire.passed.length = 0;
    wire.arrive(new Uint8Array(64));
    expect(wire.aborted).toBe('not a message of noise');
    expect(wire.passed).toEqual([]);
  });
});

test('a connection above its pace is paused, once, by what it and all have spent', () => {
  const wire = new Wire();
  const rate = { burst: 10, perSecond: 1 };
  const all = new TokenBucket(rate, 0);
  const fair = new TokenBucket({ burst: 6, perSecond: 1 }, 0);
  const throttle = new Throttle(
    asStream(wire),
    { own: new TokenBucket(rate, 0), shared: { all, fair } },
    () => 0,
  );
  throttle.spend(6);
  expect(wire.pauses).toBe(0);
  all.spend(6, 0);
  throttle.spend(1);
  throttle.spend(1);
  expect(wire.pauses).toBe(1);
  wire.dispatchEvent(new Event('close'));
});

test('a connection that takes no more than its fair part is not paused for what others have spent', () => {
  const wire = new Wire();
  const rate = { burst: 1_000, perSecond: 1 };
  const all = new TokenBucket(rate, 0);
  all.spend(100_000, 0);
  const fair = new TokenBucket({ burst: 5, perSecond: 1 }, 0);
  const throttle = new Throttle(
    asStream(wire),
    { own: new TokenBucket(rate, 0), shared: { all, fair } },
    () => 0,
  );
  for (let i = 0; i < 5; i++) throttle.spend(1);
  expect(wire.pauses).toBe(0);
  throttle.spend(1);
  expect(wire.pauses).toBe(1);
  wire.dispatchEvent(new Event('close'));
});

test('a connection that is above its pace as soon as it goes on is paused after it has, so that its socket is too', () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const wire = new Wire();
  const calls: string[] = [];
  const throttle = new Throttle(
    asStream(wire),
    { own: new TokenBucket({ burst: 10, perSecond: 1 }, 0) },
    () => 0,
  );
  wire.pause = () => {
    calls.push('pause');
  };
  // It hands over what it has kept, and then lets the socket go on.
  wire.resume = () => {
    throttle.spend(5);
    calls.push('the socket goes on');
  };
  throttle.spend(12);
  vi.advanceTimersByTime(2_000);
  expect(calls).toEqual(['pause', 'the socket goes on', 'pause']);
  wire.dispatchEvent(new Event('close'));
  vi.advanceTimersByTime(60_000);
  expect(calls).toHaveLength(3);
});
