/**
 * One process in one height of Tendermint (Buchman, Kwon, Milosevic: "The latest gossip on BFT consensus",
 * arXiv 1807.04938v3, Algorithm 1). A pure function from state and input to state and outputs; each arm cites its lines.
 *
 * The inputs are the conditions of the algorithm's `upon` rules, already found to hold by driver.ts: that a proposal is
 * from its proposer, that 2f+1 prevotes were seen, and so on. What is left here is what the algorithm does about them.
 */
import { FIRST_ROUND, nextRound, type Root, type Round } from '../src/lib/brands.ts';
import { equal } from '../src/lib/bytes.ts';
import { blockTarget, FRESH, NIL, type Target, type ValidRound, type VoteType } from './messages.ts';

/** step_p, and before line 10 `unstarted`, after line 51 `decided`. */
export type Step = 'unstarted' | 'propose' | 'prevote' | 'precommit' | 'decided';

/** lockedValue_p and lockedRound_p, or validValue_p and validRound_p: both are set, or neither is. */
export type Held =
  | { readonly type: 'none' }
  | { readonly type: 'held'; readonly id: Root; readonly round: Round };
export const NOTHING: Held = { type: 'none' };

export type RoundState = {
  readonly round: Round;
  readonly step: Step;
  readonly locked: Held;
  readonly valid: Held;
};

export const INITIAL_ROUND_STATE: RoundState = {
  round: FIRST_ROUND,
  step: 'unstarted',
  locked: NOTHING,
  valid: NOTHING,
};

export type TimeoutType = 'propose' | 'prevote' | 'precommit';

export type RoundInput =
  /** StartRound(round); `proposer`: is this process proposer(h_p, round)? */
  | { readonly type: 'StartRound'; readonly round: Round; readonly proposer: boolean }
  /** getValue() has answered. */
  | { readonly type: 'ProposeValue'; readonly id: Root }
  /** ⟨PROPOSAL, h_p, round_p, v, −1⟩; `acceptable`: valid(v), and its time is timely. */
  | { readonly type: 'FreshProposal'; readonly id: Root; readonly acceptable: boolean }
  /** ⟨PROPOSAL, h_p, round_p, v, vr⟩ and 2f+1 ⟨PREVOTE, h_p, vr, id(v)⟩; `acceptable`: valid(v). */
  | {
      readonly type: 'ProposalWithPolka';
      readonly id: Root;
      readonly validRound: Round;
      readonly acceptable: boolean;
    }
  /** 2f+1 ⟨PREVOTE, h_p, round_p, ∗⟩ */
  | { readonly type: 'PrevoteAny' }
  /** A valid v and 2f+1 ⟨PREVOTE, h_p, round_p, id(v)⟩ */
  | { readonly type: 'PolkaValue'; readonly id: Root }
  /** 2f+1 ⟨PREVOTE, h_p, round_p, nil⟩ */
  | { readonly type: 'PolkaNil' }
  /** 2f+1 ⟨PRECOMMIT, h_p, round_p, ∗⟩ */
  | { readonly type: 'PrecommitAny' }
  /** A valid v and 2f+1 ⟨PRECOMMIT, h_p, r, id(v)⟩, for any round r */
  | { readonly type: 'PrecommitValue'; readonly id: Root; readonly round: Round }
  /** f+1 ⟨∗, h_p, round, ∗, ∗⟩ with round > round_p */
  | { readonly type: 'SkipRound'; readonly round: Round }
  | { readonly type: 'Timeout'; readonly timeoutType: TimeoutType; readonly round: Round };

export type RoundOutput =
  /** Go on with the input StartRound, which needs to know the proposer. */
  | { readonly type: 'NewRound'; readonly round: Round }
  | { readonly type: 'GetValue'; readonly round: Round }
  | {
      readonly type: 'Propose';
      readonly round: Round;
      readonly id: Root;
      readonly validRound: ValidRound;
    }
  | { readonly type: 'Vote'; readonly voteType: VoteType; readonly round: Round; readonly target: Target }
  | { readonly type: 'ScheduleTimeout'; readonly timeoutType: TimeoutType; readonly round: Round }
  | { readonly type: 'Decide'; readonly round: Round; readonly id: Root };

export type Transition =
  | { readonly type: 'applied'; readonly state: RoundState; readonly outputs: readonly RoundOutput[] }
  /** No rule of the algorithm is enabled by this input in this state. */
  | { readonly type: 'ignored'; readonly state: RoundState };

const applied = (state: RoundState, ...outputs: readonly RoundOutput[]): Transition => ({
  type: 'applied',
  state,
  outputs,
});
const ignored = (state: RoundState): Transition => ({ type: 'ignored', state });

const isHeld = (held: Held, id: Root): boolean => held.type === 'held' && equal(held.id, id);

const prevote = (state: RoundState, target: Target): Transition =>
  applied({ ...state, step: 'prevote' }, { type: 'Vote', voteType: 'prevote', round: state.round, target });

const precommitNil = (state: RoundState): Transition =>
  applied(
    { ...state, step: 'precommit' },
    { type: 'Vote', voteType: 'precommit', round: state.round, target: NIL },
  );

export const apply = (state: RoundState, input: RoundInput): Transition => {
  if (state.step === 'decided') return ignored(state);
  switch (input.type) {
    case 'StartRound':
      return startRound(state, input.round, input.proposer);
    case 'ProposeValue':
      // Lines 18–19, the answer to line 18's call. Line 16 has answered already if there is a valid value.
      if (state.step !== 'propose' || state.valid.type === 'held') return ignored(state);
      return applied(state, { type: 'Propose', round: state.round, id: input.id, validRound: FRESH });
    case 'FreshProposal': {
      // Lines 22–27.
      if (state.step !== 'propose') return ignored(state);
      const free = state.locked.type === 'none' || isHeld(state.locked, input.id); // 23
      return prevote(state, input.acceptable && free ? blockTarget(input.id) : NIL); // 24, 26, 27
    }
    case 'ProposalWithPolka': {
      // Lines 28–33. A lock of a round before validRound yields: had that round decided the locked value, more than one
      // third of correct power would still be locked on it, and the polka for another could not have come about.
      const { validRound, id } = input;
      if (state.step !== 'propose' || validRound >= state.round) return ignored(state); // 28
      const free =
        state.locked.type === 'none' || state.locked.round <= validRound || isHeld(state.locked, id); // 29
      return prevote(state, input.acceptable && free ? blockTarget(id) : NIL); // 30, 32, 33
    }
    case 'PrevoteAny':
      // Lines 34–35.
      if (state.step !== 'prevote') return ignored(state);
      return applied(state, { type: 'ScheduleTimeout', timeoutType: 'prevote', round: state.round });
    case 'PolkaValue':
      return polkaValue(state, input.id);
    case 'PolkaNil':
      // Lines 44–46.
      return state.step === 'prevote' ? precommitNil(state) : ignored(state);
    case 'PrecommitAny':
      // Lines 47–48.
      if (state.step === 'unstarted') return ignored(state);
      return applied(state, { type: 'ScheduleTimeout', timeoutType: 'precommit', round: state.round });
    case 'PrecommitValue':
      // Lines 49–51; the next height (52–54) is begun from outside.
      return applied({ ...state, step: 'decided' }, { type: 'Decide', round: input.round, id: input.id });
    case 'SkipRound':
      // Lines 55–56.
      if (state.step === 'unstarted' || input.round <= state.round) return ignored(state);
      return applied(state, { type: 'NewRound', round: input.round });
    case 'Timeout':
      return timeout(state, input.timeoutType, input.round);
  }
};

/** Lines 11–21. */
const startRound = (state: RoundState, round: Round, proposer: boolean): Transition => {
  if (state.step !== 'unstarted' && round <= state.round) return ignored(state);
  const started: RoundState = { ...state, round, step: 'propose' }; // 12–13
  if (!proposer) return applied(started, { type: 'ScheduleTimeout', timeoutType: 'propose', round }); // 20–21
  if (state.valid.type === 'none') {
    // 18. Not in the paper: the proposer, too, waits no longer than the others for its own value.
    return applied(
      started,
      { type: 'GetValue', round },
      { type: 'ScheduleTimeout', timeoutType: 'propose', round },
    );
  }
  const { id, round: validRound } = state.valid;
  return applied(
    started,
    { type: 'Propose', round, id, validRound: { type: 'round', round: validRound } }, // 15–16, 19
    { type: 'ScheduleTimeout', timeoutType: 'propose', round },
  );
};

/** Lines 36–43. */
const polkaValue = (state: RoundState, id: Root): Transition => {
  const held: Held = { type: 'held', id, round: state.round };
  switch (state.step) {
    case 'prevote':
      return applied(
        { ...state, step: 'precommit', locked: held, valid: held }, // 38, 39, 41–43
        { type: 'Vote', voteType: 'precommit', round: state.round, target: blockTarget(id) }, // 40
      );
    case 'precommit':
      return applied({ ...state, valid: held }); // 42–43: too late to lock, in time to propose it later
    case 'unstarted':
    case 'propose':
    case 'decided':
      return ignored(state);
  }
};

/** Lines 57–67. A timeout of another round than the present one is an old one. */
const timeout = (state: RoundState, type: TimeoutType, round: Round): Transition => {
  if (round !== state.round || state.step === 'unstarted') return ignored(state);
  switch (type) {
    case 'propose':
      return state.step === 'propose' ? prevote(state, NIL) : ignored(state); // 58–60
    case 'prevote':
      return state.step === 'prevote' ? precommitNil(state) : ignored(state); // 62–64
    case 'precommit':
      return applied(state, { type: 'NewRound', round: nextRound(round) }); // 66–67
  }
};
