import { describe, expect, it } from 'vitest';
import { unwrap } from '../../../src/lib/errors.ts';
import { RULES_DEFAULT, rulesOf } from '../../../state/attribution/rules.ts';
import { registryQuestions, smallQuestions } from '../../../tools/demo/questions.ts';
import { createRetriever } from '../../../tools/demo/retriever.ts';
import {
  ADDED_WORD,
  CLONED_ENTRY,
  cloneOf,
  noticeOf,
  SMALL_DATANET,
  sectionsOf,
  swcEntries,
} from '../../../tools/demo/swc.ts';

const { tokenizeText } = rulesOf(RULES_DEFAULT);
const entries = swcEntries();
const small = SMALL_DATANET.flatMap((name) => entries.filter((entry) => entry.name === name));

describe('the SWC registry', () => {
  it('has 37 entries, each by the first author that authors.json lists', () => {
    expect(entries).toHaveLength(37);
    expect(entries.find(({ name }) => name === 'SWC-100')?.author).toBe('author-01');
    expect(entries.find(({ name }) => name === 'SWC-104')?.author).toBe('author-03');
    expect(new Set(entries.map(({ author }) => author)).size).toBe(4);
  });

  it('opens every entry with one notice, token by token, and goes on differently', () => {
    const notice = noticeOf(entries);
    expect(notice).toMatch(/^# Please note, this content is no longer actively maintained\./);
    expect(notice.trimEnd()).toMatch(/ComposableSecurity\/SCSVS\)\.$/);
    expect(unwrap(tokenizeText(notice)).count).toBeGreaterThan(130);
  });

  it('has no notice where entries open differently', () => {
    expect(() => noticeOf([...entries, { name: 'other', text: '# Title\n\nOther' }])).toThrow(/other opens/);
    expect(() => noticeOf([])).toThrow(/no entry/);
  });

  it('gives the third Datanet an entry of each author', () => {
    expect(small).toHaveLength(SMALL_DATANET.length);
    expect(new Set(small.map(({ author }) => author)).size).toBe(4);
  });

  it('has no entry with the word that the clone adds, and the clone has it as its last token', () => {
    for (const { text } of entries) expect(text.toLowerCase()).not.toContain(ADDED_WORD);
    const original = entries.find(({ name }) => name === CLONED_ENTRY)?.text ?? '';
    expect(unwrap(tokenizeText(cloneOf(original))).count).toBe(unwrap(tokenizeText(original)).count + 1);
    expect(cloneOf(original).startsWith(original)).toBe(true);
  });
});

describe('the sections of a text', () => {
  it('are the whole text, cut before headings', () => {
    for (const { text } of entries) expect(sectionsOf(text).join('')).toBe(text);
    expect(sectionsOf('# A\nb\n## C\nd\n')).toEqual(['# A\nb\n', '## C\nd\n']);
    expect(sectionsOf('')).toEqual(['']);
  });

  it('are not cut inside of code, where # is no heading', () => {
    expect(sectionsOf('# A\n```sh\n# comment\n```\n# B\n')).toEqual([
      '# A\n```sh\n# comment\n```\n',
      '# B\n',
    ]);
  });
});

describe('the retriever', () => {
  const clone = cloneOf(entries.find(({ name }) => name === CLONED_ENTRY)?.text ?? '');
  const texts = [...entries.map(({ text }) => text), clone];
  const registry = createRetriever(texts);
  const answered = registryQuestions(entries).map((question) => ({
    question,
    answer: registry.answer(question),
  }));

  it('answers every question, and only with words that stand in its data', () => {
    expect(answered.length).toBeGreaterThan(100);
    for (const { question, answer } of answered) {
      expect(answer, question).toBeDefined();
      expect(texts.some((text) => text.includes(answer ?? '?'))).toBe(true);
    }
  });

  it('answers some with the notice, some with the added word, some with what the prompt quotes', () => {
    const notice = noticeOf(entries);
    const answers = answered.map(({ answer }) => answer ?? '');
    expect(answers.filter((answer) => answer.includes(notice)).length).toBeGreaterThanOrEqual(3);
    expect(answers.filter((answer) => answer.includes(ADDED_WORD)).length).toBeGreaterThanOrEqual(2);
    const quoting = answered.filter(({ question, answer }) => {
      const quote = /^The registry says: (.*) Can you/s.exec(question)?.[1];
      return quote !== undefined && (answer ?? '').includes(quote);
    });
    expect(quoting.length).toBeGreaterThanOrEqual(20);
  });

  it('gives the notice from the small Datanet too', () => {
    const retriever = createRetriever(small.map(({ text }) => text));
    const answers = smallQuestions(small).map((question) => retriever.answer(question) ?? '');
    expect(answers.filter((answer) => answer.includes('no longer actively maintained'))).toHaveLength(3);
    expect(answers.every((answer) => answer !== '')).toBe(true);
  });

  it('finds the passage with the rarer words, and none without any', () => {
    const { answer } = createRetriever([
      '# Cats\nCats purr.\n# Dogs\nDogs and cats bark.\n',
      '# Fish\nFish swim.\n',
    ]);
    expect(answer('Do dogs purr?')).toBe('# Dogs\nDogs and cats bark.\n');
    expect(answer('purr')).toBe('# Cats\nCats purr.\n');
    expect(answer('What is the of?')).toBeUndefined();
    expect(answer('zebra')).toBeUndefined();
  });
});
