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
import { digest } from './support.ts';

const V = digest('v');
const W = digest('w');
const held = (id: typeof V, round: number): Held => ({ tag: 'held', id, round });
const at = (step: Step, over: Partial<RoundState> = {}): RoundState => ({
  round: 5,
  step,
  locked: NOTHING,
  valid: NOTHING,
  ...over,
});

const STEPS: readonly Step[] = ['unstarted', 'propose', 'prevote', 'precommit', 'decided'];
const RUNNING: readonly Step[] = ['propose', 'prevote', 'precommit'];

/** In which steps of round 5 each input is taken; in all others it changes nothing. */
const TAKEN: readonly (readonly [RoundInput, readonly Step[]])[] = [
  [{ tag: 'StartRound', round: 6, proposer: false }, ['unstarted', ...RUNNING]],
  [{ tag: 'StartRound', round: 6, proposer: true }, ['unstarted', ...RUNNING]],
  [{ tag: 'StartRound', round: 5, proposer: false }, ['unstarted']],
  [{ tag: 'StartRound', round: 4, proposer: true }, ['unstarted']],
  [{ tag: 'ProposeValue', id: V }, ['propose']],
  [{ tag: 'FreshProposal', id: V, acceptable: true }, ['propose']],
  [{ tag: 'FreshProposal', id: V, acceptable: false }, ['propose']],
  [{ tag: 'ProposalWithPolka', id: V, validRound: 4, acceptable: true }, ['propose']],
  [{ tag: 'ProposalWithPolka', id: V, validRound: 5, acceptable: true }, []],
  [{ tag: 'PrevoteAny' }, ['prevote']],
  [{ tag: 'PolkaValue', id: V }, ['prevote', 'precommit']],
  [{ tag: 'PolkaNil' }, ['prevote']],
  [{ tag: 'PrecommitAny' }, RUNNING],
  [{ tag: 'PrecommitValue', id: V, round: 2 }, ['unstarted', ...RUNNING]],
  [{ tag: 'SkipRound', round: 6 }, RUNNING],
  [{ tag: 'SkipRound', round: 5 }, []],
  [{ tag: 'SkipRound', round: 4 }, []],
  [{ tag: 'Timeout', kind: 'propose', round: 5 }, ['propose']],
  [{ tag: 'Timeout', kind: 'prevote', round: 5 }, ['prevote']],
  [{ tag: 'Timeout', kind: 'precommit', round: 5 }, RUNNING],
  [{ tag: 'Timeout', kind: 'propose', round: 4 }, []],
  [{ tag: 'Timeout', kind: 'prevote', round: 6 }, []],
  [{ tag: 'Timeout', kind: 'precommit', round: 4 }, []],
];

describe('every pair of step and input', () => {
  for (const [input, steps] of TAKEN)
    test(`${JSON.stringify(input, (key, value: unknown) => (key === 'id' ? 'v' : value))} is taken in: ${steps.join(', ') || 'none'}`, () => {
      for (const step of STEPS) {
        const before = at(step);
        const transition = apply(before, input);
        expect(`${step} ${transition.tag}`).toBe(`${step} ${steps.includes(step) ? 'taken' : 'ignored'}`);
        if (transition.tag === 'ignored') expect(transition.state).toBe(before);
      }
    });
});

describe('the locking rule', () => {
  const prevote = (state: RoundState, input: RoundInput): unknown => {
    const transition = apply(state, input);
    const output = transition.tag === 'taken' ? transition.outputs[0] : undefined;
    return output?.tag === 'Vote' ? output.target : 'no vote';
  };
  const again = (validRound: number) =>
    ({ tag: 'ProposalWithPolka', id: W, validRound, acceptable: true }) as const;
  const fresh = { tag: 'FreshProposal', id: W, acceptable: true } as const;

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
    const state = apply(at('prevote', { round: 0 }), { tag: 'PolkaValue', id: V }).state;
    expect(state).toMatchObject({ locked: held(V, 0), valid: held(V, 0) });
  });

  test('lines 36–43: a polka locks in step prevote, and only remembers in step precommit', () => {
    const old = { locked: held(V, 1), valid: held(V, 1) };
    expect(apply(at('prevote', old), { tag: 'PolkaValue', id: W })).toMatchObject({
      state: { step: 'precommit', locked: held(W, 5), valid: held(W, 5) },
      outputs: [{ tag: 'Vote', type: 'precommit', target: blockTarget(W) }],
    });
    expect(apply(at('precommit', old), { tag: 'PolkaValue', id: W })).toEqual({
      tag: 'taken',
      state: at('precommit', { locked: held(V, 1), valid: held(W, 5) }),
      outputs: [],
    });
  });

  test('lines 14–21: a proposer proposes its valid value with its round, or asks for one; others wait', () => {
    const start = { tag: 'StartRound', round: 6, proposer: true } as const;
    expect(apply(at('precommit', { valid: held(V, 3), locked: held(W, 2) }), start)).toMatchObject({
      outputs: [
        { tag: 'Propose', round: 6, id: V, validRound: { tag: 'round', round: 3 } },
        { tag: 'ScheduleTimeout' },
      ],
    });
    expect(apply(at('precommit'), start)).toMatchObject({
      state: { round: 6, step: 'propose' },
      outputs: [
        { tag: 'GetValue', round: 6 },
        { tag: 'ScheduleTimeout', kind: 'propose' },
      ],
    });
    expect(apply(at('precommit'), { ...start, proposer: false })).toMatchObject({
      outputs: [{ tag: 'ScheduleTimeout', kind: 'propose', round: 6 }],
    });
    expect(apply(at('propose'), { tag: 'ProposeValue', id: V })).toMatchObject({
      outputs: [{ tag: 'Propose', round: 5, id: V, validRound: FRESH }],
    });
    expect(apply(at('propose', { valid: held(W, 1) }), { tag: 'ProposeValue', id: V })).toMatchObject({
      tag: 'ignored',
    });
  });

  test('locks and valid values stay from round to round', () => {
    const state = at('precommit', { locked: held(V, 1), valid: held(W, 2) });
    expect(apply(state, { tag: 'StartRound', round: 9, proposer: false }).state).toEqual({
      ...state,
      round: 9,
      step: 'propose',
    });
  });
});
