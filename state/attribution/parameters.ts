/** The limits and parameters of the attribution rules (docs/attribution.md). */
import { RULES_DEFAULT, type RulesVersion } from './rules.ts';

/** The number of tokens of one chunk, the leaf of every commitment. */
export const CHUNK_TOKENS = 64;
export const ITEM_TOKENS_MAX = 65_536;
export const OUTPUT_TOKENS_MAX = 4096;
export const PROMPT_TOKENS_MAX = 32_768;
export const ITEMS_MAX = 65_536;
/** The bytes of a text that count as one token towards fees and limits, if it has fewer tokens than that. */
export const BYTES_PER_UNIT = 8;

/** The number of basis points in a whole. */
export const BPS = 10_000;
/** The number of units in a bit, because information is counted in Q8: units of 1/256 bit. */
export const Q8 = 256;

export type AttributionParameters = {
  /** Lmin and Lmax: the least and the most tokens of a match. */
  readonly matchTokensMin: number;
  readonly matchTokensMax: number;
  /** Imin, in bits, of a model whose calibration does not require more. */
  readonly matchBitsMin: number;
  /** The least tokens of an echoed run. */
  readonly promptMin: number;
  /** The least tokens of a copied run, in calibration. */
  readonly copyMin: number;
  /** σ: the part of the data money that the span track may pay. */
  readonly spanBps: number;
};

/** The parameters of a chain without changes, and the version of the rules that a Datanet has unless it says otherwise. */
export const DEFAULT_PARAMETERS: AttributionParameters & { readonly version: RulesVersion } = {
  version: RULES_DEFAULT,
  matchTokensMin: 8,
  matchTokensMax: 256,
  matchBitsMin: 96,
  promptMin: 8,
  copyMin: 16,
  spanBps: 8000,
};

/** The most UTF-8 bytes of the text of one item, which limits what a content store keeps per item. */
export const ITEM_BYTES_MAX = ITEM_TOKENS_MAX * BYTES_PER_UNIT;
export const PROMPT_BYTES_MAX = PROMPT_TOKENS_MAX * BYTES_PER_UNIT;
export const OUTPUT_BYTES_MAX = OUTPUT_TOKENS_MAX * BYTES_PER_UNIT;
