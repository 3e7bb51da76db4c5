/** The command's output: results on stdout, as aligned columns or JSON; errors on stderr, one line each. */
import { CommanderError } from 'commander';
import { type Event, eventToJson } from '../../state/events.ts';
import { formatOpen } from '../../state/tx/action.ts';
import { toWire } from '../client/rpc-client.ts';
import { CodedError, type Fault, toFault } from '../lib/errors.ts';
import { systemCode } from '../lib/files.ts';
import { flushSinks } from '../lib/line-sink.ts';
import { printable, printableJson, printableLine, printableRow } from '../lib/printable.ts';
import { fault } from './errors.ts';
import { EXIT, exitCodeOfFault } from './exit-codes.ts';
import { sentBefore } from './sent.ts';

/** How long a command that was stopped waits for its last lines to be read. */
const LAST_LINES_MS = 1_000;

let lasts = false;

/**
 * Says that this command runs until it is stopped, whatever becomes of its output: it writes by {@link lineSink}, and the
 * end of its reader is not its end. Any other command ends when nobody reads its result.
 */
export const runsUntilStopped = (): void => {
  lasts = true;
};

/** The fault of a result that could not be written: it must not look as if nothing had been done. */
const unwritable = (error: unknown): Fault => {
  const sent = sentBefore();
  const reason = toFault(error).message;
  return fault(
    'OUTPUT_UNWRITABLE',
    `the result could not be written: ${reason}${sent === undefined ? '' : `; ${sent}`}`,
  );
};

/** Makes the process bear the end of whoever reads its output. */
export const bearLostReaders = (): void => {
  // A reader that has seen enough ("openledger query … | head") is no error.
  process.stdout.on('error', (error) => {
    if (lasts) return;
    if (systemCode(error) === 'EPIPE') process.exit(EXIT.done);
    const lost = unwritable(error);
    process.stderr.write(`${errorLine(lost)}\n`);
    process.exit(exitCodeOfFault(lost));
  });
  // Notes and error lines are no results: the exit code says how the command ended.
  process.stderr.on('error', () => undefined);
};

/** Ends the process of a command that {@link runsUntilStopped}, as lines that nobody reads would keep it for ever. */
export const endLasting = async (): Promise<void> => {
  if (!lasts) return;
  await flushSinks(LAST_LINES_MS);
  process.exit();
};

/** Prints text, whoever has written it: what could drive the terminal is made harmless. */
export const print = (text: string): void => {
  process.stdout.write(`${printable(text)}\n`);
};

/** Prints text with the styles of a terminal. What strangers have written has to be made `printable` before. */
export const printStyled = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Prints a value as JSON: bigints as decimal strings, and bytes as 0x-hex. */
export const printJson = (value: unknown): void => print(printableJson(JSON.stringify(value, toWire, 2)));

/** The same on one line. */
export const printJsonLine = (value: unknown): void => print(printableJson(JSON.stringify(value, toWire)));

/** Base units as people read them: `1.5 OPEN`. */
export const openText = (amount: bigint): string => `${formatOpen(amount)} OPEN`;

/** The prices of a prompt and of an output, in the unit in which fees are counted. */
export const pricesText = (priceIn: bigint, priceOut: bigint): string =>
  `${openText(priceIn)} in, ${openText(priceOut)} out, for 1,000 units (a unit is a token or eight bytes, whichever are more)`;

/** Ends the process once its result is written, whatever else would keep it: a text that the node seeks still, say. */
export const endOnceWritten = (): void => {
  process.stdout.write('', (error) => {
    // One that could not be written ends it with an error.
    if (error === null || error === undefined) process.exit();
  });
};

/** Names and values, the values in one column. */
export const printFields = (fields: readonly (readonly [name: string, value: string])[]): void => {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  for (const [name, value] of fields) print(`${name.padEnd(width)}  ${value}`);
};

/** An event as a field: its type, and its data as JSON. */
export const eventField = (event: Event): readonly [name: string, value: string] => [
  event.type,
  JSON.stringify(eventToJson(event).data),
];

/** A head and rows in columns, numbers not told apart. */
export const printTable = (head: readonly string[], rows: readonly (readonly string[])[]): void => {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
};

/**
 * Prints a note to people that is no result, on one line. Anyone may have written parts of it, such as the message of a
 * node, and must not be able to add a line that looks like one of the command. A note of several lines is several calls.
 */
export const note = (text: string): void => {
  process.stderr.write(`${printableRow(text)}\n`);
};

/** Returns one line, and below it, indented, a line for each problem if there are several. */
export const errorLine = ({ code, message, data }: Fault): string => {
  const similar = data?.similar;
  const hint =
    Array.isArray(similar) && similar.length > 0
      ? `; did you mean ${printableLine(similar.join(' or '))}?`
      : '';
  const problems: unknown = data?.problems;
  const more: readonly unknown[] = Array.isArray(problems) && problems.length > 1 ? problems : [];
  return [
    `error ${printableLine(code)}: ${printableLine(message)}${hint}`,
    ...more.map((problem) => `  ${printableLine(String(problem))}`),
  ].join('\n');
};

/** A verb alone that has verbs of its own gets its help, which is no result then. Every other error of commander is printed. */
const usageOf = ({ code, exitCode }: CommanderError): string | undefined =>
  code === 'commander.help' && exitCode !== 0
    ? errorLine(fault('USAGE', 'a command is missing: name one of those above'))
    : undefined;

/** Returns the message of any error in one line, or undefined if it has already been printed. */
export const lineOfError = (error: unknown): string | undefined => {
  if (error instanceof CommanderError) return usageOf(error);
  if (error instanceof CodedError) return errorLine(error.fault);
  const fault = toFault(error);
  return errorLine({ ...fault, code: systemCode(error) ?? fault.code });
};
