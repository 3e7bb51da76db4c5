/** The watcher's part for calibrations: it reviews each claim until its challenge window ends. */
import Type, { type Static } from 'typebox';
import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import type { CalibrationClaim } from '../../../state/attribution/calibration-claim.ts';
import type { EventType } from '../../../state/events.ts';
import type { ChallengeTarget } from '../../../state/tx/challenge-target.ts';
import { modelCalibration } from '../../../state/tx/model-calibration.ts';
import { heightOf } from '../../client/event-follower.ts';
import type { Height, Root } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { invariant } from '../../lib/errors.ts';
import { CalibrationReviewer, type Incomplete } from '../challenge/calibration-review.ts';
import type { Challenger } from '../challenge/challenger.ts';
import { challengesOfSubject, type KnownChallenge } from '../challenge/challenging.ts';
import { lookAgain, type ServiceReviewers, type Shown } from '../challenge/review.ts';
import { calibrationFacts, readCalibrationData } from '../corpus/calibration-data.ts';
import { eligibleOf } from '../corpus/tracers.ts';
import type { ServiceContext } from '../run/service.ts';
import { fetchPayload } from '../run/transactions.ts';
import { type Answers, openAnswers } from './answers.ts';
import { LATE_BLOCKS } from './late-texts.ts';

const WatchedCalibration = Type.Object({
  /** The id of the claim's transaction. */
  claim: Type.String(),
  /** The height of the claim. */
  since: Type.String(),
});
type WatchedCalibration = Static<typeof WatchedCalibration>;

export const CalibrationsMemory = Type.Array(WatchedCalibration);
type Memory = Static<typeof CalibrationsMemory>;

const drawOf = (challenge: KnownChallenge): number => {
  const { type, value } = challenge.target;
  return type === 'calibration' ? value.draw : 0;
};

export class WatchedCalibrations {
  static readonly EVENTS: readonly EventType[] = ['calibrationClaimed'];

  readonly #context: ServiceContext;
  readonly #reviewers: ServiceReviewers;
  readonly #challenger: Challenger;
  readonly #answers: Answers;
  readonly #patience: bigint;
  readonly #watched: Map<string, WatchedCalibration>;
  /** The target that was challenged, by claim: the claim is not reviewed again while the challenge is pending. */
  readonly #challenged = new Map<string, ChallengeTarget>();
  /** The last verdict that was logged for each claim, so that it is not repeated at every height. */
  readonly #logged = new Map<string, string>();

  constructor(
    context: ServiceContext,
    reviewers: ServiceReviewers,
    challenger: Challenger,
    patience: bigint,
    memory: Memory = [],
  ) {
    this.#context = context;
    this.#reviewers = reviewers;
    this.#challenger = challenger;
    this.#answers = openAnswers(context.client);
    this.#patience = patience;
    this.#watched = new Map(memory.map((each) => [each.claim, each]));
  }

  memory(): Memory {
    return [...this.#watched.values()];
  }

  see(events: readonly ChainEvent[]): void {
    for (const { cursor, type, data } of events)
      if (type === 'calibrationClaimed') {
        const claim = toHex(data.claim);
        this.#watched.set(claim, { claim, since: heightOf(cursor).toString() });
      }
  }

  async work(height: Height): Promise<void> {
    for (const watched of this.#watched.values()) {
      this.#context.signal.throwIfAborted();
      const challenged = this.#challenged.get(watched.claim);
      if (challenged === undefined || !this.#challenger.isBusy(challenged))
        await this.#review(watched, height);
    }
  }

  async #review(watched: WatchedCalibration, height: Height): Promise<void> {
    const { client, log } = this.#context;
    const payload = await fetchPayload(client, watched.claim, modelCalibration);
    const { model, version, round } = payload;
    const { rounds } = await client.call('model_getCalibration', { id: model, version });
    const standing = rounds[round];
    invariant(standing !== undefined, 'a calibration has every round that can be claimed');
    const { status, claim, draw } = standing;
    // A claim may become final before it is reviewed. Nobody can challenge it then, but the operator has to know of it.
    const verdict = this.#logged.get(watched.claim);
    const isUnjudged = verdict === undefined || verdict === 'unknown';
    const isLate = status === 'final' && isUnjudged && height < BigInt(watched.since) + LATE_BLOCKS;
    const isOpen = status === 'claimed' || isLate;
    if (!isOpen || claim === null || toHex(claim.id) !== watched.claim || draw === null) {
      this.#forget(watched);
      log.info('over', 'a calibration is no longer open to challenge', {
        ...watched,
        model,
        version,
        round,
        status,
      });
      return;
    }
    const challenges = await challengesOfSubject(this.#context, watched.claim);
    // A claim stands or is reverted as a whole: while a DEMAND waits for an answer there is nothing more to do.
    if (challenges.some(({ state }) => state === 'open')) return;
    const { review, isPending } = await this.#judge(payload, draw, await this.#shown(challenges));
    // What only waits for texts that are pending is no verdict yet.
    const isVerdict = review.type !== 'unknown' || !isPending;
    if (isVerdict && this.#logged.get(watched.claim) !== review.type)
      log.info('reviewed', 'reviewed a calibration', {
        ...watched,
        model,
        version,
        round,
        verdict: review.type,
        late: isLate,
      });
    if (isVerdict) this.#logged.set(watched.claim, review.type);
    if (isLate && review.type === 'false')
      log.warn('tooLate', 'a false calibration is final: it was reviewed too late to be challenged', {
        ...watched,
        model,
        version,
        round,
      });
    if (review.type === 'holds' || (isLate && review.type === 'false')) this.#forget(watched);
    if (isLate || review.type === 'holds') return;
    const target: ChallengeTarget = {
      type: 'calibration',
      value: { model, claim: claim.id, ...review.at },
    };
    this.#challenged.set(watched.claim, target);
    if (review.type === 'false') {
      const sent = await this.#challenger.challenge(target, review.witness);
      if (sent === 'given up' || sent === 'logged') this.#forget(watched);
      return;
    }
    const demand = review.withheld.find((each) => this.#challenger.canDemand(target, each));
    if (demand === undefined || height < BigInt(watched.since) + this.#patience) return;
    // A claim falls if nobody answers, so what is only on its way is not demanded: the next round reviews the claim by it.
    const { rules } = await client.call('model_getVersion', { id: model, version });
    const drawn = demand.text === 'source' ? demand : payload.draws[review.at.draw];
    if (drawn !== undefined && (await lookAgain(this.#reviewers, { ...drawn, rules })) !== 'missing') return;
    if ((await this.#challenger.demand(target, demand)) === 'logged') this.#forget(watched);
  }

  #forget({ claim }: WatchedCalibration): void {
    this.#watched.delete(claim);
    this.#challenged.delete(claim);
    this.#logged.delete(claim);
  }

  async #judge(
    payload: CalibrationClaim,
    draw: { readonly seed: Root; readonly drawable: bigint },
    shown: ReadonlyMap<number, readonly Shown[]>,
  ) {
    const { client } = this.#context;
    const { textCache, tracers } = this.#reviewers;
    const { attribution } = await tracers.params();
    const facts = await calibrationFacts(
      client,
      payload,
      await eligibleOf(client, payload.model, payload.version),
    );
    const data = await readCalibrationData(facts, payload.asOf, attribution, textCache, tracers);
    const incomplete = new Map<number, Incomplete>();
    for (const contribution of data.type === 'missing' ? data.missing : []) {
      const found = await tracers.commitment(contribution);
      if (found === undefined) continue;
      incomplete.set(contribution, { ...found, part: (item) => textCache.item(found.root, item) });
    }
    const reviewer = new CalibrationReviewer(data, attribution, (contribution) =>
      incomplete.get(contribution),
    );
    return { review: reviewer.review(payload, draw, shown), isPending: data.pending.size > 0 };
  }

  /** Returns the openings that answers have shown, by the draw that the DEMAND was against. */
  async #shown(challenges: readonly KnownChallenge[]): Promise<ReadonlyMap<number, readonly Shown[]>> {
    const shown = new Map<number, readonly Shown[]>();
    for (const challenge of challenges) {
      const draw = drawOf(challenge);
      shown.set(draw, [...(shown.get(draw) ?? []), ...(await this.#answers([challenge]))]);
    }
    return shown;
  }
}
