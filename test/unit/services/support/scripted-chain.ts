/**
 * A chain that a test plays: it says which blocks there are, what happened in them and what the node answers. The services
 * under test work with the real client, wallet and outbox; only the transport is replaced, so that what they read and send
 * passes through the JSON of the RPC.
 */
import { vi } from 'vitest';
import { defaultGenesis } from '../../../../node/genesis-file.ts';
import { METHOD_SCHEMAS } from '../../../../rpc/schemas/registry.ts';
import { createRpcClient, type RpcClient } from '../../../../src/client/rpc-client.ts';
import { createWallet } from '../../../../src/client/wallet.ts';
import type { Root } from '../../../../src/lib/brands.ts';
import { fromHex, type Hex, toHex } from '../../../../src/lib/bytes.ts';
import { domainSeparator } from '../../../../src/lib/eip712.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import type { Json } from '../../../../src/lib/ssz.ts';
import { type Params, ParamsType } from '../../../../state/params.ts';
import { decodeTransaction, transactionDigest } from '../../../../state/tx/transaction.ts';
import { complete } from './complete.ts';

type Fields = Readonly<Record<string, unknown>>;
/** What a method answers to its parameters, both as JSON. It refuses by throwing {@link refused}. */
export type Answer = (params: Fields) => unknown;

class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`refused with ${code}`);
    this.code = code;
  }
}

/** Makes the node refuse a call with this code. */
export const refused = (code: string): never => {
  throw new Refusal(code);
};

/** A transaction that the node was sent. */
export type SentTransaction = {
  readonly id: Hex;
  readonly kind: string;
  readonly payload: Fields;
  readonly transaction: string;
};

/** An event without its place, in the JSON form of the RPC. */
export type PlayedEvent = { readonly type: string; readonly data: Fields; readonly transaction?: string };

/** Returns an answer with every field that its schema asks for, unless the test plays a node that answers nothing. */
const resultOf = (method: string, answer: unknown): unknown => {
  const schema: unknown = Object.hasOwn(METHOD_SCHEMAS, method)
    ? Reflect.get(METHOD_SCHEMAS, method)
    : undefined;
  if (answer === undefined || typeof schema !== 'object' || schema === null) return answer;
  return complete(Reflect.get(schema, 'result') as object, answer);
};

const nodes = new Map<string, (body: unknown) => unknown>();

/** Replaces `fetch` for the scripted chains of a file; everything else cannot be reached. */
const answerFetch = async (input: unknown, init?: { readonly body?: unknown }): Promise<Response> => {
  const node = nodes.get(String(input));
  if (node === undefined) throw new TypeError('fetch failed');
  const answer = node(JSON.parse(String(init?.body)));
  if (answer === undefined) throw new TypeError('fetch failed');
  return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } });
};

export class ScriptedChain {
  readonly client: RpcClient;
  readonly params: Params;
  /** Every call, in order. */
  readonly calls: { readonly method: string; readonly params: Fields }[] = [];
  /** The number of requests; a batch of calls is one. */
  requests = 0;
  /** Every transaction that was admitted, in order; one that was sent again stands here again. */
  readonly sent: SentTransaction[] = [];
  /** What requests content of the node in the background. */
  readonly background: { readonly idle: () => Promise<void> }[] = [];
  /** Whether the node answers at all. */
  isAway = false;
  height = 0;
  readonly #events: (PlayedEvent & { readonly cursor: string })[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #content = new Map<string, Json>();
  readonly #outcomes = new Map<string, Fields>();
  /** The transactions that blocks hold, by id. */
  readonly #included = new Map<string, string>();
  #nonce = 0;

  /** @param attribution - the parameters that differ from the defaults */
  constructor(attribution: Partial<Params['attribution']> = {}) {
    const { params } = defaultGenesis();
    this.params = { ...params, attribution: { ...params.attribution, ...attribution } };
    vi.stubGlobal('fetch', answerFetch);
    const url = `http://scripted-${nodes.size}.test/`;
    nodes.set(url, (body) => this.#serve(body));
    this.client = createRpcClient(url);
    this.answer('node_status', () => ({ height: String(this.height) }));
    // No account has executed anything, so no nonce is used.
    this.answer('account_get', () => ({ nonce: '0' }));
    this.answer('chain_getDomain', () => ({ chainId: '1', genesisHash: toHex(CHAIN.genesisHash) }));
    this.answer('chain_getParams', () => ParamsType.toJson(this.params));
    this.answer('events_query', (params) => this.#query(params));
    this.answer('tx_prepare', (params) => this.#prepare(params));
    this.answer('tx_send', ({ transaction }) => this.#admit(String(transaction)));
    this.answer('tx_status', ({ id }) => this.#status(String(id)));
    this.answer('tx_get', ({ id }) => ({ transaction: this.encoded(String(id)) }));
    this.answer('content_get', ({ root }) => this.#content.get(String(root)) ?? refused('CONTENT_NOT_FOUND'));
  }

  /** Sets what a method answers from now on. */
  answer(method: string, answer: Answer): void {
    this.#answers.set(method, answer);
  }

  /** Gives the node an object of content. */
  give(root: string, object: Json): void {
    this.#content.set(root, object);
  }

  /** Takes an object of content from the node. */
  withhold(root: string): void {
    this.#content.delete(root);
  }

  /**
   * Lets the node look for an object of content for ever, as one whose peers all withhold it. A service is not given the
   * time to end its requests then: whoever calls this plays as many rounds as it needs.
   */
  neverAnswer(root: string): void {
    const attempt = this.client.attempt.bind(this.client);
    const never: RpcClient['attempt'] = (method, ...[params]) => {
      const isAsked = method === 'content_get' && (params as { readonly root?: unknown }).root === root;
      return isAsked ? new Promise(() => undefined) : attempt(method, ...([params] as never));
    };
    Object.assign(this.client, { attempt: never });
    this.background.length = 0;
  }

  /** Adds blocks; the events happened in the last of them. */
  block(...events: readonly PlayedEvent[]): void {
    this.height += 1;
    for (const [i, event] of events.entries()) this.#events.push({ ...event, cursor: `${this.height}/${i}` });
  }

  blocks(count: number): void {
    this.height += count;
  }

  /** Says what became of a transaction. */
  settle(id: string, status: string, outcome: Fields = {}): void {
    this.#outcomes.set(id, { status, ...outcome });
  }

  /** Puts a transaction into the chain, so that it can be read. */
  include({ id, transaction }: Pick<SentTransaction, 'id' | 'transaction'>): void {
    this.#included.set(id, transaction);
  }

  /** Puts a transaction of somebody else into the chain. @returns its id */
  async put(kind: string, payload: Json): Promise<Hex> {
    const wallet = await createWallet(this.client, new Uint8Array(32).fill(2));
    const made = decodeSent(toHex((await wallet.prepare(kind, payload)).bytes));
    this.include(made);
    return made.id;
  }

  /** Returns the encoding of a transaction of the chain. */
  encoded(id: string): string {
    return this.#included.get(id) ?? refused('TX_NOT_FOUND');
  }

  /** The calls of a method. */
  callsOf(method: string): readonly Fields[] {
    return this.calls.filter((call) => call.method === method).map(({ params }) => params);
  }

  #serve(body: unknown): unknown {
    if (this.isAway) return undefined;
    this.requests += 1;
    type Call = { readonly id: number; readonly method: string; readonly params: Fields };
    const one = ({ id, method, params }: Call): unknown => {
      this.calls.push({ method, params });
      const answer = this.#answers.get(method);
      if (answer === undefined) throw new Error(`the test plays no ${method}`);
      try {
        return { jsonrpc: '2.0', id, result: resultOf(method, answer(params)) };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { code, message } = error;
        return { jsonrpc: '2.0', id, error: { code: -32000, message, data: { code } } };
      }
    };
    return Array.isArray(body) ? body.map((call) => one(call as Call)) : one(body as Call);
  }

  #query({ from, types }: Fields): unknown {
    const first = typeof from === 'string' ? Number(from.split('/', 1)[0]) : 0;
    const wanted = Array.isArray(types) ? types : [types];
    const events = this.#events
      .filter(({ cursor, type }) => Number(cursor.split('/', 1)[0]) >= first && wanted.includes(type))
      .map(({ cursor, type, data, transaction = null }) => ({ cursor, type, data, transaction }));
    return { events, height: String(this.height), next: null };
  }

  #prepare({ from, kind, payload, validUntil }: Fields): unknown {
    const transaction = {
      from,
      nonce: String(this.#nonce),
      maxFee: '1000',
      tip: '0',
      validUntil: validUntil ?? String(this.height + 200),
      kind,
      payload,
    };
    this.#nonce += 1;
    return { id: `0x${'00'.repeat(32)}`, action: '', gas: '1', baseFee: '1', transaction, typedData: {} };
  }

  #admit(transaction: string): unknown {
    const decoded = decodeSent(transaction);
    this.sent.push(decoded);
    this.include(decoded);
    return this.#status(decoded.id, 'pending');
  }

  #status(id: string, otherwise = this.sent.some((each) => each.id === id) ? 'pending' : 'unknown'): unknown {
    const rest = { height: null, index: null, error: null, gasUsed: null, fee: null, events: [] };
    return { id, ...rest, ...(this.#outcomes.get(id) ?? { status: otherwise }) };
  }
}

/** The chain that every scripted node is on. */
const CHAIN = { chainId: 1n, genesisHash: new Uint8Array(32).fill(0x11) as Root };

/** Returns the kind and the payload of an encoded transaction. */
export const decodeSent = (transaction: string): SentTransaction => {
  const { transaction: envelope, body } = unwrap(decodeTransaction(unwrap(fromHex(transaction))));
  const id = toHex(transactionDigest({ ...envelope, body }, domainSeparator(CHAIN)));
  return { id, kind: body.name, payload: body.toJson() as Fields, transaction };
};
