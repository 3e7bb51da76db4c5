import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogger, formatLine } from '../../../src/lib/log.ts';
import { printable, printableJson, printableLine, printableRow } from '../../../src/lib/printable.ts';
import { factJson, factLine } from '../../../src/services/run/report.ts';

/** What drives a terminal, or reorders what stands beside it: by the names of Unicode, not by our list. */
const DANGEROUS = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}]/u;
const HOSTILE = 'a\u001b[2Jb\u009b31mc\u202ed\u2066e\u200ff\u061cg\rh\u0000i\u2028j\u0007k\ud800l';
const hostileText = fc.array(
  fc.oneof(fc.constantFrom(...HOSTILE.split(''), '\u{e0041}', '\n', '\t'), fc.string({ unit: 'binary' })),
);

describe('text of strangers', () => {
  test('keeps what scripts need, and loses what drives a terminal', () => {
    const kept = 'Zoë, 日本語, नमस्ते, می‌خواهم, 👩‍🌾, العربية\n\tend';
    expect(printable(kept)).toBe(kept);
    expect(printable('\u001b]0;title\u0007')).toBe('\uFFFD]0;title\uFFFD');
    expect(printable('one\r\ntwo\rthree')).toBe('one\ntwo\uFFFDthree');
    expect(printableLine('  a \n\n b\t c ')).toBe('a b c');
    expect(printableRow('a   b\nc')).toBe('a   b c');
  });

  test.each([
    ['emoji in their forms', '👩‍🌾 🏳️‍🌈 ❤️ ✔︎ 1️⃣ 🕵🏻‍♂️'],
    ['words whose letters join or must not', 'می‌خواهم ශ්‍රී क्‍ष ᠨᠢᠭᠡ᠋'],
  ])('keeps what shapes its neighbours: %s', (_, text) => {
    expect(printable(text)).toBe(text);
    expect(printableJson(text)).toBe(text);
  });

  test.each([
    ['a joiner in Latin', 'an\u200da'],
    ['a non-joiner in Latin', 'an\u200ca'],
    ['a non-joiner at the end of a word', '\u06cc\u200c'],
    ['a second non-joiner', '\u06cc\u200c\u200c\u062e'],
    ['the form of a letter', 'a\ufe0f'],
    ['the form of a digit that is no keycap', '1\ufe0f'],
    ['a second form of an emoji', '❤\ufe0f\ufe0f'],
    ['a joiner behind an emoji', '🌾\u200da'],
    ['a form of a letter of another script', 'a\u180b'],
  ])('shows what shapes nothing: %s', (_, text) => {
    expect(printable(text)).toContain('\uFFFD');
    expect(printableJson(text)).toMatch(/\\u[0-9a-f]{4}/);
  });

  test('shows every code point that would be seen as nothing', () => {
    const shown: string[] = [];
    for (let code = 0xa0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const character = String.fromCodePoint(code);
      if (!/[\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u.test(character)) continue;
      shown.push(printable(`ana${character}`), printable(character));
    }
    expect(shown.length).toBeGreaterThan(2 * 4_000);
    expect(new Set(shown)).toEqual(new Set(['ana\uFFFD', '\uFFFD']));
    // Those that were reported, by themselves: UAX #44 could be read wrongly by both sides.
    for (const filler of '\u3164\u115f\u1160\uffa0\u034f\u2800\u180e\u2061\u2062\u2063\u2064\ufe00\u{e0100}\u{e0041}')
      expect(printable(filler)).toBe('\uFFFD');
  });

  test('of any kind is harmless, and stays on its line', () => {
    fc.assert(
      fc.property(hostileText, (parts) => {
        const text = parts.join('');
        expect(printable(text)).not.toMatch(DANGEROUS);
        for (const line of [printableLine(text), printableRow(text)]) expect(line).not.toMatch(/[\n\t]/);
      }),
    );
  });

  test('in JSON is written as escapes: the value is the same', () => {
    fc.assert(
      fc.property(hostileText, (parts) => {
        const value = { text: parts.join('').toWellFormed() };
        const json = printableJson(JSON.stringify(value, undefined, 2));
        expect(json).not.toMatch(DANGEROUS);
        expect(JSON.parse(json)).toEqual(value);
      }),
    );
  });
});

describe('what peers and callers say', () => {
  const lines = (format: 'text' | 'json'): readonly string[] => {
    const written: string[] = [];
    const out = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        written.push(chunk.toString());
        done();
      },
    });
    const logger = createLogger({ level: 'info', format }, out);
    logger.info(
      { reason: HOSTILE, [HOSTILE]: { deep: [HOSTILE] }, height: HOSTILE, module: HOSTILE },
      HOSTILE,
    );
    return written;
  };

  test.each(['text', 'json'] as const)(
    'reaches the log as %s in one line that drives no terminal',
    (format) => {
      const [line = '', ...more] = lines(format);
      expect(more).toEqual([]);
      expect(line.trimEnd()).not.toMatch(/\n/);
      expect(line).not.toMatch(DANGEROUS);
      if (format === 'json') expect(JSON.parse(line)).toMatchObject({ reason: HOSTILE });
    },
  );

  test('keeps the columns of a line of the log', () => {
    expect(formatLine({ level: 30, time: 0, module: 'p2p', msg: 'connected' })).toBe(
      '00:00:00.000 info  p2p       connected\n',
    );
  });

  test('reaches the lines of services in one line that drives no terminal', () => {
    const fact = {
      event: 'e',
      text: 'said',
      level: 'info',
      fields: { name: HOSTILE, list: [HOSTILE] },
    } as const;
    for (const line of [factLine(fact, '12:00:00'), factJson(fact, 'now')]) {
      expect(line).not.toMatch(DANGEROUS);
      expect(line).not.toMatch(/\n/);
    }
  });
});
