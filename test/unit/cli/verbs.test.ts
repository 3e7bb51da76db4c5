/** All verbs of the command, from its registry: what each must have. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { VERBS } from '../../../src/cli/verbs.ts';
import { KIND_NAMES } from '../../../state/tx/registry.ts';

const program = new Command('openledger');
for (const load of VERBS.values()) (await load())(program);

type Verb = { readonly path: string; readonly command: Command };

/** The commands that can be run: a group of verbs cannot, unless it takes an argument itself. */
const verbsIn = (command: Command, path: readonly string[]): readonly Verb[] =>
  command.commands.flatMap((each) => {
    const own = [...path, each.name()];
    const runs = each.commands.length === 0 || each.registeredArguments.length > 0;
    return [...(runs ? [{ path: own.join(' '), command: each }] : []), ...verbsIn(each, own)];
  });

const verbs = verbsIn(program, []);
const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
/** The verbs of the page's table, each with the names that stand in its row. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => ({
    names: line.split('|')[1] ?? '',
    file: /\]\(\.\.\/src\/cli\/([a-z-]+\.ts)\)/.exec(line)?.[1],
  }));

/** Whether a row of the table names a verb: `datanet create FILE`, `show ID`, `list` names three. */
const isNamed = (path: string): boolean => {
  const [group = '', ...rest] = path.split(' ');
  const own = rows.filter(({ names }) => new RegExp(`\`${group}\\b`).test(names));
  // The kinds of "tx send" stand for themselves: the page of payloads lists them.
  const name = rest[0] === 'send' && group === 'tx' ? 'send' : rest.join(' ');
  return own.some(({ names }) => name === '' || new RegExp(`[\` ]${name}\\b`).test(names));
};

describe('every verb', () => {
  test('is found in the registry', () => {
    expect(verbs.length).toBeGreaterThan(40);
    for (const kind of KIND_NAMES) expect(verbs.map(({ path }) => path)).toContain(`tx send ${kind}`);
  });

  test('has --json, except the one whose only output is its log', () => {
    const without = verbs.filter(({ command }) => !command.options.some(({ long }) => long === '--json'));
    expect(without.map(({ path }) => path)).toEqual(['start']);
  });

  test('has a place in docs/cli.md', () => {
    expect(verbs.map(({ path }) => path).filter((path) => !isNamed(path))).toEqual([]);
  });

  test('has a description, and one for each of its options', () => {
    const silent = verbs.filter(
      ({ command }) =>
        command.description() === '' || command.options.some(({ description }) => description === ''),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test('that takes a file as a payload explains its fields', () => {
    const written = (path: string): string => {
      let text = '';
      const command = verbs.find((each) => each.path === path)?.command;
      command?.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
      return text;
    };
    expect(written('datanet create')).toMatch(
      /^ {2}quorum +integer, 0 to 65535\n +The number of equal verdicts/m,
    );
    expect(written('model register')).toMatch(/^ {4}bps +integer, 0 to 65535\n +The share in basis points/m);
    expect(written('model revise')).toMatch(/^ {2}weights +32 bytes, 0x-hex\n +The hash of its weights/m);
    expect(written('voucher sign')).toMatch(/^ {2}payer +account: an address, or a name\n +The account/m);
  });
});

test('the page names no verb that there is not', () => {
  const groups = rows
    .filter(({ file }) => file !== undefined)
    .map(({ names }) => /`([a-z]+)/.exec(names)?.[1]);
  expect(groups.filter((group) => group === undefined || !VERBS.has(group))).toEqual([]);
  expect(new Set(groups).size).toBe(VERBS.size);
});
