import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAmount } from '../../../src/lib/amount.ts';
import { MAX_UINT128 } from '../../../src/lib/math.ts';
import { formatOpen } from '../../../state/tx/action.ts';

describe('an amount', () => {
  test.each([
    ['0', 0n],
    ['1', 10n ** 18n],
    ['1.5', 15n * 10n ** 17n],
    ['0.000000000000000001', 1n],
    ['1.5 OPEN', 15n * 10n ** 17n],
    ['2OPEN', 2n * 10n ** 18n],
    ['340282366920938463463.374607431768211455', MAX_UINT128],
    ['1500base', 1500n],
    ['0base', 0n],
  ])('%s is %d base units', (text, value) => {
    expect(parseAmount(text)).toEqual({ ok: true, value });
  });

  test.each([
    ['', 'it is empty'],
    ['-1', 'it has a sign'],
    ['+1', 'it has a sign'],
    ['1,5', 'it has a comma'],
    ['1e3', 'it has an exponent'],
    ['1.5E-3', 'it has an exponent'],
    ['1.0000000000000000001', 'it has more than 18 decimals'],
    ['1.0000000000000000000', 'it has more than 18 decimals'],
    ['1.', 'it has another form'],
    ['.5', 'it has another form'],
    ['01', 'it has another form'],
    ['0x10', 'it has another form'],
    [' 1', 'it has another form'],
    ['1 ', 'it has another form'],
    ['1.5base', 'it has another form'],
    ['1 base', 'it has another form'],
    ['base', 'it has another form'],
    ['1 open', 'it has another form'],
    ['340282366920938463464', 'it is above 2^128 - 1'],
    ['340282366920938463463374607431768211456base', 'it is above 2^128 - 1'],
    [1.5, 'it is number 1.5, not a string'],
    [undefined, 'it is undefined, not a string'],
  ])('%j is none: %s', (text, why) => {
    const parsed = parseAmount(text as string, '--tip');
    expect(parsed).toMatchObject({ ok: false, fault: { code: 'AMOUNT_INVALID', data: { field: '--tip' } } });
    expect(parsed.ok ? '' : parsed.fault.message).toContain(`--tip: not an amount: ${why}`);
  });

  test('of any size is read back from how it is shown', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_UINT128 }), (value) => {
        expect(parseAmount(formatOpen(value))).toEqual({ ok: true, value });
        expect(parseAmount(`${value}base`)).toEqual({ ok: true, value });
      }),
    );
  });
});
