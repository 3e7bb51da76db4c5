/** Sections that are wrong in a place or two, and that the chain takes all the same. */
import type { Phrase, PickedChunk, Section } from '../../../state/attribution/relevance.ts';
import { pick, type Random, times } from '../../../tools/lib/random.ts';
import { nudge } from './changes.ts';
import type { SectionsWorld } from './sections-world.ts';

type Change = (section: Section, at: number, world: SectionsWorld, random: Random) => Section;

const onPick =
  (change: (picked: PickedChunk, world: SectionsWorld, random: Random) => readonly PickedChunk[]): Change =>
  (section, _at, world, random) => {
    const at = random(section.picks.length);
    return {
      ...section,
      picks: section.picks.flatMap((each, i) => (i === at ? change(each, world, random) : [each])),
    };
  };

const onPhrase = (
  change: (phrase: Phrase, picked: PickedChunk, world: SectionsWorld, random: Random) => readonly Phrase[],
): Change =>
  onPick((picked, world, random) => {
    const at = random(picked.phrases.length);
    const phrases = picked.phrases.flatMap((each, i) =>
      i === at ? change(each, picked, world, random) : [each],
    );
    return [{ ...picked, phrases: phrases.sort((a, b) => a.at - b.at) }];
  });

/** Returns the phrases of a section that a chunk has, as a pick that asks for nothing more would: each once. */
export const phrasesIn = (
  { output, words, truth, given }: SectionsWorld,
  { contribution, item, chunk }: Omit<PickedChunk, 'phrases'>,
  section: number,
): readonly Phrase[] => {
  const source = words(contribution, item) ?? [];
  const { struck, novelRuns } = given.contributions.find((each) => each.contribution === contribution) ?? {};
  const end = Math.min(output.length, (section + 1) * 512);
  const found: Phrase[] = [];
  const seen = new Set<string>();
  for (let at = section * 512; at < end; at++) {
    const tokens = [6, 5, 4, 3].find((count) => isPhrase(output.slice(at, at + count)));
    if (tokens === undefined || at + tokens > end || truth.nobodys[at] === 1) continue;
    const phrase = output.slice(at, at + tokens);
    const bits = Math.floor(truth.info.slice(at, at + tokens).reduce((sum, each) => sum + each, 0) / tokens);
    if (bits === 0 || seen.has(phrase.join(' '))) continue;
    seen.add(phrase.join(' '));
    for (let place = 0; place < 64; place++) {
      const pos = chunk * 64 + place;
      if (!phrase.every((word, i) => source[pos + i] === word)) continue;
      const novelRun =
        novelRuns?.findIndex(
          (run, i) => run.item === item && !struck?.has(i) && run.start < pos + tokens && pos < run.end,
        ) ?? -1;
      if (novelRun < 0) continue;
      found.push({ at, place, bits, novelRun });
      break;
    }
  }
  return found;
};

const halvesOf = (word: string): number => (/^[^\p{L}\p{M}\p{N}]$|^[字语漢🙂]$/u.test(word) ? 1 : 2);
const isPhrase = (words: readonly string[]): boolean => {
  const halves = words.map(halvesOf);
  const sum = halves.reduce((all, each) => all + each, 0);
  return sum >= 6 && sum - (halves.at(-1) ?? 0) < 6;
};

/** Returns a chunk of any item, at random. */
export const randomChunk = (
  { given, words }: SectionsWorld,
  random: Random,
): Omit<PickedChunk, 'phrases'> | undefined => {
  const some = given.contributions.filter(({ items }) => items.length > 0);
  if (some.length === 0) return undefined;
  const { contribution, items } = pick(random, some);
  const item = random(items.length);
  const tokens = words(contribution, item)?.length ?? 0;
  return { contribution, item, chunk: random(Math.ceil(tokens / 64)) };
};

const CHANGES: readonly Change[] = [
  (section, _at, _world, random) => ({
    ...section,
    information: Math.max(0, section.information + nudge(random)),
  }),
  onPick(() => []),
  onPhrase(() => []),
  onPhrase((phrase, _picked, _world, random) => [{ ...phrase, bits: phrase.bits + nudge(random) }]),
  onPhrase((phrase, _picked, _world, random) => [
    { ...phrase, place: Math.max(0, Math.min(63, phrase.place + nudge(random))) },
  ]),
  onPhrase((phrase, _picked, _world, random) => [
    { ...phrase, novelRun: Math.max(0, phrase.novelRun + nudge(random)) },
  ]),
  onPhrase((phrase, _picked, { output }, random) => [{ ...phrase, at: random(output.length) }]),
  // The same phrase further on.
  onPhrase((phrase, _picked, { output, truth }, random) => {
    const later = output.flatMap((_, at) =>
      at > phrase.at && [0, 1, 2].every((i) => output[at + i] === output[phrase.at + i]) ? [at] : [],
    );
    if (later.length === 0) return [phrase];
    const at = pick(random, later);
    const bits = Math.floor(truth.info.slice(at, at + 3).reduce((sum, each) => sum + each, 0) / 3);
    return [{ ...phrase, at, bits }];
  }),
  onPick((picked, _world, random) => [{ ...picked, chunk: picked.chunk + nudge(random) }]),
  onPick((picked, { given }, random) => [
    { ...picked, contribution: pick(random, given.contributions).contribution },
  ]),
  // One more chunk, with whatever it has.
  (section, at, world, random) => {
    const chunk = randomChunk(world, random);
    if (chunk === undefined) return section;
    const taken = new Set(section.picks.flatMap(({ phrases }) => phrases.map((each) => each.at)));
    const phrases = phrasesIn(world, chunk, at).filter((each) => !taken.has(each.at));
    return { ...section, picks: [...section.picks, { ...chunk, phrases }] };
  },
  // Another chunk in the place of one.
  (section, at, world, random) => {
    const chunk = randomChunk(world, random);
    const from = random(section.picks.length);
    if (chunk === undefined) return section;
    const picks = section.picks.slice(0, from);
    const taken = new Set(picks.flatMap(({ phrases }) => phrases.map((each) => each.at)));
    const phrases = phrasesIn(world, chunk, at).filter((each) => !taken.has(each.at));
    return { ...section, picks: [...picks, { ...chunk, phrases }] };
  },
  // One more phrase that the chunk has, though others bear it.
  (section, at, world, random) => {
    const from = random(section.picks.length);
    const picked = section.picks[from];
    if (picked === undefined) return section;
    const taken = new Set(section.picks.flatMap(({ phrases }) => phrases.map((each) => each.at)));
    const more = phrasesIn(world, picked, at).filter((each) => !taken.has(each.at));
    if (more.length === 0) return section;
    const phrases = [...picked.phrases, pick(random, more)].sort((a, b) => a.at - b.at);
    return { ...section, picks: section.picks.with(from, { ...picked, phrases }) };
  },
];

/** Sorts picks as the chain wants them, so that more changes get past it. */
const inOrder = (section: Section): Section => {
  const added = ({ phrases }: PickedChunk): number => phrases.reduce((sum, { bits }) => sum + bits, 0);
  const picks = section.picks.toSorted(
    (a, b) => added(b) - added(a) || a.contribution - b.contribution || a.item - b.item || a.chunk - b.chunk,
  );
  return { ...section, picks };
};

/** Returns sections with one or two changes that the chain takes; undefined if none was found. */
export const changedSections = (world: SectionsWorld, random: Random): readonly Section[] | undefined => {
  for (let tries = 0; tries < 12; tries++) {
    let sections = world.honest;
    if (sections.length === 0) return undefined;
    for (const change of times(1 + random(2), () => pick(random, CHANGES))) {
      const at = random(sections.length);
      const section = sections[at];
      if (section === undefined) continue;
      const changed = change(section, at, world, random);
      sections = sections.with(at, random(2) === 0 ? changed : inOrder(changed));
      // The sum of all stays what it is.
      const by = changed.information - section.information;
      const other = sections[(at + 1) % sections.length];
      if (by !== 0 && other !== undefined && sections.length > 1)
        sections = sections.with((at + 1) % sections.length, {
          ...other,
          information: other.information - by,
        });
    }
    if (sections !== world.honest && world.isTaken(sections)) return sections;
  }
  return undefined;
};
