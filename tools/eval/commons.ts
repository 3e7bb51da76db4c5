/** Measures what the commons that comes with the software takes from people who are in no data, and from owners. */
import type { Commons } from '../../state/tx/commons.ts';
import { type MeasuredCommons, measureCommons, type Standing } from './people/with-commons.ts';
import { bps, check, percent, type Section, table } from './section.ts';
import type { TextCollection } from './texts/text.ts';

const barOf = ({ imin, kappa }: Standing): string =>
  imin === undefined ? 'none' : `${imin} bits, ${kappa} bps`;

const rowOf = ({ name, without, within, kept }: MeasuredCommons): readonly string[] => [
  name,
  barOf(without),
  barOf(within),
  bps(without.people),
  bps(within.people),
  bps(without.together),
  bps(within.together),
  percent(kept),
];

const figuresOf = ({ imin, kappa, people, together }: Standing) => ({
  imin: imin ?? 0,
  kappa: kappa ?? 0,
  peopleBps: Math.round(10_000 * people),
  togetherBps: Math.round(10_000 * together),
});

/** @param commons - its items, and what genesis says of it */
export const commons = (
  collections: readonly TextCollection[],
  { texts, terms }: { readonly texts: readonly string[]; readonly terms: Commons },
  scale: { readonly seed: number; readonly draws: number; readonly stretches: number },
  progress: (text: string) => void,
): Section => {
  const measured = collections.map((collection) => {
    progress(collection.name);
    return measureCommons(collection, texts, scale);
  });
  // With another bar more may be credited, so only what has the same bar is compared.
  const same = measured.filter(({ without, within }) => without.imin === within.imin);
  const gained = same.filter(({ without, within }) => within.people > without.people);
  return {
    name: 'commons',
    title: 'The commons of the chain',
    text: `What comes with the software as a commons of every chain: ${terms.items} texts of licences and notices, ${terms.tokens} tokens. The collections of the section before are measured by version 2 with it and without it.

${table(
  [
    'collection',
    'Imin and κ without',
    'with',
    'held-out credit, in turn, without',
    'with',
    'at once, without',
    'with',
    'of copied stretches, still credited',
  ],
  measured.map(rowOf),
)}

- **The last column is what owners keep** of what is credited of stretches that were copied from their data. The rest stands in the commons, so it was never theirs.
- **The texts were chosen by what licences are in use**, not by what the collections hold. What is left of the credit on licences is what they do not say word by word: names, addresses, and forms of words that only few use.`,
    figures: {
      collections: measured.map(({ name, without, within, kept }) => ({
        name,
        without: figuresOf(without),
        within: figuresOf(within),
        kept,
      })),
    },
    checks: [
      check(
        'at the same bar the commons of the chain never raises what people get',
        measured.length > 0 && gained.length === 0,
        `${same.length - gained.length} of ${same.length} collections with the same bar`,
      ),
    ],
  };
};
