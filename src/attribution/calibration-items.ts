/** What calibration makes of a contribution's texts, by what it declared of them and what of that has fallen since. */
import { type Declaration, derivePassages } from '../../state/attribution/declaration.ts';
import type { Tokens } from '../../state/attribution/pt1.ts';
import type { CalibrationItem } from './calibrator.ts';
import type { TokenRun } from './novelty.ts';

export type FallenPassages = {
  /** Indices of passages that turned out to be copied. */
  readonly struck: ReadonlySet<number>;
};

/** The items of a contribution, in order. Its declaration must be one that the chain has taken. */
export const calibrationItems = (
  items: readonly Tokens[],
  declaration: Pick<Declaration, 'shapes' | 'copied'>,
  { struck }: FallenPassages,
): readonly CalibrationItem[] => {
  const copied = items.map((): TokenRun[] => []);
  const fallen = items.map((): TokenRun[] => []);
  for (const [index, { item, start, end, type }] of derivePassages(declaration).passages.entries()) {
    if (type === 'copied') copied[item]?.push({ start, end });
    else if (struck.has(index)) fallen[item]?.push({ start, end });
  }
  return items.map((tokens, i) => ({
    tokens,
    promptTokens: declaration.shapes[i]?.promptTokens ?? 0,
    copied: copied[i] ?? [],
    struck: fallen[i] ?? [],
  }));
};
