/** Whether a contribution is among those that the outputs of a version of a model may be traced to, and if not, why. */
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import type { Height } from '../../lib/brands.ts';
import type { DatanetId } from '../../lib/ids.ts';

/** Heights are of blocks, in decimal. */
export type Standing =
  | { readonly type: 'eligible' }
  /** Committed, and not revealed in time or not yet: nobody has its text. */
  | { readonly type: 'committed' | 'expired' }
  | { readonly type: 'review' | 'rejected' | 'undecided' }
  | { readonly type: 'void'; readonly height: string }
  /** The version pins the first `pinned` contributions to the Datanet, and this is number `number`. */
  | { readonly type: 'later'; readonly number: number; readonly pinned: number }
  /** The version does not draw on its Datanet. */
  | { readonly type: 'datanet' };

/**
 * Whether a contribution that was voided at `voidedAt` was void for a claim at `settledAt`. The chain checks a claim against
 * the state before its block, so what was voided in its block or after it did count in it.
 * @param settledAt - undefined without a claim
 */
export const isVoidFor = (settledAt: Height | undefined, voidedAt: Height): boolean =>
  settledAt === undefined || voidedAt < settledAt;

/**
 * @param eligible - how many accepted contributions of each Datanet the version draws on
 * @param settledAt - the height of the claim
 */
export const standingOf = (
  {
    stage,
    datanet,
    acceptance,
    voidedAt,
  }: Pick<ResultOf<'contribution_get'>, 'stage' | 'datanet' | 'acceptance' | 'voidedAt'>,
  eligible: ReadonlyMap<DatanetId, number>,
  settledAt: Height | undefined,
): Standing => {
  const pinned = eligible.get(datanet);
  switch (stage) {
    case 'committed':
    case 'expired':
    case 'review':
    case 'rejected':
    case 'undecided':
      return { type: stage };
    case 'commons':
    case 'void':
    case 'accepted':
      if (pinned === undefined) return { type: 'datanet' };
      if (voidedAt !== null && isVoidFor(settledAt, voidedAt))
        return { type: 'void', height: voidedAt.toString() };
      return acceptance === null || acceptance < pinned
        ? { type: 'eligible' }
        : { type: 'later', number: acceptance + 1, pinned };
    default:
      return stage satisfies never;
  }
};
