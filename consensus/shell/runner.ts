/**
 * Interprets the effects of the core: the one place where consensus meets time, disk and network.
 *
 * A turn: the runner drains its queue, appends the inputs to the log and gives them to the core, one after the other.
 * Then it carries out the effects. The log is synced before a signature is made, and the signer writes its state before
 * it answers, so nothing leaves this machine that it could forget. A turn without a signature needs no sync.
 *
 * A height: its round 0 begins after the pause. When the height is decided, the application commits the block. Then the
 * log of the next height replaces this one, and then the next pause ends. A crash between any two of these steps is
 * safe: a log whose height the application has committed is dropped, and any other is replayed up to its decision.
 */
import {
  FIRST_ROUND,
  type Height,
  nextHeight,
  type Root,
  type Round,
  toHeight,
} from '../../src/lib/brands.ts';
import type { Commit } from '../../src/lib/chain.ts';
import { ok, type Result, unreachable, unwrap } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import { maxBig } from '../../src/lib/math.ts';
import { createCore, step } from '../core.ts';
import type { Effect, Input, Self, Timeout } from '../effects.ts';
import { type Fault, fail, fault, toFaultOr } from '../errors.ts';
import { encodeMessage, type Message, type SignRequest } from '../messages.ts';
import { Arrivals } from './arrivals.ts';
import { Attendance, type Attendee } from './attendance.ts';
import { Blocks } from './blocks.ts';
import { Deadlines, isHousekeeping } from './deadlines.ts';
import { encodeEntry, type LogEntry } from './entries.ts';
import { Equivocations } from './equivocations.ts';
import { type Admitted, admitEntry, admitSynced, type Context } from './intake.ts';
import type { Item, Phase } from './items.ts';
import { OwnKey, votesOfKey } from './own-key.ts';
import { Pause } from './pause.ts';
import type {
  ProposalRequest,
  Runner,
  RunnerOptions,
  Status,
  Topic,
  UpcomingSets,
  Verdict,
} from './ports.ts';
import { Publisher } from './publisher.ts';
import { type Answer, askForBlock, askForValidity, diverged } from './questions.ts';
import { replay } from './recovery.ts';
import { stepOf } from './signer.ts';
import { Signing } from './signing.ts';
import { Turns } from './turns.ts';
import { Waiting } from './waiting.ts';

export type * from './ports.ts';

const STOPPED: Fault = fault('CONSENSUS_STOPPED', 'consensus is not running');
/** The peer in whose name votes of this node's key are received. */
const OWN_KEY = 'own key';
const stopped: Result<void> = { ok: false, fault: STOPPED };

/** Where a height is that has not begun yet. */
const PAUSING = { round: FIRST_ROUND, step: 'unstarted' } as const;

class ConsensusRunner implements Runner {
  readonly #options: RunnerOptions;
  readonly #core = createCore();
  readonly #blocks = new Blocks();
  readonly #arrivals: Arrivals;
  readonly #attendance = new Attendance();
  readonly #waiting = new Waiting();
  readonly #publisher: Publisher;
  readonly #signing: Signing;
  readonly #ownKey: OwnKey;
  readonly #equivocations = new Equivocations();
  readonly #deadlines: Deadlines;
  readonly #turns: Turns<Item>;
  #phase: Phase = 'idle';
  #height: Height;
  #sets: UpcomingSets;
  #lastCommit: Commit;
  #logger: Logger;
  #pause: Pause | undefined;
  #committing: Promise<void> = Promise.resolve();

  constructor(options: RunnerOptions) {
    const { config, startHeight, sets, lastCommit } = options;
    this.#options = options;
    this.#height = startHeight;
    this.#sets = sets;
    this.#lastCommit = lastCommit;
    this.#logger = options.logger.child({ height: startHeight.toString() });
    this.#turns = new Turns((items) => this.#turn(items), this.#fatal);
    this.#deadlines = new Deadlines(options.timers, config.timeouts);
    this.#publisher = new Publisher(options, this.#blocks);
    this.#signing = new Signing(options);
    this.#arrivals = new Arrivals(options.logger);
    this.#ownKey = new OwnKey(options, {
      onOpen: (held) => {
        const effects = held.map((request): Effect => ({ type: 'Sign', request }));
        if (effects.length > 0) this.#turns.push({ type: 'perform', effects });
      },
      onForeign: this.#fatal,
      isValidator: () => this.#self().type === 'validator',
      isEnough: () => this.#signing.isEnoughIn(this.#sets.validators),
      height: () => this.#height,
      hasBegun: () => startHeight > 1n || options.network.peerHeight() > 0n,
    });
  }

  // ----------------------------------------------------------------------------------------------- start and stop

  async start(): Promise<Result<void>> {
    const { wal } = this.#options;
    const recovered = await wal.recover(this.#height);
    if (!recovered.ok) return recovered;
    if (recovered.value === 'none') await wal.begin(this.#height);
    const entries = recovered.value === 'none' ? [] : recovered.value;
    const replayed = replay(this.#core, this.#startHeight(), this.#context(), entries);
    if (!replayed.ok) return replayed;
    const { owed, blocks, covers } = replayed.value;
    for (const block of blocks) this.#blocks.put(block);
    this.#signing.recovered(this.#height, covers, this.#logger);
    this.#deadlines.begun(this.#sets.validators.length);
    this.#phase = 'running';
    this.#ownKey.start();
    this.#turns.push({ type: 'perform', effects: owed });
    return ok(undefined);
  }

  async stop(): Promise<void> {
    this.#halt();
    await this.#turns.close();
    await this.#committing;
    await this.#options.wal.close();
  }

  #halt(): void {
    this.#phase = 'stopped';
    void this.#turns.close();
    this.#deadlines.cancelAll();
    this.#ownKey.stop();
    this.#pause?.cancel();
    this.#waiting.stop(stopped);
  }

  readonly #fatal = (error: unknown): void => {
    if (this.#phase === 'stopped') return;
    const cause = toFaultOr(error, 'CONSENSUS_FAILED');
    this.#logger.fatal({ code: cause.code }, cause.message);
    this.#halt();
    this.#options.onFatal(cause);
  };

  // ------------------------------------------------------------------------------------------------- from outside

  receive(topic: Topic, bytes: Uint8Array, peer: string): Verdict {
    const phase = this.#phase;
    if (phase === 'idle' || phase === 'stopped') return { type: 'ignore', fault: STOPPED };
    const { nextValidators } = this.#sets;
    const place = { ...this.#context(), nextValidators, core: this.#core, phase };
    const arrivedAt = this.#options.clock.now();
    const received = this.#arrivals.receive(place, { topic, bytes, peer, arrivedAt });
    const isAdmitted = received.type === 'take' || received.type === 'kept';
    if (isAdmitted && this.#ownKey.isForeign(received.admitted.input, received.validators))
      return { type: 'ignore', fault: STOPPED };
    switch (received.type) {
      case 'take':
        this.#takeMessage(received.message, bytes, received.admitted, arrivedAt);
        return { type: 'accept' };
      case 'kept': {
        const next = phase === 'pausing' ? this.#height : nextHeight(this.#height);
        if (received.height === next) this.#pause?.wake();
        return received.verdict;
      }
      case 'late':
        // The sender of a vote for the last decided height lacks its commit. Block sync serves older heights.
        if (received.vote.height === this.#lastCommit.height) this.#publisher.help(this.#lastCommit);
        if (this.#ownKey.late(this.#core, received.vote) === 'false')
          return {
            type: 'reject',
            fault: fault('VOTE_SIGNATURE', 'the signature of a vote is not of this node'),
          };
        return { type: 'ignore', fault: fault('MESSAGE_OLD', 'the message is of a height that is decided') };
      case 'ignore':
      case 'old':
      case 'reject':
        return received;
      default:
        return unreachable(received);
    }
  }

  proposalFor(request: ProposalRequest): Uint8Array | undefined {
    return this.#blocks.proposalFor(this.#core, request);
  }

  votesOf(publicKey: Uint8Array): readonly Uint8Array[] {
    this.#ownKey.asked();
    return votesOfKey(this.#core, publicKey);
  }

  votesOfOwnKey(encoded: readonly Uint8Array[]): 'fine' | 'false' {
    const votes = this.#ownKey.answered(encoded);
    if (votes === 'false') return votes;
    // The core compares those of this height with what this node has signed.
    const verdicts = votes
      .filter(({ height }) => height === this.#height && this.#phase === 'running')
      .map((vote) => this.receive('vote', encodeMessage({ type: 'vote', vote }), OWN_KEY));
    return verdicts.some(({ type }) => type === 'reject') ? 'false' : 'fine';
  }

  async syncedBlock(block: Uint8Array, commit: Commit): Promise<Result<void>> {
    const height = toHeight(commit.height);
    if (!this.#isUp()) return stopped;
    if (height !== this.#height)
      return fail('SYNC_HEIGHT', `this node is at height ${this.#height}`, {
        height: this.#height.toString(),
      });
    const admitted = admitSynced(this.#context(), block, commit);
    if (!admitted.ok) return admitted;
    if (this.#ownKey.isForeign(admitted.value.input, this.#sets.validators)) return stopped;
    if (!this.#isDecided(height)) {
      const asked = this.#options.application.validate(height, admitted.value.block);
      const valid = await asked.catch((error: unknown) => {
        this.#fatal(error);
        return stopped;
      });
      // Once the height is decided, the application may have moved on, and its answer means nothing.
      if (!valid.ok && !this.#isDecided(height)) {
        this.#fatal(diverged(height, valid.fault.message));
        return valid;
      }
    }
    if (this.#height !== height) return ok(undefined);
    if (!this.#isUp()) return stopped;
    const committed = this.#waiting.for(height);
    this.#ownKey.synced(height);
    this.#pause?.skip();
    this.#turns.push({ type: 'take', height, entry: 'none', admitted: admitted.value });
    return await committed;
  }

  notifyTransactions(): void {
    this.#pause?.wake();
  }

  status(): Status {
    const { round, step } = this.#phase === 'pausing' ? PAUSING : this.#core.state;
    return {
      height: this.#height,
      round,
      step,
      roundMs: this.#deadlines.roundMs(round),
      seenHeight: toHeight(maxBig(this.#arrivals.seenHeight, this.#height)),
      isListening: this.#ownKey.isListening,
    };
  }

  attendance(): readonly Attendee[] {
    return this.#attendance.of(this.#core, this.#sets.validators, this.#options.elapsed());
  }

  // --------------------------------------------------------------------------------------------------------- turns

  async #turn(items: readonly Item[]): Promise<void> {
    const effects: Effect[] = [];
    this.#arrivals.turned();
    for (const item of items) effects.push(...(await this.#takeItem(item)));
    await this.#perform(effects);
    await this.#options.wal.flush();
    this.#blocks.prune(this.#core);
  }

  async #takeItem(item: Item): Promise<readonly Effect[]> {
    if (this.#phase === 'stopped') return [];
    switch (item.type) {
      case 'take':
        if (item.height !== this.#height || this.#phase !== 'running') return [];
        return this.#take(item.entry, item.admitted);
      case 'perform':
        return item.effects;
      case 'committed':
        await this.#committed(item.sets);
        return [];
      case 'begin':
        return this.#begin();
      default:
        return unreachable(item);
    }
  }

  #take(entry: LogEntry | 'none', { input, block }: Admitted): readonly Effect[] {
    if (entry !== 'none') this.#options.wal.append(encodeEntry(entry));
    if (block !== undefined) this.#blocks.put(block);
    const { clock, elapsed } = this.#options;
    this.#attendance.heard(input, this.#sets.validators, { time: clock.now(), elapsed: elapsed() });
    return step(this.#core, input);
  }

  #takeMessage(message: Message, bytes: Uint8Array, admitted: Admitted, arrivedAt: bigint): void {
    if (message.type === 'proposal') this.#blocks.arrived(message.proposal.round, arrivedAt);
    const entry: LogEntry = { type: 'message', bytes };
    this.#turns.push({ type: 'take', height: this.#height, entry, admitted });
  }

  #schedule(timeout: Timeout): void {
    const height = this.#height;
    const { type, round } = timeout;
    const entry: LogEntry | 'none' = isHousekeeping(type)
      ? 'none'
      : { type: 'timeout', timeoutType: type, round };
    const admitted: Admitted = { input: { type: 'TimeoutElapsed', timeout }, block: undefined };
    this.#deadlines.schedule(timeout, () => this.#turns.push({ type: 'take', height, entry, admitted }));
  }

  // ------------------------------------------------------------------------------------------------------- effects

  async #perform(effects: readonly Effect[]): Promise<void> {
    const work = [...effects];
    for (let effect = work.shift(); effect !== undefined; effect = work.shift()) {
      if (this.#phase === 'stopped') return;
      // A signature is an input of its own, and the core takes it in before the next signature is made.
      if (effect.type === 'Sign') work.push(...(await this.#sign(effect.request)));
      else this.#do(effect);
    }
  }

  #do(effect: Exclude<Effect, { type: 'Sign' }>): void {
    switch (effect.type) {
      case 'ScheduleTimeout':
        this.#schedule(effect.timeout);
        break;
      case 'CancelTimeouts':
        this.#deadlines.cancelRounds();
        break;
      case 'GetValue':
        this.#ask(askForBlock(this.#options.application, this.#height, effect.round, this.#lastCommit));
        break;
      case 'ValidateValue':
        this.#ask(
          askForValidity(
            this.#options,
            this.#blocks,
            this.#height,
            effect,
            this.#deadlines.durationOf('propose', effect.round),
          ),
        );
        break;
      case 'Publish':
        this.#publisher.publish(effect.announcement);
        break;
      case 'Republish':
        this.#publisher.republish(effect.announcement);
        break;
      case 'RequestProposal':
        this.#requestProposal(effect.round, effect.id);
        break;
      case 'Decide':
        this.#decide(effect);
        break;
      case 'Evidence': {
        const { evidence } = effect;
        const validator = this.#equivocations.note(evidence, this.#core, this.#logger);
        this.#ownKey.equivocated(evidence, validator, this.#core);
        break;
      }
      case 'Diverged':
        throw diverged(this.#height, 'more than two thirds precommitted it');
      default:
        unreachable(effect);
    }
  }

  /** A slow network is given as long for the answer as the present round waits for a proposal. */
  #requestProposal(round: Round, id: Root): void {
    const withinMs = this.#deadlines.durationOf('propose', this.#core.state.round);
    this.#options.network.requestProposal({ height: this.#height, round, id }, withinMs);
  }

  async #sign(request: SignRequest): Promise<readonly Effect[]> {
    if (stepOf(request).height !== this.#height || this.#ownKey.holds(request)) return [];
    const entry = await this.#signing.sign(this.#height, request, this.#logger);
    return entry === 'none' ? [] : this.#take(entry, unwrap(admitEntry(this.#context(), entry)));
  }

  /** Gives the answer to the core, unless the height is decided by then. */
  #ask(question: Promise<Answer>): void {
    const height = this.#height;
    const take = ({ entry, admitted, remark }: Answer): void => {
      if (this.#isDecided(height)) return;
      if (remark !== undefined) this.#logger.warn({ code: remark.code, ...remark.data }, remark.message);
      this.#turns.push({ type: 'take', height, entry, admitted });
    };
    question.then(take).catch(this.#fatal);
  }

  // ------------------------------------------------------------------------------------------ from height to height

  #decide({ round, id, commit }: Extract<Effect, { type: 'Decide' }>): void {
    const { application, config, timers } = this.#options;
    const block = this.#blocks.decided(this.#core, round, id, commit);
    this.#phase = 'committing';
    this.#lastCommit = commit;
    this.#deadlines.decided(round);
    this.#pause = new Pause(timers, config.blocks, () => this.#turns.push({ type: 'begin' }));
    this.#committing = application
      .decide({ ...block, height: this.#height, round, commit })
      .then((sets) => this.#turns.push({ type: 'committed', sets }))
      .catch(this.#fatal);
  }

  async #committed(sets: UpcomingSets): Promise<void> {
    const next = nextHeight(this.#height);
    await this.#options.wal.begin(next);
    if (this.#phase === 'stopped') return;
    this.#phase = 'pausing';
    const before = this.#self();
    this.#height = next;
    this.#sets = sets;
    this.#logger = this.#options.logger.child({ height: next.toString() });
    this.#signing.logChange(before, this.#self(), this.#logger);
    this.#waiting.committed(next);
    if (this.#options.application.hasTransactions() || this.#arrivals.hasEarly(next)) this.#pause?.wake();
    this.#pause?.committed();
  }

  #begin(): readonly Effect[] {
    this.#phase = 'running';
    this.#pause = undefined;
    this.#blocks.clear();
    this.#ownKey.begun(this.#height);
    this.#equivocations.begun();
    this.#deadlines.begun(this.#sets.validators.length);
    const effects = step(this.#core, this.#startHeight());
    for (const { message, bytes, admitted, arrivedAt } of this.#arrivals.begun(this.#context()))
      this.#takeMessage(message, bytes, admitted, arrivedAt);
    return effects;
  }

  #isUp(): boolean {
    return this.#phase !== 'idle' && this.#phase !== 'stopped';
  }

  /** Whether a height that was current when a question was asked has been decided since. */
  #isDecided(height: Height): boolean {
    return this.#phase === 'committing' || this.#height > height;
  }

  #context(): Context {
    return { chain: this.#options.config.chain, height: this.#height, validators: this.#sets.validators };
  }

  #startHeight(): Extract<Input, { type: 'StartHeight' }> {
    const { validators } = this.#sets;
    return { type: 'StartHeight', height: this.#height, validators, self: this.#self() };
  }

  #self(): Self {
    return this.#signing.selfIn(this.#sets.validators);
  }
}

export const createRunner = (options: RunnerOptions): Runner => new ConsensusRunner(options);
