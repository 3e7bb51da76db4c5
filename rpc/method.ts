import Type, { type Static, type StaticDecode, type TObject, type TProperties, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { DecodeUnsafe, Errors } from 'typebox/value';
import { failWith, ok } from '../src/lib/errors.ts';
import type { NodeBackend } from './backend.ts';
import { type Fault, fault, type Result, type RpcFaultCode } from './codes.ts';

/**
 * One method: its schema is the source of its types, its validation and its documentation. The order in which the
 * parameters are written is their order by position.
 */
export type Method<P extends TObject = TObject, R extends TSchema = TSchema> = {
  readonly summary: string;
  readonly params: P;
  readonly result: R;
  /** Codes of the faults that it answers with, beside those of every method. */
  readonly errors: readonly RpcFaultCode[];
  /** Checks parameters by name, strictly, and decodes them. Fault `PARAMS_INVALID`. */
  readonly decode: (params: unknown) => Result<StaticDecode<P>>;
  readonly run: (
    node: NodeBackend,
    params: StaticDecode<P>,
  ) => Result<Static<R>> | Promise<Result<Static<R>>>;
};

type Definition<P extends TProperties, R extends TSchema> = {
  readonly summary: string;
  readonly params: TObject<P>;
  readonly result: R;
  readonly errors?: readonly RpcFaultCode[];
  readonly run: Method<TObject<P>, R>['run'];
};

export const method = <P extends TProperties, R extends TSchema>(
  definition: Definition<P, R>,
): Method<TObject<P>, R> => {
  const { params, errors = [] } = definition;
  const validator = Compile(params);
  return {
    ...definition,
    errors,
    decode: (value) => {
      if (!validator.Check(value))
        return failWith(taggedFault(params, value, '') ?? paramsFault(validator.Errors(value), ''));
      return ok(DecodeUnsafe({}, params, value) as StaticDecode<TObject<P>>);
    },
  };
};

/** The branches of a union whose members name themselves in a field `type`, by that name; else undefined. */
const branchesOf = (schema: TSchema): ReadonlyMap<unknown, TSchema> | undefined => {
  if (!Type.IsUnion(schema)) return undefined;
  const branches = new Map<unknown, TSchema>();
  for (const branch of schema.anyOf) {
    const tag = Type.IsObject(branch) ? branch.properties.type : undefined;
    if (tag === undefined || !Type.IsLiteral(tag)) return undefined;
    branches.set(tag.const, branch);
  }
  return branches;
};

/**
 * What is wrong with a member of a tagged union, held against the branch that it names: an error of the whole union
 * would be that of its first branch.
 */
const taggedFault = (schema: TSchema, value: unknown, path: string): Fault | undefined => {
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
    const found = taggedFault(each, Reflect.get(value, name), `${path}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The first thing wrong, told by the path of the parameter. */
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
