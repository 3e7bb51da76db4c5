/**
 * Finds out what became of a transaction whose answer was lost, or that a node has dropped. It asks, and sends the same
 * bytes again if the node does not have them: they have one id, so the chain executes them once.
 *
 * A transaction is given up only for a fact that no block can change: another transaction has used its nonce, or the
 * chain is past its last height. One node is asked for all facts in one request, so that they fit together.
 */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { decodeTransaction, transactionDigest } from '../../state/tx/transaction.ts';
import {
  ADDRESS,
  BYTES,
  bigintTo,
  check,
  checkFields,
  MILLISECONDS,
  OBJECT,
  optional,
  ROOT,
  SIGNAL,
} from '../lib/arguments.ts';
import { pauseAfter } from '../lib/back-off.ts';
import type { Address, Height, Root } from '../lib/brands.ts';
import { equal, toHex } from '../lib/bytes.ts';
import type { ChainIdentity } from '../lib/chain.ts';
import { domainSeparator } from '../lib/eip712.ts';
import { CodedError, type Fault, invariant, unwrap } from '../lib/errors.ts';
import { MAX_UINT64 } from '../lib/math.ts';
import { chainChanged } from './chain-changed.ts';
import { fault } from './errors.ts';
import { refusalOf } from './refusals.ts';
import { CLIENT, type RpcClient } from './rpc-client.ts';
import { sleep } from './sleep.ts';

/** A signed transaction on its way to a node. */
export type Sending = {
  readonly id: Root;
  /** The encoding. */
  readonly bytes: Uint8Array;
  readonly from: Address;
  readonly nonce: bigint;
  /** The last height whose block may execute it. */
  readonly validUntil: Height;
};

export type Status = ResultOf<'tx_status'>;

export type Settled =
  /** It is in a block with a fee charged, or it waits for one. */
  | { readonly type: 'found'; readonly status: Status }
  /** No block has executed it, and none ever will. */
  | { readonly type: 'never'; readonly fault: Fault };

export type SettleOptions = {
  /** Whether to wait until a block has executed it, or only until a node has it. */
  readonly until: 'admitted' | 'executed';
  /** How long to ask. */
  readonly timeoutMs: number;
  /** How long to ask while it waits in the node; `timeoutMs` if left out. */
  readonly waitMs?: number;
  /** The fault with which the transaction was answered when it was sent, to name it if the outcome stays unknown. */
  readonly why?: Fault;
  /** Ends the asking: it throws the reason of the signal. */
  readonly signal?: AbortSignal;
};

const SENDING = {
  id: ROOT,
  bytes: BYTES,
  from: ADDRESS,
  nonce: bigintTo(MAX_UINT64),
  validUntil: bigintTo(MAX_UINT64),
};

const OPTIONS = {
  until: { be: 'admitted or executed', is: (value: unknown) => value === 'admitted' || value === 'executed' },
  timeoutMs: MILLISECONDS,
  waitMs: optional(MILLISECONDS),
  why: optional(OBJECT),
  signal: optional(SIGNAL),
};

const PAUSES_MS = { first: 50, longest: 1_000 };

/** The facts about a transaction at one node: the next nonce of its account, the last height, and the status. */
export type Facts = { readonly nonce: bigint; readonly height: Height; readonly status: Status };

/**
 * Whether a transaction is signed for a chain. Its id is the digest of its bytes in the domain of its chain, so the bytes
 * say it themselves.
 * @throws CodedError `TX_DECODE` and others, if the bytes are no transaction
 */
const isFor = ({ id, bytes }: Sending, chain: ChainIdentity): boolean => {
  const { transaction, body } = unwrap(decodeTransaction(bytes));
  return equal(transactionDigest({ ...transaction, body }, domainSeparator(chain)), id);
};

/**
 * Returns the facts about transactions of one account, in order. The statuses are asked last: a block that comes in
 * between can only add to them. The same request asks which chain the node is of: nothing follows from what another
 * chain says about a nonce or a height.
 * @throws CodedError `CHAIN_CHANGED` if a transaction is signed for another chain than that of the node
 */
export const factsOf = async (
  client: RpcClient,
  sendings: readonly [Sending, ...Sending[]],
): Promise<readonly Facts[]> => {
  const [{ from }] = sendings;
  const [identity, account, node, ...statuses] = await client.batch([
    { method: 'chain_getDomain', params: {} },
    { method: 'account_get', params: { address: from } },
    { method: 'node_status', params: {} },
    ...sendings.map(({ id }) => ({ method: 'tx_status' as const, params: { id } })),
  ]);
  const chain = unwrap(identity);
  if (!sendings.every((sending) => isFor(sending, chain))) throw new CodedError(chainChanged(client, chain));
  const { nonce } = unwrap(account);
  const { height } = unwrap(node);
  return statuses.map((status) => ({ nonce, height, status: unwrap(status) }));
};

/** The fault of a transaction whose nonce another one has used. */
const overtaken = ({ id, nonce }: Sending, { error }: Status): Fault =>
  error?.code === 'TX_REPLACED'
    ? { code: error.code, message: error.message, data: { id: toHex(id) } }
    : fault('NONCE_TOO_LOW', `another transaction used the nonce ${nonce}`, {
        id: toHex(id),
        nonce: nonce.toString(),
      });

/**
 * Returns what became of a transaction; undefined while a block may still execute it. What one node evicted or refused
 * may wait in the mempool of another.
 */
export const outcomeOf = (sending: Sending, { nonce, height, status }: Facts): Settled | undefined => {
  if (status.status === 'committed' || status.status === 'failed') return { type: 'found', status };
  if (nonce > sending.nonce) return { type: 'never', fault: overtaken(sending, status) };
  // The height of a node may be one ahead of the blocks that it answers from.
  if (status.status === 'expired' || height > sending.validUntil)
    return {
      type: 'never',
      fault: fault('TX_EXPIRED', `no block executed it up to height ${sending.validUntil}`, {
        id: toHex(sending.id),
        validUntil: sending.validUntil.toString(),
      }),
    };
  return undefined;
};

const unknown = (
  { id, nonce, validUntil }: Sending,
  timeoutMs: number,
  url: string,
  why: Fault | undefined,
): CodedError =>
  new CodedError(
    fault(
      'TX_OUTCOME_UNKNOWN',
      `the transaction ${toHex(id)} was sent, and ${url} did not say within ${timeoutMs} ms what became of it${why === undefined ? '' : ` (${why.code}: ${why.message})`}; it may be executed up to height ${validUntil}`,
      {
        id: toHex(id),
        nonce: nonce.toString(),
        validUntil: validUntil.toString(),
        ...(why === undefined ? {} : { answer: why.code }),
      },
    ),
  );

/**
 * Asks until the outcome is known.
 * @throws CodedError `TX_OUTCOME_UNKNOWN` when the time is over, with `id`, `nonce` and `validUntil` in its data, and
 *   in `answer` the code of the last answer, if it was a fault
 */
export const settle = async (
  client: RpcClient,
  sending: Sending,
  options: SettleOptions,
): Promise<Settled> => {
  check('client', client, CLIENT);
  checkFields('sending', sending, SENDING);
  checkFields('', options, OPTIONS);
  const { until, timeoutMs, waitMs = timeoutMs, why, signal } = options;
  const started = performance.now();
  let sentAgain = false;
  let last: Status | undefined;
  /** Why the node did not answer the last question. */
  let unanswered: Fault | undefined;
  /** The fault with which the bytes were answered last. */
  let answered = why;

  /** Whatever the node answers, the next question is for the facts. */
  const sendAgain = async (): Promise<undefined> => {
    sentAgain = true;
    const sent = await client.attempt('tx_send', { transaction: toHex(sending.bytes), mode: 'sync' });
    answered = sent.ok ? undefined : sent.fault;
  };

  const ask = async (): Promise<Settled | undefined> => {
    const [facts] = await factsOf(client, [sending]);
    invariant(facts !== undefined, 'each transaction has its facts');
    const { status } = facts;
    last = status;
    unanswered = undefined;
    const outcome = outcomeOf(sending, facts);
    if (outcome !== undefined) return outcome;
    switch (status.status) {
      case 'pending':
        return until === 'admitted' ? { type: 'found', status } : undefined;
      case 'rejected': {
        const refused: Fault | undefined =
          status.error === null ? undefined : { code: status.error.code, message: status.error.message };
        // The node had no room for it, or does not say why it refused: it may take the same bytes now.
        if (refused === undefined || refusalOf(refused) === 'later') return sendAgain();
        // A refusal of bytes that were sent once: the node has passed them on to nobody.
        return sentAgain ? undefined : { type: 'never', fault: refused };
      }
      case 'unknown':
        return sendAgain();
      default:
        return undefined;
    }
  };

  for (let asked = 1; ; asked++) {
    try {
      const outcome = await ask();
      if (outcome !== undefined) return outcome;
    } catch (error) {
      // A node that refuses the question, for example because it is busy, has said nothing about the transaction. Neither
      // has a node of another chain: the one that was asked before may come back.
      if (!(error instanceof CodedError)) throw error;
      last = undefined;
      unanswered = error.fault;
    }
    const pauseMs = pauseAfter(asked, PAUSES_MS);
    const limitMs = last?.status === 'pending' ? Math.max(timeoutMs, waitMs) : timeoutMs;
    if (performance.now() - started + pauseMs > limitMs) break;
    await sleep(pauseMs, signal);
  }
  if (last?.status === 'pending') return { type: 'found', status: last };
  throw unknown(sending, timeoutMs, client.url, unanswered ?? answered);
};
