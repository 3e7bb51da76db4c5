/**
 * The thresholds of the paper by voting power: of n = 3f + 1, 2f + 1 is more than two thirds and f + 1 more than one
 * third. Compared by multiplication, so that nothing is rounded.
 */
import type { ValidatorSet } from '../src/lib/chain.ts';
import { sumBig } from '../src/lib/math.ts';

export const totalPower = (validators: ValidatorSet): bigint => sumBig(validators.map((each) => each.power));

/** Returns whether a power is at least 2f+1. Any two such sets of votes share a correct validator. */
export const isQuorum = (power: bigint, total: bigint): boolean => 3n * power > 2n * total;

/** Returns whether a power is at least f+1. Such a set of votes contains a vote of a correct validator. */
export const hasCorrect = (power: bigint, total: bigint): boolean => 3n * power > total;
