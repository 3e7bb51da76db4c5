/** The benchmark: what it reads and what it grows. What it prints is in test/process/bench.test.ts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CodedError, unwrap } from '../../../src/lib/errors.ts';
import { grownCorpus, rowsOf, Sample } from '../../bench/attribution/corpus.ts';
import { argumentsOf, parseOptions } from '../../bench/attribution/options.ts';
import { editedOutputs, grownOutputs, outputsOf } from '../../bench/attribution/outputs.ts';
import { tokensOf } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const lines = (...rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return 'none';
};

describe('rows of a file', () => {
  test('are contributions: a string is one item, an array several, a blank line none', () => {
    const path = file(
      'rows.jsonl',
      `\uFEFF${lines({ a: 'one' })}\n  \r\n${lines({ a: ['two', 'three'] })}{"a":"four"}`,
    );
    expect([...rowsOf(path, ['a'])]).toEqual([['one'], ['two', 'three'], ['four']]);
  });

  test('are read alike wherever a chunk of the file ends', () => {
    const row = { text: `${'é漢🙂'.repeat(40_000)}` };
    const path = file('long.jsonl', lines(...Array.from({ length: 8 }, () => row)));
    expect([...rowsOf(path, [undefined])]).toEqual(Array.from({ length: 8 }, () => [row.text]));
  });

  test.each([
    ['a file that is not there', () => join(folder, 'none'), 'FILE_UNREADABLE'],
    ['a folder', () => folder, 'FILE_UNREADABLE'],
    ['bytes that are no UTF-8', () => file('latin1', Uint8Array.of(0x22, 0xe9, 0x22)), 'UTF8_INVALID'],
    ['half of a character at the end', () => file('half', Uint8Array.of(0x22, 0xc3)), 'UTF8_INVALID'],
    ['a line that is not JSON', () => file('json', '{"a":1\n'), 'CORPUS_JSON'],
    ['a row without the field', () => file('field', lines({ b: 'x' })), 'CORPUS_ROW'],
    ['a field that is no text', () => file('number', lines({ a: 7 })), 'CORPUS_ROW'],
    ['half of a surrogate pair', () => file('lone', '{"a":"\\ud800"}\n'), 'TEXT_LONE_SURROGATE'],
  ] as const)('are refused: %s', (_what, path, code) => {
    expect(codeOf(() => [...rowsOf(path(), ['a'])])).toBe(code);
  });
});

describe('outputs', () => {
  test('are the named field of a row, or its output, or its text, or the row itself', () => {
    const path = file(
      'outputs.jsonl',
      lines({ a: 'one', output: 'x' }, { output: 'two', text: 'x' }, { text: 'three' }, 'four'),
    );
    expect(outputsOf(path, 'a')).toEqual(['one', 'two', 'three', 'four']);
    expect(outputsOf(path, undefined)).toEqual(['x', 'two', 'three', 'four']);
    expect(codeOf(() => outputsOf(file('other.jsonl', lines({ b: 'x' })), 'a'))).toBe('CORPUS_ROW');
    expect(codeOf(() => outputsOf(file('empty.jsonl', lines({ text: ' ' })), undefined))).toBe(
      'OUTPUTS_EMPTY',
    );
  });

  test('that are longer than an output may be are several, and nothing of them is lost', () => {
    const words = Array.from({ length: 9000 }, (_, i) => `w${i}`);
    const pieces = outputsOf(file('long-output.jsonl', lines({ output: words.join(' ') })), undefined);
    expect(pieces.map((piece) => tokensOf(piece).count)).toEqual([4096, 4096, 808]);
    expect(pieces.join(' ').split(/\s+/)).toEqual(words);
  });
});

describe('grown text', () => {
  test('is of the size asked for, the real text first, and the same for the same seed', () => {
    const grown = [...grownCorpus(5_000_000, 7)].flat();
    const bytes = grown.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(bytes).toBeGreaterThanOrEqual(5_000_000);
    expect(bytes).toBeLessThan(5_010_000);
    expect(grown[0]).toContain('Natalia sold clips');
    expect([...grownCorpus(5_000_000, 7)].flat()).toEqual(grown);
    expect([...grownCorpus(5_000_000, 8)].flat()).not.toEqual(grown);
    // The first problem once more, with ten to thirty words in a hundred changed.
    const words = (text: string): readonly string[] => text.split(/\s+/);
    const first = words(grown[0] ?? '');
    const kept = words(grown[7473] ?? '').filter((word) => first.includes(word)).length;
    expect(kept / first.length).toBeGreaterThan(0.6);
    expect(kept / first.length).toBeLessThan(0.97);
  });

  test('of a script without spaces has letters changed, and gets no spaces', () => {
    const row = '猫が魚を食べた。犬は、カタカナで"three words here"と言う。'.repeat(20);
    const [first = '', second = ''] = [...grownCorpus(3 * row.length, 1, [row])].flat();
    expect(first).toBe(row);
    expect(second).not.toBe(row);
    expect(second).toContain('猫');
    expect(/[\u3000-\u9fff] (?=[\u3000-\u9fff])/.test(second)).toBe(false);
    expect(second).toContain('three ');
    expect(codeOf(() => [...grownCorpus(10, 1, [' '])])).toBe('CORPUS_EMPTY');
  });

  test('gives outputs of exactly 1,000 tokens, the same for the same seed', () => {
    const sample = new Sample(1);
    for (const [text = ''] of grownCorpus(1_000_000, 1)) sample.pass(text);
    for (const make of [grownOutputs, editedOutputs]) {
      const outputs = make(6, 3, sample);
      expect(outputs.map((output) => tokensOf(output).count)).toEqual(new Array<number>(6).fill(1000));
      expect(make(6, 3, sample)).toEqual(outputs);
      expect(new Set(outputs).size).toBe(6);
    }
    expect(codeOf(() => editedOutputs(1, 1, new Sample(1)))).toBe('CORPUS_EMPTY');
  });

  test('is sampled evenly, however much of it passes', () => {
    const sample = new Sample(5);
    for (let i = 0; i < 60_000; i++) sample.pass(`${i}`);
    const texts = sample.texts.map(Number);
    expect(texts).toHaveLength(3000);
    const mean = texts.reduce((sum, each) => sum + each, 0) / texts.length;
    // Its standard error is 17,320 / √3000 = 316.
    expect(Math.abs(mean - 30_000)).toBeLessThan(2000);
  });
});

describe('arguments', () => {
  test('say what is measured; without any, 10 and 100 MB of grown text', () => {
    expect(unwrap(parseOptions([]))).toMatchObject({
      sources: [
        { kind: 'grown', bytes: 10_000_000 },
        { kind: 'grown', bytes: 100_000_000 },
      ],
      subjects: ['engine'],
      threads: undefined,
      owners: 7,
      imin: 96,
    });
    expect(unwrap(parseOptions(['--baseline']))).toMatchObject({ owners: 0 });
    const sizes = unwrap(parseOptions(['--size', '1MB,2MB', '--size', '1GB', '3mb', '--baseline']));
    expect(sizes.sources).toMatchObject([{ bytes: 1e6 }, { bytes: 2e6 }, { bytes: 1e9 }, { bytes: 3e6 }]);
    expect(sizes.subjects).toEqual(['engine', 'baseline']);
  });

  test('reach the process that measures as they were', () => {
    const options = unwrap(
      parseOptions([
        '--corpus',
        'x.jsonl',
        '--field=--odd',
        '--outputs',
        'o',
        '--threads',
        '2',
        '--owners',
        '3',
        '--imin',
        '192',
      ]),
    );
    expect(unwrap(parseOptions(['--corpus', 'x', '--size', '1MB,2MB'])).sources).toMatchObject([
      { kind: 'files', bytes: 1e6 },
      { kind: 'files', bytes: 2e6 },
    ]);
    const permuted = unwrap(parseOptions(['--permuted', '50', '--size', '3MB']));
    const [phrases] = permuted.sources;
    expect(phrases).toEqual({ kind: 'permuted', phrases: 50, bytes: 3e6 });
    if (phrases === undefined) expect.fail('there is a source');
    expect(unwrap(parseOptions(argumentsOf(phrases, 'engine', permuted))).sources).toEqual([phrases]);
    const [source] = options.sources;
    if (source === undefined) expect.fail('there is a source');
    expect(unwrap(parseOptions(argumentsOf(source, 'engine', options)))).toEqual({
      ...options,
      subjects: ['engine'],
      alone: true,
    });
    expect(unwrap(parseOptions(argumentsOf(source, 'baseline', options))).threads).toBeUndefined();
  });

  test.each([
    ['--size', '5'],
    ['--size', '0MB'],
    ['--frob'],
    ['--threads', '0'],
    ['--threads', 'x'],
    ['--queries', '-1'],
    ['--owners', '1001'],
    ['--owners', '7', '--baseline'],
    ['--outputs', 'x'],
    ['--field', 'x'],
    ['--corpus', 'x', '--size', '1'],
    ['--corpus', 'x', '--permuted', '9'],
    ['--permuted', '0'],
    ['--only', 'x'],
  ])('are refused: %s %s', (...args) => {
    expect(parseOptions(args.filter((each) => each !== undefined))).toMatchObject({
      ok: false,
      fault: { code: 'ARGUMENT_INVALID' },
    });
  });
});
