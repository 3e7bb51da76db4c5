/**
 * PT-2, the code points of version 2 of the rules (docs/attribution.md#tokens): marks separate words, as spaces do. So
 * punctuation changes no token, and rows of marks bear nothing.
 */
import { PT1 } from './pt1.ts';
import { MARK } from './pt2-table.ts';
import { BASIC_PLANE, type CodePoints, OTHER, SPACE_CLASS } from './tokens.ts';

const CLASSES = PT1.classes.slice();
{
  const isMark = new Uint8Array(BASIC_PLANE);
  for (const [first, last] of MARK) isMark.fill(1, first, Math.min(last, BASIC_PLANE - 1) + 1);
  // What folds to a mark is one.
  for (let c = 0; c < BASIC_PLANE; c++) if (isMark[PT1.folded[c] ?? c] === 1) CLASSES[c] = SPACE_CLASS;
}

const MARKS_ABOVE = MARK.filter(([, last]) => last >= BASIC_PLANE);

export const PT2: CodePoints = {
  classes: CLASSES,
  folded: PT1.folded,
  classAbove: (c) => {
    const kind = PT1.classAbove(c);
    return kind === OTHER && MARKS_ABOVE.some(([first, last]) => c >= first && c <= last)
      ? SPACE_CLASS
      : kind;
  },
};
