/**
 * Measures inbound gossip streams. The gossip library skips a frame that does not decode, and reports an over-long one
 * only as the end of a stream. Here both are found as the bytes arrive, and so is a peer that sends more than any honest
 * one does.
 *
 *     stream    (varint length ‖ RPC)*
 *     RPC       (varint tag ‖ varint length ‖ bytes)*     tag = field << 3 | 2, field 1 subscriptions, 2 messages, 3 control
 */
import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub';
import type { StreamMessageEvent } from '@libp2p/interface';
import { type Rate, TokenBucket } from '../src/lib/token-bucket.ts';
import type { PeerScores } from './scores.ts';

/** The longest frame: an answer to IWANT holds all messages of several heartbeats. */
export const GOSSIP_FRAME_BYTES_MAX = 8 << 20;

const BYTES: Rate = { burst: 64 << 20, perSecond: 32 << 20 };
const MESSAGES: Rate = { burst: 20_000, perSecond: 5_000 };
/** A flood is penalised once per this time, so that one burst of a busy peer is one offence. */
const FLOOD_MS = 1_000;

const SUBSCRIPTIONS = (1 << 3) | 2;
const MESSAGE = (2 << 3) | 2;
const CONTROL = (3 << 3) | 2;

/** Parses the frames and fields of a gossip stream without keeping their bytes. */
export class GossipFrames {
  #reading: 'frame' | 'tag' | 'length' = 'frame';
  #varint = 0;
  #varintBytes = 0;
  /** Bytes left of the frame, and of the field in it. */
  #frame = 0;
  #field = 0;
  #tag = 0;

  /** Returns the number of messages that began in these bytes; undefined if they are not a gossip stream. */
  feed(bytes: Uint8Array): number | undefined {
    let messages = 0;
    for (let at = 0; at < bytes.length; ) {
      if (this.#field > 0) {
        const skipped = Math.min(this.#field, bytes.length - at);
        at += skipped;
        this.#field -= skipped;
        this.#frame -= skipped;
        if (this.#frame === 0) this.#reading = 'frame';
        continue;
      }
      const value = this.#readVarint(bytes[at] ?? 0);
      at += 1;
      if (value === 'malformed') return undefined;
      if (value === 'more') continue;
      if (!this.#step(value)) return undefined;
      if (this.#reading === 'tag' && this.#tag === MESSAGE) messages += 1;
      if (this.#reading === 'tag') this.#tag = 0;
      if (this.#frame === 0) this.#reading = 'frame';
    }
    return messages;
  }

  #step(value: number): boolean {
    switch (this.#reading) {
      case 'frame':
        this.#frame = value;
        this.#reading = 'tag';
        return value <= GOSSIP_FRAME_BYTES_MAX;
      case 'tag':
        this.#tag = value;
        this.#reading = 'length';
        // A tag must be followed by the length of its field.
        return (value === SUBSCRIPTIONS || value === MESSAGE || value === CONTROL) && this.#frame > 0;
      default:
        this.#field = value;
        this.#reading = 'tag';
        return value <= this.#frame;
    }
  }

  /** Reads one byte of an unsigned LEB128 number of at most five bytes. */
  #readVarint(byte: number): number | 'more' | 'malformed' {
    if (this.#reading !== 'frame') {
      if (this.#frame === 0) return 'malformed';
      this.#frame -= 1;
    }
    this.#varint += (byte & 0x7f) * 2 ** (7 * this.#varintBytes);
    this.#varintBytes += 1;
    if (byte >= 0x80) return this.#varintBytes < 5 ? 'more' : 'malformed';
    const value = this.#varint;
    this.#varint = 0;
    this.#varintBytes = 0;
    return value;
  }
}

type Registrar = GossipSubComponents['registrar'];

/**
 * Wraps the registrar that the gossip library uses, so that each inbound stream is measured from its first byte. (libp2p's
 * stream middleware cannot be used for this: it appends the handler to a list with every stream.)
 */
export const meteredRegistrar = (registrar: Registrar, scores: PeerScores): Registrar => ({
  getProtocols: () => registrar.getProtocols(),
  getHandler: (protocol) => registrar.getHandler(protocol),
  unhandle: (protocol, options) => registrar.unhandle(protocol, options),
  register: (protocol, topology, options) => registrar.register(protocol, topology, options),
  unregister: (id) => registrar.unregister(id),
  getTopologies: (protocol) => registrar.getTopologies(protocol),
  use: (protocol, middleware) => registrar.use(protocol, middleware),
  unuse: (protocol) => registrar.unuse(protocol),
  getMiddleware: (protocol) => registrar.getMiddleware(protocol),
  handle: (protocol, handler, options) =>
    registrar.handle(
      protocol,
      (stream, connection) => {
        const peer = connection.remotePeer.toString();
        const frames = new GossipFrames();
        const start = performance.now();
        const byteRate = new TokenBucket(BYTES, start);
        const messageRate = new TokenBucket(MESSAGES, start);
        let lastFlood = Number.NEGATIVE_INFINITY;
        stream.addEventListener('message', (event: StreamMessageEvent) => {
          const bytes = event.data.subarray();
          const messages = frames.feed(bytes);
          if (messages === undefined) {
            scores.penalise(peer, 'gossip-malformed');
            stream.abort(new Error('not a gossip stream'));
            return;
          }
          const now = performance.now();
          const within = byteRate.take(bytes.length, now) && messageRate.take(messages, now);
          if (within || now - lastFlood < FLOOD_MS) return;
          lastFlood = now;
          scores.penalise(peer, 'gossip-flood');
        });
        return handler(stream, connection);
      },
      options,
    ),
});
