import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { CodedError, type Fault, type Result } from '../../../src/lib/errors.ts';
import { createLogger } from '../../../src/lib/log.ts';

/** A stream that a log writes to, and its lines. */
export const logLines = () => {
  let text = '';
  const out = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  const lines = (): readonly Readonly<Record<string, unknown>>[] =>
    text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
  return { out, lines };
};

export const silent = createLogger({ level: 'silent', format: 'json' });

/** A folder that is gone after the test. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-node-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** What a result refuses with. @throws if it does not */
export const refusalOf = (result: Result<unknown>): Fault => {
  if (result.ok) throw new Error('it was not refused');
  return result.fault;
};

export const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.fault.code);

/** The fault that `run` throws. @throws if it throws none */
export const thrown = async (run: () => unknown): Promise<Fault> => {
  try {
    await run();
  } catch (error) {
    if (error instanceof CodedError) return error.fault;
    throw error;
  }
  throw new Error('nothing was thrown');
};

/** Returns the elements of all pieces. */
export const flat = async <T>(pieces: AsyncIterable<readonly T[]>): Promise<readonly T[]> => {
  const all: T[] = [];
  for await (const piece of pieces) all.push(...piece);
  return all;
};
