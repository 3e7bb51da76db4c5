/**
 * Small worlds for relevance, and a brute force that follows its rules word by word: texts of few words that copy each other,
 * with declared novel runs, some of them struck.
 */
import { infoTable } from '../../../../src/attribution/info-table.ts';
import type { ContributionId } from '../../../../src/lib/ids.ts';
import type { NovelRun } from '../../../../state/attribution/novel-runs.ts';
import type { PickedChunk, Section } from '../../../../state/attribution/relevance.ts';
import { type RulesVersion, rulesOf } from '../../../../state/attribution/rules.ts';
import { pick, type Random, randomFrom, times } from '../../../../tools/lib/random.ts';
import { stringsOf, tokensOf } from '../support.ts';

export type WorldContribution = {
  readonly contribution: ContributionId;
  readonly items: readonly string[];
  readonly novelRuns: readonly NovelRun[];
  readonly struck: ReadonlySet<number>;
};

export type RelevanceWorld = {
  readonly version: RulesVersion;
  /** Ascending by id, with gaps. */
  readonly contributions: readonly WorldContribution[];
  readonly prompt: string;
  readonly output: string;
  /** By position of the output. */
  readonly nobodys: readonly boolean[];
};

const ALPHABETS: readonly (readonly string[])[] = [
  ['a'],
  ['a', 'b'],
  ['字', '语'],
  ['字', '语', 'a', 'the'],
  ['the', 'cat', 'sat', 'on', 'mat', '漢', '🙂', 'é'],
  Array.from({ length: 40 }, (_, i) => `word${i}`),
];

const runsOf = (random: Random, items: readonly string[], version: RulesVersion): readonly NovelRun[] =>
  items.flatMap((text, item) => {
    const { count } = tokensOf(text, version);
    if (random(3) === 0) return count === 0 ? [] : [{ item, start: 0, end: count }];
    const runs: NovelRun[] = [];
    for (let at = random(6); at < count; ) {
      const end = Math.min(count, at + 1 + random(random(2) === 0 ? 4 : 80));
      runs.push({ item, start: at, end });
      at = end + random(12);
    }
    return runs;
  });

/** @param size - about the words of the longest text */
export const worldOf = (seed: number, size: number): RelevanceWorld => {
  const random = randomFrom(seed);
  const version: RulesVersion = random(3) === 0 ? 1 : 2;
  const alphabet = pick(random, ALPHABETS);
  const words = (count: number): readonly string[] => times(count, () => pick(random, alphabet));
  const texts: (readonly string[])[] = [words(size)];
  const text = (): readonly string[] => {
    const some = pick(random, texts);
    const from = random(some.length);
    const made =
      random(2) === 0
        ? words(random(size))
        : [...words(random(4)), ...some.slice(from, from + random(size)), ...words(random(4))];
    if (made.length > 0) texts.push(made);
    return made;
  };
  let contribution = 0;
  const contributions = times(random(3) === 0 ? 14 : random(8), () => {
    contribution += 1 + random(3);
    const items = times(random(4), () => text().join(' '));
    const novelRuns = runsOf(random, items, version);
    const struck = new Set(novelRuns.flatMap((_, i) => (random(9) === 0 ? [i] : [])));
    return { contribution, items, novelRuns, struck };
  });
  const output = times(1 + random(5), text)
    .flat()
    .join(' ');
  const prompt = random(2) === 0 ? '' : text().slice(0, 12).join(' ');
  const { count } = tokensOf(output, version);
  let isNobodys = false;
  const nobodys = times(count, () => {
    if (random(20) === 0) isNobodys = random(3) === 0;
    return isNobodys;
  });
  return { version, contributions, prompt, output, nobodys };
};

const isLetter = (token: string): boolean => /^[^\p{L}\p{M}\p{N}]$|^[字语漢🙂]$/u.test(token);

const endOf = (tokens: readonly string[], from: number): number => {
  let halves = 0;
  let end = from;
  while (end < tokens.length && halves < 6) halves += isLetter(tokens[end++] ?? '') ? 1 : 2;
  return halves < 6 ? -1 : end;
};

const standsAt = (tokens: readonly string[], phrase: readonly string[], at: number): boolean =>
  phrase.every((token, i) => tokens[at + i] === token);

type Holding = Omit<PickedChunk, 'phrases'> & { readonly place: number; readonly novelRun: number };

const holdingsOf = (
  { contributions, version }: RelevanceWorld,
  phrase: readonly string[],
): readonly Holding[] =>
  contributions
    .flatMap(({ contribution, items, novelRuns, struck }) =>
      items.flatMap((text, item) => {
        const tokens = stringsOf(tokensOf(text, version));
        const found: Holding[] = [];
        for (let at = 0; at + phrase.length <= tokens.length; at++) {
          if (!standsAt(tokens, phrase, at)) continue;
          const novelRun = novelRuns.findIndex(
            (run, i) => run.item === item && !struck.has(i) && run.start < at + phrase.length && run.end > at,
          );
          const chunk = Math.floor(at / 64);
          const last = found.at(-1);
          if (last?.chunk === chunk && (last.novelRun >= 0 || novelRun < 0)) continue;
          if (last?.chunk === chunk) found.pop();
          found.push({ contribution, item, chunk, place: at % 64, novelRun });
        }
        return found;
      }),
    )
    .slice(0, 3)
    .filter(({ novelRun }) => novelRun >= 0);

/** Returns the sections by brute force. */
export const bruteSections = (world: RelevanceWorld): readonly Section[] => {
  const tokens = tokensOf(world.output, world.version);
  const output = stringsOf(tokens);
  const prompt = stringsOf(tokensOf(world.prompt, world.version));
  const info = rulesOf(world.version).informationOf(infoTable(), tokens);
  const sections: Section[] = [];
  for (let from = 0; from < output.length; from += 512) {
    const counted = new Map<
      string,
      { at: number; bits: number; left: boolean; holdings: readonly Holding[] }
    >();
    for (let at = from; at < Math.min(output.length, from + 512); at++) {
      const end = endOf(output, at);
      const phrase = output.slice(at, end);
      if (end < 0 || end > from + 512 || world.nobodys[at] || counted.has(phrase.join(' '))) continue;
      if (prompt.some((_, i) => standsAt(prompt, phrase, i))) continue;
      const bits = Math.floor(info.slice(at, end).reduce((sum, each) => sum + each, 0) / phrase.length);
      if (bits === 0) continue;
      counted.set(phrase.join(' '), { at, bits, left: true, holdings: holdingsOf(world, phrase) });
    }
    const picks: PickedChunk[] = [];
    while (picks.length < 16) {
      const chunks = Map.groupBy(
        [...counted.values()]
          .filter(({ left }) => left)
          .flatMap((each) => each.holdings.map((holding) => ({ each, holding }))),
        ({ holding }) => `${holding.contribution}/${holding.item}/${holding.chunk}`,
      );
      const best = [...chunks.values()]
        .filter(({ length }) => length >= 2)
        .map((all) => ({ all, sum: all.reduce((sum, { each }) => sum + each.bits, 0), of: all[0]?.holding }))
        .sort(
          (a, b) =>
            b.sum - a.sum ||
            (a.of?.contribution ?? 0) - (b.of?.contribution ?? 0) ||
            (a.of?.item ?? 0) - (b.of?.item ?? 0) ||
            (a.of?.chunk ?? 0) - (b.of?.chunk ?? 0),
        )[0];
      if (best?.of === undefined) break;
      const { contribution, item, chunk } = best.of;
      const phrases = best.all
        .map(({ each: { at, bits }, holding: { place, novelRun } }) => ({ at, place, bits, novelRun }))
        .sort((a, b) => a.at - b.at);
      for (const { each } of best.all) each.left = false;
      picks.push({ contribution, item, chunk, phrases });
    }
    const information = info.slice(from, from + 512).reduce((sum, each) => sum + each, 0);
    sections.push({ information, picks });
  }
  return sections;
};
