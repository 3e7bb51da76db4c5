/** The watcher's part for receipts: it reviews each claim of each settlement until its challenge window ends. */

import pMap from 'p-map';
import Type, { type Static } from 'typebox';
import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import { inferenceRoot } from '../../../state/attribution/commitment.ts';
import type { Demand } from '../../../state/attribution/witness/types.ts';
import type { EventType } from '../../../state/events.ts';
import { attributionSettlement, type ReceiptClaim } from '../../../state/tx/attribution-settlement.ts';
import type { ChallengeTarget } from '../../../state/tx/challenge-target.ts';
import { heightOf } from '../../client/event-follower.ts';
import { type Height, type Root, ZERO_ROOT } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import type { ContributionId, ModelId } from '../../lib/ids.ts';
import type { Challenger } from '../challenge/challenger.ts';
import { answeredIn, challengesOn } from '../challenge/challenging.ts';
import {
  lookAgain,
  namedText,
  type Review,
  type ReviewedReceipt,
  reviewClaim,
  type ServiceReviewers,
} from '../challenge/review.ts';
import { modelOwner } from '../corpus/text-requests.ts';
import { asOfSettlement, type ModelTracer } from '../corpus/tracers.ts';
import type { ServiceContext } from '../run/service.ts';
import { fetchPayload } from '../run/transactions.ts';
import { type Answers, openAnswers } from './answers.ts';
import { claimStanding, logOver, receiptTarget, WatchedClaim } from './claim-standing.ts';
import { LATE_BLOCKS } from './late-texts.ts';

export const SettlementsMemory = Type.Object({
  claims: Type.Array(WatchedClaim),
});
export type SettlementsMemory = Static<typeof SettlementsMemory>;

/** The pause between reviews of claims that became final long ago, and that late proofs could still be against, in blocks. */
const REST_BLOCKS = 64n;

/** The most reviews at a time: the threads of the index trace some while others are compared with their texts. */
const REVIEWS_AT_ONCE = 8;

type Reviewed = {
  readonly watched: WatchedClaim;
  readonly tracer: ModelTracer;
  readonly receipt: ReviewedReceipt;
  readonly claim: ReceiptClaim;
  readonly review: Review;
};

/** A demand that is due. */
type Due = Pick<Reviewed, 'watched' | 'receipt'> & {
  readonly target: ChallengeTarget;
  readonly demand: Demand;
};

/** Returns the contributions that the tracer has read, and whose texts are missing now that a witness would open them. */
const unreadOf = (review: Review, { withheld }: ModelTracer): readonly ContributionId[] =>
  review.type === 'unknown' ? review.missing.filter((each) => !withheld.includes(each)) : [];

const nameOf = ({ settlement, index }: WatchedClaim): string => `${settlement}/${index}`;

export class WatchedSettlements {
  static readonly EVENTS: readonly EventType[] = ['receiptsRecorded', 'receiptsSettled'];

  readonly #context: ServiceContext;
  readonly #reviewers: ServiceReviewers;
  readonly #challenger: Challenger;
  readonly #claims: Map<string, WatchedClaim>;
  /** Batches that will be settled: their texts are read before they are needed, as windows are short. */
  readonly #expected = new Set<string>();
  readonly #answers: Answers;
  /** The settlements of which a review was logged. */
  readonly #logged = new Set<string>();
  /** The tracers of which it was logged that they lack texts. */
  readonly #loggedIncomplete = new WeakSet<ModelTracer>();
  /** The claims that wait for texts of contributions, each with the tracer that lacks them: another one may know more. */
  readonly #incomplete = new Map<string, ModelTracer>();
  /** The settlements whose claims are final and wait for texts, by the height at which they are reviewed again. */
  readonly #rests = new Map<string, bigint>();
  /** The claims that became final before they were judged. */
  readonly #late = new Set<string>();
  /** The number of blocks for which texts are waited for before they are demanded. */
  readonly #patience: bigint;

  constructor(
    context: ServiceContext,
    reviewers: ServiceReviewers,
    challenger: Challenger,
    patience: bigint,
    memory: SettlementsMemory | undefined,
  ) {
    this.#context = context;
    this.#reviewers = reviewers;
    this.#challenger = challenger;
    this.#patience = patience;
    this.#claims = new Map((memory?.claims ?? []).map((claim) => [nameOf(claim), claim]));
    this.#answers = openAnswers(context.client);
  }

  memory(): SettlementsMemory {
    return { claims: [...this.#claims.values()] };
  }

  see(events: readonly ChainEvent[]): void {
    for (const { cursor, type, data } of events)
      if (type === 'receiptsRecorded') this.#expected.add(toHex(data.batch));
      else if (type === 'receiptsSettled') {
        const { receipts } = data;
        const [settlement, batch] = [toHex(data.settlement), toHex(receipts.batch)];
        const since = heightOf(cursor).toString();
        for (const index of receipts.indexes) {
          const claim = { settlement, batch, index, since };
          this.#claims.set(nameOf(claim), claim);
        }
      }
  }

  async work(height: Height): Promise<void> {
    const bySettlement = Map.groupBy(this.#claims.values(), ({ settlement }) => settlement);
    for (const settlement of this.#logged) if (!bySettlement.has(settlement)) this.#logged.delete(settlement);
    // All windows are equally long, so those of the oldest end first. What is final already can wait.
    const isLate = (claims: readonly WatchedClaim[]): boolean =>
      claims.every((each) => this.#late.has(nameOf(each)));
    const inOrder = [...bySettlement].sort(([, a], [, b]) => Number(isLate(a)) - Number(isLate(b)));
    for (const settlement of this.#rests.keys())
      if (!bySettlement.has(settlement)) this.#rests.delete(settlement);
    for (const [settlement, claims] of inOrder)
      if ((this.#rests.get(settlement) ?? 0n) <= height) await this.#review(settlement, claims, height);
    for (const batch of this.#expected) await this.#prepare(batch);
  }

  async #prepare(batch: string): Promise<void> {
    const { bodies } = await this.#context.client.call('receipt_getBatch', { batch });
    const versions = new Map(bodies.map(({ model, version }) => [`${model}/${version}`, { model, version }]));
    for (const { model, version } of versions.values()) await this.#reviewers.tracers.tracer(model, version);
    await this.#read(bodies);
    this.#expected.delete(batch);
  }

  /** Requests the texts of receipts. */
  async #read(receipts: readonly { readonly model: ModelId; readonly texts: Root }[]): Promise<void> {
    for (const [model, those] of Map.groupBy(receipts, (each) => each.model))
      await this.#reviewers.textCache.inferences(
        those.map(({ texts }) => texts),
        'usual',
        modelOwner(model),
      );
  }

  async #review(settlement: string, watched: readonly WatchedClaim[], height: Height): Promise<void> {
    const { client, log, signal } = this.#context;
    const [first] = watched;
    if (first === undefined) return;
    const { claims, asOf = asOfSettlement(BigInt(first.since)) } = await fetchPayload(
      client,
      settlement,
      attributionSettlement,
    );
    const { bodies, settlements } = await client.call('receipt_getBatch', { batch: first.batch });
    const isOver = settlements.every(({ id, final }) => final || toHex(id) !== settlement);
    const claimAt = new Map(claims.map((claim) => [claim.index, claim]));
    // Requested all at once: afterwards each is read from the cache.
    await this.#read(watched.flatMap(({ index }) => bodies[index] ?? []));
    // Claims are held against what was eligible then: what became void since is no fault of theirs.
    const tracerOf = new Map<string, ModelTracer | undefined>();
    for (const { model, version } of bodies)
      if (!tracerOf.has(`${model}/${version}`))
        tracerOf.set(`${model}/${version}`, await this.#reviewers.tracers.tracer(model, version, asOf));
    const todo = watched.flatMap((each) => {
      const receipt = bodies[each.index];
      const claim = claimAt.get(each.index);
      const tracer = receipt === undefined ? undefined : tracerOf.get(`${receipt.model}/${receipt.version}`);
      // No text has arrived that it waits for. If it is over, that has to be found out all the same.
      const isWaiting = !isOver && this.#incomplete.get(nameOf(each)) === tracer;
      return receipt === undefined || claim === undefined || tracer === undefined || isWaiting
        ? []
        : [{ watched: each, receipt, claim, tracer }];
    });
    const reviews = await pMap(
      todo.filter((each) => !this.#challenger.isBusy(receiptTarget(each.watched))),
      async (each) => {
        signal.throwIfAborted();
        return { ...each, review: await reviewClaim(this.#reviewers, each.tracer, each.receipt, each.claim) };
      },
      { concurrency: REVIEWS_AT_ONCE },
    );
    // One after the other, as transactions are signed in order.
    const found = { holds: 0, false: 0, unknown: 0 };
    const demands: Due[] = [];
    for (const each of reviews) found[(await this.#act(each, height, demands)).type] += 1;
    await this.#demandAll(demands);
    for (const { receipt, tracer } of todo) this.#logIncomplete(receipt.model, tracer);
    // What holds is not reviewed again, but what is false is as long as it stands.
    if (found.holds > 0 || (found.false > 0 && !this.#logged.has(settlement))) {
      this.#logged.add(settlement);
      log.info('reviewed', 'reviewed a settlement', { settlement, batch: first.batch, ...found });
    }
  }

  /** Logs once for each tracer that texts are missing. */
  #logIncomplete(model: ModelId, tracer: ModelTracer): void {
    const withheld = tracer.missing().length;
    if (withheld === 0 || this.#loggedIncomplete.has(tracer)) return;
    this.#loggedIncomplete.add(tracer);
    this.#context.log.warn(
      'incomplete',
      'some texts that outputs may be traced to are missing: claims are judged again once they arrive',
      { model, withheld },
    );
  }

  /** @param demands - takes the demand that is due, if one is */
  async #act(
    { watched, tracer, receipt, claim, review: early }: Reviewed,
    height: Height,
    demands: Due[],
  ): Promise<Review> {
    if (early.type === 'holds') {
      this.#forget(watched);
      return early;
    }
    const unread = unreadOf(early, tracer);
    // While texts are pending, nobody knows yet whether they are late.
    const isPending =
      (await this.#isTextPending(receipt, early)) ||
      tracer.missing().length < tracer.withheld.length ||
      (await this.#isAnyPending(unread));
    if (!(await this.#stands(watched, early, height, isPending))) return early;
    if (early.type === 'unknown' && early.withheld.length === 0) {
      // All that it names is known, and nothing is to be demanded: it only waits for texts of contributions. Those that the
      // tracer lacks make another tracer once they arrive.
      if (unread.length === 0) this.#incomplete.set(nameOf(watched), tracer);
      return early;
    }
    const target = receiptTarget(watched);
    if (early.type === 'false' && early.witness.type !== 'outdone') {
      await this.#challenge(watched, early);
      return early;
    }
    const challenges = await challengesOn(this.#context, target);
    if (early.type === 'false') {
      // Once the attestor has answered, what falls is a false excuse.
      const answered = answeredIn(challenges);
      const again =
        answered.length === 0
          ? early
          : await reviewClaim(this.#reviewers, tracer, receipt, claim, [], answered);
      if (again.type === 'false') await this.#challenge(watched, again);
      return again;
    }
    const shown = await this.#answers(challenges);
    const review =
      shown.length === 0 ? early : await reviewClaim(this.#reviewers, tracer, receipt, claim, shown);
    if (review.type === 'holds') this.#forget(watched);
    else if (review.type === 'false') await this.#challenge(watched, review);
    else if (
      challenges.every(({ state }) => state !== 'open') &&
      height >= BigInt(watched.since) + this.#patience
    ) {
      const demand = review.withheld.find((each) => this.#challenger.canDemand(target, each));
      if (demand !== undefined) demands.push({ watched, target, demand, receipt });
    }
    return review;
  }

  /** Whether the texts of a receipt that a review did without are pending, or have arrived since. */
  async #isTextPending({ model, body }: ReviewedReceipt, review: Review): Promise<boolean> {
    const { textCache } = this.#reviewers;
    if (review.type !== 'unknown' || review.withheld.every(({ text }) => text === 'source')) return false;
    const root = inferenceRoot(body);
    const [known] = await textCache.inferences([root], 'usual', modelOwner(model));
    return known === undefined ? textCache.isPending(root) : known.rules === body.rules;
  }

  async #isAnyPending(contributions: readonly ContributionId[]): Promise<boolean> {
    for (const contribution of contributions)
      if (await this.#reviewers.tracers.isPending(contribution)) return true;
    return false;
  }

  /** Demands what is still missing once it was looked for again: a claim falls if nobody answers. */
  async #demandAll(demands: readonly Due[]): Promise<void> {
    for (const { watched, target, demand, receipt } of demands) {
      // A later round reviews the claim by the text that has arrived, or demands it once the node has looked for it.
      if ((await lookAgain(this.#reviewers, namedText(demand, receipt))) !== 'missing') continue;
      if ((await this.#challenger.demand(target, demand)) === 'logged') this.#forget(watched);
    }
  }

  #forget(watched: WatchedClaim): void {
    const name = nameOf(watched);
    this.#claims.delete(name);
    this.#incomplete.delete(name);
    this.#late.delete(name);
  }

  /** Whether a claim can still be challenged. One that cannot is forgotten, unless texts may still arrive for it. */
  async #stands(watched: WatchedClaim, review: Review, height: Height, isPending: boolean): Promise<boolean> {
    const { log } = this.#context;
    const { settlement, batch, index } = watched;
    const receipt = await this.#context.client.call('receipt_get', { id: `${batch}/${index}` });
    const standing = claimStanding(watched, receipt);
    if (standing === 'settled') return true;
    // Until what its attestor has earned vests, a late proof can still take it.
    const isProvable = standing === 'final' && (receipt.settlement?.vestsAt ?? null) !== null;
    if (isProvable && review.type === 'false') return true;
    const isRecent = height < BigInt(watched.since) + LATE_BLOCKS;
    if (standing === 'final' && review.type === 'unknown' && (isRecent || isProvable)) {
      if (!isRecent) this.#rests.set(settlement, height + REST_BLOCKS);
      if (isPending) return false;
      if (!this.#late.has(nameOf(watched)))
        log.warn('late', 'a claim is final before all its texts have arrived', {
          receipt: `${batch}/${index}`,
          settlement,
        });
      this.#late.add(nameOf(watched));
      return false;
    }
    const over = { standing, status: receipt.status, review };
    await logOver(this.#context, watched, over);
    this.#forget(watched);
    return false;
  }

  async #challenge(watched: WatchedClaim, review: Review & { readonly type: 'false' }): Promise<void> {
    const { settlement, batch, index } = watched;
    const target = receiptTarget(
      review.refuted === 'claim' ? watched : { settlement: toHex(ZERO_ROOT), batch, index },
    );
    // The claim is reviewed again once the outcome is known, if it still stands then.
    const sent = await this.#challenger.challenge(target, review.witness);
    if (sent === 'sent' || sent === 'waits') return;
    this.#forget(watched);
    if (sent === 'given up')
      this.#context.log.warn('givenUp', 'a claim is not challenged again: challenges of it had no effect', {
        receipt: `${batch}/${index}`,
        settlement,
      });
  }
}
