/**
 * Which entities an event is about. The rule follows the names and the types of the fields, at any depth, so that an
 * event is indexed completely without being listed here:
 *
 * - an address is an account, whatever its field is called;
 * - `contribution`, `datanet` and `model` are numbers of entities, and so are the elements of `contributions` and `models`;
 * - `validator` is a consensus address, and an account as well;
 * - `receipt` is a receipt, `receipts` are several of one batch, and a `batch` that stands alone is all its receipts.
 */
import type { Event } from '../events.ts';
import type { ReceiptId } from '../receipt-id.ts';
import { bytesKey } from '../view.ts';
import type { ReceiptSet } from './fields.ts';

/** The fields by which events can be found. */
export const EVENT_FIELDS = [
  'type',
  'account',
  'datanet',
  'model',
  'contribution',
  'receipt',
  'validator',
] as const;
export type EventField = (typeof EVENT_FIELDS)[number];

/** A field and its value as part of a key of the index: `model/7`, `account/<bytes>`. */
export type Term = string;

const NUMBERED: Readonly<Record<string, EventField>> = {
  contribution: 'contribution',
  contributions: 'contribution',
  datanet: 'datanet',
  model: 'model',
  models: 'model',
};

export const typeTerm = (type: string): Term => `type/${type}`;
export const accountTerm = (address: Uint8Array): Term => `account/${bytesKey(address)}`;
export const validatorTerm = (address: Uint8Array): Term => `validator/${bytesKey(address)}`;
export const numberTerm = (field: 'contribution' | 'datanet' | 'model', id: number): Term => `${field}/${id}`;

const receiptTerm = ({ batch, index }: ReceiptId): Term => `receipt/${bytesKey(batch)}/${index}`;
const batchTerm = (batch: Uint8Array): Term => `receipt/${bytesKey(batch)}/all`;
/** An event about a receipt names it, or its whole batch. */
export const receiptTerms = (id: ReceiptId): readonly Term[] => [receiptTerm(id), batchTerm(id.batch)];

const ADDRESS_LENGTH = 20;

const collect = (terms: Set<Term>, name: string, value: unknown): void => {
  if (typeof value === 'number') {
    const field = NUMBERED[name];
    if (field !== undefined) terms.add(`${field}/${value}`);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Uint8Array) {
    if (value.length === ADDRESS_LENGTH) terms.add(accountTerm(value));
    if (name === 'validator') terms.add(validatorTerm(value));
    if (name === 'batch') terms.add(batchTerm(value));
    return;
  }
  if (name === 'receipt') {
    terms.add(receiptTerm(value as ReceiptId));
    return;
  }
  if (name === 'receipts') {
    const { batch, indexes } = value as ReceiptSet;
    for (const index of indexes) terms.add(receiptTerm({ batch, index }));
    return;
  }
  if (Array.isArray(value)) for (const each of value) collect(terms, name, each);
  else for (const [field, each] of Object.entries(value)) collect(terms, field, each);
};

/** Everything that the event can be found by, each once. */
export const termsOf = ({ type, data }: Event): ReadonlySet<Term> => {
  const terms = new Set<Term>([typeTerm(type)]);
  collect(terms, '', data);
  return terms;
};
