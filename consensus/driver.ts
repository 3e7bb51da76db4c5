/**
 * Finds the `upon` rule of the paper that holds now: (proposal × threshold × step) → input of round.ts. It is asked again
 * after every change until none holds, so that no order of arrival can hide a rule, and a vote or proposal that came
 * early is used when its step comes.
 *
 * r is the process's round; "known valid" that the application has found v valid. The driver tries the rules from the top:
 *
 * | proposal              | votes                         | step               | gives             | lines |
 * | --------------------- | ----------------------------- | ------------------ | ----------------- | ----- |
 * | v known valid         | 2f+1 precommits id(v), any r' | not decided        | PrecommitValue    | 49–51 |
 * | of r, validRound −1   | —                             | propose            | FreshProposal     | 22–27 |
 * | of r, validRound vr   | 2f+1 prevotes id(v) in vr     | propose            | ProposalWithPolka | 28–33 |
 * | v known valid         | 2f+1 prevotes id(v) in r      | prevote, precommit | PolkaValue, once  | 36–43 |
 * | —                     | 2f+1 prevotes nil in r        | prevote            | PolkaNil          | 44–46 |
 * | —                     | 2f+1 prevotes in r            | prevote            | PrevoteAny, once  | 34–35 |
 * | —                     | f+1 votes in r' > r           | any                | SkipRound         | 55–56 |
 * | —                     | 2f+1 precommits in r          | any                | PrecommitAny, once| 47–48 |
 *
 * Every rule is looked at each time, so none can shadow another for good; the order only chooses among those that hold
 * together. A polka of r is applied before r is left.
 *
 * Two readings of the paper are wider than its letter. Lines 36 and 49 speak of the proposal of the very round; here any
 * valid block with that id serves, because 2f+1 votes for the id already prove that correct processes have seen that
 * proposal. And a proposal of the paper is valid or not; here a fresh one must also be timely to be prevoted (22), which
 * is no part of valid(v): a block that others found timely may be locked and decided by one who did not (36, 49).
 */
import type { Root, Round } from '../src/lib/brands.ts';
import { NIL, type Proposal } from './messages.ts';
import type { RoundInput, RoundState } from './round.ts';
import { hasPolka, type Votes } from './votes.ts';

export type Validity = 'unknown' | 'valid' | 'invalid';

/** The first proposal that came from the proposer of a round. */
export type RoundProposal = {
  readonly proposal: Proposal;
  /** Whether its time is close to the clock of this node, which matters for a fresh proposal only. */
  readonly timely: 'unknown' | boolean;
};

/** The rules that are applied once in a round ("for the first time" in the paper). */
export type OnceRule = 'PolkaValue' | 'PrevoteAny' | 'PrecommitAny';

export type DriverView = {
  readonly state: RoundState;
  readonly votes: Votes;
  readonly proposalOf: (round: Round) => RoundProposal | undefined;
  readonly validityOf: (id: Root) => Validity;
  /** The once-rules that were applied in the current round. */
  readonly applied: ReadonlySet<OnceRule>;
};

export const nextInput = (view: DriverView): RoundInput | 'none' => {
  const { state } = view;
  if (state.step === 'unstarted' || state.step === 'decided') return 'none';
  const candidates = [decision, proposal, polkaValue, polkaNil, prevoteAny, skipRound, precommitAny];
  for (const rule of candidates) {
    const input = rule(view);
    if (input !== 'none') return input;
  }
  return 'none';
};

type Rule = (view: DriverView) => RoundInput | 'none';

const decision: Rule = ({ votes, validityOf }) => {
  for (const round of votes.rounds()) {
    const id = votes.quorumBlock('precommit', round);
    if (id !== 'none' && validityOf(id) === 'valid') return { type: 'PrecommitValue', round, id };
  }
  return 'none';
};

const proposal: Rule = ({ state, votes, proposalOf, validityOf }) => {
  if (state.step !== 'propose') return 'none';
  const found = proposalOf(state.round);
  if (found === undefined) return 'none';
  const { id, validRound } = found.proposal;
  const validity = validityOf(id);
  if (validity === 'unknown') return 'none';
  if (validRound.type === 'none') {
    if (found.timely === 'unknown') return 'none';
    return { type: 'FreshProposal', id, acceptable: validity === 'valid' && found.timely };
  }
  if (!hasPolka(votes, validRound.round, id)) return 'none';
  return {
    type: 'ProposalWithPolka',
    id,
    validRound: validRound.round,
    acceptable: validity === 'valid',
  };
};

const polkaValue: Rule = ({ state, votes, validityOf, applied }) => {
  if (state.step === 'propose' || applied.has('PolkaValue')) return 'none';
  const id = votes.quorumBlock('prevote', state.round);
  return id !== 'none' && validityOf(id) === 'valid' ? { type: 'PolkaValue', id } : 'none';
};

const polkaNil: Rule = ({ state, votes }) =>
  state.step === 'prevote' && votes.quorum('prevote', state.round, NIL) ? { type: 'PolkaNil' } : 'none';

const prevoteAny: Rule = ({ state, votes, applied }) =>
  state.step === 'prevote' && !applied.has('PrevoteAny') && votes.anyQuorum('prevote', state.round)
    ? { type: 'PrevoteAny' }
    : 'none';

/** Returns the highest such round: a correct process has left the rounds below it. */
const skipRound: Rule = ({ state, votes }) => {
  const reached = votes.rounds().filter((round) => round > state.round && votes.roundReached(round));
  const round = reached.at(-1);
  return round === undefined ? 'none' : { type: 'SkipRound', round };
};

const precommitAny: Rule = ({ state, votes, applied }) =>
  !applied.has('PrecommitAny') && votes.anyQuorum('precommit', state.round)
    ? { type: 'PrecommitAny' }
    : 'none';
