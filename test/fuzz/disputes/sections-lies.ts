/** Witnesses against true sections, which look like those that prove something. */

import type { Opener } from '../../../src/attribution/prover/claim-witness.ts';
import type { SectionsFinding } from '../../../src/attribution/prover/sections-prover.ts';
import { type SectionsOpeners, witnessOfSections } from '../../../src/attribution/prover/sections-witness.ts';
import type { Section } from '../../../state/attribution/relevance.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import { pick, type Random, times } from '../../../tools/lib/random.ts';
import { randomChunk } from './sections-changes.ts';
import type { SectionsWorld } from './sections-world.ts';

/** Returns the places of a text at which the words of another stand, or at least the first of them. */
const placesOf = (words: readonly string[], at: number, text: readonly string[]): readonly number[] => {
  const whole = text.flatMap((_, place) =>
    [0, 1, 2].every((i) => text[place + i] === words[at + i]) ? [place] : [],
  );
  return whole.length > 0 ? whole : text.flatMap((word, place) => (word === words[at] ? [place] : []));
};

/** Returns what is wrong by a liar, though nothing is. */
const findingOf = (
  world: SectionsWorld,
  sections: readonly Section[],
  random: Random,
): SectionsFinding | undefined => {
  const section = random(sections.length);
  if (random(12) === 0) return { type: 'section', section };
  const picks = sections[section]?.picks ?? [];
  const at = random(picks.length);
  const picked = picks[at];
  if (picked === undefined) return undefined;
  const index = { section, pick: at, phrase: random(picked.phrases.length) };
  const phrase = picked.phrases[index.phrase];
  if (phrase === undefined) return undefined;
  switch (random(6)) {
    case 0:
      return { type: 'bits', ...index };
    case 1:
      return { type: 'absent', notHeld: { type: 'novelRun' }, ...index };
    case 2:
      return { type: 'absent', notHeld: { type: 'token', at: random(3) }, ...index };
    case 3: {
      const places = placesOf(world.output, phrase.at, world.prompt);
      return places.length === 0 ? undefined : { type: 'prompted', place: pick(random, places), ...index };
    }
    case 4: {
      const earlier = placesOf(world.output, phrase.at, world.output);
      return { type: 'repeated', earlier: pick(random, earlier), ...index };
    }
    default: {
      const holders = times(8, () => randomChunk(world, random)).flatMap((chunk) => {
        if (chunk === undefined) return [];
        const { contribution, item } = chunk;
        const places = placesOf(world.output, phrase.at, world.words(contribution, item) ?? []);
        if (places.length === 0) return [];
        const pos = pick(random, places);
        return [{ contribution, item, pos, novelRun: undefined }];
      });
      const three = holders
        .slice(0, 3)
        .sort((a, b) => a.contribution - b.contribution || a.item - b.item || a.pos - b.pos);
      return { type: 'crowded', holders: three, ...index };
    }
  }
};

/** Opens a text as far as it goes. */
const within =
  (open: Opener, tokens: number): Opener =>
  (start, end) =>
    open(Math.min(start, tokens), Math.min(end, tokens));

/** A place of a liar may be so close to the end of a text that no phrase fits there. */
const withinTexts = (openers: SectionsOpeners): SectionsOpeners => ({
  ...openers,
  output: within(openers.output, openers.outputTokens),
  prompt: within(openers.prompt, openers.promptTokens),
  source: (contribution, item) => {
    const { open, tokens } = openers.source(contribution, item);
    return { open: within(open, tokens), tokens };
  },
});

/** Returns a witness that proves nothing: with honest openings, with one of another, or one that was good against others. */
export const sectionLie = (
  world: SectionsWorld,
  sections: readonly Section[],
  kept: readonly Witness[],
  random: Random,
): Witness | undefined => {
  if (kept.length > 0 && random(6) === 0) return pick(random, kept);
  const finding = findingOf(world, sections, random);
  return finding === undefined ? undefined : witnessOfSections(finding, sections, withinTexts(world.openers));
};
