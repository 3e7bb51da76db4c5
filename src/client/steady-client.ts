/**
 * A client whose answers never go back in time. One URL may stand for several nodes at different heights: an answer of one
 * that is behind lacks what another has reported. Whoever takes it for the state of the chain loses a bond, gives up a
 * batch, or signs with a used nonce.
 *
 * Each request also asks how high its node is. As long as a node answers that is lower than one before it, the request is
 * made again. A load balancer that takes turns would lead each question to the same one of two nodes; this leads it on to
 * the other one.
 */
import type { MethodName, ResultOf } from '../../rpc/schemas/registry.ts';
import { equal } from '../lib/bytes.ts';
import type { ChainIdentity } from '../lib/chain.ts';
import { CodedError, failWith, invariant, type Result, unwrap } from '../lib/errors.ts';
import { maxBig } from '../lib/math.ts';
import type { Call, RpcClient } from './rpc-client.ts';
import { sleep } from './sleep.ts';

const POLL_MS = 200;
/** How long a node that is behind is waited for. Windows to reveal are longer. */
const PATIENCE_MS = 30_000;
/** The calls of one request: a node takes 100, and two ask for its chain and its height. */
const BATCH_CALLS = 98;

/** What nodes at all heights answer alike, or each of itself. */
const TIMELESS: ReadonlySet<MethodName> = new Set([
  'node_peers',
  'node_mempool',
  'chain_getDomain',
  'chain_getGenesis',
  'chain_getParams',
]);

/** The methods whose results say how high their node is. */
const DATED: ReadonlySet<MethodName> = new Set(['node_status', 'events_query']);

type Answers = readonly Result<unknown>[];
/** What a node has answered. @property height - undefined if it is not known */
type Seen<T> = { readonly height: bigint | undefined; readonly isOtherChain: boolean; readonly value: T };

const STATUS: Call = { method: 'node_status', params: {} };
const DOMAIN: Call = { method: 'chain_getDomain', params: {} };

const heightIn = (answer: Result<unknown> | undefined): bigint | undefined =>
  answer?.ok === true ? (answer.value as ResultOf<'node_status'>).height : undefined;

/**
 * Returns a client that answers at the highest height that it has seen or a later one. Once it has seen that nodes differ,
 * it also sends transactions and content to a node that is as high, and asks one for content. If all nodes are lower for
 * 30 s, it goes on from there, and says so: otherwise one false height would keep what is committed from being revealed.
 * An answer of another chain than `chain` is returned as it is.
 *
 * Only `tx_send` with the mode `commit`, and `request`, go to any node.
 * @param progress - called with what people should know
 */
export const steadyClient = (
  client: RpcClient,
  chain: Pick<ChainIdentity, 'genesisHash'>,
  progress: (text: string) => void,
): RpcClient => {
  let highest = 0n;
  /** Whether a node has answered that was behind another one. */
  let isSplit = false;

  /** @param read - makes the request. From the second time on it has to ask for the chain too */
  const steadily = async <T>(read: (isRepeated: boolean) => Promise<Seen<T>>): Promise<T> => {
    const began = performance.now();
    for (let tries = 1; ; tries++) {
      // Of requests at the same time, the last answer is not that of a node that is behind.
      const before = highest;
      const { height, isOtherChain, value } = await read(tries > 1);
      if (isOtherChain || height === undefined) return value;
      if (height >= before) {
        highest = maxBig(highest, height);
        return value;
      }
      isSplit = true;
      if (performance.now() - began > PATIENCE_MS) {
        progress(`${client.url} is at height ${height}, and was at ${before} before; going on from there`);
        highest = height;
        return value;
      }
      // The node whose turn is next may be the higher one.
      if (tries > 1) await sleep(POLL_MS);
    }
  };

  /** Whether the answer to {@link DOMAIN} names another chain. */
  const isOther = (domain: Result<unknown> | undefined): boolean =>
    domain?.ok === true &&
    !equal((domain.value as ResultOf<'chain_getDomain'>).genesisHash, chain.genesisHash);

  /** Makes one request of the calls. One node answers all of them, and says first how high it is: what follows is no older. */
  const readAt = async (calls: readonly Call[], isRepeated: boolean): Promise<Seen<Answers>> => {
    const dated = calls.findIndex(({ method }) => !TIMELESS.has(method));
    const { method } = calls[dated] ?? STATUS;
    if (DATED.has(method) && !isRepeated) {
      const value: Answers = await client.batch(calls);
      return { height: heightIn(value[dated]), isOtherChain: false, value };
    }
    const [status, ...others]: Answers = await client.batch([
      STATUS,
      ...calls,
      ...(isRepeated ? [DOMAIN] : []),
    ]);
    invariant(status !== undefined, 'each call has an answer');
    // Without its height an answer says nothing.
    unwrap(status);
    const value = others.slice(0, calls.length);
    return { height: heightIn(status), isOtherChain: isOther(others[calls.length]), value };
  };

  const read = (calls: readonly Call[]): Promise<Answers> =>
    steadily((isRepeated) => readAt(calls, isRepeated));

  /**
   * Sends the same transaction or content until a node as high as the highest has answered: one that is behind may be cut
   * off from the rest. What one of them has taken is on its way, whatever the others say.
   */
  const sendTo = async (send: Call): Promise<Result<unknown>> => {
    let taken: Result<unknown> | undefined;
    return steadily(async () => {
      try {
        const [status, sent, domain]: Answers = await client.batch([STATUS, send, DOMAIN]);
        invariant(sent !== undefined, 'each call has an answer');
        if (sent.ok) taken = sent;
        return { height: heightIn(status), isOtherChain: isOther(domain), value: taken ?? sent };
      } catch (error) {
        if (taken === undefined) throw error;
        return { height: undefined, isOtherChain: false, value: taken };
      }
    });
  };

  const outcomeOf = async (method: MethodName, params: unknown): Promise<Result<unknown>> => {
    const call = { method, params } as Call;
    if (method === 'tx_send' || method === 'content_put') return sendTo(call);
    const [answer] = await read([call]);
    invariant(answer !== undefined, 'each call has an answer');
    return answer;
  };

  /** Whether any node may answer. */
  const isForAny = (method: MethodName, params: unknown): boolean => {
    if (method === 'tx_send') return !isSplit || (params as { readonly mode?: string }).mode !== 'sync';
    return method === 'content_put' || method === 'content_get' ? !isSplit : TIMELESS.has(method);
  };

  const call: RpcClient['call'] = async (method, ...params) => {
    if (isForAny(method, params[0])) return client.call(method, ...params);
    return unwrap(await outcomeOf(method, params[0] ?? {})) as never;
  };

  const attempt: RpcClient['attempt'] = async (method, ...params) => {
    if (isForAny(method, params[0])) return client.attempt(method, ...params);
    try {
      return (await outcomeOf(method, params[0] ?? {})) as never;
    } catch (error) {
      if (error instanceof CodedError) return failWith(error.fault) as never;
      throw error;
    }
  };

  const batch: RpcClient['batch'] = async (calls) => {
    if (calls.every(({ method, params }) => isForAny(method, params))) return client.batch(calls);
    const answers: Result<unknown>[] = [];
    for (let at = 0; at < calls.length; at += BATCH_CALLS)
      answers.push(...(await read(calls.slice(at, at + BATCH_CALLS))));
    return answers as never;
  };

  return { ...client, call, attempt, batch };
};
