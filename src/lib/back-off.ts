/** Exponential back-off: how long to pause after a number of failures. It has no clock and no unit of its own. */
export type BackOff = {
  /** The pause after the first failure. */
  readonly first: number;
  /** No pause is longer than this. */
  readonly longest: number;
  /** The factor from one pause to the next: 2 unless given. */
  readonly growth?: number;
};

/** Returns the pause after this many failures in a row, 1 or more, in the unit of `first` and `longest`. */
export const pauseAfter = (failures: number, { first, longest, growth = 2 }: BackOff): number =>
  Math.min(longest, first * growth ** (failures - 1));
