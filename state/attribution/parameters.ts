/** The limits and parameters of the attribution rules (docs/attribution.md). */

/** The number of tokens of one chunk, the leaf of every commitment. */
export const CHUNK_TOKENS = 64;
export const ITEM_TOKENS_MAX = 65_536;
export const OUTPUT_TOKENS_MAX = 4096;
export const PROMPT_TOKENS_MAX = 32_768;
export const ITEMS_MAX = 65_536;

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

export const DEFAULT_PARAMETERS: AttributionParameters = {
  matchTokensMin: 8,
  matchTokensMax: 256,
  matchBitsMin: 96,
  promptMin: 8,
  copyMin: 16,
  spanBps: 8000,
};

/** The most UTF-8 bytes of the text of one item, which limits what a content store keeps per item. */
export const ITEM_BYTES_MAX = 1 << 20;
