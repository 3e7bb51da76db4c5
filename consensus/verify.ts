/**
 * Nothing enters the core but what was verified here or in certificates.ts. The brand is given nowhere else, so the
 * compiler keeps it so.
 */
import { equal } from '../src/lib/bytes.ts';
import {
  BlockType,
  type ChainIdentity,
  commitRoot,
  type EncodedBlock,
  evidenceRoot,
  headerHash,
  transactionsRoot,
  type ValidatorSet,
} from '../src/lib/chain.ts';
import { kindOfSignature, validatorAddress, verifyEd25519 } from '../src/lib/ed25519.ts';
import { ok } from '../src/lib/errors.ts';
import { fail, type Result } from './errors.ts';
import { type Proposal, proposalSignBytes, type Vote, voteSignBytes } from './messages.ts';
import { proposerOf } from './proposer.ts';

declare const verified: unique symbol;
/** A value whose signature was checked against the validator set of its height. */
export type Verified<T> = T & { readonly [verified]: true };

/** Whether a vote was signed with a key, whatever validator it names. */
export const isSignedBy = (chain: ChainIdentity, vote: Vote, publicKey: Uint8Array): boolean =>
  verifyEd25519(vote.signature, voteSignBytes(chain, vote), publicKey);

/** Called with the public key of the validator that signed a vote in an unusual way, which is valid all the same. */
export type OnUnusual = (publicKey: Uint8Array) => void;

/** Verifies a vote. Faults: `VOTE_VALIDATOR` (the set has no such index), `VOTE_SIGNATURE`. */
export const verifyVote = (
  chain: ChainIdentity,
  validators: ValidatorSet,
  vote: Vote,
  onUnusual?: OnUnusual,
): Result<Verified<Vote>> => {
  const validator = validators[vote.validator];
  if (validator === undefined)
    return fail(
      'VOTE_VALIDATOR',
      `there is no validator ${vote.validator} in a set of ${validators.length}`,
      {
        validator: vote.validator,
      },
    );
  const kind = kindOfSignature(vote.signature, voteSignBytes(chain, vote), validator.publicKey);
  if (kind === 'unusual') onUnusual?.(validator.publicKey);
  if (kind === 'wrong')
    return fail('VOTE_SIGNATURE', `the signature of validator ${vote.validator} is wrong`, {
      validator: vote.validator,
    });
  return ok(vote as Verified<Vote>);
};

/** Verifies that the proposer of its height and round signed a proposal. Fault: `PROPOSAL_SIGNATURE`. */
export const verifyProposal = (
  chain: ChainIdentity,
  validators: ValidatorSet,
  proposal: Proposal,
): Result<Verified<Proposal>> => {
  const proposer = proposerOf(validators, proposal.height, proposal.round);
  if (!verifyEd25519(proposal.signature, proposalSignBytes(chain, proposal), proposer.publicKey))
    return fail('PROPOSAL_SIGNATURE', 'the signature is not that of the proposer of the round');
  return ok(proposal as Verified<Proposal>);
};

/**
 * A block whose id covers all of it: the roots in the header are those of the body. Without this, whoever passes a
 * proposal on could change the body under the proposer's signature, and make correct validators vote nil on a block
 * that others hold for good. Faults: `BLOCK_DECODE`, `BLOCK_BODY`.
 */
export const decodeBlock = (bytes: Uint8Array): Result<EncodedBlock> => {
  const decoded = BlockType.decode(bytes);
  if (!decoded.ok) return fail('BLOCK_DECODE', `not a block: ${decoded.fault.message}`);
  return checkBody({ block: decoded.value, bytes, id: headerHash(decoded.value.header) });
};

/** Checks that the roots in the header are those of the body. Fault: `BLOCK_BODY`. */
export const checkBody = (encoded: EncodedBlock): Result<EncodedBlock> => {
  const { block } = encoded;
  const { header } = block;
  const mismatch = (name: string): Result<EncodedBlock> =>
    fail('BLOCK_BODY', `${name} in the header is not that of the body`, { name });
  if (!equal(header.transactionsRoot, transactionsRoot(block.transactions)))
    return mismatch('transactionsRoot');
  if (!equal(header.lastCommitRoot, commitRoot(block.lastCommit))) return mismatch('lastCommitRoot');
  if (!equal(header.evidenceRoot, evidenceRoot(block.evidence))) return mismatch('evidenceRoot');
  return ok(encoded);
};

/**
 * The block of a proposal: the one it names, of this chain and height and, if it is fresh, made by who proposes it.
 * Faults: those of {@link decodeBlock}, `PROPOSAL_BLOCK`.
 */
export const proposedBlock = (
  chain: ChainIdentity,
  validators: ValidatorSet,
  proposal: Proposal,
  bytes: Uint8Array,
): Result<EncodedBlock> => {
  const decoded = decodeBlock(bytes);
  if (!decoded.ok) return decoded;
  const { header } = decoded.value.block;
  const wrong = (what: string): Result<EncodedBlock> =>
    fail('PROPOSAL_BLOCK', `the proposed block ${what}`, { what });
  if (!equal(decoded.value.id, proposal.id)) return wrong('is not the one the proposal names');
  if (header.chainId !== chain.chainId) return wrong('is of another chain');
  if (header.height !== proposal.height) return wrong('is of another height');
  const proposer = proposerOf(validators, proposal.height, proposal.round);
  if (proposal.validRound.type === 'none' && !equal(header.proposer, validatorAddress(proposer.publicKey)))
    return wrong('names another proposer');
  return decoded;
};
