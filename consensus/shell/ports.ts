/**
 * What the runner asks of the world, and what the world may ask of the runner. `node/` joins both to the state
 * machine, the network and the disk; a simulation joins them to values.
 */
import type { Height, Root, Round } from '../../src/lib/brands.ts';
import type { Block, ChainIdentity, Commit, EncodedBlock, ValidatorSet } from '../../src/lib/chain.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Fault, Result } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import type { Step } from '../round.ts';
import type { Attendee } from './attendance.ts';
import type { Signer } from './signer.ts';
import type { Timers } from './timers.ts';
import type { Wal } from './wal.ts';

/** The timeouts of round 0 in milliseconds, and what is added for each round. `patience.ts` says how they grow. */
export type TimeoutConfig = {
  readonly proposeMs: number;
  readonly proposeStepMs: number;
  readonly voteMs: number;
  readonly voteStepMs: number;
};

export type BlockConfig = {
  /** The pause between a decision and round 0 of the next height on an idle chain. */
  readonly commitPauseMs: number;
  /** The same pause if there are transactions, or a peer has begun the next height. */
  readonly commitPauseFloorMs: number;
  /**
   * By how much the clocks of validators may differ: the time of a fresh proposal may be this far ahead of the clock of this
   * node, and this far behind it when the time on its way is taken off (`isTimely`).
   */
  readonly timeDriftMs: number;
};

export type RunnerConfig = {
  readonly chain: ChainIdentity;
  readonly timeouts: TimeoutConfig;
  readonly blocks: BlockConfig;
};

export type Decision = EncodedBlock & {
  readonly height: Height;
  readonly round: Round;
  /** The precommits this node has seen, of more than two thirds of the power: every signature is verified. */
  readonly commit: Commit;
};

/** The sets that decide the next two heights. A block can change the one of two heights later at the earliest. */
export type UpcomingSets = {
  /** The set of the next height. */
  readonly validators: ValidatorSet;
  /** The set of the height after it: what arrives early can be verified too. */
  readonly nextValidators: ValidatorSet;
};

/**
 * The state machine behind consensus. A rejected promise is a broken node, not a bad block: the runner stops and
 * reports it through `onFatal`.
 */
export type Application = {
  /** Builds a block for `height` on top of what was decided before. The block contains `lastCommit` as it is. */
  readonly propose: (height: Height, round: Round, lastCommit: Commit) => Promise<Block>;
  /**
   * Is the block valid on what was decided before? A pure function of the chain and the block: every correct node must
   * answer the same, whenever it is asked. So it does not look at a clock: the runner judges whether the header's time
   * is timely, and only for a fresh proposal. Chain id, height and the roots of the body are checked before it is asked.
   */
  readonly validate: (height: Height, proposed: EncodedBlock) => Promise<Result<void>>;
  /**
   * Executes the block and commits it durably. The next height does not start before it resolves. Called again with the
   * same block after a crash in its midst (and then, if the commit had been written, it must find that and do nothing).
   */
  readonly decide: (decision: Decision) => Promise<UpcomingSets>;
  /**
   * Returns whether the mempool has transactions that the next block could hold. It is asked when a block is committed; see
   * `Runner.notifyTransactions`.
   */
  readonly hasTransactions: () => boolean;
};

/** Gossip topics: `vote` carries votes and certificates, `proposal` whole proposals. */
export type Topic = 'vote' | 'proposal';

/** `first`: who has seen these bytes need not see them again. `repeat`: everyone receives them again. */
export type Delivery = 'first' | 'repeat';

export type ProposalRequest = { readonly height: Height; readonly round: Round; readonly id: Root };

/** The calls return at once and never throw: what could not be sent is sent again by the runner's own timers. */
export type Network = {
  readonly publish: (topic: Topic, bytes: Uint8Array, delivery: Delivery) => void;
  /**
   * Asks peers for a proposal this node missed; an answer is handed to `Runner.receive('proposal', …)`. The time that a
   * peer has to answer grows with the round.
   */
  readonly requestProposal: (request: ProposalRequest, withinMs: number) => void;
  /** Asks all peers for the latest votes of a key; each answer is handed to `Runner.votesOfOwnKey`. */
  readonly requestVotesOf: (publicKey: Uint8Array) => void;
  /** Whether a peer is connected that could answer. */
  readonly hasPeers: () => boolean;
  /** The highest height of a last block that a peer says it has; 0 if none says so. Nobody has shown it. */
  readonly peerHeight: () => bigint;
};

/**
 * `accept`: verified and new, pass it on. `ignore`: not needed here (a duplicate, too old, too far ahead), or of a height whose
 * validators are not known yet, and nobody's fault. `old`: a certificate or a proposal of a decided height, ignored too; a node
 * that is behind sends a few of them, and no honest node sends many. `reject`: provably bad (malformed, wrong signature), the
 * peer that sent it is to blame.
 */
export type Verdict =
  | { readonly type: 'accept' }
  | { readonly type: 'ignore'; readonly fault: Fault }
  | { readonly type: 'old'; readonly fault: Fault }
  | { readonly type: 'reject'; readonly fault: Fault };

export type RunnerOptions = {
  readonly config: RunnerConfig;
  /** The first height to be decided: one past the last one that the application has committed. */
  readonly startHeight: Height;
  /** The sets of `startHeight` and of the height after it. */
  readonly sets: UpcomingSets;
  /** For `startHeight - 1`; `EMPTY_COMMIT` at height 1. */
  readonly lastCommit: Commit;
  /**
   * Signs at the heights whose set holds its key, and only at those: a key that enters or leaves the set needs no
   * restart. Undefined for a node without a key, which follows and decides and votes on nothing.
   */
  readonly signer: Signer | undefined;
  readonly wal: Wal;
  readonly application: Application;
  readonly network: Network;
  readonly clock: Clock;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  readonly timers: Timers;
  /** A number of [0, 1), by chance. */
  readonly random: () => number;
  readonly logger: Logger;
  /** The node cannot go on (disk, database, a committed block that does not execute). The runner has stopped itself. */
  readonly onFatal: (fault: Fault) => void;
};

export type Status = {
  /** The height under way, or about to begin. */
  readonly height: Height;
  readonly round: Round;
  readonly step: Step;
  /** How long this round may take in milliseconds, by its timeouts. */
  readonly roundMs: number;
  /** The highest height that a verified message was of: if it stays above `height`, this node lags behind. */
  readonly seenHeight: Height;
  /** Whether this node holds its signatures back, because it checks whether its key is used elsewhere. */
  readonly isListening: boolean;
};

export type Runner = {
  /** Replays the WAL of `startHeight`, if there is one, and begins. Faults: `WAL_…`, `SIGN_…`. */
  readonly start: () => Promise<Result<void>>;
  /** Resolves when the turn under way, and a decision being committed, have ended and the WAL is closed. */
  readonly stop: () => Promise<void>;
  /** Decodes and verifies a message of gossip or of a request, and takes it in if it is of use. */
  readonly receive: (topic: Topic, bytes: Uint8Array, peer: string) => Verdict;
  /** The encoded proposal a peer asks for, of this height or the one before, or undefined. */
  readonly proposalFor: (request: ProposalRequest) => Uint8Array | undefined;
  /** The latest votes of a key that a peer asks for, encoded, of the height under way or decided last; a few. */
  readonly votesOf: (publicKey: Uint8Array) => readonly Uint8Array[];
  /**
   * Takes in what a peer answers to `Network.requestVotesOf`. `false`: it is no vote of this node's key. A vote that this node
   * did not sign stops it with `KEY_IN_USE_ELSEWHERE`.
   */
  readonly votesOfOwnKey: (votes: readonly Uint8Array[]) => 'fine' | 'false';
  /**
   * An encoded block with its commit from block sync, for the height `status()` names; resolves when it is committed.
   * Faults: `SYNC_HEIGHT` (not the height this node is at), `SYNC_BLOCK`, `BLOCK_DECODE`, `BLOCK_BODY`, or those of
   * `verifyCommit`.
   */
  readonly syncedBlock: (block: Uint8Array, commit: Commit) => Promise<Result<void>>;
  /** The mempool has transactions that the next block could hold: begin it as soon as the floor allows. */
  readonly notifyTransactions: () => void;
  readonly status: () => Status;
  /** Returns the validators of the height under way, and when they were heard last. */
  readonly attendance: () => readonly Attendee[];
};
