/**
 * The brute-force oracle of the relevance track, written from its rules (docs/attribution.md#relevance) alone. Words are
 * strings, and every phrase of an answer is compared with every place of every item. It shares nothing with the code it
 * judges.
 */
import type { ContributionId } from '../../src/lib/ids.ts';
import { isOracleWord } from './oracle.ts';

export type OracleNovelRun = { readonly item: number; readonly start: number; readonly end: number };

export type OracleHolder = {
  readonly contribution: ContributionId;
  readonly items: readonly (readonly string[])[];
  /** The novel runs that it declared, and which of them are struck, by index. */
  readonly novelRuns: readonly OracleNovelRun[];
  readonly struck?: ReadonlySet<number>;
  readonly commons?: true;
};

export type OracleRelevanceCase = {
  readonly output: readonly string[];
  /** The Q8 bits of each token where it stands in the output. */
  readonly info: readonly number[];
  readonly prompt: readonly string[];
  /** The positions of the output that belong to nobody. */
  readonly nobodys?: ReadonlySet<number>;
  /** The eligible contributions, in any order. */
  readonly contributions: readonly OracleHolder[];
  /** D, in base units; 1 without it, so that a weight is a share of the data money in units of 2^-32. */
  readonly data?: bigint;
};

export type OraclePhrase = {
  readonly at: number;
  readonly place: number;
  readonly bits: number;
  readonly novelRun: number;
};

export type OraclePick = {
  readonly contribution: ContributionId;
  readonly item: number;
  readonly chunk: number;
  readonly phrases: readonly OraclePhrase[];
};

export type OracleSection = { readonly information: number; readonly picks: readonly OraclePick[] };

export type OracleRelevance = {
  readonly sections: readonly OracleSection[];
  /** W_c of each contribution that is picked, by id. */
  readonly weights: readonly { readonly contribution: ContributionId; readonly weight: bigint }[];
};

const SECTION = 512;
const CHUNK = 64;
const BEARERS = 3;
const PICKS = 16;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Rule 2: the end of the phrase that begins at a token; undefined if the text ends before it does. */
export const oraclePhraseEnd = (tokens: readonly string[], from: number): number | undefined => {
  for (let end = from + 3; end <= Math.min(tokens.length, from + 6); end++) {
    const halves = tokens.slice(from, end).map((token) => (isOracleWord(token) ? 2 : 1));
    if (sum(halves) >= 6) return end;
  }
  return undefined;
};

const standsAt = (phrase: readonly string[], text: readonly string[], at: number): boolean =>
  phrase.every((token, i) => text[at + i] === token);

const standsIn = (phrase: readonly string[], text: readonly string[]): boolean =>
  text.some((_, at) => standsAt(phrase, text, at));

/** A place of an item at which a phrase stands, and the first novel run with one of its tokens; -1 if there is none. */
type Place = {
  readonly contribution: ContributionId;
  readonly item: number;
  readonly chunk: number;
  readonly place: number;
  readonly novelRun: number;
};

/** Rule 4: all places at which a phrase stands, in the order of the contributions, their items and their tokens. */
const placesOf = (phrase: readonly string[], contributions: readonly OracleHolder[]): readonly Place[] =>
  contributions
    .filter(({ commons }) => commons !== true)
    .toSorted((a, b) => a.contribution - b.contribution)
    .flatMap(({ contribution, items, novelRuns, struck }) =>
      items.flatMap((tokens, item) =>
        tokens.flatMap((_, at) => {
          if (!standsAt(phrase, tokens, at)) return [];
          const novelRun = novelRuns.findIndex(
            (run, i) =>
              struck?.has(i) !== true && run.item === item && run.start < at + phrase.length && at < run.end,
          );
          const chunk = Math.floor(at / CHUNK);
          return [{ contribution, item, chunk, place: at % CHUNK, novelRun }];
        }),
      ),
    );

const isSameChunk = (a: Omit<Place, 'place'>, b: Omit<Place, 'place'>): boolean =>
  a.contribution === b.contribution && a.item === b.item && a.chunk === b.chunk;

/**
 * Rule 5: of the first three chunks that hold a phrase, those that bear it, each with its first place there that has a novel
 * token. A chunk that has copied the phrase bears nothing, and counts among the three all the same.
 */
const bearersOf = (places: readonly Place[]): readonly Place[] =>
  places
    .filter((place, i) => places.findIndex((other) => isSameChunk(other, place)) === i)
    .slice(0, BEARERS)
    .flatMap((first) => places.find((place) => isSameChunk(place, first) && place.novelRun >= 0) ?? []);

type Borne = { readonly at: number; readonly bits: number; readonly bearers: readonly Place[] };

/** Rule 3: the phrases of a section that count. */
const countedIn = (
  start: number,
  end: number,
  { output, info, prompt, nobodys, contributions }: OracleRelevanceCase,
): readonly Borne[] => {
  const counted: { readonly words: readonly string[]; readonly borne: Borne }[] = [];
  for (let at = start; at < end; at++) {
    const past = oraclePhraseEnd(output, at);
    if (past === undefined || past > end || nobodys?.has(at) === true) continue;
    const words = output.slice(at, past);
    if (standsIn(words, prompt)) continue;
    if (counted.some((each) => each.words.join(' ') === words.join(' '))) continue;
    const bits = Math.floor(sum(info.slice(at, past)) / words.length);
    if (bits === 0) continue;
    counted.push({ words, borne: { at, bits, bearers: bearersOf(placesOf(words, contributions)) } });
  }
  return counted.map(({ borne }) => borne);
};

/** Rule 6. */
const picksOf = (counted: readonly Borne[]): readonly OraclePick[] => {
  const picks: OraclePick[] = [];
  let left = counted;
  while (picks.length < PICKS) {
    let best: OraclePick | undefined;
    const chunks = left.flatMap(({ bearers }) => bearers);
    for (const chunk of chunks) {
      const phrases = left.flatMap(({ at, bits, bearers }) =>
        bearers
          .filter((bearer) => isSameChunk(bearer, chunk))
          .map(({ place, novelRun }) => ({ at, place, bits, novelRun })),
      );
      if (phrases.length < 2) continue;
      const { contribution, item } = chunk;
      const adds = { contribution, item, chunk: chunk.chunk, phrases };
      const more = best === undefined ? 1 : added(adds) - added(best);
      if (more > 0 || (more === 0 && best !== undefined && isBefore(adds, best))) best = adds;
    }
    if (best === undefined) break;
    const taken = new Set(best.phrases.map(({ at }) => at));
    picks.push(best);
    left = left.filter(({ at }) => !taken.has(at));
  }
  return picks;
};

const added = ({ phrases }: OraclePick): number => sum(phrases.map(({ bits }) => bits));

const isBefore = (a: OraclePick, b: OraclePick): boolean =>
  a.contribution !== b.contribution
    ? a.contribution < b.contribution
    : a.item !== b.item
      ? a.item < b.item
      : a.chunk < b.chunk;

/** Rules 1 to 7. */
export const oracleRelevance = (given: OracleRelevanceCase): OracleRelevance => {
  const { output, info, data = 1n } = given;
  const sections: OracleSection[] = [];
  for (let start = 0; start < output.length; start += SECTION) {
    const end = Math.min(output.length, start + SECTION);
    sections.push({
      information: sum(info.slice(start, end)),
      picks: picksOf(countedIn(start, end, given)),
    });
  }
  const total = BigInt(Math.max(1, sum(info)));
  const weights = new Map<ContributionId, bigint>();
  for (const { information, picks } of sections) {
    const all = sum(picks.map(added));
    const paid = BigInt(Math.min(information, 10 * all));
    for (const pick of picks) {
      const share = (BigInt(added(pick)) * paid * 2n ** 32n) / (BigInt(all) * total);
      weights.set(pick.contribution, (weights.get(pick.contribution) ?? 0n) + data * share);
    }
  }
  return {
    sections,
    weights: [...weights]
      .map(([contribution, weight]) => ({ contribution, weight }))
      .sort((a, b) => a.contribution - b.contribution),
  };
};
