/**
 * Measures what the commons that comes with the software takes from people who are in no data, and what it
 * takes from owners.
 */
import type { Commons } from '../../state/tx/commons.ts';
import type { Measure } from './people/measure.ts';
import { VERSION_2 } from './people/rules.ts';
import type { Scale } from './people/standing.ts';
import { type Credit, type Credits, type MeasuredCommons, measureCommons } from './people/with-commons.ts';
import { controlText } from './people.ts';
import { type Check, percent, type Section, table } from './section.ts';
import type { TextCollection } from './texts/text.ts';

const creditText = (credit: Credit): string => controlText(credit, credit.people);

const rowOf = ({ name, without, within, kept }: MeasuredCommons): readonly string[] => [
  name,
  creditText(without.inTurn),
  creditText(within.inTurn),
  creditText(without.atOnce),
  creditText(within.atOnce),
  percent(kept),
];

const creditFigures = ({ imin, kappa, people }: Credit) => ({
  imin: imin ?? 0,
  kappa: kappa ?? 0,
  peopleBps: Math.round(10_000 * people),
});

const figuresOf = ({ inTurn, atOnce }: Credits) => ({
  inTurn: creditFigures(inTurn),
  atOnce: creditFigures(atOnce),
});

/**
 * Checks that the commons does not raise what people get of any collection, in turn and at once. It compares
 * only measurements with the same Imin, because another Imin changes what is credited by itself.
 */
export const neverRaises = (measured: readonly Pick<MeasuredCommons, 'without' | 'within'>[]): Check => {
  const pairs = measured.flatMap(({ without, within }) => [
    { without: without.inTurn, within: within.inTurn },
    { without: without.atOnce, within: within.atOnce },
  ]);
  const same = pairs.filter(({ without, within }) => without.imin === within.imin);
  const raised = same.filter(({ without, within }) => within.people > without.people);
  return {
    name: 'at the same bar the commons of the chain never raises what people get',
    cases: same.length,
    failures: raised.length,
    seen: `${same.length - raised.length} of ${same.length} measurements with the same bar`,
  };
};

/** @param commons - its items, and what genesis says of it */
export const commons = (
  collections: readonly TextCollection[],
  { texts, terms }: { readonly texts: readonly string[]; readonly terms: Commons },
  scale: Scale,
  measure: Measure,
  progress: (text: string) => void,
): Section => {
  const measured = collections.map((collection) => {
    progress(collection.name);
    return measureCommons(collection, measure(collection, VERSION_2), texts, scale);
  });
  return {
    name: 'commons',
    title: 'The commons of the chain',
    text: `Every chain has a commons that comes with the software: ${terms.items} texts of licences and notices, with ${terms.tokens} tokens.
This section measures the collections of the section above by version 2 of the rules, without this commons and with it.
A cell gives Imin and κ, and the held-out credit at that Imin.

${table(
  [
    'collection',
    'authors in turn, without',
    'with',
    'authors at once, without',
    'with',
    'of copied stretches, still credited',
  ],
  measured.map(rowOf),
)}

- **The last column is what owners keep**: the share of the credit for stretches that were copied from their data, if
  they bring their texts in turn. The rest is in the commons, so it was never theirs.
- **The texts were chosen by which licences are in use**, not by what the collections hold. The credit that is left on
  licences is for what the commons does not hold word by word: names, addresses, and wordings that only few use.`,
    figures: {
      collections: measured.map(({ name, without, within, kept }) => ({
        name,
        without: figuresOf(without),
        within: figuresOf(within),
        kept,
      })),
    },
    checks: [neverRaises(measured)],
  };
};
