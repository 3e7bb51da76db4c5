/** The result and the events of each transaction in a block, and how they are stored. */
import type { Height, Root } from '../src/lib/brands.ts';
import { height64, MAX_BLOCK_TRANSACTIONS, type Range, RangeType } from '../src/lib/chain.ts';
import { choice } from '../src/lib/choice.ts';
import { type FaultData, unwrap } from '../src/lib/errors.ts';
import {
  container,
  list,
  optional,
  text,
  uint16,
  uint32,
  uint64,
  uint128,
  type ValueOf,
} from '../src/lib/ssz.ts';
import { type Fault, fault } from './errors/execution.ts';
import { codeOfNumber, numberOfCode } from './errors/numbers.ts';

const chargeFields = {
  gas: uint64,
  /** Base units. */
  burned: uint128,
  /** Base units. */
  tip: uint128,
};
const ChargeType = container(chargeFields);
export type Charge = ValueOf<typeof ChargeType>;

/** A union written by hand: both statuses are stored in one shape, and only one of them has a fault. */
export type BlockResult =
  | { readonly status: 'success'; readonly charge: Charge }
  /** The fee is charged and the nonce is used up. Nothing else changed. */
  | { readonly status: 'failed'; readonly charge: Charge; readonly fault: Fault };

/** The result of a transaction in a simulation, where it may be one that no block could hold. */
export type TransactionResult =
  | BlockResult
  /** No block could hold the transaction here. It changed nothing. */
  | { readonly status: 'skipped'; readonly fault: Fault };

const committedFields = {
  status: choice(['success', 'failed']),
  /** The number of the fault's code. 0 if there is no fault. */
  code: uint16,
  ...chargeFields,
};
const CommittedType = container(committedFields);
type Committed = ValueOf<typeof CommittedType>;
const CommittedResultsType = list(CommittedType, MAX_BLOCK_TRANSACTIONS);

const committed = (result: BlockResult): Committed => ({
  status: result.status,
  code: result.status === 'success' ? 0 : numberOfCode(result.fault.code),
  ...result.charge,
});

/** The root that the next header commits to. It covers the status, code and charge of each transaction, not the message. */
export const resultsRoot = (results: readonly BlockResult[]): Root =>
  CommittedResultsType.root(results.map(committed));

/** Longer messages are cut. They are for people, and the code and the fields of a fault are complete without them. */
const MAX_MESSAGE = 1000;
const MAX_JSON_BYTES = 1 << 24;

const StoredResultType = container({
  ...committedFields,
  message: text(4 * MAX_MESSAGE),
  /** The fields of the fault, as JSON. */
  data: optional(text(MAX_JSON_BYTES)),
});
type StoredResult = ValueOf<typeof StoredResultType>;

/** Results are stored in chunks, so that reading one result of a large block reads little. */
const CHUNK_BITS = 6;
const CHUNK_RESULTS = 1 << CHUNK_BITS;
const ChunkType = list(StoredResultType, CHUNK_RESULTS);

/** Where the result of a transaction is stored: the chunk, and its place in the chunk. */
export const resultPlaceOf = (place: number): { readonly chunk: number; readonly at: number } => ({
  chunk: place >>> CHUNK_BITS,
  at: place & (CHUNK_RESULTS - 1),
});

const store = (result: BlockResult): StoredResult => {
  if (result.status === 'success') return { ...committed(result), message: '', data: undefined };
  const { message, data } = result.fault;
  return {
    ...committed(result),
    message: message.slice(0, MAX_MESSAGE).toWellFormed(),
    data: data === undefined ? undefined : JSON.stringify(data),
  };
};

const restoreFault = ({ code, message, data }: StoredResult): Fault =>
  data === undefined
    ? fault(codeOfNumber(code), message)
    : fault(codeOfNumber(code), message, JSON.parse(data) as FaultData);

const restore = (stored: StoredResult): BlockResult => {
  const { status, gas, burned, tip } = stored;
  const charge: Charge = { gas, burned, tip };
  switch (status) {
    case 'success':
      return { status, charge };
    case 'failed':
      return { status, charge, fault: restoreFault(stored) };
  }
};

/** The chunks of a block's results, in order. */
export const encodeResultChunks = (results: readonly BlockResult[]): readonly Uint8Array[] => {
  const chunks: Uint8Array[] = [];
  for (let first = 0; first < results.length; first += CHUNK_RESULTS)
    chunks.push(ChunkType.encode(results.slice(first, first + CHUNK_RESULTS).map(store)));
  return chunks;
};

/** Decodes one of the elements of a chunk. */
export const decodeResult = (bytes: Uint8Array): BlockResult =>
  restore(unwrap(StoredResultType.decode(bytes)));

/**
 * The position of a transaction in the chain, and its result, which has another shape where it is stored. With the ranges,
 * what belongs to the transaction is found without reading the rest of its block.
 */
export type TransactionRow = {
  readonly height: Height;
  readonly index: number;
  /** Its events, by their numbers in the block. */
  readonly events: Range;
  /** The bytes of its encoding in the encoding of the block. */
  readonly bytes: Range;
  readonly result: BlockResult;
};

const StoredRowType = container({
  height: height64,
  index: uint32,
  events: RangeType,
  bytes: RangeType,
  result: StoredResultType,
});

export const encodeRow = (row: TransactionRow): Uint8Array =>
  StoredRowType.encode({ ...row, result: store(row.result) });
export const decodeRow = (bytes: Uint8Array): TransactionRow => {
  const { result, ...row } = unwrap(StoredRowType.decode(bytes));
  return { ...row, result: restore(result) };
};
