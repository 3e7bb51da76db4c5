/** Measures both versions of the rules on texts of people who are in no data, by collection. */

import { MAX_TRANSACTION_BYTES } from '../../src/lib/chain.ts';
import { calibratedBits } from '../../state/attribution/calibration.ts';
import { CHANGES } from './people/changes.ts';
import type { Measure, Measured } from './people/measure.ts';
import { VERSION_1, VERSION_2 } from './people/rules.ts';
import { type Control, LEVELS, shareAt } from './people/standing.ts';
import { bps, check, percent, type Section, table } from './section.ts';
import type { TextCollection } from './texts/text.ts';

/** Room for what a transaction holds besides its payload. */
const ENVELOPE_BYTES = 1024;

/** People who are in no data get at most this share, or the collection needs more than calibration. */
const PEOPLE_MAX = 0.01;

/** What is printed of each collection and version. */
type CollectionFigures = {
  readonly name: string;
  readonly version: number;
  /** Imin in bits, 0 if no step meets the bar. Then spans pay nothing. */
  readonly imin: number;
  /** The control, in basis points. */
  readonly kappa: number;
  /** The held-out credit: what people who are in no data get at Imin, in basis points. */
  readonly peopleBps: number;
  /**
   * What calibration finds if all authors brought their texts at once: Imin in bits, 0 if no step meets the
   * bar, and κ.
   */
  readonly atOnce: { readonly imin: number; readonly kappa: number };
  /** The bytes of the claim of a round then, which lists what is shared. */
  readonly claimBytes: number;
  /** The held-out credit at that Imin. What two authors hold is nobody's then. */
  readonly togetherBps: number;
  /**
   * What is credited of copied stretches then, as a share of what is credited if authors brought them in
   * turn.
   */
  readonly kept: number;
  /** The same as `atOnce`, if each text were of an account of its own and all were brought in turn. */
  readonly split: { readonly imin: number; readonly kappa: number };
  /** The least Imin, not below the calibrated one, at which people get at most 100 bps; 0 if none does. */
  readonly floor: number;
  /** By change of a copied stretch, the share of its letters that is credited. */
  readonly recall: Readonly<Record<string, number>>;
};

const floorOf = ({ imin, people }: Measured): number =>
  LEVELS.find((bits, i) => bits >= (imin ?? 0) && (people[i] ?? 1) <= PEOPLE_MAX) ?? 0;

/** Returns the held-out credit at Imin in basis points. */
const peopleBpsOf = (measured: Measured): number => Math.round(10_000 * shareAt(measured, measured.people));

const figuresOf = (measured: Measured): CollectionFigures => ({
  name: measured.name,
  version: measured.version,
  imin: measured.imin ?? 0,
  kappa: measured.kappa ?? 0,
  peopleBps: peopleBpsOf(measured),
  atOnce: { imin: measured.atOnce.imin ?? 0, kappa: measured.atOnce.kappa ?? 0 },
  claimBytes: measured.claimBytes,
  togetherBps: Math.round(10_000 * shareAt(measured.atOnce, measured.together)),
  kept: measured.kept,
  split: { imin: measured.split.imin ?? 0, kappa: measured.split.kappa ?? 0 },
  floor: floorOf(measured),
  recall: measured.recall,
});

const bits = (number: number): string => (number === 0 ? 'none' : `${number} bits`);

const rowOf = (each: Measured): readonly string[] => [
  `${each.name}, version ${each.version}`,
  bits(each.imin ?? 0),
  each.imin === undefined ? '—' : `${each.kappa} bps`,
  `${peopleBpsOf(each)} bps`,
  each.pair === undefined ? '—' : `${bps(each.pair.share)}, ${each.pair.person} of ${each.pair.source}`,
  bits(floorOf(each)),
  ...CHANGES.map(({ name }) => percent(each.recall[name] ?? 0)),
];

/** Returns Imin, κ and a share at that Imin as they stand in a table. */
export const controlText = ({ imin, kappa }: Control, share: number): string =>
  imin === undefined ? 'none' : `${imin} bits, ${kappa} bps: ${bps(share)}`;

const creditText = (control: Control, shares: readonly number[]): string =>
  controlText(control, shareAt(control, shares));

/**
 * Returns the row of a collection: Imin, κ and the held-out credit, in turn and at once, and what is left of
 * copies.
 */
const sharedRow = (each: Measured): readonly string[] => [
  each.name,
  creditText(each, each.people),
  creditText(each.atOnce, each.together),
  `${Math.ceil(each.claimBytes / 1024)} KB`,
  percent(each.kept),
];

/** Returns what people get of each model by its accounts: Imin, κ, and the held-out credit at that Imin. */
const accountsRow = (each: Measured): readonly string[] => [
  each.name,
  // What is of one account is measured against nothing, so the first step meets the bar.
  creditText({ imin: calibratedBits(0, 0), kappa: 0 }, each.people),
  creditText(each, each.people),
  creditText(each.split, each.people),
];

export const people = (
  collections: readonly TextCollection[],
  skipped: readonly string[],
  { draws, stretches }: { readonly draws: number; readonly stretches: number },
  measure: Measure,
  progress: (text: string) => void,
): Section => {
  const measured = collections.flatMap((collection) =>
    [VERSION_1, VERSION_2].map((rules) => {
      progress(`${collection.name}, ${rules.name}`);
      return measure(collection, rules);
    }),
  );
  const second = measured.filter(({ version }) => version === 2);
  const over = second.filter((each) => each.imin !== undefined && floorOf(each) !== each.imin);
  const largest = Math.max(...second.map(({ claimBytes }) => claimBytes));
  const least = (change: string): number => Math.min(...second.map(({ recall }) => recall[change] ?? 0));
  const seen = (text: string): string => (second.length === 0 ? 'no collection was measured' : text);
  return {
    name: 'people',
    title: 'What people get who are in no data, by collection',
    text: `Texts are read from what is on the machine, divided by author, and one author in four is held out; an author is in the data or among the people, never both. The bar is found by ${draws} draws from the data, as on the chain.
The credit of the held-out texts at that bar is for coincidence, idiom, or what several people copied from the same source. Then ${stretches} stretches of about 500 bytes of the data are planted between words that nobody uses, and changed. Recall is the share of their letters and
digits, those of changed words too, that is credited.

${collections.map(({ name, description }) => `- **${name}**: ${description}.`).join('\n')}
${skipped.length === 0 ? '' : `\nNot on this machine: ${skipped.join('; ')}.\n`}
${table(
  [
    'collection',
    'Imin',
    'κ',
    'held-out credit by author',
    'most of it between two authors',
    'Imin for 100 bps',
    ...CHANGES.map(({ name }) => `recall, ${name}`),
  ],
  measured.map(rowOf),
)}

**What several brought is nobody’s.** In the table above each author contributes after the one before has
shown its texts, so the first owner of words gets all of their credit. If all authors contribute at once, what
two of them hold counts for nobody, in calibrations and in settlements, and its money goes to the treasury.
The table gives Imin and κ by version 2, and the held-out credit at that Imin:

${table(['collection', 'authors in turn', 'authors at once', 'the claim of a round then', 'of copied stretches, still credited'], second.map(sharedRow))}

- **The truth lies between the two**, because a Datanet grows over time. Whoever comes second takes nothing from the first, so what was common before the Datanet stays the first one’s until a commons holds it.
- **The last column is what the rule leaves to owners** of the credit for stretches that were copied from their data.
  The rest was brought by somebody else, too.

**Accounts are not people.** The rules leave out what the account of a drawn item has contributed. An owner
can bring all its texts by one account, or each by another. The table gives Imin and κ by version 2, with
authors in turn, and the held-out credit at that Imin:

${table(['collection', 'all of one account', 'each author an account', 'each text an account'], second.map(accountsRow))}

- **Held-out credit by author** is what the texts of held-out people get at Imin. It is published beside κ, because κ is what the data shares with itself: where the credit is far above κ, the data does not say what people share with it.
- **Many accounts raise the bar, one account lowers it.** The columns are the two ends of what owners can do by how they divide their texts. With many accounts, what one person repeats by habit counts as coincidence, for everybody.
  With one account for all, nothing is measured, and what people get without having copied anything is taken from what relevance divides, most of which goes to the same account then.
- **What is left is copied, not coincidence**, wherever it hardly falls with the bar: modules that were written after one another, licences in the head of a file, sentences that translators share. Only a commons, or the rule that what several people brought at once is nobody’s, removes it; a floor does not.
- **Imin for 100 bps** is the floor with which people get at most 100 bps, none if 512 bits do not suffice. ${over.length === 0 ? 'No collection needs one by version 2.' : `By version 2 these need one, or a commons: ${over.map((each) => `${each.name} (${peopleBpsOf(each)} bps)`).join(', ')}. Calibration does not see it, because it leaves out what stands in the data twice word by word.`}
- **What is not seen by either version**: three words in ten changed, and more. Renamed names and sentences in another order leave part of a text.
- **Words are harder to match than tokens.** Version 2 has 40 to 90 % as many tokens per byte, so a run without a change bears fewer bits, and recall with one word in ten changed is lower at the same bar than by version 1.`,
    figures: {
      needFloor: over.map((each) => ({ name: each.name, peopleBps: peopleBpsOf(each) })),
      collections: measured.map((each) => ({
        ...figuresOf(each),
        recall: { ...each.recall },
        pairBps: Math.round(10_000 * (each.pair?.share ?? 0)),
        people: Object.fromEntries(LEVELS.map((level, i) => [`${level}`, each.people[i] ?? 0])),
        tokensPerByte: each.tokens / Math.max(1, each.bytes),
        bitsPerToken: each.bitsPerToken,
      })),
    },
    checks: [
      check(
        'version 2: the claim of a round fits into a transaction in every collection, with what is shared',
        second.length > 0 && largest < MAX_TRANSACTION_BYTES - ENVELOPE_BYTES,
        seen(`${Math.ceil(largest / 1024)} KB at most`),
      ),
      check(
        'version 2: a stretch that was copied as it is, is found to 99 % in every collection',
        second.length > 0 && least('0 % of words') >= 0.99,
        seen(`${percent(least('0 % of words'), 2)} at least, in ${second.length} collections`),
      ),
      check(
        'version 2: changed punctuation costs at most 1 % of recall',
        second.length > 0 && least('punctuation') >= 0.99,
        seen(`${percent(least('punctuation'), 2)} at least`),
      ),
    ],
  };
};
