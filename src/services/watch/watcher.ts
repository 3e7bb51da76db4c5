/**
 * The service behind `openledger watch`: it reviews what attestors claim and contributors declare, and challenges what is
 * false. It judges claims by the texts. It looks on the chain for the challenges that it has sent.
 */
import Type, { type Static } from 'typebox';
import type { FollowedHeights } from '../../client/event-follower.ts';
import type { Outcome } from '../../client/outbox.ts';
import type { Height } from '../../lib/brands.ts';
import { Answering, AnsweringMemory } from '../challenge/answering.ts';
import { Challenger } from '../challenge/challenger.ts';
import type { ServiceReviewers } from '../challenge/review.ts';
import type { ServiceTextCache } from '../corpus/text-cache.ts';
import type { Service, ServiceContext } from '../run/service.ts';
import { CalibrationsMemory, WatchedCalibrations } from './watched-calibrations.ts';
import { ContributionsMemory, WatchedContributions } from './watched-contributions.ts';
import { SettlementsMemory, WatchedSettlements } from './watched-settlements.ts';

export const WatcherMemory = Type.Object({
  settlements: SettlementsMemory,
  calibrations: CalibrationsMemory,
  contributions: ContributionsMemory,
  answering: AnsweringMemory,
});
type Memory = Static<typeof WatcherMemory>;

export type WatcherOptions = {
  readonly dryRun: boolean;
  /** The number of blocks for which it waits for texts before it demands them. */
  readonly patience: bigint;
};

export class Watcher implements Service<Memory> {
  readonly events = [
    ...Answering.EVENTS,
    ...WatchedSettlements.EVENTS,
    ...WatchedCalibrations.EVENTS,
    ...WatchedContributions.EVENTS,
  ];
  readonly #textCache: ServiceTextCache;
  readonly #challenger: Challenger;
  readonly #settlements: WatchedSettlements;
  readonly #calibrations: WatchedCalibrations;
  readonly #contributions: WatchedContributions;
  /** Answers DEMANDs against contributions. Undefined on a dry run, which answers nothing. */
  readonly #answering: Answering | undefined;

  constructor(
    context: ServiceContext,
    reviewers: ServiceReviewers,
    { dryRun, patience }: WatcherOptions,
    memory: Memory | undefined,
  ) {
    this.#textCache = reviewers.textCache;
    const challenger = new Challenger(context, dryRun);
    this.#challenger = challenger;
    this.#settlements = new WatchedSettlements(context, reviewers, challenger, patience, memory?.settlements);
    this.#calibrations = new WatchedCalibrations(
      context,
      reviewers,
      challenger,
      patience,
      memory?.calibrations,
    );
    this.#answering = dryRun
      ? undefined
      : new Answering(context, reviewers.textCache, reviewers.tracers, memory?.answering);
    this.#contributions = new WatchedContributions(context, reviewers, challenger, memory?.contributions);
  }

  memory(): Memory {
    return {
      settlements: this.#settlements.memory(),
      calibrations: this.#calibrations.memory(),
      contributions: this.#contributions.memory(),
      answering: this.#answering?.memory() ?? [],
    };
  }

  see({ events }: FollowedHeights): void {
    this.#settlements.see(events);
    this.#calibrations.see(events);
    this.#contributions.see(events);
    this.#answering?.see(events);
  }

  learn(outcome: Outcome): void {
    if (this.#answering?.learn(outcome) !== true) this.#challenger.learn(outcome);
  }

  isDue(): boolean {
    return this.#textCache.takeEnded();
  }

  async work(height: Height): Promise<void> {
    await this.#answering?.work();
    await this.#settlements.work(height);
    await this.#calibrations.work(height);
    await this.#contributions.work(height);
  }
}
