/**
 * The control, off the chain: how much of a text that no model wrote the same rules would pay for. What they pay for a
 * model's outputs means little without it.
 */
export type Coverage = {
  readonly outputs: number;
  /** Σ S and Σ T, Q8 bits. */
  readonly covered: number;
  readonly total: number;
  /** ⌊10000 · Σ S / Σ T⌋ */
  readonly bps: number;
};

export const coverageOf = (
  parts: readonly { readonly covered: number; readonly total: number }[],
): Coverage => {
  const covered = parts.reduce((sum, part) => sum + part.covered, 0);
  const total = parts.reduce((sum, part) => sum + part.total, 0);
  return {
    outputs: parts.length,
    covered,
    total,
    bps: total === 0 ? 0 : Math.floor((10_000 * covered) / total),
  };
};
