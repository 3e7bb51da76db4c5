import { describe, expect, test } from 'vitest';
import { verifyCommit, verifyPolka, verifyRoundCertificate } from '../../../consensus/certificates.ts';
import { blockTarget, NIL, type RoundCertificate, type Vote } from '../../../consensus/messages.ts';
import { proposedBlock, verifyProposal, verifyVote } from '../../../consensus/verify.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import {
  bytesOf,
  CHAIN,
  commitOf,
  digest,
  FOUR,
  FOUR_UNUSUAL,
  idOf,
  makeBlock,
  party,
  signProposal,
  signVote,
} from './support.ts';

const V = digest('v');
const refused = (code: string): object => ({ ok: false, fault: { code } });

describe('a commit', () => {
  const good = commitOf(FOUR, 9n, 2, V, [0, 1, 3]);

  test('with the precommits of more than two thirds verifies, and gives these', () => {
    const verified = verifyCommit(FOUR.validators, CHAIN, good);
    expect(verified).toMatchObject({
      ok: true,
      value: [{ validator: 0 }, { validator: 1 }, { validator: 3 }],
    });
  });

  test('of two thirds by number, but not by power, does not', () => {
    const uneven = party([1n, 1n, 1n, 3n]);
    const commit = commitOf(uneven, 9n, 2, V, [0, 1, 2]);
    expect(verifyCommit(uneven.validators, CHAIN, commit)).toMatchObject(refused('CERTIFICATE_POWER'));
    const heavy = commitOf(uneven, 9n, 2, V, [0, 1, 3]);
    expect(verifyCommit(uneven.validators, CHAIN, heavy)).toMatchObject({ ok: true });
    const half = commitOf(FOUR, 9n, 2, V, [0, 1]);
    expect(verifyCommit(FOUR.validators, CHAIN, half)).toMatchObject(refused('CERTIFICATE_POWER'));
  });

  test('of exactly two thirds does not', () => {
    const three = party([1n, 1n, 1n]);
    expect(verifyCommit(three.validators, CHAIN, commitOf(three, 9n, 2, V, [0, 2]))).toMatchObject(
      refused('CERTIFICATE_POWER'),
    );
  });

  test('with one wrong signature does not, also when the others would do', () => {
    const all = commitOf(FOUR, 9n, 2, V, [0, 1, 2, 3]);
    for (const at of all.signatures.keys()) {
      const signatures = all.signatures.map((each, i) => (i === at ? each.map((byte) => byte ^ 1) : each));
      expect(verifyCommit(FOUR.validators, CHAIN, { ...all, signatures })).toMatchObject(
        refused('VOTE_SIGNATURE'),
      );
    }
  });

  test('with a signature that only ZIP-215 accepts does, like any other', () => {
    const unusual = commitOf(FOUR_UNUSUAL, 9n, 2, V, [0, 1, 2]);
    expect(verifyCommit(FOUR.validators, CHAIN, unusual)).toMatchObject({ ok: true });
  });

  test('for another block, round, height or chain does not', () => {
    for (const other of [
      { ...good, blockHash: digest('w') },
      { ...good, round: toRound(3) },
      { ...good, height: toHeight(10n) },
    ])
      expect(verifyCommit(FOUR.validators, CHAIN, other)).toMatchObject(refused('VOTE_SIGNATURE'));
    const fork = { ...CHAIN, genesisHash: digest('another') };
    expect(verifyCommit(FOUR.validators, fork, good)).toMatchObject(refused('VOTE_SIGNATURE'));
    expect(verifyPolka(FOUR.validators, CHAIN, good)).toMatchObject(refused('VOTE_SIGNATURE'));
  });

  test('whose bits and signatures do not fit each other, or the set, does not', () => {
    for (const other of [
      { ...good, signers: [true, true, true, true] },
      { ...good, signers: [true, true, false, true, false] },
      { ...good, signers: good.signers.slice(0, 3) },
      { ...good, signatures: good.signatures.slice(1) },
      { ...good, signatures: [...good.signatures, good.signatures[0] ?? new Uint8Array(64)] },
    ])
      expect(verifyCommit(FOUR.validators, CHAIN, other)).toMatchObject(refused('CERTIFICATE_SHAPE'));
    const empty = { ...good, signers: [], signatures: [] };
    expect(verifyCommit(FOUR.validators, CHAIN, empty)).toMatchObject(refused('CERTIFICATE_SHAPE'));
  });

  test('with its signatures in another order does not', () => {
    const signatures = [...good.signatures].reverse();
    expect(verifyCommit(FOUR.validators, CHAIN, { ...good, signatures })).toMatchObject(
      refused('VOTE_SIGNATURE'),
    );
  });
});

describe('a round certificate', () => {
  const vote = (type: Vote['type'], round: number, validator: number): Vote =>
    signVote(FOUR, {
      type,
      height: toHeight(9n),
      round: toRound(round),
      target: validator === 0 ? blockTarget(V) : NIL,
      validator,
    });
  const verify = (certificate: RoundCertificate): unknown =>
    verifyRoundCertificate(FOUR.validators, CHAIN, certificate);

  test('is good with votes of more than one third in the round, of either type', () => {
    const votes = [vote('prevote', 5, 0), vote('precommit', 5, 1)];
    expect(verify({ height: toHeight(9n), round: toRound(5), votes })).toMatchObject({ ok: true });
    expect(verify({ height: toHeight(9n), round: toRound(5), votes: votes.slice(1) })).toMatchObject(
      refused('CERTIFICATE_POWER'),
    );
  });

  test('is good with precommits of more than two thirds in the round before, for whatever', () => {
    const votes = [0, 1, 2].map((validator) => vote('precommit', 4, validator));
    expect(verify({ height: toHeight(9n), round: toRound(5), votes })).toMatchObject({ ok: true });
    expect(verify({ height: toHeight(9n), round: toRound(5), votes: votes.slice(1) })).toMatchObject(
      refused('CERTIFICATE_POWER'),
    );
  });

  test('counts nobody twice, and mixes nothing', () => {
    for (const votes of [
      [vote('prevote', 5, 0), vote('precommit', 5, 0)],
      [vote('precommit', 4, 0), vote('precommit', 5, 1), vote('precommit', 4, 2)],
      [0, 1, 2].map((validator) => vote('prevote', 4, validator)),
    ])
      expect(verify({ height: toHeight(9n), round: toRound(5), votes })).toMatchObject(
        refused('CERTIFICATE_SHAPE'),
      );
    expect(
      verify({
        height: toHeight(8n),
        round: toRound(5),
        votes: [vote('prevote', 5, 0), vote('prevote', 5, 1)],
      }),
    ).toMatchObject(refused('CERTIFICATE_SHAPE'));
    expect(verify({ height: toHeight(9n), round: toRound(5), votes: [] })).toMatchObject({ ok: false });
  });

  test('with a wrong signature, or of a stranger, is refused', () => {
    const forged = { ...vote('prevote', 5, 1), validator: 2 };
    expect(
      verify({ height: toHeight(9n), round: toRound(5), votes: [vote('prevote', 5, 0), forged] }),
    ).toMatchObject(refused('VOTE_SIGNATURE'));
    const stranger = { ...vote('prevote', 5, 1), validator: 4 };
    expect(
      verify({
        height: toHeight(9n),
        round: toRound(5),
        votes: [vote('prevote', 5, 0), vote('prevote', 5, 1), stranger],
      }),
    ).toMatchObject(refused('VOTE_VALIDATOR'));
  });
});

describe('a vote', () => {
  const good = signVote(FOUR, {
    type: 'prevote',
    height: toHeight(9n),
    round: toRound(0),
    target: NIL,
    validator: 2,
  });

  test('verifies with the key of its validator only', () => {
    expect(verifyVote(CHAIN, FOUR.validators, good)).toEqual({ ok: true, value: good });
    expect(verifyVote(CHAIN, FOUR.validators, { ...good, validator: 1 })).toMatchObject(
      refused('VOTE_SIGNATURE'),
    );
    expect(verifyVote(CHAIN, FOUR.validators, { ...good, validator: 4 })).toMatchObject(
      refused('VOTE_VALIDATOR'),
    );
  });

  test('of one chain is none of another that shares its numeric id', () => {
    const twin = { ...CHAIN, genesisHash: digest('another genesis') };
    expect(verifyVote(twin, FOUR.validators, good)).toMatchObject(refused('VOTE_SIGNATURE'));
  });
});

describe('a proposal', () => {
  const block = makeBlock({
    of: FOUR,
    height: toHeight(9n),
    round: toRound(1),
    time: 5n,
    transactions: [Uint8Array.of(1, 2, 3)],
  });
  const proposal = signProposal(FOUR, {
    height: toHeight(9n),
    round: toRound(1),
    id: idOf(block),
    validRound: { type: 'none' },
  });

  test('verifies with the key of the proposer of its round', () => {
    expect(verifyProposal(CHAIN, FOUR.validators, proposal)).toMatchObject({ ok: true });
    expect(verifyProposal(CHAIN, FOUR.validators, { ...proposal, round: toRound(2) })).toMatchObject(
      refused('PROPOSAL_SIGNATURE'),
    );
    expect(
      verifyProposal(CHAIN, FOUR.validators, {
        ...proposal,
        validRound: { type: 'round', round: toRound(0) },
      }),
    ).toMatchObject(refused('PROPOSAL_SIGNATURE'));
  });

  test('binds the whole block: a body that was changed on the way is refused', () => {
    const check = (changed: typeof block): unknown =>
      proposedBlock(CHAIN, FOUR.validators, proposal, bytesOf(changed));
    expect(check(block)).toMatchObject({ ok: true });
    expect(check({ ...block, transactions: [] })).toMatchObject(refused('BLOCK_BODY'));
    expect(check({ ...block, evidence: [Uint8Array.of(1)] })).toMatchObject(refused('BLOCK_BODY'));
    expect(check({ ...block, lastCommit: { ...block.lastCommit, round: toRound(1) } })).toMatchObject(
      refused('BLOCK_BODY'),
    );
    expect(check({ ...block, header: { ...block.header, time: 6n } })).toMatchObject(
      refused('PROPOSAL_BLOCK'),
    );
    expect(proposedBlock(CHAIN, FOUR.validators, proposal, Uint8Array.of(1))).toMatchObject(
      refused('BLOCK_DECODE'),
    );
  });

  test('of a block of another chain, height or proposer is refused', () => {
    for (const header of [
      { ...block.header, chainId: 1n },
      { ...block.header, height: toHeight(10n) },
      { ...block.header, proposer: new Uint8Array(20) as typeof block.header.proposer },
    ]) {
      const other = { ...block, header };
      const signed = signProposal(FOUR, {
        height: toHeight(9n),
        round: toRound(1),
        id: idOf(other),
        validRound: { type: 'none' },
      });
      expect(proposedBlock(CHAIN, FOUR.validators, signed, bytesOf(other))).toMatchObject(
        refused('PROPOSAL_BLOCK'),
      );
    }
  });

  test('of an old value may hold a block that another made', () => {
    const again = signProposal(FOUR, {
      height: toHeight(9n),
      round: toRound(2),
      id: idOf(block),
      validRound: { type: 'round', round: toRound(1) },
    });
    expect(proposedBlock(CHAIN, FOUR.validators, again, bytesOf(block))).toMatchObject({ ok: true });
  });
});
