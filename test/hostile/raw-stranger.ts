/** A peer that authenticates itself as any peer does, and then sends what no library would send. */

import type { Connection, MessageStream, Stream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';

export type RawStranger = {
  readonly name: string;
  readonly connection: Connection;
  /** The encrypted connection, under the muxer. */
  readonly encrypted: MessageStream;
  /** Opens a stream on which nothing has been negotiated. */
  readonly openRaw: () => Promise<Stream>;
  /** Sets who is told of answers to pings. */
  readonly onPong: (listener: () => void) => void;
  readonly isConnected: () => boolean;
  readonly stop: () => Promise<void>;
};

export type RawStrangerOptions = {
  /**
   * Gets the streams that the other side opens, before anything is negotiated on them, and the stranger's own name. By
   * default it leaves them silent.
   */
  readonly onStream?: (stream: Stream, name: string) => void;
};

/** Keeps the muxer, and takes the streams of the other side before libp2p negotiates. */
const tapped = (
  factory: StreamMuxerFactory,
  keep: (encrypted: MessageStream, muxer: StreamMuxer) => void,
  onStream: (stream: Stream) => void,
  onPong: () => void,
): StreamMuxerFactory => ({
  protocol: factory.protocol,
  createStreamMuxer: (encrypted) => {
    // The muxer ends the connection when an answer comes to a ping that it has not sent itself.
    encrypted.addEventListener('message', (event) => {
      if (!isPong(event.data.subarray())) return;
      event.stopImmediatePropagation();
      onPong();
    });
    const muxer = factory.createStreamMuxer(encrypted);
    keep(encrypted, muxer);
    const dispatch = muxer.dispatchEvent.bind(muxer);
    muxer.dispatchEvent = (event) => {
      const opened: unknown =
        event instanceof CustomEvent && event.type === 'stream' ? event.detail : undefined;
      const stream = muxer.streams.find((each) => each === opened);
      if (stream === undefined) return dispatch(event);
      onStream(stream);
      return true;
    };
    return muxer;
  },
});

/**
 * Connects to a node, and waits until the node has authenticated it too, which opens a stream then.
 * @throws what libp2p throws if the node does not take the connection
 */
export const connectRawStranger = async (
  target: string,
  { onStream = () => undefined }: RawStrangerOptions = {},
): Promise<RawStranger> => {
  let taken: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    taken = resolve;
  });
  let onPong: () => void = () => undefined;
  let kept: { readonly encrypted: MessageStream; readonly muxer: StreamMuxer } | undefined;
  const libp2p = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      () =>
        tapped(
          yamux()(),
          (encrypted, muxer) => {
            kept = { encrypted, muxer };
          },
          (stream) => {
            taken();
            onStream(stream, libp2p.peerId.toString());
          },
          () => onPong(),
        ),
    ],
    connectionMonitor: { enabled: false },
  });
  try {
    const connection = await libp2p.dial(multiaddr(target), { signal: AbortSignal.timeout(5_000) });
    if (kept === undefined) throw new Error('the connection has no muxer');
    const { encrypted, muxer } = kept;
    encrypted.addEventListener('close', () => taken());
    await opened;
    return {
      name: libp2p.peerId.toString(),
      connection,
      encrypted,
      openRaw: () => muxer.createStream(),
      onPong: (listener) => {
        onPong = listener;
      },
      isConnected: () => libp2p.getConnections().length > 0,
      stop: async () => {
        await libp2p.stop();
      },
    };
  } catch (error) {
    await libp2p.stop();
    throw error;
  }
};

const isPong = (bytes: Uint8Array): boolean => bytes.length === 12 && bytes[1] === 2 && bytes[3] === 2;

/** A yamux header, with nothing behind it. */
export const yamuxHeader = (type: number, flags: number, streamId: number, length: number): Uint8Array => {
  const header = new Uint8Array(12);
  const view = new DataView(header.buffer);
  view.setUint8(1, type);
  view.setUint16(2, flags);
  view.setUint32(4, streamId);
  view.setUint32(8, length);
  return header;
};
