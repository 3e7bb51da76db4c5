import { describe, expect, test } from 'vitest';
import { blockTarget, FRESH, NIL } from '../../../consensus/messages.ts';
import {
  apply,
  type Held,
  NOTHING,
  type RoundInput,
  type RoundState,
  type Step,
} from '../../../consensus/round.ts';
import { toRound } from '../../../src/lib/brands.ts';
import { digest } from './support.ts';

const V = digest('v');
const W = digest('w');
const held = (id: typeof V, round: number): Held => ({ type: 'held', id, round: toRound(round) });
const at = (step: Step, over: Partial<RoundState> = {}): RoundState => ({
  round: toRound(5),
  step,
  locked: NOTHING,
  valid: NOTHING,
  ...over,
});

const STEPS: readonly Step[] = ['unstarted', 'propose', 'prevote', 'precommit', 'decided'];
const RUNNING: readonly Step[] = ['propose', 'prevote', 'precommit'];

/** In which steps of round 5 each input is taken; in all others it changes nothing. */
const TAKEN: readonly (readonly [RoundInput, readonly Step[]])[] = [
  [{ type: 'StartRound', round: toRound(6), proposer: false }, ['unstarted', ...RUNNING]],
  [{ type: 'StartRound', round: toRound(6), proposer: true }, ['unstarted', ...RUNNING]],
  [{ type: 'StartRound', round: toRound(5), proposer: false }, ['unstarted']],
  [{ type: 'StartRound', round: toRound(4), proposer: true }, ['unstarted']],
  [{ type: 'ProposeValue', id: V }, ['propose']],
  [{ type: 'FreshProposal', id: V, acceptable: true }, ['propose']],
  [{ type: 'FreshProposal', id: V, acceptable: false }, ['propose']],
  [{ type: 'ProposalWithPolka', id: V, validRound: toRound(4), acceptable: true }, ['propose']],
  [{ type: 'ProposalWithPolka', id: V, validRound: toRound(5), acceptable: true }, []],
  [{ type: 'PrevoteAny' }, ['prevote']],
  [{ type: 'PolkaValue', id: V }, ['prevote', 'precommit']],
  [{ type: 'PolkaNil' }, ['prevote']],
  [{ type: 'PrecommitAny' }, RUNNING],
  [{ type: 'PrecommitValue', id: V, round: toRound(2) }, ['unstarted', ...RUNNING]],
  [{ type: 'SkipRound', round: toRound(6) }, RUNNING],
  [{ type: 'SkipRound', round: toRound(5) }, []],
  [{ type: 'SkipRound', round: toRound(4) }, []],
  [{ type: 'Timeout', timeoutType: 'propose', round: toRound(5) }, ['propose']],
  [{ type: 'Timeout', timeoutType: 'prevote', round: toRound(5) }, ['prevote']],
  [{ type: 'Timeout', timeoutType: 'precommit', round: toRound(5) }, RUNNING],
  [{ type: 'Timeout', timeoutType: 'propose', round: toRound(4) }, []],
  [{ type: 'Timeout', timeoutType: 'prevote', round: toRound(6) }, []],
  [{ type: 'Timeout', timeoutType: 'precommit', round: toRound(4) }, []],
];

describe('every pair of step and input', () => {
  for (const [input, steps] of TAKEN)
    test(`${JSON.stringify(input, (key, value: unknown) => (key === 'id' ? 'v' : value))} is taken in: ${steps.join(', ') || 'none'}`, () => {
      for (const step of STEPS) {
        const before = at(step);
        const transition = apply(before, input);
        expect(`${step} ${transition.type}`).toBe(`${step} ${steps.includes(step) ? 'applied' : 'ignored'}`);
        if (transition.type === 'ignored') expect(transition.state).toBe(before);
      }
    });
});

describe('the locking rule', () => {
  const prevote = (state: RoundState, input: RoundInput): unknown => {
    const transition = apply(state, input);
    const output = transition.type === 'applied' ? transition.outputs[0] : undefined;
    return output?.type === 'Vote' ? output.target : 'no vote';
  };
  const again = (validRound: number) =>
    ({ type: 'ProposalWithPolka', id: W, validRound: toRound(validRound), acceptable: true }) as const;
  const fresh = { type: 'FreshProposal', id: W, acceptable: true } as const;

  test('line 23: a fresh proposal is voted for by the unlocked, and by those locked on it', () => {
    expect(prevote(at('propose'), fresh)).toEqual(blockTarget(W));
    expect(prevote(at('propose', { locked: held(W, 2) }), fresh)).toEqual(blockTarget(W));
    expect(prevote(at('propose', { locked: held(V, 0) }), fresh)).toEqual(NIL);
  });

  test('line 29: an old value is voted for when lockedRound ≤ validRound, or it is the locked one', () => {
    const locked = at('propose', { locked: held(V, 2) });
    expect(prevote(locked, again(1))).toEqual(NIL);
    expect(prevote(locked, again(2))).toEqual(blockTarget(W));
    expect(prevote(locked, again(3))).toEqual(blockTarget(W));
    expect(prevote(at('propose', { locked: held(W, 2) }), again(1))).toEqual(blockTarget(W));
    expect(prevote(at('propose'), again(0))).toEqual(blockTarget(W));
  });

  test('lines 26 and 32: what is not acceptable gets nil, locked or not', () => {
    expect(prevote(at('propose'), { ...fresh, acceptable: false })).toEqual(NIL);
    expect(prevote(at('propose', { locked: held(W, 2) }), { ...again(3), acceptable: false })).toEqual(NIL);
  });

  test('round 0 is a round: a lock of round 0 is a lock', () => {
    expect(prevote(at('propose', { locked: held(V, 0) }), again(0))).toEqual(blockTarget(W));
    const state = apply(at('prevote', { round: toRound(0) }), { type: 'PolkaValue', id: V }).state;
    expect(state).toMatchObject({ locked: held(V, 0), valid: held(V, 0) });
  });

  test('lines 36–43: a polka locks in step prevote, and only remembers in step precommit', () => {
    const old = { locked: held(V, 1), valid: held(V, 1) };
    expect(apply(at('prevote', old), { type: 'PolkaValue', id: W })).toMatchObject({
      state: { step: 'precommit', locked: held(W, 5), valid: held(W, 5) },
      outputs: [{ type: 'Vote', voteType: 'precommit', target: blockTarget(W) }],
    });
    expect(apply(at('precommit', old), { type: 'PolkaValue', id: W })).toEqual({
      type: 'applied',
      state: at('precommit', { locked: held(V, 1), valid: held(W, 5) }),
      outputs: [],
    });
  });

  test('lines 14–21: a proposer proposes its valid value with its round, or asks for one; others wait', () => {
    const start = { type: 'StartRound', round: toRound(6), proposer: true } as const;
    expect(apply(at('precommit', { valid: held(V, 3), locked: held(W, 2) }), start)).toMatchObject({
      outputs: [
        { type: 'Propose', round: toRound(6), id: V, validRound: { type: 'round', round: toRound(3) } },
        { type: 'ScheduleTimeout' },
      ],
    });
    expect(apply(at('precommit'), start)).toMatchObject({
      state: { round: toRound(6), step: 'propose' },
      outputs: [
        { type: 'GetValue', round: toRound(6) },
        { type: 'ScheduleTimeout', timeoutType: 'propose' },
      ],
    });
    expect(apply(at('precommit'), { ...start, proposer: false })).toMatchObject({
      outputs: [{ type: 'ScheduleTimeout', timeoutType: 'propose', round: toRound(6) }],
    });
    expect(apply(at('propose'), { type: 'ProposeValue', id: V })).toMatchObject({
      outputs: [{ type: 'Propose', round: toRound(5), id: V, validRound: FRESH }],
    });
    expect(apply(at('propose', { valid: held(W, 1) }), { type: 'ProposeValue', id: V })).toMatchObject({
      type: 'ignored',
    });
  });

  test('locks and valid values stay from round to round', () => {
    const state = at('precommit', { locked: held(V, 1), valid: held(W, 2) });
    expect(apply(state, { type: 'StartRound', round: toRound(9), proposer: false }).state).toEqual({
      ...state,
      round: toRound(9),
      step: 'propose',
    });
  });
});
