import { describe, expect, test } from 'vitest';
import { NoiseMessages } from '../../../../p2p/guard/noise-messages.ts';
import { Pieces } from '../../../../p2p/guard/pieces.ts';
import { YamuxFrames } from '../../../../p2p/guard/yamux-frames.ts';
import { concat } from '../../../../src/lib/bytes.ts';
import { yamuxHeader } from '../../../hostile/raw-stranger.ts';

const message = (length: number): Uint8Array =>
  concat(Uint8Array.of(length >> 8, length & 255), new Uint8Array(length).fill(7));

describe('messages of noise', () => {
  test('are counted by their lengths, in whatever pieces they arrive', () => {
    const bytes = concat(message(16), message(300), message(17));
    for (let size = 1; size <= bytes.length; size++) {
      const messages = new NoiseMessages();
      let sum = 0;
      for (let from = 0; from < bytes.length; from += size)
        sum += messages.feed(bytes.subarray(from, from + size))?.messages ?? Number.NaN;
      expect(sum).toBe(3);
    }
  });

  test.each([0, 15])('one of %i bytes is refused by its length', (length) => {
    expect(new NoiseMessages().feed(Uint8Array.of(0, length))).toBeUndefined();
  });

  test('the bytes behind the last whole one are its tail', () => {
    const messages = new NoiseMessages();
    expect(messages.feed(concat(message(20), Uint8Array.of(0, 20, 1)))).toEqual({ messages: 2, tail: 3 });
    expect(messages.feed(new Uint8Array(18))).toEqual({ messages: 0, tail: 18 });
    expect(messages.feed(new Uint8Array(1))).toEqual({ messages: 0, tail: 0 });
  });
});

describe('pieces', () => {
  test('a frame that comes byte by byte is passed on in few pieces, and whole', () => {
    const frame = concat(
      yamuxHeader(0, 0, 1, 100_000),
      new Uint8Array(100_000).map((_, i) => i),
    );
    const frames = new YamuxFrames(1 << 20);
    const pieces = new Pieces();
    const passed: Uint8Array[] = [];
    for (const byte of frame) {
      const bytes = Uint8Array.of(byte);
      const merged = pieces.merge(bytes, frames.feed(bytes) ?? { tail: Number.NaN });
      if (merged !== undefined) passed.push(merged);
    }
    expect(passed.length).toBe(Math.ceil(frame.length / (16 << 10)));
    expect(Buffer.concat(passed).equals(frame)).toBe(true);
  });

  test('what is whole does not wait for what is not', () => {
    const pieces = new Pieces();
    expect(pieces.merge(Uint8Array.of(1, 2, 3), { tail: 1 })).toEqual(Uint8Array.of(1, 2));
    expect(pieces.merge(Uint8Array.of(4), { tail: 1 })).toBeUndefined();
    expect(pieces.merge(Uint8Array.of(5, 6), { tail: 0 })).toEqual(Uint8Array.of(3, 4, 5, 6));
  });
});
