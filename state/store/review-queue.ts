/**
 * Which contributions are under review, and which Datanets an account reviews. It follows from the events of each height, and
 * is written in the batch of the height:
 *
 *     waiting/<datanet>/<contribution>   under review
 *     reviews/<reviewer>/<datanet>       this account is a reviewer of the Datanet
 *
 * A Datanet may have 64 reviewers, so a contribution has one key and not one for each of them: a transaction that reveals or
 * decides it would be paid for one key and write 64. Whether a reviewer has spoken, and whose the contribution is, stand in
 * the state.
 */
import type { Address } from '../../src/lib/brands.ts';
import { toBareHex } from '../../src/lib/bytes.ts';
import { invariant } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import type { BlockEvent } from '../events/block-events.ts';
import { datanetOf } from '../modules/data/datanets.ts';
import { numberKey, type ReadView } from '../view.ts';
import type { Database, Put } from './database.ts';
import { createPace, type Pace } from './pace.ts';

/** A contribution and its Datanet. */
export type Waiting = { readonly datanet: DatanetId; readonly contribution: ContributionId };

export type WaitingPage = {
  readonly waiting: readonly Waiting[];
  /** The place at which to continue. Undefined when there are no more. */
  readonly next: Waiting | undefined;
};

const NOTHING = new Uint8Array();

const WAITING = 'waiting/';
const reviewsOf = (reviewer: Address): string => `reviews/${toBareHex(reviewer)}/`;
const waitingIn = (datanet: DatanetId): string => `${WAITING}${numberKey(datanet)}/`;
const keyOf = ({ datanet, contribution }: Waiting): string => waitingIn(datanet) + numberKey(contribution);

/**
 * Returns what a height adds to the lists and removes from them.
 * @param view - the state after the height
 */
export const reviewPuts = (view: ReadView, events: readonly BlockEvent[]): readonly Put[] =>
  events.flatMap(({ event: { type, data } }): readonly Put[] => {
    switch (type) {
      case 'datanetCreated': {
        const created = datanetOf(view, data.datanet);
        invariant(created !== undefined, 'a Datanet stays');
        return created.terms.reviewers.map((reviewer) => ({
          key: reviewsOf(reviewer) + numberKey(data.datanet),
          value: NOTHING,
        }));
      }
      case 'contributionRevealed':
        return [{ key: keyOf(data), value: NOTHING }];
      case 'contributionAccepted':
      case 'contributionRejected':
      case 'contributionUndecided':
        return [{ key: keyOf(data), value: undefined }];
      default:
        return [];
    }
  });

/** The contributions of which a page is asked. */
export type WaitingQuery = {
  readonly reviewer: Address;
  /** Only those of this Datanet. */
  readonly datanet: DatanetId | undefined;
  readonly from: Waiting | undefined;
  readonly limit: number;
  /** Whether a contribution under review in a Datanet of this reviewer waits for them. */
  readonly isWaiting: (contribution: ContributionId) => boolean;
};

/** The number of reads after which a page ends, wherever it is. */
const READS_MAX = 2_000;

const DATANET_END = /([0-9]{20})$/;
const WAITING_END = /([0-9]{20})\/([0-9]{20})$/;

const datanetOfKey = (key: string): DatanetId => {
  const [, datanet] = DATANET_END.exec(key) ?? [];
  invariant(datanet !== undefined, 'the key was made here');
  return Number(datanet);
};

const waitingOfKey = (key: string): Waiting => {
  const [, datanet, contribution] = WAITING_END.exec(key) ?? [];
  invariant(datanet !== undefined && contribution !== undefined, 'the key was made here');
  return { datanet: Number(datanet), contribution: Number(contribution) };
};

/**
 * Returns a page of what waits for a reviewer, by Datanet and then by contribution. It goes through both lists at once: what
 * is under review in Datanets of others is skipped, and so is a Datanet of the reviewer without anything under review.
 */
export const waitingFor = async (
  database: Database,
  { reviewer, datanet, from, limit, isWaiting }: WaitingQuery,
  pace: Pace = createPace(),
): Promise<WaitingPage> => {
  // All keys go on with a digit, and ':' comes after the last of them.
  const datanets = database.walk(reviewsOf(reviewer), `${reviewsOf(reviewer)}:`);
  const under = datanet === undefined ? WAITING : waitingIn(datanet);
  const contributions = database.walk(under, `${under}:`);
  const waiting: Waiting[] = [];
  try {
    let own: DatanetId | undefined;
    let key = from === undefined ? under : keyOf(from);
    for (let reads = 1; ; reads++) {
      const entry = await contributions.seek(key);
      if (entry === undefined) return { waiting, next: undefined };
      const found = waitingOfKey(entry[0]);
      if (reads >= READS_MAX) return { waiting, next: found };
      if (own === undefined || own < found.datanet) {
        const reviewed = await datanets.seek(reviewsOf(reviewer) + numberKey(found.datanet));
        if (reviewed === undefined) return { waiting, next: undefined };
        own = datanetOfKey(reviewed[0]);
        reads++;
      }
      if (own > found.datanet) {
        key = waitingIn(own);
        continue;
      }
      if (isWaiting(found.contribution)) {
        if (waiting.length === limit) return { waiting, next: found };
        waiting.push(found);
      }
      key = `${entry[0]}!`;
      await pace();
    }
  } finally {
    await Promise.all([datanets.close(), contributions.close()]);
  }
};
