/**
 * Sends requests and serves them, with one stream for each request. A server bounds the requests of a peer (rate), the
 * answers at a time (concurrency), how long it waits for a request or a slow reader, and the size of an answer. A client
 * bounds how long it waits and how much it reads. A peer that breaks the protocol is penalised; a slow one only slightly.
 */
import type { Connection, Stream } from '@libp2p/interface';
import { LRUCache } from 'lru-cache';
import type { Root } from '../src/lib/brands.ts';
import { ok, toFault } from '../src/lib/errors.ts';
import type { Logger } from '../src/lib/log.ts';
import { type Rate, TokenBucket } from '../src/lib/token-bucket.ts';
import { fail, type Result } from './errors.ts';
import {
  ANSWER,
  type AnswerStatus,
  answerFrame,
  readChunk,
  readRequest,
  requestFrame,
  StreamReader,
  sendAll,
} from './frames.ts';
import { type Place, Places } from './places.ts';
import { type Protocol, protocolId } from './protocols.ts';
import type { PeerScores } from './scores.ts';
import type { PeerName } from './types.ts';

/** A whole request must arrive in this time: it is one small message. */
const REQUEST_MS = 5_000;
/** A reader must make room for the next chunk in this time, and read the whole answer in the second one. */
const CHUNK_MS = 10_000;
const ANSWER_MS = 60_000;
/** A client waits for a whole answer this many times as long as for one chunk. */
const CHUNK_TIMEOUTS = 6;
/** The share of an allowed rate that this node itself uses. */
const OWN_SHARE = 0.75;
/** Streams that one connection may have open for one protocol. */
const STREAMS_PER_CONNECTION = 16;
/** Rates remembered. Past it the one that was used longest ago is forgotten, which only ever allows more. */
const RATES_REMEMBERED = 4096;

/** The part of libp2p that requests need. */
export type StreamHost = {
  readonly handle: (
    protocol: string,
    handler: (stream: Stream, connection: Connection) => void,
    options: { maxInboundStreams: number; maxOutboundStreams: number },
  ) => Promise<void>;
  /** An open connection to the peer, if there is one. */
  readonly connectionTo: (peer: PeerName) => Connection | undefined;
  readonly isConfigured: (peer: PeerName) => boolean;
};

export type Handler<Q, R> = (request: Q, peer: PeerName) => AsyncIterable<R>;

export type RequestsOptions = {
  readonly host: StreamHost;
  readonly genesisHash: Root;
  readonly scores: PeerScores;
  readonly logger: Logger;
};

const ABANDONED = new Error('abandoned');

export class Requests {
  readonly #options: RequestsOptions;
  readonly #rates = new LRUCache<string, TokenBucket>({ max: RATES_REMEMBERED });
  #served = 0;
  #refused = 0;
  #sent = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  stats(): { readonly served: number; readonly refused: number; readonly sent: number } {
    return { served: this.#served, refused: this.#refused, sent: this.#sent };
  }

  /** Serves requests of this protocol from now on. */
  async serve<Q, R>(protocol: Protocol<Q, R>, handler: Handler<Q, R>): Promise<void> {
    const { host, genesisHash } = this.#options;
    const places = new Places(protocol.concurrency);
    await host.handle(
      protocolId(genesisHash, protocol),
      (stream, connection) => {
        const reader = new StreamReader(stream);
        const peer = connection.remotePeer.toString();
        this.#serve(protocol, handler, places, stream, reader, peer).catch((error: unknown) => {
          // A stream may throw at any call once its connection has closed under it.
          this.#options.logger.debug({ peer, reason: toFault(error).message }, 'a stream was reset');
          stream.abort(ABANDONED);
        });
      },
      { maxInboundStreams: STREAMS_PER_CONNECTION, maxOutboundStreams: STREAMS_PER_CONNECTION },
    );
  }

  /**
   * Sends a request to a peer, and returns the whole answer. `timeoutMs` is for each chunk.
   * Faults: `P2P_NOT_CONNECTED`, `P2P_UNSUPPORTED`, `P2P_BUSY`, `P2P_TIMEOUT`, `P2P_RESET`, `P2P_FAILED`, `P2P_REFUSED`,
   * `P2P_MALFORMED`, `P2P_TOO_LONG`; the peer has been penalised for the last two.
   *
   * @param signal - abandons the request, which is then `P2P_RESET`; the peer is not penalised for it
   */
  async ask<Q, R>(
    peer: PeerName,
    protocol: Protocol<Q, R>,
    request: Q,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Result<readonly R[]>> {
    const { host, genesisHash } = this.#options;
    const encoded = requestFrame(protocol.request.encode(request));
    const connection = host.connectionTo(peer);
    if (connection === undefined) return fail('P2P_NOT_CONNECTED', `not connected to ${peer}`);
    // Well within the rate that the peer allows, because it counts with another clock.
    const { burst, perSecond } = protocol.rate;
    const rate = { burst: burst * OWN_SHARE, perSecond: perSecond * OWN_SHARE };
    if (!this.#withinRate(`to ${peer} ${protocol.name}`, rate))
      return fail('P2P_BUSY', `too many requests to ${peer} for ${protocol.name}`);
    this.#sent += 1;
    const timeout = AbortSignal.timeout(timeoutMs);
    let stream: Stream;
    try {
      stream = await connection.newStream(protocolId(genesisHash, protocol), {
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        maxOutboundStreams: STREAMS_PER_CONNECTION,
      });
    } catch (error) {
      if (signal?.aborted === true) return abandoned();
      return this.#unopened(peer, protocol.name, error);
    }
    const reader = new StreamReader(stream);
    const abandon = (): void => stream.abort(ABANDONED);
    signal?.addEventListener('abort', abandon);
    if (signal?.aborted === true) abandon();
    const answer: Result<readonly R[]> = await this.#exchange(
      stream,
      reader,
      protocol,
      encoded,
      timeoutMs,
    ).catch(
      // A stream may throw at any call once its connection has closed under it.
      (error: unknown) => fail('P2P_RESET', toFault(error).message),
    );
    signal?.removeEventListener('abort', abandon);
    if (signal?.aborted === true) return abandoned();
    if (answer.ok) {
      stream.close().catch((error: unknown) => stream.abort(toError(error)));
      return answer;
    }
    stream.abort(ABANDONED);
    const { code } = answer.fault;
    if (code === 'P2P_MALFORMED' || code === 'P2P_TOO_LONG') this.#options.scores.penalise(peer, 'malformed');
    else if (code === 'P2P_TIMEOUT') this.#options.scores.penalise(peer, 'slow');
    return answer;
  }

  #unopened(peer: PeerName, name: string, error: unknown): Result<never> {
    const reason = toError(error);
    if (reason.name === 'UnsupportedProtocolError')
      return fail('P2P_UNSUPPORTED', `${peer} does not serve ${name}`);
    if (reason.name === 'TooManyOutboundProtocolStreamsError')
      return fail('P2P_BUSY', `too many requests under way with ${peer}`);
    if (reason.name === 'TimeoutError' || reason.name === 'AbortError') {
      this.#options.scores.penalise(peer, 'slow');
      return fail('P2P_TIMEOUT', `${peer} did not answer`);
    }
    return fail('P2P_RESET', reason.message);
  }

  async #exchange<R>(
    stream: Stream,
    reader: StreamReader,
    protocol: Pick<Protocol<never, R>, 'chunk' | 'maxBytes' | 'maxChunks'>,
    request: Uint8Array,
    timeoutMs: number,
  ): Promise<Result<readonly R[]>> {
    const sent = await sendAll(stream, request, performance.now() + timeoutMs);
    if (!sent.ok) return sent;
    const chunks: R[] = [];
    let bytes = 0;
    const end = performance.now() + CHUNK_TIMEOUTS * timeoutMs;
    for (;;) {
      const deadline = Math.min(end, performance.now() + timeoutMs);
      const chunk = await readChunk(reader, protocol.chunk.maxBytes, deadline);
      if (!chunk.ok) return chunk;
      if (chunk.value === undefined) return ok(chunks);
      bytes += chunk.value.length;
      // The last chunk may begin within the bound and end past it.
      if (chunks.length >= protocol.maxChunks || bytes > protocol.maxBytes + protocol.chunk.maxBytes)
        return fail('P2P_TOO_LONG', 'the answer is longer than the protocol allows');
      const value = protocol.chunk.decode(chunk.value);
      if (!value.ok) return fail('P2P_MALFORMED', `a chunk does not decode: ${value.fault.message}`);
      chunks.push(value.value);
    }
  }

  async #serve<Q, R>(
    protocol: Protocol<Q, R>,
    handler: Handler<Q, R>,
    places: Places,
    stream: Stream,
    reader: StreamReader,
    peer: PeerName,
  ): Promise<void> {
    const { scores, logger } = this.#options;
    if (scores.isBanned(peer)) {
      stream.abort(ABANDONED);
      return;
    }
    if (!this.#withinRate(`from ${peer} ${protocol.name}`, protocol.rate)) {
      scores.penalise(peer, 'too-many-requests');
      await this.#refuse(stream, ANSWER.BUSY);
      return;
    }
    const bytes = await readRequest(reader, protocol.request.maxBytes, performance.now() + REQUEST_MS);
    if (!bytes.ok) {
      if (bytes.fault.code === 'P2P_TOO_LONG') scores.penalise(peer, 'malformed');
      if (bytes.fault.code === 'P2P_TIMEOUT') scores.penalise(peer, 'slow');
      stream.abort(ABANDONED);
      return;
    }
    const request = protocol.request.decode(bytes.value);
    if (!request.ok) {
      scores.penalise(peer, 'malformed');
      await this.#refuse(stream, ANSWER.BAD_REQUEST);
      return;
    }
    const configured = this.#options.host.isConfigured(peer);
    const place = places.enter(peer, configured, performance.now(), () => stream.abort(ABANDONED));
    if (place === undefined) {
      await this.#refuse(stream, ANSWER.BUSY);
      return;
    }
    try {
      await this.#answer(protocol, handler(request.value, peer), stream, place);
    } catch (error) {
      logger.warn(
        { peer, protocol: protocol.name, reason: toFault(error).message },
        'could not answer a peer',
      );
      await this.#refuse(stream, ANSWER.FAILED);
    } finally {
      places.leave(place);
    }
  }

  async #answer<R>(
    protocol: Pick<Protocol<never, R>, 'chunk' | 'maxBytes' | 'maxChunks'>,
    chunks: AsyncIterable<R>,
    stream: Stream,
    place: Place,
  ): Promise<void> {
    const end = performance.now() + ANSWER_MS;
    let count = 0;
    let total = 0;
    for await (const chunk of chunks) {
      if (count >= protocol.maxChunks || total >= protocol.maxBytes) break;
      const encoded = protocol.chunk.encode(chunk);
      count += 1;
      total += encoded.length;
      const deadline = Math.min(end, performance.now() + CHUNK_MS);
      const sent = await sendAll(stream, answerFrame(ANSWER.CHUNK, encoded), deadline);
      if (sent.ok) {
        place.bytes += encoded.length;
        continue;
      }
      if (sent.fault.code === 'P2P_TIMEOUT') this.#options.scores.penalise(place.peer, 'slow');
      stream.abort(ABANDONED);
      return;
    }
    const sent = await sendAll(stream, answerFrame(ANSWER.END, new Uint8Array(0)), end);
    if (!sent.ok) {
      stream.abort(ABANDONED);
      return;
    }
    this.#served += 1;
    await this.#end(stream);
  }

  async #refuse(stream: Stream, status: AnswerStatus): Promise<void> {
    this.#refused += 1;
    const sent = await sendAll(stream, answerFrame(status, new Uint8Array(0)), performance.now() + CHUNK_MS);
    if (sent.ok) await this.#end(stream);
    else stream.abort(ABANDONED);
  }

  async #end(stream: Stream): Promise<void> {
    try {
      await stream.close({ signal: AbortSignal.timeout(CHUNK_MS) });
    } catch (error) {
      stream.abort(toError(error));
    }
  }

  #withinRate(key: string, rate: Rate): boolean {
    const now = performance.now();
    let bucket = this.#rates.get(key);
    if (bucket === undefined) {
      bucket = new TokenBucket(rate, now);
      this.#rates.set(key, bucket);
    }
    return bucket.take(1, now);
  }
}

const abandoned = (): Result<never> => fail('P2P_RESET', 'the request was abandoned');

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
