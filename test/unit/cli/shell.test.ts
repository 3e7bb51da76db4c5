import { expect, test } from 'vitest';
import { sameOptions } from '../../../src/cli/sending.ts';
import { quoted } from '../../../src/cli/shell.ts';

test.each([
  ['./devnet', './devnet'],
  ['http://127.0.0.1:8545', 'http://127.0.0.1:8545'],
  ['/tmp/my home', "'/tmp/my home'"],
  ["it's", String.raw`'it'\''s'`],
  ['$HOME', "'$HOME'"],
  ['', "''"],
])('the argument %j is %s for a shell', (argument, shown) => {
  expect(quoted(argument)).toBe(shown);
});

test('the options of a command that is to be run next are quoted', () => {
  expect(sameOptions({ home: './my devnet', key: 'alice' })).toBe("--home './my devnet' --key alice");
});
