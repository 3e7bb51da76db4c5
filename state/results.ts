/** What became of a transaction in a block, and what is told of it. */
import type { Root } from '../src/lib/brands.ts';
import { MAX_BLOCK_TRANSACTIONS } from '../src/lib/chain.ts';
import { type Fault, type FaultValue, fault, throwFault, unwrap } from '../src/lib/errors.ts';
import {
  container,
  type Json,
  list,
  type Ssz,
  text,
  uint8,
  uint32,
  uint64,
  uint128,
} from '../src/lib/ssz.ts';
import type { ChainEvent } from './events.ts';

export type Charge = {
  readonly gas: bigint;
  /** Base units. */
  readonly burned: bigint;
  readonly tip: bigint;
};

export type TransactionResult =
  | { readonly status: 'success'; readonly charge: Charge }
  /** Nonce and fee are charged, nothing else changed. */
  | { readonly status: 'failed'; readonly charge: Charge; readonly fault: Fault }
  /** No effect at all. */
  | { readonly status: 'skipped'; readonly fault: Fault };

const NO_CHARGE: Charge = { gas: 0n, burned: 0n, tip: 0n };
const STATUSES = ['success', 'failed', 'skipped'] as const;

type Committed = {
  readonly status: number;
  readonly code: string;
  readonly gas: bigint;
  readonly burned: bigint;
  readonly tip: bigint;
};

const committedFields = { status: uint8, code: text(64), gas: uint64, burned: uint128, tip: uint128 };
const CommittedResultsType = list(container<Committed>(committedFields), MAX_BLOCK_TRANSACTIONS);

const committed = (result: TransactionResult): Committed => ({
  status: STATUSES.indexOf(result.status),
  code: result.status === 'success' ? '' : result.fault.code,
  ...(result.status === 'skipped' ? NO_CHARGE : result.charge),
});

/** What the next header commits to: status, code and charge of each transaction; no prose. */
export const resultsRoot = (results: readonly TransactionResult[]): Root =>
  CommittedResultsType.root(results.map(committed));

/** Messages are for people, and cut; a code and its fields say it all. */
const MAX_MESSAGE = 1000;
const MAX_JSON_BYTES = 1 << 24;

type Stored = Committed & { readonly message: string; readonly data: string };
const storedFields = { ...committedFields, message: text(4 * MAX_MESSAGE), data: text(MAX_JSON_BYTES) };
const StoredResultType: Ssz<Stored> = container<Stored>(storedFields);
const StoredResultsType = list(StoredResultType, MAX_BLOCK_TRANSACTIONS);

const store = (result: TransactionResult): Stored => ({
  ...committed(result),
  message: result.status === 'success' ? '' : result.fault.message.slice(0, MAX_MESSAGE).toWellFormed(),
  data:
    result.status === 'success' || result.fault.data === undefined ? '' : JSON.stringify(result.fault.data),
});

const restoreFault = ({ code, message, data }: Stored): Fault =>
  data === '' ? fault(code, message) : fault(code, message, JSON.parse(data) as Record<string, FaultValue>);

const restore = (stored: Stored): TransactionResult => {
  const charge: Charge = { gas: stored.gas, burned: stored.burned, tip: stored.tip };
  const status =
    STATUSES[stored.status] ?? throwFault('STORE_CORRUPT', `no result has the status ${stored.status}`);
  switch (status) {
    case 'success':
      return { status, charge };
    case 'failed':
      return { status, charge, fault: restoreFault(stored) };
    case 'skipped':
      return { status, fault: restoreFault(stored) };
  }
};

/** Of one block, in order. */
export const encodeResults = (results: readonly TransactionResult[]): Uint8Array =>
  StoredResultsType.encode(results.map(store));
export const decodeResults = (bytes: Uint8Array): readonly TransactionResult[] =>
  unwrap(StoredResultsType.decode(bytes)).map(restore);

/** Where a transaction stands, and what became of it. */
export type TransactionRow = {
  readonly height: bigint;
  readonly index: number;
  readonly result: TransactionResult;
};

type StoredRow = { readonly height: bigint; readonly index: number; readonly result: Stored };
const StoredRowType = container<StoredRow>({ height: uint64, index: uint32, result: StoredResultType });

export const encodeRow = (row: TransactionRow): Uint8Array =>
  StoredRowType.encode({ height: row.height, index: row.index, result: store(row.result) });
export const decodeRow = (bytes: Uint8Array): TransactionRow => {
  const { height, index, result } = unwrap(StoredRowType.decode(bytes));
  return { height, index, result: restore(result) };
};

/** What happened in a block: by transaction, in order, and at its end. */
export type BlockEvents = {
  readonly transactions: readonly (readonly ChainEvent[])[];
  readonly end: readonly ChainEvent[];
};

type StoredEvent = { readonly type: string; readonly data: string };
type StoredEvents = {
  readonly transactions: readonly (readonly StoredEvent[])[];
  readonly end: readonly StoredEvent[];
};
const EventListType = list(container<StoredEvent>({ type: text(64), data: text(MAX_JSON_BYTES) }), 1 << 20);
const EventsType = container<StoredEvents>({
  transactions: list(EventListType, MAX_BLOCK_TRANSACTIONS),
  end: EventListType,
});

const storeEvents = (events: readonly ChainEvent[]): readonly StoredEvent[] =>
  events.map((event) => ({ type: event.type, data: JSON.stringify(event.data) }));
const restoreEvents = (events: readonly StoredEvent[]): readonly ChainEvent[] =>
  events.map((event) => ({ type: event.type, data: JSON.parse(event.data) as { [key: string]: Json } }));

export const encodeEvents = (events: BlockEvents): Uint8Array =>
  EventsType.encode({ transactions: events.transactions.map(storeEvents), end: storeEvents(events.end) });
export const decodeEvents = (bytes: Uint8Array): BlockEvents => {
  const stored = unwrap(EventsType.decode(bytes));
  return { transactions: stored.transactions.map(restoreEvents), end: restoreEvents(stored.end) };
};
