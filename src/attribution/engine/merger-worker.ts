/** The thread that makes one segment of several, while others go on reading them. */
import { ok } from '../../lib/errors.ts';
import type { Result } from '../errors.ts';
import { answerJobs } from './calls.ts';
import type { HashKey } from './lexicon.ts';
import type { Segment } from './segment.ts';
import { mergeSegments } from './segment-builder.ts';
import { type Written, writeSegment } from './segment-file.ts';

export type MergerJob = {
  readonly key: HashKey;
  readonly segments: readonly Segment[];
  /** Bytes of memory that the new segment may take while it is made. */
  readonly free: number;
  /** The path of the new segment. */
  readonly path: string;
};

const perform = ({ key, segments, free, path }: MergerJob): Result<Written> => {
  const merged = mergeSegments(key, segments, new Set(), { limit: free });
  return merged.ok ? ok(writeSegment(path, merged.value)) : merged;
};

answerJobs(perform);
