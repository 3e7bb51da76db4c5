/** Outputs of receipts that were seen, in the order of their blocks: what was harvested from them is found in here. */
import Type, { type Static } from 'typebox';
import { CorpusIndex } from '../../src/attribution/corpus-index.ts';
import type { KnownOutputs } from '../../src/attribution/refuter/contribution-refuter.ts';
import type { FollowedBlock } from '../../src/client/chain-follower.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import type { Root } from '../../src/lib/brands.ts';
import { fromHex } from '../../src/lib/bytes.ts';
import { invariant, unwrap } from '../../src/lib/errors.ts';
import type { Tokens } from '../../state/attribution/pt1.ts';
import type { Library } from './library.ts';

const SeenBatch = Type.Object({ batch: Type.String(), height: Type.String() });
export const OutputsMemory = Type.Array(SeenBatch);
type Memory = Static<typeof OutputsMemory>;

/** Batches that are remembered, and tokens that are indexed, at most: the latest, and the first. */
const BATCHES_KEPT = 10_000;
const TOKENS_MAX = 20_000_000;

type Place = { readonly batch: Root; readonly index: number; readonly height: bigint };

export class SeenOutputs {
  readonly #client: RpcClient;
  readonly #library: Library;
  #batches: Memory;
  /** How many of them are indexed. */
  #done = 0;
  readonly #places: Place[] = [];
  readonly #texts: Tokens[] = [];
  #index: CorpusIndex | undefined;

  constructor(client: RpcClient, library: Library, memory: Memory = []) {
    this.#client = client;
    this.#library = library;
    this.#batches = [...memory];
  }

  memory(): Memory {
    return this.#batches;
  }

  see({ height, transactions }: FollowedBlock): void {
    for (const { id, kind } of transactions)
      if (kind === 'inferenceReceipt') this.#batches.push({ batch: id, height: height.toString() });
    const past = this.#batches.length - BATCHES_KEPT;
    if (past <= 0) return;
    this.#batches = this.#batches.slice(past);
    this.#done = Math.max(0, this.#done - past);
  }

  /** Everything seen so far of which there is a text. @param gram - the shortest run that is asked for */
  async known(gram: number): Promise<KnownOutputs> {
    const index = this.#index ?? new CorpusIndex(gram);
    this.#index = index;
    for (; this.#done < this.#batches.length && index.length < TOKENS_MAX; this.#done++) {
      const seen = this.#batches[this.#done];
      if (seen === undefined) break;
      const { bodies } = await this.#client.call('receipt_getBatch', { batch: seen.batch });
      const texts = await this.#library.texts(bodies.map(({ body }) => body.outputRoot));
      const batch = unwrap(fromHex(seen.batch, 32)) as Root;
      for (const [i, text] of texts.entries()) {
        if (text === undefined) continue;
        index.append(this.#places.length, 0, text);
        this.#places.push({ batch, index: i, height: BigInt(seen.height) });
        this.#texts.push(text);
      }
    }
    return {
      index,
      output: (n) => {
        const place = this.#places[n];
        invariant(place !== undefined, 'what is held is an output that was indexed');
        return place;
      },
    };
  }

  /** The text of an output that is indexed. */
  text(batch: Root, index: number): Tokens | undefined {
    const n = this.#places.findIndex(
      (place) => place.index === index && Buffer.compare(place.batch, batch) === 0,
    );
    return this.#texts[n];
  }
}
