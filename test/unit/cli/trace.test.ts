import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { registerTrace } from '../../../src/cli/trace.ts';

const args = (...more: readonly string[]) => [
  'trace',
  '--corpus',
  'c',
  '--prompt',
  'p',
  '--output',
  'o',
  ...more,
];
const run = (given: readonly string[]) => {
  const program = new Command().exitOverride();
  registerTrace(program);
  return program.parseAsync(given, { from: 'user' });
};

test.each(['', '-1', 'many', '1e3'])('--imin %j is no number of bits', async (imin) => {
  await expect(run(args(`--imin=${imin}`))).rejects.toMatchObject({ code: 'IMIN_INVALID' });
});

test.each(['0', '3', '2.0', 'two', ''])('--rules %j is no version of the rules', async (rules) => {
  await expect(run(args(`--rules=${rules}`))).rejects.toMatchObject({ code: 'RULES_INVALID' });
});

describe('a trace by a version of the rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-trace-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const WORDS = 'purple carrots beside southern walls gentle morning light frozen estuary violet lanterns';
  const corpus = file('corpus.txt', `Rows: ${WORDS}.`);
  const prompt = file('prompt.txt', 'Which?');
  /** The same words with marks between them. */
  const output = file('output.txt', WORDS.split(' ').join(', '));

  /** Runs the command, and returns the object that it prints. */
  const traced = async (...more: readonly string[]) => {
    let text = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      text += String(chunk);
      return true;
    });
    try {
      await run(['trace', '--corpus', corpus, '--prompt', prompt, '--output', output, '--json', ...more]);
    } finally {
      write.mockRestore();
    }
    return JSON.parse(text) as { readonly tokens: number; readonly spans: readonly unknown[] };
  };

  test('counts marks or not, and finds words between other marks only by version 2', async () => {
    expect(await traced('--rules', '1')).toMatchObject({ tokens: 23, spans: [] });
    expect(await traced('--rules', '2')).toMatchObject({
      tokens: 12,
      spans: [{ start: 0, end: 12, contribution: 0 }],
    });
    expect(await traced()).toEqual(await traced('--rules', '2'));
  });
});

test.each(['prompt', 'output'])(
  'a %s that is no UTF-8 is refused with the line and the byte',
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'openledger-latin-'));
    const [text, latin] = [join(folder, 'text.txt'), join(folder, 'latin.txt')];
    writeFileSync(text, 'Which?');
    writeFileSync(latin, Buffer.from('one\nna\u00efve', 'latin1'));
    const paths = { corpus: text, prompt: text, output: text, [name]: latin };
    const given = Object.entries(paths).flatMap(([option, path]) => [`--${option}`, path]);
    await expect(run(['trace', ...given])).rejects.toMatchObject({
      code: 'UTF8_INVALID',
      message: expect.stringContaining(`${latin}: line 2, byte 3: 0xef`) as unknown,
    });
    rmSync(folder, { recursive: true });
  },
);
