/**
 * What a command asks at a terminal: the question is for the terminal, and the result for stdout. `script` of util-linux
 * makes the terminal.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LAUNCHER, openledger } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'openledger-prompt-'));
afterAll(() => rmSync(root, { recursive: true }));

const PASSWORD = 'a long password';
const KEYSTORE = join(root, 'keys');
const PROMPT = 'password of me';
const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';

const ANSWERED_MS = 120_000;

const hasTerminals = (spawnSync('script', ['--version']).stdout?.toString() ?? '').includes('util-linux');

type Seen = { readonly code: number | null; readonly terminal: string };

/** Runs a line of a shell at a terminal, and answers the first prompt. */
const atTerminal = (line: string, answer: string | (() => void)): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const { OPENLEDGER_PASSWORD: _password, ...env } = process.env;
    // A terminal that nobody looks at has no columns.
    const child = spawn('script', ['-qefc', `stty cols 100 rows 30; ${line}`, '/dev/null'], {
      env: { ...env, SHELL: '/bin/sh' },
      stdio: 'pipe',
    });
    let terminal = '';
    let isAnswered = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      terminal += text;
      if (isAnswered || !terminal.includes(PROMPT)) return;
      isAnswered = true;
      if (typeof answer === 'string') child.stdin.write(answer);
      else answer();
    });
    child.stderr.resume();
    child.stdin.on('error', () => undefined);
    // A prompt that the terminal does not show is never answered.
    const tooLong = setTimeout(() => child.kill(), ANSWERED_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(tooLong);
      resolve({ code, terminal });
    });
  });

const exported = `'${process.execPath}' '${LAUNCHER}' keys export me --keystore '${KEYSTORE}'`;
const inRoot = (name: string): string => join(root, name);
const read = (name: string): string => readFileSync(inRoot(name), 'utf8');

describe.skipIf(!hasTerminals)('a password prompt', () => {
  beforeAll(async () => {
    const made = await openledger(['keys', 'new', 'me', '--keystore', KEYSTORE], {
      env: { OPENLEDGER_PASSWORD: PASSWORD },
    });
    expect(made).toMatchObject({ code: 0 });
  });

  test.each([
    ['stderr', `${exported} > '${inRoot('result')}'`],
    ['/dev/tty where stderr is a file too', `${exported} > '${inRoot('result')}' 2> '${inRoot('notes')}'`],
  ])('is shown at the terminal, by %s, and the result is alone in its file', async (_, line) => {
    const { code, terminal } = await atTerminal(line, `${PASSWORD}\r`);
    expect(terminal).toContain(PROMPT);
    expect(terminal).not.toContain(PASSWORD);
    expect(JSON.parse(read('result'))).toEqual(JSON.parse(readFileSync(join(KEYSTORE, 'me.json'), 'utf8')));
    expect(code).toBe(0);
  });

  test('fails where nobody could see it', async () => {
    const line = `setsid -w ${exported} > '${inRoot('nothing')}' 2> '${inRoot('error')}'`;
    const { code } = await atTerminal(line, '');
    expect(read('error')).toMatch(/^error PASSWORD_MISSING: .*\n$/);
    expect([read('nothing'), code]).toEqual(['', 1]);
  });

  test('is cancelled by Ctrl-D', async () => {
    const { code, terminal } = await atTerminal(`${exported} > '${inRoot('nothing')}'`, '\u0004');
    expect(terminal).toMatch(/error PASSWORD_CANCELLED: [^\r\n]*\r\n$/);
    expect(terminal).not.toContain('Warning');
    expect([read('nothing'), code]).toEqual(['', 130]);
  });

  test('leaves the cursor visible after a signal', async () => {
    const line = `echo $$ > '${inRoot('pid')}'; exec ${exported} > '${inRoot('nothing')}'`;
    const { code, terminal } = await atTerminal(line, () => process.kill(Number(read('pid')), 'SIGTERM'));
    expect(terminal).toContain(HIDE_CURSOR);
    expect(terminal.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(terminal.lastIndexOf(HIDE_CURSOR));
    expect(code).toBe(143);
  });
});
