/**
 * `openledger attest`: an attestor of the genesis list at work. It calibrates the models that wait for it, settles
 * receipts as they come, shows what is demanded of its claims, and settles again what was opened anew.
 */
import Type, { type Static } from 'typebox';
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { ReceiptClaimsType } from '../../../state/tx/attribution-settlement.ts';
import type { FollowedHeights } from '../../client/event-follower.ts';
import type { Outcome } from '../../client/outbox.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { fromHex, toHex } from '../../lib/bytes.ts';
import { CodedError, unwrap } from '../../lib/errors.ts';
import { maxBig, minBig } from '../../lib/math.ts';
import { Answering, AnsweringMemory } from '../challenge/answering.ts';
import { Challenger } from '../challenge/challenger.ts';
import { Demanding } from '../challenge/demanding.ts';
import type { Reviewers } from '../challenge/review.ts';
import type { Library } from '../corpus/library.ts';
import type { Studies } from '../corpus/studies.ts';
import { fault } from '../run/errors.ts';
import type { Service, ServiceContext } from '../run/service.ts';
import { BATCH_EVENTS, LiveBatches } from './batches.ts';
import { Calibrating } from './calibrating.ts';
import { packClaims } from './packing.ts';
import { traceBatch, type Unsettled } from './settling.ts';

export const AttestorMemory = Type.Object({
  batches: Type.Array(Type.String()),
  answering: AnsweringMemory,
});
type Memory = Static<typeof AttestorMemory>;

type Batch = ResultOf<'receipt_getBatch'>;

/** Blocks that one attestor leaves to the one whose turn it is before it. */
const TURN_BLOCKS = 4n;
/** After a settlement was refused the next attempt is made later each time, up to so many blocks. */
const RETRY_BLOCKS_MOST = 64n;

const KEY = 'settle';

/** The attestors of the genesis, in order. */
export const attestorsOf = async (client: RpcClient): Promise<readonly string[]> => {
  const { genesis } = await client.call('chain_getGenesis');
  const list: unknown =
    typeof genesis === 'object' && genesis !== null ? Reflect.get(genesis, 'attestors') : [];
  return (Array.isArray(list) ? list : []).flatMap((each: unknown) => {
    const address: unknown = typeof each === 'object' && each !== null ? Reflect.get(each, 'address') : '';
    return typeof address === 'string' ? [address.toLowerCase()] : [];
  });
};

export class Attestor implements Service<Memory> {
  readonly events = [...BATCH_EVENTS, ...Answering.EVENTS, ...Calibrating.EVENTS];
  readonly #context: ServiceContext;
  readonly #library: Library;
  readonly #studies: Studies;
  readonly #batches: LiveBatches;
  readonly #answering: Answering;
  readonly #calibrating: Calibrating;
  readonly #challenger: Challenger;
  readonly #demanding: Demanding;
  readonly #address: string;
  /** Whose turn it is, by batch, is told from the place among the attestors. */
  readonly #attestors: readonly string[];
  /** Batches of which a settlement was refused: how long the last pause was, and when to try again. */
  readonly #retry = new Map<string, { readonly pause: bigint; readonly at: bigint }>();
  /** What was said of a batch already, so that it is not said with every block. */
  readonly #told = new Map<string, string>();
  #height = 0n;

  /** @throws CodedError `ATTESTOR_UNKNOWN` */
  constructor(
    context: ServiceContext,
    { library, studies }: Reviewers,
    attestors: readonly string[],
    memory: Memory | undefined,
  ) {
    this.#context = context;
    this.#address = toHex(context.wallet.address);
    this.#attestors = attestors;
    if (!attestors.includes(this.#address))
      throw new CodedError(
        fault('ATTESTOR_UNKNOWN', `${this.#address} is no attestor of this chain's genesis`, {
          attestors: [...attestors],
        }),
      );
    this.#library = library;
    this.#studies = studies;
    this.#batches = new LiveBatches(memory?.batches ?? []);
    this.#answering = new Answering(context, this.#library, this.#studies, memory?.answering);
    this.#challenger = new Challenger(context, false);
    this.#demanding = new Demanding(context, this.#studies, this.#challenger);
    this.#calibrating = new Calibrating(context, library, studies, this.#demanding, (what) =>
      this.#turn(what),
    );
  }

  memory(): Memory {
    return { batches: [...this.#batches.ids], answering: this.#answering.memory() };
  }

  see({ height, events }: FollowedHeights): void {
    this.#height = height;
    this.#batches.see(events);
    this.#answering.see(events);
    this.#calibrating.see(events);
  }

  learn(outcome: Outcome): void {
    if (this.#answering.learn(outcome) || this.#calibrating.learn(outcome)) return;
    if (this.#challenger.learn(outcome)) return;
    const [kind, batch = ''] = outcome.key.split('/');
    if (kind !== KEY) return;
    this.#batches.stir(batch);
    const { tell } = this.#context;
    if (outcome.status === 'committed') {
      this.#retry.delete(batch);
      tell.info('settled', 'settled receipts', { batch, settlement: outcome.id });
      return;
    }
    const pause = minBig(2n * (this.#retry.get(batch)?.pause ?? 1n), RETRY_BLOCKS_MOST);
    this.#retry.set(batch, { pause, at: this.#height + pause });
    // Another was first: nothing is wrong with that.
    if (outcome.fault.code === 'SETTLEMENT_TAKEN')
      tell.info('taken', 'another attestor was first', { batch, settlement: outcome.id });
    else tell.fault('refused', 'a settlement was refused', outcome.fault, { batch, settlement: outcome.id });
  }

  async work(height: bigint): Promise<void> {
    await this.#answering.work();
    await this.#calibrating.work(height);
    await this.#demanding.work(height);
    for (const id of this.#batches.take(height)) {
      this.#context.signal.throwIfAborted();
      const batch = await this.#context.client.call('receipt_getBatch', { batch: id });
      await this.#settle(batch, height);
    }
  }

  async #settle(batch: Batch, height: bigint): Promise<void> {
    const { batch: id, pending, settlements } = batch;
    if (pending.length === 0) {
      if (settlements.every(({ final }) => final)) {
        this.#batches.forget(id);
        this.#told.delete(id);
      }
      return;
    }
    const { outbox, tell } = this.#context;
    if (outbox.hasAny(`${KEY}/${id}/`)) return;
    const wait = this.#waitFor(batch);
    if (wait > height) {
      this.#batches.putOff(id, wait);
      return;
    }
    const { claims, left, withheld } = await traceBatch(
      { ...this.#context, library: this.#library, studies: this.#studies },
      batch,
    );
    this.#tellLeft(id, left);
    this.#demanding.note(withheld, height);
    // What could not be settled may be with the next block: texts come in, models are calibrated.
    if (left.size > 0) this.#batches.putOff(id, height + 1n);
    for (const pack of packClaims(claims)) {
      const [first] = pack;
      if (first === undefined) continue;
      tell.info('settling', 'settling receipts', { batch: id, receipts: pack.length });
      await outbox.send(`${KEY}/${id}/${first.index}`, 'attributionSettlement', {
        batch: unwrap(fromHex(id, 32)),
        claims: ReceiptClaimsType.toJson(pack),
      });
    }
  }

  /** Blocks that this attestor leaves a piece of work to others: they take turns, so that they do not race. */
  #turn(what: bigint): bigint {
    const count = BigInt(this.#attestors.length);
    const place = BigInt(this.#attestors.indexOf(this.#address));
    return ((place + count - (what % count)) % count) * TURN_BLOCKS;
  }

  /** The height from which on this attestor settles the batch. */
  #waitFor({ batch, height }: Batch): bigint {
    return maxBig(BigInt(height) + this.#turn(BigInt(batch)), this.#retry.get(batch)?.at ?? 0n);
  }

  #tellLeft(batch: string, left: ReadonlyMap<Unsettled, readonly number[]>): void {
    const said = JSON.stringify([...left]);
    if (left.size === 0 || this.#told.get(batch) === said) return;
    this.#told.set(batch, said);
    for (const [why, indexes] of left)
      this.#context.tell.warn('left', 'receipts are left for now', {
        batch,
        why,
        receipts: indexes.length,
        first: indexes[0] ?? 0,
      });
  }
}
