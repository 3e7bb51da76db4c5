import { describe, expect, test } from 'vitest';
import { createCore, holds, missedProposals, step } from '../../../consensus/core.ts';
import type { Input } from '../../../consensus/effects.ts';
import { NIL } from '../../../consensus/messages.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { Process, V, W } from './process.ts';
import { FOUR, party, unsigned, unsignedProposal } from './support.ts';

const process3 = (): Process => new Process({ of: FOUR, self: 3 });

/** Locked on v in round 0: a polka was seen while in step prevote; the precommits of the others were for nil. */
const lockedOnV = (): Process => {
  const p = process3();
  p.propose(0, V);
  p.prevotes(0, V, [0, 1]);
  expect(p.heard()).toEqual(['prevote 0 v', 'precommit 0 v']);
  p.precommits(0, 'nil', [1, 2]);
  p.timeout('precommit', 0);
  expect(p.core.state).toMatchObject({ round: toRound(1), step: 'propose' });
  return p;
};

describe('the happy path', () => {
  test('prevotes the proposal, precommits its polka, decides on its precommits', () => {
    const p = process3();
    p.propose(0, V);
    p.prevotes(0, V, [0, 1]);
    p.precommits(0, V, [0, 1]);
    expect(p.heard()).toEqual(['prevote 0 v', 'precommit 0 v', 'decide 0 v']);
  });

  test('is the same in whatever order the messages arrive', () => {
    const p = process3();
    p.precommits(0, V, [0, 1, 2]);
    p.prevotes(0, V, [0, 1, 2]);
    expect(p.heard()).toEqual([]);
    p.propose(0, V);
    expect(p.heard()).toEqual(['decide 0 v']);
  });

  test('the proposer asks for a value, proposes it and votes for it', () => {
    const p = new Process({ of: FOUR, self: 0 });
    expect(p.heard()).toEqual(['propose 0 other', 'prevote 0 other']);
    expect(p.effects.filter(({ type }) => type === 'Publish')).toHaveLength(2);
  });

  test('one validator alone decides by itself', () => {
    const p = new Process({ of: party([5n]), self: 0 });
    expect(p.heard()).toEqual(['propose 0 other', 'prevote 0 other', 'precommit 0 other', 'decide 0 other']);
  });

  test('a decision carries the precommits for it, in validator order, and not those for anything else', () => {
    const p = process3();
    p.propose(0, V);
    p.precommits(0, 'nil', [2]);
    p.prevotes(0, V, [0, 1]);
    p.precommits(0, V, [0, 1]);
    const decide = p.effects.find(({ type }) => type === 'Decide');
    expect(decide).toMatchObject({
      round: toRound(0),
      id: V,
      commit: { signers: [true, true, false, true] },
    });
  });

  test('after the decision, nothing more is said in the height', () => {
    const p = process3();
    p.propose(0, V);
    p.prevotes(0, V, [0, 1]);
    p.precommits(0, V, [0, 1]);
    p.heard();
    p.prevotes(1, W, [0, 1, 2]);
    p.timeout('precommit', 0);
    p.timeout('propose', 0);
    expect(p.heard()).toEqual([]);
    expect(p.core.state.step).toBe('decided');
  });

  test('power counts, not heads: two thirds exactly are no quorum', () => {
    const p = new Process({ of: party([1n, 3n, 3n, 2n]), self: 3 });
    p.propose(p.core.state.round, V);
    p.prevotes(0, V, [1]);
    expect(p.core.votes.quorum('prevote', toRound(0), { type: 'block', id: V })).toBe(false);
    p.prevotes(0, V, [0]);
    p.prevotes(0, V, [2]);
    expect(p.core.votes.quorum('prevote', toRound(0), { type: 'block', id: V })).toBe(true);
  });
});

describe('votes for nil', () => {
  test('no proposal: prevote nil when the propose timeout ends, precommit nil on the polka for nil', () => {
    const p = process3();
    p.timeout('propose', 0);
    expect(p.heard()).toEqual(['prevote 0 nil']);
    p.prevotes(0, 'nil', [0, 1]);
    expect(p.heard()).toEqual(['precommit 0 nil']);
  });

  test('a proposal whose block is invalid gets nil at once', () => {
    const p = process3();
    p.invalid.push(V);
    p.propose(0, V);
    expect(p.heard()).toEqual(['prevote 0 nil']);
  });

  test('an invalid block is neither locked nor precommitted, whatever votes it gets', () => {
    const p = process3();
    p.invalid.push(V);
    p.propose(0, V);
    p.prevotes(0, V, [0, 1, 2]);
    p.timeout('prevote', 0);
    expect(p.heard()).toEqual(['prevote 0 nil', 'precommit 0 nil']);
    expect(p.core.state.locked).toEqual({ type: 'none' });
  });

  test('more than two thirds of precommits for a block that is invalid here is a divergence', () => {
    const p = process3();
    p.invalid.push(V);
    p.propose(0, V);
    p.precommits(0, V, [0, 1, 2]);
    expect(p.effects.some(({ type }) => type === 'Diverged')).toBe(true);
    expect(p.heard()).not.toContain('decide 0 v');
  });

  test('the divergence is seen, too, if the block comes after the precommits', () => {
    const p = process3();
    p.invalid.push(V);
    p.precommits(0, V, [0, 1, 2]);
    p.propose(0, V);
    expect(p.effects.some(({ type }) => type === 'Diverged')).toBe(true);
  });

  test('an untimely fresh proposal gets nil, but is locked and decided if the others found it timely', () => {
    const p = process3();
    p.untimely.push(V);
    p.propose(0, V);
    expect(p.heard()).toEqual(['prevote 0 nil']);
    p.prevotes(0, V, [0, 1, 2]);
    expect(p.heard()).toEqual(['precommit 0 v']);
    p.precommits(0, V, [0, 1]);
    expect(p.heard()).toEqual(['decide 0 v']);
  });

  test('a value proposed again is not asked for its time', () => {
    const p = process3();
    p.untimely.push(V);
    p.prevotes(0, V, [0, 1, 2]);
    p.timeout('propose', 0);
    p.precommits(0, 'nil', [0, 1]);
    p.timeout('precommit', 0);
    p.heard();
    p.propose(1, V, 0);
    expect(p.heard()).toEqual(['prevote 1 v']);
  });
});

describe('locks', () => {
  test('locked on v: a fresh proposal of w gets nil (lines 22–26)', () => {
    const p = lockedOnV();
    p.propose(1, W);
    expect(p.heard()).toEqual(['prevote 1 nil']);
  });

  test('locked on v: the same value, proposed afresh, gets a vote (line 23)', () => {
    const p = lockedOnV();
    p.propose(1, V);
    expect(p.heard()).toEqual(['prevote 1 v']);
  });

  test('locked on v: v proposed again with its polka gets a vote (lines 28–30)', () => {
    const p = lockedOnV();
    p.propose(1, V, 0);
    expect(p.heard()).toEqual(['prevote 1 v']);
  });

  test('the locked value is proposed again, with its round, when the turn comes (lines 15–16)', () => {
    const p = lockedOnV();
    p.timeout('propose', 1);
    p.precommits(1, 'nil', [0, 1, 2]);
    p.timeout('precommit', 1);
    p.precommits(2, 'nil', [0, 1, 2]);
    p.timeout('precommit', 2);
    expect(p.heard()).toEqual(['prevote 1 nil', 'propose 3 v of round 0', 'prevote 3 v']);
    expect(p.effects.some((effect) => effect.type === 'GetValue')).toBe(false);
  });

  test('a later polka unlocks: w with validRound above the lock gets a vote and takes the lock (lines 28–43)', () => {
    const p = lockedOnV();
    p.timeout('propose', 1);
    p.timeout('prevote', 1);
    p.prevotes(1, W, [0, 1, 2]);
    p.precommits(1, 'nil', [0, 1]);
    p.timeout('precommit', 1);
    expect(p.heard()).toEqual(['prevote 1 nil', 'precommit 1 nil']);
    p.propose(2, W, 1);
    expect(p.heard()).toEqual(['prevote 2 w']);
    p.prevotes(2, W, [0, 1]);
    expect(p.heard()).toEqual(['precommit 2 w']);
    expect(p.core.state.locked).toEqual({ type: 'held', id: W, round: toRound(2) });
  });

  test('an older polka does not unlock: the lock of round 1 stands against validRound 0', () => {
    const p = process3();
    p.timeout('propose', 0);
    p.prevotes(0, W, [0, 1, 2]);
    p.precommits(0, 'nil', [0, 1]);
    p.timeout('precommit', 0);
    p.propose(1, V);
    p.prevotes(1, V, [0, 1]);
    p.precommits(1, 'nil', [0, 1]);
    p.timeout('precommit', 1);
    p.heard();
    p.propose(2, W, 0);
    expect(p.heard()).toEqual(['prevote 2 nil']);
  });

  test('a polka at the very round of the lock is old enough: lockedRound ≤ validRound', () => {
    const p = lockedOnV();
    p.propose(1, V, 0);
    p.prevotes(1, V, [0, 1]);
    p.precommits(1, 'nil', [0, 1]);
    p.timeout('precommit', 1);
    p.heard();
    expect(p.core.state.locked).toMatchObject({ round: toRound(1) });
    p.propose(2, V, 1);
    expect(p.heard()).toEqual(['prevote 2 v']);
  });

  test('a proposal of an old value waits for its polka, then gets its vote', () => {
    const p = lockedOnV();
    p.timeout('propose', 1);
    p.precommits(1, 'nil', [0, 1, 2]);
    p.timeout('precommit', 1);
    p.heard();
    p.propose(2, W, 1);
    expect(p.heard()).toEqual([]);
    p.prevotes(1, W, [0, 1, 2]);
    expect(p.heard()).toEqual(['prevote 2 w']);
  });

  test('a polka seen after precommitting nil is no lock, but a value to propose (lines 42–43)', () => {
    const p = process3();
    p.propose(0, V);
    p.prevotes(0, 'nil', [1]);
    p.timeout('prevote', 0);
    p.prevotes(0, V, [0, 2]);
    expect(p.heard()).toEqual(['prevote 0 v', 'precommit 0 nil']);
    expect(p.core.state).toMatchObject({
      locked: { type: 'none' },
      valid: { type: 'held', id: V, round: toRound(0) },
    });
  });

  test('a hidden lock: the one who alone saw the polka makes all others vote for its value', () => {
    // p3 saw the polka of v in round 0 and is locked; the others did not, and went on.
    const p = lockedOnV();
    p.propose(1, W);
    p.prevotes(1, W, [0, 1]);
    p.prevotes(1, 'nil', [2]);
    p.timeout('prevote', 1);
    p.precommits(1, 'nil', [0, 1, 2]);
    p.timeout('precommit', 1);
    p.precommits(2, 'nil', [0, 1, 2]);
    p.timeout('precommit', 2);
    expect(p.heard().at(-2)).toBe('propose 3 v of round 0');

    // Another, with no lock, hears of that polka only now, and votes for v.
    const other = new Process({ of: FOUR, self: 1 });
    other.timeout('propose', 0);
    other.precommits(0, 'nil', [0, 2]);
    other.precommits(3, 'nil', [0, 2]);
    other.heard();
    other.propose(3, V, 0);
    expect(other.heard()).toEqual([]);
    other.give({ type: 'PolkaCertificate', votes: other.cast('prevote', 0, V, [0, 2, 3]) });
    expect(other.heard()).toEqual(['prevote 3 v']);
  });
});

describe('rounds', () => {
  test('one third and one vote of a later round: the process skips to it (line 55)', () => {
    const p = process3();
    p.prevotes(5, 'nil', [0]);
    expect(p.core.state.round).toBe(0);
    p.precommits(5, 'nil', [1]);
    expect(p.core.state).toMatchObject({ round: toRound(5), step: 'propose' });
  });

  test('one third exactly moves nobody: all of it may be faulty', () => {
    const p = new Process({ of: party([1n, 1n, 1n]), self: 2, height: toHeight(3n) });
    p.prevotes(5, 'nil', [0]);
    expect(p.core.state.round).toBe(0);
    p.prevotes(5, 'nil', [1]);
    expect(p.core.state.round).toBe(5);
  });

  test('the votes of one validator, of both types, move nobody', () => {
    const p = process3();
    p.prevotes(5, 'nil', [0]);
    p.precommits(5, 'nil', [0]);
    expect(p.core.state.round).toBe(0);
  });

  test('a skip clears the timeouts of rounds before, and they mean nothing if they still come', () => {
    const p = process3();
    p.propose(0, V);
    p.prevotes(0, 'nil', [0, 1]);
    p.precommits(2, 'nil', [0, 1]);
    expect(p.effects.at(-2)).toEqual({ type: 'CancelTimeouts' });
    p.heard();
    p.timeout('propose', 0);
    p.timeout('prevote', 0);
    p.timeout('precommit', 0);
    expect(p.heard()).toEqual([]);
    expect(p.core.state).toMatchObject({ round: toRound(2), step: 'propose' });
  });

  test('a timeout of the round, but of a step that is over, means nothing', () => {
    const p = process3();
    p.propose(0, V);
    p.heard();
    p.timeout('propose', 0);
    expect(p.heard()).toEqual([]);
  });

  test('a skip into a round whose votes are already complete goes through it at once', () => {
    const p = process3();
    p.propose(2, V);
    p.prevotes(2, V, [0]);
    expect(p.heard()).toEqual([]);
    p.prevotes(2, V, [1]);
    expect(p.heard()).toEqual(['prevote 2 v', 'precommit 2 v']);
  });

  test('precommits of a past round still decide (line 49)', () => {
    const p = lockedOnV();
    p.timeout('propose', 1);
    p.heard();
    p.precommits(0, V, [0]);
    expect(p.heard()).toEqual([]);
    p.precommits(0, V, [2]);
    expect(p.heard()).toEqual(['decide 0 v']);
  });

  test('precommits of a round to come decide, too', () => {
    const p = process3();
    p.propose(1, V);
    p.give({ type: 'CommitCertificate', votes: p.cast('precommit', 1, V, [0, 1, 2]) });
    expect(p.heard()).toEqual(['decide 1 v']);
  });

  test('a mix of precommits starts the timeout once, and the next round when it ends (lines 47 and 65)', () => {
    const p = process3();
    p.precommits(0, V, [0]);
    p.precommits(0, W, [1]);
    p.precommits(0, 'nil', [2]);
    expect(p.scheduled().filter((name) => name === 'precommit 0')).toHaveLength(1);
    p.timeout('precommit', 0);
    expect(p.core.state.round).toBe(1);
  });

  test('a mix of precommits does not hide a polka for nil, nor a mix of prevotes', () => {
    const p = process3();
    p.precommits(0, 'nil', [0, 1, 2]);
    p.timeout('propose', 0);
    p.prevotes(0, W, [0]);
    p.prevotes(0, 'nil', [1]);
    expect(p.scheduled()).toContain('prevote 0');
    p.prevotes(0, 'nil', [2]);
    expect(p.heard()).toEqual(['prevote 0 nil', 'precommit 0 nil']);
  });

  test('the timeout of a mix of prevotes is started once, and then gives nil (lines 34 and 61)', () => {
    const p = process3();
    p.propose(0, V);
    p.prevotes(0, W, [0]);
    p.prevotes(0, 'nil', [1]);
    p.prevotes(0, 'nil', [2]);
    expect(p.scheduled().filter((name) => name === 'prevote 0')).toHaveLength(1);
    p.timeout('prevote', 0);
    expect(p.heard()).toEqual(['prevote 0 v', 'precommit 0 nil']);
  });

  test('an observer follows all of it and says nothing', () => {
    const p = new Process({ of: FOUR, self: 3 });
    p.give({
      type: 'StartHeight',
      height: toHeight(p.height),
      validators: FOUR.validators,
      self: { type: 'observer' },
    });
    p.propose(0, V);
    p.prevotes(0, V, [0, 1, 2]);
    p.precommits(0, V, [0, 1, 2]);
    expect(p.heard()).toEqual(['decide 0 v']);
  });
});

describe('liars', () => {
  test('two votes of one validator are evidence, once, and it can not be made to count twice', () => {
    const p = process3();
    p.propose(0, V);
    p.prevotes(0, V, [0]);
    p.prevotes(0, W, [0]);
    p.prevotes(0, W, [0]);
    const evidence = p.effects.filter(({ type }) => type === 'Evidence');
    expect(evidence).toHaveLength(1);
    expect(evidence[0]).toMatchObject({ evidence: { type: 'votes', first: { validator: 0 } } });
    expect(p.core.votes.anyQuorum('prevote', toRound(0))).toBe(false);
  });

  test('a certificate that uses the other vote of a liar is still good', () => {
    const p = process3();
    p.prevotes(0, W, [2]);
    p.prevotes(0, 'nil', [2]);
    p.propose(0, V);
    p.heard();
    p.give({ type: 'PolkaCertificate', votes: p.cast('prevote', 0, V, [0, 1, 2]) });
    expect(p.heard()).toEqual(['precommit 0 v']);
    p.precommits(0, W, [2]);
    p.precommits(0, 'nil', [2]);
    p.give({ type: 'CommitCertificate', votes: p.cast('precommit', 0, V, [0, 2]) });
    expect(p.heard()).toEqual(['decide 0 v']);
  });

  test('a third vote of a liar is not kept', () => {
    const p = process3();
    const third = p.cast('prevote', 0, p.own, [2])[0];
    p.prevotes(0, V, [2]);
    p.prevotes(0, W, [2]);
    if (third === undefined) throw new Error('cast');
    expect(p.core.votes.use(third, 'single', toRound(0))).toBe('refused');
  });

  test('two proposals of one round are evidence, and the first one stands', () => {
    const p = process3();
    p.propose(0, V);
    p.propose(0, W);
    expect(p.heard()).toEqual(['prevote 0 v']);
    expect(p.effects.filter(({ type }) => type === 'Evidence')).toHaveLength(1);
    p.propose(0, p.own);
    expect(p.effects.filter(({ type }) => type === 'Evidence')).toHaveLength(1);
  });

  test('the second block of a liar is taken in once correct processes have voted for it, and decided', () => {
    const p = process3();
    p.propose(0, V);
    p.propose(0, W);
    p.precommits(0, W, [0, 1, 2]);
    expect(missedProposals(p.core)).toEqual([{ round: toRound(0), id: W }]);
    p.heard();
    p.propose(0, W);
    expect(p.heard()).toEqual(['decide 0 w']);
  });

  test('votes of far rounds fill no memory: a validator may be ahead by so many rounds and no more', () => {
    const p = process3();
    for (let round = 1; round <= 500; round++) p.prevotes(round * 1000, 'nil', [2]);
    expect(p.core.votes.rounds()).toHaveLength(4);
  });

  test('a certificate of a round leads there, though its voters have been ahead for as many rounds as count', () => {
    const p = process3();
    // Of each of the two it hears other rounds, so no round has votes of both.
    for (let round = 1; round <= 20; round++) p.prevotes(round, 'nil', [round % 2]);
    expect(p.core.state.round).toBe(0);
    p.give({ type: 'RoundCertificate', votes: p.cast('prevote', 20, 'nil', [0, 1]) });
    expect(p.core.state.round).toBe(20);
  });

  test('proposals of far rounds are not taken', () => {
    const p = process3();
    p.propose(100, V);
    expect(p.core.proposals.size).toBe(0);
  });
});

describe('blocks in hand', () => {
  /** Through the end of a round in which nothing was decided. */
  const next = (p: Process): void => {
    const { round } = p.core.state;
    p.timeout('propose', round);
    p.precommits(round, 'nil', [0, 1, 2]);
    p.timeout('precommit', round);
  };

  test('are let go when their round is past, but for the locked and the valid one', () => {
    const p = lockedOnV();
    p.timeout('propose', 1);
    p.timeout('prevote', 1);
    p.propose(1, W);
    p.prevotes(1, W, [0, 1, 2]);
    expect(p.core.state).toMatchObject({
      locked: { id: V, round: toRound(0) },
      valid: { id: W, round: toRound(1) },
    });
    next(p);
    p.propose(2, p.own);
    for (let i = 0; i < 5; i++) next(p);
    expect([V, W, p.own].map((id) => holds(p.core, id))).toEqual([true, true, false]);
  });

  test('that were let go and turn out to be decided are asked for, taken in again and decided', () => {
    const p = process3();
    p.propose(0, V);
    for (let i = 0; i < 3; i++) next(p);
    expect(holds(p.core, V)).toBe(false);
    p.precommits(0, V, [0, 1, 2]);
    expect(missedProposals(p.core)).toEqual([{ round: toRound(0), id: V }]);
    p.heard();
    p.propose(0, V);
    expect(p.heard()).toEqual(['decide 0 v']);
  });

  test('of rounds long past are not taken unless somebody voted for them', () => {
    const p = process3();
    for (let i = 0; i < 3; i++) next(p);
    p.propose(0, V);
    expect(holds(p.core, V)).toBe(false);
    p.propose(2, W);
    expect(holds(p.core, W)).toBe(true);
  });

  test('keep the first answer about their validity, and an answer about none is ignored', () => {
    const p = process3();
    p.propose(0, V);
    p.give({ type: 'ProposedValue', round: toRound(0), id: V, valid: false, timely: true });
    p.give({ type: 'ProposedValue', round: toRound(0), id: W, valid: true, timely: true });
    expect(holds(p.core, W)).toBe(false);
    p.prevotes(0, V, [0, 1]);
    expect(p.heard()).toEqual(['prevote 0 v', 'precommit 0 v']);
  });

  test('built for a round that is over are not proposed', () => {
    const p = process3();
    p.give({ type: 'OwnValue', round: toRound(3), id: V });
    expect(holds(p.core, V)).toBe(false);
    const late = unsignedProposal({
      height: toHeight(p.height),
      round: toRound(3),
      id: V,
      validRound: { type: 'none' },
    });
    p.give({ type: 'SignedProposal', proposal: late });
    expect(p.effects.some(({ type }) => type === 'Publish')).toBe(false);
  });
});

describe('what was missed is asked for', () => {
  const requests = (p: Process): unknown[] => {
    const from = p.effects.length;
    p.give({ type: 'TimeoutElapsed', timeout: { type: 'request', round: toRound(0) } });
    return p.effects.slice(from).filter(({ type }) => type === 'RequestProposal');
  };

  test('the proposal that a single prevote names', () => {
    const p = process3();
    expect(requests(p)).toEqual([]);
    p.prevotes(0, V, [1]);
    expect(requests(p)).toEqual([{ type: 'RequestProposal', round: toRound(0), id: V }]);
    p.propose(0, V);
    expect(requests(p)).toEqual([]);
  });

  test('the block of a commit, also one of a past round', () => {
    const p = process3();
    p.precommits(0, V, [0, 1, 2]);
    p.timeout('precommit', 0);
    expect(requests(p)).toEqual([{ type: 'RequestProposal', round: toRound(0), id: V }]);
    p.propose(0, V);
    expect(p.heard()).toContain('decide 0 v');
  });

  test('after an invalid or second proposal, the block of the polka', () => {
    const p = process3();
    p.propose(0, V);
    p.prevotes(0, W, [0, 1, 2]);
    expect(requests(p)).toEqual([{ type: 'RequestProposal', round: toRound(0), id: W }]);
  });
});

describe('what was said is said again', () => {
  const republished = (p: Process): string[] => {
    const from = p.effects.length;
    p.give({ type: 'TimeoutElapsed', timeout: { type: 'rebroadcast', round: toRound(0) } });
    return p.effects
      .slice(from)
      .flatMap((effect) => (effect.type === 'Republish' ? [effect.announcement.type] : []));
  };

  test('the votes of the round', () => {
    const p = process3();
    expect(republished(p)).toEqual([]);
    p.propose(0, V);
    expect(republished(p)).toEqual(['vote']);
    p.prevotes(0, V, [0, 1]);
    expect(republished(p)).toEqual(['vote', 'vote', 'polka']);
  });

  test('why the round was entered: precommits of the one before, or votes of the round itself', () => {
    const p = lockedOnV();
    expect(republished(p)).toEqual(['round', 'polka']);
    p.prevotes(4, 'nil', [0, 1]);
    const from = p.effects.length;
    p.give({ type: 'TimeoutElapsed', timeout: { type: 'rebroadcast', round: toRound(0) } });
    const certificate = p.effects.slice(from).find(({ type }) => type === 'Republish');
    expect(certificate).toMatchObject({
      announcement: {
        type: 'round',
        certificate: { round: toRound(4), votes: [{ validator: 0 }, { validator: 1 }] },
      },
    });
  });

  test('a round certificate brings a process that lags into the round', () => {
    const p = process3();
    p.give({ type: 'RoundCertificate', votes: p.cast('precommit', 6, 'nil', [0, 1]) });
    expect(p.core.state.round).toBe(6);
  });
});

describe('totality', () => {
  test('before the first height, every input is ignored', () => {
    const core = createCore();
    const inputs: readonly Input[] = [
      { type: 'TimeoutElapsed', timeout: { type: 'propose', round: toRound(0) } },
      { type: 'ProposedValue', round: toRound(0), id: V, valid: true, timely: true },
      {
        type: 'Vote',
        vote: unsigned({
          type: 'prevote',
          height: toHeight(1n),
          round: toRound(0),
          target: NIL,
          validator: 0,
        }),
      },
      { type: 'OwnValue', round: toRound(0), id: V },
    ];
    for (const input of inputs) expect(step(core, input)).toEqual([]);
    expect(core.state.step).toBe('unstarted');
  });

  test('a synced block decides the height with the commit that came with it', () => {
    const p = process3();
    const commit = {
      height: toHeight(p.height),
      round: toRound(7),
      blockHash: V,
      signers: [],
      signatures: [],
    };
    p.give({ type: 'SyncedBlock', commit });
    expect(p.effects.at(-1)).toEqual({ type: 'Decide', round: toRound(7), id: V, commit });
  });
});
