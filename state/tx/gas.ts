/** The gas of a transaction: the gas of its kind, its bytes and its signature. */
import type { FeeParams } from '../params.ts';

/** Returns the gas of a transaction of `byteLength` encoded bytes whose kind needs `kindGas`. */
export const transactionGas = (kindGas: bigint, byteLength: number, fees: FeeParams): bigint =>
  kindGas + BigInt(byteLength) * BigInt(fees.gasPerByte) + BigInt(fees.gasPerSignature);
