/** The text that is indexed, a stretch at a time: nobody ever holds all of it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { readRowTexts, unreadable } from '../../../src/attribution/corpus-files.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { CodedError, fault, unwrap } from '../../../src/lib/errors.ts';
import { trainProblems } from '../../../tools/demo/dataset.ts';
import { pick, type Random, randomFrom, times } from '../../../tools/lib/random.ts';
import { edited, sentencesOf } from './edits.ts';

/** The items of one contribution. */
export type Contribution = readonly string[];

const CHUNK_BYTES = 1 << 20;

/** The lines of a file, in chunks. @throws CodedError `FILE_UNREADABLE`, `UTF8_INVALID` */
function* linesOf(path: string): Generator<string> {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    return unwrap(unreadable(path, error));
  }
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const chunk = new Uint8Array(CHUNK_BYTES);
    let rest = '';
    for (let ended = false; !ended; ) {
      let length: number;
      try {
        length = readSync(file, chunk);
      } catch (error) {
        return unwrap(unreadable(path, error));
      }
      ended = length === 0;
      let text: string;
      try {
        text = decoder.decode(chunk.subarray(0, length), { stream: !ended });
      } catch {
        throw new CodedError(
          fault('UTF8_INVALID', `${path}: the bytes are not valid UTF-8`, { source: path }),
        );
      }
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    yield rest;
  } finally {
    closeSync(file);
  }
}

const wellFormed = (text: string, source: string): string => {
  if (!text.isWellFormed())
    throw new CodedError(
      fault('TEXT_LONE_SURROGATE', `${source}: the text holds half of a surrogate pair, which has no UTF-8`, {
        source,
      }),
    );
  return text;
};

/**
 * The rows of a .jsonl file, each a contribution; blank lines are none.
 *
 * @param fields - the first of them that a row has is read; undefined is a row that is itself a text, or its field `text`
 * @throws CodedError `FILE_UNREADABLE`, `UTF8_INVALID`, `CORPUS_JSON`, `CORPUS_ROW`, `TEXT_LONE_SURROGATE`
 */
export function* rowsOf(path: string, fields: readonly (string | undefined)[]): Generator<Contribution> {
  let number = 0;
  for (const line of linesOf(path)) {
    number += 1;
    if (line.trim() === '') continue;
    const source = `${path}:${number}`;
    const [first, ...others] = fields;
    let texts = readRowTexts(line, source, first);
    for (const field of others) {
      if (texts.ok) break;
      const other = readRowTexts(line, source, field);
      if (other.ok) texts = other;
    }
    yield unwrap(texts).map((text) => wellFormed(text, source));
  }
}

const problems = (): readonly string[] =>
  trainProblems().map(({ question, answer }) => `${question}\n${answer}`);

/**
 * `bytes` of text, or little more: all rows as they are, then, over and over, edited. Without rows, they are the problems
 * of GSM8K with their answers.
 *
 * @throws CodedError `CORPUS_EMPTY`
 */
export function* grownCorpus(
  bytes: number,
  seed: number,
  rows: readonly string[] = problems(),
): Generator<Contribution> {
  if (!rows.some((row) => row.trim() !== ''))
    throw new CodedError(fault('CORPUS_EMPTY', 'the corpus holds no text'));
  const sentences = rows.map(sentencesOf);
  const words = sentences.flat(2);
  const random = randomFrom(seed);
  let grown = 0;
  for (let i = 0; grown < bytes; i++) {
    const row = i % rows.length;
    const text = i < rows.length ? (rows[row] ?? '') : edited(random, sentences[row] ?? [], words);
    grown += Buffer.byteLength(text);
    yield [text];
  }
}

/** Words of a phrase that is permuted; about as many tokens. */
const PHRASE_WORDS = 8;
/** Phrases of a contribution. */
const PHRASES = 100;

/** Returns endless texts of the same phrases in random order, each of the first words of a problem. */
const permuter = (phrases: number, random: Random): (() => string) => {
  const all = trainProblems()
    .slice(0, phrases)
    .map(({ question }) => question.split(/\s+/).slice(0, PHRASE_WORDS).join(' '));
  return () => times(PHRASES, () => pick(random, all)).join(' ');
};

/**
 * `bytes` of text, or little more, in which every run is common and most stretches of a few phrases are not: every list
 * grows with the text.
 */
export function* permutedCorpus(bytes: number, seed: number, phrases: number): Generator<Contribution> {
  const next = permuter(phrases, randomFrom(seed));
  for (let grown = 0; grown < bytes; ) {
    const text = next();
    grown += Buffer.byteLength(text);
    yield [text];
  }
}

/** Returns another text of the same phrases at each call. */
export const permutedTexts = (seed: number, phrases: number): (() => string) =>
  permuter(phrases, randomFrom(seed));

/** Some of what passed, every text as likely as any other, each cut to a length that a few thousand may have. */
export class Sample {
  readonly #texts: Uint8Array[] = [];
  readonly #random: Random;
  #passed = 0;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  /** Algorithm R (Vitter, 1985). */
  pass(text: string): void {
    this.#passed += 1;
    const at = this.#texts.length < SAMPLED ? this.#texts.length : this.#random(this.#passed);
    if (at < SAMPLED) this.#texts[at] = utf8(text.slice(0, SAMPLED_LENGTH).toWellFormed());
  }

  get texts(): readonly string[] {
    const decoder = new TextDecoder();
    return this.#texts.map((text) => decoder.decode(text));
  }
}

const SAMPLED = 3000;
const SAMPLED_LENGTH = 4096;
