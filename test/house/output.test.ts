/** What reaches a terminal goes through the few functions that make it harmless. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sourceFiles } from './layout.ts';
import { ROOT } from './planted.ts';

const WATCHED = ['src', 'node', 'consensus', 'state', 'p2p', 'rpc', 'tools'];
const WRITES = /\b(?:process\.std(?:out|err)\b|console\.|process\.(?:emitWarning|_rawDebug)\b)/;

/** The files that may name the streams of the process, each with what it does about foreign text. */
const ALLOWED = new Map([
  ['src/cli/output.ts', 'makes all of it printable, but for what is styled'],
  ['src/cli/main.ts', 'writes errors, which lineOfError made printable'],
  ['src/cli/password-prompt.ts', 'shows the cursor again; the question is of the command'],
  ['src/cli/devnet-screen.ts', 'draws over its own lines; the last line of a log is made printable'],
  ['src/cli/explain.ts', 'asks for the width'],
  ['src/cli/openledger.js', 'writes one error of its own, before anything is loaded'],
  ['src/cli/service.ts', 'writes facts, which factLine and factJson make printable'],
  ['src/lib/log.ts', 'makes every line printable'],
  ['tools/check/main.ts', 'writes the names and the counts of checks'],
  ['tools/check/run.ts', 'writes the names of checks, and why one did not start'],
  ['tools/demo/main.ts', 'writes by say.ts, which makes all of it printable'],
  ['tools/eval/main.ts', 'writes by say.ts'],
  ['tools/lib/step-reporter.ts', 'writes by say.ts, and makes its steps printable'],
  ['tools/loaded/main.ts', 'writes by say.ts'],
  ['tools/release/main.ts', 'writes by say.ts'],
]);

test('only these files write to the terminal, and each of them still does', () => {
  const files = sourceFiles(WATCHED).filter((file) => /\.[jt]s$/.test(file));
  expect(files.length).toBeGreaterThan(300);
  const writing = files.filter((file) => WRITES.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(writing).toEqual([...ALLOWED.keys()].sort());
});
