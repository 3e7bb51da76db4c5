/**
 * A server of HTTP whose connections come through gates (gate.ts), and the refusals that stand before its requests. A
 * connection has a gate and a parser once its first bytes have come and the pace has let it in (accept-pace.ts): one that
 * sends nothing takes a place, and nothing else.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { systemCode } from '../src/lib/files.ts';
import { Intake } from '../src/lib/intake.ts';
import { type Rate, TokenBucket } from '../src/lib/token-bucket.ts';
import { type SpendTime, turnsOf, workedMs } from '../src/lib/turns.ts';
import { AcceptPace, type Leave } from './accept-pace.ts';
import type { Connections } from './connections.ts';
import { Gate } from './gate.ts';
import type { Newcomers } from './newcomers.ts';
import type { Refusal } from './refusals.ts';
import * as refusals from './refusals.ts';
import { encodeError } from './request.ts';

export type GatedServerOptions = {
  readonly connections: Connections;
  /** Counts the time that the parsing of requests takes of the thread. */
  readonly spend: SpendTime;
  /** Is told of each connection, so that parsing and calls leave room for the next ones. */
  readonly newcomers: Newcomers;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** In milliseconds, as `http.createServer` takes them. */
  readonly timeouts: {
    readonly requestTimeout: number;
    readonly keepAliveTimeout: number;
    readonly headersTimeout: number;
    readonly connectionsCheckingInterval: number;
  };
};

/** The newcomers without a place that get an answer. The others are closed: to answer costs more than to come again. */
export const REFUSALS: Rate = { burst: 32, perSecond: 16 };
const HEADERS_MAX = 64;
const HEADERS_BYTES = 16 << 10;

/** Returns the socket itself of a request, by which its connection is known. */
export const socketOf = ({ socket }: Pick<IncomingMessage, 'socket'>): Socket =>
  socket instanceof Gate ? socket.raw : socket;

export const createGatedServer = ({
  connections,
  spend,
  newcomers,
  handle,
  timeouts,
}: GatedServerOptions): Server => {
  const intake = new Intake(spend, newcomers.turns(turnsOf(workedMs)));
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const gate: unknown = request.socket;
    if (!(gate instanceof Gate)) return;
    gate.begin(request, bodyBytes(request));
    response.once('close', () => gate.answered());
    handle(request, response);
  };
  const server = createServer(
    // A request without `Host` is refused with a JSON-RPC error (hosts.ts), and not with an empty answer.
    { ...timeouts, maxHeaderSize: HEADERS_BYTES, requireHostHeader: false },
    onRequest,
  );
  // The parser ends with `HPE_HEADER_OVERFLOW` past it.
  server.maxHeadersCount = HEADERS_MAX;
  server.on('checkExpectation', onRequest);
  server.on('connect', (_request, socket) => refuseSocket(socket, refusals.METHOD_NOT_ALLOWED, connections));
  server.on('clientError', (error, socket) => refuseSocket(socket, refusalOfClientError(error), connections));
  const [parse] = server.listeners('connection');
  server.removeAllListeners('connection');
  const pace = new AcceptPace();
  const outside = new Set<Socket>();
  const refusable = new TokenBucket(REFUSALS, performance.now());
  server.on('connection', (raw: Socket) => {
    newcomers.came();
    if (!connections.add(raw)) {
      if (!refusable.take(1, performance.now())) raw.destroy();
      else refuseSocket(new Gate(raw, intake), refusals.SERVER_BUSY, connections);
      return;
    }
    let leave: Leave = () => undefined;
    const settle = (): void => {
      outside.delete(raw);
      leave();
      raw.setTimeout(0).off('timeout', onTimeout).off('readable', onReadable);
      raw.off('close', settle).off('error', ignore);
    };
    const onTimeout = (): void => {
      settle();
      refuseSocket(new Gate(raw, intake), refusals.BODY_TIMEOUT, connections);
    };
    const onReadable = (): void => {
      // It was ended before a byte came.
      if (raw.readableLength === 0) raw.destroy();
      else
        leave = pace.enter(connections.of(raw).caller.address, () => {
          settle();
          parse?.call(server, new Gate(raw, intake));
        });
    };
    outside.add(raw);
    raw.setTimeout(timeouts.headersTimeout).once('timeout', onTimeout).once('readable', onReadable);
    raw.once('close', settle).on('error', ignore);
  });
  // Those that the parser does not know yet are not closed by it.
  const closeParsed = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    for (const raw of outside) raw.destroy();
    closeParsed();
  };
  return server;
};

/** An error of a socket is followed by its end. */
const ignore = (): void => undefined;

/** The bytes of a request's body; undefined if it comes in chunks. */
const bodyBytes = ({ headers }: IncomingMessage): number | undefined =>
  headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined;

const headersOf = (body: string): Readonly<Record<string, string | number>> => ({
  'content-type': 'application/json; charset=utf-8',
  'content-length': Buffer.byteLength(body),
  connection: 'close',
});

/** Refuses what is not, or not yet, a request. */
const refusalOfClientError = (error: unknown): Refusal => {
  switch (systemCode(error)) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refusals.BODY_TIMEOUT;
    case 'HPE_HEADER_OVERFLOW':
      return refusals.HEADERS_TOO_LARGE;
    default:
      return refusals.NOT_HTTP;
  }
};

/** Answers on the socket itself, and closes it. An answer that is under way would be garbled: then it only closes. */
const refuseSocket = (socket: Duplex, { status, error }: Refusal, connections: Connections): void => {
  if (!(socket instanceof Gate)) {
    socket.destroy();
    return;
  }
  const { phase } = connections.of(socket.raw);
  if (socket.destroyed || !socket.writable || phase === 'sending' || phase === 'working') {
    socket.destroy();
    return;
  }
  const body = encodeError(null, error);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headersOf(body)).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
};
