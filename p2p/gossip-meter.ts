/**
 * Measures inbound gossip streams, and hands the library few messages at a time. It would handle all that has come in one
 * turn of the event loop: a frame of the muxer has room for tens of thousands. It skips a frame that does not decode, and
 * reports an over-long one only as the end of a stream. Here both are found before it sees them, and so is a peer that
 * sends more than any honest one does.
 */
import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub';
import { type Stream, StreamMessageEvent } from '@libp2p/interface';
import { Intake, type Source } from '../src/lib/intake.ts';
import { type Rate, TokenBucket } from '../src/lib/token-bucket.ts';
import { Tap } from './frames.ts';
import { GossipFrames } from './gossip-frames.ts';
import { withoutNewStreams } from './gossip-streams.ts';
import type { PeerScores } from './scores.ts';
import type { PeerName } from './types.ts';

const BYTES: Rate = { burst: 64 << 20, perSecond: 32 << 20 };
const MESSAGES: Rate = { burst: 20_000, perSecond: 5_000 };
/** A flood is penalised once per this time, so that one burst of a busy peer is one offence. */
const FLOOD_MS = 1_000;

/**
 * The messages that are read of all strangers together: as many as eight in the mesh send in a network of 128 validators and a
 * block per second. What is more waits, and is no offence, because a node that has stood still has much to read. Each costs the
 * gossip library a hash and a kilobyte that outlives young garbage, copies of known ones too. Without this pace strangers made
 * a node read 28,000 per second.
 */
const OF_STRANGERS: Rate = { burst: 4_096, perSecond: 2_048 };

/** Fields that are handed to the library at a time. A message costs it some 100 microseconds. */
export const SLICE_FIELDS = 16;
/** The bytes that are read at a time for these fields. */
const SLICE_BYTES = 256 << 10;

type Registrar = GossipSubComponents['registrar'];

/** How often a peer has sent more than an honest one does, so that one burst of a busy peer is one offence. */
class Floods {
  readonly #bytes: TokenBucket;
  readonly #messages: TokenBucket;
  #last = Number.NEGATIVE_INFINITY;

  constructor(now: number) {
    this.#bytes = new TokenBucket(BYTES, now);
    this.#messages = new TokenBucket(MESSAGES, now);
  }

  /** Whether this is an offence. */
  count(bytes: number, messages: number, now: number): boolean {
    const within = this.#bytes.take(bytes, now) && this.#messages.take(messages, now);
    if (within || now - this.#last < FLOOD_MS) return false;
    this.#last = now;
    return true;
  }
}

/** A gossip stream as the library sees it: what has come is handed to it in slices, and meanwhile the stream is not read. */
class GossipSource implements Source {
  readonly of: string;
  readonly #stream: Stream;
  readonly #tap: Tap;
  readonly #options: MeterOptions;
  readonly #peer: PeerName;
  readonly #intake: Intake;
  /** The messages of all strangers; undefined if the peer is none. */
  readonly #pace: TokenBucket | undefined;
  readonly #frames = new GossipFrames();
  readonly #floods = new Floods(performance.now());
  #pending: readonly Uint8Array[] = [];
  #isPassing = false;
  /** When it may be read again, and what waits for that. */
  #due = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Stream, peer: PeerName, options: MeterOptions, intake: Intake, strangers: TokenBucket) {
    this.#stream = stream;
    this.#tap = new Tap(stream, () => this.#pending.length === 0);
    this.#peer = peer;
    this.#options = options;
    this.#intake = intake;
    // Peers of the config have a turn each, and all strangers one.
    this.of = options.isConfigured(peer) ? peer : '';
    this.#pace = options.isConfigured(peer) ? undefined : strangers;
  }

  /** Stands before whoever listens to the stream from now on. */
  start(): void {
    this.#stream.addEventListener('message', (event: StreamMessageEvent) => this.#take(event));
    this.#stream.addEventListener('close', () => {
      this.#pending = [];
      clearTimeout(this.#timer);
      this.#intake.drop(this);
    });
  }

  parse(): void {
    const [first] = this.#pending;
    if (first === undefined) return;
    const cut = this.#frames.read(first.subarray(0, SLICE_BYTES), 0, SLICE_FIELDS);
    if (cut === undefined) {
      this.#options.scores.penalise(this.#peer, 'gossip-malformed');
      this.#stream.abort(new Error('not a gossip stream'));
      return;
    }
    const rest = first.subarray(cut.next);
    this.#pending = rest.length === 0 ? this.#pending.slice(1) : [rest, ...this.#pending.slice(1)];
    const now = performance.now();
    if (this.#pace !== undefined) this.#due = now + this.#pace.spend(cut.fields, now);
    if (this.#floods.count(cut.next, cut.fields, now))
      this.#options.scores.penalise(this.#peer, 'gossip-flood');
    if (cut.frames.length > 0) this.#pass(cut.frames);
    if (this.#pending.length > 0) this.#ask();
    else this.#regulate();
  }

  /** Asks for the next slice as soon as the pace allows it. */
  #ask(): void {
    const waitMs = this.#due - performance.now();
    if (waitMs <= 0) this.#intake.ask(this);
    else {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#intake.ask(this), waitMs);
    }
  }

  #take(event: StreamMessageEvent): void {
    if (this.#isPassing) return;
    event.stopImmediatePropagation();
    this.#pending = [...this.#pending, event.data.subarray()];
    this.#regulate();
    this.#ask();
  }

  #pass(frames: Uint8Array): void {
    this.#isPassing = true;
    this.#stream.dispatchEvent(new StreamMessageEvent(frames));
    this.#isPassing = false;
  }

  #regulate(): void {
    if (!this.#tap.regulate()) this.#pending = [];
  }
}

export type MeterOptions = {
  readonly scores: PeerScores;
  readonly isConfigured: (peer: PeerName) => boolean;
};

/**
 * Wraps the registrar that the gossip library uses, so that each inbound stream is measured from its first byte. (libp2p's
 * stream middleware cannot be used for this: it appends the handler to a list with every stream.)
 */
export const meteredRegistrar = (registrar: Registrar, options: MeterOptions): Registrar => {
  const intake = new Intake();
  const strangers = new TokenBucket(OF_STRANGERS, performance.now());
  return {
    getProtocols: () => registrar.getProtocols(),
    getHandler: (protocol) => registrar.getHandler(protocol),
    unhandle: (protocol, unhandleOptions) => registrar.unhandle(protocol, unhandleOptions),
    register: (protocol, topology, registerOptions) =>
      registrar.register(protocol, topology, registerOptions),
    unregister: (id) => registrar.unregister(id),
    getTopologies: (protocol) => registrar.getTopologies(protocol),
    use: (protocol, middleware) => registrar.use(protocol, middleware),
    unuse: (protocol) => registrar.unuse(protocol),
    getMiddleware: (protocol) => registrar.getMiddleware(protocol),
    handle: (protocol, handler, handleOptions) =>
      registrar.handle(
        protocol,
        (stream, connection) => {
          const source = new GossipSource(
            stream,
            connection.remotePeer.toString(),
            options,
            intake,
            strangers,
          );
          source.start();
          return handler(stream, withoutNewStreams(connection));
        },
        handleOptions,
      ),
  };
};
