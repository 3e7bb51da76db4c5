/** Amounts as people write them: OPEN with up to 18 decimals (`1.5`, `1.5 OPEN`), or base units with `base` behind. */
import { ok, type Result } from '../lib/errors.ts';
import { MAX_UINT128 } from '../lib/math.ts';
import { fail } from './errors.ts';

const DECIMALS = 18;
const OPEN = /^(0|[1-9][0-9]{0,20})(?:\.([0-9]{1,18}))?(?: ?OPEN)?$/;
const BASE = /^(0|[1-9][0-9]{0,38})base$/;

/** Base units. Fault `AMOUNT_INVALID`. */
export const parseAmount = (text: string): Result<bigint> => {
  const base = BASE.exec(text)?.[1];
  const [, whole, fraction = ''] = OPEN.exec(text) ?? [];
  const digits = base ?? (whole === undefined ? undefined : whole + fraction.padEnd(DECIMALS, '0'));
  if (digits === undefined || BigInt(digits) > MAX_UINT128)
    return fail(
      'AMOUNT_INVALID',
      `not an amount: ${text.slice(0, 80)}; write OPEN as 1.5 or "1.5 OPEN", or base units as 1500base`,
    );
  return ok(BigInt(digits));
};
