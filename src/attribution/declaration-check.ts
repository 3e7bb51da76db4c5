/** Checks whether a declaration is true, which a reviewer confirms by accepting. */

import type { CopiedRun } from '../../state/attribution/declaration.ts';
import { type Tokens, tokenAt } from '../../state/attribution/tokens.ts';
import { equal } from '../lib/bytes.ts';
import type { ContributionId } from '../lib/ids.ts';
import type { FullDeclaration } from './declaration.ts';
import { type Fault, fault } from './errors.ts';

/**
 * Returns the tokens of an earlier item, or of another item of the same contribution; undefined if they are missing.
 */
export type ItemTokens = (contribution: ContributionId, item: number) => Tokens | undefined;

type Run = { readonly item: number; readonly start: number; readonly end: number };

/**
 * Returns the first run of `inner` that `outer` does not cover. Both ascend by item, and within an item by start and by
 * end.
 */
const firstOutside = (inner: readonly Run[], outer: readonly Run[]): Run | undefined => {
  let next = 0;
  let covered = { item: -1, to: 0 };
  for (const run of inner) {
    const { item } = run;
    let at = covered.item === item ? Math.max(run.start, covered.to) : run.start;
    while (at < run.end) {
      const over = outer[next];
      if (over === undefined || over.item > item) return run;
      if (over.item < item || over.end <= at) next += 1;
      else if (over.start > at) return run;
      else at = over.end;
    }
    covered = { item, to: at };
  }
  return undefined;
};

const standsThere = (run: CopiedRun, own: Tokens | undefined, source: Tokens | undefined): boolean => {
  if (own === undefined || source === undefined || run.end > own.count) return false;
  const length = run.end - run.start;
  if (run.sourcePos + length > source.count) return false;
  for (let i = 0; i < length; i++)
    if (!equal(tokenAt(own, run.start + i), tokenAt(source, run.sourcePos + i))) return false;
  return true;
};

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/**
 * Compares a declaration of contribution `contribution` with the true one. It may declare fewer tokens novel, and more
 * copied if they stand where it says: its owner may have known texts that are no longer available. Faults:
 * `DECLARATION_SHAPES`, `DECLARATION_NOVEL`, `DECLARATION_COPIED` (something copied is left out), `DECLARATION_SOURCE`
 * (a copied run does not stand where it says), `DECLARATION_SKETCH`.
 */
export const declarationFault = (
  contribution: ContributionId,
  declared: FullDeclaration,
  truth: FullDeclaration,
  itemTokens: ItemTokens,
): Fault | undefined => {
  const shapesOf = ({ shapes }: FullDeclaration): readonly number[] =>
    shapes.flatMap(({ tokens, promptTokens }) => [tokens, promptTokens]);
  if (!sameNumbers(shapesOf(declared), shapesOf(truth)))
    return fault('DECLARATION_SHAPES', 'the items have other lengths, or other prompt parts');
  const notNovel = firstOutside(declared.novelRuns, truth.novelRuns);
  if (notNovel !== undefined)
    return fault(
      'DECLARATION_NOVEL',
      `tokens ${notNovel.start} to ${notNovel.end} are not all novel`,
      notNovel,
    );
  const leftOut = firstOutside(truth.copied, declared.copied);
  if (leftOut !== undefined)
    return fault('DECLARATION_COPIED', `tokens ${leftOut.start} to ${leftOut.end} are copied`, {
      item: leftOut.item,
      start: leftOut.start,
      end: leftOut.end,
    });
  const invented = declared.copied.find(
    (run) =>
      !standsThere(run, itemTokens(contribution, run.item), itemTokens(run.contribution, run.sourceItem)),
  );
  if (invented !== undefined)
    return fault(
      'DECLARATION_SOURCE',
      `tokens ${invented.start} to ${invented.end} of item ${invented.item} do not stand in item ${invented.sourceItem} of contribution ${invented.contribution}`,
      { item: invented.item, contribution: invented.contribution, sourceItem: invented.sourceItem },
    );
  if (!sameNumbers(declared.sketch, truth.sketch))
    return fault('DECLARATION_SKETCH', 'the sketch is of another text');
  return undefined;
};
