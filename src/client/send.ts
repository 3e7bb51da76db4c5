/**
 * Sends a transaction so that what is reported is what moved. The client simulates it, signs it and sends it. If another
 * transaction of the account takes the nonce first, it is signed again with the next one (`refusals.ts`). If the answer is lost, the
 * client finds out what became of the transaction before it says anything.
 *
 * Each transaction has an id of its own, even if another program sends an equal payload at the same moment: its `maxFee`
 * ends in random digits (`wallet.ts`). So what a node says about the id is about this transaction alone, also if something
 * on the way has sent it twice (`known`).
 */

import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { COMMIT_TIMEOUT_MAX_MS } from '../../rpc/schemas/tx.ts';
import type { Draft, SignedTransaction } from '../../state/tx/transaction.ts';
import { type BackOff, pauseAfter } from '../lib/back-off.ts';
import { equal } from '../lib/bytes.ts';
import { type Fault, failWith, ok, type Result, unwrap } from '../lib/errors.ts';
import { fault } from './errors.ts';
import { spread } from './pace.ts';
import { type Fact, isUnanswered, refusalOf, staleFactOf } from './refusals.ts';
import type { RpcClient } from './rpc-client.ts';
import type { SendOptions } from './send-options.ts';
import { type Sending, type Settled, type Status, settle } from './settle.ts';
import { faultInOpen, simulateDraft } from './simulate.ts';
import { sleep } from './sleep.ts';

/** What a wallet does for one transaction. */
export type Drafter = {
  /** Fills in the nonce, unless the options give it, and everything else that the node decides. */
  readonly draft: () => Promise<Draft>;
  readonly sign: (draft: Draft) => SignedTransaction | Promise<SignedTransaction>;
};

/** A transaction as a node reports it: `pending`, `committed` or `failed`. */
export type Sent = ResultOf<'tx_send'>;

/**
 * How often a transaction is signed anew because another one took its nonce, its fee has risen, or its last height has
 * passed. At least one of those that compete for a nonce gets it each time.
 */
const TRIES_MAX = 8;
/** The pauses between them, in which those that compete drift apart. In all less than 2 s. */
const TRY_PAUSES_MS: BackOff = { first: 20, longest: 320 };
/** The pauses before the same bytes are sent again to a node that has no room for them. */
const LATER_PAUSES_MS: BackOff = { first: 250, longest: 4_000 };
/** How long the client asks for the outcome after it has lost the answer, and sends again to a node that has no room. */
const SETTLE_MS = 30_000;
/** How long a node waits for the block of a transaction, unless the caller says. */
const COMMIT_MS = 30_000;

/**
 * Signs and sends until it is not refused for a fact that has changed since: a nonce, a fee, or a last height that the
 * caller has not fixed.
 * @throws the reason of the signal
 */
export const signingAnew = async <T>(
  fixed: Readonly<Partial<Record<Fact, unknown>>>,
  attempt: () => Promise<Result<T>>,
  signal?: AbortSignal,
): Promise<Result<T>> => {
  for (let tries = 1; ; tries++) {
    const sent = await attempt();
    const stale = sent.ok ? undefined : staleFactOf(sent.fault);
    if (stale === undefined || fixed[stale] !== undefined || tries === TRIES_MAX) return sent;
    await sleep(spread(pauseAfter(tries, TRY_PAUSES_MS)), signal);
  }
};

const sentOf = (settled: Settled): Result<Sent> =>
  settled.type === 'found' ? ok({ ...settled.status, known: false }) : failWith(settled.fault);

/** Whether a status stays as it is, or waits for a block: everything else has to be settled. */
export const isAnswer = ({ status }: Pick<Status, 'status'>): boolean =>
  status === 'committed' || status === 'failed' || status === 'pending';

/**
 * Sends signed bytes, again while the node has no room for them, and returns what became of them. A fault says that no
 * block executes them, now or later.
 */
const sendSigned = async (
  client: RpcClient,
  sending: Sending,
  { mode = 'sync', timeoutMs, settleMs = SETTLE_MS, onLost, onLater, signal }: SendOptions,
): Promise<Result<Sent>> => {
  const settled = async (why?: Fault): Promise<Result<Sent>> => {
    const until = mode === 'commit' ? 'executed' : 'admitted';
    return sentOf(
      await settle(client, sending, {
        until,
        timeoutMs: settleMs,
        waitMs: timeoutMs ?? COMMIT_MS,
        ...(why === undefined ? {} : { why }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  };
  const lost = async (why: Fault): Promise<Result<Sent>> => {
    onLost?.(why);
    const found = await settled(why);
    // The node says again that it has refused with this code. Its first answer says more about why.
    return !found.ok && found.fault.code === why.code ? failWith(faultInOpen(why)) : found;
  };
  const started = performance.now();
  const sendOnce = () =>
    client.attempt('tx_send', {
      transaction: sending.bytes,
      mode,
      ...(timeoutMs === undefined ? {} : { timeoutMs: Math.min(timeoutMs, COMMIT_TIMEOUT_MAX_MS) }),
    });
  let answer = await sendOnce();
  let mayHaveArrived = false;
  for (let refusals = 1; !answer.ok && refusalOf(answer.fault) === 'later'; refusals++) {
    const pauseMs = spread(pauseAfter(refusals, LATER_PAUSES_MS));
    if (performance.now() - started + pauseMs > settleMs) break;
    mayHaveArrived ||= isUnanswered(answer.fault);
    onLater?.(answer.fault, pauseMs);
    await sleep(pauseMs, signal);
    answer = await sendOnce();
  }
  if (!answer.ok)
    return mayHaveArrived || isUnanswered(answer.fault)
      ? lost(answer.fault)
      : failWith(faultInOpen(answer.fault));
  const sent = answer.value;
  if (!equal(sent.id, sending.id))
    return lost(fault('RPC_ANSWER_INVALID', `${client.url} answered for another transaction`));
  // A node waits for two minutes at most. Whoever waits longer asks on.
  const asksOn = mode === 'commit' && sent.status === 'pending' && (timeoutMs ?? 0) > COMMIT_TIMEOUT_MAX_MS;
  return isAnswer(sent) && !asksOn ? ok(sent) : settled();
};

/**
 * Simulates, signs and sends a transaction. It is sent again while the node has no room for it, and signed anew where its
 * nonce is taken, its fee has risen, or its last height has passed.
 * @throws CodedError with the code of the refusal; `TX_OUTCOME_UNKNOWN` with `id`, `nonce` and `validUntil` in its data, if
 *   it was sent and the nodes do not say what became of it. After every other error nothing was or will be executed.
 */
export const sendTransaction = async (
  client: RpcClient,
  wallet: Drafter,
  options: SendOptions = {},
): Promise<Sent> => {
  const { simulate = true, onSending, nonce, maxFee, validUntil, signal } = options;
  const sent = await signingAnew(
    { nonce, fee: maxFee, validUntil },
    async () => {
      const draft = await wallet.draft();
      const refused = simulate ? await simulateDraft(client, draft) : undefined;
      if (refused !== undefined) return failWith(refused);
      const { id, bytes } = await wallet.sign(draft);
      const sending: Sending = {
        id,
        bytes,
        from: draft.from,
        nonce: draft.nonce,
        validUntil: draft.validUntil,
      };
      onSending?.(sending);
      return sendSigned(client, sending, options);
    },
    signal,
  );
  return unwrap(sent);
};
