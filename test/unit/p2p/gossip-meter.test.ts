/** A gossip stream comes to the library in slices, with the event loop in between. */
import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub';
import { type Connection, type Stream, type StreamHandler, StreamMessageEvent } from '@libp2p/interface';
import { describe, expect, test } from 'vitest';
import { Tap } from '../../../p2p/frames.ts';
import { meteredRegistrar } from '../../../p2p/gossip-meter.ts';
import { PeerScores } from '../../../p2p/scores.ts';
import { concat } from '../../../src/lib/bytes.ts';

/** As a stream of the library: what comes while it is paused is kept, and handed over when it goes on. */
class FakeStream extends EventTarget {
  readStatus: 'readable' | 'paused' = 'readable';
  /** How often its window was opened. */
  opened = 0;
  #kept: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.#kept.push(bytes);
    this.#handOver();
  }

  pause(): void {
    this.readStatus = 'paused';
  }

  resume(): void {
    this.readStatus = 'readable';
    this.#handOver();
    this.opened += 1;
  }

  #handOver(): void {
    if (this.readStatus === 'paused' || this.#kept.length === 0) return;
    const bytes = concat(...this.#kept);
    this.#kept = [];
    this.dispatchEvent(new StreamMessageEvent(bytes));
  }
}

const asStream = (stream: FakeStream): Stream => stream as never;

/** Registers a handler as gossipsub does. Returns what libp2p calls with each inbound stream. */
const metered = async (
  scores: PeerScores,
  handler: StreamHandler,
  isConfigured = false,
): Promise<StreamHandler> => {
  const handled: StreamHandler[] = [];
  const registrar: GossipSubComponents['registrar'] = {
    handle: async (_: string, each: StreamHandler) => {
      handled.push(each);
    },
  } as never;
  await meteredRegistrar(registrar, { scores, isConfigured: () => isConfigured }).handle('/x', handler);
  const [first] = handled;
  if (first === undefined) expect.fail('the handler is registered');
  return first;
};

const VOTE = Uint8Array.of(6, (2 << 3) | 2, 4, (2 << 3) | 2, 2, 7, 7);

test('thousands of messages in one frame are handed over a few at a time, in order, and the stream is not read meanwhile', async () => {
  const scores = new PeerScores({ now: () => 0, onOffence: () => undefined, onBan: () => undefined });
  const slices: number[] = [];
  const handled = await metered(scores, (stream) => {
    stream.addEventListener('message', (event: StreamMessageEvent) =>
      slices.push(event.data.byteLength / VOTE.length),
    );
  });
  const stream = new FakeStream();
  const peer: Connection = { remotePeer: { toString: () => 'stranger' } } as never;
  await handled(asStream(stream), peer);
  const burst = concat(...Array.from({ length: 1_000 }, () => VOTE));
  stream.write(burst);
  expect(slices).toEqual([]);
  stream.write(burst);
  for (let sum = 0; sum < 2_000; ) {
    await new Promise((resolve) => setImmediate(resolve));
    sum = slices.reduce((all, each) => all + each, 0);
    if (sum > 0 && sum < 1_000) expect(stream.readStatus).toBe('paused');
  }
  expect(Math.max(...slices)).toBeLessThanOrEqual(16);
  expect(slices.every(Number.isInteger)).toBe(true);
  expect([stream.readStatus, scores.points('stranger')]).toEqual(['readable', 0]);
});

describe('a node reads', () => {
  const PEERS = 4;
  const SENT = 2_000;
  /** Peers send more than all strangers may. Returns what is read of each until so much is read, and in how many seconds. */
  const readOf = async (isConfigured: boolean, enough: number) => {
    const began = performance.now();
    const scores = new PeerScores({ now: () => 0, onOffence: () => undefined, onBan: () => undefined });
    const read = Array.from({ length: PEERS }, () => 0);
    let opened = 0;
    const handled = await metered(
      scores,
      (stream) => {
        const index = opened++;
        stream.addEventListener('message', (event: StreamMessageEvent) => {
          read[index] = (read[index] ?? 0) + event.data.byteLength / VOTE.length;
        });
      },
      isConfigured,
    );
    const burst = concat(...Array.from({ length: SENT }, () => VOTE));
    for (let i = 0; i < PEERS; i++) {
      const stream = new FakeStream();
      await handled(asStream(stream), { remotePeer: { toString: () => `peer ${i}` } } as never);
      stream.write(burst);
    }
    const sum = (): number => read.reduce((all, each) => all + each, 0);
    while (sum() < enough) await new Promise((resolve) => setImmediate(resolve));
    expect(scores.points('peer 0')).toBe(0);
    return { read, sum: sum(), seconds: (performance.now() - began) / 1_000 };
  };

  test('of all strangers together at a pace, of each about as much, and penalises none', async () => {
    const { read, sum, seconds } = await readOf(false, 5_000);
    // The burst, what has come since, and a slice of each.
    expect(sum).toBeLessThanOrEqual(4_096 + 2_048 * seconds + PEERS * 16);
    expect(seconds).toBeGreaterThan(0.4);
    expect(Math.min(...read)).toBeGreaterThan(Math.max(...read) / 2);
  });

  test('peers of the config without that pace', async () => {
    const { read } = await readOf(true, PEERS * SENT);
    expect(read).toEqual([SENT, SENT, SENT, SENT]);
  });
});

test('the library cannot open a stream back on the connection of an inbound one: a peer that never answers would hold up all', async () => {
  const scores = new PeerScores({ now: () => 0, onOffence: () => undefined, onBan: () => undefined });
  const seen: Connection[] = [];
  const handled = await metered(scores, (_, connection) => {
    seen.push(connection);
  });
  let asked = 0;
  const newStream = async (): Promise<Stream> => {
    asked += 1;
    return asStream(new FakeStream());
  };
  const peer: Connection = { remotePeer: { toString: () => 'stranger' }, newStream } as never;
  await handled(asStream(new FakeStream()), peer);
  await expect(seen[0]?.newStream('/x')).rejects.toThrow('the node opens the gossip streams');
  expect(asked).toBe(0);
});

test('a stream that hands over more than is wanted as it goes on is paused after it has opened its window', () => {
  const stream = new FakeStream();
  let wanted = 0;
  const tap = new Tap(stream, () => wanted > 0);
  stream.addEventListener('message', () => {
    wanted = 0;
    tap.regulate();
    // Still within the call that resumes it.
    expect(stream.opened).toBe(0);
    expect(stream.readStatus).toBe('readable');
  });
  expect(tap.regulate()).toBe(true);
  stream.write(VOTE);
  wanted = 1;
  expect(tap.regulate()).toBe(true);
  expect([stream.readStatus, stream.opened]).toEqual(['paused', 1]);
});

test('550,000 message ids without a byte in one field end the stream before the library sees one', async () => {
  const scores = new PeerScores({ now: () => 0, onOffence: () => undefined, onBan: () => undefined });
  let seen = 0;
  const handled = await metered(scores, (stream) => {
    stream.addEventListener('message', (event: StreamMessageEvent) => {
      seen += event.data.byteLength;
    });
  });
  const aborted: Error[] = [];
  const stream = Object.assign(new FakeStream(), { abort: (reason: Error) => aborted.push(reason) });
  await handled(asStream(stream), { remotePeer: { toString: () => 'stranger' } } as never);
  const ids = new Uint8Array(10_000).map((_, i) => (i % 2 === 0 ? (1 << 3) | 2 : 0));
  const varint = (value: number): readonly number[] =>
    value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
  const iwant = Uint8Array.from([(2 << 3) | 2, ...varint(ids.length), ...ids]);
  const control = concat(...Array.from({ length: 110 }, () => iwant));
  const field = concat(Uint8Array.from([(3 << 3) | 2, ...varint(control.length)]), control);
  stream.write(concat(Uint8Array.from(varint(field.length)), field));
  while (aborted.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect([seen, scores.points('stranger')]).toEqual([0, 34]);
});
