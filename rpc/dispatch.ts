/**
 * JSON-RPC 2.0 (https://www.jsonrpc.org/specification), free of any transport: bytes in, the text of the answer out.
 */
import pMap from 'p-map';
import { fromUtf8 } from '../src/lib/bytes.ts';
import { toFault } from '../src/lib/errors.ts';
import { createPace } from '../state/store/pace.ts';
import type { NodeBackend } from './backend.ts';
import { fault } from './codes.ts';
import { errorOfFault, RPC_CODES, type RpcError, rpcError } from './errors.ts';
import { nestsWithin } from './json.ts';
import type { Method } from './method.ts';

/** The deepest nesting of JSON that is parsed. The deepest payload of a transaction needs about ten levels. */
const MAX_DEPTH = 32;
/** The number of calls of a batch that run at the same time: few, because an answer may hold some megabytes. */
const BATCH_CONCURRENCY = 8;
/** The same for a batch of `tx_send` alone: its answers are small, and each call waits for the verifier or for a block. */
const SEND_CONCURRENCY = 64;
/** The most characters in the answers of a batch. The call that would pass it and all later ones are refused. */
const BATCH_ANSWER_LIMIT = 64 << 20;

/** The one method that a node answers before it has checked its database. */
const STATUS_METHOD = 'node_status';

export type DispatchOptions = {
  readonly methods: ReadonlyMap<string, Method>;
  readonly node: NodeBackend;
  /** The most calls in one batch. */
  readonly maxBatch: number;
  /** Is called with the error that a handler threw. It is a bug in this node, and the caller is told no details. */
  readonly onInternalError: (method: string, error: unknown) => void;
};

/** Returns the text of the answer; undefined if there were only notifications, which get none. */
export type Dispatch = (body: Uint8Array) => Promise<string | undefined>;

export const createDispatch = (options: DispatchOptions): Dispatch => {
  const { methods } = options;
  const names = [...methods.keys()];

  const call = async (request: Request): Promise<Outcome> => {
    const method = methods.get(request.method);
    if (method === undefined)
      return {
        error: rpcError(RPC_CODES.METHOD_NOT_FOUND, 'METHOD_NOT_FOUND', 'there is no such method', {
          method: request.method.slice(0, 80),
          similar: similar(request.method, names),
        }),
      };
    if (!options.node.isReady && request.method !== STATUS_METHOD)
      return { error: errorOfFault(fault('NODE_STARTING', 'the node checks its database; ask again later')) };
    const named = byName(request.params, Object.keys(method.schema.params.properties));
    if (named === undefined) return { error: invalidParams('too many parameters') };
    const prepared = method.prepare(named);
    if (!prepared.ok)
      return {
        error: rpcError(
          RPC_CODES.INVALID_PARAMS,
          prepared.fault.code,
          prepared.fault.message,
          prepared.fault.data,
        ),
      };
    try {
      const result = await prepared.value(options.node);
      return result.ok ? { result: method.write(result.value) } : { error: errorOfFault(result.fault) };
    } catch (error) {
      options.onInternalError(request.method, error);
      const { code } = toFault(error);
      return { error: { code: RPC_CODES.INTERNAL_ERROR, message: 'internal error', data: { code } } };
    }
  };

  const answer = async (value: unknown): Promise<string | undefined> => {
    const request = readRequest(value);
    if (!request.ok) return encode(request.id, { error: request.error });
    const outcome = await call(request);
    return request.id === undefined ? undefined : encode(request.id, outcome);
  };

  const answerBatch = async (calls: readonly unknown[]): Promise<string | undefined> => {
    if (calls.length === 0) return encode(null, { error: invalidRequest('an empty batch') });
    if (calls.length > options.maxBatch)
      return encode(null, {
        error: rpcError(
          RPC_CODES.INVALID_REQUEST,
          'BATCH_TOO_LONG',
          `a batch of ${calls.length} calls; at most ${options.maxBatch}`,
          { limit: options.maxBatch },
        ),
      });
    const pace = createPace();
    let size = 0;
    let full = false;
    const answerOne = async (each: unknown): Promise<string | undefined> => {
      const made = full ? undefined : await answer(each);
      // Other calls were answered in the meantime, so only now is it known whether there is room.
      full ||= size + (made?.length ?? 0) > BATCH_ANSWER_LIMIT;
      const text = full ? refuseLate(each) : made;
      size += text?.length ?? 0;
      // A handler that awaits no I/O would otherwise block the event loop for the whole batch.
      await pace();
      return text;
    };
    const onlySends = calls.every((each) => isRecord(each) && each.method === 'tx_send');
    const concurrency = onlySends ? SEND_CONCURRENCY : BATCH_CONCURRENCY;
    const answers = await pMap(calls, answerOne, { concurrency });
    const answered = answers.filter((text) => text !== undefined);
    return answered.length === 0 ? undefined : `[${answered.join(',')}]`;
  };

  return async (body) => {
    const parsed = parse(body);
    if ('error' in parsed) return encode(null, parsed);
    return Array.isArray(parsed.value) ? answerBatch(parsed.value) : answer(parsed.value);
  };
};

type Id = string | number | null;
type Outcome = { readonly result: unknown } | { readonly error: RpcError };
/** A call. It is a notification if it has no id. */
type Request = {
  readonly ok: true;
  readonly id: Id | undefined;
  readonly method: string;
  readonly params: unknown;
};

const encode = (id: Id, outcome: Outcome): string => JSON.stringify({ jsonrpc: '2.0', id, ...outcome });

/** Returns the answer to a body that is not a JSON-RPC call, for transports that refuse it before it is dispatched. */
export const encodeError = (error: RpcError): string => encode(null, { error });

const invalidRequest = (message: string): RpcError =>
  rpcError(RPC_CODES.INVALID_REQUEST, 'REQUEST_INVALID', message);
const invalidParams = (message: string): RpcError =>
  rpcError(RPC_CODES.INVALID_PARAMS, 'PARAMS_INVALID', message, { path: '' });
const parseError = (message: string): { readonly error: RpcError } => ({
  error: rpcError(RPC_CODES.PARSE_ERROR, 'PARSE_ERROR', message),
});

const parse = (body: Uint8Array): { readonly value: unknown } | { readonly error: RpcError } => {
  const text = fromUtf8(body);
  if (!text.ok) return parseError('the body is not UTF-8');
  if (!nestsWithin(body, MAX_DEPTH)) return parseError(`the body nests deeper than ${MAX_DEPTH} levels`);
  try {
    return { value: JSON.parse(text.value) as unknown };
  } catch {
    return parseError('the body is not JSON');
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks an id. A number that JavaScript cannot represent exactly is refused, because the answer would have another id. */
const isId = (value: unknown): value is Id =>
  value === null ||
  typeof value === 'string' ||
  (typeof value === 'number' &&
    Number.isFinite(value) &&
    (!Number.isInteger(value) || Number.isSafeInteger(value)));

const readRequest = (
  value: unknown,
): Request | { readonly ok: false; readonly id: Id; readonly error: RpcError } => {
  const bad = (id: Id, message: string) => ({ ok: false, id, error: invalidRequest(message) }) as const;
  if (!isRecord(value)) return bad(null, 'a call is an object, a batch an array of them');
  const { id, jsonrpc, method, params } = value;
  const hasId = Object.hasOwn(value, 'id');
  if (hasId && !isId(id)) return bad(null, 'id must be a string, a safe number or null');
  const known = hasId && isId(id) ? id : undefined;
  if (jsonrpc !== '2.0') return bad(known ?? null, 'jsonrpc must be "2.0"');
  if (typeof method !== 'string') return bad(known ?? null, 'method must be a string');
  if (Object.hasOwn(value, 'params') && (typeof params !== 'object' || params === null))
    return bad(known ?? null, 'params must be an object or an array');
  return { ok: true, id: known, method, params };
};

/** Names positional parameters in the order of the schema; undefined if there are more parameters than names. */
const byName = (params: unknown, names: readonly string[]): unknown => {
  if (params === undefined) return {};
  if (!Array.isArray(params)) return params;
  if (params.length > names.length) return undefined;
  return Object.fromEntries(params.map((value: unknown, i) => [names[i], value]));
};

const refuseLate = (value: unknown): string | undefined => {
  const request = readRequest(value);
  if (!request.ok) return encode(request.id, { error: request.error });
  if (request.id === undefined) return undefined;
  return encode(request.id, {
    error: rpcError(
      RPC_CODES.LIMIT,
      'ANSWER_TOO_LONG',
      'the answers of this batch are too long; ask for less at a time',
      { limit: BATCH_ANSWER_LIMIT },
    ),
  });
};

/** Returns up to three method names that are most similar to a name, as suggestions after a typo. */
const similar = (asked: string, names: readonly string[]): readonly string[] => {
  const pieces = new Set(bigrams(asked.slice(0, 80).toLowerCase()));
  return names
    .map((name) => {
      const own = bigrams(name.toLowerCase());
      const shared = own.filter((piece) => pieces.has(piece)).length;
      return { name, score: (2 * shared) / (own.length + pieces.size) };
    })
    .filter((each) => each.score > 0.5)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map((each) => each.name);
};

const bigrams = (text: string): readonly string[] =>
  Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2));
