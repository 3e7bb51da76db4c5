/**
 * Calibration (docs/calibration.md): how much coincidence alone would pay for texts like those of the model's data.
 * Tokens are drawn from the data itself, twice. A stretch of the item around each token is traced to everything eligible
 * except what the owner of the item contributed. This file has the rules that draw, measure and decide;
 * `calibration-claim.ts` checks a claim of the result.
 */
import type { Root } from '../../src/lib/brands.ts';
import { ok, type Result } from '../../src/lib/errors.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { fail } from '../../src/lib/lib-errors.ts';
import { divCeilNumber } from '../../src/lib/math.ts';
import { mapped, type Ssz, uint8 } from '../../src/lib/ssz.ts';
import { BPS } from './parameters.ts';

/** A calibration is drawn once in each round, by a seed of its own. */
export const CALIBRATION_ROUNDS = [0, 1] as const;
export type CalibrationRound = (typeof CALIBRATION_ROUNDS)[number];

const knownRound = (round: number): Result<CalibrationRound> => {
  const known = CALIBRATION_ROUNDS.find((each) => each === round);
  return known === undefined
    ? fail('SSZ_RANGE', `a calibration has no round ${round}`, { round })
    : ok(known);
};

/** One byte. JSON: the number. */
export const CalibrationRoundType: Ssz<CalibrationRound> = mapped<number, CalibrationRound>(
  uint8,
  { to: knownRound, from: (round) => round },
  {
    schema: { type: 'integer', enum: CALIBRATION_ROUNDS },
    toJson: (round) => round,
    fromJson: (json) => {
      const round = uint8.fromJson(json);
      return round.ok ? knownRound(round.value) : round;
    },
  },
);

/** The steps, ascending: numbers of bits at which the share of coincidence is measured. */
export const CALIBRATION_STEPS: readonly number[] = [96, 128, 160, 192, 256, 320, 384];
/** The Imin of a model if the last step is the one that meets the bar. */
const STEP_PAST_LAST = 512;
/** Stands for the index of a step if no step meets the bar. */
export const NO_STEP = CALIBRATION_STEPS.length;

/** The most tokens of a drawn stretch. */
export const STRETCH_TOKENS_MAX = 256;
/** The tokens of a stretch before the drawn token, if the item or its prompt does not end earlier on that side. */
const STRETCH_TOKENS_BEFORE = 128;

/**
 * Returns the place of the k-th draw among `drawable` tokens (> 0): sha256(seed ‖ k) modulo their number, where k is a
 * little-endian uint32 and the digest a big-endian number. The tokens are in the order of (Datanet, acceptance, item,
 * position).
 */
export const rankOfDraw = (seed: Root, k: number, drawable: bigint): bigint => {
  const index = new Uint8Array(4);
  new DataView(index.buffer).setUint32(0, k, true);
  let digest = 0n;
  for (const byte of sha256(seed, index)) digest = (digest << 8n) | BigInt(byte);
  return digest % drawable;
};

/** The place of a drawn token. */
export type DrawnToken = {
  /** The position of the token in its item. */
  readonly position: number;
  /** The number of tokens of the item. */
  readonly tokens: number;
  /** The number of tokens of the item's prompt. A drawn token is never in the prompt. */
  readonly promptTokens: number;
};

/**
 * Returns the tokens [start, end) of the item that are traced as if they were the output of a model. The prompt of the
 * item is the prompt.
 */
export const stretchOf = ({
  position,
  tokens,
  promptTokens,
}: DrawnToken): { readonly start: number; readonly end: number } => {
  const centred = Math.min(position - STRETCH_TOKENS_BEFORE, tokens - STRETCH_TOKENS_MAX);
  const start = Math.max(promptTokens, centred);
  return { start, end: Math.min(tokens, start + STRETCH_TOKENS_MAX) };
};

/** How much of all draws is covered, and how much there is, in units that the version of the rules decides (`control.ts`). */
export type ControlSums = {
  readonly covered: number;
  /** What would be covered if no account was bounded. By version 1 none is. */
  readonly unbounded: number;
  readonly total: number;
};

/**
 * Without bounds by account, the covered share may be so many times the bar. So a claim of a round, which lists all that is
 * covered, fits into a transaction, although a bound hides most of it.
 */
const UNBOUNDED_TIMES = 20;

/**
 * Checks whether at least half of the draws have something that counts. With fewer, the struck and void passages would
 * decide where the bar is, or an empty sum would meet it at once.
 * @param totals - T of each draw
 */
export const isMeasurable = (totals: readonly number[]): boolean =>
  totals.length > 0 && 2 * totals.filter((total) => total > 0).length >= totals.length;

/** Checks whether the share that is covered is at most the bar, and without bounds at most {@link UNBOUNDED_TIMES} times that. */
export const meetsBar = ({ covered, unbounded, total }: ControlSums, targetBps: number): boolean =>
  BPS * covered <= targetBps * total && BPS * unbounded <= UNBOUNDED_TIMES * targetBps * total;

/** Returns κ: the share that is covered, rounded up. */
export const controlBpsOf = ({ covered, total }: Pick<ControlSums, 'covered' | 'total'>): number =>
  divCeilNumber(BPS * covered, Math.max(1, total));

/** Returns the Imin of a model whose bar is met at step `level`: the next step, or `leastBits` if that is more. */
export const calibratedBits = (level: number, leastBits: number): number =>
  Math.max(CALIBRATION_STEPS[level + 1] ?? STEP_PAST_LAST, leastBits);

/** What a calibration finds for a version of a model. */
export type ModelControl = {
  /** Imin in bits. */
  readonly matchBits: number;
  /** κ. */
  readonly controlBps: number;
};

/**
 * Returns what two rounds find together: the higher Imin with the κ that was measured with it, or the higher κ if both
 * have the same Imin.
 */
export const combinedControl = (a: ModelControl, b: ModelControl): ModelControl => {
  if (a.matchBits !== b.matchBits) return a.matchBits > b.matchBits ? a : b;
  return a.controlBps >= b.controlBps ? a : b;
};
