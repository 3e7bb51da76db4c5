/**
 * The paging of lists. A method pages by place, by id or by cursor. Each way is one object here: its parameters, and how
 * a client asks for the next page.
 */
import * as Type from 'typebox';
import { countIn, uint32In } from './fields.ts';

/** The most entries that a page holds. A page of the dearest, Datanets with all their reviewers, takes some 20 ms. */
export const PAGE_LIMIT_MAX = 200;

const limit = Type.Optional(countIn(PAGE_LIMIT_MAX, 'The most entries to return; 100 if left out.'));

/** Where a page begins: a place, an id or a cursor. */
type Start = string | number;

/** What a client needs to read all pages of a method. */
export type Paging = {
  /** The parameter that says where a page begins. */
  readonly start: 'from' | 'after';
  /** Returns where the next page begins, or undefined after the last page. `asked.start` is undefined for the first. */
  readonly next: (
    page: unknown,
    asked: { readonly start: Start | undefined; readonly limit: number },
  ) => Start | undefined;
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** By place: `from` is the number of entries before the page, and the result has their `total`. */
export const BY_PLACE = {
  params: { from: Type.Optional(uint32In('The number of entries to skip; 0 if left out.')), limit },
  paging: {
    start: 'from',
    next: (page, asked) => {
      const past = Number(asked.start ?? 0) + asked.limit;
      return past < Number(field(page, 'total')) ? past : undefined;
    },
  },
} as const satisfies { readonly params: object; readonly paging: Paging };

/** By id: `after` is the last id before the page. */
export const BY_ID = {
  params: {
    after: Type.Optional(
      uint32In('The last id of the previous page: the list continues after it; 0 if left out.'),
    ),
    limit,
  },
  paging: {
    start: 'after',
    next: (page, asked) => {
      if (!Array.isArray(page) || page.length < asked.limit) return undefined;
      const last = field(page.at(-1), 'id');
      return typeof last === 'number' ? last : undefined;
    },
  },
} as const satisfies { readonly params: object; readonly paging: Paging };

/** By cursor: `from` is the `next` of the previous page, which is null or absent after the last page. */
export const BY_NEXT: { readonly paging: Paging } = {
  paging: {
    start: 'from',
    next: (page) => {
      const next = field(page, 'next');
      return typeof next === 'number' || typeof next === 'string' ? next : undefined;
    },
  },
};
