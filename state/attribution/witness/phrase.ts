/** Reads phrases of opened texts, and the places that hold them: the parts of the judges of relevance. */
import { equal } from '../../../src/lib/bytes.ts';
import { failWith, ok } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { divFloorNumber } from '../../../src/lib/math.ts';
import { bordersOf } from '../borders.ts';
import type { Claim } from '../claim.ts';
import { type Fault, fail, fault, type Result } from '../errors.ts';
import { layOutItem } from '../malformed.ts';
import type { NovelRun } from '../novel-runs.ts';
import { type NovelRunsOpening, type Opening, openNovelRuns } from '../openings.ts';
import { precedenceOf } from '../owners.ts';
import { halfWordsAt, PHRASE_HALF_WORDS } from '../phrases.ts';
import { nobodysOf, type Positions, SECTION_TOKENS } from '../relevance.ts';
import type { TextRules } from '../rules.ts';
import { attributeClaim } from '../settlement.ts';
import { ineligible } from './claimed.ts';
import { informationIn } from './information.ts';
import { openedToken, provenItem, type Reading, readEvidence } from './reading.ts';
import type { ClaimSubject, EligibleSource, NovelRunsSource, RelevanceSubject } from './subject.ts';
import type { ShownHolder } from './types.ts';

/** The tokens of a phrase. */
export type PhraseTokens = readonly Uint8Array[];

export const badPhrase = (at: number, why: string): Fault =>
  fault('WITNESS_PHRASE', `the phrase at position ${at} ${why}`, { at });

/** Returns the position after the last token of a section. */
export const endOfSection = ({ output }: ClaimSubject, section: number): number =>
  Math.min((section + 1) * SECTION_TOKENS, output.tokens);

/** Returns the runs of a claim that lie over tokens [start, end), with sums that mean nothing. */
const runsOver = ({ x, matches, shared }: Claim, start: number, end: number, outputTokens: number): Claim => {
  const isOver = (run: { readonly start: number; readonly end: number }): boolean =>
    run.start < end && start < run.end;
  const kept = new Map<number, number>();
  for (const [index, match] of matches.entries()) if (isOver(match)) kept.set(index, kept.size);
  const runs = {
    x: x.filter(isOver),
    matches: matches.filter(isOver),
    // A shared run lies within its match.
    shared: shared.filter(isOver).map((run) => ({ ...run, match: kept.get(run.match) ?? 0 })),
  };
  return { ...runs, info: bordersOf(runs, outputTokens).map(() => 0) };
};

/**
 * Returns the positions of a section that belong to nobody by the spans of the claim. Who owns a position depends on the runs
 * over it alone, and a claim may have thousands of others.
 */
export const nobodysIn = (subject: ClaimSubject, section: number): Positions => {
  const { claim, output, rules, commons } = subject;
  const runs = runsOver(claim, section * SECTION_TOKENS, endOfSection(subject, section), output.tokens);
  return nobodysOf(attributeClaim(runs, output.tokens, precedenceOf(rules, commons)), commons, output.tokens);
};

/**
 * Returns the tokens of the phrase that begins at a position; undefined if it does not end by `end`. Fault
 * `WITNESS_NOT_OPENED`.
 */
export const phraseAt = (
  reading: Reading,
  at: number,
  end: number,
  { codePoints }: TextRules,
): Result<PhraseTokens | undefined> => {
  const tokens: Uint8Array[] = [];
  let halfWords = 0;
  for (let i = at; i < end; i++) {
    const token = openedToken(reading, i, 'text');
    if (!token.ok) return token;
    tokens.push(token.value);
    halfWords += halfWordsAt(codePoints, token.value, 0);
    if (halfWords >= PHRASE_HALF_WORDS) return ok(tokens);
  }
  return ok(undefined);
};

/** Returns the mean information of the tokens of a phrase, rounded down, in Q8 bits. Fault `WITNESS_NOT_OPENED`. */
export const bitsOfPhrase = (
  reading: Reading,
  at: number,
  tokens: number,
  subject: ClaimSubject,
): Result<number> => {
  const information = informationIn(reading, { start: at, end: at + tokens }, subject);
  return information.ok
    ? ok(
        divFloorNumber(
          information.value.reduce((sum, bits) => sum + bits, 0),
          tokens,
        ),
      )
    : information;
};

/** A place of an item. */
export type ItemPlace = {
  readonly contribution: ContributionId;
  readonly item: number;
  readonly pos: number;
};

const overlaps = (run: NovelRun, { item, pos }: ItemPlace, tokens: number): boolean =>
  run.item === item && run.start < pos + tokens && pos < run.end;

/** Checks that one of the opened novel runs counts and has a token of a phrase. Fault `WITNESS_NOVEL`. */
export const checkNovel = (
  { first, runs }: NovelRunsOpening,
  isStruck: (index: number) => boolean,
  place: ItemPlace,
  tokens: number,
): Fault | undefined =>
  runs.some((run, i) => overlaps(run, place, tokens) && !isStruck(first + i))
    ? undefined
    : fault('WITNESS_NOVEL', `no novel run is opened that has a token at ${place.pos}`, {
        contribution: place.contribution,
        item: place.item,
        pos: place.pos,
      });

/** Checks that the tokens of a phrase stand at a place. Faults: `WITNESS_NOT_OPENED`, `WITNESS_DIFFERS`. */
export const checkTokens = (source: Reading, pos: number, phrase: PhraseTokens): Fault | undefined => {
  for (const [i, token] of phrase.entries()) {
    const there = openedToken(source, pos + i, 'source');
    if (!there.ok) return there.fault;
    if (!equal(token, there.value))
      return fault('WITNESS_DIFFERS', `token ${pos + i} of the item is not that of the phrase`, {
        position: pos + i,
      });
  }
  return undefined;
};

/** Returns what a claim may draw on of a contribution, and what that declared; a commons holds nothing that counts. */
const countedSource = (
  subject: ClaimSubject,
  { novelRuns }: RelevanceSubject,
  contribution: ContributionId,
): Result<{ readonly cited: EligibleSource; readonly declared: NovelRunsSource }> => {
  const cited = subject.source(contribution);
  const declared = novelRuns(contribution);
  return cited === undefined || declared === undefined ? ineligible(contribution) : ok({ cited, declared });
};

/**
 * Checks that a chunk holds a phrase. Faults: `WITNESS_INELIGIBLE`, `WITNESS_OPENING`, `WITNESS_ROOT`, `WITNESS_MALFORMED`,
 * `WITNESS_NOT_OPENED`, `WITNESS_DIFFERS`.
 */
export const checkHolder = (
  subject: ClaimSubject,
  relevance: RelevanceSubject,
  { contribution, item, pos, source }: ShownHolder,
  phrase: PhraseTokens,
): Fault | undefined => {
  const counted = countedSource(subject, relevance, contribution);
  if (!counted.ok) return counted.fault;
  const read = readEvidence(counted.value.cited, item, source);
  return read.ok ? checkTokens(read.value, pos, phrase) : read.fault;
};

const holdsAt = ({ contribution, item, pos }: ItemPlace): Result<never> =>
  fail('WITNESS_HOLDS', `item ${item} of contribution ${contribution} holds the phrase at ${pos}`, {
    contribution,
    item,
    pos,
  });

/**
 * Checks that a place does not hold a phrase. Whoever names a place must have had the whole text of its item, so a malformed
 * text counts against them (`holdingAt`). Faults: `WITNESS_INELIGIBLE`, `WITNESS_OPENING`, `WITNESS_ROOT`,
 * `WITNESS_NOT_OPENED`, `WITNESS_HOLDS`.
 */
export const checkNotHeld = (
  subject: ClaimSubject,
  relevance: RelevanceSubject,
  named: ItemPlace,
  phrase: PhraseTokens,
  shown: Opening,
): Result<void> => {
  const { contribution, item, pos } = named;
  const counted = countedSource(subject, relevance, contribution);
  if (!counted.ok) return counted;
  const opened = provenItem(counted.value.cited, item, shown);
  if (!opened.ok) return opened;
  const laidOut = layOutItem(opened.value);
  if (!laidOut.ok || pos + phrase.length > laidOut.value.tokens) return ok(undefined);
  return notThere(laidOut.value, pos, phrase, () => holdsAt(named));
};

/**
 * Checks that a phrase is not new at a place because of the novel run that is named: it has no token of it, or there is no
 * such run. Faults: `WITNESS_INELIGIBLE`, `WITNESS_ROOT`, `WITNESS_NOT_OPENED`, `WITNESS_HOLDS`.
 */
export const checkNotNovel = (
  subject: ClaimSubject,
  relevance: RelevanceSubject,
  named: ItemPlace & { readonly novelRun: number },
  phrase: PhraseTokens,
  shown: NovelRunsOpening,
): Result<void> => {
  const { contribution, novelRun } = named;
  const counted = countedSource(subject, relevance, contribution);
  if (!counted.ok) return counted;
  const opened = openNovelRuns(shown, counted.value.declared.root);
  if (!opened.ok) return opened;
  const { count, first, runs } = opened.value;
  if (novelRun >= count) return ok(undefined);
  const run = runs[novelRun - first];
  if (run === undefined)
    return fail('WITNESS_NOT_OPENED', `novel run ${novelRun} is not opened`, { novelRun });
  return overlaps(run, named, phrase.length) ? holdsAt(named) : ok(undefined);
};

/** Checks that one opened token is not that of the phrase. Faults: `WITNESS_NOT_OPENED`, and that of `holds`. */
export const notThere = (
  text: Reading,
  pos: number,
  phrase: PhraseTokens,
  holds: () => Result<never>,
): Result<void> => {
  let unopened: Fault | undefined;
  for (const [i, token] of phrase.entries()) {
    const there = openedToken(text, pos + i, 'source');
    if (!there.ok) unopened ??= there.fault;
    else if (!equal(token, there.value)) return ok(undefined);
  }
  return unopened === undefined ? holds() : failWith(unopened);
};
