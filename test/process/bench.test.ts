/** The benchmark of the attribution engine as a process: what it prints. Never how fast anything is. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'openledger-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const lines = (...rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describe('npm run bench:attribution', () => {
  const bench = (...args: readonly string[]) =>
    spawnSync(
      process.execPath,
      [fileURLToPath(new URL('../bench/attribution/main.ts', import.meta.url)), ...args],
      { encoding: 'utf8' },
    );
  const corpus = file(
    'corpus.jsonl',
    lines(
      ...Array.from({ length: 40 }, (_, i) => ({
        body: `row ${i} ${Array.from({ length: 30 }, (_, k) => `w${i * k}`).join(' ')}`,
      })),
    ),
  );
  const outputs = file(
    'asked.jsonl',
    lines({ output: `row 7 ${Array.from({ length: 30 }, (_, k) => `w${7 * k}`).join(' ')}` }, 'nothing'),
  );

  test('prints every figure, of the engine and of the baseline, as one object', () => {
    const { stdout, status } = bench(
      '--corpus',
      corpus,
      '--field',
      'body',
      '--outputs',
      outputs,
      '--baseline',
      '--json',
    );
    expect(status).toBe(0);
    const report: unknown = JSON.parse(stdout);
    const number: unknown = expect.any(Number);
    const figures = {
      bytes: number,
      contributions: 40,
      buildSeconds: number,
      buildMBps: number,
      indexBytes: number,
      residentMB: number,
      outputs: 2,
      // One output is wholly a row, the other shares nothing.
      coverageBps: 5000,
      p50Ms: number,
      p99Ms: number,
      addedMB: number,
      addMs: number,
    };
    expect(report).toMatchObject({ ...figures, baseline: figures, sameAttributions: 2, threads: null });
  });

  test('measures the engine as a node runs it', () => {
    const { stdout, status } = bench(
      '--corpus',
      corpus,
      '--field',
      'body',
      '--outputs',
      outputs,
      '--threads',
      '2',
      '--json',
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ contributions: 40, coverageBps: 5000, threads: 2 });
  });

  test('says in one line what is wrong with a file, and exits with 1', () => {
    const { stderr, stdout, status } = bench('--corpus', corpus, '--field', 'nope', '--json');
    expect({ stderr, stdout, status }).toEqual({
      stderr: `error CORPUS_ROW: ${corpus}:1: no field "nope"\n`,
      stdout: '',
      status: 1,
    });
  });
});
