/** What the tools print: answers of models, names, words of programs that fail. Whoever wrote them, no terminal is driven by them. */
import { printable, printableJson } from '../../src/lib/printable.ts';

const ESCAPE = String.fromCodePoint(0x1b);
/** A style of a terminal, as `styleText` of Node writes it: colours and weights, nothing that moves the cursor. */
const STYLE = new RegExp(String.raw`(${ESCAPE}\[[0-9;]{1,16}m)`);

/** Text with styles, and all else of it made printable. */
export const styled = (text: string): string =>
  text
    .split(STYLE)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('');

/** The lines of an error, of which the last words of a program may be part. */
export const errorText = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  `${printable(`error ${code}: ${message}`)}\n`;

/** A value as one line of JSON. */
export const jsonLine = (value: unknown): string => `${printableJson(JSON.stringify(value))}\n`;
