import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionLine, formatOpen, MAX_ACTION_BYTES } from '../../../state/tx/action.ts';

describe('the action line', () => {
  test('leaves printable ASCII as it is, and escapes the rest', () => {
    expect(actionLine('contribute 37 items to datanet 1')).toBe('contribute 37 items to datanet 1');
    expect(actionLine('a\nb')).toBe('a\\u{a}b');
    expect(actionLine('\u202eevil')).toBe('\\u{202e}evil');
    expect(actionLine('😀')).toBe('\\u{1f600}');
    expect(actionLine('\ud800')).toBe('\\u{d800}');
    expect(actionLine('back\\slash')).toBe('back\\\\slash');
  });

  test('is printable ASCII of at most 200 bytes, whatever it is made from', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const line = actionLine(text);
        expect(line).toMatch(/^[ -~]*$/);
        expect(line.length).toBeLessThanOrEqual(MAX_ACTION_BYTES);
      }),
    );
  });

  test('tells different texts apart as long as it is not cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.string({ unit: 'binary', maxLength: 20 }),
        (a, b) => {
          expect(actionLine(a) === actionLine(b)).toBe(a === b);
        },
      ),
    );
  });

  test('that is too long is cut between characters and says so', () => {
    expect(actionLine('x'.repeat(200))).toBe('x'.repeat(200));
    expect(actionLine('x'.repeat(201))).toBe(`${'x'.repeat(197)}...`);
    expect(actionLine(`${'x'.repeat(195)}\n\n`)).toBe(`${'x'.repeat(195)}...`);
  });
});

describe('an amount in words', () => {
  test.each([
    [0n, '0'],
    [1n, '0.000000000000000001'],
    [10n ** 18n, '1'],
    [1_500_000_000_000_000_000n, '1.5'],
    [10n ** 27n, '1000000000'],
  ])('%s base units are %s OPEN', (amount, text) => {
    expect(formatOpen(amount)).toBe(text);
  });
});
