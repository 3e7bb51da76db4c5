import { type Address, type Height, type Root, toHeight } from '../../src/lib/brands.ts';
import { ok } from '../../src/lib/errors.ts';
import type { BlockEvent } from '../../state/events/block-events.ts';
import {
  accountTerm,
  numberTerm,
  receiptTerms,
  type Term,
  typeTerm,
  validatorTerm,
} from '../../state/events/entities.ts';
import { paramsOf } from '../../state/modules/ledger/parameters.ts';
import { modelOf } from '../../state/modules/models/models.ts';
import { epochEnd } from '../../state/modules/receipts/receipts.ts';
import { formatReceiptId } from '../../state/receipt-id.ts';
import type { BlockResult } from '../../state/results.ts';
import {
  accountEarnings,
  contributionEarnings,
  type EarningsPage,
  type EarningsPosition,
  modelEarnings,
} from '../../state/store/earnings.ts';
import type { EventPage, ExecutedPage, PastEvent } from '../../state/store/history.ts';
import type { Position } from '../../state/store/search.ts';
import type { NodeBackend } from '../backend.ts';
import { fail } from '../codes.ts';
import type { Answers } from '../method.ts';
import type { ChainEvent } from '../schemas/event.ts';
import type { HISTORY_SCHEMAS } from '../schemas/history.ts';

/** @param transaction - the id of its transaction; undefined at the end of the block */
export const shownEvent = (
  height: Height,
  { index, event }: BlockEvent,
  transaction: Root | undefined,
): ChainEvent => ({ cursor: `${height}/${index}`, ...event, transaction: transaction ?? null });

const shownPast = (event: PastEvent): ChainEvent => shownEvent(event.height, event, event.id);

export const resultOf = (id: Root, result: BlockResult) => ({
  id,
  status: result.status,
  code: result.status === 'success' ? undefined : result.fault.code,
  gasUsed: result.charge.gas,
  fee: result.charge.burned + result.charge.tip,
});

const START: Position = { height: toHeight(0n), index: 0 };
const EVENTS_LIMIT = 100;
const cursorOf = (position: Position | undefined): string | undefined =>
  position === undefined ? undefined : `${position.height}/${position.index}`;

const NO_RESULTS: ExecutedPage = { transactions: [], next: undefined };

/** Where both lists of a block go on: at an event, and at a result if there are more results. */
const blockCursor = (
  height: Height,
  first: number,
  events: EventPage,
  results: ExecutedPage,
): string | undefined => {
  if (events.next === undefined && results.next === undefined) return undefined;
  const last = events.events.at(-1);
  const index = events.next?.index ?? (last === undefined ? first : last.index + 1);
  return results.next === undefined ? `${height}/${index}` : `${height}/${index}/${results.next}`;
};

type Some<T> = T | readonly T[] | undefined;

/** Returns the terms of one filter; none if it is left out. One value may give several terms. */
const alternatives = <T>(
  values: Some<T>,
  termsOf: (value: T) => readonly Term[],
): readonly (readonly Term[])[] => {
  if (values === undefined) return [];
  const list: readonly T[] = Array.isArray(values) ? values : [values as T];
  return [list.flatMap(termsOf)];
};

/**
 * Returns the last height to search. It is the one that the history reads up to. The status may be one height ahead while
 * a block is written, and a client that continued after it would miss the events of that block.
 */
export const lastHeight = (node: NodeBackend, to?: Height): Height =>
  node.read(({ height }) => (to !== undefined && to < height ? to : height));

const earningsOf = (node: NodeBackend, { entries, next }: EarningsPage) => {
  const params = node.read(({ view }) => paramsOf(view).attribution);
  const placeOf = ({ height, index, entry }: EarningsPosition): string => `${height}/${index}/${entry}`;
  return {
    entries: entries.map(({ position, receipt, epoch, ...entry }) => ({
      ...entry,
      cursor: placeOf(position),
      epoch: epoch ?? epochEnd(position.height, params),
      receipt: receipt === undefined ? undefined : formatReceiptId(receipt),
    })),
    next: next === undefined ? undefined : placeOf(next),
  };
};

const EARNINGS_START: EarningsPosition = { ...START, entry: 0 };
const EARNINGS_LIMIT = 100;

export const HISTORY_METHODS: Answers<typeof HISTORY_SCHEMAS> = {
  chain_getBlockResults: async (node, { from, limit = EVENTS_LIMIT, ...params }, { pace }) => {
    const last = lastHeight(node);
    const height = params.height ?? from?.height ?? last;
    if (from !== undefined && from.height !== height)
      return fail('PARAMS_INVALID', `from: must be a place at height ${height}`, { path: 'from' });
    if (height === 0n || height > last)
      return fail('BLOCK_NOT_FOUND', `there is no block ${height} here; the last is ${last}`, {
        height: height.toString(),
        last: last.toString(),
      });
    const { index, place } = from ?? { index: 0, place: 0 };
    const results =
      place === undefined ? NO_RESULTS : await node.history.executed({ height, from: place, limit }, pace);
    const events = await node.history.events({ terms: [], from: { height, index }, to: height, limit }, pace);
    return ok({
      height,
      results: results.transactions.map(({ id, result }) => resultOf(id, result)),
      events: events.events.map(shownPast),
      next: blockCursor(height, index, events, results),
    });
  },

  events_query: async (node, { from = START, to, limit = EVENTS_LIMIT, ...filter }, { pace }) => {
    const terms = [
      ...alternatives(filter.types, (type) => [typeTerm(type)]),
      ...alternatives(filter.account, (address: Address) => [accountTerm(address)]),
      ...alternatives(filter.datanet, (id) => [numberTerm('datanet', id)]),
      ...alternatives(filter.model, (id) => [numberTerm('model', id)]),
      ...alternatives(filter.contribution, (id) => [numberTerm('contribution', id)]),
      ...alternatives(filter.receipt, receiptTerms),
      ...alternatives(filter.validator, (address: Address) => [validatorTerm(address)]),
    ];
    const height = lastHeight(node, to);
    const { events, next } = await node.history.events({ terms, from, to: height, limit }, pace);
    return ok({ events: events.map(shownPast), height, next: cursorOf(next) });
  },

  tx_search: async (node, { account, from = START, to, limit = 100 }, { pace }) => {
    const page = await node.history.transactions({ account, from, to: lastHeight(node, to), limit }, pace);
    return ok({
      transactions: page.transactions.map(({ id, row: { height, index, result } }) => ({
        height,
        index,
        ...resultOf(id, result),
      })),
      next: cursorOf(page.next),
    });
  },

  account_getEarnings: async (node, { id, from = EARNINGS_START, limit = EARNINGS_LIMIT }, { pace }) => {
    const page = await node.read(({ height, view }) =>
      accountEarnings(node.history, view, id, { from, limit }, height, pace),
    );
    return ok(earningsOf(node, page));
  },

  contribution_getEarnings: async (node, { id, from = EARNINGS_START, limit = EARNINGS_LIMIT }, { pace }) => {
    const page = await node.read(({ height, view }) =>
      contributionEarnings(node.history, view, id, { from, limit }, height, pace),
    );
    return page === undefined
      ? fail('CONTRIBUTION_NOT_FOUND', `there is no accepted contribution ${id}`, { contribution: id })
      : ok(earningsOf(node, page));
  },

  model_getEarnings: async (node, { id, from = EARNINGS_START, limit = EARNINGS_LIMIT }, { pace }) => {
    if (node.read(({ view }) => modelOf(view, id)) === undefined)
      return fail('MODEL_NOT_FOUND', `there is no model ${id}`, { model: id });
    const page = await node.read(({ height }) =>
      modelEarnings(node.history, id, { from, limit }, height, pace),
    );
    return ok(earningsOf(node, page));
  },
};
