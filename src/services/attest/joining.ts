/**
 * Adds to claims that are short: of receipts that hold more data money than any attestor has free. It backs only what it would
 * have claimed itself, because all who back a claim lose their bonds if it is false. And it waits while something is demanded of
 * the claim, because all of them lose their bonds too if nobody answers in time.
 */
import Type, { type Static } from 'typebox';
import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import type { EventType } from '../../../state/events.ts';
import { formatReceiptId } from '../../../state/receipt-id.ts';
import { formatOpen } from '../../../state/tx/action.ts';
import { attributionBacking } from '../../../state/tx/attribution-backing.ts';
import { attributionSettlement, ReceiptClaimType } from '../../../state/tx/attribution-settlement.ts';
import type { Outcome } from '../../client/outbox.ts';
import { Patience } from '../../client/patience.ts';
import type { BackOff } from '../../lib/back-off.ts';
import type { Height, Root } from '../../lib/brands.ts';
import { equal, fromHex, toHex } from '../../lib/bytes.ts';
import { type Fault, unwrap } from '../../lib/errors.ts';
import { minBig } from '../../lib/math.ts';
import type { TextCache } from '../corpus/text-cache.ts';
import type { Tracers } from '../corpus/tracers.ts';
import type { ServiceContext } from '../run/service.ts';
import { fetchPayload, payloadIn, sendOrRefusal } from '../run/transactions.ts';
import type { Bond } from './bond.ts';
import { traceBatch } from './settling.ts';

/** The claims that may be short, each as `<settlement>/<batch>/<index>`. */
export const JoiningMemory = Type.Array(Type.String());
export type JoiningMemory = Static<typeof JoiningMemory>;

type Short = { readonly batch: Root; readonly index: number };

const KEY = 'back';

/** The pauses before a claim is backed again after a refusal that passes, in milliseconds: each try costs a fee. */
const PAUSES_MS: BackOff = { first: 2_000, longest: 60_000 };

export class Joining {
  static readonly EVENTS: readonly EventType[] = ['receiptsSettled'];

  readonly #context: ServiceContext;
  readonly #textCache: TextCache;
  readonly #tracers: Tracers;
  readonly #bond: Bond;
  /** The claims that were short when they were made, own ones too, by settlement. */
  readonly #short = new Map<string, Short>();
  /** The settlements for which it was logged that the bond is too small. */
  readonly #logged = new Set<string>();
  readonly #patience = new Patience(PAUSES_MS);

  constructor(
    context: ServiceContext,
    textCache: TextCache,
    tracers: Tracers,
    bond: Bond,
    memory: JoiningMemory = [],
  ) {
    this.#context = context;
    this.#textCache = textCache;
    this.#tracers = tracers;
    this.#bond = bond;
    for (const each of memory) {
      const [settlement = '', batch = '', index = ''] = each.split('/');
      this.#short.set(settlement, { batch: unwrap(fromHex(batch, 32)) as Root, index: Number(index) });
    }
    for (const { key, transaction } of context.waiting) {
      const backing = payloadIn(unwrap(fromHex(transaction)), attributionBacking);
      if (backing !== undefined) bond.sent(key, 'receipts', 1, backing.amount);
    }
  }

  memory(): JoiningMemory {
    return [...this.#short].map(([settlement, { batch, index }]) => `${settlement}/${toHex(batch)}/${index}`);
  }

  see(events: readonly ChainEvent[]): void {
    for (const { type, data } of events) {
      if (type !== 'receiptsSettled' || data.missing === 0n) continue;
      const [index] = data.receipts.indexes;
      if (index !== undefined) this.#short.set(toHex(data.settlement), { batch: data.receipts.batch, index });
    }
  }

  /** Handles the outcome of a backing. @returns whether it was that of one */
  learn(outcome: Outcome): boolean {
    const [kind, settlement = ''] = outcome.key.split('/');
    if (kind !== KEY) return false;
    const { log } = this.#context;
    this.#bond.settled(outcome.key);
    if (outcome.status === 'committed') {
      // If something is missing still, more is added once more of the bond is free.
      this.#patience.taken(settlement);
      log.info('backed', 'backs a claim that was short', { settlement });
      return true;
    }
    if (outcome.status === 'failed') this.#learnRefusal(settlement, outcome.fault);
    if (outcome.fault.code !== 'BACKING_WHOLE')
      log.fault('refused', 'a claim could not be backed', outcome.fault, { settlement });
    return true;
  }

  /** Only what is free of the bond changes. */
  #learnRefusal(settlement: string, refusal: Fault): void {
    if (refusal.code === 'ATTESTOR_BOND') this.#patience.refused(settlement, refusal);
    else this.#forget(settlement);
  }

  async work(height: Height): Promise<void> {
    const { outbox, signal } = this.#context;
    for (const [settlement, short] of this.#short) {
      signal.throwIfAborted();
      if (!outbox.has(`${KEY}/${settlement}`) && this.#patience.isDue(settlement))
        await this.#join(settlement, short, height);
    }
  }

  async #join(settlement: string, { batch, index }: Short, height: Height): Promise<void> {
    const { client, log } = this.#context;
    const receipt = await client.call('receipt_get', { id: formatReceiptId({ batch, index }) });
    const standing = receipt.settlement;
    if (standing === null || standing.short === null || toHex(standing.id) !== settlement) {
      this.#forget(settlement);
      return;
    }
    const { missing, until } = standing.short;
    if (standing.demands.length > 0 || until <= height) return;
    const least = minBig(missing, await this.#bond.leastOf(standing.outcome.bond));
    const free = await this.#bond.free('receipts');
    if (free < least) {
      this.#logTooSmall(settlement, missing);
      return;
    }
    const isSame =
      this.#isOwn(standing.attestor) || (await this.#wouldClaim(settlement, standing.asOf, batch, index));
    // What it cannot trace now it may at the next height.
    if (isSame === undefined) return;
    if (!isSame) {
      this.#forget(settlement);
      log.warn(
        'differs',
        'a claim of another attestor is short, but not the one that this attestor would make',
        { settlement },
      );
      return;
    }
    const amount = minBig(missing, free);
    log.info('backing', 'backing a claim that is short', {
      settlement,
      missing: `${formatOpen(missing)} OPEN`,
      amount: `${formatOpen(amount)} OPEN`,
    });
    await this.#send(settlement, amount);
  }

  /** Returns whether this attestor would have made the claim; undefined if it cannot say that yet. */
  async #wouldClaim(
    settlement: string,
    asOf: Height,
    batch: Root,
    index: number,
  ): Promise<boolean | undefined> {
    const { client } = this.#context;
    const claimed = await fetchPayload(client, settlement, attributionSettlement);
    const own = await traceBatch(
      {
        ...this.#context,
        textCache: this.#textCache,
        tracers: this.#tracers,
        most: 1,
        asOf,
        isRefused: () => false,
      },
      { ...(await client.call('receipt_getBatch', { batch })), open: [index] },
    );
    const [claim] = own.claims;
    const [other] = claimed.claims;
    return claim === undefined || other === undefined
      ? undefined
      : equal(ReceiptClaimType.encode(claim), ReceiptClaimType.encode(other));
  }

  async #send(settlement: string, amount: bigint): Promise<void> {
    const key = `${KEY}/${settlement}`;
    try {
      const refused = await sendOrRefusal(this.#context, key, 'attributionBacking', {
        settlement: unwrap(fromHex(settlement, 32)),
        amount,
      });
      if (refused === undefined) return;
      this.#learnRefusal(settlement, refused);
      this.#context.log.fault('refused', 'a claim could not be backed', refused, { settlement });
    } finally {
      // If no node has answered, it may be on its way.
      if (this.#context.outbox.has(key)) this.#bond.sent(key, 'receipts', 1, amount);
    }
  }

  #logTooSmall(settlement: string, missing: bigint): void {
    if (!this.#logged.has(settlement))
      this.#context.log.warn(
        'short',
        'a claim is short, and too little of the bond is free to add to it now',
        {
          settlement,
          missing: `${formatOpen(missing)} OPEN`,
        },
      );
    this.#logged.add(settlement);
  }

  #forget(settlement: string): void {
    this.#short.delete(settlement);
    this.#logged.delete(settlement);
    this.#patience.taken(settlement);
  }

  #isOwn(attestor: Uint8Array): boolean {
    return equal(attestor, this.#context.wallet.address);
  }
}
