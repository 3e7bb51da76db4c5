/** The tutorial, run as it stands: each command of the page, in its order, in a shell. */
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type Command, eventually, OPENLEDGER, openWorkshop, result } from '../e2e/processes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(root, 'docs/tutorials/paid-contribution.md'), 'utf8');

type Block = { readonly language: string; readonly info: string; readonly text: string };

/** The fenced blocks of the page, in order. What stands after the language says what a block is for. */
const BLOCKS: readonly Block[] = [...page.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
  ([, language = '', info = '', text = '']) => ({ language, info, text }),
);
const SCRIPTS = BLOCKS.filter(({ language }) => language === 'sh');
/** The files that a reader saves under the name beside them. */
const FILES = BLOCKS.filter(({ language }) => language !== 'sh');

/** A command that runs on in a terminal of its own. */
const runsOn = ({ info }: Block): boolean => info.startsWith('terminal=');

const workshop = openWorkshop();
afterAll(() => workshop.close());

/**
 * Makes a checkout as the tutorial sees it, with the data of the demo beside the folder of the tutorial, and returns what
 * runs a script in it. `npx openledger` runs the command of this checkout, without the second that npx needs to find it.
 */
const openCheckout = (): ((script: string) => Command) => {
  const bin = join(workshop.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec "${OPENLEDGER[0]}" "${OPENLEDGER[1]}" "$@"\n`);
  chmodSync(join(bin, 'npx'), 0o755);
  symlinkSync(join(root, 'tools'), join(workshop.folder, 'tools'));
  return (script) =>
    workshop.runGroup('/bin/sh', '-ec', `PATH="${bin}:$PATH"; cd "${workshop.folder}"; ${script}`);
};

/** The scripts between those that run on: each part is one terminal, in which variables last. */
const partsOf = (scripts: readonly Block[]): readonly (Block | string)[] => {
  const parts: (Block | string)[] = [];
  for (const script of scripts) {
    const last = parts.at(-1);
    if (runsOn(script)) parts.push(script);
    else if (typeof last === 'string') parts[parts.length - 1] = last + script.text;
    else parts.push(script.text);
  }
  return parts;
};

describe('the tutorial', () => {
  it('has at most twenty commands, and shows at most two files of JSON', () => {
    const commands = SCRIPTS.flatMap(({ text }) => text.trimEnd().split('\n')).filter(
      (line) => !line.startsWith('mkdir '),
    );
    expect(commands.length).toBeGreaterThan(10);
    expect(commands.length).toBeLessThanOrEqual(20);
    expect(FILES.filter(({ language }) => language === 'json').length).toBeLessThanOrEqual(2);
  });

  it('leads from an empty devnet to a claimed payment', async () => {
    const shell = openCheckout();
    mkdirSync(join(workshop.folder, 'tutorial'));
    for (const { info, text } of FILES) writeFileSync(join(workshop.folder, 'tutorial', info), text);
    let said = '';
    for (const part of partsOf(SCRIPTS)) {
      if (typeof part === 'string') {
        const { code, out, err } = await result(shell(`${said === '' ? '' : 'cd tutorial; '}${part}`));
        expect([code, code === 0 ? '' : err]).toEqual([0, '']);
        said += `\n${out}`;
        continue;
      }
      const terminal = shell(`cd tutorial; exec ${part.text}`);
      void terminal.ended.then(({ code }) => {
        said += `\n${part.info} ended with ${code}: ${terminal.stderr()}`;
      });
      // Only the devnet has to be there before the next command; that waits for the attestor by itself.
      const ready = 'npx openledger status --home ./devnet';
      await eventually('the devnet answers', async () => {
        const { code } = await result(shell(`cd tutorial; ${ready}`));
        return code === 0;
      });
    }
    expect(said).not.toContain(' ended with ');
    // The page says so: the data is of one account.
    expect(said).toMatch(/^calibration +final: a match needs 128 bits,/m);
    // The words of the answer that carol is paid for, the claim, and her account.
    expect(said).toContain('⟦1│Natalia sold 48/2');
    expect(said).toMatch(/^claimed +0\.0000[0-9]*[1-9][0-9]* OPEN$/m);
    // Her bond comes back 40 blocks after the acceptance, which may be later than this.
    expect(said).toMatch(/^balance +(?:999998|1000000)\.[0-9]+ OPEN$/m);
  });
});
