import type { Static, StaticDecode, TObject, TProperties, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { DecodeUnsafe } from 'typebox/value';
import { type Fault, fault, ok, type Result } from '../src/lib/errors.ts';
import type { NodeBackend } from './backend.ts';

/**
 * One method: its schema is the source of its types, its validation and its documentation. The order in which the
 * parameters are written is their order by position.
 */
export type Method<P extends TObject = TObject, R extends TSchema = TSchema> = {
  readonly summary: string;
  readonly params: P;
  readonly result: R;
  /** Codes of the faults that it answers with, beside those of every method. */
  readonly errors: readonly string[];
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
  readonly errors?: readonly string[];
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
      if (!validator.Check(value)) return { ok: false, fault: paramsFault(validator.Errors(value)) };
      return ok(DecodeUnsafe({}, params, value) as StaticDecode<TObject<P>>);
    },
  };
};

/** The first thing wrong, told by the path of the parameter. */
const paramsFault = (errors: readonly TLocalizedValidationError[]): Fault => {
  const error = errors.find((each) => each.keyword !== 'boolean') ?? errors[0];
  const path = (error?.instancePath ?? '').slice(1).replaceAll('/', '.');
  const message = error === undefined ? 'not what the method takes' : describe(error);
  return fault('PARAMS_INVALID', path === '' ? message : `${path}: ${message}`, { path });
};

const describe = (error: TLocalizedValidationError): string => {
  if (error.keyword === 'required') return `missing ${error.params.requiredProperties.join(', ')}`;
  if (error.keyword === 'additionalProperties')
    return `unknown ${error.params.additionalProperties.map((name) => name.slice(0, 40)).join(', ')}`;
  return error.message;
};
