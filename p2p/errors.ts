/** The codes of the network of peers. */

import type { ErrorTable } from '../src/lib/errors.ts';
import * as errors from '../src/lib/errors.ts';
import type { LibCode } from '../src/lib/lib-errors.ts';

export const P2P_ERRORS = {
  P2P_BUSY: {
    means: 'The peer, or this node, has too many requests under way.',
    action: 'Nothing to do: the node asks again or another peer.',
  },
  P2P_FAILED: {
    means: 'The peer could not answer a request.',
    action: 'Nothing to do: the node asks another peer.',
  },
  P2P_FALSE_ANSWER: {
    means: 'The peer answered with something that was not asked for.',
    action: 'Nothing to do: the node lowers the score of the peer.',
  },
  P2P_LISTEN: {
    means: 'The node cannot listen on the address for peers.',
    action: 'Check `p2p` in its config.',
  },
  P2P_MALFORMED: {
    means: 'The peer sent bytes that do not decode.',
    action: 'Nothing to do: the node lowers the score of the peer.',
  },
  P2P_NOT_CONNECTED: {
    means: 'The node is not connected to the peer.',
    action: 'Nothing to do: the node asks another peer.',
  },
  P2P_PEER_ADDRESS: {
    means: 'A configured address of a peer is not a multiaddr with the id of the peer.',
    action: 'Correct the address in the config.',
  },
  P2P_PORT_IN_USE: {
    means: 'Another process uses the port for peers.',
    action: 'Choose another `--p2p-port`, or stop the other process.',
  },
  P2P_REFUSED: {
    means: 'The peer refused a request as malformed.',
    action: 'Check that both nodes run the same version.',
  },
  P2P_RESET: {
    means: 'The stream to the peer ended before the answer did.',
    action: 'Nothing to do: the node asks again or another peer.',
  },
  P2P_TIMEOUT: {
    means: 'The peer did not answer in time.',
    action: 'Nothing to do: the node asks another peer.',
  },
  P2P_TOO_LONG: {
    means: 'A request or an answer is longer than the protocol allows.',
    action: 'Nothing to do: the node lowers the score of the peer.',
  },
  P2P_UNSUPPORTED: {
    means: 'The peer does not serve the protocol.',
    action: 'Nothing to do: the node disconnects from what is not a node.',
  },
} as const satisfies ErrorTable;

export type P2pCode = keyof typeof P2P_ERRORS | LibCode;

export type Fault = errors.Fault<P2pCode>;
export type Result<T> = errors.Result<T, P2pCode>;
export const fault: errors.FaultOf<P2pCode> = errors.fault;
export const fail: errors.FailOf<P2pCode> = errors.fail;
