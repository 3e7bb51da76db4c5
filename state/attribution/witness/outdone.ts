/**
 * Judges that a chunk adds more than a pick, as far as openings show it, and the excuses that were given for that
 * (`../excuses.ts`).
 */
import { equal } from '../../../src/lib/bytes.ts';
import { failWith, ok } from '../../../src/lib/errors.ts';
import { type Fault, fail, type Result } from '../errors.ts';
import { type Outdone, outdoes } from '../excuses.ts';
import { openNovelRuns } from '../openings.ts';
import { CHUNK_TOKENS } from '../parameters.ts';
import { PICK_PHRASES_MIN, PICKS_MAX, type Positions, SECTION_TOKENS } from '../relevance.ts';
import { claimFalls, ineligible } from './claimed.ts';
import {
  badPhrase,
  bitsOfPhrase,
  checkNotHeld,
  checkNovel,
  checkTokens,
  endOfSection,
  nobodysBy,
  notThere,
  type PhraseTokens,
  phraseAt,
} from './phrase.ts';
import { type Reading, readEvidence, readSource } from './reading.ts';
import { NO_SECTIONS } from './relevance.ts';
import type { ClaimSubject, Upheld } from './subject.ts';
import type { ExcuseWitness, OutdoneWitness } from './types.ts';

/** The part of an output that is opened from the start of a section on. */
type Opened = {
  readonly subject: ClaimSubject;
  readonly output: Reading;
  readonly start: number;
  readonly nobodys: Positions;
  /** The positions of the section that begin with each token so far, by its bytes. */
  readonly starts: Map<string, number[]>;
  /** The first position that is not in `starts`. */
  next: number;
};

const nameOf = (token: Uint8Array): string => String.fromCharCode(...token);

/** Returns the earlier positions of the section that have the same token as `at`. Positions are asked for in order. */
const earlierLike = (opened: Opened, at: number, token: Uint8Array): Result<readonly number[]> => {
  for (; opened.next < at; opened.next++) {
    const here = opened.output.token(opened.next);
    if (here === undefined)
      return fail('WITNESS_NOT_OPENED', `token ${opened.next} of the text is not opened`, {
        position: opened.next,
      });
    const name = nameOf(here);
    const known = opened.starts.get(name);
    if (known === undefined) opened.starts.set(name, [opened.next]);
    else known.push(opened.next);
  }
  return ok(opened.starts.get(nameOf(token)) ?? []);
};

const standsAt = (output: Reading, at: number, phrase: PhraseTokens): boolean =>
  phrase.every((token, i) => {
    const there = output.token(at + i);
    return there !== undefined && equal(there, token);
  });

/** Checks that a phrase does not count at an earlier position of the section. */
const checkFirst = (opened: Opened, at: number, phrase: PhraseTokens): Fault | undefined => {
  const [token = new Uint8Array()] = phrase;
  const earlier = earlierLike(opened, at, token);
  if (!earlier.ok) return earlier.fault;
  for (const position of earlier.value) {
    if (opened.nobodys[position] === 1 || !standsAt(opened.output, position, phrase)) continue;
    const bits = bitsOfPhrase(opened.output, position, phrase.length, opened.subject);
    if (!bits.ok) return bits.fault;
    if (bits.value > 0) return badPhrase(at, `counts at position ${position} already`);
  }
  return undefined;
};

/** Returns what a phrase bears that the chunk holds and that counts at a position, unless it stands in the prompt. */
const bitsIfCounted = (opened: Opened, at: number, phrase: PhraseTokens): Result<number> => {
  if (opened.nobodys[at] === 1) return failWith(badPhrase(at, 'begins with a token that belongs to nobody'));
  const repeated = checkFirst(opened, at, phrase);
  if (repeated !== undefined) return failWith(repeated);
  const bits = bitsOfPhrase(opened.output, at, phrase.length, opened.subject);
  if (!bits.ok) return bits;
  return bits.value === 0 ? failWith(badPhrase(at, 'bears nothing')) : bits;
};

/**
 * Returns what an `outdone` shows. The phrases stand in the chunk, count in the section if they do not stand in the prompt, and
 * no pick before adds them; and together they bear more than the pick, or as much if the chunk comes before. So the pick is
 * the wrong one, unless some of the phrases stand in the prompt or are borne by chunks that come before. Faults: those of
 * openings, `WITNESS_INDEX`, `WITNESS_INELIGIBLE`, `WITNESS_PHRASE`, `WITNESS_NOVEL`, `WITNESS_DIFFERS`, `WITNESS_LESS`.
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
  const start = section * SECTION_TOKENS;
  const end = endOfSection(subject, section);
  const opened: Opened = {
    subject,
    output: output.value,
    start,
    nobodys: nobodysBy(subject),
    starts: new Map(),
    next: start,
  };
  const phrases: { readonly at: number; readonly bits: number }[] = [];
  let previous = start - 1;
  for (const { at, place } of witness.phrases) {
    if (at <= previous || place >= CHUNK_TOKENS)
      return failWith(badPhrase(at, 'is not in the section or in the chunk, or out of order'));
    if (added.has(at)) return failWith(badPhrase(at, 'was added by a pick before'));
    previous = at;
    const phrase = phraseAt(output.value, at, end, subject.rules);
    if (!phrase.ok) return phrase;
    if (phrase.value === undefined) return failWith(badPhrase(at, 'does not end within the section'));
    const pos = chunk * CHUNK_TOKENS + place;
    const wrong =
      checkTokens(source.value, pos, phrase.value) ??
      checkNovel(runs.value, declared.isStruck, { contribution, item, pos }, phrase.value.length);
    if (wrong !== undefined) return failWith(wrong);
    const bits = bitsIfCounted(opened, at, phrase.value);
    if (!bits.ok) return bits;
    phrases.push({ at, bits: bits.value });
  }
  const shown = { section, step, contribution, item, chunk, phrases };
  return outdoes(
    shown,
    phrases.map(({ bits }) => bits),
    picks[step],
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
  const { contribution, item, chunk, place, novelRun } = holder;
  const named = { contribution, item, pos: chunk * CHUNK_TOKENS + place, novelRun };
  const notHeld = checkNotHeld(subject, relevance, named, phrase.value, witness.shown);
  return notHeld.ok ? claimFalls('EXCUSE') : notHeld;
};

const judgePromptPlace = (
  subject: ClaimSubject,
  { shown, holder }: ExcuseWitness,
  place: number,
  phrase: PhraseTokens,
): Result<Upheld> => {
  if (shown.type !== 'source' || holder !== 0)
    return fail('WITNESS_INDEX', 'the excuse names a place in the prompt', { index: holder });
  const prompt = readSource(subject.prompt, shown.value);
  if (!prompt.ok) return prompt;
  if (place + phrase.length > prompt.value.tokens) return claimFalls('EXCUSE');
  const differs = notThere(prompt.value, place, phrase, () =>
    fail('WITNESS_HOLDS', `the phrase stands in the prompt at ${place}`, { place }),
  );
  return differs.ok ? claimFalls('EXCUSE') : differs;
};
