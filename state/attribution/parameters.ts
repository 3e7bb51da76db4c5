/** The limits and parameters of the attribution rules (docs/attribution.md). */

/** Tokens of one chunk, the leaf of every commitment. */
export const CHUNK_TOKENS = 64;
export const ITEM_TOKENS_MAX = 65_536;
export const OUTPUT_TOKENS_MAX = 4096;
export const PROMPT_TOKENS_MAX = 32_768;
export const ITEMS_MAX = 65_536;

/** Basis points in a whole. */
export const BPS = 10_000;
/** Q8: information is counted in units of 1/256 bit. */
export const Q8 = 256;

export type AttributionParameters = {
  /** Lmin and Lmax: the tokens of a match. */
  readonly matchTokensMin: number;
  readonly matchTokensMax: number;
  /** Imin, in bits, of a model whose calibration asks for no more. */
  readonly matchBitsMin: number;
  /** The tokens of an echoed run, at least. */
  readonly promptMin: number;
  /** The tokens of a copied run, at least, in calibration. */
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

/** UTF-8 bytes of one item's text: what a content store keeps. */
export const ITEM_BYTES_MAX = 1 << 20;
