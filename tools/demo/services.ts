/**
 * What the attestor and the watcher of the demo do. Both are the shipped programs, and run beside nodes to which nothing is
 * uploaded. The chain says when they are done; their own log says what the watcher has found.
 */

import type { Line } from '../../src/cli/liar/programs.ts';
import { waitUntil } from '../../src/client/wait.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import type { Check } from './checks.ts';
import { type Ledger, PATIENTLY } from './ledger.ts';
import type { RegisteredModel } from './models.ts';
import type { ServedBatch } from './serve.ts';

export type CalibratedModel = RegisteredModel & {
  /** The parameter Imin. */
  readonly matchBits: number;
  /** The parameter κ, in basis points. */
  readonly controlBps: number;
  /** How much of the drawn texts is covered at that Imin, which is what coincidence explains, and how much counts. */
  readonly covered: number;
  readonly total: number;
};

/** Waits until the calibrations of all models are final. */
export const calibratedModels = async (
  ledger: Ledger,
  models: readonly RegisteredModel[],
  progress: (text: string) => void,
): Promise<readonly CalibratedModel[]> => {
  const calibrated: CalibratedModel[] = [];
  for (const model of models)
    calibrated.push(
      await waitUntil(
        `the calibration of ${model.name}`,
        async () => {
          const found = await ledger.reader.call('model_getCalibration', { id: model.id });
          const { status, matchBits, controlBps, rounds } = found;
          progress(
            `${model.name}: ${status === 'pending' ? rounds.map((each) => `round ${each.round} ${each.status}`).join(', ') : status}`,
          );
          // The round whose numbers hold.
          const { claim = null } =
            rounds.find((each) => each.matchBits === matchBits && each.controlBps === controlBps) ?? {};
          if (matchBits === null || controlBps === null || claim === null) return undefined;
          return {
            ...model,
            matchBits,
            controlBps,
            covered: Number(claim.covered),
            total: Number(claim.total),
          };
        },
        PATIENTLY,
      ),
    );
  return calibrated;
};

/** Waits until every receipt is settled for good and the epoch of the last settlement has closed. */
export const allFinal = async (
  ledger: Ledger,
  batches: readonly ServedBatch[],
  progress: (text: string) => void,
): Promise<void> => {
  const receipts = batches.reduce((sum, each) => sum + each.receipts, 0);
  await waitUntil(
    'the close of the last epoch',
    async () => {
      const { totals, pots } = await ledger.reader.call('rewards_totals');
      const { height } = await ledger.reader.call('node_status');
      const pool = pots.find(({ pot }) => pot === 'dataPools')?.amount;
      progress(
        Number(totals.settled) < receipts
          ? `block ${height}: ${totals.settled} of ${receipts} receipts are final`
          : `block ${height}: all receipts are final; the epoch closes next`,
      );
      return totals.settled === BigInt(receipts) && pool === 0n ? true : undefined;
    },
    PATIENTLY,
  );
};

const of = (lines: readonly Line[], event: string): readonly Line[] =>
  lines.filter((line) => line.event === event);
const numberIn = (line: Line, name: string): number => {
  const value = line[name];
  return typeof value === 'number' ? value : 0;
};

/** What a watcher has reviewed so far, by its log. */
export type Reviewed = {
  readonly contributions: ReadonlySet<ContributionId>;
  readonly calibrations: number;
  readonly receipts: number;
  /** How many of all of these it has found false. */
  readonly wrong: number;
  /** How often it has challenged or demanded something. */
  readonly challenges: number;
  /** How many claims became final before it could judge them. */
  readonly missed: number;
};

export const reviewedBy = (lines: readonly Line[]): Reviewed => {
  const reviewed = of(lines, 'reviewed');
  const contributions = reviewed.filter((line) => 'contribution' in line);
  const calibrations = reviewed.filter((line) => 'model' in line);
  const settlements = reviewed.filter((line) => 'settlement' in line);
  const sum = (of: readonly Line[], name: string): number =>
    of.reduce((total, line) => total + numberIn(line, name), 0);
  return {
    contributions: new Set(contributions.map((line) => numberIn(line, 'contribution'))),
    calibrations: calibrations.filter((line) => line.verdict === 'holds').length,
    receipts: sum(settlements, 'holds'),
    wrong:
      sum(contributions, 'false') +
      calibrations.filter((line) => line.verdict === 'false').length +
      sum(settlements, 'false'),
    challenges: of(lines, 'challenging').length + of(lines, 'demanding').length,
    missed:
      calibrations.filter((line) => line.late === true && line.verdict !== 'holds').length +
      of(lines, 'over').filter((line) => 'receipt' in line && line.status === 'final').length,
  };
};

/** What there is to review. */
export type Reviewable = {
  readonly contributions: readonly ContributionId[];
  readonly calibrations: number;
  readonly receipts: number;
};

const hasReviewed = (reviewed: Reviewed, all: Reviewable): boolean =>
  all.contributions.every((each) => reviewed.contributions.has(each)) &&
  reviewed.calibrations >= all.calibrations &&
  reviewed.receipts >= all.receipts;

/** Waits until the watcher has reviewed everything, or has found something that is not right. */
export const allReviewed = (
  lines: readonly Line[],
  all: Reviewable,
  progress: (text: string) => void,
): Promise<Reviewed> =>
  waitUntil(
    'the reviews of the watcher',
    async () => {
      const reviewed = reviewedBy(lines);
      progress(
        `the watcher has reviewed ${reviewed.contributions.size} contributions, ${reviewed.calibrations} calibrations and ${reviewed.receipts} receipts`,
      );
      return hasReviewed(reviewed, all) || reviewed.wrong + reviewed.challenges + reviewed.missed > 0
        ? reviewed
        : undefined;
    },
    PATIENTLY,
  );

/**
 * Checks that an independent watcher has confirmed every declaration, calibration and settlement.
 * @param liesLater - whether a lie is told after this, which another check is about
 */
export const watcherAgrees = (reviewed: Reviewed, all: Reviewable, liesLater = false): Check => ({
  name: 'a watcher has confirmed every declaration, calibration and settlement',
  premise: 'contributions, calibrations and receipts that it has reviewed',
  cases: reviewed.contributions.size + reviewed.calibrations + reviewed.receipts,
  holds: hasReviewed(reviewed, all) && reviewed.wrong + reviewed.challenges + reviewed.missed === 0,
  detail: `${reviewed.contributions.size} contributions, ${reviewed.calibrations} calibrations, ${reviewed.receipts} receipts; ${reviewed.wrong} false, ${reviewed.challenges} challenged, ${reviewed.missed} missed${liesLater ? ', before the lie' : ''}`,
});
