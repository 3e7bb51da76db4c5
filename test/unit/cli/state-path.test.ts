import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { statePath } from '../../../src/cli/contribute.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-state-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the state of a run is beside its rows, or where the user says', () => {
  const rows = join(folder, 'rows.jsonl');
  const link = join(folder, 'link.jsonl');
  writeFileSync(rows, '');
  symlinkSync(rows, link);
  expect(statePath(rows, undefined)).toBe(`${rows}.contribute.json`);
  expect(statePath(link, undefined)).toBe(`${link}.contribute.json`);
  expect(statePath(rows, 'elsewhere.json')).toBe('elsewhere.json');
  expect(statePath('/dev/stdin', 'elsewhere.json')).toBe('elsewhere.json');
});

test('what is missing or a folder is refused by whoever reads it', () => {
  expect(statePath(join(folder, 'missing.jsonl'), undefined)).toContain('missing.jsonl.contribute.json');
  expect(statePath(folder, undefined)).toBe(`${folder}.contribute.json`);
});

test.each(['/dev/null', '/dev/stdin', '/proc/self/status'])('nothing is kept beside %s', (path) => {
  expect(() => statePath(path, undefined)).toThrow(expect.objectContaining({ code: 'STATE_UNNAMED' }));
});
