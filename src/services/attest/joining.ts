/**
 * Joins claims of other attestors that are short: of receipts that hold more data money than any attestor has free. It backs
 * only what it would have claimed itself, because all who back a claim lose their bonds if it is false.
 */
import Type, { type Static } from 'typebox';
import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import type { EventType } from '../../../state/events.ts';
import { formatReceiptId } from '../../../state/receipt-id.ts';
import { formatOpen } from '../../../state/tx/action.ts';
import { attributionSettlement, ReceiptClaimType } from '../../../state/tx/attribution-settlement.ts';
import type { Outcome } from '../../client/outbox.ts';
import type { Root } from '../../lib/brands.ts';
import { equal, fromHex, toHex } from '../../lib/bytes.ts';
import { unwrap } from '../../lib/errors.ts';
import { minBig } from '../../lib/math.ts';
import type { TextCache } from '../corpus/text-cache.ts';
import type { Tracers } from '../corpus/tracers.ts';
import type { ServiceContext } from '../run/service.ts';
import { fetchPayload, sendOrRefusal } from '../run/transactions.ts';
import type { Bond } from './bond.ts';
import { traceBatch } from './settling.ts';

/** The claims that were short, each as `<settlement>/<batch>/<index>`. */
export const JoiningMemory = Type.Array(Type.String());
export type JoiningMemory = Static<typeof JoiningMemory>;

type Short = { readonly batch: Root; readonly index: number };

const KEY = 'back';

export class Joining {
  static readonly EVENTS: readonly EventType[] = ['receiptsSettled'];

  readonly #context: ServiceContext;
  readonly #textCache: TextCache;
  readonly #tracers: Tracers;
  readonly #bond: Bond;
  /** The claims that were short when they were made, by settlement. */
  readonly #short = new Map<string, Short>();
  /** The settlements for which it was logged that the bond is too small. */
  readonly #logged = new Set<string>();

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
  }

  memory(): JoiningMemory {
    return [...this.#short].map(([settlement, { batch, index }]) => `${settlement}/${toHex(batch)}/${index}`);
  }

  see(events: readonly ChainEvent[]): void {
    for (const { type, data } of events) {
      if (type !== 'receiptsSettled' || data.missing === 0n) continue;
      const [index] = data.receipts.indexes;
      if (index !== undefined && !this.#isOwn(data.attestor))
        this.#short.set(toHex(data.settlement), { batch: data.receipts.batch, index });
    }
  }

  /** Handles the outcome of a backing. @returns whether it was that of one */
  learn(outcome: Outcome): boolean {
    const [kind, settlement = ''] = outcome.key.split('/');
    if (kind !== KEY) return false;
    const { log } = this.#context;
    this.#bond.settled(outcome.key);
    if (outcome.status === 'committed') {
      this.#short.delete(settlement);
      log.info('backed', 'backs the claim of another attestor', { settlement });
    } else if (outcome.fault.code === 'BACKING_WHOLE') this.#short.delete(settlement);
    else log.fault('refused', 'a claim could not be backed', outcome.fault, { settlement });
    return true;
  }

  async work(): Promise<void> {
    const { outbox, signal } = this.#context;
    for (const [settlement, short] of this.#short) {
      signal.throwIfAborted();
      if (!outbox.has(`${KEY}/${settlement}`)) await this.#join(settlement, short);
    }
  }

  async #join(settlement: string, { batch, index }: Short): Promise<void> {
    const { client, log } = this.#context;
    const receipt = await client.call('receipt_get', { id: formatReceiptId({ batch, index }) });
    const standing = receipt.settlement;
    if (standing === null || standing.short === null || toHex(standing.id) !== settlement) {
      this.#forget(settlement);
      return;
    }
    const { missing } = standing.short;
    const needed = standing.outcome.bond;
    const free = await this.#bond.free('receipts');
    if (free < minBig(missing, await this.#bond.leastOf(needed))) {
      if (!this.#logged.has(settlement))
        log.warn('short', 'a claim of another attestor is short, and this bond is too small to join it', {
          settlement,
          missing: `${formatOpen(missing)} OPEN`,
        });
      this.#logged.add(settlement);
      return;
    }
    const claimed = await fetchPayload(client, settlement, attributionSettlement);
    const own = await traceBatch(
      {
        ...this.#context,
        textCache: this.#textCache,
        tracers: this.#tracers,
        most: 1,
        asOf: standing.asOf,
        isRefused: () => false,
      },
      { ...(await client.call('receipt_getBatch', { batch })), open: [index] },
    );
    const [claim] = own.claims;
    const [other] = claimed.claims;
    // What it cannot trace now it may at the next height.
    if (claim === undefined || other === undefined) return;
    if (!equal(ReceiptClaimType.encode(claim), ReceiptClaimType.encode(other))) {
      this.#forget(settlement);
      log.warn(
        'differs',
        'a claim of another attestor is short, but not the one that this attestor would make',
        {
          settlement,
        },
      );
      return;
    }
    const amount = minBig(missing, free);
    const key = `${KEY}/${settlement}`;
    log.info('backing', 'backing the claim of another attestor, which is short', {
      settlement,
      missing: `${formatOpen(missing)} OPEN`,
      amount: `${formatOpen(amount)} OPEN`,
    });
    try {
      const refused = await sendOrRefusal(this.#context, key, 'attributionBacking', {
        settlement: unwrap(fromHex(settlement, 32)),
        amount,
      });
      if (refused === undefined) return;
      this.#forget(settlement);
      log.fault('refused', 'a claim could not be backed', refused, { settlement });
    } finally {
      if (this.#context.outbox.has(key)) this.#bond.sent(key, 'receipts', 1, amount);
    }
  }

  #forget(settlement: string): void {
    this.#short.delete(settlement);
    this.#logged.delete(settlement);
  }

  #isOwn(attestor: Uint8Array): boolean {
    return equal(attestor, this.#context.wallet.address);
  }
}
