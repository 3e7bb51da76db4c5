/**
 * The entries of the write-ahead log: what must be taken in again, in the same order, for the core to be again what it
 * was. One byte says the type, SSZ the rest. What needs no entry: StartHeight (a log belongs to a height), the timeouts
 * that change nothing in the core, and blocks of block sync, which are synced again.
 */
import type { Round } from '../../src/lib/brands.ts';
import { concat } from '../../src/lib/bytes.ts';
import { MAX_BLOCK_BYTES, round32 } from '../../src/lib/chain.ts';
import { ok, unreachable } from '../../src/lib/errors.ts';
import { boolean, byteList, container, root32, uint8, type ValueOf } from '../../src/lib/ssz.ts';
import { fail, type Result } from '../errors.ts';
import {
  decodeProposal,
  decodeVote,
  encodeProposal,
  encodeVote,
  type Proposal,
  type Vote,
} from '../messages.ts';
import type { TimeoutType } from '../round.ts';

export type LogEntry =
  /** The bytes of a message of a peer. Verified again when they are read: a log is a file, and files can be changed. */
  | { readonly type: 'message'; readonly bytes: Uint8Array }
  | { readonly type: 'validation'; readonly validation: Validation }
  | { readonly type: 'ownBlock'; readonly round: Round; readonly bytes: Uint8Array }
  | { readonly type: 'signedVote'; readonly vote: Vote }
  | { readonly type: 'signedProposal'; readonly proposal: Proposal }
  | { readonly type: 'timeout'; readonly timeoutType: TimeoutType; readonly round: Round };

const TYPES = {
  message: 1,
  validation: 2,
  ownBlock: 3,
  signedVote: 4,
  signedProposal: 5,
  timeout: 6,
} as const;

const TIMEOUTS: readonly TimeoutType[] = ['propose', 'prevote', 'precommit'];

const ValidationType = container({
  round: round32,
  id: root32,
  valid: boolean,
  timely: boolean,
});
export type Validation = ValueOf<typeof ValidationType>;
const OwnBlockType = container({
  round: round32,
  bytes: byteList(MAX_BLOCK_BYTES),
});
const TimeoutEntryType = container({
  type: uint8,
  round: round32,
});

const body = (entry: LogEntry): Uint8Array => {
  switch (entry.type) {
    case 'message':
      return entry.bytes;
    case 'validation':
      return ValidationType.encode(entry.validation);
    case 'ownBlock':
      return OwnBlockType.encode({ round: entry.round, bytes: entry.bytes });
    case 'signedVote':
      return encodeVote(entry.vote);
    case 'signedProposal':
      return encodeProposal(entry.proposal);
    case 'timeout':
      return TimeoutEntryType.encode({ type: TIMEOUTS.indexOf(entry.timeoutType), round: entry.round });
    default:
      return unreachable(entry);
  }
};

export const encodeEntry = (entry: LogEntry): Uint8Array =>
  concat(Uint8Array.of(TYPES[entry.type]), body(entry));

const entryOf = <T>(result: Result<T>, make: (value: T) => LogEntry): Result<LogEntry> =>
  result.ok ? ok(make(result.value)) : result;

const decodeTimeout = (bytes: Uint8Array): Result<LogEntry> => {
  const parts = TimeoutEntryType.decode(bytes);
  if (!parts.ok) return parts;
  const timeoutType = TIMEOUTS[parts.value.type];
  return timeoutType === undefined
    ? fail('LOG_DECODE', `unknown timeout ${parts.value.type}`)
    : ok({ type: 'timeout', timeoutType, round: parts.value.round });
};

/** Faults: `LOG_DECODE`, and those of the parts. */
export const decodeEntry = (bytes: Uint8Array): Result<LogEntry> => {
  const rest = bytes.subarray(1);
  switch (bytes[0]) {
    case TYPES.message:
      return ok({ type: 'message', bytes: rest });
    case TYPES.validation:
      return entryOf(ValidationType.decode(rest), (validation) => ({ type: 'validation', validation }));
    case TYPES.ownBlock:
      return entryOf(OwnBlockType.decode(rest), (own) => ({ type: 'ownBlock', ...own }));
    case TYPES.signedVote:
      return entryOf(decodeVote(rest), (vote) => ({ type: 'signedVote', vote }));
    case TYPES.signedProposal:
      return entryOf(decodeProposal(rest), (proposal) => ({ type: 'signedProposal', proposal }));
    case TYPES.timeout:
      return decodeTimeout(rest);
    default:
      return fail('LOG_DECODE', `unknown type of entry ${bytes[0] ?? 'in no bytes'}`);
  }
};
