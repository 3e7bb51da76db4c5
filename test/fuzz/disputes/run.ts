/** Runs disputes, case after case, until there were enough of them or one went wrong. */
import { toFault } from '../../../src/lib/errors.ts';
import type { Upheld } from '../../../state/attribution/witness/subject.ts';
import { caseOf } from './cases.ts';
import { disputeClaims } from './claim-disputes.ts';
import { disputeCommitment } from './commitment-disputes.ts';
import { declaredWorldOf, disputeDeclaration, isFalse } from './declaration-disputes.ts';
import { declaredCaseOf } from './declared-cases.ts';
import { falsehoodsOf } from './declared-truth.ts';
import { disputeBytes, type Targets } from './hostile-bytes.ts';
import { JUDGES, type Judges } from './judges.ts';
import { disputeSections } from './section-disputes.ts';
import { type DisputeCounts, Tally } from './tally.ts';
import { worldOf } from './world.ts';

export type DisputeFailure = {
  /** The seed of the round that failed. Alone it may not fail: a round also uses witnesses that earlier rounds have kept. */
  readonly seed: number;
  readonly why: string;
};

export type DisputeReport = DisputeCounts & {
  readonly seed: number;
  readonly disputes: number;
  readonly seconds: number;
  /** Of encoded witnesses that were upheld. */
  readonly largestBytes: number;
  readonly meanJudgeMs: number;
  readonly failure: DisputeFailure | undefined;
};

export type DisputeOptions = {
  readonly seed: number;
  readonly disputes: number;
  readonly judges?: Judges;
  readonly onProgress?: (done: number, seconds: number) => void;
};

/** Of hostile bytes there are many for each case: they are cheap. */
const BYTES_PER_ROUND = 8;

const targetsOf = (seed: number): Targets => {
  const worlds = Array.from({ length: 12 }, (_, i) => worldOf(caseOf(seed + i)));
  return {
    claims: worlds.map(({ subject, honest }) => subject(honest)),
    receipts: worlds.flatMap(({ receipt }) => receipt ?? []),
    contributions: Array.from({ length: 12 }, (_, i) => {
      const given = declaredCaseOf(seed + i);
      const falsehoods = falsehoodsOf(given);
      return {
        subject: declaredWorldOf(given).subject,
        isFalse: (upheld: Upheld) => isFalse(upheld, falsehoods, given),
      };
    }),
  };
};

/** What of one round goes wrong; undefined if nothing does. */
const disputeRound = (seed: number, targets: Targets, tally: Tally, judges: Judges): string | undefined => {
  const parts: readonly (readonly [string, () => string | undefined])[] = [
    ['claims', () => disputeClaims(seed, tally, judges)],
    ['sections', () => disputeSections(seed, tally, judges)],
    ['declaration', () => disputeDeclaration(seed, tally, judges)],
    ['commitment', () => disputeCommitment(seed, tally, judges)],
    ...Array.from(
      { length: BYTES_PER_ROUND },
      (_, i) => ['bytes', () => disputeBytes(seed * BYTES_PER_ROUND + i, targets, tally, judges)] as const,
    ),
  ];
  for (const [name, part] of parts) {
    try {
      const wrong = part();
      if (wrong !== undefined) return `${name}: ${wrong}`;
    } catch (error) {
      return `${name}: threw ${toFault(error).message}`;
    }
  }
  return undefined;
};

/** Round i is grown from seed + i. */
export const dispute = ({ seed, disputes, judges = JUDGES, onProgress }: DisputeOptions): DisputeReport => {
  const since = performance.now();
  const seconds = (): number => (performance.now() - since) / 1000;
  const tally = new Tally();
  const targets = targetsOf(seed);
  let failure: DisputeFailure | undefined;
  for (let i = 0; tally.disputes < disputes && failure === undefined; i++) {
    const why = disputeRound(seed + i, targets, tally, judges);
    if (why !== undefined) failure = { seed: seed + i, why };
    onProgress?.(tally.disputes, seconds());
  }
  return {
    ...tally.counts,
    seed,
    disputes: tally.disputes,
    seconds: seconds(),
    largestBytes: tally.largestBytes,
    meanJudgeMs: tally.judgeMs / Math.max(1, tally.disputes),
    failure,
  };
};
