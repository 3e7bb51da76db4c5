/**
 * The manifest of a folder of segments: what the folder should hold. It is one line of JSON and, on the next line, its
 * SHA-256. It is replaced as a whole after every change, so the last one describes the folder, and any other file is
 * left over.
 */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromUtf8, toHex, utf8 } from '../../lib/bytes.ts';
import { ok } from '../../lib/errors.ts';
import { systemCode, writeAtomically } from '../../lib/files.ts';
import type { DatanetId } from '../../lib/ids.ts';
import { fail, type Result } from '../errors.ts';
import type { HashKey } from './lexicon.ts';
import { acceptedAt, type Segment } from './segment.ts';

/** Acceptance indices [from, to). */
export type Range = readonly [from: number, to: number];

/** A segment on disk, and which contributions it holds: so that, if it is lost, they are known. */
export type Entry = {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly datanet: DatanetId;
  readonly tokens: number;
  /** The ranges, ascending, with gaps between them. */
  readonly accepted: readonly Range[];
  /** The ids of the commons that were never accepted: their Datanet was created with them. */
  readonly commons: readonly number[];
};

export type Manifest = { readonly key: HashKey; readonly segments: readonly Entry[] };

export const MANIFEST = 'manifest';
const FORMAT = 'openledger-index';
const VERSION = 1;

/** The numbers as ranges. */
export const rangesOf = (numbers: Iterable<number>): readonly Range[] => {
  const ranges: [number, number][] = [];
  for (const number of Float64Array.from(numbers).sort()) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] >= number) last[1] = Math.max(last[1], number + 1);
    else ranges.push([number, number + 1]);
  }
  return ranges;
};

export const entryOf = (segment: Segment, file: string, sha256: string, bytes: number): Entry => {
  const accepted: number[] = [];
  const commons: number[] = [];
  for (const [i, place] of segment.indices.entries()) {
    const index = acceptedAt(place);
    if (index === undefined) commons.push(segment.contributions[i] ?? 0);
    else accepted.push(index);
  }
  return {
    file,
    sha256,
    bytes,
    datanet: segment.datanet,
    tokens: segment.low.length,
    accepted: rangesOf(accepted),
    commons,
  };
};

const digest = (line: string): string => toHex(createHash('sha256').update(line).digest());

export const writeManifest = (folder: string, manifest: Manifest): void => {
  const line = JSON.stringify({ format: FORMAT, version: VERSION, ...manifest });
  writeAtomically(join(folder, MANIFEST), (file) => writeFileSync(file, utf8(`${line}\n${digest(line)}\n`)));
};

/** Faults: `INDEX_MANIFEST_MISSING`, `INDEX_MANIFEST_CORRUPT`, `INDEX_MANIFEST_VERSION`. */
export const readManifest = (folder: string): Result<Manifest> => {
  const path = join(folder, MANIFEST);
  const corrupt = fail('INDEX_MANIFEST_CORRUPT', `${path} is not what was written`, { path });
  let text: Result<string>;
  try {
    text = fromUtf8(readFileSync(path));
  } catch (error) {
    return systemCode(error) === 'ENOENT'
      ? fail('INDEX_MANIFEST_MISSING', `${path} does not exist`, { path })
      : corrupt;
  }
  const [line = '', sum, end, ...more] = text.ok ? text.value.split('\n') : [];
  if (sum !== digest(line) || end !== '' || more.length > 0) return corrupt;
  // Its hash holds, so this program wrote it, or another version of it.
  const value = JSON.parse(line) as { format: string; version: number } & Manifest;
  if (value.format !== FORMAT || value.version !== VERSION)
    return fail('INDEX_MANIFEST_VERSION', `${path} is of version ${value.version}, not ${VERSION}`, {
      path,
      version: value.version,
    });
  return ok({ key: value.key, segments: value.segments });
};
