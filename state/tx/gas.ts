/** The gas of a transaction: the gas of its kind, its bytes and its signature. */
import type { ContributionId } from '../../src/lib/ids.ts';
import type { FeeParams } from '../params.ts';

/** Returns the gas of a transaction of `byteLength` encoded bytes whose kind needs `kindGas`. */
export const transactionGas = (kindGas: bigint, byteLength: number, fees: FeeParams): bigint =>
  kindGas + BigInt(byteLength) * BigInt(fees.gasPerByte) + BigInt(fees.gasPerSignature);

/**
 * Pays for a value of the state that no cache may have: about 0.1 ms, to read it from the disk and to hold it against the tree.
 * So a full block of them takes somewhat more than a second. The largest transaction that names a contribution in every run
 * still needs less gas than a block has.
 */
export const READ_GAS = 2_500n;

/** Returns the gas of the contributions that a payload cites. Each is read once, however often it is cited. */
export const citedGas = (cited: readonly { readonly contribution: ContributionId }[]): bigint =>
  READ_GAS * BigInt(new Set(cited.map(({ contribution }) => contribution)).size);
