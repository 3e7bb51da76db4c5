/**
 * The thresholds of the paper by voting power: of n = 3f + 1, 2f + 1 is more than two thirds and f + 1 more than one
 * third. Compared by multiplication, so that nothing is rounded.
 */
import type { ValidatorSet } from '../src/lib/chain.ts';
import { sumBig } from '../src/lib/math.ts';

export const totalPower = (validators: ValidatorSet): bigint => sumBig(validators.map((each) => each.power));

/** 2f+1: any two such sets of votes share a correct validator. */
export const isQuorum = (power: bigint, total: bigint): boolean => 3n * power > 2n * total;

/** f+1: among them is at least one correct validator. */
export const hasCorrect = (power: bigint, total: bigint): boolean => 3n * power > total;
