/** Indexes the outputs of recorded receipts, in the order of the chain, to find text that was harvested from them. */

import Type, { type Static } from 'typebox';
import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import type { Salted } from '../../../state/attribution/commitment.ts';
import type { KnownOutputs } from '../../attribution/prover/contribution-prover.ts';
import { heightOf } from '../../client/event-follower.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { type Height, type Root, toHeight } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import type { DatanetId, ModelId } from '../../lib/ids.ts';
import { ofRules, type TextCache } from '../corpus/text-cache.ts';
import { modelOwner } from '../corpus/text-requests.ts';
import { type Arrived, type AwaitedMemory, AwaitedOutputs } from './awaited-outputs.ts';
import { OutputIndex } from './output-index.ts';

const SeenBatch = Type.Object({ batch: Type.String(), height: Type.String() });
export const OutputsMemory = Type.Array(SeenBatch);
type Memory = Static<typeof OutputsMemory>;

/** The most batches that are remembered (the latest ones), and the most tokens that are indexed (the first ones). */
const BATCHES_KEPT = 10_000;
const TOKENS_MAX = 20_000_000;
/** The number of batches whose texts are requested while those of an earlier one are pending. */
const AHEAD = 16;

type Receipt = ResultOf<'receipt_getBatch'>['bodies'][number];

/** The outputs that count for one Datanet. */
type Indexed = {
  readonly outputs: OutputIndex;
  /** The number of batches that were looked at. */
  done: number;
};

export class SeenOutputs {
  readonly #client: RpcClient;
  readonly #textCache: TextCache;
  #batches: Memory;
  readonly #awaited: AwaitedOutputs;
  readonly #indexed = new Map<number, Indexed>();
  /** The Datanets that a version of a model draws on, by that version. */
  readonly #datanets = new Map<string, ReadonlySet<number>>();

  constructor(
    client: RpcClient,
    textCache: TextCache,
    memory: Memory = [],
    awaited: Static<typeof AwaitedMemory> = [],
  ) {
    this.#client = client;
    this.#textCache = textCache;
    this.#batches = [...memory];
    this.#awaited = new AwaitedOutputs(textCache, awaited);
  }

  memory(): Memory {
    return this.#batches;
  }

  /** The outputs whose texts have not arrived, and are looked for. */
  get awaited(): AwaitedOutputs {
    return this.#awaited;
  }

  see(events: readonly ChainEvent[]): void {
    for (const { cursor, type, data } of events)
      if (type === 'receiptsRecorded')
        this.#batches.push({ batch: toHex(data.batch), height: heightOf(cursor).toString() });
    const past = this.#batches.length - BATCHES_KEPT;
    if (past <= 0) return;
    this.#batches = this.#batches.slice(past);
    for (const indexed of this.#indexed.values()) indexed.done = Math.max(0, indexed.done - past);
  }

  /**
   * Returns all outputs seen so far that count against a contribution to this Datanet: those that were paid for, are of a
   * model that draws on it, and have a text. One whose text is missing is awaited. Returns 'pending' while texts are
   * requested of which nobody knows yet whether they are missing.
   * @param gram - the length of the shortest run that is searched for
   * @param height - the height of now
   */
  async known(
    datanet: DatanetId,
    gram: number,
    height: Height,
  ): Promise<readonly KnownOutputs[] | 'pending'> {
    const indexed: Indexed = this.#indexed.get(datanet) ?? { outputs: new OutputIndex(gram), done: 0 };
    this.#indexed.set(datanet, indexed);
    const { outputs } = indexed;
    for (; indexed.done < this.#batches.length && outputs.length < TOKENS_MAX; indexed.done++) {
      const seen = this.#batches[indexed.done];
      if (seen === undefined) break;
      if (await this.#read(outputs, datanet, seen, height)) continue;
      // They are indexed in order. Those that follow are requested meanwhile.
      for (const next of this.#batches.slice(indexed.done + 1, indexed.done + 1 + AHEAD))
        await this.#request(datanet, next);
      return 'pending';
    }
    return outputs.known();
  }

  /** Indexes the outputs of a batch that count. @returns whether none of their texts is pending: otherwise it does nothing */
  async #read(outputs: OutputIndex, datanet: DatanetId, seen: Memory[number], now: Height): Promise<boolean> {
    const height = toHeight(BigInt(seen.height));
    const { batch, counting, found } = await this.#request(datanet, seen);
    if (counting.some(({ root }, i) => found[i] === undefined && this.#textCache.isPending(root)))
      return false;
    for (const [i, { index, body, root }] of counting.entries()) {
      const output = { batch, index, height };
      const text = ofRules(found[i], body.rules)?.output;
      if (text === undefined)
        this.#awaited.miss({ datanet, output, root, rules: body.rules, tokens: body.tokensOut }, now);
      else if (text.tokens.count === body.tokensOut) outputs.append({ output, text });
    }
    return true;
  }

  /** Requests the texts of a batch that count, and returns those that are there. */
  async #request(datanet: DatanetId, seen: Memory[number]) {
    const { batch, bodies } = await this.#client.call('receipt_getBatch', { batch: seen.batch });
    const counting: { readonly index: number; readonly body: Receipt['body']; readonly root: Root }[] = [];
    for (const [index, { model, version, body, texts: root }] of bodies.entries())
      if (body.fee > 0n && (await this.#drawnOn(model, version)).has(datanet))
        counting.push({ index, body, root });
    const roots = counting.map(({ root }) => root);
    const found = await this.#textCache.inferences(roots, 'usual', modelOwner(bodies[0]?.model ?? 0));
    return { batch, counting, found };
  }

  /**
   * Looks again for outputs whose texts were missing, and indexes those that have arrived. They stay awaited until they
   * are forgotten.
   */
  async look(height: Height): Promise<{ readonly arrived: readonly Arrived[]; readonly letGo: number }> {
    const looked = await this.#awaited.look(height);
    for (const [datanet, arrived] of Map.groupBy(looked.arrived, ({ datanet }) => datanet)) {
      const indexed = this.#indexed.get(datanet);
      if (indexed === undefined) continue;
      const { outputs } = indexed;
      const added = arrived.filter(
        ({ output, tokens, text }) =>
          // Of another length than its receipt says, it proves nothing.
          text.tokens.count === tokens &&
          this.#isRead(indexed, output.batch) &&
          outputs.text(output.batch, output.index) === undefined,
      );
      if (added.length > 0 && outputs.length < TOKENS_MAX) outputs.addLate(added);
    }
    return looked;
  }

  /** Whether a batch was read for a Datanet. Otherwise its outputs are found when it is. */
  #isRead({ done }: Indexed, batch: Root): boolean {
    const name = toHex(batch);
    return this.#batches.findIndex((seen) => seen.batch === name) < done;
  }

  async #drawnOn(id: ModelId, version: number): Promise<ReadonlySet<number>> {
    const key = `${id}/${version}`;
    const known = this.#datanets.get(key);
    if (known !== undefined) return known;
    const { eligible } = await this.#client.call('model_getVersion', { id, version });
    const datanets = new Set(eligible.map(({ datanet }) => datanet));
    this.#datanets.set(key, datanets);
    return datanets;
  }

  /** Returns the text of an output; undefined if it is not indexed. */
  text(batch: Root, index: number): Salted | undefined {
    for (const { outputs } of this.#indexed.values()) {
      const text = outputs.text(batch, index);
      if (text !== undefined) return text;
    }
    return undefined;
  }
}
