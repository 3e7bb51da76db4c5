/** How a wallet sends, and what is wrong with options of the wrong type, which JavaScript lets through. */
import {
  ADDRESS,
  bigintTo,
  checkFields,
  FUNCTION,
  MILLISECONDS,
  optional,
  SIGNAL,
  withMethods,
} from '../lib/arguments.ts';
import type { Fault } from '../lib/errors.ts';
import { MAX_UINT64, MAX_UINT128 } from '../lib/math.ts';
import type { Sending } from './settle.ts';

const MODES = ['async', 'sync', 'commit'] as const;
export type SendMode = (typeof MODES)[number];

export type SendOptions = {
  /** `sync` if left out. */
  readonly mode?: SendMode;
  /** The timeout of `commit`. */
  readonly timeoutMs?: number;
  /** Base units. */
  readonly tip?: bigint;
  /** Counted by the node if left out: give it to send several at once. */
  readonly nonce?: bigint;
  /** The most that gas and tip may cost, in base units. What is signed is lower by up to 2^32, so that each transaction has its own id. */
  readonly maxFee?: bigint;
  readonly validUntil?: bigint;
  /** Whether to refuse what must fail because of the current state, before it is signed. True if left out. */
  readonly simulate?: boolean;
  /**
   * How long to ask what became of a transaction whose answer was lost, and how long to send it again to a node that has no
   * room for it. 30 s if left out.
   */
  readonly settleMs?: number;
  /** Called when a transaction is signed, right before it is sent: again for each nonce that is tried. */
  readonly onSending?: (sending: Sending) => void;
  /** Called when the answer of the node was lost, before the client asks for the outcome. */
  readonly onLost?: (why: Fault) => void;
  /** Called before each pause after which the same bytes are sent again, with why the node did not take them. */
  readonly onLater?: (why: Fault, pauseMs: number) => void;
  /** Ends the waiting: it throws the reason of the signal. What was sent by then may still be executed. */
  readonly signal?: AbortSignal;
};

const AMOUNT = bigintTo(MAX_UINT128);
const UINT64 = bigintTo(MAX_UINT64);
const NUMBERS = { tip: AMOUNT, nonce: UINT64, maxFee: AMOUNT, validUntil: UINT64 };

/** The fields of a transaction to sign, without its sender. */
export const UNSIGNED = {
  ...NUMBERS,
  body: withMethods(
    'the body of a kind, which `fromJson` of a kind makes',
    'encode',
    'root',
    'action',
    'toJson',
  ),
};
/** The fields of a draft. */
export const DRAFT = { from: ADDRESS, ...UNSIGNED };

const OPTIONS = {
  ...Object.fromEntries(Object.entries(NUMBERS).map(([name, must]) => [name, optional(must)])),
  mode: optional({ be: MODES.join(', '), is: (value) => MODES.some((each) => each === value) }),
  timeoutMs: optional(MILLISECONDS),
  settleMs: optional(MILLISECONDS),
  simulate: optional({ be: 'true or false', is: (value) => typeof value === 'boolean' }),
  onSending: optional(FUNCTION),
  onLost: optional(FUNCTION),
  onLater: optional(FUNCTION),
  signal: optional(SIGNAL),
};

/** @throws CodedError `ARGUMENT_INVALID`, which lists all that is wrong in `problems` */
export const checkSendOptions = (options: SendOptions): void => checkFields('', options, OPTIONS);

/** Checks a transaction to sign. @throws CodedError as {@link checkSendOptions} */
export const checkUnsigned = (unsigned: unknown): void => checkFields('', unsigned, UNSIGNED);
