import { describe, expect, test } from 'vitest';
import { createCore } from '../../../consensus/core.ts';
import type { Input } from '../../../consensus/effects.ts';
import { blockTarget, FRESH, NIL, type Target, type VoteType } from '../../../consensus/messages.ts';
import { retrace } from '../../../consensus/shell/recovery.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { HEIGHT, V } from './process.ts';
import { digest, FOUR, unsigned, unsignedProposal } from './support.ts';

const start = (index: number): Input => ({
  type: 'StartHeight',
  height: HEIGHT,
  validators: FOUR.validators,
  self: { type: 'validator', index },
});
const vote = (type: VoteType, round: number, validator: number, target: Target) =>
  unsigned({ type, height: HEIGHT, round: toRound(round), target, validator });
const proposal: Input = {
  type: 'Proposal',
  proposal: unsignedProposal({ height: HEIGHT, round: toRound(0), id: V, validRound: FRESH }),
};
const valid: Input = { type: 'ProposedValue', round: toRound(0), id: V, valid: true, timely: true };
const signedPrevote: Input = { type: 'SignedVote', vote: vote('prevote', 0, 3, blockTarget(V)) };
const heard = (type: VoteType, round: number, validator: number, target: Target): Input => ({
  type: 'Vote',
  vote: vote(type, round, validator, target),
});

/** What is owed after a log of these, in words. */
const owed = (...inputs: readonly Input[]): readonly string[] =>
  retrace(createCore(), inputs).owed.map((effect) => {
    switch (effect.type) {
      case 'ScheduleTimeout':
        return `timeout ${effect.timeout.type} ${effect.timeout.round}`;
      case 'Sign':
        return effect.request.type === 'vote'
          ? `sign ${effect.request.vote.type} ${effect.request.vote.round}`
          : `sign proposal ${effect.request.proposal.round}`;
      default:
        return effect.type;
    }
  });
const HOUSE = ['timeout request 0', 'timeout rebroadcast 0'];

describe('after a log, what is owed', () => {
  test('is what the last inputs asked for and no later one answers', () => {
    expect(owed(start(3))).toEqual([...HOUSE, 'timeout propose 0']);
    expect(owed(start(3), proposal)).toEqual([...HOUSE, 'timeout propose 0', 'ValidateValue']);
    expect(owed(start(3), proposal, valid)).toEqual([...HOUSE, 'timeout propose 0', 'sign prevote 0']);
    expect(owed(start(3), proposal, valid, signedPrevote)).toEqual([...HOUSE, 'timeout propose 0']);
  });

  test('is a block, for a proposer who has built none; then its signature', () => {
    const own: Input = { type: 'OwnValue', round: toRound(0), id: V };
    const signed: Input = {
      type: 'SignedProposal',
      proposal: unsignedProposal({ height: HEIGHT, round: toRound(0), id: V, validRound: FRESH }),
    };
    expect(owed(start(0))).toContain('GetValue');
    expect(owed(start(0), own)).toEqual([...HOUSE, 'timeout propose 0', 'sign proposal 0']);
    expect(owed(start(0), own, signed)).toEqual([...HOUSE, 'timeout propose 0', 'sign prevote 0']);
  });

  test('is no timeout that has ended, or of a round that is over', () => {
    const elapsed: Input = { type: 'TimeoutElapsed', timeout: { type: 'propose', round: toRound(0) } };
    expect(owed(start(3), elapsed)).toEqual([...HOUSE, 'sign prevote 0']);
    const skip = [heard('prevote', 4, 0, NIL), heard('prevote', 4, 1, NIL)];
    expect(owed(start(3), ...skip)).toEqual([...HOUSE, 'timeout propose 4']);
  });

  test('is the decision, if the log ends with one', () => {
    const decided = [0, 1, 2].map((index) => heard('precommit', 0, index, blockTarget(V)));
    expect(owed(start(3), proposal, valid, signedPrevote, ...decided)).toContain('Decide');
  });

  test('is nothing about another block than the one that was answered', () => {
    const other: Input = { ...valid, id: digest('another') };
    expect(owed(start(3), proposal, other)).toContain('ValidateValue');
  });
});

describe('the last signature', () => {
  const signed = (round: number, step: number, height = HEIGHT) => ({ height, round: toRound(round), step });

  test('is accounted for if the log leads to its step or past it, and else not', () => {
    const { covers } = retrace(createCore(), [start(3), proposal, valid]);
    expect(covers(signed(0, 1))).toBe(true);
    expect(covers(signed(0, 0))).toBe(true);
    expect(covers(signed(0, 2))).toBe(false);
    expect(covers(signed(1, 0))).toBe(false);
    expect(covers(signed(0, 1, toHeight(HEIGHT + 1n)))).toBe(false);
  });

  test('is not accounted for by a log in which nothing was signed', () => {
    expect(retrace(createCore(), [start(3)]).covers(signed(0, 1))).toBe(false);
  });
});
