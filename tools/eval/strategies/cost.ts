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
const SHAPE_BYTES = 16;
const NOVEL_RUN_BYTES = 12;
const REST_BYTES = 1_500;
/** The gas of a commit and of a reveal with its items and novel runs (state/tx/data-contribution.ts). */
const COMMIT_GAS = 5_000n;
const REVEAL_GAS = 10_000n;
const ITEM_GAS = 100;
const NOVEL_RUN_GAS = 10;

/** In OPEN. */
export type Cost = {
  /** The fees, which are gone. */
  readonly fees: number;
  /** The bonds of the commits and of the bytes. They come back if nobody brings the contributions down. */
  readonly bonds: number;
};

const open = (baseUnits: bigint): number => Number(baseUnits) / 1e18;

/**
 * Returns the cost of contributions with this text.
 * @param contributions - how many there are at least; one declares at most so many novel runs, so there may be more
 */
export const costOf = (
  novel: readonly (readonly TokenRun[])[],
  { bytes, contributions }: { readonly bytes: number; readonly contributions: number },
): Cost => {
  const runs = novel.reduce((sum, each) => sum + each.length, 0);
  const listed = SHAPE_BYTES * novel.length + NOVEL_RUN_BYTES * runs;
  const room = params.blocks.maxTransactionBytes - REST_BYTES;
  const count = Math.max(contributions, Math.ceil(runs / NOVEL_RUNS_MAX), Math.ceil(listed / room));
  const gas =
    BigInt(count) *
      (transactionGas(COMMIT_GAS, REST_BYTES, params.fees) +
        transactionGas(REVEAL_GAS, REST_BYTES, params.fees)) +
    BigInt(ITEM_GAS * novel.length + NOVEL_RUN_GAS * runs) +
    BigInt(listed * params.fees.gasPerByte);
  return {
    fees: open(gas * params.fees.initialBaseFee),
    bonds: open(
      BigInt(count) * params.contribution.commitBond + BigInt(bytes) * params.contribution.bondPerByteMin,
    ),
  };
};
