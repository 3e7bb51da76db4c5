/**
 * A typed client of a node's JSON-RPC, over fetch. Types come from the node's own method schemas, and results are read by
 * them: amounts and heights are bigints, and hashes, addresses and signatures are bytes.
 *
 * @example
 * const client = createRpcClient('http://127.0.0.1:8545');
 * const { height } = await client.call('node_status');
 */

import type { MethodName, ParamsOf, ResultOf } from '../../rpc/schemas/registry.ts';
import {
  check,
  FUNCTION,
  LIST,
  type Must,
  optional,
  problemOf,
  problemsOf,
  refuse,
  SIGNAL,
  TEXT,
  WHOLE_NUMBER,
  withMethods,
} from '../lib/arguments.ts';
import { type BackOff, pauseAfter } from '../lib/back-off.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, type Fault, failWith, ok, type Result, unwrap } from '../lib/errors.ts';
import { parseHttpUrl } from '../lib/http-url.ts';
import { isTooDeep, TOO_DEEP } from '../lib/json.ts';
import {
  faultIn,
  field,
  isRpcAnswer,
  limitedBy,
  outcomeOf,
  redirectedBy,
  strangeAnswer,
  unreachableNode,
} from './answers.ts';
import { type RpcCode, toRpcFault } from './codes.ts';
import { decodeResult, METHOD } from './decode.ts';
import { fail, fault } from './errors.ts';
import { createPace, retryAfterOf } from './pace.ts';
import { isLimitedOnTheWay, refusalOf } from './refusals.ts';
import { sleep } from './sleep.ts';
import { createDeadline, createTimeLimit, LONGEST_MS } from './time-limit.ts';

/** A call of a batch. */
export type Call<N extends MethodName = MethodName> = {
  [M in N]: { readonly method: M; readonly params: ParamsOf<M> };
}[N];

/** The result of a call, or the fault with which it failed. */
export type RpcResult<N extends MethodName> = Result<ResultOf<N>, RpcCode<N>>;

/** The result of each call of a batch, in order. */
export type BatchResults<C extends readonly Call[]> = {
  -readonly [I in keyof C]: RpcResult<C[I]['method']>;
};

type ParamsArgument<N extends MethodName> =
  Record<never, never> extends ParamsOf<N> ? [params?: ParamsOf<N>] : [params: ParamsOf<N>];

export type RpcClient = {
  /** Where it sends, to be shown: scheme, host and port. A path or a query may hold a key, and is `/…`. */
  readonly url: string;
  /** @throws CodedError that {@link isErrorOf} narrows: the code is one of {@link RpcCode} */
  readonly call: <N extends MethodName>(method: N, ...params: ParamsArgument<N>) => Promise<ResultOf<N>>;
  /** The same, with the fault as a value. */
  readonly attempt: <N extends MethodName>(method: N, ...params: ParamsArgument<N>) => Promise<RpcResult<N>>;
  /**
   * Several calls in one request, or, if they are more than 100, in one request after the other. Each has its own result.
   * @throws as {@link call}, for a request as a whole
   */
  readonly batch: <const C extends readonly Call[]>(calls: C) => Promise<BatchResults<C>>;
  /** A call by a name known only at run time. Its result is JSON as the node sent it, and so is the code of its fault. */
  readonly request: (method: string, params: unknown) => Promise<Result<unknown>>;
};

export type RpcClientOptions = {
  /**
   * The time limit of a whole request. If left out, an answer has to begin within 150 s for a call that waits for a block or puts
   * content, and within 20 s for any other: longer if its body is long, and twice as long after each call of the same method
   * that had no answer in time. Each piece of it has to follow within the same time, and the last within another 150 s.
   */
  readonly timeoutMs?: number;
  /**
   * How often a request is repeated that got no answer, or none of this RPC, or an error for which the node failed on the
   * way or whose code is not known here, after pauses that double from 200 ms. 2 if left out. A request that sends a
   * transaction is not repeated: `sendTransaction` finds out what became of it.
   */
  readonly retries?: number;
  /**
   * How long a request waits in all for a node that says that it hears too much (`RATE_LIMITED`), before it fails with
   * that. It pauses for as long as the node asks, and so do all other requests of the client. 60 s if left out. A request
   * that sends a transaction waits only if the node itself says so: something on the way may have passed it on.
   */
  readonly patienceMs?: number;
  /** Called before each of these pauses. */
  readonly onSlowDown?: (fault: Fault, pauseMs: number) => void;
  /** Ends every request and every pause: they throw the reason of the signal. */
  readonly signal?: AbortSignal;
};

const RETRIES = 2;
const PATIENCE_MS = 60_000;
const PAUSES_MS: BackOff = { first: 200, longest: 2_000 };

/** The faults after which a request is repeated. Of a node that takes too long the caller hears at once. */
const REPEATED: ReadonlySet<string> = new Set(['RPC_UNREACHABLE', 'RPC_ANSWER_INVALID']);

/** Whether an error may be gone at once: the node failed on the way, or something before it has a code of its own. */
const isPassingError = (error: Fault): boolean => {
  const refusal = refusalOf(error);
  return refusal === undefined || refusal === 'trouble';
};

/** What became of one request: an answer in JSON, none, or the one that there are too many requests. */
type Posted =
  | { readonly type: 'answer'; readonly value: unknown }
  | { readonly type: 'none' | 'limited'; readonly fault: Fault; readonly retryAfterMs: number | undefined };

/** A call as it is sent. */
type Request = {
  readonly jsonrpc: '2.0';
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
};

const callsOf = (body: Request | readonly Request[]): readonly Request[] =>
  'method' in body ? [body] : body;

/** Bytes as 0x-hex and bigints as decimal strings: the forms that the node reads. */
export const toWire = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? toHex(value) : value;
};

/** The calls of one request: a node takes no more, unless its operator has allowed it. */
const BATCH_CALLS = 100;

/** The longest answer that is read. The largest that a node gives is a batch of full blocks. */
const ANSWER_BYTES_MAX = 64 << 20;

/**
 * Reads an answer, whose end is not waited for once it is too long.
 * @param onPiece - called with each piece that has come
 * @throws CodedError `RPC_ANSWER_INVALID`
 */
const textOf = async (response: Response, url: string, onPiece: () => void): Promise<string> => {
  if (response.body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (piece?: Uint8Array): string => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
    } catch {
      throw new CodedError(fault('RPC_ANSWER_INVALID', `${url} answered with bytes that are not UTF-8`));
    }
  };
  const parts: string[] = [];
  let bytes = 0;
  const body: ReadableStream<Uint8Array> = response.body;
  const reader = body.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) break;
    bytes += value.length;
    if (bytes > ANSWER_BYTES_MAX) {
      await reader.cancel();
      throw new CodedError(
        fault('RPC_ANSWER_INVALID', `${url} answered with more than ${ANSWER_BYTES_MAX} bytes`),
      );
    }
    parts.push(decode(value));
    onPiece();
  }
  parts.push(decode());
  return parts.join('');
};

/** A client, whatever made it. */
export const CLIENT: Must = withMethods('a client, as createRpcClient makes one', 'call', 'attempt', 'batch');

/** The address of the page, which a relative URL begins from; undefined outside of browsers. */
const pageUrl = (): string | undefined => {
  const href: unknown = field(Reflect.get(globalThis, 'location'), 'href');
  return typeof href === 'string' ? href : undefined;
};

const URL_OF_NODE: Must = {
  be: 'an http or https URL as a string, such as http://127.0.0.1:8545',
  is: (value) =>
    typeof value === 'string' &&
    URL.canParse(value, pageUrl()) &&
    /^https?:$/.test(new URL(value, pageUrl()).protocol),
};

/** What AbortSignal.timeout takes. */
const TIMEOUT: Must = {
  be: 'a whole number of milliseconds, 1 or more',
  is: (value) => Number.isSafeInteger(value) && Number(value) > 0,
};
const OPTIONS = {
  timeoutMs: optional(TIMEOUT),
  retries: optional(WHOLE_NUMBER),
  patienceMs: optional(WHOLE_NUMBER),
  onSlowDown: optional(FUNCTION),
  signal: optional(SIGNAL),
};

/**
 * @param node - the URL of the RPC of a node. A user and a password in it are sent as HTTP Basic (RFC 7617)
 * @throws CodedError `ARGUMENT_INVALID`
 */
export const createRpcClient = (node: string, options: RpcClientOptions = {}): RpcClient => {
  refuse([...problemOf('url', node, URL_OF_NODE), ...problemsOf('', options, OPTIONS)]);
  const { address, authorization, shown: url, hide } = parseHttpUrl(node, pageUrl());
  const headers = {
    'content-type': 'application/json',
    ...(authorization === undefined ? {} : { authorization }),
  };
  const { timeoutMs, retries = RETRIES, patienceMs = PATIENCE_MS, onSlowDown, signal } = options;
  const pace = createPace();
  const limit = createTimeLimit();
  let lastId = 0;

  const postOnce = async (body: Request | readonly Request[]): Promise<Posted> => {
    const calls = callsOf(body);
    const sent = JSON.stringify(body, toWire);
    const limitMs = timeoutMs ?? limit.of(calls, sent.length);
    const deadline = createDeadline(limitMs);
    let endsAt = Number.POSITIVE_INFINITY;
    /** Each piece has as long to come as the beginning. */
    const awaitPiece = (): void => {
      if (timeoutMs === undefined) deadline.move(Math.max(1, Math.min(limitMs, endsAt - performance.now())));
    };
    let text: string;
    let status: number;
    let retryAfterMs: number | undefined;
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers,
        body: sent,
        // Followed, it would be a GET without the call, or a call to somebody else.
        redirect: 'manual',
        signal: AbortSignal.any([deadline.signal, ...(signal === undefined ? [] : [signal])]),
      });
      endsAt = performance.now() + LONGEST_MS;
      awaitPiece();
      const redirected = redirectedBy(response, url);
      if (redirected !== undefined) return { type: 'none', fault: redirected, retryAfterMs };
      ({ status } = response);
      text = await textOf(response, url, awaitPiece);
      limit.answered(calls);
      retryAfterMs = retryAfterOf(response.headers.get('retry-after'), Date.now());
      const limited = limitedBy(status, text, url);
      if (limited !== undefined) return { type: 'limited', fault: limited, retryAfterMs };
    } catch (error) {
      signal?.throwIfAborted();
      // The last piece may have had less, as the time of the whole answer was over.
      const waitedMs = deadline.ms() < limitMs ? LONGEST_MS : limitMs;
      const why = error instanceof CodedError ? error.fault : unreachableNode(url, error, waitedMs);
      if (why.code === 'RPC_TIMEOUT') limit.missed(calls, limitMs);
      return { type: 'none', fault: why, retryAfterMs };
    } finally {
      deadline.clear();
    }
    if (isTooDeep(text)) {
      const why = fault('RPC_ANSWER_INVALID', `${url} answered with JSON that is not read: ${TOO_DEEP}`, {
        url,
      });
      return { type: 'none', fault: why, retryAfterMs };
    }
    try {
      const value: unknown = JSON.parse(text);
      if (isRpcAnswer(status, value)) return { type: 'answer', value };
    } catch {
      // A page of a proxy.
    }
    return { type: 'none', fault: strangeAnswer(status, url), retryAfterMs };
  };

  const post = async (body: Request | readonly Request[]): Promise<Result<unknown>> => {
    const isSending = callsOf(body).some(({ method }) => method === 'tx_send');
    const most = isSending ? 0 : retries;
    const started = performance.now();
    let failures = 0;
    let refusals = 0;
    for (;;) {
      await pace.turn(signal);
      const posted = await postOnce(body);
      if (posted.type === 'answer') {
        if (failures >= most || faultIn(posted.value, isPassingError) === undefined) return ok(posted.value);
        failures += 1;
        await sleep(pauseAfter(failures, PAUSES_MS), signal);
        continue;
      }
      const { type, fault: why, retryAfterMs } = posted;
      if (type === 'limited' && !(isSending && isLimitedOnTheWay(why))) {
        refusals += 1;
        const pauseMs = pace.pauseFor(refusals, retryAfterMs);
        if (performance.now() - started + pauseMs > patienceMs) return failWith(why);
        onSlowDown?.(why, pauseMs);
        pace.slowDown(pauseMs);
        continue;
      }
      failures += 1;
      if (failures > most || !REPEATED.has(why.code)) return failWith(why);
      await sleep(pauseAfter(failures, PAUSES_MS), signal);
    }
  };

  const request: RpcClient['request'] = async (method, params) => {
    check('method', method, TEXT);
    lastId++;
    const answer = await post({ jsonrpc: '2.0', id: lastId, method, params: params ?? {} });
    return answer.ok ? outcomeOf(answer.value, url, hide) : answer;
  };

  const attempt: RpcClient['attempt'] = async <N extends MethodName>(
    method: N,
    ...[params]: ParamsArgument<N>
  ): Promise<RpcResult<N>> => {
    const [problem] = problemOf('method', method, METHOD);
    if (problem !== undefined) return fail('ARGUMENT_INVALID', problem, { problems: [problem] });
    return resultOf(method, await request(method, params));
  };

  /** The answers by their ids: a server may give them in any order. */
  const postBatch = async (calls: readonly Call[], first: number): Promise<ReadonlyMap<unknown, unknown>> => {
    const body = calls.map(
      ({ method, params }, i): Request => ({ jsonrpc: '2.0', id: first + i, method, params }),
    );
    const answer = unwrap(await post(body));
    if (!Array.isArray(answer)) {
      unwrap(outcomeOf(answer, url, hide));
      throw new CodedError(fault('RPC_ANSWER_INVALID', `${url} answered a batch with a single result`));
    }
    return new Map(answer.map((each: unknown) => [field(each, 'id'), each]));
  };

  return {
    url,
    request,
    attempt,
    call: async (method, ...params) => unwrap(await attempt(method, ...params)),
    batch: async <const C extends readonly Call[]>(calls: C) => {
      check('calls', calls, LIST);
      refuse(
        calls.flatMap((each: unknown, i) => problemOf(`calls.${i}.method`, field(each, 'method'), METHOD)),
      );
      const first = lastId + 1;
      lastId += calls.length;
      const answers = new Map<unknown, unknown>();
      for (let at = 0; at < calls.length; at += BATCH_CALLS) {
        const some = await postBatch(calls.slice(at, at + BATCH_CALLS), first + at);
        for (const [id, answer] of some) answers.set(id, answer);
      }
      return calls.map(({ method }, i) =>
        resultOf(method, outcomeOf(answers.get(first + i), url, hide)),
      ) as BatchResults<C>;
    },
  };
};

const resultOf = <N extends MethodName>(method: N, answer: Result<unknown>): RpcResult<N> =>
  answer.ok ? decodeResult(method, answer.value) : failWith(toRpcFault(method, answer.fault));
