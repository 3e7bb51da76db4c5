/** What it costs to check a transaction, before anything of it but its length is known. */

/**
 * The units that every transaction costs besides its bytes. A unit is about 40 ns of the checking thread: a transfer costs
 * 2,250 of them (90 µs, half of it to recover the signer), the largest contribution 260,000 (10 ms, in hashes of its payload).
 */
const BASE_UNITS = 2_000;

/** Returns the units that checking a transaction of so many bytes costs. */
export const checkCost = (byteLength: number): number => BASE_UNITS + byteLength;
