/** The server over a small chain, driven by injected requests: real HTTP semantics, no socket. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { InjectOptions } from 'fastify';
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { expect } from 'vitest';
import { formOf } from '../../../rpc/schemas/form.ts';
import { METHOD_SCHEMAS } from '../../../rpc/schemas/registry.ts';
import { buildApp, type RpcServerOptions } from '../../../rpc/server.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { actor, type SmallChain, smallChain, smallGenesis } from './small-chain.ts';

export const alice = actor('alice');
export const bob = actor('bob');

export const logger = createLogger({ level: 'silent', format: 'json' });

export type Answer = {
  readonly status: number;
  readonly type: string | undefined;
  readonly headers: OutgoingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
};

export type TestServer = SmallChain & {
  /** Sends a body as it is. */
  readonly post: (body: string | Uint8Array, headers?: Record<string, string>) => Promise<Answer>;
  /** Gets a path, as a client of this address. */
  readonly get: (path: string, remoteAddress?: string) => Promise<Answer>;
  /** The result of one call. @throws if it is refused */
  readonly call: (method: string, params?: unknown) => Promise<unknown>;
  /** The error of one call. @throws if it is not refused */
  readonly refusal: (method: string, params?: unknown) => Promise<Refusal>;
};

export type Refusal = {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly code: string };
};

export const field = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined),
    value,
  );

export const errorOf = (json: unknown): Refusal => {
  const error = field(json, 'error');
  const code = field(error, 'code');
  const message = field(error, 'message');
  const name = field(error, 'data', 'code');
  if (typeof code !== 'number' || typeof message !== 'string' || typeof name !== 'string')
    throw new Error(`not a JSON-RPC error: ${JSON.stringify(json)}`);
  return { code, message, data: { ...(field(error, 'data') as object), code: name } };
};

/** Every result that a test sees is held to the schema that types and documents it, and to the form that clients read. */
const expectForm = (name: string, result: unknown): void => {
  const schema = Object.entries(METHOD_SCHEMAS).find(([method]) => method === name)?.[1].result;
  if (schema === undefined) throw new Error(`${name} is no method`);
  const errors = Value.Errors(closed(schema) as TSchema, result);
  if (errors.length > 0)
    throw new Error(
      `${name} broke its schema: ${JSON.stringify(errors.slice(0, 3))} in ${JSON.stringify(result)}`,
    );
  const form = formOf(schema);
  expect(form.write(form.read(result, '')), `${name}, read and written again`).toEqual(result);
};

/** The schema with no room for fields that it does not name. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const fields = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return 'properties' in schema ? { ...fields, additionalProperties: false } : fields;
};

export const testServer = (options: Partial<RpcServerOptions> = {}): TestServer => {
  const chain = smallChain(smallGenesis([alice, bob]));
  const app = buildApp({
    node: chain.node,
    logger,
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes: 64 << 10,
    maxBatch: 20,
    rateLimit: undefined,
    ...options,
  });
  const inject = async (request: InjectOptions): Promise<Answer> => {
    const response = await app.inject(request);
    const text = response.body;
    const type = response.headers['content-type'];
    return {
      status: response.statusCode,
      type: typeof type === 'string' ? type : undefined,
      headers: response.headers,
      text,
      json: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
  };
  const post: TestServer['post'] = (body, headers = { 'content-type': 'application/json' }) =>
    inject({ method: 'POST', url: '/', payload: Buffer.from(body), headers });
  const ask = async (method: string, params: unknown): Promise<unknown> =>
    (await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params ?? {} }))).json;
  return {
    ...chain,
    post,
    get: (path, remoteAddress = '127.0.0.1') => inject({ method: 'GET', url: path, remoteAddress }),
    call: async (method, params) => {
      const answer = await ask(method, params);
      const result = field(answer, 'result');
      if (result === undefined) throw new Error(`${method} was refused: ${JSON.stringify(answer)}`);
      expectForm(method, result);
      return result;
    },
    refusal: async (method, params) => errorOf(await ask(method, params)),
  };
};
