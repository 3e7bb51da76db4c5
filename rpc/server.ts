/**
 * Serves JSON-RPC over `POST /`, and `GET /health`. Only pages of the listed origins get CORS headers. A page of another
 * origin cannot read an answer, and it cannot send a call either, because the content type is JSON.
 */
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { CodedError, toFault } from '../src/lib/errors.ts';
import { systemCode } from '../src/lib/files.ts';
import type { Logger } from '../src/lib/log.ts';
import type { NodeBackend } from './backend.ts';
import { type Fault, fault } from './codes.ts';
import { createDispatch, encodeError } from './dispatch.ts';
import { RPC_CODES, type RpcError, rpcError } from './errors.ts';
import { healthAnswer } from './health.ts';
import { METHODS } from './registry.ts';

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
};

export type RpcServer = {
  /** The URL to which calls are posted, `http://host:port`. */
  readonly url: string;
  readonly port: number;
  readonly close: () => Promise<void>;
};

/** The number of client addresses whose requests are counted. Past it, the address that was heard least recently is forgotten. */
const CLIENTS_COUNTED = 10_000;
/** The time in which a client must send a whole request. */
const REQUEST_TIMEOUT_MS = 30_000;

/** The time in which a browser does not ask again whether a page may call. */
const PREFLIGHT_SECONDS = 600;

/** Starts the server. @throws CodedError `RPC_PORT_IN_USE`, `RPC_LISTEN_FAILED` */
export const startRpcServer = async (options: RpcServerOptions): Promise<RpcServer> => {
  const { host, port } = options;
  const app = buildApp(options);
  try {
    const url = await app.listen({ host, port });
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
  const { node, logger } = options;
  const app = fastify({
    logger: false,
    bodyLimit: options.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    return503OnClosing: false,
  });
  const dispatch = createDispatch({
    methods: METHODS,
    node,
    maxBatch: options.maxBatch,
    onInternalError: (method, error) => logger.error({ method, err: error }, 'a method failed'),
  });
  // Before the limit of the rate, so that a page can read that it has called too often.
  if (options.corsOrigins !== undefined && options.corsOrigins.length > 0)
    allowOrigins(app, options.corsOrigins);
  if (options.rateLimit !== undefined) limitRate(app, options.rateLimit);

  // The dispatcher parses the body, because the errors of fastify's parser have another form.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });

  app.post('/', async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    const answer = await dispatch(body);
    if (answer === undefined) return reply.code(204).send();
    return json(reply, 200, answer);
  });

  app.get('/health', async (_request, reply) => {
    const { status, body } = healthAnswer(node);
    return json(reply, status, JSON.stringify(body));
  });

  app.setNotFoundHandler((request, reply) =>
    request.url === '/'
      ? refuse(
          reply,
          405,
          rpcError(RPC_CODES.INVALID_REQUEST, 'METHOD_NOT_ALLOWED', 'calls must be sent with POST'),
        )
      : refuse(
          reply,
          404,
          rpcError(
            RPC_CODES.INVALID_REQUEST,
            'PATH_UNKNOWN',
            'the path is unknown; use POST / or GET /health',
          ),
        ),
  );

  app.setErrorHandler((error: FastifyError, _request, reply) => {
    switch (error.code) {
      case 'FST_ERR_CTP_BODY_TOO_LARGE':
        return refuse(
          reply,
          413,
          rpcError(
            RPC_CODES.INVALID_REQUEST,
            'BODY_TOO_LARGE',
            `a body of more than ${options.maxBodyBytes} bytes`,
            { limit: options.maxBodyBytes },
          ),
        );
      case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
        return refuse(
          reply,
          415,
          rpcError(
            RPC_CODES.INVALID_REQUEST,
            'CONTENT_TYPE_WRONG',
            'the content type must be application/json',
          ),
        );
      default: {
        if (error.statusCode !== undefined && error.statusCode < 500)
          return refuse(
            reply,
            error.statusCode,
            rpcError(RPC_CODES.INVALID_REQUEST, 'REQUEST_INVALID', error.message),
          );
        logger.error({ err: error }, 'a request failed');
        return refuse(reply, 500, rpcError(RPC_CODES.INTERNAL_ERROR, 'INTERNAL', 'internal error'));
      }
    }
  });
  return app;
};

/** Lets pages of these origins call. A preflight of another origin gets the answer of an unknown path, without headers. */
const allowOrigins = (app: FastifyInstance, origins: readonly string[]): void => {
  const allowed = new Set(origins);
  void app.register(cors, {
    origin: (origin, done) => done(null, origin !== undefined && allowed.has(origin) ? origin : false),
    methods: ['GET', 'POST'],
    allowedHeaders: ['content-type'],
    exposedHeaders: ['retry-after'],
    maxAge: PREFLIGHT_SECONDS,
  });
};

/** Counts requests of every path and method before their body is read. */
const limitRate = (app: FastifyInstance, { requests, windowMs }: RateLimit): void => {
  void app.register(rateLimit, {
    global: false,
    max: requests,
    timeWindow: windowMs,
    cache: CLIENTS_COUNTED,
  });
  app.after(() => {
    const count = app.createRateLimit();
    app.addHook('onRequest', async (request, reply) => {
      const counted = await count(request);
      if (counted.isAllowed || !counted.isExceeded) return;
      return refuse(
        reply.header('retry-after', counted.ttlInSeconds),
        429,
        rpcError(
          RPC_CODES.LIMIT,
          'RATE_LIMITED',
          'too many requests from this address; send fewer per second',
        ),
      );
    });
  });
};

const json = (reply: FastifyReply, status: number, body: string): FastifyReply =>
  reply.code(status).header('content-type', 'application/json; charset=utf-8').send(body);

const refuse = (reply: FastifyReply, status: number, error: RpcError): FastifyReply =>
  json(reply, status, encodeError(error));
