/**
 * The service behind `openledger attest`, for an attestor of the genesis list. It calibrates the models that wait for it,
 * settles receipts as they are recorded, answers DEMANDs against its claims, and settles reopened receipts again.
 */
import Type, { type Static } from 'typebox';
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { settleBlocks } from '../../../state/params.ts';
import { formatOpen } from '../../../state/tx/action.ts';
import { attributionSettlement, type ReceiptClaim } from '../../../state/tx/attribution-settlement.ts';
import type { FollowedHeights } from '../../client/event-follower.ts';
import type { Outcome } from '../../client/outbox.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { type BackOff, pauseAfter } from '../../lib/back-off.ts';
import type { Height } from '../../lib/brands.ts';
import { fromHex, toHex } from '../../lib/bytes.ts';
import { CodedError, type Fault, unwrap } from '../../lib/errors.ts';
import { shownUrl } from '../../lib/http-url.ts';
import { maxBig, sumBig } from '../../lib/math.ts';
import { Answering, AnsweringMemory } from '../challenge/answering.ts';
import { Challenger } from '../challenge/challenger.ts';
import { Demanding } from '../challenge/demanding.ts';
import type { ServiceReviewers } from '../challenge/review.ts';
import type { ServiceTextCache } from '../corpus/text-cache.ts';
import type { Tracers } from '../corpus/tracers.ts';
import { fault } from '../run/errors.ts';
import type { Service, ServiceContext } from '../run/service.ts';
import { payloadIn, sendOrRefusal } from '../run/transactions.ts';
import { BATCH_EVENTS, LiveBatches } from './batches.ts';
import { Bond } from './bond.ts';
import { Calibrating } from './calibrating.ts';
import { Joining, JoiningMemory } from './joining.ts';
import { packClaims } from './packing.ts';
import { RefusedClaims } from './refused-claims.ts';
import { traceBatch, type Unsettled } from './settling.ts';

export const AttestorMemory = Type.Object({
  batches: Type.Array(Type.String()),
  answering: AnsweringMemory,
  joining: Type.Optional(JoiningMemory),
});
type Memory = Static<typeof AttestorMemory>;

type Batch = ResultOf<'receipt_getBatch'>;

/** The number of blocks for which an attestor leaves work to the one whose turn comes before its own. */
const TURN_BLOCKS = 4n;
/** The pause before a batch is tried again after its settlement was refused, in blocks. */
const RETRY_BLOCKS: BackOff = { first: 2, longest: 64 };
/** The pause before a batch is looked at again that the bond does not cover, in blocks. */
const BOND_BLOCKS = 2n;

/** The time after which a round begins no more calibrations, or settlements: a DEMAND may be there that has to be answered. */
const TURN_MS = 500;

const KEY = 'settle';

/** Returns how many claims, by what each needs, fit into what is free of the bond. */
const coveredBy = (needs: readonly bigint[], free: bigint): number => {
  let left = free;
  const past = needs.findIndex((need) => {
    left -= need;
    return left < 0n;
  });
  return past < 0 ? needs.length : past;
};

/** Whether no block after this height can settle a receipt with this deadline. One without a deadline has time. */
const isLate = (deadline: bigint | null | undefined, height: Height): boolean =>
  deadline !== null && deadline !== undefined && deadline <= height;

/**
 * Returns the addresses of all attestors, in the order in which they take turns.
 * @throws CodedError `NODE_OLDER` if the node has no such method, and those of the client
 */
export const attestorsOf = async (client: RpcClient): Promise<readonly string[]> => {
  const listed = await client.attempt('attestor_list');
  if (listed.ok) return listed.value.attestors.map(({ address }) => toHex(address));
  if (listed.fault.code !== 'METHOD_NOT_FOUND') throw new CodedError(listed.fault);
  throw new CodedError(
    fault(
      'NODE_OLDER',
      `the node ${shownUrl(client.url)} is older than this command: it cannot list the attestors; update it`,
      {
        method: 'attestor_list',
      },
    ),
  );
};

export class Attestor implements Service<Memory> {
  readonly events = [...BATCH_EVENTS, ...Answering.EVENTS, ...Calibrating.EVENTS, ...Joining.EVENTS];
  readonly #context: ServiceContext;
  readonly #textCache: ServiceTextCache;
  readonly #tracers: Tracers;
  readonly #batches: LiveBatches;
  /** The batches that are left to look at. Those that have waited for longest come first. */
  readonly #left = new Set<string>();
  readonly #answering: Answering;
  readonly #calibrating: Calibrating;
  readonly #challenger: Challenger;
  readonly #demanding: Demanding;
  readonly #joining: Joining;
  readonly #address: string;
  /** All attestors in the order of the genesis. The place in it says whose turn a batch is. */
  readonly #attestors: readonly string[];
  readonly #bond: Bond;
  /** The claims of each settlement that is on its way, by its key. */
  readonly #onTheirWay = new Map<string, readonly ReceiptClaim[]>();
  readonly #refused = new RefusedClaims();
  /** The most claims that are sent at a time for a batch, after larger settlements of it were refused. */
  readonly #most = new Map<string, number>();
  /**
   * The batches of which settlements were refused, and none was taken since: how often in a row, how often for a reason
   * that does not name one of the claims, and the height of the next attempt.
   */
  readonly #retry = new Map<
    string,
    { readonly refusals: number; readonly failures: number; readonly at: bigint }
  >();
  /** The last message that was logged for each batch, so that it is not repeated at every height. */
  readonly #logged = new Map<string, string>();
  /** The batches of which it was logged that a claim needs more than all attestors have. */
  readonly #beyond = new Set<string>();
  /** What every claim needs at least, base units. */
  #least = 0n;
  #height = 0n;

  /**
   * @param patience - the number of blocks for which it waits for the text of a contribution before it demands it
   * @throws CodedError `ATTESTOR_UNKNOWN`
   */
  constructor(
    context: ServiceContext,
    { textCache, tracers }: ServiceReviewers,
    attestors: readonly string[],
    memory: Memory | undefined,
    patience?: bigint,
  ) {
    this.#context = context;
    this.#address = toHex(context.wallet.address);
    this.#attestors = attestors;
    if (!attestors.includes(this.#address))
      throw new CodedError(
        fault('ATTESTOR_UNKNOWN', `${this.#address} is not an attestor in the genesis of this chain`, {
          attestors: [...attestors],
        }),
      );
    this.#textCache = textCache;
    this.#tracers = tracers;
    this.#batches = new LiveBatches(memory?.batches ?? []);
    this.#answering = new Answering(context, this.#textCache, this.#tracers, memory?.answering);
    this.#challenger = new Challenger(context, false);
    this.#demanding = new Demanding(context, this.#tracers, this.#challenger, patience);
    this.#bond = new Bond(context, tracers);
    this.#joining = new Joining(context, textCache, tracers, this.#bond, memory?.joining);
    this.#calibrating = new Calibrating(context, textCache, tracers, this.#demanding, this.#bond, (what) =>
      this.#turn(what),
    );
    for (const { key, transaction } of context.waiting) {
      const payload = payloadIn(unwrap(fromHex(transaction)), attributionSettlement);
      if (payload !== undefined) this.#noteSent(key, payload.claims);
    }
  }

  memory(): Memory {
    return {
      batches: [...this.#batches.ids],
      answering: this.#answering.memory(),
      joining: this.#joining.memory(),
    };
  }

  see({ height, events }: FollowedHeights): void {
    this.#height = height;
    this.#batches.see(events);
    this.#joining.see(events);
    this.#answering.see(events);
    this.#calibrating.see(events);
  }

  learn(outcome: Outcome): void {
    if (this.#answering.learn(outcome) || this.#calibrating.learn(outcome)) return;
    if (this.#challenger.learn(outcome) || this.#joining.learn(outcome)) return;
    const [kind, batch = ''] = outcome.key.split('/');
    if (kind !== KEY) return;
    this.#batches.wake(batch);
    this.#bond.settled(outcome.key);
    const claims = this.#onTheirWay.get(outcome.key) ?? [];
    this.#onTheirWay.delete(outcome.key);
    const { log } = this.#context;
    if (outcome.status === 'committed') {
      this.#retry.delete(batch);
      this.#most.delete(batch);
      log.info('settled', 'settled receipts', { batch, settlement: outcome.id });
      return;
    }
    // No block holds one that was dropped, so nothing speaks against sending a new one at once.
    if (outcome.status === 'failed') this.#learnRefusal(batch, claims, outcome.fault);
    // Another attestor was first, which is no fault.
    if (outcome.fault.code === 'SETTLEMENT_TAKEN')
      log.info('taken', 'another attestor was first', { batch, settlement: outcome.id });
    else log.fault('refused', 'a settlement was refused', outcome.fault, { batch, settlement: outcome.id });
  }

  /** Makes sure that a settlement that the chain refused is not sent again as it was. */
  #learnRefusal(batch: string, claims: readonly ReceiptClaim[], refusal: Fault): void {
    const before = this.#retry.get(batch) ?? { refusals: 0, failures: 0 };
    const refusals = before.refusals + 1;
    // The other claims can be settled without the one that the chain names.
    const isNamed = this.#refused.learn(batch, claims, refusal);
    const failures = isNamed ? 1 : before.failures + 1;
    this.#retry.set(batch, {
      refusals,
      failures,
      at: this.#height + BigInt(pauseAfter(failures, RETRY_BLOCKS)),
    });
    // The chain names one claim at a time. Where there are more, the claims without one get through in smaller settlements.
    if (refusals > 1 || refusal.code === 'ATTESTOR_BOND')
      this.#most.set(batch, Math.max(1, claims.length >> 1));
  }

  isDue(): boolean {
    return this.#textCache.takeEnded() || this.#calibrating.hasLeft() || this.#left.size > 0;
  }

  async work(height: Height): Promise<void> {
    await this.#answering.work();
    await this.#calibrating.work(height, performance.now() + TURN_MS);
    await this.#demanding.work(height);
    await this.#joining.work(height);
    await this.#settleDue(height, performance.now() + TURN_MS);
  }

  /** @param until - the time from which on it begins nothing more: what it leaves comes first in the next round */
  async #settleDue(height: Height, until: number): Promise<void> {
    for (const id of this.#batches.due(height)) this.#left.add(id);
    let hasRoom = true;
    for (const id of this.#left) {
      this.#context.signal.throwIfAborted();
      if (performance.now() >= until) return;
      this.#left.delete(id);
      if (hasRoom) {
        const batch = await this.#context.client.call('receipt_getBatch', { batch: id });
        hasRoom = await this.#settle(batch, height);
      }
      // The oldest batches come first: the others need not be read until the bond covers more.
      if (!hasRoom) this.#batches.postpone(id, height + BOND_BLOCKS);
    }
  }

  /** Settles what it can of a batch. @returns false if a receipt of it waits because the bond does not cover it */
  async #settle(batch: Batch, height: Height): Promise<boolean> {
    const { open, bodies, settlements } = batch;
    const id = toHex(batch.batch);
    if (open.length === 0) {
      this.#bond.covered('receipts', id);
      if (settlements.every(({ final }) => final)) {
        this.#batches.forget(id);
        this.#logged.delete(id);
        this.#retry.delete(id);
        this.#most.delete(id);
        this.#refused.forget(id);
        this.#beyond.delete(id);
      }
      return true;
    }
    const { outbox } = this.#context;
    if (outbox.hasAny(`${KEY}/${id}/`)) return true;
    const wait = this.#waitFor(batch);
    if (wait > height) {
      this.#batches.postpone(id, wait);
      return true;
    }
    // The time of the others is over, though no block has paid them out yet.
    const inTime = open.filter((index) => !isLate(bodies[index]?.deadline, height));
    if (!inTime.some((index) => bodies[index]?.body.visibility === 'public')) {
      this.#bond.covered('receipts', id);
      return true;
    }
    const needs = await this.#needsOf(bodies);
    const free = await this.#bond.free('receipts');
    const shown = inTime.filter((index) => bodies[index]?.body.visibility === 'public');
    const room = coveredBy(
      shown.map((index) => needs[index] ?? 0n).sort((a, b) => Number(a > b) - Number(a < b)),
      free,
    );
    if (
      room === 0 &&
      this.#bond.hasWaiting('receipts') &&
      shown.every((index) => !this.#isLarge(needs[index]))
    )
      return false;
    // One more than the bond covers, which shows whether a claim has to wait for it.
    const most = Math.min(room + 1, this.#most.get(id) ?? room + 1);
    const { claims, left, withheld } = await traceBatch(
      {
        ...this.#context,
        textCache: this.#textCache,
        tracers: this.#tracers,
        most,
        asOf: height,
        isRefused: (claim) => this.#refused.has(id, claim),
      },
      { ...batch, open: inTime },
    );
    this.#logLeft(id, left);
    this.#demanding.note(withheld, height);
    // Receipts that cannot be settled now may be settled at the next height: texts arrive, models are calibrated.
    const why = [...left.keys()].filter((each) => each !== 'refused');
    if (left.has('pending')) this.#batches.wake(id);
    else if (why.length === 1 && left.has('uncalibrated')) {
      const { attribution } = await this.#tracers.params();
      this.#batches.awaitCalibration(id, height, settleBlocks(attribution));
    } else if (why.length > 0) this.#batches.postpone(id, height + 1n);
    const needOf = ({ index }: ReceiptClaim): bigint => needs[index] ?? 0n;
    const covered: ReceiptClaim[] = [];
    let locked = 0n;
    for (const claim of claims) {
      if (locked + needOf(claim) > free) continue;
      locked += needOf(claim);
      covered.push(claim);
    }
    const isCovered = covered.length === claims.length;
    if (isCovered) this.#bond.covered('receipts', id);
    for (const pack of packClaims(covered)) await this.#send(id, height, pack, sumBig(pack.map(needOf)));
    const [large] = claims.filter((claim) => this.#isLarge(needOf(claim)));
    if (covered.length === 0 && large !== undefined && (await this.#isForSeveral(id, needOf(large), free))) {
      await this.#send(id, height, [large], free);
      return true;
    }
    if (!isCovered) await this.#bond.waits('receipts', id);
    return isCovered;
  }

  /** Sends a settlement of what was traced as of a height, which locks so much of the bond. */
  async #send(id: string, asOf: Height, pack: readonly ReceiptClaim[], amount: bigint): Promise<void> {
    const [first] = pack;
    if (first === undefined) return;
    const { outbox, log } = this.#context;
    log.info('settling', 'settling receipts', { batch: id, receipts: pack.length });
    const key = `${KEY}/${id}/${first.index}`;
    try {
      const refused = await sendOrRefusal(this.#context, key, 'attributionSettlement', {
        batch: unwrap(fromHex(id, 32)),
        asOf,
        claims: pack,
      });
      if (refused !== undefined) {
        this.#learnRefusal(id, pack, refused);
        log.fault('refused', 'a settlement was refused', refused, { batch: id });
      }
    } finally {
      // If no node has answered, it may be on its way.
      if (outbox.has(key)) this.#noteSent(key, pack, amount);
    }
  }

  /** Returns what has to be locked behind the claim of each receipt of a batch, base units. */
  async #needsOf(bodies: Batch['bodies']): Promise<readonly bigint[]> {
    const needs = await Promise.all(bodies.map(({ body }) => this.#bond.needed(body.fee)));
    const { bondPerReceipt } = (await this.#tracers.params()).attribution;
    this.#least = bondPerReceipt;
    return needs;
  }

  /** Whether a claim needs more than every claim does, because of the data money of its receipt. */
  #isLarge(need: bigint | undefined): boolean {
    return need !== undefined && need > this.#least;
  }

  /** Whether this attestor begins with a claim that it cannot back alone: others have to join, as nobody could alone. */
  async #isForSeveral(batch: string, need: bigint, free: bigint): Promise<boolean> {
    if (free < (await this.#bond.leastOf(need))) return false;
    const shortage = await this.#bond.shortage(need);
    const fields = { batch, needed: `${formatOpen(need)} OPEN`, free: `${formatOpen(free)} OPEN` };
    const { log } = this.#context;
    if (shortage === 'together')
      log.info(
        'short',
        'no attestor has enough free to back a claim alone: it is settled short, for others to join',
        fields,
      );
    if (shortage === 'never' && !this.#beyond.has(batch)) {
      this.#beyond.add(batch);
      log.warn('beyond', 'a claim needs more than all attestors have free together: it waits', fields);
    }
    return shortage === 'together';
  }

  #noteSent(key: string, pack: readonly ReceiptClaim[], amount?: bigint): void {
    this.#onTheirWay.set(key, pack);
    this.#bond.sent(key, 'receipts', pack.length, amount);
  }

  /** Returns for how many blocks this attestor leaves a piece of work to others: they take turns instead of racing. */
  #turn(what: bigint): bigint {
    const count = BigInt(this.#attestors.length);
    const place = BigInt(this.#attestors.indexOf(this.#address));
    return ((place + count - (what % count)) % count) * TURN_BLOCKS;
  }

  /** Returns the height from which on this attestor settles the batch. */
  #waitFor({ batch, height }: Batch): bigint {
    const id = toHex(batch);
    return maxBig(height + this.#turn(BigInt(id)), this.#retry.get(id)?.at ?? 0n);
  }

  #logLeft(batch: string, left: ReadonlyMap<Unsettled, readonly number[]>): void {
    const known = [...left].filter(([why]) => why !== 'pending');
    const text = JSON.stringify(known);
    if (known.length === 0 || this.#logged.get(batch) === text) return;
    this.#logged.set(batch, text);
    for (const [why, indexes] of known)
      this.#context.log.warn('left', 'receipts cannot be settled yet', {
        batch,
        why,
        receipts: indexes.length,
        first: indexes[0] ?? 0,
      });
  }
}
