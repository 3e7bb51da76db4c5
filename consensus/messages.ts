/**
 * What validators say to each other: proposals, votes, and certificates made of votes; how they are written, and what
 * bytes are signed. Nil is a type of its own, on the wire and in memory: round 0 and an id of zeros are values like any
 * other.
 */
import { FIRST_ROUND, type Height, type Root, type Round, toHeight, ZERO_ROOT } from '../src/lib/brands.ts';
import { concat, equal, utf8 } from '../src/lib/bytes.ts';
import {
  type ChainIdentity,
  type Commit,
  CommitType,
  height64,
  MAX_BLOCK_BYTES,
  MAX_VALIDATORS,
  round32,
} from '../src/lib/chain.ts';
import { ok, unreachable } from '../src/lib/errors.ts';
import {
  byteList,
  bytes,
  container,
  list,
  root32,
  uint8,
  uint16,
  uint64,
  type ValueOf,
} from '../src/lib/ssz.ts';
import { fail, type Result } from './errors.ts';

export type VoteType = 'prevote' | 'precommit';

/** The target of a vote. It is encoded as two fields ({@link targetParts}), as is a {@link ValidRound}. */
export type Target = { readonly type: 'nil' } | { readonly type: 'block'; readonly id: Root };
export const NIL: Target = { type: 'nil' };
export const blockTarget = (id: Root): Target => ({ type: 'block', id });

/** The signed part of a vote. It is written by hand because its encoding has two fields for its target. */
export type UnsignedVote = {
  readonly type: VoteType;
  readonly height: Height;
  readonly round: Round;
  readonly target: Target;
  /** The index in the height's validator set. */
  readonly validator: number;
};
export type Vote = UnsignedVote & { readonly signature: Uint8Array };

/** The round whose polka justifies proposing a value again (validRound of the paper), or none for a fresh value. */
export type ValidRound = { readonly type: 'none' } | { readonly type: 'round'; readonly round: Round };
export const FRESH: ValidRound = { type: 'none' };
export const sameValidRound = (a: ValidRound, b: ValidRound): boolean =>
  a.type === 'round' ? b.type === 'round' && a.round === b.round : b.type === 'none';

/**
 * The signed part of a proposal. The proposer follows from height and round. The block is sent beside it. It is written
 * by hand because its encoding has two fields for its valid round.
 */
export type UnsignedProposal = {
  readonly height: Height;
  readonly round: Round;
  readonly id: Root;
  readonly validRound: ValidRound;
};
export type Proposal = UnsignedProposal & { readonly signature: Uint8Array };

/** A request to a validator for a signature. */
export type SignRequest =
  | { readonly type: 'proposal'; readonly proposal: UnsignedProposal }
  | { readonly type: 'vote'; readonly vote: UnsignedVote };

/** The prevotes of more than two thirds of the power for one block in one round: the shape of a commit. */
export type Polka = Commit;

/**
 * Why a round is entered: precommits of more than two thirds of the power in the round before, or votes of more than
 * one third in the round itself (one vote per validator). It is written by hand because it contains {@link Vote}.
 */
export type RoundCertificate = {
  readonly height: Height;
  readonly round: Round;
  readonly votes: readonly Vote[];
};

export type Message =
  | { readonly type: 'proposal'; readonly proposal: Proposal; readonly block: Uint8Array }
  | { readonly type: 'vote'; readonly vote: Vote }
  | { readonly type: 'commit'; readonly commit: Commit }
  | { readonly type: 'polka'; readonly polka: Polka }
  | { readonly type: 'round'; readonly certificate: RoundCertificate };

export const heightOf = (message: Message): Height => {
  switch (message.type) {
    case 'proposal':
      return message.proposal.height;
    case 'vote':
      return message.vote.height;
    case 'commit':
      return toHeight(message.commit.height);
    case 'polka':
      return toHeight(message.polka.height);
    case 'round':
      return message.certificate.height;
  }
};

// ---------------------------------------------------------------------------------------------------- types as numbers

/** The byte that says whether a value is present. Nil and none are encoded as {@link ABSENT}, followed by zeros. */
type Presence = { readonly present: number };
const VOTE_TYPES = { prevote: 1, precommit: 2 } as const;
const ABSENT = 0;
const PRESENT = 1;

const voteTypeOf = (code: number): Result<VoteType> => {
  if (code === VOTE_TYPES.prevote) return ok('prevote');
  if (code === VOTE_TYPES.precommit) return ok('precommit');
  return fail('MESSAGE_DECODE', `unknown vote type ${code}`);
};

const targetParts = (target: Target): Presence & { readonly id: Root } =>
  target.type === 'nil' ? { present: ABSENT, id: ZERO_ROOT } : { present: PRESENT, id: target.id };

/** Decodes a target. A value has only one encoding, so an absent value is followed by zeros. */
const targetOf = (present: number, id: Root): Result<Target> => {
  if (present === PRESENT) return ok(blockTarget(id));
  if (present === ABSENT && equal(id, ZERO_ROOT)) return ok(NIL);
  return fail('MESSAGE_DECODE', 'a target is 0 and zeros for nil, or 1 and a block id');
};

const validRoundParts = (validRound: ValidRound): Presence & { readonly round: Round } =>
  validRound.type === 'none'
    ? { present: ABSENT, round: FIRST_ROUND }
    : { present: PRESENT, round: validRound.round };

const validRoundOf = (present: number, round: Round): Result<ValidRound> => {
  if (present === PRESENT) return ok({ type: 'round', round });
  if (present === ABSENT && round === 0) return ok(FRESH);
  return fail('MESSAGE_DECODE', 'a valid round is 0 and 0 for none, or 1 and a round');
};

// ---------------------------------------------------------------------------------------------------------- sign bytes

const VoteSignType = container({
  chainId: uint64,
  genesisHash: root32,
  type: uint8,
  height: height64,
  round: round32,
  present: uint8,
  id: root32,
});

const ProposalSignType = container({
  chainId: uint64,
  genesisHash: root32,
  height: height64,
  round: round32,
  id: root32,
  present: uint8,
  validRound: round32,
});

const VOTE_LABEL = 'openledger/vote/1';
const PROPOSAL_LABEL = 'openledger/proposal/1';

const labelled = (name: string, encoded: Uint8Array): Uint8Array => {
  const label = utf8(name);
  return concat(Uint8Array.of(label.length), label, encoded);
};

/** Returns the bytes that are signed for a vote. The index of the validator is not among them: the key identifies it. */
export const voteSignBytes = (chain: ChainIdentity, vote: UnsignedVote): Uint8Array =>
  labelled(
    VOTE_LABEL,
    VoteSignType.encode({
      chainId: chain.chainId,
      genesisHash: chain.genesisHash,
      type: VOTE_TYPES[vote.type],
      height: vote.height,
      round: vote.round,
      ...targetParts(vote.target),
    }),
  );

export const proposalSignBytes = (chain: ChainIdentity, proposal: UnsignedProposal): Uint8Array => {
  const validRound = validRoundParts(proposal.validRound);
  return labelled(
    PROPOSAL_LABEL,
    ProposalSignType.encode({
      chainId: chain.chainId,
      genesisHash: chain.genesisHash,
      height: proposal.height,
      round: proposal.round,
      id: proposal.id,
      present: validRound.present,
      validRound: validRound.round,
    }),
  );
};

/** Whether bytes that were signed are a vote or a proposal of this chain. Both name their chain first. */
export const isSignedFor = (chain: ChainIdentity, signBytes: Uint8Array): boolean => {
  const named = concat(uint64.encode(chain.chainId), chain.genesisHash);
  return [VOTE_LABEL, PROPOSAL_LABEL].some((label) => {
    const start = labelled(label, named);
    return equal(signBytes.subarray(0, start.length), start);
  });
};

// ---------------------------------------------------------------------------------------------------------------- wire

const VoteWire = container({
  type: uint8,
  height: height64,
  round: round32,
  present: uint8,
  id: root32,
  validator: uint16,
  signature: bytes(64),
});
type VoteParts = ValueOf<typeof VoteWire>;

const ProposalWire = container({
  height: height64,
  round: round32,
  id: root32,
  present: uint8,
  validRound: round32,
  signature: bytes(64),
});
type ProposalParts = ValueOf<typeof ProposalWire>;

const ProposalMessageWire = container({
  proposal: ProposalWire,
  block: byteList(MAX_BLOCK_BYTES),
});

const RoundCertificateWire = container({
  height: height64,
  round: round32,
  votes: list(VoteWire, MAX_VALIDATORS),
});

const voteParts = (vote: Vote): VoteParts => ({
  type: VOTE_TYPES[vote.type],
  height: vote.height,
  round: vote.round,
  ...targetParts(vote.target),
  validator: vote.validator,
  signature: vote.signature,
});

const voteOf = (parts: VoteParts): Result<Vote> => {
  const type = voteTypeOf(parts.type);
  if (!type.ok) return type;
  const target = targetOf(parts.present, parts.id);
  if (!target.ok) return target;
  const { height, round, validator, signature } = parts;
  return ok({ type: type.value, height, round, target: target.value, validator, signature });
};

const proposalParts = (proposal: Proposal): ProposalParts => {
  const validRound = validRoundParts(proposal.validRound);
  const { height, round, id, signature } = proposal;
  return { height, round, id, present: validRound.present, validRound: validRound.round, signature };
};

const proposalOf = (parts: ProposalParts): Result<Proposal> => {
  const validRound = validRoundOf(parts.present, parts.validRound);
  if (!validRound.ok) return validRound;
  const { height, round, id, signature } = parts;
  if (validRound.value.type === 'round' && validRound.value.round >= round)
    return fail('MESSAGE_DECODE', 'a valid round lies before the round of the proposal');
  return ok({ height, round, id, validRound: validRound.value, signature });
};

export const encodeVote = (vote: Vote): Uint8Array => VoteWire.encode(voteParts(vote));
export const decodeVote = (encoded: Uint8Array): Result<Vote> => {
  const parts = VoteWire.decode(encoded);
  return parts.ok ? voteOf(parts.value) : parts;
};

export const encodeProposal = (proposal: Proposal): Uint8Array =>
  ProposalWire.encode(proposalParts(proposal));
export const decodeProposal = (encoded: Uint8Array): Result<Proposal> => {
  const parts = ProposalWire.decode(encoded);
  return parts.ok ? proposalOf(parts.value) : parts;
};

/**
 *  byte 0        1
 *  +-------------+----------------
 *  | type        | SSZ of the type
 *  +-------------+----------------
 */
const HEAD = 1;
const MESSAGE_TYPES = { proposal: 1, vote: 2, commit: 3, polka: 4, round: 5 } as const;

/** The longest encoding of a message of each topic. A transport may refuse longer ones. */
export const MAX_PROPOSAL_MESSAGE_BYTES = HEAD + ProposalMessageWire.maxBytes;
export const MAX_VOTE_MESSAGE_BYTES = HEAD + Math.max(RoundCertificateWire.maxBytes, CommitType.maxBytes);

const body = (message: Message): Uint8Array => {
  switch (message.type) {
    case 'proposal':
      return ProposalMessageWire.encode({ proposal: proposalParts(message.proposal), block: message.block });
    case 'vote':
      return encodeVote(message.vote);
    case 'commit':
      return CommitType.encode(message.commit);
    case 'polka':
      return CommitType.encode(message.polka);
    case 'round':
      return RoundCertificateWire.encode({
        ...message.certificate,
        votes: message.certificate.votes.map(voteParts),
      });
    default:
      return unreachable(message);
  }
};

/** Encodes a message. @throws CodedError `SSZ_RANGE` for a value that no correct node makes */
export const encodeMessage = (message: Message): Uint8Array =>
  concat(Uint8Array.of(MESSAGE_TYPES[message.type]), body(message));

const decodeProposalMessage = (encoded: Uint8Array): Result<Message> => {
  const parts = ProposalMessageWire.decode(encoded);
  if (!parts.ok) return parts;
  const proposal = proposalOf(parts.value.proposal);
  return proposal.ok
    ? ok({ type: 'proposal', proposal: proposal.value, block: parts.value.block })
    : proposal;
};

const decodeRoundCertificate = (encoded: Uint8Array): Result<Message> => {
  const parts = RoundCertificateWire.decode(encoded);
  if (!parts.ok) return parts;
  const votes: Vote[] = [];
  for (const each of parts.value.votes) {
    const vote = voteOf(each);
    if (!vote.ok) return vote;
    votes.push(vote.value);
  }
  const { height, round } = parts.value;
  return ok({ type: 'round', certificate: { height, round, votes } });
};

/** Decodes a message without verifying its signatures (see verify.ts). Faults: `MESSAGE_DECODE`, `SSZ_DECODE`. */
export const decodeMessage = (encoded: Uint8Array): Result<Message> => {
  const type = encoded[0];
  if (type === undefined) return fail('MESSAGE_DECODE', 'too short');
  const rest = encoded.subarray(HEAD);
  switch (type) {
    case MESSAGE_TYPES.proposal:
      return decodeProposalMessage(rest);
    case MESSAGE_TYPES.vote: {
      const vote = decodeVote(rest);
      return vote.ok ? ok({ type: 'vote', vote: vote.value }) : vote;
    }
    case MESSAGE_TYPES.commit: {
      const commit = CommitType.decode(rest);
      return commit.ok ? ok({ type: 'commit', commit: commit.value }) : commit;
    }
    case MESSAGE_TYPES.polka: {
      const polka = CommitType.decode(rest);
      return polka.ok ? ok({ type: 'polka', polka: polka.value }) : polka;
    }
    case MESSAGE_TYPES.round:
      return decodeRoundCertificate(rest);
    default:
      return fail('MESSAGE_DECODE', `unknown type ${type}`);
  }
};
