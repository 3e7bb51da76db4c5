/**
 * Which contributions wait for the review of which account. It follows from the events of each height, and is written in
 * the batch of the height:
 *
 *     waiting/<reviewer>/<datanet>/<contribution>   under review, and this reviewer has not spoken
 *
 * Nobody reviews their own contribution, so it does not wait for its owner.
 */
import type { Address } from '../../src/lib/brands.ts';
import { equal, toBareHex } from '../../src/lib/bytes.ts';
import { invariant } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import type { BlockEvent } from '../events/block-events.ts';
import { datanetOf } from '../modules/data/datanets.ts';
import { numberKey, type ReadView } from '../view.ts';
import type { Database, Put } from './database.ts';

/** A contribution and its Datanet. */
export type Waiting = { readonly datanet: DatanetId; readonly contribution: ContributionId };

export type WaitingPage = {
  readonly waiting: readonly Waiting[];
  /** The place at which to continue. Undefined when there are no more. */
  readonly next: Waiting | undefined;
};

const NOTHING = new Uint8Array();

const prefixOf = (reviewer: Address): string => `waiting/${toBareHex(reviewer)}/`;
const keyOf = (reviewer: Address, { datanet, contribution }: Waiting): string =>
  `${prefixOf(reviewer)}${numberKey(datanet)}/${numberKey(contribution)}`;

/**
 * Returns what a height adds to the lists and removes from them.
 * @param view - the state before or after the height: the reviewers of a Datanet never change
 */
export const reviewPuts = (view: ReadView, events: readonly BlockEvent[]): readonly Put[] => {
  const reviewersOf = (datanet: DatanetId): readonly Address[] => {
    const found = datanetOf(view, datanet);
    invariant(found !== undefined, 'a contribution is revealed in a Datanet that existed before');
    return found.terms.reviewers;
  };
  return events.flatMap(({ event: { type, data } }): readonly Put[] => {
    switch (type) {
      case 'contributionRevealed':
        return reviewersOf(data.datanet)
          .filter((reviewer) => !equal(reviewer, data.owner))
          .map((reviewer) => ({ key: keyOf(reviewer, data), value: NOTHING }));
      case 'contributionReviewed':
        return [{ key: keyOf(data.reviewer, data), value: undefined }];
      case 'contributionAccepted':
      case 'contributionRejected':
      case 'contributionUndecided':
        return reviewersOf(data.datanet).map((reviewer) => ({
          key: keyOf(reviewer, data),
          value: undefined,
        }));
      default:
        return [];
    }
  });
};

/** The contributions of which a page is asked. */
export type WaitingQuery = {
  readonly reviewer: Address;
  /** Only those of this Datanet. */
  readonly datanet: DatanetId | undefined;
  readonly from: Waiting | undefined;
  readonly limit: number;
};

const KEY_END = /([0-9]{20})\/([0-9]{20})$/;

const waitingOf = (key: string): Waiting => {
  const [, datanet, contribution] = KEY_END.exec(key) ?? [];
  invariant(datanet !== undefined && contribution !== undefined, 'the key was made here');
  return { datanet: Number(datanet), contribution: Number(contribution) };
};

/** Returns a page of what waits for a reviewer, by Datanet and then by contribution. */
export const waitingFor = async (
  database: Database,
  { reviewer, datanet, from, limit }: WaitingQuery,
): Promise<WaitingPage> => {
  const prefix = datanet === undefined ? prefixOf(reviewer) : `${prefixOf(reviewer)}${numberKey(datanet)}/`;
  // All keys go on with a digit, and ':' comes after the last of them.
  const walk = database.walk(prefix, `${prefix}:`);
  const waiting: Waiting[] = [];
  try {
    let key = from === undefined ? prefix : keyOf(reviewer, from);
    for (;;) {
      const entry = await walk.seek(key);
      if (entry === undefined) return { waiting, next: undefined };
      const found = waitingOf(entry[0]);
      if (waiting.length === limit) return { waiting, next: found };
      waiting.push(found);
      key = `${entry[0]}!`;
    }
  } finally {
    await walk.close();
  }
};
