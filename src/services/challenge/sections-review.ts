/** Reviews the sections of a claim whose spans hold, and the excuses by which it was answered for. */
import { type Excused, holdersIn } from '../../../state/attribution/excuses.ts';
import type { NovelRun } from '../../../state/attribution/novel-runs.ts';
import type { Opening } from '../../../state/attribution/openings.ts';
import type { Positions, Section } from '../../../state/attribution/relevance.ts';
import type { TextRules } from '../../../state/attribution/rules.ts';
import type { Tokens } from '../../../state/attribution/tokens.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import type { TextEvidence } from '../../attribution/evidence/chunks.ts';
import { proveNovelRuns } from '../../attribution/evidence/declared.ts';
import { infoTable } from '../../attribution/info-table.ts';
import type { PhraseHolders, PhrasePlace } from '../../attribution/phrase-holders.ts';
import { PhraseNames } from '../../attribution/phrase-names.ts';
import type { Withheld } from '../../attribution/prover/finding.ts';
import {
  refuteExcuses,
  refuteSections,
  type SectionsTruth,
} from '../../attribution/prover/sections-prover.ts';
import {
  openedItemsOf,
  type SectionsOpeners,
  witnessOfExcuse,
  witnessOfSections,
} from '../../attribution/prover/sections-witness.ts';
import type { Root } from '../../lib/brands.ts';
import { invariant } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';

/** An `outdone` against the claim that its attestor has answered. */
export type AnsweredOutdone = Excused & { readonly id: Root };

export type KnownText = { readonly tokens: Tokens; readonly evidence: () => TextEvidence };

/** What a review of sections needs. */
export type SectionsCase = {
  readonly sections: readonly Section[];
  readonly answered: readonly AnsweredOutdone[];
  readonly rules: TextRules;
  readonly output: KnownText;
  readonly prompt: KnownText;
  readonly nobodys: Positions;
  /** The sections that follow from the texts that are there. */
  readonly honest: readonly Section[];
  /** The first chunks of the phrases that the sections claim, by their positions. */
  readonly firstChunks: ReadonlyMap<number, readonly PhrasePlace[]>;
  /** Returns an item, what shows that it is malformed, or undefined if it is missing. */
  readonly item: (
    contribution: ContributionId,
    item: number,
  ) => Promise<KnownText | { readonly malformed: Opening } | undefined>;
  readonly novelRuns: (
    contributions: readonly ContributionId[],
  ) => Promise<ReadonlyMap<number, readonly NovelRun[]>>;
};

/** `unread` are contributions whose texts a witness would open, and that are missing. */
export type SectionsVerdict =
  | { readonly type: 'false'; readonly witness: Witness }
  | {
      readonly type: 'open';
      readonly withheld: readonly Withheld[];
      readonly unread: readonly ContributionId[];
    };

/** Returns the positions of the phrases that sections claim. */
export const phrasesAt = (sections: readonly Section[]): readonly number[] =>
  [
    ...new Set(sections.flatMap(({ picks }) => picks.flatMap(({ phrases }) => phrases.map(({ at }) => at)))),
  ].sort((a, b) => a - b);

/** Returns holders that know the first chunks of the phrases at these positions. */
export const holdersAt = (firstChunks: ReadonlyMap<number, readonly PhrasePlace[]>): PhraseHolders => ({
  firstChunks: (_, { starts, count }) =>
    Array.from({ length: count }, (__, i) => firstChunks.get(starts[i] ?? 0) ?? []),
});

type ItemName = { readonly contribution: ContributionId; readonly item: number };
const nameOf = ({ contribution, item }: ItemName): string => `${contribution}/${item}`;

/** The items and the novel runs that were read so far. */
class Sources {
  readonly #case: SectionsCase;
  readonly #items = new Map<string, KnownText | { readonly malformed: Opening } | undefined>();
  readonly #runs = new Map<number, readonly NovelRun[]>();

  constructor(given: SectionsCase) {
    this.#case = given;
  }

  async read(names: readonly ItemName[]): Promise<void> {
    for (const name of names)
      if (!this.#items.has(nameOf(name)))
        this.#items.set(nameOf(name), await this.#case.item(name.contribution, name.item));
    const wanted = [...new Set(names.map(({ contribution }) => contribution))].filter(
      (contribution) => !this.#runs.has(contribution),
    );
    if (wanted.length === 0) return;
    for (const [contribution, runs] of await this.#case.novelRuns(wanted)) this.#runs.set(contribution, runs);
  }

  known(name: ItemName): KnownText | undefined {
    const text = this.#items.get(nameOf(name));
    return text !== undefined && 'tokens' in text ? text : undefined;
  }

  malformed(name: ItemName): Opening | undefined {
    const text = this.#items.get(nameOf(name));
    return text !== undefined && 'malformed' in text ? text.malformed : undefined;
  }

  novelRuns(contribution: ContributionId): readonly NovelRun[] {
    return this.#runs.get(contribution) ?? [];
  }
}

/** Returns the witness that a pick is of a malformed item: nobody can have found it in such a text. */
const unreadablePick = (
  { sections, output }: SectionsCase,
  sources: Sources,
  phraseEnd: (at: number) => number,
): Witness | undefined => {
  for (const [section, { picks }] of sections.entries())
    for (const [pick, picked] of picks.entries()) {
      const opening = sources.malformed(picked);
      const at = picked.phrases[0]?.at;
      if (opening === undefined || at === undefined) continue;
      const shown = { type: 'source', value: opening } as const;
      const over = output.evidence().open(at, phraseEnd(at));
      return { type: 'absent', value: { section, pick, phrase: 0, output: over, shown } };
    }
  return undefined;
};

/** Finds what is false in the sections of a claim, or in the excuses that were given for it. */
export const reviewSections = async (given: SectionsCase): Promise<SectionsVerdict> => {
  const { sections, answered, rules, output, prompt, nobodys, honest, firstChunks } = given;
  const sources = new Sources(given);
  await sources.read(sections.flatMap(({ picks }) => picks));
  await sources.read(answered.flatMap(({ excuses }) => holdersIn(excuses)));
  const { ends } = new PhraseNames(rules, output.tokens);
  const { count } = output.tokens;
  const phraseEnd = (at: number): number => ends[at] || count;
  const openers: SectionsOpeners = {
    context: rules.context,
    outputTokens: count,
    promptTokens: prompt.tokens.count,
    phraseEnd,
    output: output.evidence().open,
    prompt: (start, end) => prompt.evidence().open(start, end),
    source: (contribution, item) => {
      const text = sources.known({ contribution, item });
      invariant(text !== undefined, 'only items whose text is known are opened');
      return { open: text.evidence().open, tokens: text.tokens.count };
    },
    novelRuns: (contribution) => {
      const runs = sources.novelRuns(contribution);
      return { count: runs.length, openRange: proveNovelRuns(runs).openRange };
    },
  };
  const truth: SectionsTruth = {
    rules,
    output: output.tokens,
    prompt: prompt.tokens,
    info: rules.informationOf(infoTable(), output.tokens),
    nobodys,
    source: (contribution, item) => sources.known({ contribution, item })?.tokens,
    novelRuns: (contribution) => sources.novelRuns(contribution),
    holders: holdersAt(firstChunks),
    honest: () => honest,
  };
  const unreadable = unreadablePick(given, sources, phraseEnd);
  if (unreadable !== undefined) return { type: 'false', witness: unreadable };
  const withheld: Withheld[] = [];
  for (const excused of answered) {
    const checked = refuteExcuses(excused, truth);
    if (checked.finding !== undefined)
      return { type: 'false', witness: witnessOfExcuse(checked.finding, excused.id, excused, openers) };
    withheld.push(...checked.withheld);
  }
  const { finding, withheld: ofPicks } = refuteSections(sections, truth);
  withheld.push(...ofPicks);
  if (finding === undefined) return { type: 'open', withheld, unread: [] };
  const opened = openedItemsOf(finding);
  await sources.read(opened);
  const unread = opened.filter((name) => sources.known(name) === undefined);
  return unread.length === 0
    ? { type: 'false', witness: witnessOfSections(finding, sections, openers) }
    : { type: 'open', withheld, unread: unread.map(({ contribution }) => contribution) };
};
