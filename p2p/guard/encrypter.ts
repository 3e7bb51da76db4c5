/**
 * Bounds what a connection may send while noise authenticates it, and remembers which peer it is of. The muxer has to be
 * agreed on in the handshake itself, as every node of this software does: so no negotiation follows on the encrypted
 * connection.
 */
import type {
  ConnectionEncrypter,
  MessageStream,
  SecuredConnection,
  StreamMessageEvent,
} from '@libp2p/interface';
import type { PeerName } from '../types.ts';

/**
 * The most bytes until a connection is authenticated. The handshake has about 300; the rest is what the other side, which
 * is done earlier, may send right behind it: the first frames of its streams.
 */
const HANDSHAKE_BYTES_MAX = 16 << 10;

const bounded = async <T>(connection: MessageStream, run: () => Promise<T>): Promise<T> => {
  // It listens from its call on, before this listener, which only counts.
  const running = run();
  let bytes = 0;
  const count = ({ data }: StreamMessageEvent): void => {
    bytes += data.byteLength;
    if (bytes > HANDSHAKE_BYTES_MAX)
      connection.abort(new Error('too many bytes before it was authenticated'));
  };
  connection.addEventListener('message', count);
  try {
    return await running;
  } finally {
    connection.removeEventListener('message', count);
  }
};

/** @param onSecured - called with each encrypted connection, before anything is read from it */
export const guardedEncrypter = (
  encrypter: ConnectionEncrypter,
  onSecured: (connection: MessageStream, peer: PeerName) => void,
): ConnectionEncrypter => {
  const checked = (secured: SecuredConnection): SecuredConnection => {
    if (secured.streamMuxer === undefined) throw new Error('no muxer was agreed on in the handshake');
    onSecured(secured.connection, secured.remotePeer.toString());
    return secured;
  };
  return {
    protocol: encrypter.protocol,
    secureInbound: async (connection, options) =>
      checked(await bounded(connection, () => encrypter.secureInbound(connection, options))),
    secureOutbound: async (connection, options) =>
      checked(await bounded(connection, () => encrypter.secureOutbound(connection, options))),
  };
};
