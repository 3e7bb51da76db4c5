/**
 * What each payment of the remainder credited one contribution.
 *
 * Payments add to the accumulators of a Datanet by the rules of the state (novelty-shares.ts). What a contribution was
 * credited follows from their values before the height, and from the steps of the height up to the payment. The steps are
 * replayed once, in order, for all contributions that a page asks about. So the work for a page grows with the number of
 * steps at its heights, times the depth of the accumulators' tree.
 */

import { type Height, toHeight } from '../../src/lib/brands.ts';
import { invariant } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { sumBig } from '../../src/lib/math.ts';
import { numberTerm, typeTerm } from '../events/entities.ts';
import type { EventOf } from '../events.ts';
import { acceptedOf } from '../modules/data/contributions.ts';
import {
  creditedBy,
  type NoveltyShare,
  type NoveltyStanding,
  nodesOver,
  nodesUnder,
  noveltyKeys,
  noveltyStandingOf,
  shareOf,
  strickenBy,
  worthOf,
} from '../modules/data/novelty-shares.ts';
import type { Key, ReadView } from '../view.ts';
import type { EventPage, History, PastEvent } from './history.ts';
import type { Pace } from './pace.ts';
import type { Position } from './search.ts';

type Payment = EventOf<'remainderPaid'>['data'];
type Step = PastEvent & { readonly event: EventOf<'remainderPaid'> | EventOf<'noveltyStruck'> };
const isStep = (event: PastEvent): event is Step =>
  event.event.type === 'remainderPaid' || event.event.type === 'noveltyStruck';

/** A contribution that shares, by its contribution id. */
type Sharer = NoveltyShare & { readonly contribution: ContributionId };

/** The number of steps that are read at once. A page that needs few of them does not decode those of the whole height. */
const STEPS_PER_READ = 512;

/** Everything that changed the accumulators of a Datanet at a height, in order. */
async function* stepsAt(
  history: History,
  height: Height,
  datanet: DatanetId,
  pace: Pace,
): AsyncGenerator<Step, undefined> {
  const terms = [['remainderPaid', 'noveltyStruck'].map(typeTerm), [numberTerm('datanet', datanet)]];
  let from: Position | undefined = { height, index: 0 };
  while (from !== undefined) {
    const page: EventPage = await history.events({ terms, from, to: height, limit: STEPS_PER_READ }, pace);
    yield* page.events.filter(isStep);
    from = page.next;
  }
}

type Strike = {
  /** The amount that a novel token at the contribution's place was paid at this height before the strike, times 2^96. */
  readonly paid: bigint;
  readonly left: bigint;
  readonly forfeited: bigint;
};

/** The accumulators of one Datanet as the steps of one height change them. */
class Replay {
  readonly #history: History;
  readonly #view: ReadView;
  readonly #height: Height;
  readonly #datanet: DatanetId;
  readonly #pace: Pace;
  readonly #steps: AsyncGenerator<Step, undefined>;
  #next: Step | undefined | 'unread' = 'unread';
  /** The first event that is not replayed yet. */
  #at = 0;
  /** The amount that the steps have added to each node of the accumulators' tree, times 2^96. */
  readonly #added = new Map<number, bigint>();
  /**
   * The last strike of each contribution. The ones before it do not matter: what a payment credits follows from the tokens
   * that are left and from the beginning of their period, not from what was earned before.
   */
  readonly #strikes = new Map<number, Strike>();
  readonly #past = new Map<Key, Uint8Array | undefined>();
  /** The standings of contributions before the height. */
  readonly #before = new Map<number, NoveltyStanding>();

  constructor(history: History, view: ReadView, pace: Pace, height: Height, datanet: DatanetId) {
    this.#history = history;
    this.#view = view;
    this.#height = height;
    this.#datanet = datanet;
    this.#pace = pace;
    this.#steps = stepsAt(history, height, datanet, pace);
  }

  async #peek(): Promise<Step | undefined> {
    if (this.#next === 'unread') {
      const { value } = await this.#steps.next();
      this.#next = value;
    }
    return this.#next;
  }

  /** Returns the amount that a novel token at this place was paid by the steps, times 2^96. */
  #paidAt(acceptance: number): bigint {
    return sumBig(nodesOver(acceptance).map((node) => this.#added.get(node) ?? 0n));
  }

  #apply({ event: { type, data } }: Step): void {
    if (type === 'remainderPaid') {
      for (const node of nodesUnder(data.count))
        this.#added.set(node, (this.#added.get(node) ?? 0n) + data.perToken);
      return;
    }
    const { contribution, left, forfeited } = data;
    const accepted = acceptedOf(this.#view, contribution);
    const share = accepted === undefined ? undefined : shareOf(accepted);
    invariant(share !== undefined, 'only contributions that share are struck');
    const paid = this.#paidAt(share.acceptance);
    this.#strikes.set(contribution, { paid, left, forfeited });
  }

  /** Replays the steps before an event. Events must come in their order. */
  async advance(index: number): Promise<void> {
    invariant(index >= this.#at, 'a replay goes forward');
    this.#at = index;
    for (let step = await this.#peek(); step !== undefined && step.index < index; step = await this.#peek()) {
      this.#apply(step);
      this.#next = 'unread';
      await this.#pace();
    }
  }

  async #standingBefore(share: Sharer): Promise<NoveltyStanding> {
    const known = this.#before.get(share.contribution);
    if (known !== undefined) return known;
    for (const key of noveltyKeys(this.#datanet, share))
      if (!this.#past.has(key))
        this.#past.set(key, await this.#history.past(key, toHeight(this.#height - 1n)));
    const standing = noveltyStandingOf({ get: (key) => this.#past.get(key) }, this.#datanet, share);
    this.#before.set(share.contribution, standing);
    return standing;
  }

  /** Returns what a payment credits a contribution after the steps that were replayed. */
  async credited(payment: Payment, share: Sharer): Promise<bigint> {
    const before = await this.#standingBefore(share);
    const strike = this.#strikes.get(share.contribution);
    const period =
      strike === undefined
        ? before
        : strickenBy({ ...before, perToken: before.perToken + strike.paid }, strike.left, strike.forfeited);
    const standing = { ...period, perToken: before.perToken + this.#paidAt(share.acceptance) };
    return worthOf(creditedBy(standing, share, payment)) - worthOf(standing);
  }
}

/** What payments of the remainder credited contributions. It must be asked in the order of the chain. */
export class Remainders {
  readonly #history: History;
  readonly #view: ReadView;
  readonly #pace: Pace;
  #height: Height | undefined;
  /** The replays of this height, by Datanet. */
  readonly #replays = new Map<number, Replay>();

  constructor(history: History, view: ReadView, pace: Pace) {
    this.#history = history;
    this.#view = view;
    this.#pace = pace;
  }

  #replayOf(height: Height, datanet: DatanetId): Replay {
    if (this.#height !== height) this.#replays.clear();
    this.#height = height;
    const replay =
      this.#replays.get(datanet) ?? new Replay(this.#history, this.#view, this.#pace, height, datanet);
    this.#replays.set(datanet, replay);
    return replay;
  }

  /** Returns what a payment to the Datanet of a contribution credited the contribution. */
  async credited({ height, index }: Position, payment: Payment, share: Sharer): Promise<bigint> {
    if (share.acceptance >= payment.count) return 0n;
    const replay = this.#replayOf(height, payment.datanet);
    await replay.advance(index);
    return replay.credited(payment, share);
  }
}
