/**
 * Queries: what the RPC answers from the state alone. Each record `…_QUERIES` in this folder maps the name of an RPC
 * method to a pure function over the state of one height. It returns bigints and bytes, or the fault of what
 * does not exist. `rpc/registry.ts` holds each query to the schema of its method.
 */
import type { Height } from '../../src/lib/brands.ts';
import type { ReadView } from '../view.ts';

/** The committed state of one height. It stays the same while a query runs. */
export type CommittedState = { readonly height: Height; readonly view: ReadView };

/** The entries of a page unless the caller says how many. */
const PAGE_LIMIT = 100;

/** A page by place: `from` is the number of entries before it. */
export type Page = { readonly from: number; readonly limit: number };
export const pageOf = ({ from = 0, limit = PAGE_LIMIT }: Partial<Page>): Page => ({ from, limit });

/** A page by id: `after` is the last id before it. */
export type PageById = { readonly after: number; readonly limit: number };
export const pageByIdOf = ({ after = 0, limit = PAGE_LIMIT }: Partial<PageById>): PageById => ({
  after,
  limit,
});
