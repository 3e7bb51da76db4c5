/**
 * Looks for signatures of this node's key that this node did not make: then a second node runs with the same key, and
 * together they would sign twice for one step, though each has a sign-state. A signature leaves this node only after the
 * sign-state has it. So one that lies beyond the sign-state, or contradicts it, was made elsewhere; one that lies
 * before it may be an own one that has come back after a restart.
 *
 * A key that has signed before listens before its first signature after a start: it asks all peers for the latest votes of the
 * key until it has had answers for some time, and signs then what was held back. It goes on if nobody answers, because a chain
 * whose validators have all stopped must start again. Later it asks from time to time.
 */
import { equal } from '../../src/lib/bytes.ts';
import type { ChainIdentity, ValidatorSet } from '../../src/lib/chain.ts';
import type { Evidence, Input } from '../effects.ts';
import { type Fault, fault } from '../errors.ts';
import { blockTarget, type SignRequest, type Vote } from '../messages.ts';
import { proposerIndex } from '../proposer.ts';
import { isSignedBy } from '../verify.ts';
import type { RunnerOptions } from './ports.ts';
import { compareSteps, type Signer, signBytesOf, stepOf } from './signer.ts';

/** The time between two questions while the node listens, and afterwards. */
const ASK_MS = 100;
const WATCH_MS = 5_000;
/** How long it listens if nobody answers. */
const ALONE_MS = 1_500;
/** Up to so much is added, at random: of two nodes that were started at once, the second hears the first. */
const JITTER_MS = 1_000;
/** The votes of one answer that are looked at: those of some rounds. */
export const MAX_VOTES_OF_KEY = 8;

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
      const vote = { type: 'precommit', height, round, target: blockTarget(blockHash), validator: own } as const;
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

const inUse = (request: SignRequest): Fault => {
  const { height, round } = stepOf(request);
  const what = request.type === 'vote' ? request.vote.type : 'proposal';
  return fault(
    'KEY_IN_USE_ELSEWHERE',
    `the key of this validator is in use elsewhere: a ${what} of height ${height} and round ${round} was signed with it, and not by this node, so it stops before both sign twice`,
    { what, height: height.toString(), round },
  );
};

type Options = Pick<RunnerOptions, 'signer' | 'config' | 'network' | 'timers' | 'random'>;

export class OwnKey {
  readonly #options: Options;
  readonly #onOpen: (held: readonly SignRequest[]) => void;
  #isListening = false;
  #held: readonly SignRequest[] = [];
  #isAnswered = false;
  #cancelAsking: () => void = () => undefined;
  #cancelEnd: () => void = () => undefined;

  /** `onOpen` is called with what was held back, when this node has listened. */
  constructor(options: Options, onOpen: (held: readonly SignRequest[]) => void) {
    this.#options = options;
    this.#onOpen = onOpen;
  }

  start(): void {
    const { signer } = this.#options;
    if (signer === undefined) return;
    if (signer.last() !== 'none') {
      this.#isListening = true;
      this.#endAfter(ALONE_MS);
    }
    this.#ask();
  }

  stop(): void {
    this.#cancelAsking();
    this.#cancelEnd();
  }

  /** Holds a signature back while this node listens. @returns whether it did */
  holds(request: SignRequest): boolean {
    if (!this.#isListening) return false;
    this.#held = [...this.#held, request];
    return true;
  }

  /** Notes that a height begins: what was held back is of the one before. */
  begun(): void {
    this.#held = [];
  }

  /**
   * Takes in the answer of a peer: a few votes, of any height. `false`: one of them is no vote of this key.
   */
  answered(votes: readonly Vote[]): Fault | 'fine' | 'false' {
    const { signer, config } = this.#options;
    if (signer === undefined) return 'fine';
    for (const vote of votes) {
      const judged = this.judgeUnverified(vote);
      if (judged !== 'fine') return judged;
    }
    if (this.#isListening && !this.#isAnswered) {
      this.#isAnswered = true;
      // In an idle pause and a round, whoever has the key signs something.
      const { blocks, timeouts } = config;
      const jitterMs = Math.floor(this.#options.random() * JITTER_MS);
      this.#endAfter(blocks.commitPauseMs + timeouts.proposeMs + jitterMs);
    }
    return 'fine';
  }

  /** Judges a vote that names this node's key, and verifies it only if it would mean something. */
  judgeUnverified(vote: Vote): Fault | 'fine' | 'false' {
    const { signer, config } = this.#options;
    const request: SignRequest = { type: 'vote', vote };
    if (signer === undefined || !isForeign(signer, config.chain, request)) return 'fine';
    return isSignedBy(config.chain, vote, signer.publicKey) ? inUse(request) : 'false';
  }

  /** Judges a verified input of a height with these validators. Fault: `KEY_IN_USE_ELSEWHERE`. */
  judge(input: Input, validators: ValidatorSet): Fault | undefined {
    const { signer, config } = this.#options;
    if (signer === undefined) return undefined;
    const own = validators.findIndex(({ publicKey }) => equal(publicKey, signer.publicKey));
    if (own === -1) return undefined;
    const foreign = signedIn(input, validators, own).find((each) => isForeign(signer, config.chain, each));
    return foreign === undefined ? undefined : inUse(foreign);
  }

  /** Judges an equivocation. Fault: `KEY_IN_USE_ELSEWHERE` if it is this node's, which does not equivocate. */
  accused({ type, first, second }: Evidence, validators: ValidatorSet, own: number): Fault | undefined {
    if (type === 'votes') return first.validator === own ? inUse({ type: 'vote', vote: second }) : undefined;
    const isOwn = proposerIndex(validators, first.height, first.round) === own;
    return isOwn ? inUse({ type: 'proposal', proposal: second }) : undefined;
  }

  #ask(): void {
    const { signer, network, timers } = this.#options;
    if (signer === undefined) return;
    network.requestVotesOf(signer.publicKey);
    this.#cancelAsking = timers.after(this.#isListening ? ASK_MS : WATCH_MS, () => this.#ask());
  }

  #endAfter(delayMs: number): void {
    this.#cancelEnd();
    this.#cancelEnd = this.#options.timers.after(delayMs, () => {
      this.#isListening = false;
      const held = this.#held;
      this.#held = [];
      this.#onOpen(held);
    });
  }
}
