/**
 * Sends a transaction so that what is reported is what moved. The client simulates it, signs it and sends it. If another
 * transaction of the account takes the nonce first, it is signed again with the next one. If the answer is lost, the
 * client finds out what became of the transaction before it says anything.
 *
 * Each transaction has an id of its own, even if another program sends an equal payload at the same moment: its `maxFee`
 * ends in random digits (`wallet.ts`). So what a node says about the id is about this transaction alone, also if something
 * on the way has sent it twice (`known`).
 */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { Draft, SignedTransaction } from '../../state/tx/transaction.ts';
import { equal } from '../lib/bytes.ts';
import { CodedError, type Fault, failWith, ok, type Result } from '../lib/errors.ts';
import { fault } from './errors.ts';
import { isUnanswered } from './retry.ts';
import type { RpcClient } from './rpc-client.ts';
import type { SendOptions } from './send-options.ts';
import { type Sending, type Settled, type Status, settle } from './settle.ts';
import { faultInOpen, simulateDraft } from './simulate.ts';

/** What a wallet does for one transaction. */
export type Drafter = {
  /** Fills in the nonce, unless the options give it, and everything else that the node decides. */
  readonly draft: () => Promise<Draft>;
  readonly sign: (draft: Draft) => SignedTransaction | Promise<SignedTransaction>;
};

/** A transaction as a node reports it: `pending`, `committed` or `failed`. */
export type Sent = ResultOf<'tx_send'>;

/** How often a transaction is signed anew because another one took its nonce. At least one of those that compete gets it each time. */
const TRIES_MAX = 8;
/** How long the client asks for the outcome after it has lost the answer. */
const SETTLE_MS = 30_000;
/** How long a node waits for the block of a transaction, unless the caller says. */
const COMMIT_MS = 30_000;

/** The codes of a nonce that another transaction of the account has, in a block or in the mempool. */
const NONCE_CONFLICTS: ReadonlySet<string> = new Set(['NONCE_TOO_LOW', 'MEMPOOL_NONCE_TAKEN']);

/** Whether the next nonce may work where this fault was. */
export const isNonceConflict = ({ code }: Fault): boolean => NONCE_CONFLICTS.has(code);

const sentOf = (settled: Settled): Result<Sent> =>
  settled.type === 'found' ? ok({ ...settled.status, known: false }) : failWith(settled.fault);

/** Whether a status stays as it is, or waits for a block: everything else has to be settled. */
const isAnswer = ({ status }: Pick<Status, 'status'>): boolean =>
  status === 'committed' || status === 'failed' || status === 'pending';

/** Sends signed bytes, and returns what became of them. A fault says that no block executes them, now or later. */
const sendSigned = async (
  client: RpcClient,
  sending: Sending,
  { mode = 'sync', timeoutMs, settleMs = SETTLE_MS, onLost }: SendOptions,
): Promise<Result<Sent>> => {
  const settled = async (): Promise<Result<Sent>> => {
    const until = mode === 'commit' ? 'executed' : 'admitted';
    return sentOf(
      await settle(client, sending, { until, timeoutMs: settleMs, waitMs: timeoutMs ?? COMMIT_MS }),
    );
  };
  const lost = (why: Fault): Promise<Result<Sent>> => {
    onLost?.(why);
    return settled();
  };
  const answer = await client.attempt('tx_send', {
    transaction: sending.bytes,
    mode,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (!answer.ok)
    return isUnanswered(answer.fault) ? lost(answer.fault) : failWith(faultInOpen(answer.fault));
  const sent = answer.value;
  if (!equal(sent.id, sending.id))
    return lost(fault('RPC_ANSWER_INVALID', `${client.url} answered for another transaction`));
  return isAnswer(sent) ? ok(sent) : settled();
};

/**
 * Simulates, signs and sends a transaction.
 * @throws CodedError with the code of the refusal; `TX_OUTCOME_UNKNOWN` with `id`, `nonce` and `validUntil` in its data, if
 *   it was sent and the nodes do not say what became of it. After every other error nothing was or will be executed.
 */
export const sendTransaction = async (
  client: RpcClient,
  wallet: Drafter,
  options: SendOptions = {},
): Promise<Sent> => {
  const { simulate = true, nonce, onSending } = options;
  const attempt = async (): Promise<Result<Sent>> => {
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
  };
  for (let tries = 1; ; tries++) {
    const sent = await attempt();
    if (sent.ok) return sent.value;
    if (nonce !== undefined || tries === TRIES_MAX || !isNonceConflict(sent.fault))
      throw new CodedError(sent.fault);
  }
};
