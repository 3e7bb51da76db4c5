/**
 * Votes that together prove something: a commit that a block is decided, a polka that a value may be voted for again, a
 * round certificate that a round is to be entered. A bitmap and the signatures in validator order, every one checked:
 * no signature is trusted because it is old, or because there are enough others beside it. A vote that was verified before
 * with the same signature is not verified again (`Known`): one new vote does not cost the signatures of all others.
 */
import { type Height, type Root, type Round, toHeight, toRound } from '../src/lib/brands.ts';
import type { ChainIdentity, Commit, ValidatorSet } from '../src/lib/chain.ts';
import { ok } from '../src/lib/errors.ts';
import { fail, type Result } from './errors.ts';
import { blockTarget, type Polka, type RoundCertificate, type Vote, type VoteType } from './messages.ts';
import { hasCorrect, isQuorum, totalPower } from './power.ts';
import { type Verified, verifyVote } from './verify.ts';

/** The votes of one type, round and block with a bitmap of their validators, which is the shape of commits and polkas. */
export const assemble = (
  validators: ValidatorSet,
  height: Height,
  round: Round,
  blockHash: Root,
  votes: ReadonlyMap<number, Vote>,
): Commit => {
  const signers: boolean[] = [];
  const signatures: Uint8Array[] = [];
  for (const index of validators.keys()) {
    const vote = votes.get(index);
    signers.push(vote !== undefined);
    if (vote !== undefined) signatures.push(vote.signature);
  }
  return { height, round, blockHash, signers, signatures };
};

/** Returns the votes in a commit or polka. Only the shape is checked. Fault: `CERTIFICATE_SHAPE`. */
const disassemble = (
  validators: ValidatorSet,
  type: VoteType,
  certificate: Commit,
): Result<readonly Vote[]> => {
  const { blockHash, signers, signatures } = certificate;
  const height = toHeight(certificate.height);
  const round = toRound(certificate.round);
  const signing = signers.flatMap((signs, validator) => (signs ? [validator] : []));
  if (signers.length !== validators.length || signing.length !== signatures.length)
    return fail(
      'CERTIFICATE_SHAPE',
      'a certificate has one bit for each validator and one signature for each set bit',
      {
        validators: validators.length,
        bits: signers.length,
        set: signing.length,
        signatures: signatures.length,
      },
    );
  const target = blockTarget(blockHash);
  const votes: Vote[] = [];
  for (const [at, validator] of signing.entries()) {
    const signature = signatures[at];
    if (signature !== undefined) votes.push({ type, height, round, target, validator, signature });
  }
  return ok(votes);
};

const powerOf = (validators: ValidatorSet, votes: readonly Vote[]): bigint =>
  votes.reduce((sum, vote) => sum + (validators[vote.validator]?.power ?? 0n), 0n);

/** Whether a vote was verified before, against the set of its height and with the same signature. */
export type Known = (vote: Vote) => boolean;
const NONE_KNOWN: Known = () => false;

const verifyAll = (
  chain: ChainIdentity,
  validators: ValidatorSet,
  votes: readonly Vote[],
  isKnown: Known,
): Result<readonly Verified<Vote>[]> => {
  const out: Verified<Vote>[] = [];
  for (const vote of votes) {
    if (isKnown(vote)) {
      out.push(vote as Verified<Vote>);
      continue;
    }
    const checked = verifyVote(chain, validators, vote);
    if (!checked.ok) return checked;
    out.push(checked.value);
  }
  return ok(out);
};

/** Verifies a quorum. The power is summed before the first signature is checked, because signatures cost more. */
const verifyQuorum = (
  chain: ChainIdentity,
  validators: ValidatorSet,
  type: VoteType,
  certificate: Commit,
  isKnown: Known,
): Result<readonly Verified<Vote>[]> => {
  const votes = disassemble(validators, type, certificate);
  if (!votes.ok) return votes;
  if (!isQuorum(powerOf(validators, votes.value), totalPower(validators)))
    return fail('CERTIFICATE_POWER', 'the signers hold no more than two thirds of the power');
  return verifyAll(chain, validators, votes.value, isKnown);
};

/**
 * Is the block decided? True of a commit for which more than two thirds of the power of `validators`, the set of its
 * height, have signed precommits, with no signature that is wrong. @returns the precommits. Faults: `CERTIFICATE_SHAPE`,
 * `CERTIFICATE_POWER`, `VOTE_SIGNATURE`.
 */
export const verifyCommit = (
  validators: ValidatorSet,
  chain: ChainIdentity,
  commit: Commit,
  isKnown: Known = NONE_KNOWN,
): Result<readonly Verified<Vote>[]> => verifyQuorum(chain, validators, 'precommit', commit, isKnown);

/** Does the same for the prevotes of a polka. */
export const verifyPolka = (
  validators: ValidatorSet,
  chain: ChainIdentity,
  polka: Polka,
  isKnown: Known = NONE_KNOWN,
): Result<readonly Verified<Vote>[]> => verifyQuorum(chain, validators, 'prevote', polka, isKnown);

/**
 * Both reasons to enter a round (lines 47 and 65–67, and line 55 of the paper). Faults: `CERTIFICATE_SHAPE`,
 * `CERTIFICATE_POWER`, those of verifyVote.
 */
export const verifyRoundCertificate = (
  validators: ValidatorSet,
  chain: ChainIdentity,
  certificate: RoundCertificate,
  isKnown: Known = NONE_KNOWN,
): Result<readonly Verified<Vote>[]> => {
  const { height, round, votes } = certificate;
  const voters = new Set(votes.map((vote) => vote.validator));
  if (voters.size !== votes.length)
    return fail('CERTIFICATE_SHAPE', 'a validator has more than one vote in the certificate');
  if (votes.some((vote) => vote.height !== height))
    return fail('CERTIFICATE_SHAPE', 'a vote in the certificate is for another height');
  const power = powerOf(validators, votes);
  const total = totalPower(validators);
  if (votes.every((vote) => vote.round === round)) {
    if (!hasCorrect(power, total))
      return fail('CERTIFICATE_POWER', 'the voters of the round hold no more than one third of the power');
  } else if (votes.every((vote) => vote.round + 1 === round && vote.type === 'precommit')) {
    if (!isQuorum(power, total))
      return fail('CERTIFICATE_POWER', 'the precommits hold no more than two thirds of the power');
  } else {
    return fail(
      'CERTIFICATE_SHAPE',
      'the votes of a round certificate are votes of the round, or precommits of the round before',
    );
  }
  return verifyAll(chain, validators, votes, isKnown);
};
