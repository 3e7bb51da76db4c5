/**
 * Bounds what an authenticated peer may make the muxer do: the length of its frames, its pings, its pace, the bytes that
 * wait for it, and what it sends while the protocol of a stream is negotiated.
 */
import type {
  MessageStream,
  Stream,
  StreamMessageEvent,
  StreamMuxer,
  StreamMuxerFactory,
} from '@libp2p/interface';
import { type Rate, TokenBucket } from '../../src/lib/token-bucket.ts';
import { Negotiation } from './negotiation.ts';
import { Pieces } from './pieces.ts';
import { Throttle } from './throttle.ts';
import { YamuxFrames } from './yamux-frames.ts';

/** Lines with which the other side may propose protocols on a stream: an older version may try several. */
const PROPOSALS_MAX = 4;
/** The yamux of every node pings every half minute. */
const PINGS: Rate = { burst: 16, perSecond: 1 };
/**
 * Units of work: a frame is one, and so is a message of noise, which may be empty. A stream opened is so many; and so are
 * bytes in blocks of this size.
 */
const OPENED_UNITS = 32;
const BYTES_PER_UNIT = 4 << 10;
/** The pace of one peer, and of all strangers together. A frame costs 5 to 10 microseconds. */
const CONFIGURED_PACE: Rate = { burst: 65_536, perSecond: 32_768 };
const STRANGER_PACE: Rate = { burst: 8_192, perSecond: 2_048 };
const STRANGERS_PACE: Rate = { burst: 16_384, perSecond: 8_192 };
/** What a stranger may always use of the pace of all: 32 of them use it up. */
const FAIR_PACE: Rate = { burst: 1_024, perSecond: 256 };
/** Bytes that wait for a peer that does not read. Past it the connection is closed. */
const WAITING_BYTES_MAX = { configured: 32 << 20, stranger: 8 << 20 };
/** Ping: libp2p buffers what comes on its streams. Nobody has to send more on one than a ping, 32 bytes. */
const OF_LIBP2P = '/ipfs/';
const OF_LIBP2P_BYTES_MAX = 1_024;

export type GuardedMuxerOptions = {
  /** The protocols that this node serves. */
  readonly protocols: () => readonly string[];
  /** The most bytes of data in a frame: the window of a stream. */
  readonly frameBytesMax: number;
  readonly isConfigured: (connection: MessageStream) => boolean;
  /** Sets who reckons the units of work that the encryption of a connection causes. */
  readonly chargeTo: (connection: MessageStream, charge: (units: number) => void) => void;
  /** The peer has done what no honest one does. Its connection has been closed. */
  readonly onOffence: (connection: MessageStream, reason: string) => void;
  readonly now: () => number;
};

/** Takes the bytes of a stream from its first one on: whether it wants more, has seen enough, or why it refuses them. */
type Follow = (bytes: Uint8Array) => 'more' | 'enough' | { readonly reason: string };

/** Takes so many bytes. */
const atMost = (most: number): Follow => {
  let taken = 0;
  return (bytes) => {
    taken += bytes.length;
    return taken > most ? { reason: 'too many bytes for this protocol' } : 'more';
  };
};

const behindLine = (line: string): Follow | undefined =>
  line.startsWith(OF_LIBP2P) ? atMost(OF_LIBP2P_BYTES_MAX) : undefined;

/** Takes a negotiation, and then what `next` follows for the line that ended it. */
const negotiated = (negotiation: Negotiation, next: (line: string) => Follow | undefined): Follow => {
  let behind: Follow | undefined;
  return (bytes) => {
    if (behind !== undefined) return behind(bytes);
    const step = negotiation.feed(bytes);
    if (step.type === 'refused') return step;
    if (step.type === 'more') return 'more';
    behind = next(step.line);
    return behind === undefined ? 'enough' : behind(bytes.subarray(step.rest));
  };
};

/** Follows the proposals of a stream that the other side has opened. */
const proposals = (serves: (protocol: string) => boolean): Follow =>
  negotiated(new Negotiation({ ends: serves, lines: PROPOSALS_MAX }), behindLine);

/** Follows the answer to the one protocol that this node proposes on a stream. */
const answer = (): Follow => negotiated(new Negotiation({ ends: () => true, lines: 1 }), behindLine);

const watchStream = (stream: Stream, follow: Follow, onRefused: (reason: string) => void): void => {
  const onMessage = (event: StreamMessageEvent): void => {
    const step = follow(event.data.subarray());
    if (step === 'more') return;
    stream.removeEventListener('message', onMessage);
    if (step === 'enough') return;
    event.stopImmediatePropagation();
    stream.abort(new Error(step.reason));
    onRefused(step.reason);
  };
  stream.addEventListener('message', onMessage);
};

/** Watches the frames of a connection, and pauses it while it is above its pace. */
const watchFrames = (
  connection: MessageStream,
  options: GuardedMuxerOptions,
  shared: TokenBucket,
  onRefused: (reason: string) => void,
): void => {
  const { now } = options;
  const configured = options.isConfigured(connection);
  const frames = new YamuxFrames(options.frameBytesMax);
  const pings = new TokenBucket(PINGS, now());
  const pace = new TokenBucket(configured ? CONFIGURED_PACE : STRANGER_PACE, now());
  const throttle = new Throttle(
    connection,
    configured
      ? { own: pace }
      : { own: pace, shared: { all: shared, fair: new TokenBucket(FAIR_PACE, now()) } },
    now,
  );
  const pieces = new Pieces();
  connection.maxWriteBufferLength = configured ? WAITING_BYTES_MAX.configured : WAITING_BYTES_MAX.stranger;
  options.chargeTo(connection, (units) => throttle.spend(units));
  connection.addEventListener('message', (event: StreamMessageEvent) => {
    const bytes = event.data.subarray();
    const counted = frames.feed(bytes);
    if (counted === undefined || !pings.take(counted.pings, now())) {
      event.stopImmediatePropagation();
      onRefused(counted === undefined ? 'not a frame of yamux' : 'too many pings');
      return;
    }
    throttle.spend(counted.frames + OPENED_UNITS * counted.opened + bytes.length / BYTES_PER_UNIT);
    const merged = pieces.merge(bytes, counted);
    if (merged === undefined) event.stopImmediatePropagation();
    else event.data = merged;
  });
};

/** Returns the muxer with its bounds. */
export const guardedMuxer = (
  factory: StreamMuxerFactory,
  options: GuardedMuxerOptions,
): StreamMuxerFactory => {
  const shared = new TokenBucket(STRANGERS_PACE, options.now());
  return {
    protocol: factory.protocol,
    createStreamMuxer: (connection) => {
      const onRefused = (reason: string): void => {
        connection.abort(new Error(reason));
        options.onOffence(connection, reason);
      };
      // Before the muxer listens, so that it never sees what is refused.
      watchFrames(connection, options, shared, onRefused);
      return watchStreams(factory.createStreamMuxer(connection), options, onRefused);
    },
  };
};

const watchStreams = (
  muxer: StreamMuxer,
  { protocols }: GuardedMuxerOptions,
  onRefused: (reason: string) => void,
): StreamMuxer => {
  const createStream = muxer.createStream.bind(muxer);
  muxer.createStream = async (options) => {
    const stream = await createStream(options);
    watchStream(stream, answer(), onRefused);
    return stream;
  };
  // The muxer keeps early streams until somebody listens, so listening here would lose them.
  const dispatch = muxer.dispatchEvent.bind(muxer);
  muxer.dispatchEvent = (event) => {
    const stream: unknown =
      event instanceof CustomEvent && event.type === 'stream' ? event.detail : undefined;
    if (isStream(stream))
      watchStream(
        stream,
        proposals((name) => protocols().includes(name)),
        onRefused,
      );
    return dispatch(event);
  };
  return muxer;
};

const isStream = (value: unknown): value is Stream =>
  typeof value === 'object' && value !== null && 'addEventListener' in value && 'abort' in value;
