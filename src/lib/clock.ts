/** Gives the time of this machine. Pure code takes the time as a value instead. */
export type Clock = { readonly now: () => bigint };

/** Unix time in milliseconds. */
export const systemClock: Clock = { now: () => BigInt(Date.now()) };
