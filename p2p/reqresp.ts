/**
 * Sends requests and serves them, with one stream for each request. A server bounds the requests of a peer (rate), the
 * answers at a time (concurrency), how long it waits for a request or a slow reader, and the size of an answer. A client
 * bounds how long it waits and how much it reads. A peer that breaks the protocol is penalised; a slow one only slightly.
 *
 * When others wait for the place of a reader, its answer may end early, with the status `BUSY` after some chunks: what it
 * has got is good, and it asks again for the rest.
 */
import type { Connection, Stream } from '@libp2p/interface';
import type { Root } from '../src/lib/brands.ts';
import { ok, toFault } from '../src/lib/errors.ts';
import type { Logger } from '../src/lib/log.ts';
import { type Rate, TokenBucket, TokenBuckets } from '../src/lib/token-bucket.ts';
import { fail, type Result } from './errors.ts';
import {
  ANSWER,
  type AnswerStatus,
  answerFrame,
  PREFIX_BYTES,
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
/** An answer is sent in pieces of so many bytes, which are what is counted: a chunk is up to 2 MiB. */
const PIECE_BYTES = 64 << 10;
/**
 * What all peers together that are not in the config are sent, of all protocols, in bytes: their names cost nothing, and the
 * places bound how many read at a time, not how fast. It is eight of the largest blocks per second, so that a stranger that
 * syncs comes after the chain. The peers of the config do not share it. Each piece waits its turn, so whoever reads slowly
 * takes nothing from the others.
 */
export const STRANGERS: Rate = { burst: 8 << 20, perSecond: 8 << 20 };
/** A reader must make room for the next piece in this time, and read the whole answer in the second one. */
const PIECE_MS = 10_000;
const ANSWER_MS = 60_000;
/** How often a server looks whether a turn is over, while somebody waits for a place. */
const LINE_MS = 100;
/** A client waits for a whole answer this many times as long as for its next bytes. */
const IDLE_TIMEOUTS = 6;
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

/** The chunks of an answer. `isCut`: the peer has more of it, and had no place for this request any longer. */
export type Answer<R> = { readonly chunks: readonly R[]; readonly isCut: boolean };

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
  readonly #rates = new TokenBuckets(RATES_REMEMBERED);
  readonly #strangers = new TokenBucket(STRANGERS, performance.now());
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
    const places = new Places(protocol.concurrency, protocol.turnMs);
    await host.handle(
      protocolId(genesisHash, protocol),
      (stream, connection) => {
        const reader = new StreamReader(stream, PREFIX_BYTES + protocol.request.maxBytes);
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
   * Sends a request to a peer, and returns its answer. Some bytes of it must arrive in each `timeoutMs`.
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
  ): Promise<Result<Answer<R>>> {
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
    const answer: Result<Answer<R>> = await this.#exchange(
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
  ): Promise<Result<Answer<R>>> {
    const sent = await sendAll(stream, request, performance.now() + timeoutMs);
    if (!sent.ok) return sent;
    const chunks: R[] = [];
    let bytes = 0;
    const end = performance.now() + IDLE_TIMEOUTS * timeoutMs;
    for (;;) {
      const chunk = await readChunk(reader, protocol.chunk.maxBytes, end, timeoutMs);
      if (!chunk.ok) {
        const isCut = chunk.fault.code === 'P2P_BUSY' && chunks.length > 0;
        return isCut ? ok({ chunks, isCut }) : chunk;
      }
      if (chunk.value === undefined) return ok({ chunks, isCut: false });
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
    const place = await this.#enter(places, peer, () => stream.abort(ABANDONED));
    if (place === undefined) {
      await this.#refuse(stream, ANSWER.BUSY);
      return;
    }
    let status: AnswerStatus | undefined = ANSWER.FAILED;
    try {
      status = await this.#answer(protocol, handler(request.value, peer), stream, place);
    } catch (error) {
      logger.warn(
        { peer, protocol: protocol.name, reason: toFault(error).message },
        'could not answer a peer',
      );
    } finally {
      places.leave(place, performance.now());
    }
    // The place is for somebody else by now: a peer that does not read this holds nothing but its stream.
    if (status === undefined) stream.abort(ABANDONED);
    else await this.#finish(stream, status);
  }

  /** Waits for a place. Returns undefined if there was none in time. */
  #enter(places: Places, peer: PeerName, evict: () => void): Promise<Place | undefined> {
    const configured = this.#options.host.isConfigured(peer);
    return new Promise((resolve) => {
      const timer = setInterval(() => places.tick(performance.now()), LINE_MS);
      const answer = (place: Place | undefined): void => {
        clearInterval(timer);
        resolve(place);
      };
      places.ask({ peer, configured, evict, answer }, performance.now());
    });
  }

  /** Sends the chunks. Returns the status to end the answer with; undefined if the peer did not read it. */
  async #answer<R>(
    protocol: Pick<Protocol<never, R>, 'chunk' | 'maxBytes' | 'maxChunks'>,
    chunks: AsyncIterable<R>,
    stream: Stream,
    place: Place,
  ): Promise<AnswerStatus | undefined> {
    const end = performance.now() + ANSWER_MS;
    let count = 0;
    let total = 0;
    for await (const chunk of chunks) {
      if (count >= protocol.maxChunks || total >= protocol.maxBytes) break;
      if (place.isOver && count > 0) return ANSWER.BUSY;
      const encoded = protocol.chunk.encode(chunk);
      count += 1;
      total += encoded.length;
      const sent = await this.#sendPieces(stream, answerFrame(ANSWER.CHUNK, encoded), end, place);
      if (sent.ok) continue;
      if (sent.fault.code === 'P2P_TIMEOUT') this.#options.scores.penalise(place.peer, 'slow');
      return undefined;
    }
    this.#served += 1;
    return ANSWER.END;
  }

  /** Sends a frame in pieces, each in its turn, and counts each one that the stream has taken. */
  async #sendPieces(
    stream: Stream,
    frame: Uint8Array,
    end: number,
    place: Place,
  ): Promise<Result<undefined>> {
    for (let from = 0; from < frame.length; from += PIECE_BYTES) {
      const piece = frame.subarray(from, from + PIECE_BYTES);
      if (!place.configured) await this.#strangersTurn(piece.length);
      const sent = await sendAll(stream, piece, Math.min(end, performance.now() + PIECE_MS));
      if (!sent.ok) return sent;
      place.bytes += piece.length;
    }
    return ok(undefined);
  }

  /** Waits until what strangers were given before has been made up for. Who asks first goes on first. */
  async #strangersTurn(bytes: number): Promise<void> {
    const pauseMs = this.#strangers.spend(bytes, performance.now());
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.ceil(pauseMs)));
  }

  async #refuse(stream: Stream, status: AnswerStatus): Promise<void> {
    this.#refused += 1;
    await this.#finish(stream, status);
  }

  async #finish(stream: Stream, status: AnswerStatus): Promise<void> {
    const sent = await sendAll(stream, answerFrame(status, new Uint8Array(0)), performance.now() + PIECE_MS);
    if (!sent.ok) {
      stream.abort(ABANDONED);
      return;
    }
    try {
      await stream.close({ signal: AbortSignal.timeout(PIECE_MS) });
    } catch (error) {
      stream.abort(toError(error));
    }
  }

  #withinRate(key: string, rate: Rate): boolean {
    const now = performance.now();
    return this.#rates.of(key, rate, now).take(1, now);
  }
}

const abandoned = (): Result<never> => fail('P2P_RESET', 'the request was abandoned');

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
