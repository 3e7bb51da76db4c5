/** The thread that keeps the folder: it alone reads and writes there, but for the files of merges (merger-worker.ts). */

import { rmSync } from 'node:fs';
import { ok } from '../../lib/errors.ts';
import type { ContributionId, DatanetId } from '../../lib/ids.ts';
import { type Fault, fail, type Result } from '../errors.ts';
import { answerJobs } from './calls.ts';
import type { HashKey } from './lexicon.ts';
import type { Entry } from './manifest.ts';
import { type PackedTexts, unpackTexts } from './packed-texts.ts';
import type { Written } from './segment-file.ts';
import { type Held, IndexStore } from './store.ts';

export type KeeperJob =
  | { readonly type: 'open'; readonly folder: string; readonly limit: number }
  | { readonly type: 'add'; readonly datanet: DatanetId; readonly texts: PackedTexts }
  | { readonly type: 'restore'; readonly file: string; readonly texts: PackedTexts }
  | {
      readonly type: 'erase';
      readonly datanet: DatanetId;
      readonly contributions: ReadonlySet<ContributionId>;
    }
  | { readonly type: 'merge' }
  | { readonly type: 'merged'; readonly files: readonly string[]; readonly written: Written };

export type KeeperAnswer = {
  readonly key: HashKey;
  readonly lost: readonly Entry[];
  readonly faults: readonly Fault[];
  /** Bytes of memory that all segments take. */
  readonly bytes: number;
  readonly added: readonly Held[];
  readonly removed: readonly string[];
  /**
   * The files to merge, the path of the result, and the bytes of memory that are free; present only if a merge is
   * requested.
   */
  readonly merge:
    | { readonly files: readonly string[]; readonly path: string; readonly free: number }
    | undefined;
};

let store: IndexStore | undefined;

const answer = (kept: IndexStore, over: Partial<KeeperAnswer>): Result<KeeperAnswer> =>
  ok({
    key: kept.key,
    lost: kept.lost,
    faults: [],
    bytes: kept.bytes,
    added: [],
    removed: [],
    merge: undefined,
    ...over,
  });

const perform = (job: KeeperJob): Result<KeeperAnswer> => {
  if (job.type === 'open') {
    const opened = IndexStore.open(job.folder, job.limit);
    if (!opened.ok) return opened;
    store = opened.value.store;
    return answer(store, { added: store.held, faults: opened.value.faults });
  }
  if (store === undefined) return fail('INDEX_CLOSED', 'the index is not open');
  switch (job.type) {
    case 'add': {
      const added = store.add(job.datanet, unpackTexts(job.texts));
      return added.ok ? answer(store, { added: [added.value] }) : added;
    }
    case 'restore': {
      const lost = store.lost.find(({ file }) => file === job.file);
      if (lost === undefined) return fail('INDEX_RESTORE', `${job.file} is not lost`, { file: job.file });
      const added = store.restore(lost, unpackTexts(job.texts));
      return added.ok ? answer(store, { added: [added.value] }) : added;
    }
    case 'erase': {
      const erased = store.erase(job.datanet, job.contributions);
      if (!erased.ok) return erased;
      const { added, removed } = erased.value;
      return answer(store, { added, removed: removed.map(({ entry }) => entry.file) });
    }
    case 'merge': {
      const merge = store.mergeable();
      if (merge === undefined) return answer(store, {});
      const files = merge.map(({ entry }) => entry.file);
      return answer(store, { merge: { files, path: store.nextPath(), free: store.free } });
    }
    case 'merged': {
      const old = store.held.filter(({ entry }) => job.files.includes(entry.file));
      if (old.length < job.files.length) {
        // Something was erased of them meanwhile, and the new one still holds it.
        rmSync(job.written.path);
        return answer(store, {});
      }
      const held = store.replace(old, job.written);
      return answer(store, { added: [held], removed: job.files });
    }
  }
};

answerJobs(perform);
