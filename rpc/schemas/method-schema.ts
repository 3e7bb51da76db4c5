/** The schema of a method, which is the one source of its types, its validation and its documentation. */
import type { TObject, TProperties, TSchema } from 'typebox';
import type { Paging } from './page.ts';

export type MethodSchema<
  P extends TObject = TObject,
  R extends TSchema = TSchema,
  G extends Paging | undefined = Paging | undefined,
> = {
  readonly summary: string;
  /** By name. The order in which they are written is their order by position. */
  readonly params: P;
  readonly result: R;
  /** The codes of the faults that the method returns, beside those that every method returns. */
  readonly errors: readonly string[];
  /** How to ask for the next page, for a method that returns a list a page at a time. */
  readonly paging?: G;
};

/** Returns the schema of one method. */
export const schema = <P extends TProperties, R extends TSchema, G extends Paging | undefined = undefined>(
  definition: Omit<MethodSchema<TObject<P>, R, G>, 'errors'> & { readonly errors?: readonly string[] },
): MethodSchema<TObject<P>, R, G> => ({ errors: [], ...definition });
