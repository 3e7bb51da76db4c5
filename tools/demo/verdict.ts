/** Reads everything back, checks it, prints it, and summarises it. */

import { ZERO_ROOT } from '../../src/lib/brands.ts';
import { equal, toHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { RULES_DEFAULT, rulesOf } from '../../state/attribution/rules.ts';
import {
  type Check,
  cloneEarnsItsWord,
  commonsPaysNobody,
  echoEarnsNothing,
  firstIsPaidForNotice,
  passes,
  phrasesStandInTheData,
} from './checks.ts';
import { coverageOf, habitIsNotPaid, percentOf } from './control.ts';
import type { Evidence } from './evidence.ts';
import { lieHasFallen, lieSummary, stepsText } from './lie.ts';
import {
  claimsAreInBalances,
  contributorsGotTheDataMoney,
  dataMoneyIsDivided,
  feesArePaidOut,
} from './money.ts';
import { paidRow } from './paid-row.ts';
import { commonRoots, type ReadReceipt, readReceipts } from './readback.ts';
import { calibrationTable, checkLines, coverageTable, earnersTable, moneyTable } from './report.ts';
import { watcherAgrees } from './services.ts';
import type { Summary } from './summary.ts';
import { ADDED_WORD } from './swc.ts';
import { shownTraces, tracesText } from './traces.ts';

export type Verdict = {
  readonly summary: Summary;
  readonly holds: boolean;
  /** A receipt that is worth explaining. */
  readonly receipt: string | undefined;
};

const rootsAgree = ({ height, stateRoots }: Pick<Summary, 'height' | 'stateRoots'>): Check => ({
  name: 'all nodes’ state roots are equal',
  premise: 'nodes',
  cases: stateRoots.length,
  holds: new Set(stateRoots).size === 1,
  detail: `after height ${height}, ${new Set(stateRoots).size === 1 ? stateRoots[0] : stateRoots.join(', ')}`,
});

const copyIsRefused = async ({ ledger, copies }: Evidence): Promise<Check> => {
  const { contribution } = copies.original;
  const original = await ledger.reader.call('contribution_get', { contribution });
  return {
    name: 'an exact copy of a contribution is refused',
    premise: 'accepted contribution of exactly this text',
    cases:
      original.stage === 'accepted' && equal(original.declared?.digest ?? ZERO_ROOT, copies.digest) ? 1 : 0,
    holds: copies.refused === 'CONTRIBUTION_DUPLICATE' && copies.warned === 'CONTRIBUTION_DUPLICATE',
    detail: `contribution ${contribution} holds it: the chain says ${copies.refused}; openledger contribute had said so before a bond was at stake`,
  };
};

/** Whether the chain has settled the outputs of the maths model as they are traced here, from the files alone. */
const isSettledAs = (coverage: Evidence['coverage'], solved: readonly ReadReceipt[]): boolean => {
  const own = coverage.find(({ name }) => name === '175b_finetuning')?.coverage;
  const settled = coverageOf(solved);
  return own?.outputs === settled.outputs && own.covered === settled.covered && own.total === settled.total;
};

const controlIsBeside = (coverage: Evidence['coverage'], solved: readonly ReadReceipt[]): Check => {
  const [human, ...models] = coverage;
  return {
    name: 'the coverage of human answers stands beside that of the models, and the chain has settled as traced here',
    premise: 'human answers traced as a control',
    cases: human?.coverage.outputs ?? 0,
    holds:
      models.length === 4 &&
      models.every((row) => row.coverage.outputs === human?.coverage.outputs && row.raw.bps > 0) &&
      isSettledAs(coverage, solved),
    detail: `${percentOf(human?.coverage.bps ?? 0)}; models ${models.map((row) => percentOf(row.coverage.bps)).join(', ')}; settled on the chain ${percentOf(coverageOf(solved).bps)}`,
  };
};

const receiptChecks = async (
  { ledger, datanets, accepted, copies }: Evidence,
  receipts: readonly ReadReceipt[],
  ofDatanet: (datanet: DatanetId) => readonly ReadReceipt[],
): Promise<readonly Check[]> => {
  const { tokenizeText } = rulesOf(RULES_DEFAULT);
  const notice = unwrap(tokenizeText(datanets.notice));
  const smallIds = accepted
    .filter(({ datanet }) => datanet === datanets.small)
    .map(({ contribution }) => contribution);
  const { contribution } = copies.clone;
  const clone = await ledger.reader.call('contribution_get', { contribution });
  const word = unwrap(tokenizeText(ADDED_WORD));
  return [
    commonsPaysNobody(ofDatanet(datanets.registry), notice),
    firstIsPaidForNotice(ofDatanet(datanets.small), notice, Math.min(...smallIds)),
    cloneEarnsItsWord(receipts, word, {
      contribution,
      novelTokens: Number(clone.declared?.novelTokens ?? -1),
    }),
    echoEarnsNothing(receipts, ledger.params.attribution.promptMin),
  ];
};

/** Finds the items of contributions in the files that people contributed. */
const itemsOf = (accepted: Evidence['accepted']) => {
  const rows = new Map(accepted.map((each) => [each.contribution, each.rows]));
  return (contribution: ContributionId, item: number) => rows.get(contribution)?.[item]?.tokens;
};

/** Returns the rows of the coverage table. The row of outputs that were settled is computed from the chain. */
const coverageRows = ({ coverage }: Evidence, solved: readonly ReadReceipt[]) => [
  ...coverage.map(({ name, ...each }) => ({
    name: name === 'ground_truth' ? 'ground_truth: human answers, the control' : name,
    ...each,
  })),
  { name: '175b_finetuning, as settled on the chain', raw: undefined, coverage: coverageOf(solved) },
];

export const verdict = async (evidence: Evidence): Promise<Verdict> => {
  const { ledger, reporter, models, batches, claims, accepted, started, lie } = evidence;
  const receipts = await reporter.step('read back', async (progress) => {
    progress('every receipt is read from a node to which nothing was submitted');
    const value = await readReceipts(ledger.reader, batches, ledger.params.shares, progress);
    return {
      value,
      done: `${value.length} receipts, their texts and traces, from a node to which nothing was sent`,
    };
  });
  const ofDatanet = (datanet: DatanetId): readonly ReadReceipt[] => {
    const ids = models.filter((model) => model.datanet === datanet).map(({ id }) => id);
    return receipts.filter(({ model }) => ids.includes(model));
  };
  const solved = ofDatanet(evidence.datanets.maths);
  const { totals } = await ledger.reader.call('rewards_totals');
  const roots = await commonRoots(ledger.nodes);
  const summary: Summary = {
    chainId: (await ledger.reader.call('chain_getDomain')).chainId.toString(),
    ...roots,
    fees: totals.fees.toString(),
    paid: {
      burned: totals.burned.toString(),
      treasury: totals.treasury.toString(),
      attestors: totals.attestors.toString(),
      providers: totals.providers.toString(),
      model: totals.model.toString(),
      stakers: totals.stakers.toString(),
      data: totals.data.toString(),
      relevance: totals.relevance.toString(),
      remainder: totals.remainder.toString(),
      shared: totals.shared.toString(),
    },
    receipts: Number(totals.receipts),
    settled: Number(totals.settled),
    seconds: Math.round((performance.now() - started) / 100) / 10,
    earned: claims
      .filter(({ contributor }) => contributor)
      .map(({ actor, grown }) => ({ address: toHex(actor.address), amount: grown.toString() })),
    ...(lie === undefined ? {} : { lie: lieSummary(lie) }),
  };
  const checks: readonly Check[] = [
    rootsAgree(summary),
    feesArePaidOut(receipts, summary),
    dataMoneyIsDivided(receipts, summary.paid, totals.remainderToTreasury),
    contributorsGotTheDataMoney(claims, summary.paid, totals.remainderToTreasury, accepted.length),
    claimsAreInBalances(claims),
    ...(await receiptChecks(evidence, receipts, ofDatanet)),
    phrasesStandInTheData(receipts, itemsOf(accepted)),
    await copyIsRefused(evidence),
    controlIsBeside(evidence.coverage, solved),
    watcherAgrees(evidence.reviewed, evidence.reviewable, lie !== undefined),
    ...models
      .filter(({ datanet }) => datanet === evidence.datanets.maths)
      .map((model) => habitIsNotPaid(model, coverageOf(solved))),
    ...(lie === undefined ? [] : [lieHasFallen(lie, evidence.actors)]),
  ];
  const traces = shownTraces(receipts, evidence);
  const row = await paidRow(evidence, solved);
  reporter.print(tracesText(traces));
  if (lie !== undefined) reporter.print(stepsText(lie.steps));
  reporter.print(
    earnersTable(
      claims
        .filter(({ contributor }) => contributor)
        .map(({ actor: { name }, spans, relevance, remainder }) => ({ name, spans, relevance, remainder })),
    ),
  );
  reporter.print(moneyTable(summary));
  if (row !== undefined) reporter.print(row.text);
  reporter.print(calibrationTable(models));
  reporter.print(coverageTable(coverageRows(evidence, solved), ledger.params.attribution.iMin, models[0]));
  reporter.print(`${checkLines(checks, summary.seconds)}\n`);
  return { summary, holds: checks.every(passes), receipt: row?.receipt ?? traces[0]?.receipt.id };
};
