/**
 * Measures attempts to move the bar of a model: to raise it against others, or to lower it for oneself
 * (docs/calibration.md#the-rules).
 */
import type { ContributionId } from '../../src/lib/ids.ts';
import { calibratedBits } from '../../state/attribution/calibration.ts';
import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import { type Random, randomFrom } from '../lib/random.ts';
import { type Calibrated, calibrate, controlAt, prepare } from './calibrate.ts';
import { type Contribution, type Inference, type Item, wordsOf } from './collections.ts';
import type { ModelRules } from './economy.ts';
import { itemOf, junkWords, padded, reregistered, salted, tokensIn } from './rewriting.ts';
import { bps, percent, type Section, table } from './section.ts';
import { coverageOf, createTracer, shareOf } from './tracer.ts';

type Attack = {
  readonly name: string;
  readonly make: (contributions: readonly Contribution[], random: Random) => readonly Contribution[];
  /** Whether this attack can move the bar. */
  readonly moves?: true;
};

const ATTACKER = 'attacker';

const ITEM_TOKENS = 150;

const junk = (
  tokens: number,
  contribution: ContributionId,
  random: Random,
  item = ITEM_TOKENS,
): Contribution => ({
  contribution,
  owner: ATTACKER,
  items: Array.from({ length: Math.ceil(tokens / item) }, () => itemOf(junkWords(item, random))),
});

const after = (contributions: readonly Contribution[]): number =>
  (contributions.at(-1)?.contribution ?? 0) + 1;

const thinned = (contributions: readonly Contribution[], every: number): readonly Contribution[] =>
  contributions.map((each) => ({ ...each, items: each.items.filter((_, i) => i % every === 0) }));

const halves = ({ tokens, promptTokens }: Item): readonly Item[] => {
  const all = wordsOf(tokens);
  const middle = promptTokens + ((tokens.count - promptTokens) >> 1);
  return [itemOf(all.slice(0, middle), promptTokens), itemOf(all.slice(middle))];
};

/** Divides all items among so many accounts, each with one contribution. */
const amongAccounts = (data: readonly Contribution[], accounts: number): readonly Contribution[] => {
  const items = data.flatMap((each) => each.items);
  return Array.from({ length: accounts }, (_, account) => ({
    contribution: account + 1,
    owner: `account ${account + 1}`,
    items: items.filter((_item, i) => i % accounts === account),
  }));
};

/** The first owner divides its items among so many accounts; the others stay as they are. */
const splitOwner = (data: readonly Contribution[], accounts: number): readonly Contribution[] => {
  const owner = data[0]?.owner;
  return [
    ...amongAccounts(
      data.filter((each) => each.owner === owner),
      accounts,
    ),
    ...data.filter((each) => each.owner !== owner),
  ].map((each, i) => ({ ...each, contribution: i + 1 }));
};

/** A run of so many tokens is one too short to be copied text. */
const PIECE_TOKENS = 15;

/** Accounts bring the same runs of words that nobody else uses, in another order, with another word between. */
const sameRuns = (
  tokens: number,
  accounts: number,
  first: ContributionId,
  random: Random,
): Contribution[] => {
  const runs = Array.from({ length: Math.ceil(tokens / accounts / (PIECE_TOKENS + 1)) }, () =>
    junkWords(PIECE_TOKENS, random),
  );
  return Array.from({ length: accounts }, (_, account) => {
    const turned = [...runs.slice(account), ...runs.slice(0, account)];
    const words = (account % 2 === 0 ? turned : turned.toReversed()).flatMap((run) => [
      ...run,
      ...junkWords(1, random),
    ]);
    const items = Array.from({ length: Math.ceil(words.length / ITEM_TOKENS) }, (_item, i) =>
      itemOf(words.slice(i * ITEM_TOKENS, (i + 1) * ITEM_TOKENS)),
    );
    return { contribution: first + account, owner: `${ATTACKER} ${account + 1}`, items };
  });
};

const SMALL_ACCOUNTS = [2, 6] as const;
const smallShare = (accounts: number): string => `${accounts} accounts bring the same runs, 1 % of the data`;

/** The tokens that can be drawn: those after the prompt parts. */
const answerTokensIn = (contributions: readonly Contribution[]): number =>
  contributions
    .flatMap(({ items }) => items)
    .reduce((sum, { tokens, promptTokens }) => sum + tokens.count - promptTokens, 0);

const SPLITS = [2, 10, 100] as const;
const allAmong = (accounts: number): string =>
  accounts === 1 ? 'all data of one account' : `all data divided among ${accounts} accounts`;
const oneAmong = (accounts: number): string =>
  `one of ten owners divides its data among ${accounts} accounts`;

const MUCH_JUNK = 'four times as much junk as data';

const ATTACKS: readonly Attack[] = [
  { name: 'nothing', make: (data) => data },
  {
    name: 'copies of 12 % of the rows, padded with junk',
    make: (data, random) => [
      ...data,
      ...reregistered(thinned(data, 8), ATTACKER, (item) => padded(item, junkWords(60, random))),
    ],
  },
  {
    name: 'copies of all rows, padded with junk',
    make: (data, random) => [
      ...data,
      ...reregistered(data, ATTACKER, (item) => padded(item, junkWords(60, random))),
    ],
  },
  {
    name: 'one junk item, 5 % of the data',
    make: (data, random) => {
      const tokens = Math.min(65_000, Math.round(tokensIn(data) / 20));
      return [...data, junk(tokens, after(data), random, tokens)];
    },
  },
  {
    name: 'as much junk as data',
    make: (data, random) => [...data, junk(tokensIn(data), after(data), random)],
  },
  {
    name: MUCH_JUNK,
    make: (data, random) => [...data, junk(4 * tokensIn(data), after(data), random)],
    moves: true,
  },
  {
    name: 'all rows again, a word inserted every 23 tokens',
    make: (data, random) => [...data, ...reregistered(data, ATTACKER, (item) => salted(item, 23, random))],
    moves: true,
  },
  {
    name: 'all rows again, a word inserted every 14 tokens',
    make: (data, random) => [...data, ...reregistered(data, ATTACKER, (item) => salted(item, 14, random))],
    moves: true,
  },
  {
    name: 'all rows again, a word inserted every 15 tokens',
    make: (data, random) => [...data, ...reregistered(data, ATTACKER, (item) => salted(item, 15, random))],
    moves: true,
  },
  ...SMALL_ACCOUNTS.map(
    (accounts): Attack => ({
      name: smallShare(accounts),
      make: (data, random) => [
        ...data,
        ...sameRuns(answerTokensIn(data) / 100, accounts, after(data), random),
      ],
      moves: true,
    }),
  ),
  ...SPLITS.map(
    (accounts): Attack => ({ name: oneAmong(accounts), make: (data) => splitOwner(data, accounts) }),
  ),
  ...[1, ...SPLITS].map(
    (accounts): Attack => ({
      name: allAmong(accounts),
      make: (data) => amongAccounts(data, accounts),
      moves: true,
    }),
  ),
  {
    name: 'every answer cut into two items',
    make: (data) => data.map((each) => ({ ...each, items: each.items.flatMap(halves) })),
    moves: true,
  },
];

const LOWEST_BITS = calibratedBits(0, DEFAULT_PARAMETERS.matchBitsMin);

/** Returns what four times as much junk as data does to the rules that calibration sets, and who gains by it. */
export const junkText = (without: ModelRules, withJunk: ModelRules): string => {
  const { matchBits: before } = without;
  const { matchBits: after } = withJunk;
  if (after < before)
    return `Four times as much unique junk as data lowers Imin here, from ${before} to ${after} bits; with other draws it may not. The gain is the idiom of the domain between the two bars, and it goes to whoever brought the idiom first, not to whoever brought the junk.`;
  if (after > before)
    return `Four times as much unique junk as data does not lower Imin here: it is ${after} instead of ${before} bits.`;
  const kappa =
    withJunk.controlBps < without.controlBps
      ? `lowers only κ here, from ${without.controlBps} to ${withJunk.controlBps} bps. That raises what spans pay to everybody in the model, not only to whoever brought the junk.`
      : `does not lower κ either here: it is ${withJunk.controlBps} bps.`;
  return before === LOWEST_BITS
    ? `Imin has its lowest value, ${before} bits, already without junk. Four times as much unique junk as data ${kappa} A higher Imin may fall by a step.`
    : `Four times as much unique junk as data leaves Imin at ${before} bits. It ${kappa} With other draws Imin may fall by a step.`;
};

const rulesText = ({ rules }: Calibrated): readonly [string, string] =>
  rules === undefined ? ['none', '—'] : [`${rules.matchBits} bits`, `${rules.controlBps} bps`];

export const calibration = (
  contributions: readonly Contribution[],
  quoting: { readonly inferences: readonly Inference[]; readonly share: number },
  { seed, draws, seeds }: { readonly seed: number; readonly draws: number; readonly seeds: number },
  progress: (text: string) => void,
): Section => {
  const rows = ATTACKS.map(({ name, make, moves }) => {
    progress(name);
    const attacked = make(contributions, randomFrom(seed));
    const calibrated = calibrate(prepare(attacked), seed, draws);
    const rules = calibrated.rules ?? { matchBits: 512, controlBps: 0 };
    const tracer = createTracer(attacked);
    const attributions = quoting.inferences.map((each) => tracer.trace(each, rules.matchBits));
    const stolen = shareOf(attacked, attributions, ATTACKER);
    const lift = coverageOf(attributions).share - rules.controlBps / 10_000;
    return { name, moves: moves === true, calibrated, rules, lift, stolen };
  });
  const [base] = rows;
  const muchJunk = rows.find(({ name }) => name === MUCH_JUNK);
  const barOf = (attack: string): number | undefined =>
    rows.find(({ name }) => name === attack)?.rules.matchBits;
  progress('draws of other blocks');
  const corpus = prepare(contributions);
  const others = Array.from({ length: seeds }, (_, i) => calibrate(corpus, seed + 1000 + i, draws));
  const bits = others.map(({ rules }) => rules?.matchBits ?? 512);
  const controls = others.map((each) => controlAt(each, 128));
  const lowest = Math.min(...controls);
  const highest = Math.max(...controls);
  const unmoved = rows.filter(({ moves }) => !moves);
  const same = unmoved.filter(({ rules }) => rules.matchBits === base?.rules.matchBits);
  const dense = rows.filter(({ name }) => name.startsWith('all rows again'));
  const divided = [1, ...SPLITS].map((accounts) => rows.find(({ name }) => name === allAmong(accounts)));
  const dividedBars = divided.map((row) => row?.rules.matchBits ?? 0);
  const small = SMALL_ACCOUNTS.map((accounts) => barOf(smallShare(accounts)) ?? 512);
  const highestBar = Math.max(...dense.map(({ rules }) => rules.matchBits));
  return {
    name: 'calibration',
    title: 'Moving the bar',
    text: `Calibrations of the same data after an attack on it, ${draws} draws each. Lift: a − κ of human answers with ${percent(quoting.share)} copied in, by the rules that result. Stolen: the share of those quotes
that is credited to the attacker.

${table(
  ['attack', 'control, 128 bits', '160 bits', 'Imin', 'κ', 'lift', 'stolen'],
  rows.map(({ name, calibrated, lift, stolen }) => [
    name,
    bps(controlAt(calibrated, 128)),
    bps(controlAt(calibrated, 160)),
    ...rulesText(calibrated),
    bps(lift),
    percent(stolen, 2),
  ]),
)}

- **A dense sybil raises the bar.** Runs of 14 or 15 tokens between the inserted words are shorter than copyMin (16), so the copies match again, and Imin is ${highestBar} bits at most here. With a word in every 23 tokens most
  copies are recognised, and the bar still rises to ${barOf('all rows again, a word inserted every 23 tokens')} bits. Long quotes are still paid to the same contributors, short ones no longer. So the attacker hurts others, gains nothing here, and pays the bond for every byte.
- **Items cut in two raise the control**, with nobody attacking: the second half no longer has the prompt part in front of it, and is drawn as a text of its own. Here Imin comes to ${barOf('every answer cut into two items')} bits.
- **Junk lowers the control**, because it dilutes the draw. ${muchJunk === undefined || base === undefined ? '' : junkText(base.rules, muchJunk.rules)}
  Only review and the bond per byte stand against junk.
- **Accounts in plenty move the bar by what one person repeats.** A draw is not traced to what its account has contributed. So an owner who divides its data among many accounts has its own habits counted as coincidence: κ rises for everybody who is in the model, and the attacker is one of them.
  One of ten owners who does that changes κ from ${rows[0]?.rules.controlBps} to ${SPLITS.map((accounts) => rows.find(({ name }) => name === oneAmong(accounts))?.rules.controlBps).join(', ')} bps, with ${SPLITS.join(', ')} accounts. With all data in one hand Imin and κ are ${divided.map((row) => (row === undefined ? '' : `${row.rules.matchBits} bits and ${row.rules.controlBps} bps`)).join('; ')}, with ${[1, ...SPLITS].join(', ')} accounts: who holds everything by one account is measured against nothing.
  Who holds all data gains that difference of the lift by bringing it by one account, and takes it from what relevance divides, most of which goes to the same data. The other collections are in *What people get who are in no data, by collection*.
- **A proposer can try headers** until it likes the draw, as many as it can hash in its turn. The second round is drawn by the next block of another proposer, unless one proposer proposes every block of a full rotation after the first seed, and the one after that. So a proposer chooses one of the two draws. The higher Imin holds: by its choice a proposer can raise the bar, and lower it only where the other draw is low as well. ${seeds} other draws: ${[...new Set(bits)].map((each) => `${bits.filter((one) => one === each).length} give ${each} bits`).join(', ')}; the control at 128 bits lies between ${bps(lowest)} and ${bps(highest)}.
- **The limit.** What the data shares with itself stands for what people share with it by habit. Where items follow a template, it does not: see below.`,
    figures: {
      junkLowersBar: (muchJunk?.rules.matchBits ?? 0) < (base?.rules.matchBits ?? 0),
      attacks: rows.map(({ name, calibrated, rules, lift, stolen }) => ({
        name,
        control128: controlAt(calibrated, 128),
        control160: controlAt(calibrated, 160),
        matchBits: rules.matchBits,
        controlBps: rules.controlBps,
        lift,
        stolen,
      })),
      otherDraws: { count: seeds, lowest128: lowest, highest128: highest },
    },
    checks: [
      {
        name: 'no attack moves Imin but those that can: inserted words, halved items, several times as much junk as data, all data in one hand, however divided, and runs that several small accounts bring',
        cases: unmoved.length - 1,
        failures: unmoved.length - same.length,
        seen: `${same.length} of ${unmoved.length} at ${base?.rules.matchBits} bits`,
      },
      {
        name: 'a dense sybil raises Imin to 320 bits at most',
        cases: dense.length,
        failures: dense.filter(({ rules }) => rules.matchBits > 320).length,
        seen: `${highestBar} bits`,
      },
      {
        name: '1 % of the data tokens, by two or six accounts, raises Imin by a step at most',
        cases: small.length,
        failures: small.filter((bits) => bits > 160).length,
        seen: small.map((bits) => `${bits} bits`).join(', '),
      },
      {
        name: 'data in one hand moves Imin by one step at most, however it is divided among accounts',
        cases: dividedBars.length,
        failures: dividedBars.filter((bits) => bits < 128 || bits > 160).length,
        seen: dividedBars.map((bits) => `${bits} bits`).join(', '),
      },
      {
        name: 'no attack on the bar takes a word of others’ quotes',
        cases: rows.length - 1,
        failures: rows.filter(({ stolen }) => stolen > 0.0005).length,
        seen: `${percent(Math.max(...rows.map(({ stolen }) => stolen)), 3)} at most`,
      },
    ],
  };
};
