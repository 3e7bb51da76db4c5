/** Turns a finding about the sections of a claim, or about an excuse, into the witness that proves it. */
import type { Excused } from '../../../state/attribution/excuses.ts';
import type { NovelRunsOpening, Opening } from '../../../state/attribution/openings.ts';
import { CHUNK_TOKENS } from '../../../state/attribution/parameters.ts';
import {
  type Phrase,
  type PickedChunk,
  SECTION_TOKENS,
  type Section,
} from '../../../state/attribution/relevance.ts';
import type { NotHeld, Witness } from '../../../state/attribution/witness/types.ts';
import type { Root } from '../../lib/brands.ts';
import { invariant } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { PhrasePlace } from '../phrase-holders.ts';
import type { ClaimOpeners, Opener } from './claim-witness.ts';
import type { ExcuseFinding, NotHeldAt, SectionsFinding } from './sections-prover.ts';

/** The openers of the texts of a claim, and of the novel runs of what it may draw on. */
export type SectionsOpeners = Pick<ClaimOpeners, 'context' | 'output' | 'prompt' | 'source'> & {
  readonly outputTokens: number;
  readonly promptTokens: number;
  /** The position after the phrase that begins at a position. */
  readonly phraseEnd: (at: number) => number;
  /** Opens the novel runs of a contribution. */
  readonly novelRuns: (contribution: ContributionId) => {
    readonly count: number;
    readonly openRange: (first: number, count: number) => NovelRunsOpening;
  };
};

type Place = Pick<PhrasePlace, 'contribution' | 'item' | 'pos'>;

const placeOf = (
  { contribution, item, chunk }: Omit<PickedChunk, 'phrases'>,
  { place }: Pick<Phrase, 'place'>,
): Place => ({ contribution, item, pos: chunk * CHUNK_TOKENS + place });

/** Opens one token of a text; past its end the length in its head is enough. */
const openToken = ({ open, tokens }: { readonly open: Opener; readonly tokens: number }, at: number) =>
  at < tokens ? open(at, at + 1) : open(0, 0);

const openPlace = ({ contribution, item, pos }: Place, at: number, { source }: SectionsOpeners): Opening =>
  openToken(source(contribution, item), pos + at);

const notHeldAt = (
  place: Place & Pick<Phrase, 'novelRun'>,
  notHeld: NotHeldAt,
  openers: SectionsOpeners,
): NotHeld => {
  if (notHeld.type === 'token') return { type: 'source', value: openPlace(place, notHeld.at, openers) };
  const { contribution, novelRun } = place;
  const { count, openRange } = openers.novelRuns(contribution);
  return { type: 'novelRuns', value: novelRun < count ? openRange(novelRun, 1) : openRange(0, 0) };
};

const phraseOf = (
  sections: readonly Section[],
  { section, pick, phrase }: { readonly section: number; readonly pick: number; readonly phrase: number },
): { readonly picked: PickedChunk; readonly claimed: Phrase } => {
  const picked = sections[section]?.picks[pick];
  const claimed = picked?.phrases[phrase];
  invariant(picked !== undefined && claimed !== undefined, 'a finding names a phrase of the claim');
  return { picked, claimed };
};

/** Opens the output over the phrase at a position, and the tokens before it that decide what it bears. */
const openPhrase = (
  at: number,
  { context, output, outputTokens, phraseEnd }: SectionsOpeners,
  before = context,
) => output(Math.max(0, at - before), Math.min(outputTokens, phraseEnd(at)));

const sectionWitness = (section: number, { output, outputTokens }: SectionsOpeners): Witness => {
  const start = section * SECTION_TOKENS;
  const end = start + SECTION_TOKENS;
  return {
    type: 'section',
    value: {
      section,
      start: output(start, start + 1),
      end: end < outputTokens ? output(end, end + 1) : output(0, 0),
    },
  };
};

const outdoneWitness = (
  { section, step, picked }: Extract<SectionsFinding, { readonly type: 'outdone' }>,
  openers: SectionsOpeners,
): Witness => {
  const { contribution, item, chunk, phrases } = picked;
  const { context, output, outputTokens, phraseEnd, source, novelRuns } = openers;
  const [first, last] = [phrases[0], phrases.at(-1)];
  invariant(first !== undefined && last !== undefined, 'a pick has phrases');
  const ends = phrases.map(({ at, place }) => chunk * CHUNK_TOKENS + place + phraseEnd(at) - at);
  const starts = phrases.map(({ place }) => chunk * CHUNK_TOKENS + place);
  const runs = phrases.map(({ novelRun }) => novelRun);
  const run = Math.min(...runs);
  return {
    type: 'outdone',
    value: {
      section,
      step,
      contribution,
      item,
      chunk,
      output: output(
        Math.max(0, section * SECTION_TOKENS - context),
        Math.min(outputTokens, phraseEnd(last.at)),
      ),
      source: source(contribution, item).open(Math.min(...starts), Math.max(...ends)),
      novelRuns: novelRuns(contribution).openRange(run, Math.max(...runs) + 1 - run),
      phrases: phrases.map(({ at, place }) => ({ at, place })),
    },
  };
};

/** Returns the items that the witness for a finding opens though the claim does not name them. */
export const openedItemsOf = (
  finding: SectionsFinding,
): readonly { readonly contribution: ContributionId; readonly item: number }[] => {
  switch (finding.type) {
    case 'crowded':
      return finding.holders;
    case 'outdone':
      return [finding.picked];
    default:
      return [];
  }
};

/** Returns the witness for a finding about the sections of a claim. */
export const witnessOfSections = (
  finding: SectionsFinding,
  sections: readonly Section[],
  openers: SectionsOpeners,
): Witness => {
  if (finding.type === 'section') return sectionWitness(finding.section, openers);
  if (finding.type === 'outdone') return outdoneWitness(finding, openers);
  const { section, pick, phrase } = finding;
  const { picked, claimed } = phraseOf(sections, finding);
  const { at } = claimed;
  const tokens = openers.phraseEnd(at) - at;
  const named = { section, pick, phrase };
  switch (finding.type) {
    case 'bits':
      return { type: 'bits', value: { ...named, output: openPhrase(at, openers) } };
    case 'absent': {
      const shown = notHeldAt(
        { ...placeOf(picked, claimed), novelRun: claimed.novelRun },
        finding.notHeld,
        openers,
      );
      return { type: 'absent', value: { ...named, output: openPhrase(at, openers, 0), shown } };
    }
    case 'prompted': {
      const { place } = finding;
      const prompt = openers.prompt(place, place + tokens);
      return { type: 'prompted', value: { ...named, place, output: openPhrase(at, openers, 0), prompt } };
    }
    case 'repeated': {
      const { earlier } = finding;
      const before = openPhrase(earlier, openers);
      return { type: 'repeated', value: { ...named, earlier, output: openPhrase(at, openers, 0), before } };
    }
    case 'crowded': {
      const holders = finding.holders.map(({ contribution, item, pos }) => ({
        contribution,
        item,
        pos,
        source: openers.source(contribution, item).open(pos, pos + tokens),
      }));
      return { type: 'crowded', value: { ...named, output: openPhrase(at, openers, 0), holders } };
    }
  }
};

/**
 * Returns the witness for a false excuse.
 * @param challenge - the id of the transaction of the challenge that was answered
 */
export const witnessOfExcuse = (
  { excuse, holder, at }: ExcuseFinding,
  challenge: Root,
  { outdone, excuses }: Excused,
  openers: SectionsOpeners,
): Witness => {
  const named = excuses[excuse];
  const shown = outdone.phrases[named?.phrase ?? 0];
  invariant(named !== undefined && shown !== undefined, 'a finding names an excuse of the answer');
  const output = openPhrase(shown.at, openers, 0);
  const value = { challenge, excuse, holder, output };
  if (named.reason.type === 'prompt') {
    const { prompt, promptTokens } = openers;
    const place = named.reason.value.place + at;
    return {
      type: 'excuse',
      value: { ...value, shown: openToken({ open: prompt, tokens: promptTokens }, place) },
    };
  }
  const place = named.reason.value.places[holder];
  invariant(place !== undefined, 'a finding names a chunk of the excuse');
  return { type: 'excuse', value: { ...value, shown: openPlace(placeOf(place, place), at, openers) } };
};
