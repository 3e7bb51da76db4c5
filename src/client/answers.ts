/** What the answers of a node say, whatever they are: results, refusals, pages of a proxy, and none. */
import { type Fault, type FaultValue, isFaultValue, ok, type Result, toFault } from '../lib/errors.ts';
import { shownUrl } from '../lib/http-url.ts';
import { fail, fault } from './errors.ts';

export const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** A refusal is shorter: longer answers are not read twice. */
const REFUSAL_LENGTH_MAX = 4_096;
/** The status of a node, or of a proxy before it, that gets more requests than it answers. */
const TOO_MANY_REQUESTS = 429;

/** The codes with which a node turns a request away before it looks at it: it may be sent again, also one that pays. */
const TURNED_AWAY: ReadonlySet<string> = new Set(['RATE_LIMITED', 'SERVER_BUSY', 'NODE_STARTING']);

/** Returns the fault of an answer that asks to come back later, whoever gave it; undefined for every other answer. */
export const limitedBy = (status: number, text: string, url: string): Fault | undefined => {
  let told: unknown;
  if (status === TOO_MANY_REQUESTS || text.length < REFUSAL_LENGTH_MAX)
    try {
      told = errorOf(JSON.parse(text));
    } catch {
      // A proxy answers with a page.
    }
  const refused = told === undefined ? undefined : faultOfError(told);
  if (refused !== undefined && TURNED_AWAY.has(refused.code)) return refused;
  if (status !== TOO_MANY_REQUESTS) return undefined;
  return { code: 'RATE_LIMITED', message: `${url} answers that it gets too many requests`, data: { url } };
};

export const unreachableNode = (url: string, error: unknown, timeoutMs: number): Fault => {
  if (error instanceof Error && error.name === 'TimeoutError')
    return fault('RPC_TIMEOUT', `${url} did not answer within ${timeoutMs} ms`, { url, timeoutMs });
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  // fetch does not send to the ports of some other services (https://fetch.spec.whatwg.org/#port-blocking).
  if (cause instanceof Error && cause.message === 'bad port')
    return fault('RPC_UNREACHABLE', `the URL ${url} is wrong: fetch does not send to its port`, { url });
  // undici ends with a failed assertion after an answer that switches to another protocol, such as one of status 101.
  if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_ASSERTION')
    return fault('RPC_ANSWER_INVALID', `${url} answered with something other than JSON-RPC`, { url });
  return fault('RPC_UNREACHABLE', `no node answers at ${url}: ${toFault(cause).message}`, { url });
};

/** The fault of an answer that is none of a node, but for example a page of a proxy. */
export const strangeAnswer = (status: number, url: string): Fault<'RPC_ANSWER_INVALID'> => {
  const code = status === 200 ? '' : `, with HTTP status ${status}`;
  const why =
    status === 401 || status === 403 ? ': it may want a user and a password in the URL, or others' : '';
  return fault('RPC_ANSWER_INVALID', `${url} answered with something other than JSON-RPC${code}${why}`, {
    url,
  });
};

/**
 * Whether JSON is an answer of JSON-RPC. A proxy that refuses a call may answer in JSON too, such as
 * `{"error":"unauthorized"}`, but with a status of its own. A node names the version of the protocol in each answer.
 */
export const isRpcAnswer = (status: number, value: unknown): boolean =>
  status === 200 || Array.isArray(value) || field(value, 'jsonrpc') === '2.0';

/** The error of an answer. Some gateways add `"error": null` to a result: that is none. */
const errorOf = (answer: unknown): unknown => field(answer, 'error') ?? undefined;

/** @param hide - takes out of texts of the node what the URL holds and nobody else may read */
export const outcomeOf = (answer: unknown, url: string, hide: (text: string) => string): Result<unknown> => {
  const error = errorOf(answer);
  if (error !== undefined) return { ok: false, fault: hiding(faultOfError(error), hide) };
  const result = field(answer, 'result');
  if (result === undefined)
    return fail('RPC_ANSWER_INVALID', `${url} answered with something other than JSON-RPC`, { url });
  return ok(result);
};

/** A code of a node. Only something else writes any other text in its place, which is no code then. */
const CODE = /^[A-Z0-9_]{1,100}$/;

const hiding = (told: Fault, hide: (text: string) => string): Fault => ({
  ...told,
  message: hide(told.message),
});

/** Returns the first fault in an answer, or in the answers of a batch, that satisfies a condition. */
export const faultIn = (answer: unknown, isMeant: (fault: Fault) => boolean): Fault | undefined =>
  [answer]
    .flat()
    .map(errorOf)
    .filter((error) => error !== undefined)
    .map(faultOfError)
    .find(isMeant);

/** `data.code` is the stable name; the number of the class stands beside it. */
const faultOfError = (error: unknown): Fault => {
  const data = field(error, 'data');
  const fields = Object.entries(typeof data === 'object' && data !== null ? data : {}).filter(
    (entry): entry is [string, FaultValue] => entry[0] !== 'code' && isFaultValue(entry[1]),
  );
  const name = field(data, 'code');
  const rpcCode = field(error, 'code');
  const message = field(error, 'message');
  const own = fault(
    'RPC_ERROR',
    typeof message === 'string' ? message : 'the node refused the call and gave no reason',
    { ...Object.fromEntries(fields), ...(typeof rpcCode === 'number' ? { rpcCode } : {}) },
  );
  return typeof name === 'string' && CODE.test(name) ? { ...own, code: name } : own;
};

/** The fault of an answer that sends the caller elsewhere. In browsers its status and its target are hidden. */
export const redirectedBy = (response: Response, url: string): Fault | undefined => {
  const { type, status } = response;
  if (type !== 'opaqueredirect' && (status < 300 || status >= 400)) return undefined;
  const to = response.headers.get('location');
  const target = to === null || !URL.canParse(to, url) ? 'another URL' : shownUrl(new URL(to, url).href);
  const there = target === url ? 'another path of it' : target;
  return fault('RPC_ANSWER_INVALID', `${url} redirects to ${there}; give the URL of the node itself`, {
    url,
  });
};
