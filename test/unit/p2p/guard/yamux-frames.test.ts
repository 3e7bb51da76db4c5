import { describe, expect, test } from 'vitest';
import { YamuxFrames } from '../../../../p2p/guard/yamux-frames.ts';
import { concat } from '../../../../src/lib/bytes.ts';
import { yamuxHeader } from '../../../hostile/raw-stranger.ts';

const DATA = 0;
const WINDOW = 1;
const PING = 2;
const SYN = 1;

describe('frames of yamux', () => {
  test('are counted by their headers, in whatever pieces they arrive', () => {
    const bytes = concat(
      yamuxHeader(WINDOW, SYN, 2, 0),
      yamuxHeader(DATA, 0, 2, 5),
      new Uint8Array(5).fill(0xff),
      yamuxHeader(PING, SYN, 0, 7),
      yamuxHeader(DATA, SYN, 4, 0),
    );
    for (let size = 1; size <= bytes.length; size++) {
      const frames = new YamuxFrames(5);
      const sum = { frames: 0, opened: 0, pings: 0 };
      for (let from = 0; from < bytes.length; from += size) {
        const counted = frames.feed(bytes.subarray(from, from + size));
        sum.frames += counted?.frames ?? Number.NaN;
        sum.opened += counted?.opened ?? Number.NaN;
        sum.pings += counted?.pings ?? Number.NaN;
      }
      expect(sum).toEqual({ frames: 4, opened: 2, pings: 1 });
    }
  });

  test.each([
    ['a frame that is too long', yamuxHeader(DATA, 0, 2, 6)],
    ['an unknown type', yamuxHeader(4, 0, 2, 0)],
    ['another version', Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0)],
  ])('%s is refused by its header', (_, header) => {
    expect(new YamuxFrames(5).feed(header)).toBeUndefined();
  });

  test('only data is followed by bytes: the length of a ping is its number', () => {
    expect(
      new YamuxFrames(5).feed(concat(yamuxHeader(PING, SYN, 0, 99), yamuxHeader(DATA, 0, 2, 0))),
    ).toEqual({ frames: 2, opened: 0, pings: 1, tail: 0 });
  });
});
