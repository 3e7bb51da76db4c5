/**
 * Attacks on the sums: accounts that are split to gain from rounding, and epochs that are chosen to gain from the
 * excess.
 */
import { maxBig } from '../../../src/lib/math.ts';
import { randomFrom } from '../../lib/random.ts';
import { answersOf, type Contribution, SOLVER_NAMES, wordsOf } from '../collections.ts';
import { close, type Settled, settle } from '../economy.ts';
import { itemOf } from '../rewriting.ts';
import { check, percent, ratio, type Section, table } from '../section.ts';
import { type AttackSetup, runEpoch, VICTIM } from './setup.ts';

const ACCOUNT = `${VICTIM} as account`;

/** Returns the victim's income from spans over all its accounts. */
const spansOf = (contributions: readonly Contribution[], setup: AttackSetup): bigint => {
  const { income } = runEpoch(setup.makeTracer, contributions, setup.quoting, setup.rules);
  let sum = 0n;
  for (const [owner, { spans }] of income.byOwner)
    if (owner === VICTIM || owner.startsWith(ACCOUNT)) sum += spans;
  return sum;
};

/**
 * Splits each of the victim's contributions into `parts` contributions of as many accounts, at the same places in the
 * order.
 */
const split = (contributions: readonly Contribution[], parts: number): readonly Contribution[] =>
  contributions.flatMap((each) =>
    each.owner !== VICTIM
      ? [{ ...each, contribution: each.contribution * 1000 }]
      : Array.from({ length: parts }, (_, part) => ({
          contribution: each.contribution * 1000 + part,
          owner: `${ACCOUNT} ${part}`,
          items: each.items.filter((_, i) => i % parts === part),
        })).filter(({ items }) => items.length > 0),
  );

const CUT = 32;

/** Cuts each of the victim's items into pieces. */
const chopped = (contributions: readonly Contribution[]): readonly Contribution[] =>
  contributions.map((each) =>
    each.owner !== VICTIM
      ? each
      : {
          ...each,
          items: each.items.flatMap(({ tokens }) => {
            const words = wordsOf(tokens);
            return Array.from({ length: Math.ceil(words.length / CUT) }, (_, i) =>
              itemOf(words.slice(i * CUT, (i + 1) * CUT)),
            );
          }),
        },
  );

/**
 * Closes epoch after epoch, and carries the debt of one into the next. @returns the sum of the pools, and the debt that
 * is left
 */
const closeAll = (epochs: readonly (readonly Settled[])[], controlBps: number) => {
  let paid = 0n;
  let debt = 0n;
  for (const epoch of epochs) {
    const closed = close(epoch, controlBps, debt);
    paid += closed.spanPool;
    debt = closed.debt;
  }
  return { paid, debt };
};

const halves = <T>(all: readonly T[]): readonly (readonly T[])[] => [
  all.slice(0, all.length >> 1),
  all.slice(all.length >> 1),
];

export const timing = (setup: AttackSetup, progress: (text: string) => void): Section => {
  const { contributions, thin, seed } = setup;
  progress('accounts split');
  const whole = spansOf(contributions, setup);
  const splits = [2, 10].map((parts) => ({
    parts,
    gain: spansOf(split(contributions, parts), setup) - whole,
  }));
  const cut = spansOf(chopped(contributions), setup) - whole;

  progress('epochs chosen');
  // Real outputs around their control, where each receipt may be above or below it: at 128 bits, with κ at the average
  // of the outputs themselves.
  const tracer = setup.makeTracer(contributions);
  const settled = SOLVER_NAMES.flatMap((solver) => settle(tracer, answersOf(solver, thin), 128));
  const gain = settled.reduce(
    (sum, { data, attribution }) => sum + data * BigInt(attribution.coverageBps),
    0n,
  );
  const data = settled.reduce((sum, each) => sum + each.data, 0n);
  const controlBps = Number(gain / data) + 1;
  const random = randomFrom(seed);
  const byChance = settled.map((each) => ({ each, key: random(2 ** 30) })).sort((a, b) => a.key - b.key);
  const honest = byChance.map(({ each }) => each);
  const best = settled.toSorted((a, b) => b.attribution.coverageBps - a.attribution.coverageBps);
  const rows = [
    { name: 'all in one epoch', ...closeAll([honest], controlBps) },
    { name: 'two epochs, as they come', ...closeAll(halves(honest), controlBps) },
    { name: 'two epochs, the best first', ...closeAll(halves(best), controlBps) },
    { name: 'two epochs, the worst first', ...closeAll(halves(best.toReversed()), controlBps) },
    {
      name: 'the best first, and three more ordinary epochs of the same outputs',
      ...closeAll([...halves(best), honest, honest, honest], controlBps),
    },
    { name: 'the same without choosing', ...closeAll([honest, honest, honest, honest], controlBps) },
  ];
  const sigma = 8_000n;
  const debtMoney = (debt: bigint): bigint => (sigma * debt) / 10n ** 8n;
  const unbacked = rows.map(({ paid, debt }) => paid - debtMoney(debt));
  const [one] = unbacked;
  const worst = splits.reduce((most, { gain: each }) => maxBig(most, each), 0n);
  return {
    name: 'timing',
    title: 'Splitting accounts, choosing epochs',
    text: `**Splitting.** One contributor as several accounts, each with a part of the items, at the same places in line: ${splits.map(({ parts, gain: each }) => `${parts} accounts gain ${each} of ${whole} base units`).join(', ')}. Shares are rounded once for a whole epoch, by
largest remainder, so one more account is worth a base unit at most. Cutting items into pieces of ${CUT} tokens instead changes its spans by ${percent(ratio(cut, whole), 1)}: no match crosses a border.

**Choosing epochs.** ${settled.length} real outputs at a control that they just do not exceed (128 bits, κ ${controlBps} bps), so that no span money is due. An attestor or provider decides which of them become final first.

${table(
  ['receipts become final', 'paid by spans, of D', 'debt carried on, of D'],
  rows.map(({ name, paid, debt }) => [
    name,
    percent(ratio(paid, data), 2),
    percent(ratio(debtMoney(debt), data), 2),
  ]),
)}

With the best receipts first a pool is paid earlier, and its size is left as debt. The next epochs have to cover that debt before anything is paid again, so what was paid less what is owed is never more than without choosing. An owner who
ends a model after one good epoch keeps the gain of that epoch.`,
    figures: {
      splits: splits.map(({ parts, gain: each }) => ({ parts, gainBaseUnits: each.toString() })),
      epochs: rows.map(({ name, paid, debt }) => ({
        name,
        paid: ratio(paid, data),
        debt: ratio(debtMoney(debt), data),
      })),
    },
    checks: [
      check(
        'splitting an account gains at most a base unit for each account more',
        worst <= BigInt(10 * contributions.filter(({ owner }) => owner === VICTIM).length),
        splits.map(({ parts, gain: each }) => `${parts} accounts: ${each}`).join(', '),
      ),
      {
        name: 'choosing epochs: what is paid less what is owed is never more than without choosing',
        cases: rows.length,
        failures: unbacked.filter((each, i) => {
          const epochs = i < 4 ? 1n : 4n;
          return each > epochs * maxBig(0n, one ?? 0n) + BigInt(rows.length);
        }).length,
        seen: rows.map(({ paid, debt }) => percent(ratio(paid - debtMoney(debt), data), 3)).join(', '),
      },
    ],
  };
};
