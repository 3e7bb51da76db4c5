/**
 * Reads a folder of segments when it is opened: the files that its manifest names, if they still are what was written.
 */
import { randomInt } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ok } from '../../lib/errors.ts';
import { UNFINISHED } from '../../lib/files.ts';
import { type Fault, fail, fault, type Result } from '../errors.ts';
import type { HashKey } from './lexicon.ts';
import { type Entry, entryOf, readManifest } from './manifest.ts';
import { bytesOf, type Segment } from './segment.ts';
import { readSegment, type Written } from './segment-file.ts';

export type FoundFolder = {
  readonly key: HashKey;
  readonly held: readonly { readonly entry: Entry; readonly segment: Segment }[];
  /** The files that the manifest names, and that are missing or not what was written. */
  readonly lost: readonly Entry[];
  /** The problems with files, by stable code. */
  readonly faults: readonly Fault[];
  /** No segment has this number or a higher one. */
  readonly next: number;
};

const SEGMENT_NAME = /^segment-([0-9]+)$/;

const freshKey = (): HashKey => ({ start: randomInt(2 ** 32), multiplier: randomInt(2 ** 32) });

const tooLarge = (bytes: number, limit: number): Result<never> =>
  fail('INDEX_MEMORY_LIMIT', `the segments take more than ${limit} bytes`, { bytes, limit });

type Read = { readonly entry: Entry; readonly segment: Segment };

/** The segments that a manifest names. */
const readNamed = (
  folder: string,
  entries: readonly Entry[],
  limit: number,
): Result<Pick<FoundFolder, 'held' | 'lost' | 'faults'>> => {
  const held: Read[] = [];
  const lost: Entry[] = [];
  const faults: Fault[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (bytes + entry.bytes > limit) return tooLarge(bytes + entry.bytes, limit);
    const path = join(folder, entry.file);
    const read = readSegment(path);
    if (read.ok && read.value.sha256 === entry.sha256) {
      held.push({ entry, segment: read.value.segment });
      bytes += bytesOf(read.value.segment);
      continue;
    }
    lost.push(entry);
    faults.push(
      read.ok
        ? // A whole segment, but not the one that the manifest means.
          fault('INDEX_FILE_FOREIGN', `${path} is another segment than was written`, { path })
        : read.fault,
    );
  }
  return ok({ held, lost, faults });
};

const overlaps = (a: Entry, b: Entry): boolean =>
  a.datanet === b.datanet &&
  (a.commons.some((contribution) => b.commons.includes(contribution)) ||
    a.accepted.some(([from, to]) => b.accepted.some(([start, end]) => from < end && start < to)));

/**
 * The segments of a folder whose manifest is lost: those that are whole, the largest first, but none that holds again
 * what another does (one that was merged, and what it was made of) or was made with another key.
 */
const adopt = (folder: string, files: readonly string[], limit: number): Result<readonly Read[]> => {
  const whole: { readonly written: Written; readonly entry: Entry }[] = [];
  let bytes = 0;
  for (const file of files) {
    const read = readSegment(join(folder, file));
    if (!read.ok) continue;
    bytes += bytesOf(read.value.segment);
    if (bytes > limit) return tooLarge(bytes, limit);
    const { segment, sha256, bytes: size } = read.value;
    whole.push({ written: read.value, entry: entryOf(segment, file, sha256, size) });
  }
  whole.sort((a, b) => b.entry.tokens - a.entry.tokens);
  const held: Read[] = [];
  for (const { written, entry } of whole) {
    const { segment } = written;
    const { start, multiplier } = held[0]?.segment.key ?? segment.key;
    if (segment.key.start !== start || segment.key.multiplier !== multiplier) continue;
    if (!held.some((other) => overlaps(other.entry, entry))) held.push({ entry, segment });
  }
  return ok(held);
};

/** Reads and checks a folder, and clears it of files that nothing names. Fault `INDEX_MEMORY_LIMIT`. */
export const openFolder = (folder: string, limit: number): Result<FoundFolder> => {
  const files = readdirSync(folder);
  const segments = files.filter((file) => SEGMENT_NAME.test(file));
  const next = segments.reduce((most, file) => Math.max(most, Number(SEGMENT_NAME.exec(file)?.[1]) + 1), 0);
  const manifest = readManifest(folder);
  let found: FoundFolder;
  if (manifest.ok) {
    const named = readNamed(folder, manifest.value.segments, limit);
    if (!named.ok) return named;
    found = { key: manifest.value.key, next, ...named.value };
  } else {
    const adopted = adopt(folder, segments, limit);
    if (!adopted.ok) return adopted;
    // No manifest and no segment: a new folder.
    const faults =
      segments.length === 0 && manifest.fault.code === 'INDEX_MANIFEST_MISSING' ? [] : [manifest.fault];
    found = { key: adopted.value[0]?.segment.key ?? freshKey(), held: adopted.value, lost: [], faults, next };
  }
  // A lost file stays in the manifest until it is restored: perhaps the disk could not be read only this time.
  const kept = new Set([...found.held.map(({ entry }) => entry), ...found.lost].map(({ file }) => file));
  for (const file of files)
    if ((SEGMENT_NAME.test(file) && !kept.has(file)) || file.endsWith(UNFINISHED)) rmSync(join(folder, file));
  return ok(found);
};
