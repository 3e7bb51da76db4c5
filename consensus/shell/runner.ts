/**
 * Interprets the effects of the core: the one place where consensus meets time, disk and network.
 *
 * A turn: what has come in is drained, appended to the log and given to the core, one input after the other; then the
 * effects are carried out. Before a signature is made the log is synced, and the signer writes its state before it
 * answers: so what leaves this machine is never more than what it will remember. A turn without a signature costs no
 * sync.
 *
 * A height: its round 0 begins after the pause; when it is decided, the application commits the block, then the log of
 * the next height takes the place of this one's, then the next pause ends. A crash between any two of these leads back
 * here: a log whose height the application has committed is dropped, and one it has not is replayed to its decision.
 */
import { equal } from '../../src/lib/bytes.ts';
import type { Block, Commit, ValidatorSet } from '../../src/lib/chain.ts';
import { CodedError, ok, type Result, toFault, unreachable, unwrap } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import { maxBig } from '../../src/lib/math.ts';
import { createCore, step } from '../core.ts';
import type { Announcement, Effect, Input, Self, Timeout } from '../effects.ts';
import { type Fault, fail, fault } from '../errors.ts';
import { contentKey, type Domain, encodeMessage, type Message, type SignRequest } from '../messages.ts';
import { Blocks } from './blocks.ts';
import { Deadlines, REBROADCAST_MS } from './deadlines.ts';
import { encodeEntry, type LogEntry } from './entries.ts';
import { FutureBuffer } from './future.ts';
import { judge } from './inbox.ts';
import { type Admitted, admitEntry, admitMessage, admitSynced, type Context } from './intake.ts';
import { Pause } from './pause.ts';
import type { Delivery, ProposalRequest, Runner, RunnerOptions, Status, Topic, Verdict } from './ports.ts';
import { type Answer, askForBlock, askForValidity } from './questions.ts';
import { replay } from './recovery.ts';
import { Turns } from './turns.ts';

export type * from './ports.ts';

/** `committing`: the height is decided, and the application at work on it. `pausing`: the height has not begun. */
type Phase = 'idle' | 'running' | 'committing' | 'pausing' | 'stopped';

type Item =
  /** `entry` is what the log remembers of it; `none` for what needs no memory. */
  | {
      readonly tag: 'take';
      readonly height: bigint;
      readonly entry: LogEntry | 'none';
      readonly admitted: Admitted;
    }
  | { readonly tag: 'perform'; readonly effects: readonly Effect[] }
  | { readonly tag: 'committed'; readonly validators: ValidatorSet }
  | { readonly tag: 'begin' };

type Waiting = { readonly height: bigint; readonly resolve: (result: Result<void>) => void };

/** Messages of heights to come that do not verify, taken from one peer in one height. */
const MAX_DOUBTFUL = 4;
/** Peers remembered for it; past it all are forgotten. */
const DOUBTED_REMEMBERED = 1024;

const STOPPED: Fault = fault('CONSENSUS_STOPPED', 'consensus is not running');
const stopped: Result<void> = { ok: false, fault: STOPPED };

/** More than two thirds of the power stand behind a block that this node cannot accept: one of the two is broken. */
const diverged = (height: bigint, why: string): CodedError =>
  new CodedError(
    fault('CONSENSUS_DIVERGED', `the block decided at height ${height} is invalid on this node: ${why}`, {
      height: height.toString(),
    }),
  );

class ConsensusRunner implements Runner {
  readonly #options: RunnerOptions;
  readonly #domain: Domain;
  readonly #core = createCore();
  readonly #blocks = new Blocks();
  readonly #future = new FutureBuffer();
  /** What waits for its turn: the core does not know it yet, so it would not know a repetition of it. */
  readonly #queued = new Set<string>();
  /** How many messages of each peer were doubtful, in this height. */
  readonly #doubtful = new Map<string, number>();
  readonly #deadlines: Deadlines;
  readonly #turns: Turns<Item>;
  #phase: Phase = 'idle';
  #height: bigint;
  #validators: ValidatorSet;
  #lastCommit: Commit;
  #logger: Logger;
  #pause: Pause | undefined;
  #committing: Promise<void> = Promise.resolve();
  /** Heights up to this one are not signed: the log does not tell what was locked in them. */
  #muteThrough = 0n;
  #seenHeight = 0n;
  #helpedAt = 0n;
  #waiting: readonly Waiting[] = [];

  constructor(options: RunnerOptions) {
    const { config, startHeight, validators, lastCommit } = options;
    this.#options = options;
    this.#domain = { chainId: config.chainId, genesisHash: config.genesisHash };
    this.#height = startHeight;
    this.#validators = validators;
    this.#lastCommit = lastCommit;
    this.#logger = options.logger.child({ height: startHeight.toString() });
    this.#turns = new Turns((items) => this.#turn(items), this.#fatal);
    this.#deadlines = new Deadlines(options.timers, config.timeouts);
  }

  // ----------------------------------------------------------------------------------------------- start and stop

  async start(): Promise<Result<void>> {
    const { wal, signer } = this.#options;
    const recovered = await wal.recover(this.#height);
    if (!recovered.ok) return recovered;
    if (recovered.value === 'none') await wal.begin(this.#height);
    const entries = recovered.value === 'none' ? [] : recovered.value;
    const replayed = replay(this.#core, this.#startHeight(), this.#context(), entries);
    if (!replayed.ok) return replayed;
    const { owed, blocks, covers } = replayed.value;
    for (const block of blocks) this.#blocks.put(block);
    const last = signer?.last() ?? 'none';
    if (last !== 'none' && last.height >= this.#height && !covers(last)) {
      this.#muteThrough = last.height;
      this.#logger.warn(
        { lastSigned: last.height.toString() },
        'the consensus log does not hold what was signed last: nothing is signed until that height is past',
      );
    }
    this.#phase = 'running';
    this.#turns.push({ tag: 'perform', effects: owed });
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
    this.#pause?.cancel();
    for (const { resolve } of this.#waiting) resolve(stopped);
    this.#waiting = [];
  }

  readonly #fatal = (error: unknown): void => {
    if (this.#phase === 'stopped') return;
    const cause = toFault(error, 'CONSENSUS_FAILED');
    this.#logger.fatal({ code: cause.code }, cause.message);
    this.#halt();
    this.#options.onFatal(cause);
  };

  // ------------------------------------------------------------------------------------------------- from outside

  receive(topic: Topic, bytes: Uint8Array, peer: string): Verdict {
    const phase = this.#phase;
    if (phase === 'idle' || phase === 'stopped') return { tag: 'ignore', fault: STOPPED };
    const arrivedAt = this.#options.clock.now();
    const key = contentKey(bytes);
    if (this.#queued.has(key) || this.#future.keeps(key))
      return { tag: 'ignore', fault: fault('MESSAGE_KNOWN', 'a repetition of what waits for its turn') };
    const doubts = this.#doubtful.get(peer) ?? 0;
    const place = { ...this.#context(), core: this.#core, phase, doubted: doubts >= MAX_DOUBTFUL };
    const judged = judge(place, topic, bytes);
    switch (judged.tag) {
      case 'take':
        this.#queued.add(key);
        this.#takeMessage(judged.message, judged.admitted, arrivedAt);
        return { tag: 'accept' };
      case 'keep': {
        const { message, height } = judged;
        this.#seenHeight = maxBig(this.#seenHeight, height);
        const early = { message, key, peer, arrivedAt, bytes: bytes.length };
        if (!this.#future.add(this.#height, height, early))
          return { tag: 'ignore', fault: fault('MESSAGE_FAR', 'no room for a height that far ahead') };
        const next = phase === 'pausing' ? this.#height : this.#height + 1n;
        if (height === next) this.#pause?.wake();
        return { tag: 'accept' };
      }
      case 'late':
        this.#help(judged.height);
        return { tag: 'ignore', fault: fault('MESSAGE_OLD', 'of a height that is decided') };
      case 'doubtful':
        if (this.#doubtful.size >= DOUBTED_REMEMBERED) this.#doubtful.clear();
        this.#doubtful.set(peer, doubts + 1);
        return { tag: 'ignore', fault: judged.fault };
      case 'ignore':
      case 'reject':
        return judged;
      default:
        return unreachable(judged);
    }
  }

  proposalFor(request: ProposalRequest): Uint8Array | undefined {
    return this.#blocks.proposalFor(this.#core, request);
  }

  async syncedBlock(block: Block, commit: Commit): Promise<Result<void>> {
    const { height } = commit;
    if (!this.#isUp()) return stopped;
    if (height !== this.#height)
      return fail('SYNC_HEIGHT', `this node is at height ${this.#height}`, {
        height: this.#height.toString(),
      });
    const admitted = admitSynced(this.#context(), block, commit);
    if (!admitted.ok) return admitted;
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
    return await new Promise((resolve) => {
      this.#waiting = [...this.#waiting, { height, resolve }];
      this.#pause?.skip();
      this.#turns.push({ tag: 'take', height, entry: 'none', admitted: admitted.value });
    });
  }

  notifyTransactions(): void {
    this.#pause?.wake();
  }

  status(): Status {
    const pausing = this.#phase === 'pausing';
    const { round, step: at } = this.#core.state;
    return {
      height: this.#height,
      round: pausing ? 0 : round,
      step: pausing ? 'unstarted' : at,
      seenHeight: maxBig(this.#seenHeight, this.#height),
    };
  }

  // --------------------------------------------------------------------------------------------------------- turns

  async #turn(items: readonly Item[]): Promise<void> {
    const effects: Effect[] = [];
    this.#queued.clear();
    for (const item of items) effects.push(...(await this.#takeItem(item)));
    await this.#perform(effects);
    await this.#options.wal.flush();
    this.#blocks.prune(this.#core);
  }

  async #takeItem(item: Item): Promise<readonly Effect[]> {
    if (this.#phase === 'stopped') return [];
    switch (item.tag) {
      case 'take':
        if (item.height !== this.#height || this.#phase !== 'running') return [];
        return this.#take(item.entry, item.admitted);
      case 'perform':
        return item.effects;
      case 'committed':
        await this.#committed(item.validators);
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
    return step(this.#core, input);
  }

  #takeMessage(message: Message, admitted: Admitted, arrivedAt: bigint): void {
    if (message.tag === 'proposal') this.#blocks.arrived(message.proposal.round, arrivedAt);
    const entry: LogEntry = { tag: 'message', message };
    this.#turns.push({ tag: 'take', height: this.#height, entry, admitted });
  }

  #schedule(timeout: Timeout): void {
    const { kind, round } = timeout;
    const height = this.#height;
    const entry: LogEntry | 'none' =
      kind === 'request' || kind === 'rebroadcast' ? 'none' : { tag: 'timeout', kind, round };
    const admitted: Admitted = { input: { tag: 'TimeoutElapsed', timeout }, block: undefined };
    this.#deadlines.schedule(timeout, () => this.#turns.push({ tag: 'take', height, entry, admitted }));
  }

  // ------------------------------------------------------------------------------------------------------- effects

  async #perform(effects: readonly Effect[]): Promise<void> {
    const work = [...effects];
    for (let effect = work.shift(); effect !== undefined; effect = work.shift()) {
      if (this.#phase === 'stopped') return;
      // A signature is an input of its own, and is taken in before the next is asked for.
      if (effect.tag === 'Sign') work.push(...(await this.#sign(effect.request)));
      else this.#do(effect);
    }
  }

  #do(effect: Exclude<Effect, { tag: 'Sign' }>): void {
    switch (effect.tag) {
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
        this.#ask(askForValidity(this.#options, this.#blocks, this.#height, effect));
        break;
      case 'Publish':
        this.#publish(effect.what, 'first');
        break;
      case 'Republish':
        this.#publish(effect.what, 'repeat');
        break;
      case 'RequestProposal':
        this.#options.network.requestProposal({ height: this.#height, round: effect.round, id: effect.id });
        break;
      case 'Decide':
        this.#decide(effect);
        break;
      case 'Evidence': {
        const { tag, first } = effect.evidence;
        this.#logger.warn({ round: first.round, kind: tag }, 'a validator has signed two of a kind');
        break;
      }
      case 'Diverged':
        throw diverged(this.#height, 'more than two thirds precommitted it');
      default:
        unreachable(effect);
    }
  }

  async #sign(request: SignRequest): Promise<readonly Effect[]> {
    const { signer, wal } = this.#options;
    if (signer === undefined || this.#height <= this.#muteThrough) return [];
    await wal.sync();
    const signed = await signer.sign(this.#domain, request);
    if (!signed.ok) {
      if (signed.fault.code !== 'SIGN_REFUSED') throw new CodedError(signed.fault);
      this.#logger.error(signed.fault.data ?? {}, signed.fault.message);
      return [];
    }
    const entry: LogEntry =
      request.tag === 'vote'
        ? { tag: 'signedVote', vote: { ...request.vote, signature: signed.value } }
        : { tag: 'signedProposal', proposal: { ...request.proposal, signature: signed.value } };
    return this.#take(entry, unwrap(admitEntry(this.#context(), entry)));
  }

  #publish(what: Announcement, delivery: Delivery): void {
    const { network } = this.#options;
    if (what.tag === 'proposal') {
      const block = this.#blocks.get(what.proposal.id).bytes;
      network.publish('proposal', encodeMessage({ ...what, block }), delivery);
    } else {
      network.publish('vote', encodeMessage(what), delivery);
    }
  }

  /** The answer is taken in if it comes while it is still of use. */
  #ask(question: Promise<Answer>): void {
    const height = this.#height;
    const take = ({ entry, admitted, remark }: Answer): void => {
      if (this.#isDecided(height)) return;
      if (remark !== undefined) this.#logger.warn({ code: remark.code, ...remark.data }, remark.message);
      this.#turns.push({ tag: 'take', height, entry, admitted });
    };
    question.then(take).catch(this.#fatal);
  }

  // ------------------------------------------------------------------------------------------ from height to height

  #decide({ round, id, commit }: Extract<Effect, { tag: 'Decide' }>): void {
    const { application, config, timers } = this.#options;
    const block = this.#blocks.decided(this.#core, round, id, commit);
    this.#phase = 'committing';
    this.#lastCommit = commit;
    this.#deadlines.cancelAll();
    this.#pause = new Pause(timers, config.blocks, () => this.#turns.push({ tag: 'begin' }));
    this.#committing = application
      .decide({ ...block, height: this.#height, round, commit })
      .then(({ validators }) => this.#turns.push({ tag: 'committed', validators }))
      .catch(this.#fatal);
  }

  async #committed(validators: ValidatorSet): Promise<void> {
    const next = this.#height + 1n;
    await this.#options.wal.begin(next);
    if (this.#phase === 'stopped') return;
    this.#phase = 'pausing';
    this.#height = next;
    this.#validators = validators;
    this.#logger = this.#options.logger.child({ height: next.toString() });
    for (const { height, resolve } of this.#waiting) if (height < next) resolve(ok(undefined));
    this.#waiting = this.#waiting.filter(({ height }) => height >= next);
    if (this.#options.application.hasTransactions() || this.#future.has(next)) this.#pause?.wake();
    this.#pause?.committed();
  }

  #begin(): readonly Effect[] {
    this.#phase = 'running';
    this.#pause = undefined;
    this.#doubtful.clear();
    this.#blocks.clear();
    const effects = step(this.#core, this.#startHeight());
    for (const { message, key, arrivedAt } of this.#future.take(this.#height)) {
      const admitted = admitMessage(this.#context(), message);
      if (!admitted.ok) continue;
      this.#queued.add(key);
      this.#takeMessage(message, admitted.value, arrivedAt);
    }
    return effects;
  }

  /** A vote of the height decided last: its sender lacks the commit. Older ones are left to block sync. */
  #help(height: bigint): void {
    const now = this.#options.clock.now();
    if (height !== this.#lastCommit.height || now < this.#helpedAt + BigInt(REBROADCAST_MS)) return;
    this.#helpedAt = now;
    const message: Message = { tag: 'commit', commit: this.#lastCommit };
    this.#options.network.publish('vote', encodeMessage(message), 'repeat');
  }

  #isUp(): boolean {
    return this.#phase !== 'idle' && this.#phase !== 'stopped';
  }

  /** The height that was under way when something was asked: is it over? */
  #isDecided(height: bigint): boolean {
    return this.#phase === 'committing' || this.#height > height;
  }

  #context(): Context {
    return { domain: this.#domain, height: this.#height, validators: this.#validators };
  }

  #startHeight(): Extract<Input, { tag: 'StartHeight' }> {
    const key = this.#options.signer?.publicKey;
    const index =
      key === undefined ? -1 : this.#validators.findIndex(({ publicKey }) => equal(publicKey, key));
    const self: Self = index === -1 ? { tag: 'observer' } : { tag: 'validator', index };
    return { tag: 'StartHeight', height: this.#height, validators: this.#validators, self };
  }
}

export const createRunner = (options: RunnerOptions): Runner => new ConsensusRunner(options);
