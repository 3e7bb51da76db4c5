/** The measurement of people by rules of tokens: its tokenizer, its collections and its figures. */
import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { DEFAULT_PARAMETERS } from '../../../state/attribution/parameters.ts';
import { rulesOf as protocolRules } from '../../../state/attribution/rules.ts';
import { calibrate, prepare } from '../../../tools/eval/calibrate.ts';
import { tokensOf, wordsOf } from '../../../tools/eval/collections.ts';
import { CHANGES, languageOf } from '../../../tools/eval/people/changes.ts';
import { measure } from '../../../tools/eval/people/measure.ts';
import { CANDIDATES, VERSION_1, VERSION_2 } from '../../../tools/eval/people/rules.ts';
import { collectTexts } from '../../../tools/eval/texts/all.ts';
import { MACHINE_SOURCES } from '../../../tools/eval/texts/machine.ts';
import { readManual } from '../../../tools/eval/texts/roff.ts';
import { heldOut, type Text, type TextCollection } from '../../../tools/eval/texts/text.ts';
import { randomFrom, times } from '../../../tools/lib/random.ts';
import { wordsFrom } from './support.ts';

const SIZES = { dataBytes: 60_000, peopleBytes: 20_000, authorBytes: 20_000 };

const wordsBy = (name: string, text: string): readonly string[] => {
  const rules = CANDIDATES.find((each) => each.name === name);
  return wordsOf(rules?.tokens(text) ?? tokensOf(''));
};

describe('tokens', () => {
  test.each([VERSION_1, VERSION_2])('of $name are those of the protocol, and bear the same', (rules) => {
    const { tokenizeText, informationOf } = protocolRules(rules.version === 1 ? 1 : 2);
    const random = randomFrom(7);
    const letters = [...'aZ0_-. \n“”é’ß中あเก한🙂\u0301\u200b\u00ad½²ȺＡ①'];
    for (let i = 0; i < 300; i++) {
      const text = times(random(60), () => letters[random(letters.length)] ?? '').join('');
      const found = rules.tokens(text);
      const { count, offsets, bytes } = unwrap(tokenizeText(text));
      expect(found, text).toMatchObject({ count, offsets, bytes });
      expect(rules.information(found), text).toEqual(informationOf(infoTable(), found));
    }
  });

  test('of version 2 are words, without marks', () => {
    expect(wordsBy('version 2', 'a_b += "Caf\u00e9"; // 3.14, don’t 中文。🙂')).toEqual([
      'a',
      'b',
      'café',
      '3',
      '14',
      'don',
      't',
      '中',
      '文',
      '🙂',
    ]);
    expect(wordsBy('version 2', '===== --- ***\n')).toEqual([]);
    expect(wordsBy('marks, `_` a letter', 'a_b += c')).toEqual(['a_b', 'c']);
    expect(wordsBy('marks, operators are tokens', 'a_b += (c)')).toEqual(['a', 'b', '+=', 'c']);
    expect(wordsBy('marks, camelCase is cut', 'camelCaseHTTPServer2x')).toEqual([
      'camel',
      'case',
      'httpserver2x',
    ]);
  });

  test('know their places in the text', () => {
    const text = '🙂 Foo_barBaz, ﻿qux';
    const { starts, ends, count } = VERSION_2.tokens(text);
    expect(times(count, (i) => text.slice(starts[i], ends[i]))).toEqual(['🙂', 'Foo', 'barBaz', 'qux']);
  });

  test('that repeat one of the seven before them bear nothing', () => {
    const counted = VERSION_2.information(VERSION_2.tokens('0 1 2 '.repeat(20)));
    expect([...counted].filter((info) => info > 0)).toHaveLength(3);
    const far = VERSION_2.information(VERSION_2.tokens('a b c d e f g h a'));
    expect([...far].every((info) => info > 0)).toBe(true);
    const near = VERSION_2.information(VERSION_2.tokens('a b c d e f g a'));
    expect(near.at(-1)).toBe(0);
  });
});

describe('texts', () => {
  const texts = times(
    40,
    (i): Text => ({ author: `author ${i % 9}`, prompt: '', text: `text ${i >> 1} ${'words '.repeat(100)}` }),
  );

  test('are held out by author, each once, by a rule that does not depend on their order', () => {
    const split = heldOut(texts, SIZES);
    const authors = (list: readonly Text[]): Set<string> => new Set(list.map(({ author }) => author));
    expect(split.people.length).toBeGreaterThan(0);
    expect([...authors(split.people)].filter((author) => authors(split.data).has(author))).toEqual([]);
    const all = [...split.data, ...split.people].map(({ text }) => text);
    expect(new Set(all).size).toBe(all.length);
    expect(heldOut(texts.toReversed(), SIZES)).toEqual(split);
  });

  test('have room by their bytes', () => {
    const { data, people } = heldOut(texts, { dataBytes: 2000, peopleBytes: 700, authorBytes: 1300 });
    const bytes = (list: readonly Text[]): number => list.reduce((sum, { text }) => sum + text.length, 0);
    expect(bytes(data)).toBeLessThanOrEqual(2000);
    expect(bytes(people)).toBeLessThanOrEqual(700);
    expect(data.length).toBe(3);
    expect(people.length).toBe(1);
  });

  test('of manual pages have no macros', () => {
    const page = `.\\" a comment
.TH LS "1" "Januar 2024" "GNU coreutils 9.1" "Dienstprogramme"
.de XX
.ft CW
..
.SH BEZEICHNUNG
ls \\- Verzeichnisinhalte auflisten
.B \\-\\-all "zwei Wörter"
.PP
Das \\fBist\\fP \\(lqkursiv\\(rq.`;
    expect(readManual(page)).toEqual({
      project: 'gnu coreutils',
      text: 'BEZEICHNUNG\nls - Verzeichnisinhalte auflisten\n--all zwei Wörter\nDas ist “kursiv”.\n',
    });
  });

  test('of a machine that has none are none', () => {
    const roots = ['/nonexistent'];
    for (const { name, collect } of MACHINE_SOURCES.filter(({ name: each }) =>
      /^(?:manuals|kernel)/.test(each),
    ))
      expect(collect(roots), name).toEqual([]);
  });
});

describe('changes', () => {
  const text = 'The first thing. The second thing, of two.\nThe last_thing (of three)!\n';
  const language = languageOf([text, 'other words stand here']);
  const changed = (name: string): string => {
    const change = CHANGES.find((each) => each.name === name);
    return change?.make(text, language, randomFrom(3)) ?? '';
  };

  test('change what they say, and nothing else', () => {
    expect(changed('0 % of words')).toBe(text);
    expect(changed('50 % of words').match(/[.,()!]/g)).toEqual(text.match(/[.,()!]/g));
    expect(changed('50 % of words')).not.toBe(text);
    const words = (each: string): readonly string[] => each.match(/\w+/g) ?? [];
    expect(words(changed('punctuation'))).toEqual(words(text));
    expect(changed('punctuation').match(/[^\w\s]/g)).toHaveLength(6);
    expect([...changed('reordering')].toSorted()).toEqual([...text].toSorted());
    expect(changed('reordering')).not.toBe(text);
  });
});

describe('a measurement', () => {
  const [gsm8k, swc] = collectTexts(SIZES, []).collections;
  const scale = { seed: 1, draws: 128, stretches: 10 };

  test.each([VERSION_1, VERSION_2])('by $name has the control of the calibrator', (by) => {
    const version = by.version === 1 ? 1 : 2;
    const tokens = (text: string) => unwrap(protocolRules(version).tokenizeText(text));
    const { data } = gsm8k ?? { data: [] };
    const contributions = [...Map.groupBy(data, ({ author }) => author)].map(([owner, list], i) => ({
      contribution: i + 1,
      owner,
      items: list.map(({ prompt, text }) => ({
        tokens: tokens(`${prompt}\n${text}`),
        promptTokens: tokens(prompt).count,
      })),
    }));
    const corpus = prepare(contributions, undefined, { ...DEFAULT_PARAMETERS, version });
    const { measurement, rules } = calibrate(corpus, 1, 128);
    const measured = gsm8k === undefined ? undefined : measure(gsm8k, by, scale);
    expect(measured?.control).toEqual(measurement.steps.map(({ covered, total }) => covered / total));
    expect(measured?.imin).toBe(rules?.matchBits);
    expect(measured?.kappa).toBe(rules?.controlBps);
    // Without marks, people share next to nothing in so little text.
    if (version === 1) expect(measured?.control[0]).toBeGreaterThan(0);
  });

  test('finds what was copied, and by version 2 also if its punctuation was changed', () => {
    const of = (rules: typeof VERSION_1): Readonly<Record<string, number>> =>
      gsm8k === undefined ? {} : measure(gsm8k, rules, scale).recall;
    const [first, second] = [of(VERSION_1), of(VERSION_2)];
    expect(first['0 % of words']).toBeGreaterThan(0.99);
    expect(second['0 % of words']).toBeGreaterThan(0.99);
    expect(first.punctuation).toBeLessThan(0.4);
    expect(second.punctuation).toBeGreaterThan(0.99);
    expect(second['50 % of words']).toBeLessThan(0.3);
  });

  test('gives nobody what two authors brought at once, by version 2', () => {
    const text = (author: string, own: number): Text => ({
      author,
      prompt: '',
      text: `${wordsFrom(own, 60)} ${wordsFrom(1, 60)} ${wordsFrom(own + 1, 60)}`,
    });
    const collection: TextCollection = {
      name: 'two who copied from a third',
      description:
        'two authors share a third of their words, and a third author, who is in no data, has the same',
      data: [text('ada', 10), text('bob', 20)],
      people: [text('cleo', 30)],
    };
    const of = (rules: typeof VERSION_1) => measure(collection, rules, { ...scale, stretches: 40 });
    const [first, second] = [of(VERSION_1), of(VERSION_2)];
    expect(second.people[0]).toBeCloseTo(1 / 3, 1);
    expect(second.together[0]).toBe(0);
    expect(second.kept).toBeGreaterThan(0.4);
    expect(second.kept).toBeLessThan(0.9);
    expect(first.together).toEqual(first.people);
    expect(first.kept).toBe(1);
  });

  test('finds a lower bar if three authors brought the same run at once, by version 2', () => {
    // 14 words: more would be a copy.
    const data = ['ada', 'bob', 'cleo'].map((author, i) => ({
      author,
      prompt: '',
      text: `${wordsFrom(10 + 2 * i, 40)} ${wordsFrom(1, 14)} ${wordsFrom(11 + 2 * i, 40)}`,
    }));
    const collection: TextCollection = {
      name: 'three who copied from a fourth',
      description: 'three authors share a run that is too short to be a copy',
      data,
      people: [],
    };
    const of = (rules: typeof VERSION_1) => measure(collection, rules, { ...scale, stretches: 1 });
    const second = of(VERSION_2);
    expect(second.imin).toBeGreaterThan(192);
    expect(second.atOnce).toEqual({ imin: 128, kappa: 0 });
    const first = of(VERSION_1);
    expect(first.atOnce).toEqual({ imin: first.imin, kappa: first.kappa });
  });

  test('holds each author out where there are few', () => {
    const measured = swc === undefined ? undefined : measure(swc, VERSION_2, { ...scale, stretches: 1 });
    expect(measured?.people[0]).toBeGreaterThan(0.02);
    expect(measured?.people[0]).toBeLessThan(0.9);
  });
});
