/** Text from outside is UTF-8, or refused with its place. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../../src/lib/bytes.ts';
import { isReplaced, readSecretUtf8, readUtf8, replacedFault, showUtf8 } from '../../../src/lib/text.ts';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const BOM = [0xef, 0xbb, 0xbf];

describe('text from outside', () => {
  test('comes back as it was written, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const read = readUtf8(utf8(text), 'keep');
        expect(read).toEqual({ ok: true, value: text });
      }),
    );
  });

  test.each([
    ['Latin-1', latin1('name: x\nGrüße\n'), 2, 3, 10, 'WINDOWS-1252'],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0x00), 1, 1, 0, 'iconv -f UTF-16 -t UTF-8'],
    ['UTF-16, big-endian', Uint8Array.of(0xfe, 0xff, 0x00, 0x7b), 1, 1, 0, 'iconv -f UTF-16 -t UTF-8'],
    ['Latin-1, before a letter', latin1('Café!'), 1, 4, 3, '0xe9'],
    ['two thirds of a character at the end', utf8('a€').subarray(0, 3), 1, 2, 1, '0xe2'],
    ['bytes of no text', Uint8Array.of(0x61, 0x00, 0x80), 1, 3, 2, 'no text'],
    ['half of a character at the end', utf8('añb').subarray(0, 2), 1, 2, 1, 'byte 2'],
    ['a surrogate', Uint8Array.of(0x0a, 0xed, 0xa0, 0x80), 2, 1, 1, '0xed'],
    ['a slash in two bytes', Uint8Array.of(0xc0, 0xaf), 1, 1, 0, '0xc0'],
  ])('in %s is refused with line, byte and offset', (_, bytes, line, byte, offset, hint) => {
    expect(readUtf8(bytes)).toMatchObject({
      fault: {
        code: 'UTF8_INVALID',
        message: expect.stringContaining(hint) as unknown,
        data: { line, byte, offset },
      },
    });
  });

  test('loses its byte order mark, unless its bytes count', () => {
    const bytes = Uint8Array.of(...BOM, 0x61);
    expect(readUtf8(bytes)).toEqual({ ok: true, value: 'a' });
    expect(readUtf8(bytes, 'keep')).toEqual({ ok: true, value: '\ufeffa' });
    // Only the first one is a mark.
    expect(readUtf8(Uint8Array.of(...BOM, ...BOM))).toEqual({ ok: true, value: '\ufeff' });
  });
});

describe('a secret', () => {
  test.each(['geheim', 'grüße, Jürgen', ' ', 'a\n'])('is what was written: %j', (secret) => {
    expect(readSecretUtf8(utf8(secret))).toEqual({ ok: true, value: secret });
  });

  test.each([
    ['UTF8_INVALID', latin1('grüße')],
    ['UTF8_INVALID', latin1('grëße')],
    ['TEXT_BOM', Uint8Array.of(...BOM, 0x61)],
    ['TEXT_NUL', Buffer.from('geheim', 'utf16le')],
  ])('that is not text is refused: %s', (code, bytes) => {
    expect(readSecretUtf8(bytes)).toMatchObject({ fault: { code } });
  });
});

test('what the system has replaced is noticed', () => {
  expect(isReplaced('gr\ufffde')).toBe(true);
  expect(isReplaced('grüße')).toBe(false);
  expect(replacedFault('argument 3')).toMatchObject({
    code: 'UTF8_INVALID',
    message: expect.stringContaining('argument 3') as unknown,
  });
});

test('what is shown to people may be cut anywhere', () => {
  expect(showUtf8(utf8('añ').subarray(0, 2))).toBe('a\ufffd');
});
