/** How a wallet sends, and what is wrong with options of the wrong type, which JavaScript lets through. */
import type { Transaction } from '../../state/tx/transaction.ts';
import { CodedError } from '../lib/errors.ts';
import { MAX_UINT64, MAX_UINT128 } from '../lib/math.ts';
import { listProblems } from '../lib/problems.ts';
import { fault } from './errors.ts';

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
  readonly maxFee?: bigint;
  readonly validUntil?: bigint;
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
  const { mode, timeoutMs, ...given }: Given = options;
  refuse([
    ...integerProblems(given, true),
    ...(mode === undefined || MODES.some((each) => each === mode)
      ? []
      : [`mode: must be ${MODES.join(', ')}`]),
    ...(timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs > 0)
      ? []
      : ['timeoutMs: must be a number of milliseconds above 0']),
  ]);
};

/** Checks the numbers of a transaction to sign. @throws CodedError as {@link checkSendOptions} */
export const checkDraft = (draft: Pick<Transaction, 'nonce' | 'maxFee' | 'tip' | 'validUntil'>): void =>
  refuse(integerProblems(draft, false));
