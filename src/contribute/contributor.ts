/**
 * Brings the planned contributions of a journal onto the chain: commits all of them, declares them against what their
 * Datanet holds by then, reveals them, and uploads their texts. A part whose window to reveal runs does not wait for the
 * commits of others for longer than half of it. It writes each step to the journal before it takes the step. So it can be
 * stopped at any point and continue later: nothing is committed twice, no commit is forgotten, and no text is left out.
 *
 * A text is uploaded only once its reveal is in a block. Until then nobody else can read it, so nobody can commit to a
 * copy of it in time to count as one who had it independently.
 *
 * A commit holds a bond, so its reveal is tried again after every refusal that passes (`src/client/refusals.ts`), until the
 * window to reveal has closed. Only a verdict ends it before.
 */

import { dataContribution } from '../../state/tx/data-contribution.ts';
import type { FullDeclaration } from '../attribution/declaration.ts';
import type { Outcome } from '../client/outbox.ts';
import { isForLater, isVerdict, refusalOf, staleFactOf } from '../client/refusals.ts';
import { sleep } from '../client/sleep.ts';
import { type Height, heightAfter, toHeight } from '../lib/brands.ts';
import { equal, toHex } from '../lib/bytes.ts';
import { CodedError, type Fault, invariant } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { readDigests } from './datanet-contents.ts';
import { Declaring } from './declaring.ts';
import { duplicateOf } from './duplicates.ts';
import { fault } from './errors.ts';
import { COMMIT, type Part } from './journal.ts';
import { isUncommitted, isUnrevealed, Parts, type Share, type Task } from './parts.ts';
import { commitmentOf, revealOf } from './prepared.ts';
import { Uploading } from './uploading.ts';

const POLL_MS = 200;
/** The most reveals that are pending at a time: the journal holds each of them until it is in a block. */
const REVEALS_AT_ONCE = 4;
/** The bytes that are reserved for the envelope and the signature of a transaction. */
const ENVELOPE_BYTES = 512;
/** The share of its window after which a part is revealed though other parts are not committed yet: a half. */
const REVEAL_AFTER: Share = { of: 2n, parts: 1n };
const REVEAL = 'reveal/';

export class Contributor {
  readonly #task: Task;
  readonly #parts: Parts;
  readonly #declaring: Declaring;
  readonly #uploading: Uploading;
  /** The parts whose commit has expired while this runs. */
  readonly #lost = new Set<number>();
  /** Why no more parts are committed: a fault that concerns all commits. */
  #stopped: Fault | undefined;
  /** Whether the texts were read that are to be committed against. */
  #isChecked = false;
  /** What the committed parts declare, by part; undefined if it has to be found anew. */
  #declared: ReadonlyMap<number, FullDeclaration> | undefined;
  /** The number of revealed parts that was reported last. */
  #reported = -1;

  constructor(task: Task) {
    this.#task = task;
    this.#parts = new Parts(task);
    this.#declaring = new Declaring(this.#parts);
    this.#uploading = new Uploading(this.#parts);
  }

  /**
   * Returns once every part is refused, or revealed and uploaded.
   * @throws CodedError for a fault that concerns all parts, or why a node takes no text, once those that are committed are
   * revealed
   */
  async run(): Promise<readonly Part[]> {
    for (;;) {
      await this.#commitDue();
      await this.#uploading.uploadDue();
      // Most parts are committed together, and are declared together then. No part waits so long that it loses its bond.
      if (!this.#isCommitting() || (await this.#parts.isWindowOver(REVEAL_AFTER))) await this.#revealDue();
      if (!this.#isOpen()) break;
      await this.#settle();
    }
    if (this.#stopped !== undefined) throw new CodedError(this.#stopped);
    this.#uploading.check();
    return this.#task.journal.parts;
  }

  #isOpen(): boolean {
    return this.#isCommitting() || this.#parts.all.some(isUnrevealed) || this.#uploading.isOpen();
  }

  /** Whether parts are still to be committed, or their commits are pending. */
  #isCommitting(): boolean {
    return this.#stopped === undefined
      ? this.#parts.all.some(isUncommitted)
      : this.#parts.outbox.hasAny(COMMIT);
  }

  /** Sends the commits that are due. */
  async #commitDue(): Promise<void> {
    const { client, datanet, role, wallet, begun } = this.#task;
    if (this.#stopped !== undefined || !this.#parts.all.some(isUncommitted)) return;
    if (!this.#isChecked) await this.#checkTexts();
    for (const [at, part] of this.#parts.all.entries()) {
      const key = `${COMMIT}${at}`;
      if (this.#stopped !== undefined) break;
      if (!isUncommitted(part) || this.#parts.outbox.has(key) || !this.#parts.patience.isDue(key)) continue;
      const prepared = this.#parts.prepare(at);
      // Somebody may have revealed the same text since this part was planned.
      const digests = await this.#parts.patiently(() => readDigests(client, datanet, role));
      const duplicate = duplicateOf(datanet, prepared.rows, digests, begun);
      if (duplicate !== undefined) {
        this.#parts.refuse(at, duplicate);
        continue;
      }
      const commitment = commitmentOf(prepared, datanet, wallet.address);
      const fault = await this.#parts.send(key, 'contributionCommit', { datanet, commitment });
      if (fault !== undefined) this.#commitRefused(at, fault);
    }
  }

  /** Commits nothing while texts are missing: what is committed has to be revealed. */
  async #checkTexts(): Promise<void> {
    const { length } = this.#parts.all.filter(isUncommitted);
    this.#task.progress(`committing ${length} of ${this.#parts.all.length} contributions`);
    const lack = this.#task.lackIn(await this.#parts.readOthers());
    this.#isChecked = true;
    if (lack !== undefined) this.#stop(lack);
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

  /** Sends the reveals that are due. */
  async #revealDue(): Promise<void> {
    if (!this.#isOpen()) return;
    const done = this.#parts.all.filter(({ revealed }) => revealed !== undefined).length;
    if (done !== this.#reported)
      this.#task.progress(`${done} of ${this.#parts.all.length} contributions are revealed`);
    this.#reported = done;
    for (const [at, part] of this.#parts.all.entries()) {
      const key = `${REVEAL}${at}`;
      if (!isUnrevealed(part) || part.contribution === undefined) continue;
      if (this.#parts.outbox.has(key) || !this.#parts.patience.isDue(key)) continue;
      if (this.#pendingReveals() >= REVEALS_AT_ONCE) break;
      // A part may have been committed since the others were declared.
      if (this.#declared?.has(at) !== true) this.#declared = await this.#declaring.declarations();
      if (this.#declared === undefined) break;
      await this.#revealPart(at, part.contribution, this.#declared.get(at));
      // The declarations of other parts may cite a part that was refused just now.
      if (this.#parts.all[at]?.refused !== undefined) this.#declared = undefined;
    }
  }

  #pendingReveals(): number {
    return this.#parts.all.filter((_, at) => this.#parts.outbox.has(`${REVEAL}${at}`)).length;
  }

  async #revealPart(
    at: number,
    contribution: ContributionId,
    declaration: FullDeclaration | undefined,
  ): Promise<void> {
    invariant(declaration !== undefined, 'every committed part was declared');
    const { client, datanet, licence, role, transactionBytes, revealMin, wallet } = this.#task;
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
      return;
    }
    const { stage, committedAt, declared, commitment } = await this.#parts.patiently(() =>
      client.call('contribution_get', { contribution }),
    );
    // The commitment holds a random salt: another one under this id is of another chain, and says nothing about this part.
    if (commitment === null || !equal(commitment, commitmentOf(prepared, datanet, wallet.address)))
      throw new CodedError(
        fault(
          'CHAIN_CHANGED',
          `contribution ${contribution} at ${client.url} is not the one that was committed here: the node is of another chain`,
          { contribution },
        ),
      );
    if (stage === 'expired') {
      this.#expired(at, `contribution ${contribution} was not revealed in time`);
      return;
    }
    if (declared !== null) {
      this.#parts.change(at, { revealed: toHex(declared.transaction) });
      this.#task.journal.save();
      return;
    }
    // A transaction that is sent now is executed in the next block at the earliest.
    await this.#untilHeight(heightAfter(committedAt ?? toHeight(0n), revealMin - 1n));
    const refused = await this.#parts.send(`${REVEAL}${at}`, 'dataContribution', {
      ...reveal,
    });
    if (refused !== undefined) this.#revealRefused(at, refused);
  }

  async #untilHeight(height: Height): Promise<void> {
    for (;;) {
      const status = await this.#parts.patiently(() => this.#task.client.call('node_status'));
      if (status.height >= height) return;
      await sleep(POLL_MS, this.#task.signal);
    }
  }

  /** Gives a reveal up for a verdict only. Everything else is tried again until the window closes. */
  #revealRefused(at: number, fault: Fault): void {
    const { contribution } = this.#parts.all[at] ?? {};
    if (isVerdict(fault)) this.#parts.refuse(at, fault);
    else this.#parts.wait(`${REVEAL}${at}`, `contribution ${contribution} is not revealed yet`, fault);
  }

  /** Commits it again, unless it was refused all the time or has expired before: each commit that expires costs a bond. */
  #expired(at: number, message: string): void {
    const last = this.#parts.patience.lastOf(`${REVEAL}${at}`);
    if (last !== undefined || this.#lost.has(at)) {
      const why = last === undefined ? '' : `; the last refusal was ${last.code}: ${last.message}`;
      this.#parts.refuse(at, fault('CONTRIBUTION_EXPIRED', `${message}, and its bond is lost${why}`));
      return;
    }
    this.#lost.add(at);
    this.#isChecked = false;
    // Others may have revealed the same words before it is committed again.
    this.#declared = undefined;
    this.#task.progress(`${message}, and its bond is lost: it is committed again`);
    this.#parts.change(at, { contribution: undefined });
    this.#task.journal.save();
  }

  /** Handles the outcomes of sent transactions. */
  async #settle(): Promise<void> {
    await sleep(POLL_MS, this.#task.signal);
    for (const outcome of await this.#parts.patiently(() => this.#parts.outbox.settle())) {
      const at = Number(outcome.key.slice(outcome.key.indexOf('/') + 1));
      if (this.#take(at, outcome)) this.#declared = undefined;
      this.#parts.outbox.forget(outcome.key);
    }
  }

  /** Handles the outcome of a transaction. @returns whether the declarations have to be made anew */
  #take(at: number, outcome: Outcome): boolean {
    // No block holds the transaction, and none ever will: the next round sends a new one.
    if (outcome.status === 'dropped') return false;
    const isCommit = outcome.key.startsWith(COMMIT);
    if (outcome.status === 'committed') {
      this.#parts.patience.taken(outcome.key);
      this.#parts.change(at, isCommit ? { contribution: contributionOf(outcome) } : { revealed: outcome.id });
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

const contributionOf = (outcome: Outcome & { readonly status: 'committed' }): ContributionId => {
  const event = outcome.events.find(({ type }) => type === 'contributionCommitted');
  invariant(event?.type === 'contributionCommitted', 'a commit has its event');
  return event.data.contribution;
};
