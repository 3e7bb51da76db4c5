/** Files of an index that cannot be used, and a worker thread that fails at a task. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { Thread } from '../../../../src/attribution/engine/calls.ts';
import { MANIFEST, readManifest, writeManifest } from '../../../../src/attribution/engine/manifest.ts';
import { SegmentBuilder } from '../../../../src/attribution/engine/segment-builder.ts';
import { readSegment } from '../../../../src/attribution/engine/segment-file.ts';
import { freshFolder, KEY, textsOf, wordsOf } from './support.ts';

vi.mock('../../../../src/attribution/engine/segment.ts', async (original) => ({
  ...(await original<object>()),
  SEGMENT_TOKENS_MAX: 50,
}));

describe('the manifest of an index', () => {
  const written = (): string => {
    const folder = freshFolder();
    writeManifest(folder, { key: KEY, segments: [] });
    return folder;
  };
  const codeOf = (folder: string): string => {
    const read = readManifest(folder);
    return read.ok ? 'ok' : read.fault.code;
  };

  test('is read as it was written', () => {
    expect(codeOf(written())).toBe('ok');
  });

  test('that is missing, is damaged, or is of another version has its own code', () => {
    expect(codeOf(freshFolder())).toBe('INDEX_MANIFEST_MISSING');
    const damaged = written();
    writeFileSync(join(damaged, MANIFEST), 'no manifest');
    expect(codeOf(damaged)).toBe('INDEX_MANIFEST_CORRUPT');
    const other = freshFolder();
    const line = JSON.stringify({ format: 'openledger-index', version: 999, key: [], segments: [] });
    const sum = `0x${createHash('sha256').update(line).digest('hex')}`;
    writeFileSync(join(other, MANIFEST), `${line}\n${sum}\n`);
    expect(codeOf(other)).toBe('INDEX_MANIFEST_VERSION');
  });
});

test('a folder in the place of a segment is a file that cannot be read', () => {
  const path = join(freshFolder(), 'segment');
  mkdirSync(path);
  expect(readSegment(path)).toMatchObject({ ok: false, fault: { code: 'INDEX_FILE_UNREADABLE' } });
});

test('a segment does not take more tokens than a segment may hold', () => {
  const added = new SegmentBuilder(7, KEY, 1_000).add(textsOf(0, 0, [wordsOf(60, 1)]));
  expect(added).toMatchObject({ ok: false, fault: { code: 'INDEX_SEGMENT_FULL' } });
});

test('what a worker thread throws at a task is a fault of the task, and the thread goes on', async () => {
  const calls = new URL('../../../../src/attribution/engine/calls.ts', import.meta.url).href;
  const script = `import { answerJobs } from ${JSON.stringify(calls)};
    answerJobs((job) => { if (job === 3) throw new Error('out of luck'); return { ok: true, value: job }; });`;
  const path = join(freshFolder(), 'worker.mjs');
  writeFileSync(path, script);
  const thread = new Thread<number, number>(new URL(`file://${path}`));
  expect(await thread.call(3)).toMatchObject({
    ok: false,
    fault: { code: 'INDEX_FAILED', message: 'out of luck' },
  });
  expect(await thread.call(4)).toEqual({ ok: true, value: 4 });
  await thread.close();
});
