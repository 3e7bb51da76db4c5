import type { Address } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import { contentOf, originOf, standingOf } from '../../state/modules/data/contributions.ts';
import type { ReadView } from '../../state/view.ts';
import { fail } from '../codes.ts';
import type { Answers } from '../method.ts';
import type { REVIEW_SCHEMAS } from '../schemas/review.ts';

const LIMIT = 100;

const isWaiting = (view: ReadView, reviewer: Address, contribution: ContributionId): boolean => {
  const origin = originOf(view, contribution);
  if (origin === undefined || equal(origin.owner, reviewer)) return false;
  const { stage, reviews } = standingOf(view, contribution);
  return stage === 'review' && !reviews.some((review) => equal(review.reviewer, reviewer));
};

/** A block may have decided it since the list was read. */
const shown = (view: ReadView, contribution: ContributionId) => {
  const origin = originOf(view, contribution);
  const content = contentOf(view, contribution);
  if (origin === undefined || content === undefined) return [];
  const { stage, reviews } = standingOf(view, contribution);
  if (stage !== 'review') return [];
  const { role, root, items, tokens, bytes, height } = content;
  const { datanet, owner } = origin;
  return [
    {
      contribution,
      datanet,
      owner,
      role,
      root,
      items,
      tokens,
      bytes,
      revealedAt: height,
      reviews: reviews.length,
    },
  ];
};

export const REVIEW_METHODS: Answers<typeof REVIEW_SCHEMAS> = {
  review_list: async (node, { reviewer, datanet, from, limit = LIMIT }, { pace }) => {
    if (datanet !== undefined && from !== undefined && from.datanet !== datanet)
      return fail('PARAMS_INVALID', `from: must be a place in Datanet ${datanet}`, { path: 'from' });
    const query = {
      reviewer,
      datanet,
      from,
      limit,
      isWaiting: (each: ContributionId) => node.read(({ view }) => isWaiting(view, reviewer, each)),
    };
    const { waiting, next } = await node.history.waiting(query, pace);
    return ok({
      contributions: node.read(({ view }) =>
        waiting.flatMap(({ contribution }) => shown(view, contribution)),
      ),
      next: next === undefined ? undefined : `${next.datanet}/${next.contribution}`,
    });
  },
};
