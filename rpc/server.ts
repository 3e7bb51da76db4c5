/**
 * Serves JSON-RPC over `POST /`, and `GET /health`. Whatever the server refuses, it answers with a JSON-RPC error. A page
 * may call only if its origin is listed (hosts.ts). Connections and memory are bounded (connections.ts), and so is the
 * time in which a request must come and an answer must be read.
 */
import { Readable } from 'node:stream';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { CodedError, toFault } from '../src/lib/errors.ts';
import { systemCode } from '../src/lib/files.ts';
import type { Logger } from '../src/lib/log.ts';
import { callerAddress } from '../src/lib/remote-address.ts';
import { turnsOf } from '../src/lib/turns.ts';
import type { NodeBackend } from './backend.ts';
import { Body, BodyError, readBody } from './body.ts';
import { type Fault, fault } from './codes.ts';
import type { RequestWork } from './connection.ts';
import { Connections } from './connections.ts';
import { createDispatch } from './dispatch.ts';
import { Gate } from './gate.ts';
import { createGatedServer, socketOf } from './gated-server.ts';
import { healthAnswer } from './health.ts';
import { createHostCheck } from './hosts.ts';
import { Newcomers } from './newcomers.ts';
import { createThreadTime } from './pace.ts';
import type { Refusal } from './refusals.ts';
import * as refusals from './refusals.ts';
import { METHODS } from './registry.ts';
import { encodeError } from './request.ts';

/** The most requests of one client address in each window of time. */
export type RateLimit = { readonly requests: number; readonly windowMs: number };

export type RpcServerOptions = {
  readonly node: NodeBackend;
  /** A logger that has its name: `{ module: 'rpc' }`. */
  readonly logger: Logger;
  readonly host: string;
  /** The port, or 0 for any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly maxBatch: number;
  /** A batch counts as one request. Undefined: no limit. */
  readonly rateLimit: RateLimit | undefined;
  /** The origins whose pages may call, each as a browser sends it (`https://example.org`). None if left out. */
  readonly corsOrigins?: readonly string[];
  /** Names by which the node may be called beside its IP addresses and `localhost`. None if left out. */
  readonly hosts?: readonly string[];
  /** The most connections; {@link CONNECTIONS_MAX} if left out. */
  readonly maxConnections?: number;
  /** The memory for all bodies, parsed values and answers together; {@link MEMORY_BYTES} if left out. */
  readonly memoryBytes?: number;
  /** The time in which a client must send a whole request, in milliseconds; {@link REQUEST_TIMEOUT_MS} if left out. */
  readonly requestTimeoutMs?: number;
};

export type RpcServer = {
  /** The URL to which calls are posted, `http://host:port`. */
  readonly url: string;
  readonly port: number;
  readonly close: () => Promise<void>;
};

/** The most connections, unless the system allows the process fewer open files. */
export const CONNECTIONS_MAX = 512;
/** The memory for all bodies, parsed values and answers together: an address may have the longest body and the longest answer. */
export const MEMORY_BYTES = 64 << 20;
/**
 * The connections that the system keeps until the node accepts them. Past it the system drops a newcomer, who tries again
 * after a second. The system may have a lower limit (`net.core.somaxconn` of Linux).
 */
const BACKLOG = 4_096;
/** The number of client addresses whose requests are counted. Past it, the address that was heard least recently is forgotten. */
const CLIENTS_COUNTED = 10_000;
/** The time in which a client must send a whole request, and its headers. */
export const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** How often both are looked at: they are exceeded by so much at most. */
const TIMEOUTS_CHECK_MS = 1_000;
/** The time after which a connection without requests is closed. Reverse proxies keep theirs for up to a minute. */
const IDLE_TIMEOUT_MS = 65_000;

/** The time in which a browser does not ask again whether a page may call. */
const PREFLIGHT_SECONDS = 600;
/** An answer up to this size is sent in one piece, with its length. */
const SMALL_ANSWER_BYTES = 64 << 10;

const PATHS: readonly string[] = ['/', '/health'];
const UNKNOWN_PATH = '/unknown';

/** Starts the server. @throws CodedError `RPC_PORT_IN_USE`, `RPC_LISTEN_FAILED` */
export const startRpcServer = async (options: RpcServerOptions): Promise<RpcServer> => {
  const { host, port } = options;
  const app = buildApp(options);
  try {
    const url = await app.listen({ host, port, backlog: BACKLOG });
    const address = app.server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    return { url, port: bound, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw new CodedError(listenFault(error, host, port), { cause: error });
  }
};

const listenFault = (error: unknown, host: string, port: number): Fault => {
  const data = { host, port };
  if (systemCode(error) === 'EADDRINUSE')
    return fault('RPC_PORT_IN_USE', `port ${port} of ${host} is in use; choose another --rpc-port`, data);
  return fault('RPC_LISTEN_FAILED', `cannot listen on ${host}:${port}: ${toFault(error).message}`, data);
};

/** Returns the application without a socket, into which tests inject requests. */
export const buildApp = (options: RpcServerOptions): FastifyInstance => {
  const { node, logger, maxBodyBytes, corsOrigins = [] } = options;
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const connections = new Connections({
    connections: options.maxConnections ?? CONNECTIONS_MAX,
    bytes: options.memoryBytes ?? MEMORY_BYTES,
  });
  const spend = createThreadTime();
  const newcomers = new Newcomers();
  const app = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    // It shows in the settings of the application; the server is given it below.
    requestTimeout: requestTimeoutMs,
    serverFactory: (handle) =>
      createGatedServer({
        connections,
        spend,
        newcomers,
        handle,
        timeouts: {
          requestTimeout: requestTimeoutMs,
          keepAliveTimeout: IDLE_TIMEOUT_MS,
          headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
          connectionsCheckingInterval: Math.min(TIMEOUTS_CHECK_MS, requestTimeoutMs),
        },
      }),
    forceCloseConnections: true,
    return503OnClosing: false,
    // Every other path is unknown, also one that no URL can have: then the hooks see it too.
    rewriteUrl: ({ url = '' }) => (PATHS.includes(pathOf(url)) ? url : UNKNOWN_PATH),
  });
  const watch = setInterval(() => connections.closeSlow(), TIMEOUTS_CHECK_MS).unref();
  app.addHook('onClose', async () => clearInterval(watch));

  const dispatch = createDispatch({
    methods: METHODS,
    node,
    maxBatch: options.maxBatch,
    spend,
    turns: newcomers.turns(turnsOf(() => performance.now())),
    onInternalError: (method, error) => logger.error({ method, err: error }, 'a method failed'),
  });

  const works = new WeakMap<FastifyRequest, RequestWork>();
  app.addHook('onRequest', async (request, reply) => {
    const work = connections.of(socketOf(request.raw)).begin();
    if (work === undefined) return refuse(reply.header('connection', 'close'), refusals.SERVER_BUSY);
    works.set(request, work);
    reply.raw.once('close', () => work.end());
    return undefined;
  });
  // Before the limit of the rate, so that a page can read that it has called too often.
  if (corsOrigins.length > 0) allowOrigins(app, corsOrigins);
  if (options.rateLimit !== undefined) limitRate(app, options.rateLimit);
  const refusedHost = createHostCheck({
    hosts: [options.host, ...(options.hosts ?? [])],
    origins: corsOrigins,
  });
  // After the limit of the rate, which counts what is refused here too.
  app.after(() => {
    app.addHook('onRequest', async (request, reply) => {
      const wrong = wrongHosts(request);
      if (wrong !== undefined) return refuse(reply, wrong);
      const error = refusedHost(request.headers);
      if (error !== undefined) return refuse(reply, refusals.forbidden(error));
      // Nothing but a call has a body that is read.
      if (request.is404) return refuse(reply, notFound(request));
      if (isUnexpected(request)) return refuse(reply, refusals.EXPECTATION_UNKNOWN);
      return request.method !== 'POST' && hasBody(request)
        ? refuse(reply, refusals.BODY_UNEXPECTED)
        : undefined;
    });
  });
  // The rest of a body whose request is answered is not read.
  app.addHook('onSend', async (request, reply, payload) => {
    if (!hasBody(request) || request.raw.complete) return payload;
    reply.header('connection', 'close');
    const { socket } = request.raw;
    if (socket instanceof Gate) socket.stop();
    return payload;
  });

  // The dispatcher parses the body, because the errors of fastify's parser have another form.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: Readable) => {
    const holder = works.get(request);
    if (holder === undefined) throw new BodyError('noRoom');
    const announced = Number(request.headers['content-length'] ?? 0);
    return readBody(payload, { limit: maxBodyBytes, announced, holder });
  });

  app.post('/', async (request, reply) => {
    const work = works.get(request);
    if (work === undefined) return refuse(reply, refusals.INTERNAL);
    work.to('working');
    const body = request.body instanceof Body ? request.body : new Body(maxBodyBytes, work);
    return send(reply, dispatch(body, work.connection), () => work.to('sending'));
  });

  app.get('/health', async (_request, reply) => {
    const { status, body } = healthAnswer(node);
    return json(reply, status, JSON.stringify(body));
  });

  app.setNotFoundHandler((request, reply) => refuse(reply, notFound(request)));

  app.setErrorHandler((error: FastifyError | BodyError, _request, reply) => {
    const refusal = refusalOf(error, maxBodyBytes);
    // A client may go away as often as it likes, and fills no log by it.
    if (isGone(error, reply)) logger.debug({ reason: error.message }, 'a client is gone before its answer');
    else if (refusal.status === 500) logger.error({ err: error }, 'a request failed');
    return refuse(reply, refusal);
  });
  return app;
};

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

/** HTTP/1.1 has one `Host`, neither none nor two (RFC 9112, section 3.2). */
const wrongHosts = ({ raw: { httpVersion, rawHeaders } }: FastifyRequest): Refusal | undefined => {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1) return refusals.HOST_TWICE;
  return hosts === 0 && httpVersion !== '1.0' ? refusals.HOST_MISSING : undefined;
};

/** What `Expect` may ask for is that the server says whether to send the body (RFC 9110, section 10.1.1). */
const isUnexpected = ({ headers }: FastifyRequest): boolean =>
  headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue';

const notFound = ({ url }: FastifyRequest): Refusal =>
  url === '/' ? refusals.METHOD_NOT_ALLOWED : refusals.PATH_UNKNOWN;

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;

/** Whether an answer has ended because its client is gone. */
const isGone = (error: Error, reply: FastifyReply): boolean =>
  reply.raw.destroyed && systemCode(error) === 'ERR_STREAM_PREMATURE_CLOSE';

/** Sends an answer as it comes. What the client does not read is not asked for. */
const send = async (
  reply: FastifyReply,
  answer: AsyncGenerator<Uint8Array, undefined, undefined>,
  onSending: () => void,
): Promise<FastifyReply> => {
  const first = await answer.next();
  if (first.done === true) return reply.code(204).send();
  const head = [first.value];
  if (first.value.length <= SMALL_ANSWER_BYTES) {
    const second = await answer.next();
    if (second.done === true) {
      onSending();
      return json(reply, 200, Buffer.from(first.value));
    }
    head.push(second.value);
  }
  onSending();
  return json(reply, 200, Readable.from(resumed(head, answer), { highWaterMark: 1 }));
};

async function* resumed(
  head: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array, undefined, undefined>,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  try {
    yield* head;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
  return undefined;
}

const refusalOf = (error: FastifyError | BodyError, maxBodyBytes: number): Refusal => {
  if (error instanceof BodyError) {
    switch (error.refusal) {
      case 'tooLarge':
        return refusals.bodyTooLarge(maxBodyBytes);
      case 'noRoom':
        return refusals.SERVER_BUSY;
      case 'notWhole':
        return refusals.NOT_WHOLE;
      case 'tooManyParts':
        return refusals.BODY_IN_BITS;
    }
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refusals.bodyTooLarge(maxBodyBytes);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return refusals.CONTENT_TYPE_WRONG;
  const { statusCode = 500, message } = error;
  return statusCode < 500 ? refusals.requestInvalid(statusCode, message) : refusals.INTERNAL;
};

/** Lets pages of these origins call. Preflights are answered after the limit of the rate, which counts them. */
const allowOrigins = (app: FastifyInstance, origins: readonly string[]): void => {
  const allowed = new Set(origins);
  void app.register(cors, {
    origin: (origin, done) => done(null, origin !== undefined && allowed.has(origin) ? origin : false),
    methods: ['GET', 'POST'],
    allowedHeaders: ['content-type'],
    exposedHeaders: ['retry-after'],
    maxAge: PREFLIGHT_SECONDS,
    preflightContinue: true,
    strictPreflight: false,
  });
};

/** Counts requests of every path and method before their body is read. */
const limitRate = (app: FastifyInstance, { requests, windowMs }: RateLimit): void => {
  void app.register(rateLimit, {
    global: false,
    max: requests,
    timeWindow: windowMs,
    cache: CLIENTS_COUNTED,
    keyGenerator: ({ ip }) => callerAddress(ip),
  });
  app.after(() => {
    const count = app.createRateLimit();
    app.addHook('onRequest', async (request, reply) => {
      const counted = await count(request);
      if (counted.isAllowed || !counted.isExceeded) return;
      return refuse(reply.header('retry-after', counted.ttlInSeconds), refusals.RATE_LIMITED);
    });
  });
};

const json = (reply: FastifyReply, status: number, body: string | Buffer | Readable): FastifyReply =>
  reply.code(status).header('content-type', 'application/json; charset=utf-8').send(body);

const refuse = (reply: FastifyReply, { status, error }: Refusal): FastifyReply =>
  json(reply, status, encodeError(null, error));
