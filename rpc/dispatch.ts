/**
 * JSON-RPC 2.0 (https://www.jsonrpc.org/specification), free of any transport: bytes in, the bytes of the answer out, piece
 * by piece. What a caller can make it cost is bounded:
 *
 *     values and names of a body    json.ts, before it is parsed
 *     work in one piece             pace.ts: checking, answering and writing yield to the rest of the node
 *     calls that run                fair slots: few that work, fewer of them long, more that mostly wait for others
 *     bytes of an answer            ANSWER_BYTES_MAX, for a batch as a whole
 *     bytes in memory               `Client.hold`: the transport has one budget for all of its clients
 *
 * The answers of a batch are handed over one by one. A transport that does not take them stops the batch.
 */
import { utf8 } from '../src/lib/bytes.ts';
import { ok, toFault } from '../src/lib/errors.ts';
import type { SpendTime, Turns } from '../src/lib/turns.ts';
import {
  ANSWER_BYTES_MAX,
  answerTooLong,
  type Chunks,
  ChunkWriter,
  type Client,
  errorChunks,
  handedOver,
  lengthOf,
  type Room,
  writeAll,
} from './answer-chunks.ts';
import { textOf } from './answer-text.ts';
import type { NodeBackend } from './backend.ts';
import type { Body } from './body.ts';
import type { AnsweredCall } from './call.ts';
import { fail, fault, type Result } from './codes.ts';
import { errorOfFault, RPC_CODES, type RpcError, rpcError } from './errors.ts';
import { createFairSlots, type FairSlots, type Release } from './fair-slots.ts';
import { countJson, parsedBytes, parseJson } from './json.ts';
import type { Method } from './method.ts';
import { createPaces, type Pace } from './pace.ts';
import { busy } from './refusals.ts';
import { byName, type Id, invalidRequest, methodOf, type Request, readRequest } from './request.ts';
import { ASKED_MAX, createSimilar } from './similar.ts';

/** The short calls that work at the same time. */
const SHORT_MAX = 4;
/**
 * The same for long calls: those of a body past {@link SHORT_BODY_BYTES}, and those that read content. There are few, because
 * one may hold some tens of megabytes and work for half a second. Short calls do not wait behind them.
 */
const LONG_MAX = 3;
/** The longest body of short calls, in bytes. */
export const SHORT_BODY_BYTES = 16 << 10;
/** The bodies past it that are parsed at the same time. Meanwhile each takes several times its length. */
const PARSING_MAX = 1;
/** The calls at the same time that mostly wait: for the verifier, for a block, for content from peers. */
const AWAITING_MAX = 256;
/** The calls of one connection's batch that run at the same time. */
const BATCH_CONCURRENCY = 8;
/** The same for a batch of `tx_send` alone: its answers are small, and each call waits for the verifier or for a block. */
const SEND_CONCURRENCY = 64;
/** The calls that wait for a slot. Connections bound them too. */
const QUEUED_MAX = 8_192;
/** The one method that a node answers before it has checked its database. */
const STATUS_METHOD = 'node_status';

export type DispatchOptions = {
  readonly methods: ReadonlyMap<string, Method>;
  readonly node: NodeBackend;
  /** The most calls in one batch. */
  readonly maxBatch: number;
  /** Counts the time that calls take of the thread. */
  readonly spend: SpendTime;
  /** The turns of the event loop in which calls work; those of this thread if left out. */
  readonly turns?: Turns;
  /** Is called with the error that a handler threw. It is a bug in this node, and the caller is told no details. */
  readonly onInternalError: (method: string, error: unknown) => void;
};

/**
 * Yields the bytes of the answer; nothing if there were only notifications, which get none. It holds the bytes that it
 * yields until it is asked for the next ones. It frees the body as soon as it is parsed.
 */
export type Dispatch = (
  body: Pick<Body, 'bytes' | 'free'>,
  client: Client,
) => AsyncGenerator<Uint8Array, undefined, undefined>;

export const createDispatch = (options: DispatchOptions): Dispatch => {
  const { methods } = options;
  const similar = createSimilar([...methods.keys()]);
  const paceOf = createPaces(options.spend, options.turns);
  const short = slots(SHORT_MAX);
  const long = slots(LONG_MAX);
  const parsing = slots(PARSING_MAX);
  const awaiting = slots(AWAITING_MAX);

  const internalError = (method: string, error: unknown): RpcError => {
    options.onInternalError(method, error);
    const { code } = toFault(error);
    return { code: RPC_CODES.INTERNAL_ERROR, message: 'internal error', data: { code } };
  };

  const outcomeOf = async (
    request: Request,
    method: Method,
    client: Client,
    work: AnsweredCall['work'],
    pace: Pace,
  ): Promise<Outcome> => {
    if (!options.node.isReady && request.method !== STATUS_METHOD)
      return { error: errorOfFault(fault('NODE_STARTING', 'the node checks its database; ask again later')) };
    const named = byName(request.params, Object.keys(method.schema.params.properties));
    if (named === undefined) return { error: invalidParams('too many parameters') };
    const prepared = await stepped(method.prepare(named), pace);
    if (!prepared.ok) return { error: errorOfFault(prepared.fault) };
    const result = await prepared.value(options.node, { caller: client.caller, pace, work });
    return result.ok ? { result: result.value } : { error: errorOfFault(result.fault) };
  };

  /** Runs a call and writes its result. Returns the error in its place, also if the answer is longer than `room`. */
  const answered = async (
    id: Id | undefined,
    request: Request,
    method: Method,
    client: Client,
    room: Room,
    work: AnsweredCall['work'],
    pace: Pace,
  ): Promise<Chunks | RpcError | undefined> => {
    let writer: ChunkWriter | undefined;
    try {
      const outcome = await outcomeOf(request, method, client, work, pace);
      if ('error' in outcome) return outcome.error;
      if (id === undefined) return undefined;
      writer = new ChunkWriter(client, room);
      const refused = await writeAll(writer, id, textOf(method.schema.result, outcome.result), pace);
      if (refused === undefined) return writer.chunks;
      writer.drop();
      return refused;
    } catch (error) {
      writer?.drop();
      return internalError(request.method, error);
    }
  };

  const answer = async (
    value: unknown,
    client: Client,
    room: Room,
    working: FairSlots,
    pace: Pace,
  ): Promise<Chunks | undefined> => {
    const request = readRequest(value);
    if (!request.ok) return errorChunks(request.id, request.error, client);
    const { id } = request;
    const refuse = (error: RpcError) => (id === undefined ? undefined : errorChunks(id, error, client));
    const method = methods.get(request.method);
    if (method === undefined)
      return refuse(
        rpcError(RPC_CODES.METHOD_NOT_FOUND, 'METHOD_NOT_FOUND', 'there is no such method', {
          method: request.method.slice(0, ASKED_MAX),
          similar: similar(request.method),
        }),
      );
    const awaits = method.schema.awaits === true;
    const release = await slotFor(awaits ? awaiting : working, client);
    if (release === undefined) return refuse(busy());
    // A call that has waited for others works in the place of a long one, until its answer is written.
    let worked: Release | undefined;
    const work = async (): Promise<Result<undefined>> => {
      if (!awaits || worked !== undefined) return ok(undefined);
      worked = await slotFor(long, client);
      return worked === undefined ? fail('SERVER_BUSY', busy().message) : ok(undefined);
    };
    try {
      if (room.isFull) return refuse(answerTooLong());
      const chunks = await answered(id, request, method, client, room, work, pace);
      return chunks !== undefined && 'code' in chunks ? refuse(chunks) : chunks;
    } finally {
      worked?.();
      release();
    }
  };

  async function* single(value: unknown, client: Client, working: FairSlots, pace: Pace) {
    const chunks = await answer(value, client, { left: ANSWER_BYTES_MAX, isFull: false }, working, pace);
    if (chunks !== undefined) yield* handedOver(chunks, client);
  }

  async function* batch(calls: readonly unknown[], client: Client, working: FairSlots, pace: Pace) {
    if (calls.length === 0) return yield* told(invalidRequest('an empty batch'), client);
    if (calls.length > options.maxBatch)
      return yield* told(batchTooLong(calls.length, options.maxBatch), client);
    const onlySends = calls.every((each) => methodOf(each) === 'tx_send');
    const concurrency = onlySends ? SEND_CONCURRENCY : BATCH_CONCURRENCY;
    const room: Room = { left: ANSWER_BYTES_MAX, isFull: false };
    const running: Promise<Chunks | undefined>[] = [];
    let started = 0;
    let before = '[';
    try {
      for (let done = 0; done < calls.length && !client.isGone(); done++) {
        for (; started < calls.length && running.length < concurrency; started++)
          running.push(answer(calls[started], client, room, working, pace));
        const chunks = await running.shift();
        if (chunks === undefined) continue;
        yield utf8(before);
        before = ',';
        yield* handedOver(chunks, client);
      }
    } finally {
      // Those that run go on if nobody reads their answers.
      for (const chunks of await Promise.all(running)) client.release(lengthOf(chunks ?? []));
    }
    if (before !== '[') yield utf8(']');
    return undefined;
  }

  const parse = async (
    body: Pick<Body, 'bytes' | 'free'>,
    client: Client,
    parsing: FairSlots,
    pace: Pace,
  ) => {
    const release = await slotFor(parsing, client);
    try {
      if (release === undefined) return { error: busy() };
      await pace();
      const { bytes } = body;
      const counts = await countJson(bytes, pace);
      if ('code' in counts) return { error: errorOfFault(counts) };
      const memory = parsedBytes(counts, bytes.length);
      if (!client.hold(memory)) return { error: busy() };
      const parsed = parseJson(bytes);
      await pace();
      if ('value' in parsed) return { value: parsed.value, memory };
      client.release(memory);
      return { error: errorOfFault(parsed) };
    } finally {
      body.free();
      release?.();
    }
  };

  return async function* (body, client) {
    const isLong = body.bytes.length > SHORT_BODY_BYTES;
    const pace = paceOf(client.caller);
    const parsed = await parse(body, client, isLong ? parsing : short, pace);
    if ('error' in parsed) return yield* told(parsed.error, client);
    const { value, memory } = parsed;
    const working = isLong ? long : short;
    try {
      yield* Array.isArray(value)
        ? batch(value, client, working, pace)
        : single(value, client, working, pace);
    } finally {
      client.release(memory);
    }
    return undefined;
  };
};

type Outcome = { readonly result: unknown } | { readonly error: RpcError };

const slots = (count: number): FairSlots => createFairSlots({ slots: count, waiting: QUEUED_MAX });

/** Waits for a slot. A client that went away meanwhile needs none. */
const slotFor = async (from: FairSlots, client: Client): Promise<Release | undefined> => {
  const release = await from.take(client.caller);
  if (!client.isGone()) return release;
  release?.();
  return undefined;
};

/** Runs a generator to its end, and gives way between its steps. */
const stepped = async <T>(steps: Generator<undefined, T, undefined>, pace: Pace): Promise<T> => {
  await pace();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    const pause = pace();
    if (pause !== undefined) await pause;
  }
};

async function* told(error: RpcError, client: Client) {
  yield* handedOver(errorChunks(null, error, client), client);
  return undefined;
}

const invalidParams = (message: string): RpcError =>
  rpcError(RPC_CODES.INVALID_PARAMS, 'PARAMS_INVALID', message, { path: '' });

const batchTooLong = (calls: number, limit: number): RpcError =>
  rpcError(RPC_CODES.INVALID_REQUEST, 'BATCH_TOO_LONG', `a batch of ${calls} calls; at most ${limit}`, {
    limit,
  });
