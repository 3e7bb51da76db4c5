import { Command } from 'commander';
import { expect, test } from 'vitest';
import { nodeAsRpc } from '../../../src/cli/connection.ts';
import { refuseEmpty, refuseRepeated } from '../../../src/cli/repeated.ts';
import { VERBS } from '../../../src/cli/verbs.ts';

/** Every command of a program that does something, each with the words that call it. */
const commandsOf = (command: Command, words: readonly string[] = []): readonly [string, Command][] =>
  command.commands.flatMap((each) => {
    const called = [...words, each.name()];
    return [[called.join(' '), each] as [string, Command], ...commandsOf(each, called)];
  });

/** Returns all verbs, whose options are refused by a rule. */
const verbsWith = async (refuse: (command: Command) => void): Promise<Command> => {
  const program = new Command();
  for (const load of VERBS.values()) (await load())(program);
  refuse(program);
  return program;
};

test.each(commandsOf(await verbsWith(refuseRepeated)))(
  '%s takes an option with one value once, and a list in pieces',
  (_, command) => {
    for (const option of command.options.filter((each) => each.required || each.optional)) {
      const name = option.long ?? '';
      const twice = () => command.parseOptions([name, 'one', name, 'two']);
      if (option.variadic) expect(twice).not.toThrow();
      else
        expect(twice).toThrow(
          expect.objectContaining({
            code: 'USAGE',
            message: expect.stringContaining(name) as string,
          }) as Error,
        );
    }
  },
);

test.each(commandsOf(await verbsWith(refuseEmpty)))(
  '%s takes no option with an empty value',
  (_, command) => {
    for (const option of command.options.filter((each) => each.required)) {
      const name = option.long ?? '';
      const refused = {
        code: 'USAGE',
        message: expect.stringMatching(`^${name} is given an empty value`) as string,
      };
      expect(() => command.parseOptions([name, '']), name).toThrow(expect.objectContaining(refused) as Error);
    }
  },
);

test('flags may be repeated', () => {
  const own = new Command().option('--json').option('--no-simulate').exitOverride();
  refuseRepeated(own);
  own.parse(['--json', '--json', '--no-simulate', '--no-simulate'], { from: 'user' });
  expect(own.opts()).toEqual({ json: true, simulate: false });
});

test('a node is named by --rpc or by --node', () => {
  expect(nodeAsRpc({ node: 'a' })).toEqual({ rpc: 'a' });
  expect(nodeAsRpc({ rpc: 'b' })).toEqual({ rpc: 'b' });
  expect(() => nodeAsRpc({ rpc: 'b', node: 'a' })).toThrow('--rpc and --node');
});
