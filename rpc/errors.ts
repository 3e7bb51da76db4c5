/**
 * The errors of the RPC. The numbers below -32000 are defined by JSON-RPC. Those above say which class of error it is.
 * `data.code` is the stable name that a program acts on, and `data` contains its fields.
 */
import type { FaultValue } from '../src/lib/errors.ts';
import type { Fault, RpcFaultCode } from './codes.ts';

export const RPC_CODES = {
  PARSE_ERROR: -32700,
  INVALID_REQUEST: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  INTERNAL_ERROR: -32603,
  /** The node understood the call and refuses it: `data.code` says why. */
  REFUSED: -32000,
  /** The block, content or other object does not exist. */
  NOT_FOUND: -32001,
  /** A limit of this node was reached: the size of a body, batch or response, or the rate of requests. */
  LIMIT: -32005,
} as const;

export type RpcCode = (typeof RPC_CODES)[keyof typeof RPC_CODES];

export type RpcError = {
  readonly code: RpcCode;
  readonly message: string;
  readonly data: { readonly code: string; readonly [field: string]: FaultValue };
};

export const rpcError = (
  code: RpcCode,
  name: RpcFaultCode,
  message: string,
  data: Readonly<Record<string, FaultValue>> = {},
): RpcError => ({ code, message, data: { ...data, code: name } });

/** The codes of faults that say that the requested object does not exist. */
const NOT_FOUND = /_NOT_FOUND$/;

/** The codes of faults that are not of the class `REFUSED`. */
const CLASS_OF: Partial<Record<RpcFaultCode, RpcCode>> = {
  PARAMS_INVALID: RPC_CODES.INVALID_PARAMS,
  PARSE_ERROR: RPC_CODES.PARSE_ERROR,
  SERVER_BUSY: RPC_CODES.LIMIT,
  VALUES_TOO_MANY: RPC_CODES.INVALID_REQUEST,
};

const numberOf = (code: RpcFaultCode): RpcCode =>
  NOT_FOUND.test(code) ? RPC_CODES.NOT_FOUND : (CLASS_OF[code] ?? RPC_CODES.REFUSED);

export const errorOfFault = (fault: Fault): RpcError =>
  rpcError(numberOf(fault.code), fault.code, fault.message, fault.data);
