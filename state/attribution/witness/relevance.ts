/**
 * Judges a witness against the sections of a claim: the phrases that the picks are claimed to add, and what a section bears.
 * Each function says why its witness suffices. Whether another chunk adds more is judged in `outdone.ts`.
 */
import { failWith, ok } from '../../../src/lib/errors.ts';
import { fail, type Result } from '../errors.ts';
import type { Opening } from '../openings.ts';
import { CHUNK_TOKENS } from '../parameters.ts';
import { BEARERS_MAX, compareChunks, type Phrase, type PickedChunk, SECTION_TOKENS } from '../relevance.ts';
import { claimFalls } from './claimed.ts';
import {
  badPhrase,
  bitsOfPhrase,
  checkHolder,
  checkNotHeld,
  checkNotNovel,
  endOfSection,
  nobodysIn,
  type PhraseTokens,
  phraseAt,
} from './phrase.ts';
import { alignedTokens, provenText, type Reading, readSource } from './reading.ts';
import type { ClaimSubject, RelevanceSubject, Upheld } from './subject.ts';
import type {
  AbsentWitness,
  BitsWitness,
  CrowdedWitness,
  PromptedWitness,
  RepeatedWitness,
  SectionWitness,
} from './types.ts';

export const NO_SECTIONS = fail('WITNESS_KIND', 'a draw of a calibration has no sections');

const badIndex = (index: number): Result<never> =>
  fail('WITNESS_INDEX', `the claim has nothing at ${index}`, { index });

/** What every witness against a claimed phrase names and opens. */
type AgainstPhrase = {
  readonly section: number;
  readonly pick: number;
  readonly phrase: number;
  readonly output: Opening;
};

/** A claimed phrase. `tokens` is undefined if it does not end within its section. */
type ClaimedPhrase = {
  readonly relevance: RelevanceSubject;
  readonly picked: PickedChunk;
  readonly phrase: Phrase;
  readonly output: Reading;
  readonly tokens: PhraseTokens | undefined;
};

const claimedPhrase = (subject: ClaimSubject, witness: AgainstPhrase): Result<ClaimedPhrase> => {
  const { relevance } = subject;
  if (relevance === undefined) return NO_SECTIONS;
  const picked = relevance.sections[witness.section]?.picks[witness.pick];
  const phrase = picked?.phrases[witness.phrase];
  if (picked === undefined || phrase === undefined) return badIndex(witness.phrase);
  const output = readSource(subject.output, witness.output);
  if (!output.ok) return output;
  const tokens = phraseAt(output.value, phrase.at, endOfSection(subject, witness.section), subject.rules);
  return tokens.ok ? ok({ relevance, picked, phrase, output: output.value, tokens: tokens.value }) : tokens;
};

/** Whatever else a witness shows, a phrase that does not end within its section is none. */
const phraseEnds = (): Result<Upheld> => claimFalls('PHRASE_ENDS');

/** Judges a phrase by the place that it is claimed to have, or by the novel run. A true one is there, token by token. */
export const judgeAbsent = (subject: ClaimSubject, witness: AbsentWitness): Result<Upheld> => {
  const claimed = claimedPhrase(subject, witness);
  if (!claimed.ok) return claimed;
  const { relevance, picked, phrase, tokens } = claimed.value;
  if (tokens === undefined) return phraseEnds();
  const { contribution, item, chunk } = picked;
  const { place, novelRun } = phrase;
  const named = { contribution, item, pos: chunk * CHUNK_TOKENS + place, novelRun };
  const { shown } = witness;
  const absent =
    shown.type === 'source'
      ? checkNotHeld(subject, relevance, named, tokens, shown.value)
      : checkNotNovel(subject, relevance, named, tokens, shown.value);
  return absent.ok ? claimFalls('ABSENT') : absent;
};

/** Judges a phrase that also stands in the prompt: no such phrase counts. */
export const judgePrompted = (subject: ClaimSubject, witness: PromptedWitness): Result<Upheld> => {
  const claimed = claimedPhrase(subject, witness);
  if (!claimed.ok) return claimed;
  const { phrase, output, tokens } = claimed.value;
  if (tokens === undefined) return phraseEnds();
  const prompt = readSource(subject.prompt, witness.prompt);
  if (!prompt.ok) return prompt;
  const start = phrase.at;
  const stretch = { start, end: start + tokens.length, place: witness.place };
  const aligned = alignedTokens(output, prompt.value, stretch);
  return aligned.ok ? claimFalls('PROMPTED') : aligned;
};

/**
 * Judges a phrase that counts at an earlier position of its section: it is nobody's there by the claim, and it bears
 * something there. If the claim says wrongly that the position is nobody's or is not, its spans are false.
 */
export const judgeRepeated = (subject: ClaimSubject, witness: RepeatedWitness): Result<Upheld> => {
  const claimed = claimedPhrase(subject, witness);
  if (!claimed.ok) return claimed;
  const { phrase, output, tokens } = claimed.value;
  if (tokens === undefined) return phraseEnds();
  const { section, earlier } = witness;
  if (earlier < section * SECTION_TOKENS || earlier >= phrase.at)
    return failWith(badPhrase(earlier, 'is not at an earlier position of the section'));
  if (nobodysIn(subject, section)[earlier] === 1)
    return failWith(badPhrase(earlier, 'begins with a token that belongs to nobody'));
  const before = readSource(subject.output, witness.before);
  if (!before.ok) return before;
  const end = phrase.at + tokens.length;
  const aligned = alignedTokens(output, before.value, { start: phrase.at, end, place: earlier });
  if (!aligned.ok) return aligned;
  const bits = bitsOfPhrase(before.value, earlier, tokens.length, subject);
  if (!bits.ok) return bits;
  return bits.value === 0 ? failWith(badPhrase(earlier, 'bears nothing')) : claimFalls('REPEATED');
};

/** Judges a phrase that as many chunks hold as may bear it, all of which come before that of the pick. */
export const judgeCrowded = (subject: ClaimSubject, witness: CrowdedWitness): Result<Upheld> => {
  const claimed = claimedPhrase(subject, witness);
  if (!claimed.ok) return claimed;
  const { relevance, picked, tokens } = claimed.value;
  if (tokens === undefined) return phraseEnds();
  const { holders } = witness;
  if (holders.length !== BEARERS_MAX)
    return fail(
      'WITNESS_HOLDERS',
      `${holders.length} chunks are shown, and ${BEARERS_MAX} may bear a phrase`,
    );
  const chunks = [...holders.map(({ pos, ...place }) => ({ ...place, chunk: pos >>> 6 })), picked];
  for (const [i, holder] of holders.entries()) {
    const [here, next] = [chunks[i], chunks[i + 1]];
    if (here === undefined || next === undefined || compareChunks(here, next) >= 0)
      return fail('WITNESS_HOLDERS', 'the chunks do not ascend, or do not come before that of the pick');
    const wrong = checkHolder(subject, relevance, holder, tokens);
    if (wrong !== undefined) return failWith(wrong);
  }
  return claimFalls('CROWDED');
};

/** Judges what a phrase bears, which follows from the output alone. */
export const judgeBits = (subject: ClaimSubject, witness: BitsWitness): Result<Upheld> => {
  const claimed = claimedPhrase(subject, witness);
  if (!claimed.ok) return claimed;
  const { phrase, output, tokens } = claimed.value;
  if (tokens === undefined) return phraseEnds();
  const bits = bitsOfPhrase(output, phrase.at, tokens.length, subject);
  if (!bits.ok) return bits;
  return bits.value === phrase.bits
    ? fail('WITNESS_HOLDS', `the phrase at ${phrase.at} bears ${bits.value}`, { at: phrase.at })
    : claimFalls('PHRASE_BITS');
};

/** Returns the information before a position at which a chunk begins, or at which the output ends. */
const informationBefore = ({ output }: ClaimSubject, position: number, opening: Opening): Result<number> => {
  if (output.type !== 'text') return NO_SECTIONS;
  const read = readSource(output, opening);
  if (!read.ok) return read;
  const opened = provenText(output, opening);
  if (!opened.ok) return opened;
  const { information, first, chunks } = opened.value;
  if (position === output.tokens) return ok(information);
  const chunk = chunks[(position >>> 6) - first];
  return chunk === undefined
    ? fail('WITNESS_NOT_OPENED', `chunk ${position >>> 6} is not opened`, { chunk: position >>> 6 })
    : ok(chunk.infoBefore);
};

/**
 * Judges what a section bears. Sections begin where chunks do, and the commitment of the output has the running sum before
 * each chunk. If these sums do not add up, the receipt itself is malformed.
 */
export const judgeSection = (subject: ClaimSubject, witness: SectionWitness): Result<Upheld> => {
  const { section } = witness;
  const claimed = subject.relevance?.sections[section];
  if (subject.relevance === undefined) return NO_SECTIONS;
  if (claimed === undefined) return badIndex(section);
  const start = informationBefore(subject, section * SECTION_TOKENS, witness.start);
  if (!start.ok) return start;
  const end = informationBefore(subject, endOfSection(subject, section), witness.end);
  if (!end.ok) return end;
  return end.value - start.value === claimed.information
    ? fail('WITNESS_HOLDS', `section ${section} bears ${claimed.information}`, { section })
    : claimFalls('SECTION');
};
