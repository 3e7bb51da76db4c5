/**
 * Calibration (docs/calibration.md): what coincidence alone would pay for texts that the model's data holds. Tokens are
 * drawn from the data itself; a stretch of the item around each is traced to everything eligible but that item. The rules
 * in here are what draws, measures and decides; how a claim of it is checked is in `calibration-claim.ts`.
 */
import type { Root } from '../../src/lib/brands.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { divCeilNumber } from '../../src/lib/math.ts';
import { BPS } from './parameters.ts';

/** Bits, ascending: at each the share of coincidence is measured. */
export const CALIBRATION_STEPS: readonly number[] = [96, 128, 160, 192, 256, 320, 384];
/** Where a model's Imin stands if the last step is the one that meets the bar. */
const STEP_PAST_LAST = 512;
/** In place of a step's index: no step meets the bar. */
export const NO_STEP = CALIBRATION_STEPS.length;

/** Tokens of a drawn stretch, at most. */
export const STRETCH_TOKENS_MAX = 256;
/** Tokens of a stretch before the drawn one, unless the item or its prompt part ends that side. */
const STRETCH_TOKENS_BEFORE = 128;

/**
 * The place of the k-th draw among `drawable` tokens (> 0): sha256(seed ‖ k) mod their number, k being a little-endian
 * uint32 and the digest a big-endian number. The tokens stand in the order of (Datanet, acceptance, item, position).
 */
export const rankOfDraw = (seed: Root, k: number, drawable: bigint): bigint => {
  const index = new Uint8Array(4);
  new DataView(index.buffer).setUint32(0, k, true);
  let digest = 0n;
  for (const byte of sha256(seed, index)) digest = (digest << 8n) | BigInt(byte);
  return digest % drawable;
};

/** Where a drawn token stands. */
export type DrawnToken = {
  /** In its item. */
  readonly position: number;
  /** The number of tokens of the item. */
  readonly tokens: number;
  /** The number of tokens of the item's prompt part. A drawn token is never in it. */
  readonly promptTokens: number;
};

/** Tokens [start, end) of the item: what is traced, as if a model had put it out; the prompt part being the prompt. */
export const stretchOf = ({
  position,
  tokens,
  promptTokens,
}: DrawnToken): { readonly start: number; readonly end: number } => {
  const centred = Math.min(position - STRETCH_TOKENS_BEFORE, tokens - STRETCH_TOKENS_MAX);
  const start = Math.max(promptTokens, centred);
  return { start, end: Math.min(tokens, start + STRETCH_TOKENS_MAX) };
};

/** Over all draws: Σ S and Σ T, Q8 bits. */
export type ControlSums = { readonly covered: number; readonly total: number };

/**
 * Whether there is enough to measure by: of at least half of the draws, something counts. Otherwise what had been struck
 * or voided would decide where the bar is, or an empty sum would meet it at once.
 * @param totals - T of each draw
 */
export const isMeasurable = (totals: readonly number[]): boolean =>
  totals.length > 0 && 2 * totals.filter((total) => total > 0).length >= totals.length;

/** Whether Σ S / Σ T is at most the bar. */
export const meetsBar = ({ covered, total }: ControlSums, targetBps: number): boolean =>
  BPS * covered <= targetBps * total;

/** κ: Σ S / Σ T, rounded up. */
export const controlBpsOf = ({ covered, total }: ControlSums): number =>
  divCeilNumber(BPS * covered, Math.max(1, total));

/** The Imin that a model gets whose bar is met at step `level`: the next one, or more if it has to have more. */
export const calibratedBits = (level: number, leastBits: number): number =>
  Math.max(CALIBRATION_STEPS[level + 1] ?? STEP_PAST_LAST, leastBits);
