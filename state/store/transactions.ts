/**
 * The transactions of each height, stored so that one is read without the others of its block:
 *
 *     block/<height>/<piece>     the encoding of the block, 64 KiB to a piece
 *     results/<height>/<chunk>   the results of its transactions, 64 to a chunk
 *     ids/<height>/<chunk>       their ids, 64 to a chunk
 *     tx/<id>                    where a transaction stands, its result, and the ranges of its events and of its bytes
 */
import type { Height, Root } from '../../src/lib/brands.ts';
import { concat } from '../../src/lib/bytes.ts';
import { transactionRanges } from '../../src/lib/chain.ts';
import { invariant } from '../../src/lib/errors.ts';
import { type Elements, elementsOf } from '../../src/lib/ssz.ts';
import type { ExecutedBlock } from '../machine.ts';
import {
  type BlockResult,
  decodeResult,
  encodeResultChunks,
  encodeRow,
  resultPlaceOf,
  type TransactionRow,
} from '../results.ts';
import type { VerifiedTransaction } from '../tx/transaction.ts';
import type { Database, Put } from './database.ts';
import { blockKey, idsKey, resultsKey, transactionKey } from './layout.ts';

const PIECE_BITS = 16;
const PIECE_BYTES = 1 << PIECE_BITS;

const ID_CHUNK_BITS = 6;
const ID_CHUNK = 1 << ID_CHUNK_BITS;
const ID_BYTES = 32;

/** @param bytes - the encoding of the block */
export const blockPuts = (height: Height, bytes: Uint8Array): readonly Put[] => {
  const puts: Put[] = [];
  for (let from = 0; from < bytes.length; from += PIECE_BYTES)
    puts.push({
      key: blockKey(height, from >>> PIECE_BITS),
      value: bytes.subarray(from, from + PIECE_BYTES),
    });
  return puts;
};

const idPuts = (height: Height, ids: readonly Root[]): readonly Put[] => {
  const puts: Put[] = [];
  for (let first = 0; first < ids.length; first += ID_CHUNK)
    puts.push({
      key: idsKey(height, first >>> ID_CHUNK_BITS),
      value: concat(...ids.slice(first, first + ID_CHUNK)),
    });
  return puts;
};

/** An executed transaction is in no later block, because its nonce is used, so its row is written once. */
const rowPuts = (
  height: Height,
  transactions: readonly VerifiedTransaction[],
  { results, events }: Pick<ExecutedBlock, 'results' | 'events'>,
): readonly Put[] => {
  const ranges = transactionRanges(transactions.map(({ bytes }) => bytes));
  let first = 0;
  return transactions.map(({ id }, index) => {
    const result = results[index];
    const bytes = ranges[index];
    invariant(result !== undefined && bytes !== undefined, 'every transaction of a block has a result');
    const count = events.transactions[index]?.length ?? 0;
    const row: TransactionRow = { height, index, events: { first, count }, bytes, result };
    first += count;
    return { key: transactionKey(id), value: encodeRow(row) };
  });
};

/** What the transactions of a height add, without the bytes of the block. */
export const transactionPuts = (
  height: Height,
  transactions: readonly VerifiedTransaction[],
  executed: Pick<ExecutedBlock, 'results' | 'events'>,
): readonly Put[] => [
  ...encodeResultChunks(executed.results).map((value, chunk) => ({ key: resultsKey(height, chunk), value })),
  ...idPuts(
    height,
    transactions.map(({ id }) => id),
  ),
  ...rowPuts(height, transactions, executed),
];

/** Returns the encoding of a block; undefined for a height that is not stored. */
export const readBlock = (database: Database, height: Height): Uint8Array | undefined => {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = database.get(blockKey(height, pieces.length));
    if (piece !== undefined) pieces.push(piece);
    if (piece === undefined || piece.length < PIECE_BYTES) break;
  }
  return pieces.length === 0 ? undefined : concat(...pieces);
};

/** Reads the encoding of one transaction out of that of its block. */
export const readTransaction = (
  database: Database,
  { height, bytes: { first, count } }: TransactionRow,
): Uint8Array => {
  const pieces: Uint8Array[] = [];
  for (let piece = first >>> PIECE_BITS; piece << PIECE_BITS < first + count; piece++) {
    const stored = database.get(blockKey(height, piece));
    invariant(stored !== undefined, 'the block of a transaction that was executed is stored');
    const from = piece << PIECE_BITS;
    pieces.push(stored.subarray(Math.max(0, first - from), first + count - from));
  }
  return concat(...pieces);
};

/** Reads ids and results by their place. Many stand in the same chunk, so it keeps the last one of each. */
export class PlaceReader {
  readonly #database: Database;
  #ids: { readonly key: string; readonly bytes: Uint8Array } | undefined;
  #results: { readonly key: string; readonly elements: Elements } | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Returns the id of a transaction that is stored. */
  id(height: Height, place: number): Root {
    const key = idsKey(height, place >>> ID_CHUNK_BITS);
    if (this.#ids?.key !== key) this.#ids = { key, bytes: this.#database.get(key) ?? new Uint8Array() };
    const from = (place & (ID_CHUNK - 1)) * ID_BYTES;
    const bytes = this.#ids.bytes.subarray(from, from + ID_BYTES);
    invariant(bytes.length === ID_BYTES, 'every transaction of a block has its id stored');
    // LevelDB returns a Buffer, which would keep the whole chunk in memory.
    return new Uint8Array(bytes) as Root;
  }

  /** Returns the encoding of a result; undefined past the last transaction of the height. */
  encodedResult(height: Height, place: number): Uint8Array | undefined {
    const { chunk, at } = resultPlaceOf(place);
    const key = resultsKey(height, chunk);
    if (this.#results?.key !== key)
      this.#results = { key, elements: elementsOf(this.#database.get(key) ?? new Uint8Array()) };
    return this.#results.elements.at(at);
  }
}

/** Returns the results of all transactions of a height, in order. */
export const readResults = (database: Database, height: Height): readonly BlockResult[] => {
  const reader = new PlaceReader(database);
  const results: BlockResult[] = [];
  for (;;) {
    const encoded = reader.encodedResult(height, results.length);
    if (encoded === undefined) return results;
    results.push(decodeResult(encoded));
  }
};
