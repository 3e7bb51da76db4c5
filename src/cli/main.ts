/** The command `openledger`. It loads only the file of the requested verb; its help loads them all. */
import { Command } from 'commander';
import { CodedError } from '../lib/errors.ts';
import { printable } from '../lib/printable.ts';
import { isReplaced, replacedFault } from '../lib/text.ts';
import { VERSION } from '../lib/version.ts';
import { exitCodeOf, exitHelp } from './exit-codes.ts';
import { endOnInterrupt } from './interrupt.ts';
import { bearLostReaders, endLasting, lineOfError } from './output.ts';
import { refuseEmpty, refuseRepeated } from './repeated.ts';
import { VERBS } from './verbs.ts';

/** Commander's words in the form of every other error: the hint on the same line. */
const usageLine = (text: string): string =>
  `${printable(text)
    .trim()
    .replace(/^error: /, 'error USAGE: ')
    .replace(/\s*\n\s*/g, ' ')}\n`;

const main = async (args: readonly string[]): Promise<void> => {
  const program = new Command('openledger')
    .description('a blockchain node for the economy of AI')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .showSuggestionAfterError()
    // Otherwise the options of "review list" would be taken for those of "review".
    .enablePositionalOptions()
    .addHelpText('after', () => `\n${exitHelp()}`)
    .configureOutput({ outputError: (text, write) => write(usageLine(text)) })
    .exitOverride();
  // The system hands over arguments as text, and replaces what is not: names of it would be signed.
  const replaced = args.findIndex(isReplaced);
  if (replaced >= 0) throw new CodedError(replacedFault(`argument ${replaced + 1}`));
  const asked = VERBS.get(args[0] ?? '');
  const verbs = asked === undefined ? [...VERBS.values()] : [asked];
  for (const load of verbs) (await load())(program);
  refuseRepeated(program);
  refuseEmpty(program);
  await program.parseAsync(args, { from: 'user' });
};

bearLostReaders();
endOnInterrupt();

try {
  await main(process.argv.slice(2));
} catch (error) {
  const line = lineOfError(error);
  if (line !== undefined) process.stderr.write(`${line}\n`);
  process.exitCode = exitCodeOf(error);
  await endLasting();
  process.exit();
}
await endLasting();
