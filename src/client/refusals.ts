/**
 * What a refusal means for whoever was refused. A refusal that passes says nothing about what was asked for: the same is
 * asked again later, or again with new facts. A verdict stays, however often one asks. Whatever decides between trying
 * again and giving up reads this one list.
 */
import type { CALL_CODES, MEMPOOL_CODES } from '../../rpc/schemas/codes.ts';
import type { MethodName, MethodSchemas } from '../../rpc/schemas/registry.ts';
import { ATTRIBUTION_ERRORS, type AttributionCode } from '../../state/attribution/errors.ts';
import { TRANSACTION_ERRORS, type TransactionCode } from '../../state/tx/errors.ts';
import { CodedError, type Fault } from '../lib/errors.ts';
import { LIB_ERRORS } from '../lib/lib-errors.ts';
import type { ClientCode } from './errors.ts';

/** What to do about a refusal. */
export type Refusal =
  /** No node answers, or its answer is cut short. Ask again after a pause. The call may have had its effect. */
  | 'away'
  /** The node failed on the way. Ask again after a pause. The call may have had its effect. */
  | 'trouble'
  /** The node, or the chain, has no room or no time for it now. Ask the same again after a pause. */
  | 'later'
  /** Another transaction has the nonce. Sign again with the next one. */
  | 'nonce'
  /** The fee has risen. Sign again with the fee of now. */
  | 'fee'
  /** The last height has passed. Sign again with a later one. */
  | 'validUntil'
  /** The chain has changed since the payload was made, or another was faster with the same. Make it anew. */
  | 'payload'
  /** The node does not have what was asked for, and may get it: a node that is syncing lacks what others have. */
  | 'missing'
  /** The account, or a payer, has too little money now. Ask again once there is more. */
  | 'funds'
  /**
   * The call was refused for its form, or by something between this program and the node. Nothing is said about what was
   * asked for. If the same call was answered before, it passes by itself; otherwise somebody has to change something.
   */
  | 'call'
  /**
   * It was refused by the signer, or for something that was found here, and not by the rules of the chain. Somebody has to
   * change something, and then it may be asked again.
   */
  | 'elsewhere'
  /** The rules of the chain refuse exactly this, and will refuse it again. It says nothing about another payload. */
  | 'verdict';

type CallCode = (typeof CALL_CODES)[number];
/** The codes that schemas list; those of the rules of the chain stand in {@link ClientCode}. */
type ListedCode = { [N in MethodName]: MethodSchemas[N]['errors'][number] }[MethodName];
/** The codes of the rules of attribution that depend on the state: what a witness names has fallen to another one. */
type FallenCode = Extract<AttributionCode, 'WITNESS_STRUCK'>;
/** Checks without state and without a node: what they refuse, they refuse for ever. */
type StatelessCode = Exclude<AttributionCode | TransactionCode, CallCode | FallenCode>;

/** Every code of a refusal that depends on the node, on the state or on the moment. */
export type StatefulCode = Exclude<
  ClientCode | ListedCode | CallCode | FallenCode | (typeof MEMPOOL_CODES)[number],
  StatelessCode
>;

/** The compiler asks for every code. Codes of checks without state are verdicts, and do not stand here. */
export const REFUSALS: Readonly<Record<StatefulCode, Refusal>> = {
  // The node.
  RPC_ANSWER_INVALID: 'away',
  RPC_TIMEOUT: 'away',
  RPC_UNREACHABLE: 'away',
  // A failure of this program. That of a node has the number of JSON-RPC beside it.
  INTERNAL: 'verdict',
  RPC_ERROR: 'trouble',
  VERIFIER_FAILED: 'trouble',
  VERIFIER_STOPPED: 'later',
  RATE_LIMITED: 'later',
  SERVER_BUSY: 'later',
  NODE_STARTING: 'later',
  BODY_TIMEOUT: 'away',
  SIMULATION_BUSY: 'later',
  CONTENT_FULL: 'later',
  CONTENT_IO: 'later',
  CONTENT_LOCKED: 'later',
  ANSWER_TOO_LONG: 'call',
  BATCH_TOO_LONG: 'call',
  BODY_TOO_LARGE: 'call',
  CONTENT_TYPE_WRONG: 'call',
  HOST_NOT_ALLOWED: 'call',
  METHOD_NOT_ALLOWED: 'call',
  METHOD_NOT_FOUND: 'call',
  ORIGIN_NOT_ALLOWED: 'call',
  PARAMS_INVALID: 'call',
  PARSE_ERROR: 'call',
  PATH_UNKNOWN: 'call',
  REQUEST_INVALID: 'call',
  SIMULATION_TOO_LARGE: 'call',
  VALUES_TOO_MANY: 'call',

  // What the node does not have, or not yet.
  ATTESTOR_NOT_FOUND: 'missing',
  ATTRIBUTION_NOT_FOUND: 'missing',
  BATCH_NOT_FOUND: 'missing',
  BLOCK_NOT_FOUND: 'missing',
  CHALLENGE_NOT_FOUND: 'missing',
  CONTENT_NOT_FOUND: 'missing',
  CONTRIBUTION_NOT_FOUND: 'missing',
  CONTRIBUTION_NOT_REVEALED: 'missing',
  DATANET_NOT_FOUND: 'missing',
  DATANET_VERSION_NOT_FOUND: 'missing',
  MODEL_NOT_FOUND: 'missing',
  RECEIPT_NOT_FOUND: 'missing',
  TX_NOT_FOUND: 'missing',

  // The mempool, and the envelope of a transaction.
  MEMPOOL_BUSY: 'later',
  MEMPOOL_FULL: 'later',
  MEMPOOL_KNOWN: 'later',
  MEMPOOL_NONCE_GAP: 'later',
  MEMPOOL_SENDER_FULL: 'later',
  MEMPOOL_VALID_UNTIL: 'elsewhere',
  MEMPOOL_NONCE_TAKEN: 'nonce',
  NONCE_TOO_HIGH: 'nonce',
  NONCE_TOO_LOW: 'nonce',
  TX_REPLACED: 'elsewhere',
  FEE_TOO_HIGH: 'fee',
  MAX_FEE_TOO_LOW: 'fee',
  TX_EVICTED: 'later',
  TX_EXPIRED: 'validUntil',
  TX_OUTCOME_UNKNOWN: 'away',
  BALANCE_BELOW_MAX_FEE: 'funds',
  BALANCE_TOO_LOW: 'funds',

  // What the chain does not allow yet, or not as things stand.
  ATTESTOR_BOND: 'later',
  ATTESTOR_FORFEITED: 'later',
  CHALLENGE_FORFEITED: 'verdict',
  BACKING_SMALL: 'verdict',
  BACKING_UNKNOWN: 'verdict',
  BACKING_WHOLE: 'verdict',
  CALIBRATION_AS_OF: 'payload',
  CALIBRATION_OWN_OWNER: 'payload',
  CALIBRATION_UNDRAWN: 'later',
  CONTRIBUTION_COPIED_SOURCE: 'payload',
  CONTRIBUTION_EARLY: 'later',
  CONTRIBUTION_OPEN_SOURCES: 'later',
  CONTRIBUTION_SOURCE_OPEN: 'later',
  DEMAND_PLACES: 'later',
  ESCROW_OVERDRAWN: 'funds',
  ESCROW_TOO_LOW: 'funds',
  ESCROW_WITHDRAWALS: 'later',
  MODEL_PIN_COUNT: 'payload',
  MODEL_UNCALIBRATED: 'later',
  REWARD_NOTHING: 'later',
  VOUCHER_OVERDRAWN: 'funds',

  // Another account was faster with the same.
  CALIBRATION_TAKEN: 'payload',
  DECLARATION_STRUCK: 'payload',
  DEMAND_REPEATED: 'payload',
  SETTLEMENT_TAKEN: 'payload',
  WITNESS_STRUCK: 'payload',

  // Content that no node takes, and what is found here.
  CHAIN_CHANGED: 'elsewhere',
  CONTENT_BATCH: 'elsewhere',
  CONTENT_CORRUPT: 'elsewhere',
  CONTENT_PROMPT_PART: 'verdict',
  CONTENT_ROOT: 'elsewhere',
  CONTENT_SALT: 'verdict',
  CONTENT_TOO_LONG: 'verdict',
  CONTENT_TYPE: 'verdict',
  KEY_PASSWORD_WRONG: 'elsewhere',
  KEYSTORE_INVALID: 'elsewhere',
  KEYSTORE_UNSUPPORTED: 'elsewhere',
  MNEMONIC_CHECKSUM: 'elsewhere',
  MNEMONIC_LENGTH: 'elsewhere',
  MNEMONIC_WORD: 'elsewhere',
  VOUCHER_SIGNER: 'verdict',
  WAIT_TIMEOUT: 'elsewhere',
  WALLET_ACCOUNT: 'elsewhere',
  WALLET_FAILED: 'elsewhere',
  WALLET_REFUSED: 'elsewhere',
  WALLET_SIGNATURE: 'elsewhere',
  WALLET_UNAVAILABLE: 'elsewhere',

  // What the chain refuses for good.
  ATTESTOR_UNKNOWN: 'verdict',
  BATCH_UNKNOWN: 'verdict',
  CLAIM_INELIGIBLE: 'verdict',
  CLAIM_ITEM: 'verdict',
  CONTRIBUTION_COMMITMENT: 'verdict',
  CONTRIBUTION_DATANET: 'verdict',
  CONTRIBUTION_DUPLICATE: 'verdict',
  CONTRIBUTION_EXPIRED: 'verdict',
  CONTRIBUTION_LICENCE: 'verdict',
  CONTRIBUTION_NOT_OWNER: 'verdict',
  CONTRIBUTION_PARENT_UNKNOWN: 'verdict',
  CONTRIBUTION_REVEALED: 'verdict',
  CONTRIBUTION_RULES: 'verdict',
  CONTRIBUTION_UNKNOWN: 'verdict',
  DATANET_FULL: 'verdict',
  DATANET_NOT_CONTRIBUTOR: 'verdict',
  DATANET_UNKNOWN: 'verdict',
  MODEL_DEPTH: 'verdict',
  MODEL_NOT_OWNER: 'verdict',
  MODEL_PIN_ROOT: 'verdict',
  MODEL_PRICE: 'verdict',
  MODEL_REVISION_PINS: 'verdict',
  MODEL_REVISION_SAME: 'verdict',
  MODEL_RULES: 'verdict',
  MODEL_UNKNOWN: 'verdict',
  MODEL_VERSIONS: 'verdict',
  RECEIPT_FEE: 'verdict',
  RECEIPT_MANIFEST: 'verdict',
  RECEIPT_RULES: 'verdict',
  REVIEW_NOT_REVIEWER: 'verdict',
  REVIEW_NONE: 'verdict',
  REVIEW_OWN: 'verdict',
  REVIEW_STAGE: 'verdict',
  REVIEW_TWICE: 'verdict',
  REWARD_NOT_OWNER: 'verdict',
  REWARD_NOT_PARTY: 'verdict',
  REWARD_OVERCLAIMED: 'verdict',
  SETTLEMENT_INDEX: 'verdict',
  SETTLEMENT_AS_OF: 'payload',
  SETTLEMENT_LATE: 'verdict',
  SETTLEMENT_PRIVATE: 'verdict',
  VOUCHER_ACCUMULATOR: 'verdict',
  VOUCHER_COUNT: 'verdict',
  VOUCHER_SIGNATURE: 'verdict',

  CHALLENGE_CALIBRATION: 'verdict',
  CHALLENGE_CLOSED: 'verdict',
  CHALLENGE_INDEX: 'verdict',
  CHALLENGE_KIND: 'verdict',
  CHALLENGE_SETTLEMENT: 'verdict',
  DECLARATION_NOT_ACCEPTED: 'verdict',
  DECLARATION_VOID: 'verdict',
  DEMAND_CLOSED: 'verdict',
  DEMAND_UNKNOWN: 'verdict',
  EXCUSE_ATTESTOR: 'verdict',
};

/** The number of JSON-RPC for a failure inside a node. */
const INTERNAL_ERROR = -32603;

/** The tables of checks without state. */
const STATELESS: readonly object[] = [TRANSACTION_ERRORS, ATTRIBUTION_ERRORS];

const isListed = (code: string): code is StatefulCode => Object.hasOwn(REFUSALS, code);

/** Returns what to do about a refusal; undefined for a code that this version does not know, of a later node. */
export const refusalOf = ({ code, data }: Fault): Refusal | undefined => {
  // A node gives a whole answer that does not fit its method again, however often one asks: its fault names the method.
  if (code === 'RPC_ANSWER_INVALID' && data?.method !== undefined) return 'call';
  // A node that refuses with a code of its own is not in trouble.
  if (code === 'RPC_ERROR' && data?.nodeCode !== undefined) return undefined;
  if (data?.rpcCode === INTERNAL_ERROR || (code === 'INTERNAL' && data?.rpcCode !== undefined))
    return 'trouble';
  if (isListed(code)) return REFUSALS[code];
  if (STATELESS.some((table) => Object.hasOwn(table, code))) return 'verdict';
  return Object.hasOwn(LIB_ERRORS, code) ? 'elsewhere' : undefined;
};

/** The codes of answers from which nothing can be read, also if they come again however often one asks. */
const NO_RESULT: ReadonlySet<string> = new Set(['RPC_ANSWER_INVALID', 'RPC_ERROR']);

/** The fault of a node that does not answer, unlike one that refuses. */
export const isAway = (error: unknown): error is CodedError =>
  error instanceof CodedError && refusalOf(error.fault) === 'away';

/** Whether a fault is the HTTP status 429 without an error of a node: something on the way may have passed the call on. */
export const isLimitedOnTheWay = ({ code, data }: Fault): boolean =>
  code === 'RATE_LIMITED' && data?.rpcCode === undefined;

/**
 * Whether a fault says nothing about what a call did: no answer came, or it is not one of this RPC, or the node failed on
 * the way, or nobody here knows its code. A gateway that has passed the call on, and then waits too long for the node,
 * answers with a code of its own. The call may have had its effect.
 */
export const isUnanswered = (fault: Fault): boolean => {
  const { code } = fault;
  const refusal = refusalOf(fault);
  return (
    refusal === undefined ||
    code === 'INTERNAL' ||
    refusal === 'away' ||
    refusal === 'trouble' ||
    NO_RESULT.has(code) ||
    isLimitedOnTheWay(fault)
  );
};

/** Whether the same call may be answered after a pause, without anything new. */
export const isForLater = (fault: Fault): boolean => {
  const refusal = refusalOf(fault);
  return refusal === 'away' || refusal === 'trouble' || refusal === 'later';
};

/** Whether a fault came as an answer. Other faults whose codes are not listed are of this program, such as of its files. */
const isAnswered = ({ code, data }: Fault): boolean => code === 'RPC_ERROR' || data?.rpcCode !== undefined;

/**
 * Whether a fault says nothing that stays about what a program reads, so that a read that was answered before is answered
 * again after a pause: by a node that is away, in trouble or behind, or once nothing stands between. So does an answer
 * with a code that nobody here knows. False for what the rules of the chain say, and for what was found here.
 */
export const isPassing = (fault: Fault): boolean => {
  const refusal = refusalOf(fault);
  return (
    isForLater(fault) ||
    refusal === 'call' ||
    refusal === 'missing' ||
    (refusal === undefined && isAnswered(fault))
  );
};

/** Returns the code of a fault for people. A code that nobody here knows is that of whatever answered. */
export const namedCode = ({ code, data }: Fault): string =>
  code === 'RPC_ERROR' && typeof data?.nodeCode === 'string' ? `${code} (${data.nodeCode})` : code;

/** The facts of an envelope with which a transaction is signed anew. */
export type Fact = 'nonce' | 'fee' | 'validUntil';

/** Returns the fact with which the transaction may be signed anew; undefined if that is not what it was refused for. */
export const staleFactOf = (fault: Fault): Fact | undefined => {
  const refusal = refusalOf(fault);
  return refusal === 'nonce' || refusal === 'fee' || refusal === 'validUntil' ? refusal : undefined;
};

/**
 * Whether the rules of the chain refuse it for good. False for everything else, also for a code of a later node: what is at
 * stake is not given up because a wallet was locked, a proxy was in the way, or for a reason that nobody here knows.
 */
export const isVerdict = (fault: Fault): boolean => refusalOf(fault) === 'verdict';

/** Whether the same payload will not pass again: it is refused for good, or another account was faster with the same. */
export const isForThisPayload = (fault: Fault): boolean => isVerdict(fault) || refusalOf(fault) === 'payload';
