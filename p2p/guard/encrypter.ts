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
import { NoiseMessages } from './noise-messages.ts';
import { Pieces } from './pieces.ts';

/**
 * The most bytes until a connection is authenticated. The handshake has about 300; the rest is what the other side, which
 * is done earlier, may send right behind it: the first frames of its streams.
 */
const HANDSHAKE_BYTES_MAX = 16 << 10;

/** The units of work that a connection has caused under its encryption: one for each message, or read of less than one. */
export class NoiseWork {
  #units = 0;
  #charge: ((units: number) => void) | undefined;

  add(units: number): void {
    if (this.#charge === undefined) this.#units += units;
    else this.#charge(units);
  }

  /** Sets who reckons the units, and hands over those so far. */
  chargeTo(charge: (units: number) => void): void {
    this.#charge = charge;
    charge(this.#units);
  }
}

/**
 * Counts the messages of a connection, and merges their pieces once it is authenticated. Has to be called in the same step
 * as noise begins to read, so that both see the same first byte.
 */
const watchMessages = (
  connection: MessageStream,
): { readonly work: NoiseWork; readonly merge: () => void } => {
  const messages = new NoiseMessages();
  const work = new NoiseWork();
  let pieces: Pieces | undefined;
  // After the handshake noise gives back what lies behind its last message, and it arrives again.
  const unshift = connection.unshift.bind(connection);
  connection.unshift = (data) => {
    messages.restart();
    unshift(data);
  };
  connection.addEventListener('message', (event: StreamMessageEvent) => {
    const bytes = event.data.subarray();
    const counted = messages.feed(bytes);
    if (counted === undefined) {
      event.stopImmediatePropagation();
      connection.abort(new Error('not a message of noise'));
      return;
    }
    work.add(Math.max(1, counted.messages));
    if (pieces === undefined) return;
    const merged = pieces.merge(bytes, counted);
    if (merged === undefined) event.stopImmediatePropagation();
    else event.data = merged;
  });
  return {
    work,
    merge: () => {
      pieces = new Pieces();
    },
  };
};

type Secured = { readonly secured: SecuredConnection; readonly work: NoiseWork };

const bounded = async (
  connection: MessageStream,
  run: () => Promise<SecuredConnection>,
): Promise<Secured> => {
  // It listens from its call on, before these listeners, and begins to listen anew when the handshake is done.
  const running = run();
  const { work, merge } = watchMessages(connection);
  let bytes = 0;
  const count = ({ data }: StreamMessageEvent): void => {
    bytes += data.byteLength;
    if (bytes > HANDSHAKE_BYTES_MAX)
      connection.abort(new Error('too many bytes before it was authenticated'));
  };
  connection.addEventListener('message', count);
  try {
    const secured = await running;
    merge();
    return { secured, work };
  } finally {
    connection.removeEventListener('message', count);
  }
};

/** @param onSecured - called with each encrypted connection, before anything is read from it */
export const guardedEncrypter = (
  encrypter: ConnectionEncrypter,
  onSecured: (connection: MessageStream, peer: PeerName, work: NoiseWork) => void,
): ConnectionEncrypter => {
  const checked = ({ secured, work }: Secured): SecuredConnection => {
    if (secured.streamMuxer === undefined) throw new Error('no muxer was agreed on in the handshake');
    onSecured(secured.connection, secured.remotePeer.toString(), work);
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
