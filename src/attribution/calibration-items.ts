/** Prepares the texts of a contribution for calibration, by what it has declared and which of its passages were struck. */
import { type Declaration, derivePassages } from '../../state/attribution/declaration.ts';
import type { Tokens } from '../../state/attribution/tokens.ts';
import type { CalibrationItem } from './calibrator.ts';
import type { TokenRun } from './novelty.ts';

export type StruckPassages = {
  /** The indices of the passages that a challenge struck, because they were copied. */
  readonly struck: ReadonlySet<number>;
};

/** Returns the items of a contribution, in order. @param declaration - one that the chain has accepted */
export const calibrationItems = (
  items: readonly Tokens[],
  declaration: Pick<Declaration, 'shapes' | 'copied'>,
  { struck }: StruckPassages,
): readonly CalibrationItem[] => {
  const copied = items.map((): TokenRun[] => []);
  const struckRuns = items.map((): TokenRun[] => []);
  for (const [index, { item, start, end, type }] of derivePassages(declaration).passages.entries()) {
    if (type === 'copied') copied[item]?.push({ start, end });
    else if (struck.has(index)) struckRuns[item]?.push({ start, end });
  }
  return items.map((tokens, i) => ({
    tokens,
    promptTokens: declaration.shapes[i]?.promptTokens ?? 0,
    copied: copied[i] ?? [],
    struck: struckRuns[i] ?? [],
  }));
};
