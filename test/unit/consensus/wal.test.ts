import { existsSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWal, readWal, type Wal } from '../../../consensus/shell/wal.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { createLogger } from '../../../src/lib/log.ts';

let directory = '';
let lines: string[] = [];

const open = (): Wal => {
  lines = [];
  const out = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  return openWal(directory, createLogger({ level: 'warn', format: 'json' }, out));
};
const path = (height: bigint): string => join(directory, `${height}.wal`);
const entry = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A log of height 7 with these entries, closed. */
const written = async (...texts: readonly string[]): Promise<Uint8Array> => {
  const wal = open();
  await wal.recover(toHeight(7n));
  await wal.begin(toHeight(7n));
  for (const text of texts) {
    wal.append(entry(text));
    await wal.sync();
  }
  await wal.close();
  return new Uint8Array(await readFile(path(7n)));
};

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'openledger-wal-')), 'wal');
});
afterEach(async () => {
  await rm(join(directory, '..'), { recursive: true, force: true });
});

describe('a log', () => {
  test('gives back what was appended, in order, and goes on', async () => {
    await written('a', 'bb', 'ccc');
    const again = open();
    expect(await again.recover(toHeight(7n))).toEqual({
      ok: true,
      value: [entry('a'), entry('bb'), entry('ccc')],
    });
    again.append(entry('d'));
    await again.flush();
    await again.close();
    expect(await open().recover(toHeight(7n))).toMatchObject({
      ok: true,
      value: { length: 4, 3: entry('d') },
    });
    expect(lines).toEqual([]);
  });

  test('is not begun in a new folder, if its folder was moved: nothing may go on beside the moved one', async () => {
    const wal = open();
    await wal.recover(toHeight(7n));
    await wal.begin(toHeight(7n));
    await rename(directory, `${directory}-moved`);
    await expect(wal.begin(toHeight(8n))).rejects.toMatchObject({ code: 'WAL_WRITE' });
    expect(await readdir(join(directory, '..'))).toEqual(['wal-moved']);
  });

  test('that cannot be read is a fault, and not none', async () => {
    await mkdir(path(7n), { recursive: true });
    expect(await open().recover(toHeight(7n))).toMatchObject({ ok: false, fault: { code: 'WAL_READ' } });
  });

  test('that does not exist is none, and so is that of another height', async () => {
    expect(await open().recover(toHeight(7n))).toEqual({ ok: true, value: 'none' });
    await written('a');
    expect(await open().recover(toHeight(8n))).toEqual({ ok: true, value: 'none' });
  });

  test('of a new height takes the place of the old one, so that logs do not pile up', async () => {
    const wal = open();
    for (let height = 1n; height <= 20n; height++) {
      await wal.recover(toHeight(7n));
      await wal.begin(toHeight(height));
      wal.append(entry(`inputs of ${height}`));
      await wal.sync();
    }
    await wal.close();
    expect(await readdir(directory)).toEqual(['20.wal']);
  });

  test('holds nothing on disk before flush, and everything after', async () => {
    const wal = open();
    await wal.recover(toHeight(7n));
    await wal.begin(toHeight(7n));
    const empty = (await readFile(path(7n))).length;
    wal.append(entry('a'));
    expect((await readFile(path(7n))).length).toBe(empty);
    await wal.flush();
    expect((await readFile(path(7n))).length).toBeGreaterThan(empty);
    await wal.close();
  });

  test('cut at any byte of its last entry keeps all before it, says what it cut off, and goes on', async () => {
    const whole = await written('first', 'second');
    const before = (await written('first')).length;
    expect(whole.length).toBeGreaterThan(before);
    for (let length = before; length < whole.length; length++) {
      await writeFile(path(7n), whole.subarray(0, length));
      const wal = open();
      expect(await wal.recover(toHeight(7n))).toEqual({ ok: true, value: [entry('first')] });
      expect(lines).toHaveLength(length === before ? 0 : 1);
      wal.append(entry('third'));
      await wal.sync();
      await wal.close();
      expect(await open().recover(toHeight(7n))).toEqual({
        ok: true,
        value: [entry('first'), entry('third')],
      });
    }
  });

  test('cut in its head is none: nothing was ever logged in it', async () => {
    const whole = await written();
    for (let length = 0; length < whole.length; length++) {
      await writeFile(path(7n), whole.subarray(0, length));
      expect(await open().recover(toHeight(7n))).toEqual({ ok: true, value: 'none' });
    }
  });

  test('of zeros from its head on is none: its length came to the disk before its bytes', async () => {
    for (const length of [1, 24, 4096]) {
      const read = readWal(new Uint8Array(length), toHeight(1n));
      expect(read).toEqual({ ok: true, value: { entries: [], salt: 0, whole: 0 } });
    }
  });

  test('with a tail of zeros, as some file systems leave it, is cut off there', async () => {
    await written('first');
    await appendFile(path(7n), new Uint8Array(100));
    expect(await open().recover(toHeight(7n))).toEqual({ ok: true, value: [entry('first')] });
    expect(lines.join()).toContain('"bytes":100');
  });

  test('with any byte changed before its last entry is corrupt, and is left as it is', async () => {
    const whole = await written('first', 'second', 'third');
    const last = (await written('first', 'second')).length;
    for (let at = 0; at < last; at++) {
      const bad = Uint8Array.from(whole);
      bad[at] = (bad[at] ?? 0) ^ 0x40;
      await writeFile(path(7n), bad);
      const result = await open().recover(toHeight(7n));
      expect(result).toMatchObject({ ok: false, fault: { code: 'WAL_CORRUPT', data: { height: '7' } } });
    }
    expect((await readFile(path(7n))).length).toBe(whole.length);
  });

  test('of another height under this name is corrupt', async () => {
    const whole = await written('first');
    await writeFile(path(8n), whole);
    expect(await open().recover(toHeight(8n))).toMatchObject({ ok: false, fault: { code: 'WAL_CORRUPT' } });
  });

  test('cannot be made to look corrupt by an entry that quotes another log', async () => {
    const quoted = await written('a record of a log', 'another one');
    const wal = open();
    await wal.begin(toHeight(7n));
    wal.append(entry('first'));
    wal.append(quoted);
    await wal.sync();
    await wal.close();
    const length = (await readFile(path(7n))).length;
    await truncate(path(7n), length - 1);
    expect(await open().recover(toHeight(7n))).toEqual({ ok: true, value: [entry('first')] });
  });

  test('of hostile bytes never throws, and gives back only whole entries', async () => {
    const whole = await written('first', 'second');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length), (noise, cut) => {
        const result = readWal(Uint8Array.from([...whole.subarray(0, cut), ...noise]), toHeight(7n));
        if (result.ok) expect(result.value.entries.length).toBeLessThanOrEqual(2);
        else expect(result.fault.code).toBe('WAL_CORRUPT');
        expect(typeof readWal(noise, toHeight(7n)).ok).toBe('boolean');
      }),
    );
  });
});

test.skipIf(!existsSync('/dev/full'))(
  'a log that a full disk does not take is named by its path',
  async () => {
    const wal = open();
    await wal.recover(toHeight(7n));
    await symlink('/dev/full', path(7n));
    await expect(wal.begin(toHeight(7n))).rejects.toMatchObject({
      code: 'WAL_WRITE',
      message: expect.stringMatching(`^cannot write the consensus log ${path(7n)}: ENOSPC`) as unknown,
    });
    wal.append(entry('a vote'));
    await expect(wal.sync()).rejects.toMatchObject({ code: 'WAL_WRITE' });
    await wal.close();
  },
);
