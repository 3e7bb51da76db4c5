/** The envelope of JSON-RPC 2.0 (https://www.jsonrpc.org/specification): calls as they come in, answers as they go out. */
import { RPC_CODES, type RpcError, rpcError } from './errors.ts';

export type Id = string | number | null;

/** A call. It is a notification if it has no id. */
export type Request = {
  readonly ok: true;
  readonly id: Id | undefined;
  readonly method: string;
  readonly params: unknown;
};

/** The most characters of an id. Every answer repeats it. */
const ID_CHARACTERS_MAX = 256;

export const invalidRequest = (message: string): RpcError =>
  rpcError(RPC_CODES.INVALID_REQUEST, 'REQUEST_INVALID', message);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks an id. A number that JavaScript cannot represent exactly is refused, because the answer would have another id. */
const isId = (value: unknown): value is Id =>
  value === null ||
  (typeof value === 'string' && value.length <= ID_CHARACTERS_MAX) ||
  (typeof value === 'number' &&
    Number.isFinite(value) &&
    (!Number.isInteger(value) || Number.isSafeInteger(value)));

export const readRequest = (
  value: unknown,
): Request | { readonly ok: false; readonly id: Id; readonly error: RpcError } => {
  const bad = (id: Id, message: string) => ({ ok: false, id, error: invalidRequest(message) }) as const;
  if (!isRecord(value)) return bad(null, 'a call is an object, a batch an array of them');
  const { id, jsonrpc, method, params } = value;
  const hasId = Object.hasOwn(value, 'id');
  if (hasId && !isId(id))
    return bad(null, `id must be a string of at most ${ID_CHARACTERS_MAX} characters, a safe number or null`);
  const known = hasId && isId(id) ? id : undefined;
  if (jsonrpc !== '2.0') return bad(known ?? null, 'jsonrpc must be "2.0"');
  if (typeof method !== 'string') return bad(known ?? null, 'method must be a string');
  if (Object.hasOwn(value, 'params') && (typeof params !== 'object' || params === null))
    return bad(known ?? null, 'params must be an object or an array');
  return { ok: true, id: known, method, params };
};

/** Returns the name of the method of a call; undefined for what is none. */
export const methodOf = (value: unknown): unknown => (isRecord(value) ? value.method : undefined);

/** Returns what stands before the result in an answer. */
export const headOf = (id: Id): string => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},`;

/** Returns the answer with an error. Its id is null where the call could not be read. */
export const encodeError = (id: Id, error: RpcError): string =>
  `${headOf(id)}"error":${JSON.stringify(error)}}`;

/** Names positional parameters in the order of the schema; undefined if there are more parameters than names. */
export const byName = (params: unknown, names: readonly string[]): unknown => {
  if (params === undefined) return {};
  if (!Array.isArray(params)) return params;
  if (params.length > names.length) return undefined;
  return Object.fromEntries(params.map((value: unknown, i) => [names[i], value]));
};
