import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lineOfError } from '../../../src/cli/output.ts';
import { registerTrace } from '../../../src/cli/trace.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Section } from '../../../state/attribution/relevance.ts';
import { oracleTokens, oracleTrace } from '../../oracle/oracle.ts';

let folder = '';
beforeEach(() => {
  vi.stubEnv('FORCE_COLOR', '0');
  folder = mkdtempSync(join(tmpdir(), 'openledger-trace-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

type Run = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

/** Runs the verb as the command line would, in this process. */
const run = (...words: readonly string[]): Run => {
  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += String(chunk);
    return true;
  });
  const program = new Command('openledger')
    .exitOverride()
    .configureOutput({ writeErr: (text) => (stderr += text), writeOut: (text) => (stdout += text) });
  registerTrace(program);
  try {
    program.parse(['trace', ...words], { from: 'user' });
  } catch (error) {
    exitCode = error instanceof CommanderError ? error.exitCode : 1;
    stderr += lineOfError(error) ?? '';
  } finally {
    write.mockRestore();
  }
  return { stdout, stderr, exitCode };
};

const rare = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `w${(from + i) * 7919}x`).join(' ');

type Answer = {
  readonly tokens: number;
  readonly excluded: number[][];
  readonly spans: object[];
  readonly matches: { start: number; end: number; contribution: ContributionId; item: number; pos: number }[];
  readonly scores: object[];
  readonly total: number;
  readonly covered: number;
  readonly coverageBps: number;
  readonly sections: readonly Section[];
};

const traceJson = (...words: readonly string[]): Answer => {
  const { stdout, stderr, exitCode } = run(...words, '--json');
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Answer;
};

const texts = (prompt: string, output: string): string[] => [
  '--prompt',
  file('prompt.txt', prompt),
  '--output',
  file('output.txt', output),
];

/** One line on stderr that says what is wrong, nothing on stdout, and an exit code that is not 0. */
const expectError = (got: Run, message: RegExp): void => {
  expect(got.stdout).toBe('');
  expect(got.stderr).toMatch(message);
  expect(got.stderr.trimEnd()).not.toContain('\n');
  expect(got.exitCode).toBe(1);
};

describe('trace --json', () => {
  test('prints the object of the rules, with exactly its keys', () => {
    const corpus = file('a.txt', rare(0, 20));
    const answer = traceJson(
      '--corpus',
      corpus,
      ...texts(rare(100, 110), `${rare(0, 20)} ${rare(100, 110)}`),
    );
    expect(Object.keys(answer)).toEqual([
      'tokens',
      'excluded',
      'spans',
      'matches',
      'scores',
      'total',
      'covered',
      'coverageBps',
      'sections',
    ]);
    const {
      owners: _owners,
      seconds: _seconds,
      sharedSpans: _sharedSpans,
      shared: _shared,
      ...expected
    } = oracleTrace({
      version: 2,
      output: oracleTokens(`${rare(0, 20)} ${rare(100, 110)}`, 2),
      prompt: oracleTokens(rare(100, 110), 2),
      corpus: [[oracleTokens(rare(0, 20), 2)]],
      imin: 96,
    });
    const { sections, ...rest } = answer;
    expect(rest).toEqual({
      ...expected,
      matches: [{ start: 0, end: 20, contribution: 0, item: 0, pos: 0 }],
    });
    // All phrases of the file but those of the prompt.
    expect(sections).toMatchObject([
      { information: answer.total, picks: [{ contribution: 0, item: 0, chunk: 0 }] },
    ]);
    expect(sections[0]?.picks[0]?.phrases.map(({ at, place, novelRun }) => [at, place, novelRun])).toEqual(
      Array.from({ length: 18 }, (_, at) => [at, at, 0]),
    );
    expect(answer.excluded).toEqual([[20, 30]]);
  });

  test('takes the rows of .jsonl files and every other file as contributions, in the order given', () => {
    const rows = file(
      'rows.jsonl',
      `${JSON.stringify({ text: rare(0, 12) })}\n\n${JSON.stringify(rare(20, 32))}\r\n`,
    );
    const plain = file('plain.json', rare(40, 52));
    const output = [rare(0, 12), rare(20, 32), rare(40, 52)].join(' zz ');
    const contributions = (...corpus: string[]): number[] =>
      traceJson('--corpus', ...corpus, ...texts('', output)).matches.map(({ contribution }) => contribution);
    expect(contributions(rows, plain)).toEqual([0, 1, 2]);
    expect(contributions(plain, rows)).toEqual([1, 2, 0]);
  });

  test('reads a string field as one item and an array of strings as several', () => {
    const rows = file(
      'rows.jsonl',
      [{ body: [] }, { body: ['', rare(0, 12), rare(20, 32)] }, { body: rare(40, 52) }, { body: '' }]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    const output = [rare(20, 32), rare(40, 52)].join(' zz ');
    const { matches } = traceJson('--corpus', rows, '--field', 'body', ...texts('', output));
    expect(matches.map(({ contribution, item, pos }) => [contribution, item, pos])).toEqual([
      [1, 2, 0],
      [2, 0, 0],
    ]);
  });

  test('takes any bits from 0 on, decimals too', () => {
    const corpus = file('a.txt', 'the of the of the of the of the');
    const covered = (imin: string): number =>
      traceJson('--corpus', corpus, '--imin', imin, ...texts('', 'the of the of the of the of')).covered;
    const all = covered('0');
    expect(all).toBeGreaterThan(0);
    expect(covered('0.5')).toBe(all);
    expect(covered(String(all / 256))).toBe(all);
    expect(covered(String((all + 1) / 256))).toBe(0);
    expect(covered('99999999999999999999')).toBe(0);
  });

  test('takes empty files, prompts, outputs and items, which hold no tokens', () => {
    const empty = file('empty.txt', '');
    const none = file('none.jsonl', '');
    expect(traceJson('--corpus', empty, none, ...texts('', ''))).toEqual({
      tokens: 0,
      excluded: [],
      spans: [],
      matches: [],
      scores: [],
      total: 1,
      covered: 0,
      coverageBps: 0,
      sections: [],
    });
    expect(
      traceJson('--corpus', empty, file('b.txt', rare(0, 9)), ...texts('', rare(0, 9))).scores,
    ).toMatchObject([{ contribution: 1 }]);
  });

  test('takes files longer than an item or an output on the chain may be', () => {
    const text = rare(0, 70_000);
    const { tokens, covered, total, matches } = traceJson(
      '--corpus',
      file('a.txt', text),
      ...texts('', text),
    );
    expect([tokens, covered]).toEqual([70_000, total]);
    expect(matches.at(-1)?.end).toBe(70_000);
    expect(matches.every(({ start, end }) => end - start <= 256)).toBe(true);
  });
});

describe('trace says in one line, and with exit code 1, that', () => {
  test('a file is missing, or is a directory', () => {
    mkdirSync(join(folder, 'dir'));
    const corpus = file('a.txt', 'a');
    const output = file('o', 'a');
    expectError(
      run('--corpus', join(folder, 'no'), '--prompt', corpus, '--output', output),
      /no: no such file/,
    );
    expectError(
      run('--corpus', join(folder, 'dir'), '--prompt', corpus, '--output', output),
      /dir: is a directory/,
    );
    expectError(
      run('--corpus', corpus, '--prompt', join(folder, 'no'), '--output', output),
      /no: no such file/,
    );
    expectError(
      run('--corpus', corpus, '--prompt', corpus, '--output', join(folder, 'no')),
      /no: no such file/,
    );
  });

  test('a text is not UTF-8', () => {
    const bad = file('bad.txt', Uint8Array.of(0x61, 0xff));
    const badRows = file('bad.jsonl', Uint8Array.of(0x22, 0xff, 0x22));
    const good = file('good.txt', 'a');
    for (const [corpus, prompt, output] of [
      [bad, good, good],
      [badRows, good, good],
      [good, bad, good],
      [good, good, bad],
    ] as const)
      expectError(
        run('--corpus', corpus, '--prompt', prompt, '--output', output),
        /bad\.(txt|jsonl): .*UTF-8/,
      );
  });

  test.each<[string, string, string[], RegExp]>([
    ['is no JSON', '"a"\n{', [], /rows\.jsonl:2: not a line of JSON/],
    ['lacks the named field', '{"a":"b"}', ['--field', 'c'], /rows\.jsonl:1: no field "c"/],
    ['inherits the named field', '{"a":"b"}', ['--field', 'toString'], /no field "toString"/],
    ['lacks a text', '{"a":"b"}', [], /no field "text"; name one with --field/],
    ['has a field of another type', '{"a":1}', ['--field', 'a'], /the field "a" is a number/],
    ['has a field that is null', '{"a":null}', ['--field', 'a'], /the field "a" is null/],
    ['has a field that is an object', '{"a":{}}', ['--field', 'a'], /the field "a" is an object/],
    ['holds other things in its array', '{"a":["b",2]}', ['--field', 'a'], /holds a number/],
    ['holds an undefined-like null in its array', '{"a":[null]}', ['--field', 'a'], /holds null/],
    ['is no object though a field is named', '"b"', ['--field', 'a'], /a string, where an object/],
    ['is an array though a field is named', '["b"]', ['--field', 'a'], /an array, where an object/],
    ['is a number', '7', [], /the row is a number/],
    ['holds half of a surrogate pair', '"\\ud800"', [], /rows\.jsonl:1: .*surrogate/],
  ])('a row %s', (_what, rows, flags, message) => {
    expectError(run('--corpus', file('rows.jsonl', rows), ...texts('', ''), ...flags), message);
  });

  test.each(['-1', 'abc', '', '1e3', '0x10', ' 96', 'NaN', 'Infinity', '.5'])(
    '%j is no number of bits',
    (imin) => {
      expectError(run('--corpus', file('a.txt', ''), ...texts('', ''), `--imin=${imin}`), /--imin/);
    },
  );

  test('an option is missing', () => {
    expectError(run('--corpus', file('a.txt', ''), '--prompt', file('p', '')), /--output/);
    expectError(run('--prompt', file('p', ''), '--output', file('o', '')), /--corpus/);
    expectError(run('--corpus', file('a.txt', ''), '--output', file('o', '')), /--prompt/);
  });
});

describe('trace without --json', () => {
  test('shows the output with its spans and echoes, and who owns what', () => {
    const corpus = file('poem.txt', rare(0, 20));
    const { stdout } = run(
      '--corpus',
      corpus,
      ...texts(rare(50, 60), `So: ${rare(0, 20)}, ${rare(50, 60)}!`),
    );
    expect(stdout).toContain(`So: ⟦0│${rare(0, 20)}⟧, ⟦echo│${rare(50, 60)}⟧!`);
    expect(stdout).toMatch(/ 0 .* %.* bits {2}.*poem\.txt/);
    expect(stdout).toContain('10 tokens echo the prompt');
  });

  test('shows the chunks that were picked, what each weighs, and the words of its phrases', () => {
    const corpora = [file('poem.txt', rare(0, 5)), file('prose.txt', `x ${rare(10, 14)} y`)];
    const output = `So ${rare(0, 5)} and ${rare(10, 14)}`;
    const { stdout } = run('--corpus', ...corpora, ...texts('', output));
    expect(stdout).toContain('the chunks that share most phrases with it');
    expect(stdout).toMatch(/ 0 .* %.* bits {2}.*poem\.txt, item 0, from token 0 on: 3 phrases/);
    expect(stdout).toMatch(/ 1 .* %.* bits {2}.*prose\.txt, item 0, from token 0 on: 2 phrases/);
    expect(stdout).toContain(`\n      ${rare(0, 5)}\n`);
  });

  test('colours each owner, and no line end, where colours are wanted', () => {
    vi.stubEnv('FORCE_COLOR', '1');
    const corpus = file('poem.txt', `${rare(0, 10)}\n${rare(10, 20)}`);
    const { stdout } = run('--corpus', corpus, ...texts('', `So: ${rare(0, 10)}\n${rare(10, 20)}!`));
    const cyan = (text: string): string => `\u001b[30m\u001b[46m${text}\u001b[49m\u001b[39m`;
    expect(stdout).toContain(`So: ${cyan(rare(0, 10))}\n${cyan(rare(10, 20))}!`);
  });

  test('lets no control character of a text through to the terminal', () => {
    const { stdout } = run('--corpus', file('a.txt', ''), ...texts('', 'a\u001b[31mb\u009bc\r\nd\te'));
    expect(stdout).toContain('a\uFFFD[31mb\uFFFDc\nd\te');
  });
});
