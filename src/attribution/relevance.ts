/**
 * Finds the chunks that share most with an answer: the sections of a claim, exactly as the brute-force oracle in `test/oracle`
 * does (docs/attribution.md#relevance).
 */
import { CHUNK_TOKENS } from '../../state/attribution/parameters.ts';
import {
  type ChunkPlace,
  compareChunks,
  type Phrase,
  type PickedChunk,
  type Positions,
  SECTION_TOKENS,
  type Section,
} from '../../state/attribution/relevance.ts';
import type { TextRules } from '../../state/attribution/rules.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import { type BearingPlace, bearersAmong, chunkOf, type PhraseHolders } from './phrase-holders.ts';
import { NO_PHRASE, PhraseNames } from './phrase-names.ts';
import { pickChunks } from './picks.ts';

export type Answer = {
  readonly rules: TextRules;
  readonly output: Tokens;
  readonly prompt: Tokens;
  /** The information of each token of the output, in Q8 bits. */
  readonly info: Uint16Array;
  /** The positions of the output that the spans give to nobody. */
  readonly nobodys: Positions;
};

/** The phrases of a section that count: the positions at which they begin, their names, and their bits. */
type Counted = {
  readonly positions: readonly number[];
  readonly names: readonly number[];
  readonly bits: readonly number[];
  /** The information of the whole section. */
  readonly information: number;
};

/** Returns the information of the tokens [from, to), in Q8 bits. */
const informationIn = (info: Uint16Array, from: number, to: number): number => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += info[i] ?? 0;
  return sum;
};

const countedIn = (
  { info, nobodys }: Answer,
  { names, ends }: PhraseNames,
  prompted: Uint8Array,
  from: number,
  to: number,
): Counted => {
  const seen = new Set<number>();
  const positions: number[] = [];
  const bits: number[] = [];
  for (let at = from; at < to; at++) {
    const name = names[at] ?? NO_PHRASE;
    const end = ends[at] ?? 0;
    if (name === NO_PHRASE || end > to) break;
    if (nobodys[at] === 1 || prompted[name] === 1 || seen.has(name)) continue;
    const mean = Math.floor(informationIn(info, at, end) / (end - at));
    // What bears nothing here may bear something further on.
    if (mean === 0) continue;
    seen.add(name);
    positions.push(at);
    bits.push(mean);
  }
  return { positions, names: [...seen], bits, information: informationIn(info, from, to) };
};

/** Finds the bearers of all phrases that count anywhere, each phrase once. Returns them by name. */
const bearersOf = (
  holders: PhraseHolders,
  { output }: Answer,
  { count, ends }: PhraseNames,
  sections: readonly Counted[],
): readonly (readonly BearingPlace[])[] => {
  const index = new Int32Array(count).fill(-1);
  const starts: number[] = [];
  for (const { positions, names } of sections)
    for (const [i, name] of names.entries())
      if (index[name] === -1) {
        index[name] = starts.length;
        starts.push(positions[i] ?? 0);
      }
  const places = holders.firstChunks(output, {
    starts: Uint32Array.from(starts),
    ends: Uint32Array.from(starts, (start) => ends[start] ?? 0),
    count: starts.length,
  });
  return Array.from(index, (i) => bearersAmong(places[i] ?? []));
};

/** Chunks in their order, and by phrase the numbers of those that bear it. */
type Numbered = { readonly chunks: readonly ChunkPlace[]; readonly numbers: readonly (readonly number[])[] };

const numbered = (bearers: readonly (readonly BearingPlace[])[]): Numbered => {
  const places = bearers
    .flatMap((each, phrase) => each.map((place, i) => ({ ...chunkOf(place), phrase, i })))
    .sort(compareChunks);
  const numbers = bearers.map((each) => each.map(() => 0));
  const chunks: ChunkPlace[] = [];
  for (const place of places) {
    const last = chunks.at(-1);
    if (last === undefined || compareChunks(last, place) !== 0) chunks.push(place);
    const own = numbers[place.phrase];
    if (own !== undefined) own[place.i] = chunks.length - 1;
  }
  return { chunks, numbers };
};

const sectionOf = (
  { positions, names, bits, information }: Counted,
  bearers: readonly (readonly BearingPlace[])[],
): Section => {
  const borne = names.map((name) => bearers[name] ?? []);
  const { chunks, numbers } = numbered(borne);
  const added = new Uint8Array(positions.length);
  const picks = pickChunks(bits, numbers, chunks.length).flatMap((number): readonly PickedChunk[] => {
    const picked = chunks[number];
    if (picked === undefined) return [];
    const phrases: Phrase[] = [];
    for (const [i, at] of positions.entries()) {
      const place = borne[i]?.[numbers[i]?.indexOf(number) ?? -1];
      if (place === undefined || added[i] === 1) continue;
      added[i] = 1;
      const { pos, novelRun } = place;
      phrases.push({ at, place: pos % CHUNK_TOKENS, bits: bits[i] ?? 0, novelRun });
    }
    const { contribution, item, chunk } = picked;
    return [{ contribution, item, chunk, phrases }];
  });
  return { information, picks };
};

/** Returns the sections of an answer with their picks. */
export const findSections = (holders: PhraseHolders, answer: Answer): readonly Section[] => {
  const { output, prompt, rules } = answer;
  const phrases = new PhraseNames(rules, output);
  const prompted = phrases.standingIn(prompt);
  const counted: Counted[] = [];
  for (let from = 0; from < output.count; from += SECTION_TOKENS)
    counted.push(countedIn(answer, phrases, prompted, from, Math.min(output.count, from + SECTION_TOKENS)));
  const bearers = bearersOf(holders, answer, phrases, counted);
  return counted.map((each) => sectionOf(each, bearers));
};
