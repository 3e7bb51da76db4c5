/**
 * Looks for signatures of this node's key that this node did not make: then a second node runs with the same key, and
 * together they would sign twice for one step, though each has a sign-state. A signature leaves this node only after the
 * sign-state has it. So one that lies beyond the sign-state, or contradicts it, was made elsewhere; one that lies
 * before it may be an own one that has come back after a restart.
 *
 * A key listens before its first signature after a start: it asks all peers for the latest votes of the key until it has had
 * answers for some time, and signs then what was held back. It goes on if no peer answers, because a chain whose validators
 * have all stopped must start again. Later it asks from time to time. That time begins when there is a peer: before, nobody
 * can be heard, and a vote of a key that does not decide alone has no effect.
 *
 * While this node still gets blocks of others, a copy of it signs nothing either, and cannot be heard. So that time begins
 * anew until this node has the blocks that its peers say they have. What peers say is not proven, so it cannot keep a
 * validator silent: this node stops to believe it some time after the first such claim if no block has come, however claims
 * come and go, and when it has decided a height by gossip, which is only about the newest one.
 *
 * A new chain must not wait for that: if the key has never signed and no peer has a block, the first answer is enough.
 */
import { equal } from '../../src/lib/bytes.ts';
import type { ChainIdentity, ValidatorSet } from '../../src/lib/chain.ts';
import { CodedError } from '../../src/lib/errors.ts';
import type { Core } from '../core.ts';
import type { Evidence, Input } from '../effects.ts';
import { type Fault, fault } from '../errors.ts';
import { blockTarget, decodeVote, encodeVote, type SignRequest, type Vote } from '../messages.ts';
import { proposerIndex } from '../proposer.ts';
import { isSignedBy } from '../verify.ts';
import type { RunnerOptions } from './ports.ts';
import { compareSteps, type SignedStep, type Signer, signBytesOf, stepOf } from './signer.ts';

/** The time between two questions while the node listens, and afterwards. */
const ASK_MS = 100;
const WATCH_MS = 5_000;
/** The questions after a start without listening that follow each other as closely: a copy may have begun at the same time. */
const CLOSE_QUESTIONS = 15;
/** How long it listens if no peer answers. */
const UNANSWERED_MS = 1_500;
/** Up to so much is added, at random: of two nodes that were started at once, the second hears the first. */
const JITTER_MS = 1_000;
/** How long after the first claim of a later height a node waits for the next block, before it takes such claims for false. */
const NEXT_BLOCK_MS = 15_000;
/** The votes of one answer that are looked at: those of some rounds. */
const MAX_VOTES_OF_KEY = 8;

/** What of an input was signed with the key of this index. */
const signedIn = (input: Input, validators: ValidatorSet, own: number): readonly SignRequest[] => {
  const byOwn = (votes: readonly Vote[]): readonly SignRequest[] =>
    votes.flatMap((vote) => (vote.validator === own ? [{ type: 'vote', vote }] : []));
  switch (input.type) {
    case 'Vote':
      return byOwn([input.vote]);
    case 'RoundCertificate':
    case 'PolkaCertificate':
    case 'CommitCertificate':
      return byOwn(input.votes);
    case 'Proposal': {
      const { proposal } = input;
      const isOwn = proposerIndex(validators, proposal.height, proposal.round) === own;
      return isOwn ? [{ type: 'proposal', proposal }] : [];
    }
    case 'SyncedBlock': {
      const { height, round, blockHash, signers } = input.commit;
      const vote = {
        type: 'precommit',
        height,
        round,
        target: blockTarget(blockHash),
        validator: own,
      } as const;
      return signers[own] === true ? [{ type: 'vote', vote }] : [];
    }
    default:
      return [];
  }
};

const isForeign = (signer: Signer, chain: ChainIdentity, request: SignRequest): boolean => {
  const own = signer.last();
  if (own === 'none') return true;
  const order = compareSteps(stepOf(request), own);
  return order > 0 || (order === 0 && !equal(signBytesOf(chain, request), own.signBytes));
};

const inUse = (request: SignRequest, last: SignedStep | 'none'): Fault => {
  const { height, round } = stepOf(request);
  const what = request.type === 'vote' ? request.vote.type : 'proposal';
  const own = last === 'none' ? 'nothing yet' : `up to height ${last.height}, round ${last.round}`;
  return fault(
    'KEY_IN_USE_ELSEWHERE',
    `the key of this validator is in use elsewhere: it signed a ${what} of height ${height}, round ${round}, which is not in the sign-state here; this node has signed ${own}, and stops before both sign twice`,
    { what, height: height.toString(), round },
  );
};

/** Returns the latest votes of a key that the core has, encoded: what a node with the same key asks for. */
export const votesOfKey = ({ validators, votes }: Core, publicKey: Uint8Array): readonly Uint8Array[] => {
  const index = validators.findIndex((each) => equal(each.publicKey, publicKey));
  return votes.of(index).slice(0, MAX_VOTES_OF_KEY).map(encodeVote);
};

type Options = Pick<RunnerOptions, 'signer' | 'config' | 'network' | 'timers' | 'random' | 'startHeight'>;

type Handlers = {
  /** Whether the set of this height holds the key: otherwise nobody needs to be asked. */
  readonly isValidator: () => boolean;
  /** Whether the key has more than two thirds of the power: then no peer has to hear its votes. */
  readonly isEnough: () => boolean;
  /** The height under way, or about to begin. */
  readonly height: () => bigint;
  /** Whether this node had a block when it started, or a peer says that it has one. */
  readonly hasBegun: () => boolean;
  /** Called with what was held back, when this node has listened. */
  readonly onOpen: (held: readonly SignRequest[]) => void;
  /** Called with `KEY_IN_USE_ELSEWHERE`, at which the node stops. */
  readonly onForeign: (error: CodedError) => void;
};

export class OwnKey {
  readonly #options: Options;
  readonly #handlers: Handlers;
  #isListening = false;
  #held: readonly SignRequest[] = [];
  #isAnswered = false;
  #closeQuestions = 0;
  #isAsking = false;
  #cancelAsking: () => void = () => undefined;
  #cancelEnd: () => void = () => undefined;
  #cancelFollowing: () => void = () => undefined;
  /** How long it listens, once there is a peer and this node lacks no blocks. */
  #windowMs = UNANSWERED_MS;
  /** Whether a copy could not be heard now: there is no peer, or this node lacks blocks. */
  #isDeaf = false;
  /** How long ago a peer first claimed a later height, since this node got its last block. */
  #claimedMs = 0;
  /** The last height that block sync has brought. The first one may come from the log. */
  #synced: bigint;
  /** Whether a height was decided by gossip: then this node is where the others are. */
  #isLive = false;

  constructor(options: Options, handlers: Handlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#synced = options.startHeight;
  }

  start(): void {
    const { signer } = this.#options;
    if (signer === undefined) return;
    // Without a peer nobody knows yet whether the chain has begun, nor whether its set holds the key by now.
    if (!this.#isFirst() || !this.#handlers.isEnough()) {
      this.#isListening = true;
      this.#endAfter(this.#windowMs);
      this.#follow();
    }
    this.#ask();
  }

  stop(): void {
    this.#cancelAsking();
    this.#cancelEnd();
    this.#cancelFollowing();
  }

  /** Whether signatures are held back. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** Whether this is the first signature of the key, on a chain that nobody has a block of. */
  #isFirst(): boolean {
    return this.#options.signer?.last() === 'none' && !this.#handlers.hasBegun();
  }

  /** Holds a signature back while this node listens. @returns whether it did */
  holds(request: SignRequest): boolean {
    if (!this.#isListening) return false;
    this.#held = [...this.#held, request];
    return true;
  }

  /** Notes that a height begins: what was held back is of the one before. */
  begun(height: bigint): void {
    this.#held = [];
    this.#claimedMs = 0;
    if (height > this.#synced + 1n) this.#isLive = true;
  }

  /** Notes that block sync has brought the block of a height. */
  synced(height: bigint): void {
    this.#synced = height;
  }

  /**
   * Takes in the answer of a peer: encoded votes, of any height. Returns the first of them, or `false` if one is no vote of
   * this key.
   */
  answered(encoded: readonly Uint8Array[]): readonly Vote[] | 'false' {
    const decoded = encoded.slice(0, MAX_VOTES_OF_KEY).map(decodeVote);
    const votes = decoded.flatMap((vote) => (vote.ok ? [vote.value] : []));
    if (votes.length < decoded.length || votes.some((vote) => this.#judgeUnverified(vote) === 'false'))
      return 'false';
    if (this.#isListening && !this.#isAnswered) {
      this.#isAnswered = true;
      if (this.#isFirst()) {
        this.#closeQuestions = CLOSE_QUESTIONS;
        this.#open();
        return votes;
      }
      // In an idle pause and a round, whoever has the key signs something.
      const { blocks, timeouts } = this.#options.config;
      const jitterMs = Math.floor(this.#options.random() * JITTER_MS);
      this.#windowMs = blocks.commitPauseMs + timeouts.proposeMs + jitterMs;
      this.#endAfter(this.#windowMs);
    }
    return votes;
  }

  /** Judges a vote of the height decided last. @returns `false` if it names this node and is not signed by its key */
  late({ self, height }: Core, vote: Vote): 'fine' | 'false' {
    const isOwn = self.type === 'validator' && vote.validator === self.index && vote.height === height;
    return isOwn ? this.#judgeUnverified(vote) : 'fine';
  }

  /** Judges a verified input of a height with these validators. @returns whether it stops this node */
  isForeign(input: Input, validators: ValidatorSet): boolean {
    const { signer, config } = this.#options;
    if (signer === undefined) return false;
    const own = validators.findIndex(({ publicKey }) => equal(publicKey, signer.publicKey));
    if (own === -1) return false;
    const foreign = signedIn(input, validators, own).find((each) => isForeign(signer, config.chain, each));
    if (foreign !== undefined) this.#found(foreign);
    return foreign !== undefined;
  }

  /** Judges an equivocation of a validator: this node does not equivocate. */
  equivocated(evidence: Evidence, validator: number, { self }: Core): void {
    if (self.type === 'observer' || self.index !== validator) return;
    this.#found(
      evidence.type === 'votes'
        ? { type: 'vote', vote: evidence.second }
        : { type: 'proposal', proposal: evidence.second },
    );
  }

  /** A vote that names this node's key is verified only if it would mean something. */
  #judgeUnverified(vote: Vote): 'fine' | 'false' {
    const { signer, config } = this.#options;
    const request: SignRequest = { type: 'vote', vote };
    if (signer === undefined || !isForeign(signer, config.chain, request)) return 'fine';
    if (!isSignedBy(config.chain, vote, signer.publicKey)) return 'false';
    this.#found(request);
    return 'fine';
  }

  #found(request: SignRequest): void {
    this.#handlers.onForeign(new CodedError(inUse(request, this.#options.signer?.last() ?? 'none')));
  }

  /** Notes that a peer asks for votes, of whatever key: so there is somebody who can answer. */
  asked(): void {
    if (!this.#isListening || this.#isAnswered || this.#isAsking) return;
    this.#cancelAsking();
    this.#ask();
  }

  #ask(): void {
    const { signer, network, timers } = this.#options;
    if (signer === undefined) return;
    this.#isAsking = true;
    if (this.#handlers.isValidator()) network.requestVotesOf(signer.publicKey);
    this.#isAsking = false;
    const isClose = (this.#isListening && !this.#isDeaf) || this.#closeQuestions-- > 0;
    this.#cancelAsking = timers.after(isClose ? ASK_MS : WATCH_MS, () => this.#ask());
  }

  /** Begins to listen anew for as long as a copy could not be heard. */
  #follow(): void {
    if (!this.#isListening) return;
    const wasDeaf = this.#isDeaf;
    // A peer that is one block ahead is so for a moment at every height.
    const isBehind = !this.#isLive && this.#options.network.peerHeight() > this.#handlers.height();
    const isAlone = !this.#options.network.hasPeers() && !this.#handlers.isEnough();
    // A claim that is taken back does not end this time: else one that comes and goes would begin it anew for ever.
    if (isAlone) this.#claimedMs = 0;
    else if (isBehind || this.#claimedMs > 0) this.#claimedMs += ASK_MS;
    const lacksBlocks = isBehind && this.#claimedMs <= NEXT_BLOCK_MS;
    this.#isDeaf = lacksBlocks || isAlone;
    if (this.#isDeaf) this.#endAfter(this.#windowMs);
    else if (wasDeaf) {
      this.#cancelAsking();
      this.#ask();
    }
    this.#cancelFollowing = this.#options.timers.after(ASK_MS, () => this.#follow());
  }

  #endAfter(delayMs: number): void {
    this.#cancelEnd();
    this.#cancelEnd = this.#options.timers.after(delayMs, () => this.#open());
  }

  #open(): void {
    this.#cancelEnd();
    this.#cancelFollowing();
    this.#isListening = false;
    const held = this.#held;
    this.#held = [];
    this.#handlers.onOpen(held);
  }
}
