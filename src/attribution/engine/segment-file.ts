/**
 * Segments on disk. One file holds one segment and never changes; all numbers are little-endian.
 *
 *     0       8  "OLSEGMNT"
 *     8       4  version, 4
 *     12      4  the Datanet
 *     16      8  the hash key: start, multiplier
 *     24      4  the postings that a list may have without being long
 *     28      4  zero
 *     32  22×16  by section: bytes of an element (4), zero (4), bytes of the section (8)
 *     384     …  the sections, each followed by zeros up to a multiple of 64
 *     …      32  sha256 of all before it
 *
 * A file is believed only whole: its length must be what its header says, and its hash both what it ends with and what
 * the manifest says. What fails is reported by code and never used.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';
import { toHex, utf8 } from '../../lib/bytes.ts';
import { invariant, ok } from '../../lib/errors.ts';
import { systemCode, writeAtomically } from '../../lib/files.ts';
import { fail, type Result } from '../errors.ts';
import { type HashKey, shareWords } from './lexicon.ts';
import type { Segment } from './segment.ts';

const MAGIC = utf8('OLSEGMNT');
const VERSION = 4;
const TABLE = 32;
const SECTION_BYTES = 16;
const HEADER_BYTES = 384;
const ALIGNMENT = 64;
const DIGEST_BYTES = 32;
/** Bytes read, hashed or written at once. */
const PIECE = 1 << 24;

type Section = Float64Array | Uint32Array | Int32Array | Uint16Array | Uint8Array;

const sectionsOf = (segment: Segment): readonly Section[] => [
  segment.contributions,
  segment.indices,
  segment.owners,
  segment.committedAt,
  segment.revealedAt,
  segment.items,
  segment.starts,
  segment.words,
  segment.low,
  segment.high,
  segment.directory,
  segment.places,
  segment.signatures,
  segment.repeats.text,
  segment.repeats.suffixes,
  segment.repeats.regions,
  segment.repeats.leasts,
  segment.novel.firsts,
  segment.novel.starts,
  segment.novel.ends,
  segment.phrases.directory,
  segment.phrases.entries,
];

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

const headerOf = ({ datanet, key, repeats }: Segment, sections: readonly Section[]): Uint8Array => {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, datanet, true);
  view.setUint32(16, key.start, true);
  view.setUint32(20, key.multiplier, true);
  view.setUint32(24, repeats.limit, true);
  for (const [i, section] of sections.entries()) {
    view.setUint32(TABLE + SECTION_BYTES * i, section.BYTES_PER_ELEMENT, true);
    view.setBigUint64(TABLE + SECTION_BYTES * i + 8, BigInt(section.byteLength), true);
  }
  return header;
};

const bytesIn = (section: Section): Uint8Array =>
  new Uint8Array(section.buffer, section.byteOffset, section.byteLength);

/** A segment as it stands on the disk: the sha256 of the file, in hex, and its bytes. */
export type Written = {
  readonly path: string;
  readonly segment: Segment;
  readonly sha256: string;
  readonly bytes: number;
};

/** Writes a segment so that the file is there whole or not at all. */
export const writeSegment = (path: string, segment: Segment): Written => {
  invariant(endianness() === 'LE', 'segments are written by little-endian machines');
  const sections = sectionsOf(segment);
  const hash = createHash('sha256');
  let written = 0;
  let digest: Uint8Array = new Uint8Array(0);
  writeAtomically(path, (file) => {
    const put = (bytes: Uint8Array): void => {
      for (let at = 0; at < bytes.length; at += PIECE) {
        const piece = bytes.subarray(at, at + PIECE);
        hash.update(piece);
        for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done);
        written += piece.length;
      }
    };
    put(headerOf(segment, sections));
    for (const section of sections) {
      put(bytesIn(section));
      put(new Uint8Array(aligned(section.byteLength) - section.byteLength));
    }
    digest = hash.digest();
    for (let done = 0; done < DIGEST_BYTES; ) done += writeSync(file, digest, done);
    written += DIGEST_BYTES;
  });
  return { path, segment, sha256: toHex(digest), bytes: written };
};

/** Bytes of an element of each section. */
const WIDTHS = [8, 4, 1, 8, 8, 4, 4, 4, 2, 1, 4, 4, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4];

const read = (file: number, into: Uint8Array, position: number): number => {
  let done = 0;
  while (done < into.length) {
    const count = readSync(file, into, done, into.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
};

/** The bytes of each section; undefined if one is impossible. */
const sizesOf = (view: DataView): readonly number[] | undefined => {
  const sizes: number[] = [];
  for (const [i, width] of WIDTHS.entries()) {
    const size = view.getBigUint64(TABLE + SECTION_BYTES * i + 8, true);
    if (
      view.getUint32(TABLE + SECTION_BYTES * i, true) !== width ||
      size > BigInt(Number.MAX_SAFE_INTEGER) ||
      size % BigInt(width) !== 0n
    )
      return undefined;
    sizes.push(Number(size));
  }
  return sizes;
};

/**
 * Reads a segment. Faults: `INDEX_FILE_MISSING`, `INDEX_FILE_UNREADABLE`, `INDEX_FILE_FOREIGN` (not a segment),
 * `INDEX_FILE_VERSION`, `INDEX_FILE_TRUNCATED` (also if too long), `INDEX_FILE_CORRUPT`.
 */
export const readSegment = (path: string): Result<Written> => {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    const code = systemCode(error) === 'ENOENT' ? 'INDEX_FILE_MISSING' : 'INDEX_FILE_UNREADABLE';
    return fail(code, `${path} cannot be opened`, { path });
  }
  try {
    return readOpened(file, path);
  } catch (error) {
    return fail('INDEX_FILE_UNREADABLE', `${path} cannot be read: ${systemCode(error) ?? String(error)}`, {
      path,
    });
  } finally {
    closeSync(file);
  }
};

const readOpened = (file: number, path: string): Result<Written> => {
  const length = fstatSync(file).size;
  const truncated = fail('INDEX_FILE_TRUNCATED', `${path} has not the length it should have`, { path });
  const header = new Uint8Array(HEADER_BYTES);
  const got = read(file, header, 0);
  for (const [i, byte] of MAGIC.entries())
    if (i < got && header[i] !== byte) return fail('INDEX_FILE_FOREIGN', `${path} is no segment`, { path });
  if (got < HEADER_BYTES) return truncated;
  const view = new DataView(header.buffer);
  const version = view.getUint32(8, true);
  if (version !== VERSION)
    return fail('INDEX_FILE_VERSION', `${path} is of version ${version}, not ${VERSION}`, { path, version });
  const corrupt = fail('INDEX_FILE_CORRUPT', `${path} is not what was written`, { path });
  const sizes = sizesOf(view);
  if (sizes === undefined) return corrupt;
  // Before any memory is taken for it, the file must have the length that it claims.
  const total = sizes.reduce((sum, bytes) => sum + aligned(bytes), HEADER_BYTES) + DIGEST_BYTES;
  if (total !== length) return truncated;
  const hash = createHash('sha256').update(header);
  let position = HEADER_BYTES;
  const buffers: SharedArrayBuffer[] = [];
  for (const bytes of sizes) {
    const buffer = new SharedArrayBuffer(bytes);
    const all = new Uint8Array(buffer);
    const padding = new Uint8Array(aligned(bytes) - bytes);
    for (let at = 0; at < bytes; at += PIECE) {
      const piece = all.subarray(at, at + PIECE);
      if (read(file, piece, position + at) < piece.length) return truncated;
      hash.update(piece);
    }
    if (read(file, padding, position + bytes) < padding.length) return truncated;
    hash.update(padding);
    position += aligned(bytes);
    buffers.push(buffer);
  }
  const sha256 = toHex(hash.digest());
  const ending = new Uint8Array(DIGEST_BYTES);
  if (read(file, ending, position) < DIGEST_BYTES) return truncated;
  if (toHex(ending) !== sha256) return corrupt;
  const key: HashKey = { start: view.getUint32(16, true), multiplier: view.getUint32(20, true) };
  const at = (section: number): SharedArrayBuffer => buffers[section] ?? new SharedArrayBuffer(0);
  return ok({
    path,
    sha256,
    bytes: length,
    segment: {
      datanet: view.getUint32(12, true),
      key,
      contributions: new Float64Array(at(0)),
      indices: new Uint32Array(at(1)),
      owners: new Uint8Array(at(2)),
      committedAt: new Float64Array(at(3)),
      revealedAt: new Float64Array(at(4)),
      items: new Uint32Array(at(5)),
      starts: new Uint32Array(at(6)),
      ...shareWords(key, new Int32Array(at(7))),
      low: new Uint16Array(at(8)),
      high: new Uint8Array(at(9)),
      directory: new Uint32Array(at(10)),
      places: new Uint32Array(at(11)),
      signatures: new Uint16Array(at(12)),
      repeats: {
        limit: view.getUint32(24, true),
        text: new Int32Array(at(13)),
        suffixes: new Int32Array(at(14)),
        regions: new Uint32Array(at(15)),
        leasts: new Int32Array(at(16)),
      },
      novel: {
        firsts: new Uint32Array(at(17)),
        starts: new Uint32Array(at(18)),
        ends: new Uint32Array(at(19)),
      },
      phrases: { directory: new Uint32Array(at(20)), entries: new Uint32Array(at(21)) },
    },
  });
};
