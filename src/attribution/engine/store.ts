/**
 * The segments of a folder: read and checked when it is opened, added to as contributions are accepted, merged as they
 * become many. Everything waits for the disk, so a thread of its own runs it (keeper-worker.ts).
 *
 * Nothing acknowledged is lost: a segment is on the disk before the manifest names it, and the manifest is before
 * `add` returns. Whatever stops the machine in between leaves files that no manifest names, which go at the next start.
 */

import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ok } from '../../lib/errors.ts';
import { makeDirectory } from '../../lib/files.ts';
import type { ContributionId, DatanetId } from '../../lib/ids.ts';
import { type Fault, fail, type Result } from '../errors.ts';
import { type FoundFolder, openFolder } from './folder.ts';
import type { HashKey } from './lexicon.ts';
import { type Entry, entryOf, writeManifest } from './manifest.ts';
import { acceptedAt, bytesOf, hasItems, SEGMENT_TOKENS_MAX, type Segment } from './segment.ts';
import { mergeSegments, SegmentBuilder, type Texts } from './segment-builder.ts';
import { type Written, writeSegment } from './segment-file.ts';

/** A segment and what the manifest says of it. */
export type Held = { readonly entry: Entry; readonly segment: Segment };

/** Segments of one Datanet that are of one size class are merged when there are so many. */
const FAN = 4;
/** Tokens of the smallest class; each further one has FAN times as many. */
const CLASS_TOKENS = 1 << 16;

const classOf = (tokens: number): number =>
  tokens < CLASS_TOKENS ? 0 : 1 + Math.floor(Math.log(tokens / CLASS_TOKENS) / Math.log(FAN));

/** A contribution whose contribution id or acceptance another one before it has. */
const repeated = (texts: readonly Texts[]): Texts | undefined => {
  const ids = new Set<number>();
  const indices = new Set<number>();
  return texts.find(({ contribution, index: place }) => {
    const index = acceptedAt(place);
    const again = ids.has(contribution) || (index !== undefined && indices.has(index));
    ids.add(contribution);
    if (index !== undefined) indices.add(index);
    return again;
  });
};

export class IndexStore {
  readonly key: HashKey;
  readonly #folder: string;
  /** Bytes that segments, and the one being made, may take. */
  readonly #limit: number;
  #held: readonly Held[];
  /** Segments that the manifest names and the folder lacks. The manifest names them until they are restored. */
  #lost: readonly Entry[];
  /** The number of the next file. */
  #next: number;

  private constructor(folder: string, limit: number, found: FoundFolder) {
    this.#folder = folder;
    this.#limit = limit;
    this.key = found.key;
    this.#held = found.held;
    this.#lost = found.lost;
    this.#next = found.next;
  }

  /**
   * Opens a folder, which is made if there is none; `faults` are what is wrong with its files, by stable code. Fault
   * `INDEX_MEMORY_LIMIT` if it holds more than `limit` bytes.
   */
  static open(
    folder: string,
    limit: number,
  ): Result<{ readonly store: IndexStore; readonly faults: readonly Fault[] }> {
    makeDirectory(folder);
    const found = openFolder(folder, limit);
    if (!found.ok) return found;
    const store = new IndexStore(folder, limit, found.value);
    store.#write();
    return ok({ store, faults: found.value.faults });
  }

  get held(): readonly Held[] {
    return this.#held;
  }

  get lost(): readonly Entry[] {
    return this.#lost;
  }

  /** Bytes of memory that are free. */
  get free(): number {
    return this.#limit - this.bytes;
  }

  /** Bytes of memory that the segments take. */
  get bytes(): number {
    return this.#held.reduce((sum, { segment }) => sum + bytesOf(segment), 0);
  }

  /**
   * Adds contributions of one Datanet, in any order, none of which it holds or is given twice. After a fault, none of them is
   * added. Faults: `TEXT_UTF8_INVALID` with `contribution`, `item` and `offset`, `INDEX_CONTRIBUTION_HELD`,
   * `INDEX_MEMORY_LIMIT`, `INDEX_SEGMENT_FULL`.
   */
  add(datanet: DatanetId, contributions: readonly Texts[]): Result<Held> {
    const held = this.#heldOf(datanet, contributions) ?? repeated(contributions);
    if (held !== undefined)
      return fail(
        'INDEX_CONTRIBUTION_HELD',
        `contribution ${held.contribution} is in the index, or given twice`,
        {
          contribution: held.contribution,
        },
      );
    const made = this.#build(datanet, contributions);
    return made.ok ? ok(this.replace([], made.value)) : made;
  }

  /** Adds what a lost segment held; faults as of {@link add}, and `INDEX_RESTORE` if it is not exactly that. */
  restore(lost: Entry, contributions: readonly Texts[]): Result<Held> {
    const made = this.#build(lost.datanet, contributions);
    if (!made.ok) return made;
    const entry = entryOf(made.value.segment, lost.file, '', 0);
    if (JSON.stringify([entry.accepted, entry.commons]) !== JSON.stringify([lost.accepted, lost.commons]))
      return fail('INDEX_RESTORE', `these are not the contributions that ${lost.file} held`, {
        file: lost.file,
      });
    this.#lost = this.#lost.filter((each) => each !== lost);
    return ok(this.replace([], made.value));
  }

  /**
   * Takes the texts of contributions out of memory and files for good: they stay known, hold nothing, and so answer
   * nothing. What is held without them comes in the place of what was; gives both.
   */
  erase(
    datanet: DatanetId,
    contributions: ReadonlySet<ContributionId>,
  ): Result<{ readonly removed: readonly Held[]; readonly added: readonly Held[] }> {
    const removed = this.#held.filter(
      ({ segment }) =>
        segment.datanet === datanet &&
        segment.contributions.some(
          (contribution, i) => contributions.has(contribution) && hasItems(segment, i),
        ),
    );
    const added: Held[] = [];
    for (const held of removed) {
      const without = mergeSegments(this.key, [held.segment], contributions, { limit: this.free });
      if (!without.ok) return without;
      added.push(this.replace([held], writeSegment(this.nextPath(), without.value)));
    }
    return ok({ removed, added });
  }

  /** The segments that are to be merged next, if any. */
  mergeable(): readonly Held[] | undefined {
    const classes = new Map<string, Held[]>();
    for (const each of this.#held) {
      const name = `${each.entry.datanet}/${classOf(each.entry.tokens)}`;
      const list = classes.get(name);
      if (list === undefined) classes.set(name, [each]);
      else list.push(each);
    }
    for (const list of classes.values()) {
      const tokens = list.reduce((sum, { entry }) => sum + entry.tokens, 0);
      const bytes = list.reduce((sum, { segment }) => sum + bytesOf(segment), 0);
      // The result takes about as much memory as the parts, and as much again while it is made.
      if (list.length >= FAN && tokens <= SEGMENT_TOKENS_MAX && this.bytes + 2 * bytes <= this.#limit)
        return list;
    }
    return undefined;
  }

  /** A path for a new segment, which nothing names before {@link replace}. */
  nextPath(): string {
    const path = join(this.#folder, `segment-${this.#next}`);
    this.#next += 1;
    return path;
  }

  /** Takes a segment that was written in the place of those that it was made of. */
  replace(old: readonly Held[], { path, segment, sha256, bytes }: Written): Held {
    const held = { entry: entryOf(segment, basename(path), sha256, bytes), segment };
    this.#held = [...this.#held.filter((each) => !old.includes(each)), held];
    this.#write();
    for (const { entry } of old) rmSync(join(this.#folder, entry.file));
    return held;
  }

  #build(datanet: DatanetId, contributions: readonly Texts[]): Result<Written> {
    const bytes = contributions.reduce(
      (sum, { items }) => items.reduce((inner, { length }) => inner + length, sum),
      0,
    );
    const builder = new SegmentBuilder(datanet, this.key, bytes, this.free);
    for (const each of [...contributions].sort((a, b) => a.contribution - b.contribution)) {
      const added = builder.add(each);
      if (!added.ok) return added;
    }
    return ok(writeSegment(this.nextPath(), builder.finish()));
  }

  /** Returns one of the contributions that is held, or named as lost; undefined if there is none. */
  #heldOf(datanet: DatanetId, contributions: readonly Texts[]): Texts | undefined {
    const entries = [...this.#held.map(({ entry }) => entry), ...this.#lost].filter(
      (entry) => entry.datanet === datanet,
    );
    return contributions.find(({ contribution, index: place }) => {
      const index = acceptedAt(place);
      return entries.some(({ accepted, commons }) =>
        index === undefined
          ? commons.includes(contribution)
          : accepted.some(([from, to]) => from <= index && index < to),
      );
    });
  }

  #write(): void {
    const segments = [...this.#held.map(({ entry }) => entry), ...this.#lost];
    writeManifest(this.#folder, { key: this.key, segments });
  }
}
