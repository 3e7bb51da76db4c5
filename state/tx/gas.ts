/** The gas of a transaction: what its kind asks for, its bytes and its signature. */
import type { FeeParams } from '../params.ts';

/** Gas of a transaction of `byteLength` encoded bytes whose kind asks for `kindGas`. */
export const transactionGas = (kindGas: bigint, byteLength: number, fees: FeeParams): bigint =>
  kindGas + BigInt(byteLength) * BigInt(fees.gasPerByte) + BigInt(fees.gasPerSignature);
