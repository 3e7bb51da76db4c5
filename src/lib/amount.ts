/**
 * Amounts as people write them: OPEN with up to 18 decimals (`1.5`, `1.5 OPEN`), or base units with `base` behind
 * (`1500base`). Nothing is rounded: what is not exact is refused.
 */
import { kindOf } from './arguments.ts';
import { ok } from './errors.ts';
import { fail, type Result } from './lib-errors.ts';
import { MAX_UINT128 } from './math.ts';

const DECIMALS = 18;
const OPEN = /^(0|[1-9][0-9]{0,20})(?:\.([0-9]{1,18}))?(?: ?OPEN)?$/;
const BASE = /^(0|[1-9][0-9]{0,38})base$/;

/** Says what keeps a text from being an amount, for the mistakes that people make. */
const reasonOf = (text: string): string => {
  if (text === '') return 'it is empty';
  if (/^[+-]/.test(text)) return 'it has a sign';
  if (text.includes(',')) return 'it has a comma; decimals come after a point';
  if (/^[0-9.]+e[+-]?[0-9]+$/i.test(text)) return 'it has an exponent; write all digits';
  if (/^[0-9]+\.[0-9]{19,}(?: ?OPEN)?$/.test(text)) return `it has more than ${DECIMALS} decimals`;
  return 'it has another form';
};

/**
 * Returns base units. Fault `AMOUNT_INVALID`, which names the field.
 * @param field - what the amount is for, such as `--amount`
 */
export const parseAmount = (text: string, field = 'amount'): Result<bigint> => {
  const refuse = (why: string) =>
    fail(
      'AMOUNT_INVALID',
      `${field}: not an amount: ${why}; write OPEN as 1.5 or "1.5 OPEN", or base units as 1500base`,
      { field },
    );
  // JavaScript may hand over a number, which has lost digits already.
  if (typeof text !== 'string') return refuse(`it is ${kindOf(text)}, not a string`);
  const base = BASE.exec(text)?.[1];
  const [, whole, fraction = ''] = OPEN.exec(text) ?? [];
  const digits = base ?? (whole === undefined ? undefined : whole + fraction.padEnd(DECIMALS, '0'));
  if (digits === undefined) return refuse(`${reasonOf(text)}: ${JSON.stringify(text.slice(0, 80))}`);
  const amount = BigInt(digits);
  return amount <= MAX_UINT128 ? ok(amount) : refuse(`it is above 2^128 - 1 base units: ${text}`);
};
