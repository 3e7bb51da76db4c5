/**
 * A case for disputes over sections, as all see it: texts of few words that copy each other, their commitments and what they
 * declared, an answer, and its true sections. Brute force says what is true.
 */
import {
  proveContribution,
  proveItem,
  proveText,
  type TextEvidence,
} from '../../../src/attribution/evidence/chunks.ts';
import { type NovelRunsEvidence, proveNovelRuns } from '../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { PhraseIndex } from '../../../src/attribution/phrase-index.ts';
import { PhraseNames } from '../../../src/attribution/phrase-names.ts';
import type { SectionsTruth } from '../../../src/attribution/prover/sections-prover.ts';
import type { SectionsOpeners } from '../../../src/attribution/prover/sections-witness.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import { bordersOf } from '../../../state/attribution/borders.ts';
import type { Claim, Match } from '../../../state/attribution/claim.ts';
import { itemRoot, itemSource } from '../../../state/attribution/commitment.ts';
import type { Excused } from '../../../state/attribution/excuses.ts';
import {
  DEFAULT_PARAMETERS,
  OUTPUT_TOKENS_MAX,
  PROMPT_TOKENS_MAX,
} from '../../../state/attribution/parameters.ts';
import {
  checkSections,
  type Phrase,
  PICKS_MAX,
  type PickedChunk,
  type Section,
} from '../../../state/attribution/relevance.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { ClaimSubject } from '../../../state/attribution/witness/subject.ts';
import { bruteSections, type RelevanceWorld } from '../../unit/attribution/relevance/worlds.ts';
import { saltedOf, stringsOf, tokensOf } from '../../unit/attribution/support.ts';

const table = infoTable();
/** The contribution that owns what is nobody's. */
const COMMONS = 1_000_000;

export type SectionsWorld = {
  readonly given: RelevanceWorld;
  readonly honest: readonly Section[];
  readonly output: readonly string[];
  readonly prompt: readonly string[];
  /** The words of an item; undefined if there is none. */
  readonly words: (contribution: ContributionId, item: number) => readonly string[] | undefined;
  readonly truth: SectionsTruth;
  readonly openers: SectionsOpeners;
  /** As the chain sees it, with what was answered by excuses. */
  readonly subject: (sections: readonly Section[], excused?: ReadonlyMap<string, Excused>) => ClaimSubject;
  /** Whether the chain takes the sections. */
  readonly isTaken: (sections: readonly Section[]) => boolean;
  readonly isTrue: (sections: readonly Section[]) => boolean;
};

/** Returns runs of a commons over the positions that are nobody's. */
const nobodysRuns = (nobodys: readonly boolean[]): readonly Match[] => {
  const runs: Match[] = [];
  for (let start = 0; start < nobodys.length; start++) {
    if (nobodys[start] !== true) continue;
    let end = start;
    while (nobodys[end] === true) end += 1;
    runs.push({ start, end, contribution: COMMONS, item: 0, pos: 0 });
    start = end;
  }
  return runs;
};

export const challengeName = (id: Root): string => Buffer.from(id).toString('hex');

export const sectionsWorldOf = (given: RelevanceWorld): SectionsWorld => {
  const { version, nobodys } = given;
  const rules = rulesOf(version);
  const text = (source: string, tokensMax: number) => {
    const salted = saltedOf(source, sha256(), version);
    const info = rules.informationOf(table, salted.tokens);
    const evidence: TextEvidence = proveText(salted, info, tokensMax);
    const committed = {
      type: 'text',
      root: evidence.root,
      tokensMax,
      tokens: salted.tokens.count,
      bytes: salted.source.length,
    } as const;
    return { tokens: salted.tokens, info, evidence, committed };
  };
  const output = text(given.output, OUTPUT_TOKENS_MAX);
  const prompt = text(given.prompt, PROMPT_TOKENS_MAX);
  const contributions = new Map(
    given.contributions.map(({ contribution, items, novelRuns, struck }) => {
      const salted = items.map((item, i) => ({
        ...saltedOf(item, sha256(Uint8Array.of(i)), version),
        promptTokens: 0,
      }));
      const evidence = proveContribution(salted.map((item) => unwrap(itemRoot(item))));
      const runs: NovelRunsEvidence = proveNovelRuns(novelRuns);
      return [contribution, { salted, evidence, novelRuns, struck, runs }] as const;
    }),
  );
  const known = (contribution: ContributionId) => {
    const found = contributions.get(contribution);
    if (found === undefined) throw new RangeError(`no contribution ${contribution}`);
    return found;
  };
  const words = (contribution: ContributionId, item: number): readonly string[] | undefined => {
    const found = contributions.get(contribution)?.salted[item];
    return found === undefined ? undefined : stringsOf(found.tokens);
  };
  const matches = nobodysRuns(nobodys);
  const sumBefore = (position: number): number =>
    output.info.subarray(0, position).reduce((sum, bits) => sum + bits, 0);
  const claim: Claim = {
    x: [],
    matches,
    shared: [],
    info: bordersOf({ x: [], matches, shared: [] }, output.tokens.count).map(sumBefore),
  };
  const positions = Uint8Array.from(nobodys, Number);
  const index = new PhraseIndex(rules, 16);
  for (const { contribution, items, novelRuns } of given.contributions)
    index.append(
      contribution,
      items.map((item) => tokensOf(item, version)),
      novelRuns,
    );
  const honest = bruteSections(given);
  const names = new PhraseNames(rules, output.tokens);
  const holdsAt = ({ contribution, item, chunk }: PickedChunk, { at, place, novelRun }: Phrase): boolean => {
    const pos = chunk * 64 + place;
    const end = names.ends[at] ?? 0;
    const run = contributions.get(contribution)?.novelRuns[novelRun];
    const source = words(contribution, item);
    const text = stringsOf(output.tokens).slice(at, end);
    return (
      end > at &&
      run !== undefined &&
      run.item === item &&
      run.start < pos + end - at &&
      pos < run.end &&
      text.every((word, i) => source?.[pos + i] === word)
    );
  };
  return {
    given,
    honest,
    output: stringsOf(output.tokens),
    prompt: stringsOf(prompt.tokens),
    words,
    truth: {
      rules,
      output: output.tokens,
      prompt: prompt.tokens,
      info: output.info,
      nobodys: positions,
      source: (contribution, item) => contributions.get(contribution)?.salted[item]?.tokens,
      novelRuns: (contribution) => contributions.get(contribution)?.novelRuns ?? [],
      holders: index.without(
        new Map(given.contributions.map(({ contribution, struck }) => [contribution, struck])),
      ),
      honest: () => honest,
    },
    openers: {
      context: rules.context,
      outputTokens: output.tokens.count,
      promptTokens: prompt.tokens.count,
      phraseEnd: (at) => names.ends[at] || output.tokens.count,
      output: output.evidence.open,
      prompt: prompt.evidence.open,
      source: (contribution, item) => {
        const { salted, evidence } = known(contribution);
        const found = salted[item];
        if (found === undefined) throw new RangeError(`no item ${item}`);
        return {
          open: proveItem(evidence, item, { ...found, source: itemSource(found) }).open,
          tokens: found.tokens.count,
        };
      },
      novelRuns: (contribution) => {
        const { novelRuns, runs } = known(contribution);
        return { count: novelRuns.length, openRange: runs.openRange };
      },
    },
    subject: (sections, excused = new Map()) => ({
      claim,
      output: output.committed,
      prompt: prompt.committed,
      matchBitsMin: undefined,
      parameters: DEFAULT_PARAMETERS,
      rules,
      table,
      source: (contribution) => {
        const found = contributions.get(contribution);
        if (found === undefined) return undefined;
        const { root, items } = found.evidence;
        return { contribution, root, items, passages: undefined };
      },
      commons: new Set([COMMONS]),
      brought: () => undefined,
      calibration: undefined,
      relevance: {
        sections,
        novelRuns: (contribution) => {
          const found = contributions.get(contribution);
          if (found === undefined) return undefined;
          return { root: found.runs.root, isStruck: (run) => found.struck.has(run) };
        },
        excused: (id) => excused.get(challengeName(id)),
        excusedHolders: () => [],
      },
    }),
    isTaken: (sections) =>
      sections.every(
        ({ picks }) =>
          picks.length <= PICKS_MAX &&
          picks.every(({ contribution, item, phrases }) => {
            const found = contributions.get(contribution);
            return (
              found !== undefined &&
              item < found.salted.length &&
              phrases.every(({ novelRun }) => !found.struck.has(novelRun))
            );
          }),
      ) &&
      checkSections(sections, {
        outputTokens: output.tokens.count,
        infoMin: rules.infoMin,
        total: claim.info.at(-1) ?? 0,
        nobodys: positions,
      }).ok,
    isTrue: (sections) =>
      sections.length === honest.length &&
      sections.every(({ information, picks }, section) => {
        const is = honest[section];
        return (
          information === is?.information &&
          picks.length === is.picks.length &&
          picks.every((picked, i) => {
            const { contribution, item, chunk, phrases } = picked;
            const pick = is.picks[i];
            return (
              pick?.contribution === contribution &&
              pick.item === item &&
              pick.chunk === chunk &&
              pick.phrases.length === phrases.length &&
              phrases.every(
                (phrase, j) =>
                  phrase.at === pick.phrases[j]?.at &&
                  phrase.bits === pick.phrases[j]?.bits &&
                  holdsAt(picked, phrase),
              )
            );
          })
        );
      }),
  };
};
