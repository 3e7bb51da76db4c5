/** How a wallet sends, and what is wrong with options of the wrong type, which JavaScript lets through. */
import type { Transaction } from '../../state/tx/transaction.ts';
import { CodedError, type Fault } from '../lib/errors.ts';
import { MAX_UINT64, MAX_UINT128 } from '../lib/math.ts';
import { listProblems } from '../lib/problems.ts';
import { fault } from './errors.ts';
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
  /** How long to ask what became of a transaction whose answer was lost. 30 s if left out. */
  readonly settleMs?: number;
  /** Called when a transaction is signed, right before it is sent: again for each nonce that is tried. */
  readonly onSending?: (sending: Sending) => void;
  /** Called when the answer of the node was lost, before the client asks for the outcome. */
  readonly onLost?: (why: Fault) => void;
};

const INTEGERS = [
  ['tip', MAX_UINT128],
  ['nonce', MAX_UINT64],
  ['maxFee', MAX_UINT128],
  ['validUntil', MAX_UINT64],
] as const;

type Given = { readonly [name: string]: unknown };

/** @param optional - whether one of them may be undefined */
const integerProblems = (given: Given, optional: boolean): readonly string[] =>
  INTEGERS.flatMap(([name, limit]) => {
    const value = given[name];
    if (value === undefined && optional) return [];
    if (typeof value === 'bigint' && value >= 0n && value <= limit) return [];
    const got = typeof value === 'bigint' ? value : typeof value;
    return [`${name}: must be a bigint of 0 to ${limit}, not ${got}`];
  });

const refuse = (problems: readonly string[]): void => {
  if (problems.length > 0)
    throw new CodedError(fault('ARGUMENT_INVALID', listProblems(problems), { problems }));
};

/** @throws CodedError `ARGUMENT_INVALID`, which lists all that is wrong in `problems` */
export const checkSendOptions = (options: SendOptions): void => {
  const given: Given = options;
  const { mode, timeoutMs, settleMs, simulate } = given;
  const problems = [...integerProblems(given, true)];
  if (mode !== undefined && !MODES.some((each) => each === mode))
    problems.push(`mode: must be ${MODES.join(', ')}`);
  for (const [name, value] of Object.entries({ timeoutMs, settleMs }))
    if (value !== undefined && !(typeof value === 'number' && value > 0))
      problems.push(`${name}: must be a number of milliseconds above 0`);
  if (simulate !== undefined && typeof simulate !== 'boolean')
    problems.push('simulate: must be true or false');
  refuse(problems);
};

/** Checks the numbers of a transaction to sign. @throws CodedError as {@link checkSendOptions} */
export const checkDraft = (draft: Pick<Transaction, 'nonce' | 'maxFee' | 'tip' | 'validUntil'>): void =>
  refuse(integerProblems(draft, false));
