import { divFloor } from './math.ts';

/** Decimals of OPEN: an amount is counted in base units of 10^-18 OPEN. */
const DECIMALS = 18;
const ONE_OPEN = 10n ** 18n;

/** For people: `1.5 OPEN`, exact, without zeros at the end. */
export const formatOpen = (amount: bigint): string => {
  const whole = divFloor(amount, ONE_OPEN);
  const rest = amount - whole * ONE_OPEN;
  if (rest === 0n) return `${whole} OPEN`;
  return `${whole}.${rest.toString().padStart(DECIMALS, '0').replace(/0+$/, '')} OPEN`;
};
