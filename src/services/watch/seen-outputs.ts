/** Indexes the outputs of recorded receipts, in the order of the chain, to find text that was harvested from them. */

import Type, { type Static } from 'typebox';
import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import type { Tokens } from '../../../state/attribution/pt1.ts';
import { CorpusIndex } from '../../attribution/corpus-index.ts';
import type { KnownOutputs } from '../../attribution/prover/contribution-prover.ts';
import { heightOf } from '../../client/event-follower.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { type Height, type Root, toHeight } from '../../lib/brands.ts';
import { toHex } from '../../lib/bytes.ts';
import { invariant } from '../../lib/errors.ts';
import type { DatanetId, ModelId } from '../../lib/ids.ts';
import type { TextCache } from '../corpus/text-cache.ts';

const SeenBatch = Type.Object({ batch: Type.String(), height: Type.String() });
export const OutputsMemory = Type.Array(SeenBatch);
type Memory = Static<typeof OutputsMemory>;

/** The most batches that are remembered (the latest ones), and the most tokens that are indexed (the first ones). */
const BATCHES_KEPT = 10_000;
const TOKENS_MAX = 20_000_000;

type Place = { readonly batch: Root; readonly index: number; readonly height: Height };

/** The index of the outputs that count for one Datanet. */
type Indexed = {
  readonly index: CorpusIndex;
  readonly places: Place[];
  readonly texts: Tokens[];
  /** The number of batches that were looked at. */
  done: number;
};

export class SeenOutputs {
  readonly #client: RpcClient;
  readonly #textCache: TextCache;
  #batches: Memory;
  readonly #indexed = new Map<number, Indexed>();
  /** The Datanets that a version of a model draws on, by that version. */
  readonly #datanets = new Map<string, ReadonlySet<number>>();

  constructor(client: RpcClient, textCache: TextCache, memory: Memory = []) {
    this.#client = client;
    this.#textCache = textCache;
    this.#batches = [...memory];
  }

  memory(): Memory {
    return this.#batches;
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
   * model that draws on it, and have a text.
   * @param gram - the length of the shortest run that is searched for
   */
  async known(datanet: DatanetId, gram: number): Promise<KnownOutputs> {
    const indexed: Indexed = this.#indexed.get(datanet) ?? {
      index: new CorpusIndex(gram),
      places: [],
      texts: [],
      done: 0,
    };
    this.#indexed.set(datanet, indexed);
    const { index, places } = indexed;
    for (; indexed.done < this.#batches.length && index.length < TOKENS_MAX; indexed.done++) {
      const seen = this.#batches[indexed.done];
      if (seen === undefined) break;
      await this.#read(indexed, datanet, seen);
    }
    return {
      index,
      output: (n) => {
        const place = places[n];
        invariant(place !== undefined, 'a harvested run comes from an output that was indexed');
        return place;
      },
    };
  }

  async #read({ index, places, texts }: Indexed, datanet: DatanetId, seen: Memory[number]): Promise<void> {
    const { batch, bodies } = await this.#client.call('receipt_getBatch', { batch: seen.batch });
    const found = await this.#textCache.texts(bodies.map(({ body }) => body.outputRoot));
    for (const [i, { model, version, body }] of bodies.entries()) {
      const text = found[i];
      if (text === undefined || body.fee === 0n) continue;
      if (!(await this.#drawnOn(model, version)).has(datanet)) continue;
      index.append(places.length, 0, text);
      places.push({ batch, index: i, height: toHeight(BigInt(seen.height)) });
      texts.push(text);
    }
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
  text(batch: Root, index: number): Tokens | undefined {
    for (const { places, texts } of this.#indexed.values()) {
      const n = places.findIndex(
        (place) => place.index === index && Buffer.compare(place.batch, batch) === 0,
      );
      if (n >= 0) return texts[n];
    }
    return undefined;
  }
}
