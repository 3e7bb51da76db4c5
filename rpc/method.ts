/** A method: its schema, the check of its parameters, and its answer. */
import type { Static, StaticDecode } from 'typebox';
import type * as errors from '../src/lib/errors.ts';
import { ok } from '../src/lib/errors.ts';
import type { Json } from '../src/lib/ssz.ts';
import type { CommittedState } from '../state/queries/query.ts';
import type { QUERIES } from '../state/queries/registry.ts';
import type { NodeBackend } from './backend.ts';
import type { AnsweredCall } from './call.ts';
import type { Result, RpcFaultCode } from './codes.ts';
import { type Reading, readerOf } from './params.ts';
import type { CodeOf, MethodSchema } from './schemas/method-schema.ts';

/**
 * What a handler returns for a result of type T: bigints, bytes, and `undefined` for what a client gets as null. The
 * dispatcher writes it in the form of the schema.
 */
export type Answered<T> = Json extends T ? T : AnsweredParts<T>;

type AnsweredParts<T> = T extends null
  ? null | undefined
  : T extends Uint8Array | string | number | bigint | boolean
    ? T
    : T extends readonly (infer E)[]
      ? readonly Answered<E>[]
      : T extends object
        ? { readonly [K in keyof T]: Answered<T[K]> }
        : T;

/** The codes that a method returns: those of its schema, and every code of this version if it judges what it is given. */
type AnswerCode<S extends MethodSchema> = S['judges'] extends false ? CodeOf<S> & RpcFaultCode : RpcFaultCode;

/** What a method answers: the value of its result, or a fault. */
type AnswerOf<S extends MethodSchema> = errors.Result<Answered<Static<S['result']>>, AnswerCode<S>>;

/** Answers checked and decoded parameters. */
export type Answer<S extends MethodSchema> = (
  node: NodeBackend,
  params: StaticDecode<S['params']>,
  call: AnsweredCall,
) => AnswerOf<S> | Promise<AnswerOf<S>>;

/** A query over the state that answers a method. */
export type Query<S extends MethodSchema> = (
  state: CommittedState,
  params: StaticDecode<S['params']>,
) => AnswerOf<S>;

/** One answer for each schema whose method needs more of a node than a query over its state. */
export type Answers<S extends Readonly<Record<string, MethodSchema>>> = {
  readonly [N in Exclude<keyof S, keyof typeof QUERIES>]: Answer<S[N]>;
};

/** A method as the dispatcher calls it. */
export type Method = {
  readonly schema: MethodSchema;
  /** Checks and decodes parameters by name, step by step; unknown ones are refused. Fault `PARAMS_INVALID`. */
  readonly prepare: (params: unknown) => Reading<Prepared>;
};

/** A method with the parameters of one call. */
export type Prepared = (node: NodeBackend, call: AnsweredCall) => Result<unknown> | Promise<Result<unknown>>;

export const method = <S extends MethodSchema>(schema: S, answer: Answer<S>): Method => {
  const reader = readerOf(schema.params);
  return {
    schema,
    *prepare(value) {
      const params = yield* reader(value, '');
      if (!params.ok) return params;
      const decoded = params.value as StaticDecode<S['params']>;
      return ok((node: NodeBackend, call: AnsweredCall) => answer(node, decoded, call));
    },
  };
};
