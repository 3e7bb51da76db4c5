/** From what was written to what the core takes in: every way in leads through here, and verifies. */

import type { Height } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import {
  type ChainIdentity,
  type Commit,
  type EncodedBlock,
  MAX_BLOCK_BYTES,
  type ValidatorSet,
} from '../../src/lib/chain.ts';
import { ok, unreachable } from '../../src/lib/errors.ts';
import { type Known, verifyCommit, verifyPolka, verifyRoundCertificate } from '../certificates.ts';
import type { Input } from '../effects.ts';
import { fail, type Result } from '../errors.ts';
import { decodeMessage, type Message } from '../messages.ts';
import { decodeBlock, type OnUnusual, proposedBlock, verifyProposal, verifyVote } from '../verify.ts';
import type { LogEntry } from './entries.ts';

/** An input of the core, and the block it brings, if it brings one. */
export type Admitted = { readonly input: Input; readonly block: EncodedBlock | undefined };

export type Context = {
  readonly chain: ChainIdentity;
  readonly height: Height;
  readonly validators: ValidatorSet;
};

const withoutBlock = <T>(result: Result<T>, make: (value: T) => Input): Result<Admitted> =>
  result.ok ? ok({ input: make(result.value), block: undefined }) : result;

/**
 * A message of the height in `context`. `isKnown`: which votes of a certificate need no verification. `onUnusual`: of a
 * loose vote. Faults: those of verify.ts and certificates.ts.
 */
export const admitMessage = (
  context: Context,
  message: Message,
  isKnown?: Known,
  onUnusual?: OnUnusual,
): Result<Admitted> => {
  const { chain, validators } = context;
  switch (message.type) {
    case 'vote':
      return withoutBlock(verifyVote(chain, validators, message.vote, onUnusual), (vote) => ({
        type: 'Vote',
        vote,
      }));
    case 'commit':
      return withoutBlock(verifyCommit(validators, chain, message.commit, isKnown), (votes) => ({
        type: 'CommitCertificate',
        votes,
      }));
    case 'polka':
      return withoutBlock(verifyPolka(validators, chain, message.polka, isKnown), (votes) => ({
        type: 'PolkaCertificate',
        votes,
      }));
    case 'round':
      return withoutBlock(
        verifyRoundCertificate(validators, chain, message.certificate, isKnown),
        (votes) => ({
          type: 'RoundCertificate',
          votes,
        }),
      );
    case 'proposal': {
      const proposal = verifyProposal(chain, validators, message.proposal);
      if (!proposal.ok) return proposal;
      const block = proposedBlock(chain, validators, message.proposal, message.block);
      if (!block.ok) return block;
      return ok({ input: { type: 'Proposal', proposal: proposal.value }, block: block.value });
    }
    default:
      return unreachable(message);
  }
};

/** A block of block sync with its commit. Faults: `SYNC_BLOCK`, those of decodeBlock and verifyCommit. */
export const admitSynced = (
  context: Context,
  bytes: Uint8Array,
  commit: Commit,
): Result<{ readonly input: Input; readonly block: EncodedBlock }> => {
  if (bytes.length > MAX_BLOCK_BYTES) return fail('SYNC_BLOCK', 'the block is too long');
  const decoded = decodeBlock(bytes);
  if (!decoded.ok) return decoded;
  const { header } = decoded.value.block;
  if (!equal(decoded.value.id, commit.blockHash) || header.height !== commit.height)
    return fail('SYNC_BLOCK', 'the commit is for another block');
  if (header.height !== context.height || header.chainId !== context.chain.chainId)
    return fail('SYNC_BLOCK', 'the block is of another height or chain');
  const verified = verifyCommit(context.validators, context.chain, commit);
  return verified.ok ? ok({ input: { type: 'SyncedBlock', commit }, block: decoded.value }) : verified;
};

/** An entry of the log of the height in `context`. */
export const admitEntry = (context: Context, entry: LogEntry): Result<Admitted> => {
  const { chain, validators } = context;
  switch (entry.type) {
    case 'message': {
      const message = decodeMessage(entry.bytes);
      return message.ok ? admitMessage(context, message.value) : message;
    }
    case 'validation':
      return ok({ input: { type: 'ProposedValue', ...entry.validation }, block: undefined });
    case 'ownBlock': {
      const block = decodeBlock(entry.bytes);
      if (!block.ok) return block;
      return ok({
        input: { type: 'OwnValue', round: entry.round, id: block.value.id },
        block: block.value,
      });
    }
    case 'signedVote':
      return withoutBlock(verifyVote(chain, validators, entry.vote), (vote) => ({
        type: 'SignedVote',
        vote,
      }));
    case 'signedProposal':
      return withoutBlock(verifyProposal(chain, validators, entry.proposal), (proposal) => ({
        type: 'SignedProposal',
        proposal,
      }));
    case 'timeout':
      return ok({
        input: { type: 'TimeoutElapsed', timeout: { type: entry.timeoutType, round: entry.round } },
        block: undefined,
      });
    default:
      return unreachable(entry);
  }
};
