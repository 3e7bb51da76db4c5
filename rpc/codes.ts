/** The error codes of the RPC. A method may also return the codes of the parts that it calls. */
import type { MempoolCode } from '../node/mempool/errors.ts';
import type { ContentCode } from '../src/content/errors.ts';
import type { ErrorTable } from '../src/lib/errors.ts';
import * as errors from '../src/lib/errors.ts';
import type { ChainCode } from '../state/errors/chain.ts';
import type { QueryCode } from '../state/queries/errors.ts';

export const RPC_ERRORS = {
  ANSWER_TOO_LONG: {
    means:
      'The answer to a request, or the answers of a batch together, are longer than the node sends at once.',
    action: 'Ask for less at a time.',
  },
  ATTRIBUTION_NOT_FOUND: {
    means: 'There is no such receipt, or nobody has settled it yet.',
    action: 'Check the id, or ask again when it is settled.',
  },
  BATCH_TOO_LONG: {
    means: 'A batch holds more calls than the node takes.',
    action: 'Send the calls in several batches.',
  },
  BLOCK_NOT_FOUND: {
    means: 'The node does not have the block.',
    action: 'Ask for a height up to the last one, in the data of the error.',
  },
  BODY_TIMEOUT: {
    means: 'The request did not arrive whole in the time that the node waits for it.',
    action: 'Send less at a time, or use a faster connection.',
  },
  BODY_TOO_LARGE: {
    means: 'The body of the request is larger than the node takes.',
    action: 'Send less at a time.',
  },
  CONTENT_NOT_FOUND: {
    means:
      'Neither the node nor its peers have the content, or no block that the node knows of names it: a text is shown once the reveal of its contribution, its Datanet or its receipt is in a block.',
    action:
      'Ask later or another node, and for the list of a contribution before its items. The owner of a text can put it again.',
  },
  CONTENT_TYPE_WRONG: {
    means: 'The content type of the request is not `application/json`.',
    action: 'Set the header `content-type: application/json`.',
  },
  CONTRIBUTION_NOT_REVEALED: {
    means: 'The contribution was not revealed.',
    action: 'Ask again when it is revealed.',
  },
  HOST_NOT_ALLOWED: {
    means:
      'The header `Host` has a name that is not of this node. A web page may have made its own name point at the node.',
    action: 'Use the IP address of the node or `localhost`, or list the name in `rpc.hosts` of its config.',
  },
  METHOD_NOT_ALLOWED: {
    means: 'The request is not a POST.',
    action: 'Send a POST.',
  },
  METHOD_NOT_FOUND: {
    means: 'There is no such method.',
    action: 'Choose one of the names in `similar`, or see docs/rpc.md.',
  },
  NODE_STARTING: {
    means: 'The node has started and checks its database. Until then it answers nothing but `node_status`.',
    action: 'Ask again later. `node_status` says how long it has been checking.',
  },
  ORIGIN_NOT_ALLOWED: {
    means: 'The request comes from a web page whose origin may not call this node.',
    action: 'List the origin in `rpc.cors_origins` of the config of the node.',
  },
  PARAMS_INVALID: {
    means: 'A parameter of the call is missing, unknown or has a wrong value.',
    action: 'Correct the parameter at `path`.',
  },
  PARSE_ERROR: {
    means: 'The body is not JSON, is nested too deeply, or has an object with the same name twice.',
    action: 'Send JSON.',
  },
  PATH_UNKNOWN: {
    means: 'The server has nothing at this path.',
    action: 'POST to `/`, or GET `/health`.',
  },
  RATE_LIMITED: {
    means: 'The client sends too many requests.',
    action: 'Wait as long as the header `retry-after` says.',
  },
  REQUEST_INVALID: {
    means: 'The request is not a call of JSON-RPC 2.0.',
    action: 'Send an object with `jsonrpc`, `id`, `method` and `params`.',
  },
  RPC_LISTEN_FAILED: {
    means: 'The node cannot listen on the address for its RPC.',
    action: 'Check `rpc` in its config.',
  },
  RPC_PORT_IN_USE: {
    means: 'Another process uses the port for the RPC.',
    action: 'Choose another `--rpc-port`, or stop the other process.',
  },
  SERVER_BUSY: {
    means: 'The node has no room for another call or another connection now.',
    action: 'Call again later.',
  },
  SIMULATION_BUSY: {
    means: 'The node has no time for another simulation now.',
    action: 'Ask again later, or send the transaction without simulating it.',
  },
  SIMULATION_TOO_LARGE: {
    means: 'The transactions to simulate have more bytes or need more gas than the node executes at a time.',
    action: 'Simulate fewer transactions at a time.',
  },
  TX_NOT_FOUND: {
    means: 'No block that the node has holds a transaction with this id.',
    action: 'Check the id, or ask again when `tx_status` says that the transaction is in a block.',
  },
  VALUES_TOO_MANY: {
    means: 'The body holds more JSON values, or more different names of fields, than the node reads at once.',
    action: 'Send less at a time.',
  },
} as const satisfies ErrorTable;

export type RpcFaultCode = QueryCode | keyof typeof RPC_ERRORS | MempoolCode | ContentCode | ChainCode;

export type Fault = errors.Fault<RpcFaultCode>;
export type Result<T> = errors.Result<T, RpcFaultCode>;
export const fault: errors.FaultOf<RpcFaultCode> = errors.fault;
export const fail: errors.FailOf<RpcFaultCode> = errors.fail;
