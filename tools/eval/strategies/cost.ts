/** What it costs to register a text, by the parameters of genesis. */
import { readFileSync } from 'node:fs';
import type { TokenRun } from '../../../src/attribution/novelty.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { NOVEL_RUNS_MAX } from '../../../state/attribution/novel-runs.ts';
import { parseGenesis } from '../../../state/genesis.ts';
import { transactionGas } from '../../../state/tx/gas.ts';

const { params } = unwrap(
  parseGenesis(JSON.parse(readFileSync(new URL('../../../genesis.json', import.meta.url), 'utf8')) as Json),
);

/** The bytes of what a reveal lists, and about those of everything else in a transaction. */
const SHAPE_BYTES = 8;
const COPIED_RUN_BYTES = 24;
const NOVEL_RUN_BYTES = 12;
const REST_BYTES = 1_500;
/** The gas of a commit, of a review, and of a reveal with its items and runs (state/tx/data-contribution.ts). */
const COMMIT_GAS = 5_000n;
const REVIEW_GAS = 5_000n;
const REVEAL_GAS = 10_000n;
const ITEM_GAS = 100;
const COPIED_RUN_GAS = 200;
const NOVEL_RUN_GAS = 10;

/** In OPEN. */
export type Cost = {
  /** The fees of the transactions, which are gone. */
  readonly fees: number;
  /**
   * The bonds of the commits and of the bytes, and of the reviewers who accept. They come back if no witness brings the
   * contributions down.
   */
  readonly bonds: number;
  /** What attestors do not earn because they settle nothing. */
  readonly forgone: number;
};

const open = (baseUnits: bigint): number => Number(baseUnits) / 1e18;

const { minQuorum, reviewBond, commitBond, bondPerByteMin } = params.contribution;

export type Registered = {
  /** The novel and the copied runs of each item. */
  readonly novel: readonly (readonly TokenRun[])[];
  readonly copied: readonly (readonly TokenRun[])[];
  readonly bytes: number;
  /** How many contributions there are at least; one declares at most so many runs, so there may be more. */
  readonly contributions: number;
};

const runsIn = (items: readonly (readonly TokenRun[])[]): number =>
  items.reduce((sum, each) => sum + each.length, 0);

/** Returns the cost of contributions with this text, accepted by as few reviewers as a Datanet may have. */
export const costOf = ({ novel, copied, bytes, contributions }: Registered): Cost => {
  const runs = runsIn(novel);
  const copies = runsIn(copied);
  const listed = SHAPE_BYTES * novel.length + COPIED_RUN_BYTES * copies + NOVEL_RUN_BYTES * runs;
  const room = params.blocks.maxTransactionBytes - REST_BYTES;
  const count = Math.max(contributions, Math.ceil(runs / NOVEL_RUNS_MAX), Math.ceil(listed / room));
  const gasOf = (kind: bigint): bigint => transactionGas(kind, REST_BYTES, params.fees);
  const gas =
    BigInt(count) * (gasOf(COMMIT_GAS) + gasOf(REVEAL_GAS) + BigInt(minQuorum) * gasOf(REVIEW_GAS)) +
    BigInt(ITEM_GAS * novel.length + COPIED_RUN_GAS * copies + NOVEL_RUN_GAS * runs) +
    BigInt(listed * params.fees.gasPerByte);
  return {
    fees: open(gas * params.fees.initialBaseFee),
    bonds: open(
      BigInt(count) * (commitBond + BigInt(minQuorum) * reviewBond) + BigInt(bytes) * bondPerByteMin,
    ),
    forgone: 0,
  };
};

/**
 * Returns what attestors earn by settling answers with this data money, in OPEN.
 * @param data - in base units
 */
export const earnedByAttestors = (data: bigint): number => {
  const { burnBps, treasuryBps, attestorBps, modelBps, stakersBps } = params.shares;
  const dataBps = 10_000 - burnBps - treasuryBps - attestorBps - modelBps - stakersBps;
  return open((data * BigInt(attestorBps)) / BigInt(dataBps));
};
