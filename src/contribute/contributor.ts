/**
 * Brings the planned contributions of a journal onto the chain: commits all of them, declares them against what their
 * Datanet holds by then, reveals them, and uploads their texts. It writes each step to the journal before it takes the
 * step. So it can be stopped at any point and continue later: nothing is committed twice, no commit is forgotten, and no
 * text is left out.
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
import { toHex } from '../lib/bytes.ts';
import { CodedError, type Fault, invariant } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import { readDigests } from './datanet-contents.ts';
import { Declaring } from './declaring.ts';
import { duplicateOf } from './duplicates.ts';
import { fault } from './errors.ts';
import { COMMIT, type Part } from './journal.ts';
import { isUnrevealed, Parts, type Task } from './parts.ts';
import { commitmentOf, revealOf } from './prepared.ts';
import { Uploading } from './uploading.ts';

const POLL_MS = 200;
/** The most reveals that are pending at a time: the journal holds each of them until it is in a block. */
const REVEALS_AT_ONCE = 4;
/** The bytes that are reserved for the envelope and the signature of a transaction. */
const ENVELOPE_BYTES = 512;
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
      await this.#commitAll();
      const done = await this.#revealAll();
      if (this.#stopped !== undefined) throw new CodedError(this.#stopped);
      if (!done) continue;
      this.#uploading.check();
      return this.#task.journal.parts;
    }
  }

  async #commitAll(): Promise<void> {
    const { client, datanet, wallet, begun, progress } = this.#task;
    const open = this.#parts.all.filter(
      ({ contribution, refused }) => contribution === undefined && refused === undefined,
    ).length;
    if (open > 0) progress(`committing ${open} of ${this.#parts.all.length} contributions`);
    if (open > 0) await this.#checkTexts();
    const isOpen = ({ contribution, refused }: Part): boolean =>
      contribution === undefined && refused === undefined;
    while (this.#stopped === undefined ? this.#parts.all.some(isOpen) : this.#parts.outbox.hasAny(COMMIT)) {
      for (const [at, part] of this.#parts.all.entries()) {
        const key = `${COMMIT}${at}`;
        if (this.#stopped !== undefined) break;
        if (!isOpen(part) || this.#parts.outbox.has(key) || !this.#parts.patience.isDue(key)) continue;
        const prepared = this.#parts.prepare(at);
        // Somebody may have revealed the same text since this part was planned.
        const digests = await this.#parts.patiently(() => readDigests(client, datanet));
        const duplicate = duplicateOf(datanet, prepared.rows, digests, begun);
        if (duplicate !== undefined) {
          this.#parts.refuse(at, duplicate);
          continue;
        }
        const commitment = commitmentOf(prepared, datanet, wallet.address);
        const fault = await this.#parts.send(key, 'contributionCommit', { datanet, commitment });
        if (fault !== undefined) this.#commitRefused(at, fault);
      }
      await this.#settle();
    }
  }

  /** Commits nothing while texts are missing: what is committed has to be revealed. */
  async #checkTexts(): Promise<void> {
    const lack = this.#task.lackIn(await this.#parts.readOthers());
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

  /** Reveals all committed parts, and uploads their texts. @returns true when all are revealed or refused, false if one has to be committed again */
  async #revealAll(): Promise<boolean> {
    const { progress } = this.#task;
    let declared: ReadonlyMap<number, FullDeclaration> | undefined;
    let reported = -1;
    const isOpen = (): boolean => this.#parts.all.some(isUnrevealed) || this.#uploading.isOpen();
    while (isOpen()) {
      await this.#uploading.uploadDue();
      const done = this.#parts.all.filter(({ revealed }) => revealed !== undefined).length;
      if (done !== reported) progress(`${done} of ${this.#parts.all.length} contributions are revealed`);
      reported = done;
      for (const [at, part] of this.#parts.all.entries()) {
        const key = `${REVEAL}${at}`;
        if (!isUnrevealed(part) || part.contribution === undefined) continue;
        if (this.#parts.outbox.has(key) || !this.#parts.patience.isDue(key)) continue;
        if (this.#pendingReveals() >= REVEALS_AT_ONCE) break;
        declared ??= await this.#declaring.declarations();
        if (declared === undefined) break;
        await this.#revealPart(at, part.contribution, declared.get(at));
        // The declarations of other parts may cite a part that was refused just now.
        if (this.#parts.all[at]?.refused !== undefined) declared = undefined;
      }
      if (isOpen() && (await this.#settle())) declared = undefined;
    }
    return this.#parts.all.every(({ revealed, refused }) => revealed !== undefined || refused !== undefined);
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
    const { client, datanet, licence, role, transactionBytes, revealMin } = this.#task;
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
    const { stage, committedAt, declared } = await this.#parts.patiently(() =>
      client.call('contribution_get', { contribution }),
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
    this.#task.progress(`${message}, and its bond is lost: it is committed again`);
    this.#parts.change(at, { contribution: undefined });
    this.#task.journal.save();
  }

  /** Handles the outcomes of sent transactions. @returns whether the declarations have to be made anew */
  async #settle(): Promise<boolean> {
    await sleep(POLL_MS, this.#task.signal);
    let stale = false;
    for (const outcome of await this.#parts.patiently(() => this.#parts.outbox.settle())) {
      const at = Number(outcome.key.slice(outcome.key.indexOf('/') + 1));
      stale = this.#take(at, outcome) || stale;
      this.#parts.outbox.forget(outcome.key);
    }
    return stale;
  }

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
