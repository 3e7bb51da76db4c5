/** How a wallet sends, and what is wrong with options of the wrong type, which JavaScript lets through. */
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

/** @throws CodedError `ARGUMENT_INVALID`, which lists all that is wrong in `problems` */
export const checkSendOptions = (options: SendOptions): void => {
  const given: { readonly [name: string]: unknown } = options;
  const problems: string[] = [];
  for (const [name, limit] of INTEGERS) {
    const value = given[name];
    if (value === undefined || (typeof value === 'bigint' && value >= 0n && value <= limit)) continue;
    const got = typeof value === 'bigint' ? value : typeof value;
    problems.push(`${name}: must be a bigint of 0 to ${limit}, not ${got}`);
  }
  const { mode, timeoutMs } = given;
  if (mode !== undefined && !MODES.some((each) => each === mode))
    problems.push(`mode: must be ${MODES.join(', ')}`);
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0))
    problems.push('timeoutMs: must be a number of milliseconds above 0');
  if (problems.length > 0)
    throw new CodedError(fault('ARGUMENT_INVALID', listProblems(problems), { problems }));
};
