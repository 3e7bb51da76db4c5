import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { PhraseIndex } from '../../../../src/attribution/phrase-index.ts';
import { findSections } from '../../../../src/attribution/relevance.ts';
import type { Section } from '../../../../state/attribution/relevance.ts';
import { rulesOf } from '../../../../state/attribution/rules.ts';
import { tokensOf } from '../support.ts';
import { bruteSections, type RelevanceWorld, worldOf } from './worlds.ts';

const sectionsOf = (world: RelevanceWorld): readonly Section[] => {
  const rules = rulesOf(world.version);
  const index = new PhraseIndex(rules, 16);
  for (const { contribution, items, novelRuns } of world.contributions)
    index.append(
      contribution,
      items.map((text) => tokensOf(text, world.version)),
      novelRuns,
    );
  const output = tokensOf(world.output, world.version);
  const struck = new Map(world.contributions.map((each) => [each.contribution, each.struck]));
  return findSections(index.without(struck), {
    rules,
    output,
    prompt: tokensOf(world.prompt, world.version),
    info: rules.informationOf(infoTable(), output),
    nobodys: Uint8Array.from(world.nobodys, Number),
  });
};

const seeds = fc.noBias(fc.nat(0x7fff_ffff));

describe('the picks of an answer', () => {
  test('are those of a brute force', () => {
    let picks = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const world = worldOf(seed, 60);
        const sections = sectionsOf(world);
        picks += sections.flatMap((section) => section.picks).length;
        expect(sections).toEqual(bruteSections(world));
      }),
      { numRuns: 600 },
    );
    expect(picks).toBeGreaterThan(300);
  });

  test('are those of a brute force over several sections and chunks', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const world = worldOf(seed, 400);
        expect(sectionsOf(world)).toEqual(bruteSections(world));
      }),
      { numRuns: 60 },
    );
  });
});
