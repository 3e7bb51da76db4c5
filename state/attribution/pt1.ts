/** PT-1, the code points of version 1 of the rules (docs/attribution.md#tokens): marks are tokens of their own. */
import { FOLD, REMOVED, SPACE, WORD } from './pt1-table.ts';
import { BASIC_PLANE, type CodePoints, OTHER, REMOVED_CLASS, SPACE_CLASS, WORD_CLASS } from './tokens.ts';

type Ranges = readonly (readonly [number, number])[];

const unfoldedClasses = (): Uint8Array => {
  const out = new Uint8Array(BASIC_PLANE);
  const fill = (rows: Ranges, value: number): void => {
    for (const [first, last] of rows) out.fill(value, first, last + 1);
  };
  fill(WORD, WORD_CLASS);
  fill(SPACE, SPACE_CLASS);
  fill(REMOVED, REMOVED_CLASS);
  return out;
};

const FOLDED = Uint16Array.from({ length: BASIC_PLANE }, (_, c) => c);
const CLASSES = unfoldedClasses();
{
  const unfolded = unfoldedClasses();
  for (const [first, last, step, delta] of FOLD) {
    for (let c = first; c <= last; c += step) {
      FOLDED[c] = c + delta;
      CLASSES[c] = unfolded[c + delta] ?? OTHER;
    }
  }
}

const REMOVED_ABOVE = REMOVED.filter(([first]) => first >= BASIC_PLANE);

const isIn = (ranges: Ranges, c: number): boolean => ranges.some(([first, last]) => c >= first && c <= last);

export const PT1: CodePoints = {
  classes: CLASSES,
  folded: FOLDED,
  classAbove: (c) => (isIn(REMOVED_ABOVE, c) ? REMOVED_CLASS : OTHER),
};
