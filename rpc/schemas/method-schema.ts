/** The schema of a method, which is the one source of its types, its validation and its documentation. */

import type { TObject, TProperties, TSchema } from 'typebox';
import type { CALL_CODES, RuleCode } from './codes.ts';
import type { Paging } from './page.ts';

export type MethodSchema<
  P extends TObject = TObject,
  R extends TSchema = TSchema,
  G extends Paging | undefined = Paging | undefined,
  E extends string = string,
> = {
  readonly summary: string;
  /** By name. The order in which they are written is their order by position. */
  readonly params: P;
  readonly result: R;
  /**
   * The codes of the faults that the method returns, beside those that every method returns ({@link CALL_CODES}). If it
   * `judges` what it is given, they are the common ones.
   */
  readonly errors: readonly E[];
  /** True if the rules of transactions or of content judge what the method is given: it may return any of their codes. */
  readonly judges: boolean;
  /**
   * True if the method waits for most of its time: for the verifier, for a block, for peers, or for its turn at dear work. Many
   * of its calls run at once, so each may hold little. One that reads something large calls `work` first, when its waiting is
   * over.
   */
  readonly awaits?: boolean;
  /** How to ask for the next page, for a method that returns a list a page at a time. */
  readonly paging?: G;
};

/** The codes with which a call of the method of this schema may be refused. */
export type CodeOf<S extends MethodSchema> =
  | S['errors'][number]
  | (typeof CALL_CODES)[number]
  | (S['judges'] extends false ? never : RuleCode);

/** Returns the schema of one method. */
export const schema = <
  P extends TProperties,
  R extends TSchema,
  G extends Paging | undefined = undefined,
  const E extends string = never,
  J extends boolean = false,
>(
  definition: Omit<MethodSchema<TObject<P>, R, G, E>, 'errors' | 'judges'> & {
    readonly errors?: readonly E[];
    readonly judges?: J;
  },
): MethodSchema<TObject<P>, R, G, E> & { readonly judges: J } =>
  ({ errors: [], judges: false, ...definition }) as MethodSchema<TObject<P>, R, G, E> & {
    readonly judges: J;
  };
