/**
 * Checks the sections of a claim against their texts, and finds the first false part. The spans of the claim are true: they say
 * which positions are nobody's. The checks run in this order, because each relies on those before it:
 * - `section`: every section bears what is claimed.
 * - `bits`, `absent`, `prompted`, `repeated`: every claimed phrase counts where it is claimed, bears what is claimed, and stands in
 *   the chunk of its pick.
 * - `crowded`: that chunk is one of those that bear it.
 * - `outdone`: at every step no chunk adds more.
 *
 * Sections that pass all of them have the same picks as the true ones, each with the same phrases, and so the same shares.
 */
import { comparedPick, type Excuse, type Outdone, outdoes } from '../../../state/attribution/excuses.ts';
import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import { CHUNK_TOKENS } from '../../../state/attribution/parameters.ts';
import {
  BEARERS_MAX,
  compareChunks,
  type Phrase,
  type PickedChunk,
  type Positions,
  SECTION_TOKENS,
  type Section,
} from '../../../state/attribution/relevance.ts';
import type { TextRules } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { chunkOf, type PhraseHolders, type PhrasePlace } from '../phrase-holders.ts';
import { NO_PHRASE, PhraseNames } from '../phrase-names.ts';
import { chunksOf, type Withheld } from './finding.ts';
import { areKnown, compareTokens } from './partial-tokens.ts';

/** A phrase of a claim, by its place in the list of sections. */
type PhraseIndex = { readonly section: number; readonly pick: number; readonly phrase: number };

/** What shows that a phrase is not at a place: one of its tokens, by its number, or the novel run that is named. */
export type NotHeldAt = { readonly type: 'token'; readonly at: number } | { readonly type: 'novelRun' };

/** What is false in the sections of a claim, by positions alone: enough to make the one witness that proves it. */
export type SectionsFinding =
  | { readonly type: 'section'; readonly section: number }
  | ({ readonly type: 'bits' } & PhraseIndex)
  | ({ readonly type: 'absent'; readonly notHeld: NotHeldAt } & PhraseIndex)
  | ({ readonly type: 'prompted'; readonly place: number } & PhraseIndex)
  | ({ readonly type: 'repeated'; readonly earlier: number } & PhraseIndex)
  | ({ readonly type: 'crowded'; readonly holders: readonly PhrasePlace[] } & PhraseIndex)
  | {
      readonly type: 'outdone';
      readonly section: number;
      readonly step: number;
      /** The true pick of that step. */
      readonly picked: PickedChunk;
    };

/** A false excuse: its place in the answer, which of its chunks does not hold the phrase, and the token that differs. */
export type ExcuseFinding = {
  readonly type: 'excuse';
  readonly excuse: number;
  readonly holder: number;
  readonly at: number;
};

/** The truth about the sections of a claim. */
export type SectionsTruth = {
  readonly rules: TextRules;
  /** The output, which is fully known. */
  readonly output: Tokens;
  /** The prompt, which is fully known. */
  readonly prompt: Tokens;
  /** The information of each position of the output, in Q8 bits. */
  readonly info: Uint16Array;
  /** The positions that the spans of the claim give to nobody. */
  readonly nobodys: Positions;
  /** Returns an item; undefined if nothing of it is available. Some of its tokens may be unknown (`partial-tokens.ts`). */
  readonly source: (contribution: ContributionId, item: number) => Tokens | undefined;
  /** Returns the novel runs that a contribution declared, struck or not. */
  readonly novelRuns: (contribution: ContributionId) => readonly NovelRun[];
  readonly holders: PhraseHolders;
  /** Returns the true sections, as far as texts are known. They are asked for only if every claimed phrase is true. */
  readonly honest: () => readonly Section[];
};

/** A place of an item. */
type ItemPlace = Pick<PhrasePlace, 'contribution' | 'item' | 'pos'>;

const placeOf = (
  { contribution, item, chunk }: Omit<PickedChunk, 'phrases'>,
  { place }: Pick<Phrase, 'place'>,
): ItemPlace => ({ contribution, item, pos: chunk * CHUNK_TOKENS + place });

/** Returns the first place at which a phrase of the output stands in another text. */
const firstPlace = (output: Tokens, at: number, end: number, text: Tokens): number | undefined => {
  for (let place = 0; place + end - at <= text.count; place++) {
    let i = at;
    while (i < end && compareTokens(output, i, text, place + i - at) === 'same') i += 1;
    if (i === end) return place;
  }
  return undefined;
};

/** The phrases of an output, and what is true of them. */
class Phrases {
  readonly #truth: SectionsTruth;
  readonly #names: PhraseNames;
  readonly #prompted: Uint8Array;

  constructor(truth: SectionsTruth) {
    this.#truth = truth;
    this.#names = new PhraseNames(truth.rules, truth.output);
    this.#prompted = this.#names.standingIn(truth.prompt);
  }

  /** The position after the phrase that begins at `at`, if it ends by `past`. */
  end(at: number, past: number): number | undefined {
    const end = this.#names.ends[at] ?? 0;
    return end === 0 || end > past ? undefined : end;
  }

  bits(at: number, end: number): number {
    let sum = 0;
    for (let i = at; i < end; i++) sum += this.#truth.info[i] ?? 0;
    return Math.floor(sum / (end - at));
  }

  /** The place in the prompt at which the phrase of a position stands first. */
  prompted(at: number, end: number): number | undefined {
    const name = this.#names.names[at] ?? NO_PHRASE;
    if (name === NO_PHRASE || this.#prompted[name] !== 1) return undefined;
    return firstPlace(this.#truth.output, at, end, this.#truth.prompt);
  }

  /** The first position from `start` on, before `at`, at which the phrase of `at` counts. */
  earlier(at: number, end: number, start: number): number | undefined {
    const { names } = this.#names;
    for (let position = start; position < at; position++)
      if (
        names[position] === names[at] &&
        this.#truth.nobodys[position] !== 1 &&
        this.bits(position, position + end - at) > 0
      )
        return position;
    return undefined;
  }

  /** The first chunks that hold the phrases at these positions, by position. */
  firstChunks(positions: readonly number[]): ReadonlyMap<number, readonly PhrasePlace[]> {
    const starts = [...new Set(positions)].sort((a, b) => a - b);
    const found = this.#truth.holders.firstChunks(this.#truth.output, {
      starts: Uint32Array.from(starts),
      ends: Uint32Array.from(starts, (at) => this.#names.ends[at] ?? 0),
      count: starts.length,
    });
    return new Map(starts.map((at, i) => [at, found[i] ?? []]));
  }
}

type Held = { readonly type: 'token'; readonly at: number } | 'holds' | 'unknown';

/** Checks whether the novel run that is named has a token of a phrase at a place. */
const isNovelAt = (
  { novelRuns }: Pick<SectionsTruth, 'novelRuns'>,
  { contribution, item, pos }: ItemPlace,
  novelRun: number,
  tokens: number,
): boolean => {
  const run = novelRuns(contribution)[novelRun];
  return run !== undefined && run.item === item && run.start < pos + tokens && pos < run.end;
};

/** Checks whether a phrase of the output is at a place. */
const heldAt = (
  { output, source }: Pick<SectionsTruth, 'output' | 'source'>,
  { contribution, item, pos }: ItemPlace,
  at: number,
  end: number,
): Held => {
  const text = source(contribution, item);
  if (text === undefined) return 'unknown';
  const differs = differsAt(output, at, end, text, pos);
  if (differs !== undefined) return { type: 'token', at: differs };
  return areKnown(text, pos, pos + end - at) ? 'holds' : 'unknown';
};

/** Returns the number of the first token of a phrase that another text does not have at a place, or that is past its end. */
const differsAt = (
  output: Tokens,
  at: number,
  end: number,
  text: Tokens,
  place: number,
): number | undefined => {
  for (let i = 0; i < end - at; i++)
    if (place + i >= text.count || compareTokens(output, at + i, text, place + i) === 'different') return i;
  return undefined;
};

type Claimed = { readonly index: PhraseIndex; readonly picked: PickedChunk; readonly phrase: Phrase };

const claimedIn = (sections: readonly Section[]): readonly Claimed[] =>
  sections.flatMap(({ picks }, section) =>
    picks.flatMap((picked, pick) =>
      picked.phrases.map((phrase, i) => ({ index: { section, pick, phrase: i }, picked, phrase })),
    ),
  );

/** A check of one phrase; it is not available where `withheld` is given. */
type Checked = { readonly finding?: SectionsFinding; readonly withheld?: Withheld };

const checkPhrase = (phrases: Phrases, truth: SectionsTruth, { index, picked, phrase }: Claimed): Checked => {
  const start = index.section * SECTION_TOKENS;
  const { at } = phrase;
  const end = phrases.end(at, Math.min(start + SECTION_TOKENS, truth.output.count));
  if (end === undefined || phrases.bits(at, end) !== phrase.bits)
    return { finding: { type: 'bits', ...index } };
  const named = placeOf(picked, phrase);
  if (!isNovelAt(truth, named, phrase.novelRun, end - at))
    return { finding: { type: 'absent', notHeld: { type: 'novelRun' }, ...index } };
  const held = heldAt(truth, named, at, end);
  if (held !== 'holds' && held !== 'unknown') return { finding: { type: 'absent', notHeld: held, ...index } };
  const place = phrases.prompted(at, end);
  if (place !== undefined) return { finding: { type: 'prompted', place, ...index } };
  const earlier = phrases.earlier(at, end, start);
  if (earlier !== undefined) return { finding: { type: 'repeated', earlier, ...index } };
  const { contribution, item, pos } = named;
  return held === 'unknown'
    ? { withheld: { text: 'source', contribution, item, ...chunksOf(pos, pos + end - at) } }
    : {};
};

const wrongInformation = (
  sections: readonly Section[],
  { info, output }: SectionsTruth,
): SectionsFinding | undefined => {
  for (const [section, { information }] of sections.entries()) {
    let sum = 0;
    for (let i = section * SECTION_TOKENS; i < Math.min((section + 1) * SECTION_TOKENS, output.count); i++)
      sum += info[i] ?? 0;
    if (sum !== information) return { type: 'section', section };
  }
  return undefined;
};

const crowdedPhrase = (claimed: readonly Claimed[], phrases: Phrases): SectionsFinding | undefined => {
  const chunks = phrases.firstChunks(claimed.map(({ phrase }) => phrase.at));
  for (const { index, picked, phrase } of claimed) {
    const holders = chunks.get(phrase.at) ?? [];
    if (holders.length === BEARERS_MAX && holders.every((each) => compareChunks(chunkOf(each), picked) < 0))
      return { type: 'crowded', holders, ...index };
  }
  return undefined;
};

/** Returns the first step at which the true pick is another. Every claimed phrase is true, so the true one comes first. */
const outdonePick = (
  sections: readonly Section[],
  honest: readonly Section[],
): SectionsFinding | undefined => {
  for (const [section, { picks }] of honest.entries())
    for (const [step, picked] of picks.entries()) {
      const claimed = sections[section]?.picks[step];
      const isSame =
        claimed !== undefined &&
        compareChunks(claimed, picked) === 0 &&
        claimed.phrases.length === picked.phrases.length;
      if (isSame) continue;
      // Where the text of the claimed pick is unknown, that may be the one that adds more.
      const bits = picked.phrases.map((phrase) => phrase.bits);
      return outdoes(picked, bits, comparedPick(claimed))
        ? { type: 'outdone', section, step, picked }
        : undefined;
    }
  return undefined;
};

/**
 * Finds what is false in the sections of a claim.
 * @param sections - those whose structure the chain has checked (`checkSections`)
 */
export const refuteSections = (
  sections: readonly Section[],
  truth: SectionsTruth,
): { readonly finding: SectionsFinding | undefined; readonly withheld: readonly Withheld[] } => {
  const information = wrongInformation(sections, truth);
  if (information !== undefined) return { finding: information, withheld: [] };
  const phrases = new Phrases(truth);
  const claimed = claimedIn(sections);
  const withheld = new Map<string, Withheld>();
  for (const each of claimed) {
    const checked = checkPhrase(phrases, truth, each);
    if (checked.finding !== undefined) return { finding: checked.finding, withheld: [] };
    if (checked.withheld !== undefined) withheld.set(JSON.stringify(checked.withheld), checked.withheld);
  }
  // While it is not known that every claimed phrase is true, the true picks may differ where the claimed ones are right.
  const outdone = () => (withheld.size === 0 ? outdonePick(sections, truth.honest()) : undefined);
  return { finding: crowdedPhrase(claimed, phrases) ?? outdone(), withheld: [...withheld.values()] };
};

type ExcuseTruth = Omit<SectionsTruth, 'honest' | 'info' | 'nobodys' | 'novelRuns'>;

const allPhrases = (truth: ExcuseTruth): Phrases =>
  new Phrases({
    ...truth,
    info: new Uint16Array(),
    nobodys: new Uint8Array(),
    novelRuns: () => [],
    honest: () => [],
  });

/**
 * Returns the true excuses for phrases of a chunk that somebody showed against a claim. If the claim is true, they are enough:
 * of the phrases that are left, the chunk bears every one.
 */
export const excusesFor = (
  outdone: Outdone,
  truth: Pick<ExcuseTruth, 'rules' | 'output' | 'prompt' | 'holders'>,
): readonly Excuse[] => {
  const phrases = allPhrases({ ...truth, source: () => undefined });
  const chunks = phrases.firstChunks(outdone.phrases.map(({ at }) => at));
  return outdone.phrases.flatMap(({ at }, phrase): readonly Excuse[] => {
    const place = phrases.prompted(at, phrases.end(at, truth.output.count) ?? at);
    if (place !== undefined) return [{ phrase, reason: { type: 'prompt', value: { place } } }];
    const holders = chunks.get(at) ?? [];
    if (holders.length < BEARERS_MAX || holders.some((each) => compareChunks(chunkOf(each), outdone) >= 0))
      return [];
    const places = holders.map(({ contribution, item, pos }) => ({
      contribution,
      item,
      chunk: pos >>> 6,
      place: pos % CHUNK_TOKENS,
    }));
    return [{ phrase, reason: { type: 'holders', value: { places } } }];
  });
};

/** Finds a false excuse by which a claim was answered for, and what is missing to check the others. */
export const refuteExcuses = (
  { outdone, excuses }: { readonly outdone: Outdone; readonly excuses: readonly Excuse[] },
  truth: ExcuseTruth,
): { readonly finding: ExcuseFinding | undefined; readonly withheld: readonly Withheld[] } => {
  const phrases = allPhrases(truth);
  const withheld: Withheld[] = [];
  for (const [excuse, { phrase, reason }] of excuses.entries()) {
    const at = outdone.phrases[phrase]?.at ?? 0;
    const end = phrases.end(at, truth.output.count) ?? at;
    if (reason.type === 'prompt') {
      const differs = differsAt(truth.output, at, end, truth.prompt, reason.value.place);
      if (differs === undefined) continue;
      return { finding: { type: 'excuse', excuse, holder: 0, at: differs }, withheld: [] };
    }
    for (const [holder, each] of reason.value.places.entries()) {
      const named = placeOf(each, each);
      const held = heldAt(truth, named, at, end);
      if (held === 'holds') continue;
      if (held !== 'unknown')
        return { finding: { type: 'excuse', excuse, holder, at: held.at }, withheld: [] };
      const { contribution, item, pos } = named;
      withheld.push({ text: 'source', contribution, item, ...chunksOf(pos, pos + end - at) });
    }
  }
  return { finding: undefined, withheld };
};
