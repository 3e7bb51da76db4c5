/**
 * The English line that a wallet shows. Every node derives it from the kind and the payload, and it is part of what is
 * signed.
 */
import { divFloor } from '../../src/lib/math.ts';

export const MAX_ACTION_BYTES = 200;
const CUT = '...';

const escaped = (character: string): string => {
  if (character === '\\') return '\\\\';
  if (/^[ -~]$/.test(character)) return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
};

/**
 * Makes a line of printable ASCII of at most 200 bytes. Everything else is escaped as `\u{hex}`, and a backslash is
 * doubled. A longer line is cut between characters and ends in `...`.
 */
export const actionLine = (text: string): string => {
  let line = '';
  let kept = '';
  for (const character of text) {
    line += escaped(character);
    if (line.length <= MAX_ACTION_BYTES - CUT.length) kept = line;
    if (line.length > MAX_ACTION_BYTES) return kept + CUT;
  }
  return line;
};

/** Returns base units as OPEN, without trailing zeros: `1500000000000000000` is `1.5`. */
export const formatOpen = (amount: bigint): string => {
  const whole = divFloor(amount, 10n ** 18n);
  const rest = (amount - whole * 10n ** 18n).toString().padStart(18, '0').replace(/0+$/, '');
  return rest === '' ? whole.toString() : `${whole}.${rest}`;
};
