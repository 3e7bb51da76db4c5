/** What a body takes in memory is held, in however many parts it comes. */
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { BodyError, PARTS_FREE, readBody } from '../../../rpc/body.ts';

const holder = (room = Number.POSITIVE_INFINITY) => {
  const seen = { held: 0, most: 0 };
  return {
    seen,
    hold: (bytes: number): boolean => {
      if (seen.held + bytes > room) return false;
      seen.held += bytes;
      seen.most = Math.max(seen.most, seen.held);
      return true;
    },
    release: (bytes: number): void => {
      seen.held -= bytes;
    },
    keep: () => undefined,
  };
};

/** Parts that are made when they are asked for, and counted. */
const parts = (count: number, length: number) => {
  const taken = { parts: 0 };
  const body = Readable.from(
    (function* () {
      for (; taken.parts < count; taken.parts++) yield Buffer.alloc(length, 97);
    })(),
    { highWaterMark: 1 },
  );
  return { body, taken };
};

const refusalOf = async (read: Promise<unknown>): Promise<string | undefined> =>
  read.then(
    () => undefined,
    (error: unknown) => (error instanceof BodyError ? error.refusal : String(error)),
  );

test('parts become one buffer, whose whole length is held', async () => {
  const held = holder();
  const read = await readBody(parts(100, 1_000).body, { limit: 1 << 20, announced: 0, holder: held });
  const { bytes } = read;
  expect(Buffer.from(bytes)).toEqual(Buffer.alloc(100_000, 97));
  expect(held.seen.held).toBe(bytes.buffer.byteLength);
  expect(held.seen.most).toBeLessThanOrEqual(400_000);
  read.free();
  expect([held.seen.held, bytes.length, read.bytes.length]).toEqual([0, 0, 0]);
});

test('parts of one byte are read while they are few, and no further', async () => {
  const few = await readBody(parts(PARTS_FREE, 1).body, { limit: 1 << 20, announced: 0, holder: holder() });
  expect(few.bytes).toHaveLength(PARTS_FREE);
  const { body, taken } = parts(1_000_000, 1);
  const read = readBody(body, { limit: 1 << 20, announced: 0, holder: holder() });
  expect(await refusalOf(read)).toBe('tooManyParts');
  expect(taken.parts).toBeLessThan(PARTS_FREE + 10);
});

test('a body without room, past its limit or announced past it is refused', async () => {
  const read = (options: { limit?: number; announced?: number; room?: number }) =>
    refusalOf(
      readBody(parts(20, 1_000).body, {
        limit: options.limit ?? 1 << 20,
        announced: options.announced ?? 0,
        holder: holder(options.room),
      }),
    );
  expect(await read({})).toBeUndefined();
  expect(await read({ room: 10_000 })).toBe('noRoom');
  expect(await read({ limit: 19_999 })).toBe('tooLarge');
  expect(await read({ limit: 100, announced: 101 })).toBe('tooLarge');
});
