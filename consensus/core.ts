/**
 * One validator's part in one height after another: `step` takes an input and gives the effects it asks of the world.
 * Synchronous, total and deterministic: the same inputs give the same effects on every machine, which is what makes the
 * write-ahead log a recovery and a simulation a proof. Nothing here knows of bytes of blocks, clocks, keys or peers;
 * blocks are ids, whose bytes the shell keeps for as long as `holds` is true.
 *
 * The process's own votes and proposals count when they come back signed, like anybody's: until then they are not published.
 */
import { FIRST_ROUND, type Height, type Root, type Round, toHeight, toRound } from '../src/lib/brands.ts';
import { equal, toBareHex } from '../src/lib/bytes.ts';
import type { ValidatorSet } from '../src/lib/chain.ts';
import { invariant, unreachable } from '../src/lib/errors.ts';
import { assemble } from './certificates.ts';
import { type DriverView, nextInput, type OnceRule, type RoundProposal, type Validity } from './driver.ts';
import type { Announcement, Effect, Input, Self, Timeout } from './effects.ts';
import { blockTarget, type Proposal, sameValidRound, type Vote } from './messages.ts';
import { proposerIndex } from './proposer.ts';
import { apply, INITIAL_ROUND_STATE, type RoundInput, type RoundOutput, type RoundState } from './round.ts';
import type { Verified } from './verify.ts';
import { type VoteSource, Votes } from './votes.ts';

export type Core = {
  height: Height;
  validators: ValidatorSet;
  self: Self;
  state: RoundState;
  votes: Votes;
  /** The first proposal of each round. */
  readonly proposals: Map<Round, RoundProposal>;
  /** Rounds whose proposer was seen to propose two blocks. */
  readonly equivocated: Set<Round>;
  /** The blocks whose bytes the shell has, by id. */
  readonly values: Map<string, Validity>;
  readonly applied: Set<OnceRule>;
  /** The votes that this process has signed in the current round. */
  ownVotes: readonly Verified<Vote>[];
};

/** The number of rounds ahead for which proposals are accepted. Each contains a block, and can be requested later. */
export const MAX_PROPOSAL_ROUNDS_AHEAD = 4;

/** Returns a core before its first StartHeight. */
export const createCore = (): Core => ({
  height: toHeight(0n),
  validators: [],
  self: { type: 'observer' },
  state: INITIAL_ROUND_STATE,
  votes: new Votes([]),
  proposals: new Map(),
  equivocated: new Set(),
  values: new Map(),
  applied: new Set(),
  ownVotes: [],
});

/** Returns whether the core still needs the bytes of this block. */
export const holds = (core: Core, id: Root): boolean => core.values.has(toBareHex(id));

export const step = (core: Core, input: Input): readonly Effect[] => {
  const effects: Effect[] = [];
  if (input.type === 'StartHeight') startHeight(core, input, effects);
  else if (core.state.step !== 'unstarted' && core.state.step !== 'decided') take(core, input, effects);
  return effects;
};

type HeightInput = Extract<Input, { type: 'StartHeight' }>;

const startHeight = (core: Core, input: HeightInput, effects: Effect[]): void => {
  core.height = input.height;
  core.validators = input.validators;
  core.self = input.self;
  core.state = INITIAL_ROUND_STATE;
  core.votes = new Votes(input.validators);
  core.proposals.clear();
  core.equivocated.clear();
  core.values.clear();
  effects.push(
    { type: 'ScheduleTimeout', timeout: { type: 'request', round: FIRST_ROUND } },
    { type: 'ScheduleTimeout', timeout: { type: 'rebroadcast', round: FIRST_ROUND } },
  );
  startRound(core, FIRST_ROUND, effects);
  drive(core, effects);
};

const take = (core: Core, input: Exclude<Input, HeightInput>, effects: Effect[]): void => {
  switch (input.type) {
    case 'Proposal':
      takeProposal(core, input.proposal, effects);
      break;
    case 'Vote':
      takeVotes(core, [input.vote], 'single', effects);
      break;
    case 'RoundCertificate':
      takeVotes(core, input.votes, 'round', effects);
      break;
    case 'CommitCertificate':
    case 'PolkaCertificate':
      takeVotes(core, input.votes, 'quorum', effects);
      break;
    case 'ProposedValue':
      takeValidity(core, input, effects);
      break;
    case 'OwnValue':
      if (input.round !== core.state.round || core.state.step !== 'propose') break;
      core.values.set(toBareHex(input.id), 'valid');
      applyInput(core, { type: 'ProposeValue', id: input.id }, effects);
      break;
    case 'SignedVote':
      core.ownVotes = [...core.ownVotes.filter((vote) => vote.round === core.state.round), input.vote];
      effects.push({ type: 'Publish', announcement: { type: 'vote', vote: input.vote } });
      takeVotes(core, [input.vote], 'single', effects);
      break;
    case 'SignedProposal':
      if (input.proposal.round !== core.state.round) break;
      core.proposals.set(input.proposal.round, { proposal: input.proposal, timely: true });
      effects.push({ type: 'Publish', announcement: { type: 'proposal', proposal: input.proposal } });
      break;
    case 'TimeoutElapsed':
      takeTimeout(core, input.timeout, effects);
      break;
    case 'SyncedBlock': {
      const { blockHash: id } = input.commit;
      const round = toRound(input.commit.round);
      core.state = apply(core.state, { type: 'PrecommitValue', round, id }).state;
      effects.push({ type: 'Decide', round, id, commit: input.commit });
      break;
    }
    default:
      unreachable(input);
  }
  drive(core, effects);
};

// ----------------------------------------------------------------------------------------------------------- proposals

/** `take`: new, or evidence, or a block that is missed. Asked before the work of verifying, and again on taking. */
export const proposalUse = (core: Core, proposal: Proposal): 'take' | 'duplicate' | 'far' => {
  if (proposal.round > core.state.round + MAX_PROPOSAL_ROUNDS_AHEAD) return 'far';
  const first = core.proposals.get(proposal.round)?.proposal;
  if (isMissed(core, proposal.id)) return 'take';
  if (first === undefined) return proposal.round + 1 >= core.state.round ? 'take' : 'far';
  return isSameProposal(first, proposal) || core.equivocated.has(proposal.round) ? 'duplicate' : 'take';
};

const isSameProposal = (a: Proposal, b: Proposal): boolean =>
  equal(a.id, b.id) && sameValidRound(a.validRound, b.validRound);

const takeProposal = (core: Core, proposal: Verified<Proposal>, effects: Effect[]): void => {
  if (proposalUse(core, proposal) !== 'take') return;
  const { round, id } = proposal;
  const missed = isMissed(core, id);
  const first = core.proposals.get(round)?.proposal;
  if (first === undefined) {
    core.proposals.set(round, { proposal, timely: 'unknown' });
  } else if (!isSameProposal(first, proposal) && !core.equivocated.has(round)) {
    core.equivocated.add(round);
    effects.push({ type: 'Evidence', evidence: { type: 'proposals', first, second: proposal } });
  }
  // The second block of a proposer that equivocates is needed only if others voted for it.
  if (first !== undefined && !missed) return;
  const fresh = first === undefined && proposal.validRound.type === 'none';
  const key = toBareHex(id);
  if (!core.values.has(key)) core.values.set(key, 'unknown');
  if (fresh || core.values.get(key) === 'unknown') effects.push({ type: 'ValidateValue', round, id, fresh });
};

const takeValidity = (
  core: Core,
  input: Extract<Input, { type: 'ProposedValue' }>,
  effects: Effect[],
): void => {
  const { round, id, valid, timely } = input;
  const key = toBareHex(id);
  const found = core.proposals.get(round);
  if (found !== undefined && equal(found.proposal.id, id) && found.timely === 'unknown')
    core.proposals.set(round, { ...found, timely });
  if (core.values.get(key) !== 'unknown') return;
  core.values.set(key, valid ? 'valid' : 'invalid');
  if (valid) return;
  for (const decided of core.votes.rounds()) {
    if (core.votes.quorum('precommit', decided, blockTarget(id)))
      effects.push({ type: 'Diverged', round: decided, id });
  }
};

/** Returns whether the block is missing here, though correct processes voted for it. */
const isMissed = (core: Core, id: Root): boolean => {
  if (holds(core, id)) return false;
  const target = blockTarget(id);
  return core.votes
    .rounds()
    .some(
      (round) =>
        core.votes.correct('prevote', round, target) || core.votes.correct('precommit', round, target),
    );
};

/**
 * The proposals to ask for: of blocks that are decided but for their bytes, of a polka of this round, and of the block
 * this round votes for while this process has seen no proposal. With one validator of four down, the other three must
 * all vote for the same.
 */
export const missedProposals = (core: Core): readonly { readonly round: Round; readonly id: Root }[] => {
  const { votes, state } = core;
  const missed: { round: Round; id: Root }[] = [];
  const add = (round: Round, id: Root | 'none' | undefined): void => {
    if (id === undefined || id === 'none' || holds(core, id)) return;
    if (!missed.some((each) => equal(each.id, id))) missed.push({ round, id });
  };
  for (const round of votes.rounds()) add(round, votes.quorumBlock('precommit', round));
  add(state.round, votes.quorumBlock('prevote', state.round));
  if (state.step === 'propose' && !core.proposals.has(state.round))
    add(state.round, votes.blocks('prevote', state.round)[0]);
  return missed;
};

// --------------------------------------------------------------------------------------------------------------- votes

const takeVotes = (
  core: Core,
  votes: readonly Verified<Vote>[],
  source: VoteSource,
  effects: Effect[],
): void => {
  for (const vote of votes) {
    const added = core.votes.add(vote, source, core.state.round);
    if (added.type === 'equivocation') {
      const { first, second } = added;
      effects.push({ type: 'Evidence', evidence: { type: 'votes', first, second } });
    }
    if (added.type !== 'added' && added.type !== 'equivocation') continue;
    const { type, round, target } = vote;
    if (type === 'precommit' && target.type === 'block' && core.votes.quorum(type, round, target)) {
      if (core.values.get(toBareHex(target.id)) === 'invalid')
        effects.push({ type: 'Diverged', round, id: target.id });
    }
  }
};

// ---------------------------------------------------------------------------------------------------- rebroadcast

const takeTimeout = (core: Core, timeout: Timeout, effects: Effect[]): void => {
  switch (timeout.type) {
    case 'propose':
    case 'prevote':
    case 'precommit':
      applyInput(core, { type: 'Timeout', timeoutType: timeout.type, round: timeout.round }, effects);
      return;
    case 'request':
      for (const { round, id } of missedProposals(core)) effects.push({ type: 'RequestProposal', round, id });
      effects.push({ type: 'ScheduleTimeout', timeout });
      return;
    case 'rebroadcast':
      for (const vote of core.ownVotes)
        effects.push({ type: 'Republish', announcement: { type: 'vote', vote } });
      if (core.self.type === 'validator')
        for (const announcement of certificates(core)) effects.push({ type: 'Republish', announcement });
      effects.push({ type: 'ScheduleTimeout', timeout });
      return;
    default:
      unreachable(timeout.type);
  }
};

/**
 * Why this process is in its round, for those who are in an earlier one; and the polka of its valid value, without
 * which nobody could vote for that value when it is proposed again (line 28).
 */
const certificates = (core: Core): readonly Announcement[] => {
  const { height, votes, state, validators } = core;
  const out: Announcement[] = [];
  if (state.round > 0) {
    const inRound = votes.roundReached(state.round);
    const reason = inRound
      ? votes.voters(state.round, 'either')
      : votes.voters(toRound(state.round - 1), 'precommit');
    out.push({ type: 'round', certificate: { height, round: state.round, votes: reason } });
  }
  if (state.valid.type === 'held') {
    const { round, id } = state.valid;
    const prevotes = votes.votesFor('prevote', round, blockTarget(id));
    out.push({ type: 'polka', polka: assemble(validators, height, round, id, prevotes) });
  }
  return out;
};

// ----------------------------------------------------------------------------------------------------- the round below

const drive = (core: Core, effects: Effect[]): void => {
  const view = (): DriverView => ({
    state: core.state,
    votes: core.votes,
    proposalOf: (round) => core.proposals.get(round),
    validityOf: (id) => core.values.get(toBareHex(id)) ?? 'unknown',
    applied: core.applied,
  });
  for (let input = nextInput(view()); input !== 'none'; input = nextInput(view())) {
    if (input.type === 'PolkaValue' || input.type === 'PrevoteAny' || input.type === 'PrecommitAny')
      core.applied.add(input.type);
    const isApplied = applyInput(core, input, effects);
    invariant(isApplied, 'a rule that the driver found to hold applies');
  }
};

/** @returns whether a rule applied */
const applyInput = (core: Core, input: RoundInput, effects: Effect[]): boolean => {
  const transition = apply(core.state, input);
  core.state = transition.state;
  if (transition.type === 'ignored') return false;
  for (const output of transition.outputs) perform(core, output, effects);
  return true;
};

const startRound = (core: Core, round: Round, effects: Effect[]): void => {
  const { self, validators, height } = core;
  const proposer = self.type === 'validator' && proposerIndex(validators, height, round) === self.index;
  core.applied.clear();
  core.ownVotes = [];
  effects.push({ type: 'CancelTimeouts' });
  applyInput(core, { type: 'StartRound', round, proposer }, effects);
  forgetValues(core);
};

/** Keeps the blocks that a rule may still need. Any other block that is needed later is requested again. */
const forgetValues = (core: Core): void => {
  const { state, votes } = core;
  const needed = new Set<string>();
  if (state.locked.type === 'held') needed.add(toBareHex(state.locked.id));
  if (state.valid.type === 'held') needed.add(toBareHex(state.valid.id));
  for (const [round, { proposal }] of core.proposals) {
    if (round + 1 >= state.round || votes.correct('precommit', round, blockTarget(proposal.id)))
      needed.add(toBareHex(proposal.id));
  }
  for (const key of core.values.keys()) if (!needed.has(key)) core.values.delete(key);
};

const perform = (core: Core, output: RoundOutput, effects: Effect[]): void => {
  const { height, self, validators } = core;
  switch (output.type) {
    case 'NewRound':
      startRound(core, output.round, effects);
      return;
    case 'GetValue':
      effects.push({ type: 'GetValue', round: output.round });
      return;
    case 'Propose': {
      const { round, id, validRound } = output;
      effects.push({
        type: 'Sign',
        request: { type: 'proposal', proposal: { height, round, id, validRound } },
      });
      return;
    }
    case 'Vote': {
      if (self.type === 'observer') return;
      const { voteType: type, round, target } = output;
      const vote = { type, height, round, target, validator: self.index };
      effects.push({ type: 'Sign', request: { type: 'vote', vote } });
      return;
    }
    case 'ScheduleTimeout':
      effects.push({ type: 'ScheduleTimeout', timeout: { type: output.timeoutType, round: output.round } });
      return;
    case 'Decide': {
      const { round, id } = output;
      const precommits = core.votes.votesFor('precommit', round, blockTarget(id));
      const commit = assemble(validators, height, round, id, precommits);
      effects.push({ type: 'Decide', round, id, commit });
      return;
    }
    default:
      unreachable(output);
  }
};
