/** What the chain knows of contributions. Pure reads over the state of one height. */
import type { Address, Root } from '../../src/lib/brands.ts';
import { invariant } from '../../src/lib/errors.ts';
import {
  type Accepted,
  acceptedOf,
  type Content,
  contentOf,
  contributionsBy,
  type Origin,
  originOf,
  type Standing,
  standingOf,
} from '../modules/contributions.ts';
import { type Commons, datanetOf, versionOf } from '../modules/datanets.ts';
import { eligibleVersions, type ModelVersion } from '../modules/models.ts';
import { type ContributionEarnings, contributionClaimed, contributionEarned } from '../modules/rewards.ts';
import { hexKey, type ReadView } from '../view.ts';

export type ContributionInfo =
  | {
      readonly type: 'contribution';
      readonly seq: number;
      readonly origin: Origin;
      readonly standing: Standing;
      /** Once it has been revealed. */
      readonly content: Content | undefined;
      /** Once it has been accepted. */
      readonly accepted: (Accepted & ContributionMoney) | undefined;
    }
  /** A contribution without an owner, created with its Datanet. */
  | { readonly type: 'commons'; readonly seq: number; readonly datanet: number; readonly content: Commons };

export type ContributionMoney = {
  readonly earned: ContributionEarnings;
  readonly claimed: ContributionEarnings;
};

const commonsOf = (view: ReadView, datanet: number): Commons => {
  const [commons] = datanetOf(view, datanet)?.terms.commons ?? [];
  invariant(commons !== undefined, 'a commons stands in the terms of its Datanet');
  return commons;
};

export const getContribution = (view: ReadView, seq: number): ContributionInfo | undefined => {
  const accepted = acceptedOf(view, seq);
  if (accepted?.commons === true)
    return { type: 'commons', seq, datanet: accepted.datanet, content: commonsOf(view, accepted.datanet) };
  const origin = originOf(view, seq);
  if (origin === undefined) return undefined;
  return {
    type: 'contribution',
    seq,
    origin,
    standing: standingOf(view, seq),
    content: contentOf(view, seq),
    accepted:
      accepted === undefined
        ? undefined
        : {
            ...accepted,
            earned: contributionEarned(view, seq, accepted),
            claimed: contributionClaimed(view, seq),
          },
  };
};

/** Seqs of all that an account has committed, in order, from the `from`-th on; and how many there are. */
export const contributionsOf = (
  view: ReadView,
  owner: Address,
  from: number,
  limit: number,
): { readonly total: number; readonly seqs: readonly number[] } => ({
  total: contributionsBy.length(view, hexKey(owner)),
  seqs: contributionsBy.slice(view, hexKey(owner), from, limit),
});

export type EligibleContribution = {
  readonly seq: number;
  readonly datanet: number;
  readonly commons: boolean;
  /** Its content root. */
  readonly root: Root;
};

/** The contributions of a version of a Datanet, in the order of acceptance. */
const contributionsOfVersion = (view: ReadView, datanet: number, count: number): EligibleContribution[] =>
  Array.from({ length: count }, (_, i) => {
    const version = versionOf(view, datanet, i + 1);
    invariant(version !== undefined, 'a version has all those before it');
    const content = contentOf(view, version.seq);
    invariant(content !== undefined, 'what is accepted was revealed');
    return { seq: version.seq, datanet, commons: false, root: content.root };
  });

/** All that outputs of a version of a model may be traced to, by seq: what an attestor reads. */
export const eligibleContributions = (
  view: ReadView,
  version: ModelVersion,
): readonly EligibleContribution[] =>
  [...eligibleVersions(version)]
    .flatMap(([datanet, count]) => [
      ...(datanetOf(view, datanet)?.commonsSeq ?? []).map((seq) => ({
        seq,
        datanet,
        commons: true,
        root: commonsOf(view, datanet).root,
      })),
      ...contributionsOfVersion(view, datanet, count),
    ])
    .sort((a, b) => a.seq - b.seq);
