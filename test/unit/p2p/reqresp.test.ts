import type { Connection, Stream } from '@libp2p/interface';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Result } from '../../../p2p/errors.ts';
import { ANSWER, answerFrame, requestFrame } from '../../../p2p/frames.ts';
import { WINDOW_BYTES } from '../../../p2p/places.ts';
import { BLOCKS, type BlocksRequest, type SyncedBlock } from '../../../p2p/protocols.ts';
import { type Answer, Requests, STRANGERS } from '../../../p2p/reqresp.ts';
import { type Offence, PeerScores } from '../../../p2p/scores.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { concat } from '../../../src/lib/bytes.ts';
import { blockAt, GENESIS, quiet } from './networks.ts';
import { type OtherEnd, openStream } from './streams.ts';

const STEP_MS = 100;
const ENOUGH = 1 << 30;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const step = (ms = STEP_MS): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

const request = (count = 64): Uint8Array =>
  requestFrame(BLOCKS.request.encode({ from: toHeight(1n), count }));

type Served = { readonly blocks: number; readonly status: number | undefined };

/** Reads the frames of an answer as the format says: the number of chunks, and the status at the end. */
const parse = (bytes: Uint8Array): Served => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let blocks = 0;
  for (let at = 0; at + 5 <= bytes.length; at += 5 + view.getUint32(at + 1)) {
    const status = view.getUint8(at);
    if (status !== ANSWER.CHUNK) return { blocks, status };
    if (at + 5 + view.getUint32(at + 1) > bytes.length) break;
    blocks += 1;
  }
  return { blocks, status: undefined };
};

/** A node that serves blocks of a size, the friends of which are in its config. */
const serve = async (blockBytes: number, friends: readonly string[] = []) => {
  const offences: [string, Offence][] = [];
  let accept: ((stream: Stream, connection: Connection) => void) | undefined;
  const requests = new Requests({
    host: {
      handle: async (_, handler) => {
        accept = handler;
      },
      connectionTo: () => undefined,
      isConfigured: (peer) => friends.includes(peer),
    },
    genesisHash: GENESIS,
    scores: new PeerScores({
      now: () => performance.now(),
      onOffence: (peer, offence) => offences.push([peer, offence]),
      onBan: () => undefined,
    }),
    logger: quiet,
  });
  const made = new Map<bigint, SyncedBlock>();
  await requests.serve<BlocksRequest, SyncedBlock>(BLOCKS, async function* ({ from, count }) {
    for (let i = 0; i < count; i++) {
      const height = from + BigInt(i);
      const block = made.get(height) ?? blockAt(height, blockBytes);
      made.set(height, block);
      yield block;
    }
  });
  /** Opens a stream of a peer, and sends bytes on it. */
  const open = (peer: string, bytes: Uint8Array): OtherEnd => {
    const end = openStream();
    const connection: Partial<Connection> = {
      remotePeer: { toString: () => peer } as Partial<Connection['remotePeer']> as Connection['remotePeer'],
    };
    accept?.(end.stream, connection as Connection);
    end.write(bytes);
    return end;
  };
  return { open, offences };
};

type Node = Awaited<ReturnType<typeof serve>>;

/** Reads an answer at so many bytes per second, and returns what came of it, and after how long. */
const readAt = async (end: OtherEnd, bytesPerSecond: number, limitMs: number) => {
  const parts: Uint8Array[] = [];
  const since = performance.now();
  let tookMs = 0;
  for (; !end.isReset() && !end.isRead() && tookMs < limitMs; tookMs = performance.now() - since) {
    await step();
    parts.push(end.read((bytesPerSecond * STEP_MS) / 1_000));
  }
  return { ...parse(concat(...parts)), tookMs };
};

describe('a server of blocks', () => {
  test('lets a reader of 100 KiB per second have large blocks, and does not call it slow', async () => {
    const { open, offences } = await serve(1 << 20);
    const end = open('honest', request(4));
    const { blocks, status } = await readAt(end, 100 << 10, 60_000);
    expect([blocks, status, offences]).toEqual([4, ANSWER.END, []]);
  });

  test('holds a piece of an answer for a reader that does not read it, and not for long', async () => {
    const { open, offences } = await serve(1 << 20);
    const end = open('silent', request());
    await step(5_000);
    expect(end.held()).toBeLessThanOrEqual(64 << 10);
    await step(6_000);
    expect([end.isReset(), offences]).toEqual([true, [['silent', 'slow']]]);
  });

  test('sends strangers together no more than their budget, each its part, and a peer of the config what it reads', async () => {
    const { open, offences } = await serve(1 << 20, ['friend']);
    const strangers = Array.from({ length: 6 }, (_, i) => open(`stranger ${i}`, request()));
    const friend = open('friend', request());
    const ends = [friend, ...strangers];
    const took = new Map<OtherEnd, number>();
    const since = performance.now();
    while (took.size < ends.length) {
      await step(2);
      for (const end of ends) {
        end.read(ENOUGH);
        if (end.isRead() && !took.has(end)) took.set(end, performance.now() - since);
      }
    }
    const each = strangers.map((end) => took.get(end) ?? 0);
    const bytes = 6 * 4 * (1 << 20);
    const leastMs = (1_000 * (bytes - STRANGERS.burst)) / STRANGERS.perSecond;
    expect(Math.max(...each)).toBeGreaterThanOrEqual(leastMs);
    expect(Math.max(...each)).toBeLessThan(leastMs + 500);
    expect(Math.min(...each)).toBeGreaterThan(leastMs - 500);
    expect(took.get(friend)).toBeLessThan(leastMs / 2);
    expect(offences).toEqual([]);
  });

  test('drops a request that is longer than it says it is, or may be, as it arrives', async () => {
    const { open, offences } = await serve(1_000);
    const long = open('long', concat(request().subarray(0, 8), new Uint8Array(1 << 20)));
    const late = open('late', request());
    await step();
    late.write(new Uint8Array(1));
    await step();
    expect([long.isReset(), late.isReset()]).toEqual([true, true]);
    expect(offences).toEqual([['long', 'malformed']]);
  });

  test('gives no place to a request that is not whole, and drops it after 5 s', async () => {
    const { open } = await serve(1_000);
    const halves = Array.from({ length: 12 }, (_, i) => open(`half ${i}`, request().subarray(0, 7)));
    const { blocks, tookMs } = await readAt(open('honest', request()), ENOUGH, 5_000);
    expect([blocks, tookMs < 500]).toEqual([64, true]);
    await step(5_000);
    expect(halves.every((half) => half.isReset())).toBe(true);
  });

  /** Peers that ask at once for what they can get, do not read it, and ask again when they lost it. */
  const crowd = (node: Node, count: number, bytesPerSecond: number) => {
    let ends: { readonly peer: string; readonly end: OtherEnd }[] = [];
    return {
      turn: (): void => {
        for (const { end } of ends) end.read((bytesPerSecond * STEP_MS) / 1_000);
        ends = ends.filter(({ end }) => !end.isReset() && end.stream.writeStatus === 'writable');
        for (let i = 0; i < count; i++)
          for (let open = ends.filter(({ peer }) => peer === `sybil ${i}`).length; open < 2; open++)
            ends.push({ peer: `sybil ${i}`, end: node.open(`sybil ${i}`, request()) });
      },
    };
  };

  test.each([
    ['read nothing', 6, 0],
    ['read nothing', 12, 0],
    ['read just fast enough', 12, 70 << 10],
  ])(
    'among peers that %s (%i of them), a stranger gets its blocks, and a friend at once',
    async (_, count, rate) => {
      const node = await serve(20_000, ['friend']);
      const { turn } = crowd(node, count, rate);
      for (let i = 0; i < 30; i++) {
        turn();
        await step();
      }
      const friend = readAt(node.open('friend', request(4)), ENOUGH, 120_000);
      const since = performance.now();
      let heights = 0;
      const hostile = setInterval(turn, STEP_MS);
      while (heights < 128 && performance.now() - since < 60_000)
        heights += (await readAt(node.open('honest', request()), 4 << 20, 10_000)).blocks;
      clearInterval(hostile);
      expect(heights).toBeGreaterThanOrEqual(128);
      expect(performance.now() - since).toBeLessThan(30_000);
      const { status, tookMs } = await friend;
      expect([status, tookMs < 1_000]).toEqual([ANSWER.END, true]);
    },
  );
});

/** Asks a peer for two blocks, and returns the other end of the stream that it gets. */
const ask = async (
  timeoutMs: number,
): Promise<{ readonly end: OtherEnd; readonly answer: Promise<Result<Answer<SyncedBlock>>> }> => {
  const end = openStream();
  const connection: Partial<Connection> = { newStream: async () => end.stream };
  const requests = new Requests({
    host: {
      handle: async () => undefined,
      connectionTo: () => connection as Connection,
      isConfigured: () => false,
    },
    genesisHash: GENESIS,
    scores: new PeerScores({
      now: () => performance.now(),
      onOffence: () => undefined,
      onBan: () => undefined,
    }),
    logger: quiet,
  });
  const answer = requests.ask('peer', BLOCKS, { from: toHeight(1n), count: 2 }, timeoutMs);
  await step(0);
  return { end, answer };
};

const codeOf = (answer: Result<unknown>): string => (answer.ok ? 'ok' : answer.fault.code);

describe('a client', () => {
  const chunk = answerFrame(ANSWER.CHUNK, BLOCKS.chunk.encode(blockAt(1n, 1 << 20)));
  const ending = (status: (typeof ANSWER)[keyof typeof ANSWER]): Uint8Array =>
    answerFrame(status, new Uint8Array(0));

  test('waits for a large block that comes slowly, as long as it comes', async () => {
    const { end, answer } = await ask(5_000);
    const bytes = concat(chunk, ending(ANSWER.END));
    for (let at = 0; at < bytes.length; at += 50_000) {
      end.write(bytes.subarray(at, at + 50_000));
      await step(1_000);
    }
    const got = await answer;
    expect(got.ok ? [got.value.chunks.length, got.value.isCut] : got.fault).toEqual([1, false]);
  });

  test('reads an answer that comes in pieces of one byte', async () => {
    const small = answerFrame(ANSWER.CHUNK, BLOCKS.chunk.encode(blockAt(2n, 20_000)));
    const { end, answer } = await ask(5_000);
    await step();
    for (const byte of concat(small, ending(ANSWER.END))) end.write(Uint8Array.of(byte));
    await step();
    const got = await answer;
    expect(got.ok ? got.value.chunks : got.fault).toEqual([blockAt(2n, 20_000)]);
  });

  test('gives up on silence after its time, and on a drip after six times that', async () => {
    const silent = await ask(5_000);
    await step(5_001);
    expect(codeOf(await silent.answer)).toBe('P2P_TIMEOUT');
    const dripping = await ask(5_000);
    let code = '';
    void dripping.answer.then((answer) => {
      code = codeOf(answer);
    });
    const since = performance.now();
    for (const byte of chunk.subarray(0, 100)) {
      dripping.end.write(Uint8Array.of(byte));
      await step(1_000);
      if (code !== '') break;
    }
    expect([code, performance.now() - since]).toEqual(['P2P_TIMEOUT', 30_000]);
    expect(dripping.end.isReset()).toBe(true);
  });

  test('uses what it has got of an answer that ended because others waited', async () => {
    const { end, answer } = await ask(5_000);
    end.write(concat(chunk, ending(ANSWER.BUSY)));
    await step();
    const got = await answer;
    expect(got.ok ? [got.value.chunks.length, got.value.isCut] : got.fault).toEqual([1, true]);
    const refused = await ask(5_000);
    refused.end.write(ending(ANSWER.BUSY));
    await step();
    expect(codeOf(await refused.answer)).toBe('P2P_BUSY');
  });

  test('reads no further than the length that a chunk may have', async () => {
    const { end, answer } = await ask(5_000);
    end.write(Uint8Array.of(ANSWER.CHUNK, 255, 255, 255, 255));
    await step();
    expect([codeOf(await answer), end.isReset()]).toEqual(['P2P_TOO_LONG', true]);
    expect(WINDOW_BYTES).toBe(256 << 10);
  });
});
