/** `npm run bench:corpus`: what it keeps of the texts of a machine, and what it says if there are none. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { unwrap } from '../../../src/lib/errors.ts';
import { parseOptions, rowsOf, textsOf } from '../../bench/corpus-rows.ts';

const codeText = (n: number): string => `// ${n}\n${'const x = 1;\n'.repeat(20)}`;
const SENTENCE = 'このコマンドは、指定されたファイルの内容を標準出力に書き出します。';

test('whole texts of code are taken, each once, while there is room', () => {
  const size = codeText(1).length;
  const texts = [codeText(1), 'short', codeText(2), codeText(1), codeText(3)];
  expect(unwrap(rowsOf('code', texts, 2 * size + 5))).toEqual({
    rows: [codeText(1), codeText(2)],
    bytes: 2 * size,
  });
  expect(unwrap(rowsOf('code', texts, 1e6)).rows).toEqual([codeText(1), codeText(2), codeText(3)]);
});

test('of a manual the translated lines are kept, wherever its package is unpacked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-corpus-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pages = join(folder, 'usr/share/man/ja/man1');
  mkdirSync(pages, { recursive: true });
  const unique = 'これは試験のためだけに書かれた頁です。';
  const page = `.TH TEST 1 2026 "test 1.0"\n.SH NAME\ntest \\- a page\n.PP\n${SENTENCE.repeat(3)}\n${unique}\n.B --all\n`;
  writeFileSync(join(pages, 'test.1.gz'), gzipSync(page));
  const texts = textsOf('japanese', folder).filter((text) => text.includes(unique));
  const [row, ...more] = unwrap(rowsOf('japanese', texts, 1e6)).rows;
  expect(more).toEqual([]);
  expect(row).toContain(SENTENCE);
  expect(row).not.toMatch(/[a-z]{3}/i);
});

test('what is missing is named, with what to do', () => {
  expect(rowsOf('japanese', ['no kana in it'], 1e6)).toMatchObject({
    ok: false,
    fault: { code: 'CORPUS_MISSING', message: expect.stringContaining('manpages-ja') },
  });
  expect(rowsOf('code', [], 1e6)).toMatchObject({
    fault: { message: expect.stringContaining('npm ci') },
  });
});

test('the arguments are checked', () => {
  expect(unwrap(parseOptions(['code', '--out', 'f', '--size', '100MB']))).toEqual({
    kind: 'code',
    bytes: 1e8,
    out: 'f',
    texts: undefined,
  });
  const refused = [
    [],
    ['latin', '--out', 'f'],
    ['code'],
    ['code', 'japanese', '--out', 'f'],
    ['code', '--out', 'f', '--size', '1'],
  ];
  for (const args of refused)
    expect(parseOptions(args)).toMatchObject({ ok: false, fault: { code: 'ARGUMENT_INVALID' } });
});
