/**
 * The bytes of answers. They are collected in chunks that are held for a client, handed over one by one, and let go of when
 * the next one is asked for.
 */
import { utf8 } from '../src/lib/bytes.ts';
import { RPC_CODES, type RpcError, rpcError } from './errors.ts';
import type { Pace } from './pace.ts';
import { busy } from './refusals.ts';
import { encodeError, headOf, type Id } from './request.ts';
import type { Caller } from './rounds.ts';

/** The most bytes of the answer to one request. A full block with all that can be said about it has about half. */
export const ANSWER_BYTES_MAX = 32 << 20;
/** The bytes of an answer that are handed over at a time. */
const CHUNK_BYTES = 64 << 10;

/** Who sent a request, as the transport knows it. */
export type Client = {
  readonly caller: Caller;
  /** Reckons memory for this client. Returns false if there is no room: then it is not held. */
  readonly hold: (bytes: number) => boolean;
  /** Reckons memory for a short answer, which is given even if there is no room. */
  readonly holdAnyway: (bytes: number) => void;
  readonly release: (bytes: number) => void;
  /** Whether nobody waits for the answer any more. */
  readonly isGone: () => boolean;
};

/** The bytes that the answer to a request may still have. The calls of a batch share it. */
export type Room = {
  left: number;
  /** Whether an answer had no room: then the calls that have not begun are refused. */
  isFull: boolean;
};

/** The bytes of an answer, each piece held for its client. */
export type Chunks = readonly Uint8Array[];

/** Writes the answer of a call. Returns the error that takes its place if there is no room for it. */
export const writeAll = async (
  writer: ChunkWriter,
  id: Id,
  texts: Iterable<string>,
  pace: Pace,
): Promise<RpcError | undefined> => {
  let refused = writer.add(`${headOf(id)}"result":`);
  for (const text of texts) {
    refused ??= writer.add(text);
    if (refused !== undefined) return refused;
    const pause = pace();
    if (pause !== undefined) await pause;
  }
  return writer.add('}') ?? writer.flush();
};

export const lengthOf = (chunks: Chunks): number => chunks.reduce((sum, { length }) => sum + length, 0);

/** Collects text in chunks that are held for a client. */
export class ChunkWriter {
  readonly #client: Client;
  readonly #room: Room;
  readonly #chunks: Uint8Array[] = [];
  #text = '';
  #size = 0;

  constructor(client: Client, room: Room) {
    this.#client = client;
    this.#room = room;
  }

  get chunks(): Chunks {
    return this.#chunks;
  }

  /** Adds text. Returns the error that takes the place of the answer if there is no room for it. */
  add(text: string): RpcError | undefined {
    this.#text += text;
    return this.#text.length < CHUNK_BYTES ? undefined : this.flush();
  }

  flush(): RpcError | undefined {
    const chunk = utf8(this.#text);
    this.#text = '';
    if (chunk.length > this.#room.left) {
      this.#room.isFull = true;
      return answerTooLong();
    }
    if (!this.#client.hold(chunk.length)) return busy();
    this.#size += chunk.length;
    this.#room.left -= chunk.length;
    this.#chunks.push(chunk);
    return undefined;
  }

  drop(): void {
    this.#client.release(this.#size);
    this.#room.left += this.#size;
  }
}

export const errorChunks = (id: Id, error: RpcError, client: Client): Chunks => {
  const chunk = utf8(encodeError(id, error));
  client.holdAnyway(chunk.length);
  return [chunk];
};

/** Yields chunks, and lets go of each when the next one is asked for, and of all when nobody asks any more. */
export async function* handedOver(
  chunks: Chunks,
  client: Client,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  let left = lengthOf(chunks);
  try {
    for (const chunk of chunks) {
      yield chunk;
      client.release(chunk.length);
      left -= chunk.length;
    }
  } finally {
    client.release(left);
  }
  return undefined;
}

export const answerTooLong = (): RpcError =>
  rpcError(
    RPC_CODES.LIMIT,
    'ANSWER_TOO_LONG',
    'the answer to this request is too long; ask for less at a time',
    {
      limit: ANSWER_BYTES_MAX,
    },
  );
