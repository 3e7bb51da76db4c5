/** A method: its schema, the check of its parameters, and its answer. */
import Type, { type Static, type StaticDecode, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { DecodeUnsafe, Errors } from 'typebox/value';
import type * as errors from '../src/lib/errors.ts';
import { failWith, ok } from '../src/lib/errors.ts';
import type { Json } from '../src/lib/ssz.ts';
import type { CommittedState } from '../state/queries/query.ts';
import type { QUERIES } from '../state/queries/registry.ts';
import type { NodeBackend } from './backend.ts';
import { type Fault, fault, type Result, type RpcFaultCode } from './codes.ts';
import { formOf } from './schemas/form.ts';
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
  /** Checks and decodes parameters by name; unknown ones are refused. Returns the call. Fault `PARAMS_INVALID`. */
  readonly prepare: (
    params: unknown,
  ) => Result<(node: NodeBackend) => Result<unknown> | Promise<Result<unknown>>>;
  /** Writes a result in its JSON form. */
  readonly write: (result: unknown) => Json;
};

export const method = <S extends MethodSchema>(schema: S, answer: Answer<S>): Method => {
  const { params } = schema;
  const validator = Compile(params);
  return {
    schema,
    prepare: (value) => {
      if (!validator.Check(value))
        return failWith(branchFault(params, value, '') ?? paramsFault(validator.Errors(value), ''));
      const decoded = DecodeUnsafe({}, params, value) as StaticDecode<S['params']>;
      return ok((node) => answer(node, decoded));
    },
    write: (result) => formOf(schema.result).write(result),
  };
};

/** Returns the branches of a union by the value of their field `type`; undefined if they have no such field. */
const branchesOf = (schema: TSchema): ReadonlyMap<unknown, TSchema> | undefined => {
  if (!Type.IsUnion(schema)) return undefined;
  const branches = new Map<unknown, TSchema>();
  for (const branch of schema.anyOf) {
    const type = Type.IsObject(branch) ? branch.properties.type : undefined;
    if (type === undefined || !Type.IsLiteral(type)) return undefined;
    branches.set(type.const, branch);
  }
  return branches;
};

/**
 * Returns what is wrong with a member of a tagged union, compared with the branch that it names. The error of the whole
 * union would be the error of its first branch.
 */
const branchFault = (schema: TSchema, value: unknown, path: string): Fault | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const branches = branchesOf(schema);
  if (branches !== undefined) {
    const branch = branches.get(Reflect.get(value, 'type'));
    if (branch !== undefined) {
      const errors = Errors(branch, value);
      return errors.length === 0 ? undefined : paramsFault(errors, path);
    }
    const at = `${path}/type`.slice(1).replaceAll('/', '.');
    return fault('PARAMS_INVALID', `${at}: must be one of ${[...branches.keys()].join(', ')}`, { path: at });
  }
  const inner: readonly (readonly [string, TSchema])[] = Type.IsObject(schema)
    ? Object.entries(schema.properties)
    : Type.IsArray(schema) && Array.isArray(value)
      ? value.map((_, i) => [String(i), schema.items] as const)
      : [];
  for (const [name, each] of inner) {
    const found = branchFault(each, Reflect.get(value, name), `${path}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Returns the first error of the parameters, with the path of the parameter. */
const paramsFault = (errors: readonly TLocalizedValidationError[], at: string): Fault => {
  const error = errors.find((each) => each.keyword !== 'boolean') ?? errors[0];
  const path = `${at}${error?.instancePath ?? ''}`.slice(1).replaceAll('/', '.');
  const message = error === undefined ? 'not what the method takes' : describe(error);
  return fault('PARAMS_INVALID', path === '' ? message : `${path}: ${message}`, { path });
};

const describe = (error: TLocalizedValidationError): string => {
  if (error.keyword === 'required') return `missing ${error.params.requiredProperties.join(', ')}`;
  if (error.keyword === 'additionalProperties')
    return `unknown ${error.params.additionalProperties.map((name) => name.slice(0, 40)).join(', ')}`;
  return error.message;
};
