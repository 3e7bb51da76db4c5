/** The refusals of the server itself: what does not get as far as a call. Each has a status of HTTP and a JSON-RPC error. */
import type { RpcFaultCode } from './codes.ts';
import { RPC_CODES, type RpcError, rpcError } from './errors.ts';

export type Refusal = { readonly status: number; readonly error: RpcError };

const invalid = (code: RpcFaultCode, status: number, message: string, limit?: number): Refusal => ({
  status,
  error: rpcError(RPC_CODES.INVALID_REQUEST, code, message, limit === undefined ? {} : { limit }),
});

export const METHOD_NOT_ALLOWED = invalid('METHOD_NOT_ALLOWED', 405, 'calls must be sent with POST');
export const PATH_UNKNOWN = invalid('PATH_UNKNOWN', 404, 'the path is unknown; use POST / or GET /health');
export const CONTENT_TYPE_WRONG = invalid(
  'CONTENT_TYPE_WRONG',
  415,
  'the content type must be application/json',
);
export const BODY_TIMEOUT = invalid('BODY_TIMEOUT', 408, 'the request did not arrive whole in time');
export const HEADERS_TOO_LARGE = invalid(
  'REQUEST_INVALID',
  431,
  'the headers of the request are too many or too large',
);
export const NOT_HTTP = invalid('REQUEST_INVALID', 400, 'the request is not HTTP');
export const NOT_WHOLE = invalid('REQUEST_INVALID', 400, 'the body ended before it was whole');
export const EXPECTATION_UNKNOWN = invalid(
  'REQUEST_INVALID',
  417,
  'the header Expect asks for something unknown',
);
export const HOST_MISSING = invalid('REQUEST_INVALID', 400, 'the header Host is missing');
export const HOST_TWICE = invalid('REQUEST_INVALID', 400, 'the header Host is there more than once');
export const BODY_IN_BITS = invalid('REQUEST_INVALID', 400, 'the body comes in too many small parts');
export const BODY_UNEXPECTED = invalid('REQUEST_INVALID', 400, 'only a POST may have a body');

export const bodyTooLarge = (limit: number): Refusal =>
  invalid('BODY_TOO_LARGE', 413, `a body of more than ${limit} bytes`, limit);

/** A request of HTTP that is wrong in a way that the framework found. */
export const requestInvalid = (status: number, message: string): Refusal =>
  invalid('REQUEST_INVALID', status, message);

export const forbidden = (error: RpcError): Refusal => ({ status: 403, error });

export const busy = (): RpcError =>
  rpcError(RPC_CODES.LIMIT, 'SERVER_BUSY', 'this node has no room for another call now; call again later');
export const SERVER_BUSY: Refusal = { status: 503, error: busy() };

export const RATE_LIMITED: Refusal = {
  status: 429,
  error: rpcError(
    RPC_CODES.LIMIT,
    'RATE_LIMITED',
    'too many requests from this address; send fewer per second',
  ),
};

export const INTERNAL: Refusal = {
  status: 500,
  error: rpcError(RPC_CODES.INTERNAL_ERROR, 'INTERNAL', 'internal error'),
};
