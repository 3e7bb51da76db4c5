/** Turns a finding about a declaration into the witness that proves it. */

import type { Declaration } from '../../../state/attribution/declaration.ts';
import { derivePassages } from '../../../state/attribution/declaration.ts';
import type {
  ItemOpening,
  NovelRunOpening,
  Opening,
  PassagesOpening,
} from '../../../state/attribution/openings.ts';
import type { Witness } from '../../../state/attribution/witness/types.ts';
import type { Root } from '../../lib/brands.ts';
import { invariant, unreachable } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';
import type { Opener } from './claim-witness.ts';
import type { ContributionFinding } from './contribution-prover.ts';

export type ContributionOpeners = {
  /** The number of tokens before a token that decide, with it, how much information it bears. */
  readonly context: number;
  readonly contribution: ContributionId;
  readonly declaration: Declaration;
  /** Returns the openers of an item of any contribution, also of this one. Positions are those of the item. */
  readonly item: (
    contribution: ContributionId,
    item: number,
  ) => { readonly open: Opener; readonly tokens: number };
  readonly passages: (first: number, count: number) => PassagesOpening;
  readonly novelRun: (index: number) => NovelRunOpening;
  readonly output: (batch: Root, index: number) => Opener;
};

const itemOpening = (opening: Opening): ItemOpening => {
  invariant(opening.type === 'item', 'an item is opened as an item');
  return opening.value;
};

export const contributionWitness = (
  finding: ContributionFinding,
  { context, contribution, declaration, item, passages, novelRun, output }: ContributionOpeners,
): Witness => {
  const own = (index: number, start: number, end: number): Opening =>
    item(contribution, index).open(start, end);
  /** Opens the token at `pos`, or, past the end of the text, its length. */
  const source = (
    of: { contribution: ContributionId; item: number; pos: number },
    tokens: number,
  ): Opening => {
    const { open, tokens: length } = item(of.contribution, of.item);
    return of.pos + tokens <= length ? open(of.pos, of.pos + tokens) : open(0, 0);
  };
  switch (finding.type) {
    case 'malformed':
      return { type: 'malformed', value: { text: 'contribution', opening: own(0, 0, 0) } };
    case 'border': {
      const opened = itemOpening(own(finding.item, 0, 0));
      return { type: 'border', value: { passages: passages(finding.first, finding.count), item: opened } };
    }
    case 'copied': {
      const { passage: index, at } = finding;
      const passage = derivePassages(declaration).passages[index];
      invariant(passage !== undefined, 'a finding names a passage of the declaration');
      const { start, sourceItem, sourcePos } = passage;
      return {
        type: 'copied',
        value: {
          passages: passages(index, 1),
          at,
          own: own(passage.item, start + at, start + at + 1),
          source: source({ contribution: passage.contribution, item: sourceItem, pos: sourcePos + at }, 1),
        },
      };
    }
    case 'passage': {
      const { type, passage: index, ...held } = finding;
      const passage = derivePassages(declaration).passages[index];
      invariant(passage !== undefined, 'a finding names a passage of the declaration');
      const { start, end } = held;
      return {
        type,
        value: {
          passages: passages(index, 1),
          ...held,
          own: own(passage.item, start, end),
          source: source(held, end - start),
        },
      };
    }
    case 'overlap': {
      const { type, run: index, ...held } = finding;
      const run = novelRun(index);
      const { start, end } = held;
      return {
        type,
        value: {
          run,
          ...held,
          own: own(run.run.item, Math.max(0, start - context), end),
          source: source(held, end - start),
        },
      };
    }
    case 'harvest': {
      const { type, run: index, ...held } = finding;
      const run = novelRun(index);
      const { start, end, batch, at } = held;
      return {
        type,
        value: {
          run,
          ...held,
          own: own(run.run.item, start, end),
          output: output(batch, held.index)(at, at + end - start),
        },
      };
    }
    default:
      return unreachable(finding);
  }
};
