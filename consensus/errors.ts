/** The error codes of consensus. */

import type { ErrorTable } from '../src/lib/errors.ts';
import * as errors from '../src/lib/errors.ts';
import type { LibCode } from '../src/lib/lib-errors.ts';

export const CONSENSUS_ERRORS = {
  BLOCK_DECODE: {
    means: 'Bytes are not an encoded block.',
    action: 'Nothing to do: the node rejects them.',
  },
  BLOCK_BODY: {
    means: 'A root in the header of a block is not that of its body.',
    action: 'Nothing to do: the node rejects the block.',
  },
  CERTIFICATE_POWER: {
    means: 'The signers of a certificate do not hold enough voting power.',
    action: 'Nothing to do: the node rejects it.',
  },
  CERTIFICATE_SHAPE: {
    means: 'A certificate is put together wrongly.',
    action: 'Nothing to do: the node rejects it.',
  },
  CONSENSUS_DIVERGED: {
    means: 'A block that the validators decided is invalid on this node.',
    action: 'Stop the node. Check its version and its genesis file, and sync its data again.',
  },
  CONSENSUS_FAILED: {
    means: 'Consensus ended because of an error that no other code describes.',
    action: 'Read the log, start the node again, and report it as a bug.',
  },
  CONSENSUS_STOPPED: {
    means: 'Consensus is not running.',
    action: 'Nothing to do if the node is stopping. Otherwise read the log for the reason.',
  },
  KEY_IN_USE_ELSEWHERE: {
    means: 'A vote or proposal was signed with the key of this node, and not by this node.',
    action:
      'Stop every other node that has this key. If there is none, data/sign-state.json is an old copy: read docs/operators.md#one-key-one-node.',
  },
  LOG_DECODE: {
    means: 'An entry of the consensus log does not decode.',
    action: 'See `WAL_ENTRY`.',
  },
  MESSAGE_DECODE: {
    means: 'Bytes are not a consensus message.',
    action: 'Nothing to do: the node rejects them.',
  },
  MESSAGE_DOUBTED: {
    means: 'A peer has sent messages that do not verify, so its early messages are ignored.',
    action: 'Nothing to do.',
  },
  MESSAGE_EARLY: {
    means:
      'A message is of a height whose validators are not known yet, so it is kept until then, and not passed on.',
    action: 'Nothing to do: the node uses it when the height begins.',
  },
  MESSAGE_FAR: {
    means: 'A message is of a height that is too far ahead.',
    action: 'Nothing to do: the node syncs the blocks first.',
  },
  MESSAGE_KNOWN: {
    means: 'The node has the same message already.',
    action: 'Nothing to do.',
  },
  MESSAGE_OLD: {
    means: 'A message is of a height that is decided.',
    action: 'Nothing to do.',
  },
  MESSAGE_RATION: {
    means: 'As many messages of a validator or a peer wait for their turn as it may have.',
    action: 'Nothing to do: what is needed is sent again.',
  },
  MESSAGE_TOPIC: {
    means: 'A message came on a topic to which its type does not belong.',
    action: 'Nothing to do: the node rejects it.',
  },
  MESSAGE_USELESS: {
    means: 'A message does not change anything at this height and round.',
    action: 'Nothing to do.',
  },
  PROPOSAL_BLOCK: {
    means:
      'The block of a proposal is not the one that the proposal names, or is of another height or chain.',
    action: 'Nothing to do: the node rejects it.',
  },
  PROPOSAL_SIGNATURE: {
    means: 'The proposer of the round did not sign the proposal.',
    action: 'Nothing to do: the node rejects it.',
  },
  PROPOSAL_UNTIMELY: {
    means: 'The time of a proposal is too far from the clock of the node.',
    action: 'Check that the clocks of the validators are synchronised (NTP).',
  },
  SIGN_REFUSED: {
    means: 'The validator has signed this step, or a later one, before, and does not sign twice.',
    action: 'Nothing to do. Check that the key is not in use on two machines.',
  },
  SIGN_STATE_CORRUPT: {
    means: 'The file that records what the validator signed last is damaged.',
    action:
      'Read docs/operators.md#when-the-sign-state-is-lost. Never put an old copy or an empty one in its place.',
  },
  SIGN_STATE_EXISTS: {
    means: 'The file that records what the validator signed last exists already.',
    action: 'Keep it. To start anew, choose another home and another key.',
  },
  SIGN_STATE_KEY: {
    means: 'The file that records what the validator signed last belongs to another key.',
    action: 'Put the file and the key of the same validator together.',
  },
  SIGN_STATE_MISSING: {
    means: 'The home has a validator key and no record of what it signed last.',
    action:
      'Move the record together with the key. If it is lost, read docs/operators.md#when-the-sign-state-is-lost.',
  },
  SIGN_STATE_READ: {
    means: 'The record of what the validator signed last cannot be read.',
    action: 'Check the permissions and the disk.',
  },
  SIGN_STATE_WRITE: {
    means: 'The record of what the validator signed last cannot be written.',
    action: 'Check the free space and the permissions. The node does not sign without it.',
  },
  SYNC_BLOCK: {
    means: 'A block from a peer does not fit its commit, or its height or chain.',
    action: 'Nothing to do: the node asks another peer.',
  },
  SYNC_HEIGHT: {
    means: 'A block from a peer is of another height than the next.',
    action: 'Nothing to do: the node asks for the right one.',
  },
  VOTE_SIGNATURE: {
    means: 'The signature of a vote is wrong.',
    action: 'Nothing to do: the node rejects it.',
  },
  VOTE_VALIDATOR: {
    means: 'A vote names a validator that the set does not have.',
    action: 'Nothing to do: the node rejects it.',
  },
  WAL_CORRUPT: {
    means: 'The consensus log of a height is damaged.',
    action:
      'Read "When something is wrong" in docs/operators.md before you delete the log: a validator must not sign twice.',
  },
  WAL_ENTRY: {
    means: 'The consensus log holds an entry that is not valid.',
    action:
      'Read "When something is wrong" in docs/operators.md before you delete the log: a validator must not sign twice.',
  },
  WAL_READ: {
    means: 'The consensus log cannot be read.',
    action: 'Check the permissions and the disk.',
  },
  WAL_WRITE: {
    means:
      'The consensus log cannot be written, for example because the disk is full. The node stops, because it could sign twice without it.',
    action: 'Make room on the disk of the path in the message, or repair it, and start the node again.',
  },
} as const satisfies ErrorTable;

export type ConsensusCode = keyof typeof CONSENSUS_ERRORS | LibCode;

export type Fault = errors.Fault<ConsensusCode>;
export type Result<T> = errors.Result<T, ConsensusCode>;
export const fault: errors.FaultOf<ConsensusCode> = errors.fault;
export const fail: errors.FailOf<ConsensusCode> = errors.fail;
export const toFaultOr: errors.ToFaultOrOf<ConsensusCode> = errors.toFaultOr;
