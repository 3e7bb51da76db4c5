/**
 * The write-ahead log of one height: every input of the core, in the order in which it was taken in. What a signature
 * rests on is on disk before it leaves, so that a node that was killed comes back with the locks it had.
 *
 * One file a height, `<height>.wal`, little endian:
 *
 *   +---------+--------+--------+-------+       +--------+-----------+-------+--------------+
 *   | magic   | height | salt   | crc   |  then | salt   | length    | crc   | payload      |  repeated
 *   | 8 bytes | u64    | u32    | u32   |       | u32    | u32, >= 1 | u32   | length bytes |
 *   +---------+--------+--------+-------+       +--------+-----------+-------+--------------+
 *
 * Each crc is CRC-32 over what stands before it (and, in a record, over the payload too). The salt is random: payloads
 * hold transactions of strangers, and nobody can write one that reads as a record of a file whose salt is unknown.
 *
 * A crash in the midst of an append leaves a record cut short, with nothing whole after it: a torn tail, cut off and
 * logged, as no signature rests on it. If a whole record stands behind bad bytes, these were whole once: the log is
 * corrupt in the middle, and the node does not start on it (`WAL_CORRUPT`).
 */

import { randomInt } from 'node:crypto';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Height } from '../../src/lib/brands.ts';
import { concat, utf8 } from '../../src/lib/bytes.ts';
import { CodedError, invariant, ok, toFault } from '../../src/lib/errors.ts';
import { makeDirectory, readPlainFile, syncDirectory } from '../../src/lib/files.ts';
import type { Logger } from '../../src/lib/log.ts';
import { MAX_UINT32 } from '../../src/lib/math.ts';
import { fail, fault, type Result } from '../errors.ts';

export type Wal = {
  /**
   * Opens the log of `height`, if there is one, to be continued. @returns its entries, or `none`. Faults:
   * `WAL_CORRUPT`, `WAL_READ`.
   */
  readonly recover: (height: Height) => Promise<Result<readonly Uint8Array[] | 'none'>>;
  /** Begins an empty log for `height`, on disk when it resolves; then the logs of other heights are removed. @throws CodedError `WAL_WRITE` */
  readonly begin: (height: Height) => Promise<void>;
  /** Adds an entry, in memory. */
  readonly append: (entry: Uint8Array) => void;
  /** Hands what was appended to the system: it survives the end of the process. @throws CodedError `WAL_WRITE` */
  readonly flush: () => Promise<void>;
  /** The same, and to the disk: it survives the end of the machine. @throws CodedError `WAL_WRITE` */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const MAGIC = utf8('OLWAL\0\0\x01');
const FILE_HEAD = 24;
const RECORD_HEAD = 12;
/** A proposal with its block is the longest entry. */
const MAX_ENTRY_BYTES = 2 << 20;
const FILE_NAME = /^(?:0|[1-9][0-9]{0,19})\.wal$/;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const fileHead = (height: Height, salt: number): Uint8Array => {
  const head = new Uint8Array(FILE_HEAD);
  head.set(MAGIC);
  const view = viewOf(head);
  view.setBigUint64(8, height, true);
  view.setUint32(16, salt, true);
  view.setUint32(20, crc32(head.subarray(0, 20)), true);
  return head;
};

const recordHead = (entry: Uint8Array, salt: number): Uint8Array => {
  const head = new Uint8Array(RECORD_HEAD);
  const view = viewOf(head);
  view.setUint32(0, salt, true);
  view.setUint32(4, entry.length, true);
  view.setUint32(8, crc32(entry, crc32(head.subarray(0, 8))), true);
  return head;
};

/** The payload of the whole record that begins at `at`, or undefined. */
const recordAt = (bytes: Uint8Array, at: number, salt: number): Uint8Array | undefined => {
  if (at + RECORD_HEAD > bytes.length) return undefined;
  const head = bytes.subarray(at, at + RECORD_HEAD);
  const length = viewOf(head).getUint32(4, true);
  const start = at + RECORD_HEAD;
  if (length === 0 || length > MAX_ENTRY_BYTES || start + length > bytes.length) return undefined;
  const payload = bytes.subarray(start, start + length);
  return Buffer.compare(head, recordHead(payload, salt)) === 0 ? payload : undefined;
};

export type WalContent = {
  readonly entries: readonly Uint8Array[];
  readonly salt: number;
  /** How many bytes, from the start of the file, are whole. */
  readonly whole: number;
};

/** Reads the bytes of a log. Faults: `WAL_CORRUPT`, with the offset. */
export const readWal = (bytes: Uint8Array, height: Height): Result<WalContent> => {
  const corrupt = (offset: number): Result<WalContent> =>
    fail('WAL_CORRUPT', `the consensus log of height ${height} is corrupt at byte ${offset}`, {
      height: height.toString(),
      offset,
    });
  // Too short for its head: the crash came while the file was being made, before anything was logged.
  // The same if it has the length of its head, and zeros in it, as some file systems leave it.
  const begun = bytes.length >= FILE_HEAD && !bytes.every((byte) => byte === 0);
  if (!begun) return ok({ entries: [], salt: 0, whole: 0 });
  const salt = viewOf(bytes).getUint32(16, true);
  if (Buffer.compare(bytes.subarray(0, FILE_HEAD), fileHead(height, salt)) !== 0) return corrupt(0);

  const entries: Uint8Array[] = [];
  let at = FILE_HEAD;
  for (let entry = recordAt(bytes, at, salt); entry !== undefined; entry = recordAt(bytes, at, salt)) {
    entries.push(entry);
    at += RECORD_HEAD + entry.length;
  }
  const marker = new Uint8Array(4);
  viewOf(marker).setUint32(0, salt, true);
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let later = rest.indexOf(marker, at + 1); later !== -1; later = rest.indexOf(marker, later + 1)) {
    if (recordAt(bytes, later, salt) !== undefined) return corrupt(at);
  }
  return ok({ entries, salt, whole: at });
};

/** Writes. The system does not say which file a disk has no room for. @throws CodedError `WAL_WRITE`, which names the path */
const writing = async (path: string, write: () => Promise<void>): Promise<void> => {
  try {
    await write();
  } catch (error) {
    const reason = toFault(error).message;
    throw new CodedError(fault('WAL_WRITE', `cannot write the consensus log ${path}: ${reason}`, { path }), {
      cause: error,
    });
  }
};

type OpenLog = { readonly file: FileHandle; readonly path: string; readonly salt: number };

/**
 * The logs in `directory`, which `recover` makes if it is not there. It is never made anew after that: a home that was renamed
 * while its node runs would get a second `data` folder at its old path, and the sign-state would go on there, so that the
 * home at the new path could sign twice.
 */
export const openWal = (directory: string, logger: Logger): Wal => {
  let log: OpenLog | undefined;
  let pending: Uint8Array[] = [];

  const pathOf = (height: Height): string => join(directory, `${height}.wal`);
  const close = async (): Promise<void> => {
    const closing = log;
    log = undefined;
    pending = [];
    await closing?.file.close();
  };

  const recover = async (height: Height): Promise<Result<readonly Uint8Array[] | 'none'>> => {
    const path = pathOf(height);
    try {
      await close();
      makeDirectory(directory);
      if (!(await readdir(directory)).includes(`${height}.wal`)) return ok('none');
      const bytes = await readPlainFile(path);
      const content = readWal(bytes, height);
      if (!content.ok) return content;
      const { entries, salt, whole } = content.value;
      if (whole === 0) return ok('none');
      const file = await open(path, 'a');
      log = { file, path, salt };
      if (whole < bytes.length) {
        logger.warn(
          { height: height.toString(), offset: whole, bytes: bytes.length - whole },
          'cut off the torn tail of the consensus log',
        );
        await file.truncate(whole);
        await file.sync();
      }
      return ok(entries);
    } catch (error) {
      return fail('WAL_READ', `cannot read the consensus log ${path}: ${toFault(error).message}`, { path });
    }
  };

  const begin = async (height: Height): Promise<void> => {
    const path = pathOf(height);
    await writing(path, async () => {
      await close();
      const salt = randomInt(MAX_UINT32);
      const file = await open(path, 'w', 0o600);
      log = { file, path, salt };
      await file.writeFile(fileHead(height, salt));
      await file.sync();
      await syncDirectory(directory);
      for (const name of await readdir(directory)) {
        if (FILE_NAME.test(name) && name !== `${height}.wal`) await rm(join(directory, name));
      }
    });
  };

  const append = (entry: Uint8Array): void => {
    invariant(log !== undefined, 'a log is open');
    invariant(entry.length >= 1 && entry.length <= MAX_ENTRY_BYTES, 'an entry is 1 byte to 2 MiB');
    pending.push(recordHead(entry, log.salt), entry);
  };

  const flush = async (): Promise<void> => {
    if (log === undefined || pending.length === 0) return;
    const { file, path } = log;
    const bytes = concat(...pending);
    pending = [];
    await writing(path, () => file.appendFile(bytes));
  };

  const sync = async (): Promise<void> => {
    await flush();
    if (log === undefined) return;
    const { file, path } = log;
    await writing(path, () => file.datasync());
  };

  return { recover, begin, append, flush, sync, close };
};
