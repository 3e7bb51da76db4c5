/**
 * Brings the planned contributions of a journal onto the chain, in waves (`waves.ts`): commits some of them, declares them
 * against what their Datanet holds by then, reveals them, and uploads their texts. It writes each step to the journal before
 * it takes the step. So it can be stopped at any point and continue later: nothing is committed twice, no commit is
 * forgotten, and no text is left out.
 *
 * A text is uploaded only once its reveal is in a block. Until then nobody else can read it, so nobody can commit to a
 * copy of it in time to count as one who had it independently.
 *
 * A commit holds a bond, so its reveal is tried again after every refusal that passes (`src/client/refusals.ts`), until the
 * window to reveal has closed. Only a verdict ends it before.
 */

import { dataContribution } from '../../state/tx/data-contribution.ts';
import type { FullDeclaration } from '../attribution/declaration.ts';
import { heightOf } from '../client/event-follower.ts';
import type { Outcome } from '../client/outbox.ts';
import { isForLater, isVerdict, refusalOf, staleFactOf } from '../client/refusals.ts';
import { sleep } from '../client/sleep.ts';
import { type Height, heightAfter, toHeight } from '../lib/brands.ts';
import { equal, toHex } from '../lib/bytes.ts';
import { CodedError, type Fault, invariant } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { type Digests, readDigests } from './datanet-contents.ts';
import { Declaring } from './declaring.ts';
import { digestOf, duplicateOf } from './duplicates.ts';
import { fault } from './errors.ts';
import { COMMIT, isUnrevealed, type Part } from './journal.ts';
import { committedIn } from './open-commits.ts';
import { isUncommitted, Parts, type Task } from './parts.ts';
import { commitmentOf, revealOf } from './prepared.ts';
import { Standstill } from './standstill.ts';
import { Uploading } from './uploading.ts';
import { Waves } from './waves.ts';

const POLL_MS = 200;
/** The most commits, reveals or texts that are sent before outcomes are handled and the height is looked at again. */
const AT_ONCE = 16;
/** The bytes that are reserved for the envelope and the signature of a transaction. */
const ENVELOPE_BYTES = 512;
const REVEAL = 'reveal/';

export class Contributor {
  readonly #task: Task;
  readonly #parts: Parts;
  readonly #declaring: Declaring;
  readonly #uploading: Uploading;
  readonly #waves: Waves;
  readonly #standstill: Standstill;
  /** The parts whose commit has expired while this runs. */
  readonly #lost = new Set<number>();
  /** Why no more parts are committed: a fault that concerns all commits. */
  #stopped: Fault | undefined;
  /** The texts that nobody else may reveal, read when the wave of commits began. */
  #digests: Digests = new Map();
  /** What the committed parts declare, by part; undefined if it has to be found anew. */
  #declared: ReadonlyMap<number, FullDeclaration> | undefined;
  /** The number of revealed parts that was reported last. */
  #reported = -1;

  constructor(task: Task) {
    this.#task = task;
    this.#parts = new Parts(task);
    this.#declaring = new Declaring(this.#parts);
    this.#uploading = new Uploading(this.#parts);
    this.#waves = new Waves(task);
    this.#standstill = new Standstill(this.#parts);
  }

  /**
   * Returns once every part is refused, or revealed and uploaded.
   * @throws CodedError for a fault that concerns all parts, or why a node takes no text, once those that are committed are
   * revealed; at once for a fault that neither the chain nor a pause ends. It says which bonds are left open then
   */
  async run(): Promise<readonly Part[]> {
    try {
      await this.#bringAll();
    } catch (error) {
      const open = this.leftOpen();
      if (open !== undefined) this.#task.progress(open);
      throw error;
    }
    if (this.#stopped !== undefined) throw new CodedError(this.#stopped);
    this.#uploading.check();
    return this.#task.journal.parts;
  }

  /** Returns what people have to know if the run ends now; undefined if no bond depends on it. */
  leftOpen(): string | undefined {
    return this.#parts.leftOpen();
  }

  async #bringAll(): Promise<void> {
    for (;;) {
      const height = await this.#height();
      if (!this.#hasBonds()) this.#waves.end(height);
      // What is committed is revealed before more is committed. The commits of a wave are declared together.
      if (!this.#isGathering(height)) await this.#revealDue(height);
      await this.#uploading.uploadDue(this.#hasBonds() ? AT_ONCE : Number.POSITIVE_INFINITY);
      await this.#commitDue(height);
      if (!this.#isOpen()) return;
      await this.#settle();
    }
  }

  #isOpen(): boolean {
    return this.#hasBonds() || this.#isCommitting() || this.#uploading.isOpen();
  }

  /** Whether a bond depends on what comes: a part is to be revealed, or its commit is pending. */
  #hasBonds(): boolean {
    return this.#parts.all.some(isUnrevealed) || this.#parts.outbox.hasAny(COMMIT);
  }

  /** Whether parts are still to be committed. */
  #isCommitting(): boolean {
    return this.#stopped === undefined && this.#parts.all.some(isUncommitted);
  }

  /** Whether commits of the wave are still to come, and there is time to wait for them. */
  #isGathering(height: Height): boolean {
    const isToCome = this.#parts.outbox.hasAny(COMMIT) || (this.#isCommitting() && this.#waves.left > 0);
    return isToCome && this.#waves.isGathering(height);
  }

  async #height(): Promise<Height> {
    const status = await this.#parts.patiently(() => this.#task.client.call('node_status'));
    this.#standstill.see(status);
    return status.height;
  }

  /** Sends the commits that are due, and begins the next wave of them once nothing is to be revealed. */
  async #commitDue(height: Height): Promise<void> {
    const { datanet, wallet, begun } = this.#task;
    if (!this.#isCommitting()) return;
    const due = [...this.#parts.all.entries()].filter(([at, part]) => {
      const key = `${COMMIT}${at}`;
      return isUncommitted(part) && !this.#parts.outbox.has(key) && this.#parts.patience.isDue(key);
    });
    if (due.length === 0) return;
    if (!this.#hasBonds() && !this.#waves.isGathering(height)) await this.#beginWave();
    else if (!this.#waves.isGathering(height)) return;
    for (const [at] of due.slice(0, Math.min(AT_ONCE, this.#waves.left))) {
      if (!this.#isCommitting()) break;
      const prepared = this.#parts.prepare(at);
      // Somebody may have revealed the same text since this part was planned, or this journal did.
      const holder = this.#digests.get(digestOf(datanet, prepared.rows));
      if (holder !== undefined && (await this.#takeUp([holder])).length === 0) continue;
      const duplicate = duplicateOf(datanet, prepared.rows, this.#digests, begun);
      if (duplicate !== undefined) {
        this.#parts.refuse(at, duplicate);
        continue;
      }
      const commitment = commitmentOf(prepared, datanet, wallet.address);
      const fault = await this.#parts.send(`${COMMIT}${at}`, 'contributionCommit', { datanet, commitment });
      if (fault === undefined) this.#waves.sent();
      else this.#commitRefused(at, fault);
    }
  }

  /**
   * Reads what the commits of a wave depend on. Nothing is committed while texts are missing, as it has to be revealed, or
   * while another program may commit to the same rows.
   */
  async #beginWave(): Promise<void> {
    const { client, datanet, role, journal, begun, lackIn, readUnknown, unknownIn, progress } = this.#task;
    const known = [committedIn(journal), ...begun.committed];
    const unknown = await this.#takeUp(await this.#parts.patiently(() => readUnknown(known)));
    if (this.#hasBonds()) return;
    const { length } = this.#parts.all.filter(isUncommitted);
    progress(`committing ${length} of ${this.#parts.all.length} contributions`);
    const lack = unknownIn(unknown) ?? lackIn(await this.#parts.readOthers());
    if (lack !== undefined) {
      this.#stop(lack);
      return;
    }
    this.#digests = await this.#parts.patiently(() => readDigests(client, datanet, role));
    this.#waves.begin(await this.#height());
  }

  /**
   * Takes up what this journal has committed and does not know of, because its state was restored from a copy: its salts
   * make the same commitments. Returns the contributions that are not of this journal.
   */
  async #takeUp(contributions: readonly ContributionId[]): Promise<readonly ContributionId[]> {
    if (contributions.length === 0) return [];
    const { datanet, wallet, journal, progress } = this.#task;
    const own = new Map(
      [...this.#parts.all.entries()]
        .filter(([, part]) => isUncommitted(part))
        .map(([at]) => [toHex(commitmentOf(this.#parts.prepare(at), datanet, wallet.address)), at]),
    );
    const found = await this.#parts.readContributions(contributions);
    const others: ContributionId[] = [];
    for (const [i, contribution] of contributions.entries()) {
      const known = found[i];
      const commitment = known?.ok === true ? known.value.commitment : null;
      const at = commitment === null ? undefined : own.get(toHex(commitment));
      if (at === undefined) others.push(contribution);
      else this.#parts.change(at, { contribution });
    }
    if (others.length === contributions.length) return others;
    journal.save();
    progress('some contributions were committed with an earlier state of this journal; going on with them');
    return others;
  }

  #stop(fault: Fault): void {
    this.#stopped = fault;
    if (this.#parts.all.some(isUnrevealed))
      this.#task.progress(
        `${fault.code}: ${fault.message}; the contributions that are committed are revealed first`,
      );
  }

  /** Tries again where the refusal passes by itself. Everything else concerns all commits: what is committed is revealed. */
  #commitRefused(at: number, fault: Fault): void {
    if (passesAlone(fault)) {
      this.#parts.wait(`${COMMIT}${at}`, `part ${at + 1} is not committed yet`, fault);
      return;
    }
    this.#stop(fault);
  }

  /** Sends the reveals that are due, first of what was committed first. */
  async #revealDue(height: Height): Promise<void> {
    this.#report();
    const due = this.#unsent().slice(0, AT_ONCE);
    if (due.length === 0) return;
    const revealable = await this.#readStages(due, height);
    for (const [at, contribution] of revealable) {
      // A part may have been committed since the others were declared.
      if (this.#declared?.has(at) !== true) this.#declared = await this.#declaring.declarations();
      if (this.#declared === undefined) break;
      if (!(await this.#revealPart(at, contribution, this.#declared.get(at)))) break;
      // The declarations of other parts may cite a part that was refused just now.
      if (this.#parts.all[at]?.refused !== undefined) this.#declared = undefined;
    }
  }

  #report(): void {
    const done = this.#parts.all.filter(({ revealed }) => revealed !== undefined).length;
    if (done !== this.#reported)
      this.#task.progress(`${done} of ${this.#parts.all.length} contributions are revealed`);
    this.#reported = done;
  }

  /** Returns the committed parts whose reveal is due and was not sent, with their contributions, in the order of these. */
  #unsent(): readonly (readonly [at: number, contribution: ContributionId])[] {
    return [...this.#parts.all.entries()]
      .flatMap(([at, part]) => {
        const key = `${REVEAL}${at}`;
        if (!isUnrevealed(part) || part.contribution === undefined) return [];
        const isDue = this.#parts.patience.isDue(key) && this.#parts.behind.isDue(key);
        if (this.#parts.outbox.has(key) || !isDue) return [];
        return [[at, part.contribution] as const];
      })
      .sort(([, a], [, b]) => a - b);
  }

  /**
   * Notes which parts have expired or were revealed by another transaction. Returns those of the rest that a transaction
   * which is sent now may reveal: it is executed in the next block at the earliest.
   */
  async #readStages(
    due: readonly (readonly [at: number, contribution: ContributionId])[],
    height: Height,
  ): Promise<readonly (readonly [at: number, contribution: ContributionId])[]> {
    const { client, datanet, journal, revealMin, wallet } = this.#task;
    const found = await this.#parts.readContributions(due.map(([, contribution]) => contribution));
    return due.filter(([at, contribution], i) => {
      const known = found[i];
      invariant(known !== undefined, 'each contribution has an answer');
      if (!known.ok) {
        const what = `contribution ${contribution} is committed, and ${client.url} does not have it yet`;
        this.#parts.wait(`${REVEAL}${at}`, what, known.fault, this.#parts.behind);
        return false;
      }
      this.#parts.behind.taken(`${REVEAL}${at}`);
      const { stage, committedAt, declared, commitment } = known.value;
      const own = commitmentOf(this.#parts.prepare(at), datanet, wallet.address);
      // The commitment holds a random salt: another one under this id is of another chain, and says nothing about this part.
      if (commitment === null || !equal(commitment, own))
        throw new CodedError(
          fault(
            'CHAIN_CHANGED',
            `contribution ${contribution} at ${client.url} is not the one that was committed here: the node is of another chain`,
            { contribution },
          ),
        );
      if (stage === 'expired') {
        this.#expired(at, `contribution ${contribution} was not revealed in time`);
        return false;
      }
      if (declared !== undefined && declared !== null) {
        this.#parts.change(at, { revealed: toHex(declared.transaction) });
        journal.save();
        return false;
      }
      return height >= heightAfter(committedAt ?? toHeight(0n), revealMin - 1n);
    });
  }

  /** Returns the bytes of the reveals that are pending: the journal holds each of them until it is in a block. */
  #pendingBytes(): number {
    return this.#task.journal.outbox
      .filter(({ key }) => key.startsWith(REVEAL))
      .reduce((sum, { transaction }) => sum + (transaction.length >>> 1), 0);
  }

  /** Sends a reveal. @returns false if it has to wait, because as much is pending as one block may hold */
  async #revealPart(
    at: number,
    contribution: ContributionId,
    declaration: FullDeclaration | undefined,
  ): Promise<boolean> {
    invariant(declaration !== undefined, 'every committed part was declared');
    const { datanet, licence, role, transactionBytes, blockBytes } = this.#task;
    const prepared = this.#parts.prepare(at);
    const reveal = revealOf(prepared, { contribution, datanet, role, licence }, declaration);
    const bytes = dataContribution.payload.encode(reveal).length + ENVELOPE_BYTES;
    if (bytes > transactionBytes) {
      this.#parts.refuse(
        at,
        fault(
          'CONTRIBUTE_TOO_LARGE',
          `revealing contribution ${contribution} takes ${bytes} bytes, and a transaction has at most ${transactionBytes}; contribute fewer rows at once`,
          { contribution, bytes, limit: transactionBytes },
        ),
      );
      return true;
    }
    if (this.#pendingBytes() + bytes > blockBytes) return false;
    const refused = await this.#parts.send(`${REVEAL}${at}`, 'dataContribution', {
      ...reveal,
    });
    if (refused !== undefined) this.#revealRefused(at, refused);
    return true;
  }

  /** Gives a reveal up for a verdict only. Everything else is tried again until the window closes. */
  #revealRefused(at: number, fault: Fault): void {
    const { contribution } = this.#parts.all[at] ?? {};
    if (isVerdict(fault)) this.#parts.refuse(at, fault);
    else this.#parts.wait(`${REVEAL}${at}`, `contribution ${contribution} is not revealed yet`, fault);
  }

  /** Commits it again, unless it was refused all the time or has expired before: each commit that expires costs a bond. */
  #expired(at: number, message: string): void {
    const key = `${REVEAL}${at}`;
    const last = this.#standstill.refusalOf(key) ?? this.#parts.patience.lastOf(key);
    if (last !== undefined || this.#lost.has(at)) {
      const why = last === undefined ? '' : `; the last refusal was ${last.code}: ${last.message}`;
      this.#parts.refuse(at, fault('CONTRIBUTION_EXPIRED', `${message}, and its bond is lost${why}`));
      return;
    }
    this.#lost.add(at);
    // Others may have revealed the same words before it is committed again.
    this.#declared = undefined;
    this.#task.progress(`${message}, and its bond is lost: it is committed again`);
    this.#parts.change(at, { contribution: undefined });
    this.#task.journal.save();
  }

  /** Handles the outcomes of sent transactions. */
  async #settle(): Promise<void> {
    // Before outcomes are handled: what is dropped then is sent anew by the next round, and waits for as long as before.
    this.#standstill.look();
    await sleep(POLL_MS, this.#task.signal);
    for (const outcome of await this.#parts.patiently(() => this.#parts.outbox.settle())) {
      const at = Number(outcome.key.slice(outcome.key.indexOf('/') + 1));
      if (this.#take(at, outcome)) this.#declared = undefined;
      this.#parts.outbox.forget(outcome.key);
    }
  }

  #committed(at: number, { events }: Outcome & { readonly status: 'committed' }): void {
    const event = events.find(({ type }) => type === 'contributionCommitted');
    invariant(event?.type === 'contributionCommitted', 'a commit has its event');
    const { contribution } = event.data;
    this.#parts.committed(contribution, heightOf(event.cursor));
    this.#parts.change(at, { contribution });
  }

  /** Handles the outcome of a transaction. @returns whether the declarations have to be made anew */
  #take(at: number, outcome: Outcome): boolean {
    // No block holds the transaction, and none ever will: the next round sends a new one.
    if (outcome.status === 'dropped') return false;
    const isCommit = outcome.key.startsWith(COMMIT);
    if (outcome.status === 'committed') {
      this.#parts.patience.taken(outcome.key);
      if (isCommit) this.#committed(at, outcome);
      else this.#parts.change(at, { revealed: outcome.id });
      return false;
    }
    const failed = named(outcome.fault, outcome.id);
    if (isCommit) {
      this.#commitRefused(at, failed);
      return false;
    }
    switch (failed.code) {
      case 'CONTRIBUTION_EXPIRED':
        this.#expired(at, failed.message);
        return true;
      case 'CONTRIBUTION_REVEALED':
        // Another transaction of this account has revealed it: the next round reads which.
        return false;
      default:
        this.#revealRefused(at, failed);
        return true;
    }
  }
}

/** A fault with which a transaction was executed, and which transaction that is. */
const named = ({ code, message, data }: Fault, id: string): Fault => ({
  code,
  message: `${message} (transaction ${id})`,
  data: { ...data, id },
});

/** Whether a refusal passes without anybody's help: money has to be given by somebody. */
const passesAlone = (fault: Fault): boolean =>
  isForLater(fault) || staleFactOf(fault) !== undefined || refusalOf(fault) === 'payload';
