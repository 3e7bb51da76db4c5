/**
 * Judges that a chunk adds more than a pick, as far as openings show it, and the excuses that were given for that
 * (`../excuses.ts`).
 */
import { failWith, ok } from '../../../src/lib/errors.ts';
import { divFloorNumber } from '../../../src/lib/math.ts';
import { fail, type Result } from '../errors.ts';
import { comparedPick, type Outdone, outdoes } from '../excuses.ts';
import { openNovelRuns } from '../openings.ts';
import { CHUNK_TOKENS } from '../parameters.ts';
import { PICK_PHRASES_MIN, PICKS_MAX, type Positions, SECTION_TOKENS } from '../relevance.ts';
import { claimFalls, ineligible } from './claimed.ts';
import { informationIn } from './information.ts';
import {
  badPhrase,
  checkNotHeld,
  checkNovel,
  checkTokens,
  endOfSection,
  nobodysIn,
  notThere,
  type PhraseTokens,
  phraseAt,
} from './phrase.ts';
import { openedToken, type Reading, readEvidence, readSource } from './reading.ts';
import { NO_SECTIONS } from './relevance.ts';
import type { ClaimSubject, Upheld } from './subject.ts';
import type { ExcuseWitness, OutdoneWitness } from './types.ts';

/** The opened part of a section, from its start on. */
type OpenedSection = {
  readonly start: number;
  /** Each token as a number: two are equal if and only if they have the same. */
  readonly names: Uint16Array;
  /** The information before each token, and before the end, in Q8 bits. */
  readonly before: Uint32Array;
  readonly nobodys: Positions;
};

/**
 * Reads the tokens of a section before `end`. Each is read once, so that what follows compares numbers: a section may hold the same
 * words again and again. Fault `WITNESS_NOT_OPENED`.
 */
const openedSection = (
  subject: ClaimSubject,
  output: Reading,
  section: number,
  end: number,
): Result<OpenedSection> => {
  const start = section * SECTION_TOKENS;
  const information = informationIn(output, { start, end }, subject);
  if (!information.ok) return information;
  const names = new Uint16Array(end - start);
  const before = new Uint32Array(end - start + 1);
  const known = new Map<string, number>();
  for (let i = 0; i < end - start; i++) {
    const token = openedToken(output, start + i, 'text');
    if (!token.ok) return token;
    const bytes = String.fromCharCode(...token.value);
    const name = known.get(bytes) ?? known.size;
    known.set(bytes, name);
    names[i] = name;
    before[i + 1] = (before[i] ?? 0) + (information.value[i] ?? 0);
  }
  return ok({ start, names, before, nobodys: nobodysIn(subject, section) });
};

const bitsAt = ({ start, before }: OpenedSection, at: number, tokens: number): number =>
  divFloorNumber((before[at - start + tokens] ?? 0) - (before[at - start] ?? 0), tokens);

const isSame = ({ start, names }: OpenedSection, a: number, b: number, tokens: number): boolean => {
  for (let i = 0; i < tokens; i++) if (names[a - start + i] !== names[b - start + i]) return false;
  return true;
};

/** Returns what a phrase bears that counts at a position, unless it stands in the prompt. Fault `WITNESS_PHRASE`. */
const bitsIfCounted = (section: OpenedSection, at: number, tokens: number): Result<number> => {
  const { start, nobodys } = section;
  if (nobodys[at] === 1) return failWith(badPhrase(at, 'begins with a token that belongs to nobody'));
  const bits = bitsAt(section, at, tokens);
  if (bits === 0) return failWith(badPhrase(at, 'bears nothing'));
  for (let earlier = start; earlier < at; earlier++)
    if (
      nobodys[earlier] !== 1 &&
      isSame(section, earlier, at, tokens) &&
      bitsAt(section, earlier, tokens) > 0
    )
      return failWith(badPhrase(at, `counts at position ${earlier} already`));
  return ok(bits);
};

/** Reads the phrases that a witness names: in order, in the section, and added by no pick before. */
const namedPhrases = (
  subject: ClaimSubject,
  { section, phrases }: OutdoneWitness,
  output: Reading,
  added: ReadonlySet<number>,
): Result<readonly NamedPhrase[]> => {
  const end = endOfSection(subject, section);
  let previous = section * SECTION_TOKENS - 1;
  const named: NamedPhrase[] = [];
  for (const { at, place } of phrases) {
    if (at <= previous || place >= CHUNK_TOKENS)
      return failWith(badPhrase(at, 'is not in the section or in the chunk, or out of order'));
    if (added.has(at)) return failWith(badPhrase(at, 'was added by a pick before'));
    previous = at;
    const tokens = phraseAt(output, at, end, subject.rules);
    if (!tokens.ok) return tokens;
    if (tokens.value === undefined) return failWith(badPhrase(at, 'does not end within the section'));
    named.push({ at, place, tokens: tokens.value });
  }
  return ok(named);
};

type NamedPhrase = { readonly at: number; readonly place: number; readonly tokens: PhraseTokens };

/** Phrases share novel runs, and to look one up in the state takes longer than all else. */
const remembered = (isStruck: (index: number) => boolean): ((index: number) => boolean) => {
  const known = new Map<number, boolean>();
  return (index) => {
    const struck = known.get(index) ?? isStruck(index);
    known.set(index, struck);
    return struck;
  };
};

/**
 * Returns what an `outdone` shows. The chunk holds the phrases, with a new token in each. They count in the section if they do
 * not stand in the prompt, and no pick before adds them. Together they have more bits than the pick adds, or as many if the
 * chunk comes before. So the pick is the wrong one, unless some of the phrases stand in the prompt, or three earlier chunks
 * hold them. Faults: those of openings, `WITNESS_INDEX`, `WITNESS_INELIGIBLE`, `WITNESS_PHRASE`, `WITNESS_NOVEL`,
 * `WITNESS_DIFFERS`, `WITNESS_LESS`.
 */
export const judgeOutdone = (subject: ClaimSubject, witness: OutdoneWitness): Result<Outdone> => {
  const { relevance } = subject;
  if (relevance === undefined) return NO_SECTIONS;
  const { section, step, contribution, item, chunk } = witness;
  const picks = relevance.sections[section]?.picks;
  if (picks === undefined || step >= PICKS_MAX || step > picks.length)
    return fail('WITNESS_INDEX', `the claim has no step ${step} in section ${section}`, { section, step });
  if (witness.phrases.length < PICK_PHRASES_MIN)
    return fail('WITNESS_LESS', `a chunk that adds ${witness.phrases.length} phrases is not picked`);
  const cited = subject.source(contribution);
  const declared = relevance.novelRuns(contribution);
  if (cited === undefined || declared === undefined) return ineligible(contribution);
  const output = readSource(subject.output, witness.output);
  if (!output.ok) return output;
  const source = readEvidence(cited, item, witness.source);
  if (!source.ok) return source;
  const runs = openNovelRuns(witness.novelRuns, declared.root);
  if (!runs.ok) return runs;
  const added = new Set(picks.slice(0, step).flatMap(({ phrases }) => phrases.map(({ at }) => at)));
  const named = namedPhrases(subject, witness, output.value, added);
  if (!named.ok) return named;
  const past = Math.max(0, ...named.value.map(({ at, tokens }) => at + tokens.length));
  const opened = openedSection(subject, output.value, section, past);
  if (!opened.ok) return opened;
  const isStruck = remembered(declared.isStruck);
  const phrases: { readonly at: number; readonly bits: number }[] = [];
  for (const { at, place, tokens } of named.value) {
    const pos = chunk * CHUNK_TOKENS + place;
    const wrong =
      checkTokens(source.value, pos, tokens) ??
      checkNovel(runs.value, isStruck, { contribution, item, pos }, tokens.length);
    if (wrong !== undefined) return failWith(wrong);
    const bits = bitsIfCounted(opened.value, at, tokens.length);
    if (!bits.ok) return bits;
    phrases.push({ at, bits: bits.value });
  }
  const shown = { section, step, contribution, item, chunk, phrases, pick: comparedPick(picks[step]) };
  return outdoes(
    shown,
    phrases.map(({ bits }) => bits),
    shown.pick,
  )
    ? ok(shown)
    : fail('WITNESS_LESS', `the chunk adds no more than the pick at step ${step}`, { section, step });
};

/**
 * Judges an excuse by one of the chunks that it names, or by the prompt. A true one has the phrase there, token by token, so one
 * token that differs is enough, as for a claimed phrase.
 */
export const judgeExcuse = (subject: ClaimSubject, witness: ExcuseWitness): Result<Upheld> => {
  const { relevance } = subject;
  if (relevance === undefined) return NO_SECTIONS;
  const answered = relevance.excused(witness.challenge);
  const excuse = answered?.excuses[witness.excuse];
  const shown = excuse === undefined ? undefined : answered?.outdone.phrases[excuse.phrase];
  if (answered === undefined || excuse === undefined || shown === undefined)
    return fail('WITNESS_INDEX', `the claim was not answered for by an excuse ${witness.excuse}`, {
      index: witness.excuse,
    });
  const output = readSource(subject.output, witness.output);
  if (!output.ok) return output;
  const { section } = answered.outdone;
  const phrase = phraseAt(output.value, shown.at, endOfSection(subject, section), subject.rules);
  if (!phrase.ok) return phrase;
  // The chain has seen that it ends in the section when the chunk was shown.
  if (phrase.value === undefined) return failWith(badPhrase(shown.at, 'does not end within the section'));
  const { reason } = excuse;
  if (reason.type === 'prompt') return judgePromptPlace(subject, witness, reason.value.place, phrase.value);
  const holder = reason.value.places[witness.holder];
  if (holder === undefined)
    return fail('WITNESS_INDEX', `the excuse names no chunk ${witness.holder}`, { index: witness.holder });
  const { contribution, item, chunk, place } = holder;
  const named = { contribution, item, pos: chunk * CHUNK_TOKENS + place };
  const notHeld = checkNotHeld(subject, relevance, named, phrase.value, witness.shown);
  return notHeld.ok ? claimFalls('EXCUSE') : notHeld;
};

const judgePromptPlace = (
  subject: ClaimSubject,
  { shown, holder }: ExcuseWitness,
  place: number,
  phrase: PhraseTokens,
): Result<Upheld> => {
  if (holder !== 0) return fail('WITNESS_INDEX', 'the excuse names a place in the prompt', { index: holder });
  const prompt = readSource(subject.prompt, shown);
  if (!prompt.ok) return prompt;
  if (place + phrase.length > prompt.value.tokens) return claimFalls('EXCUSE');
  const differs = notThere(prompt.value, place, phrase, () =>
    fail('WITNESS_HOLDS', `the phrase stands in the prompt at ${place}`, { place }),
  );
  return differs.ok ? claimFalls('EXCUSE') : differs;
};
