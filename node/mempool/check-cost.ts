/** What it costs to check a transaction, before anything of it but its envelope is known. */
import { attributionSettlement } from '../../state/tx/attribution-settlement.ts';
import { modelCalibration } from '../../state/tx/model-calibration.ts';

/**
 * The units that every transaction costs besides its bytes. A unit is about 40 ns of the checking thread: a transfer costs
 * 2,200 of them (90 µs, half of it to recover the signer), the largest contribution 260,000 (10 ms, in hashes of its payload).
 */
const BASE_UNITS = 2_000;
/** The units of a byte of the kinds whose payload is many small trees. A byte of any other kind costs one unit. */
const UNITS_PER_BYTE: ReadonlyMap<number, number> = new Map([
  [attributionSettlement.id, 8],
  [modelCalibration.id, 8],
]);

/** Returns the units that checking a transaction of this kind (its number) with so many bytes costs. */
export const checkCost = (kind: number, byteLength: number): number =>
  BASE_UNITS + byteLength * (UNITS_PER_BYTE.get(kind) ?? 1);

/** The units of looking at an envelope and at an account, in the thread of the node. */
export const LOOK_UNITS = BASE_UNITS;

/** The units of finding out, by its bytes, that a transaction waits here already. */
export const KNOWN_UNITS = 100;
