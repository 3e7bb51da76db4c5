/**
 * Brings the planned contributions of a journal onto the chain: commits all of them, uploads their texts, declares them
 * against what their Datanet holds by then, and reveals them. It writes each step to the journal before it takes the
 * step. So it can be stopped at any point and continue later: nothing is committed twice, and no commit is forgotten.
 *
 * A commit holds a bond, so its reveal is tried again after every refusal that passes (`src/client/refusals.ts`), until the
 * window to reveal has closed. Only a verdict ends it before.
 */

import type { InfoTable } from '../../state/attribution/info1.ts';
import type { ContributionRole } from '../../state/tx/data-contribution.ts';
import { dataContribution } from '../../state/tx/data-contribution.ts';
import { declare, type FullDeclaration } from '../attribution/declaration.ts';
import { DatanetIndex, type NoveltyRules } from '../attribution/novelty.ts';
import { type Outbox, type OutboxEntry, type Outcome, openOutbox } from '../client/outbox.ts';
import { Patience } from '../client/patience.ts';
import type { PayloadOf } from '../client/payload.ts';
import { isForLater, isVerdict, refusalOf, staleFactOf } from '../client/refusals.ts';
import { whenAnswered } from '../client/retry.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { sleep } from '../client/sleep.ts';
import type { Wallet } from '../client/wallet.ts';
import type { BackOff } from '../lib/back-off.ts';
import { type Height, heightAfter, toHeight } from '../lib/brands.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, type Fault, invariant } from '../lib/errors.ts';
import type { ContributionId, DatanetId } from '../lib/ids.ts';
import { divFloor } from '../lib/math.ts';
import { type DatanetContents, readDigests } from './datanet-contents.ts';
import { duplicateOf } from './duplicates.ts';
import { fault } from './errors.ts';
import type { Journal, Part } from './journal.ts';
import { commitmentOf, type Prepared, prepareStretch, revealOf, uploadContent } from './prepared.ts';
import type { Row } from './rows.ts';

export type Task = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  readonly journal: Journal;
  readonly table: InfoTable;
  readonly rows: readonly Row[];
  readonly datanet: DatanetId;
  readonly licence: string;
  readonly role: ContributionRole;
  readonly rules: NoveltyRules;
  readonly revealMin: bigint;
  readonly revealMax: bigint;
  readonly transactionBytes: number;
  /** Reads what the Datanet holds now. */
  readonly readDatanet: () => Promise<DatanetContents>;
  /** Returns why nothing should be declared against this; undefined if nothing speaks against it. */
  readonly lackIn: (contents: DatanetContents) => Fault | undefined;
  readonly progress: (text: string) => void;
  /** Called with the id of each transaction before it is sent, 0x-hex. */
  readonly onSending?: (id: string) => void;
  /** Stops it. The journal continues where it was. */
  readonly signal: AbortSignal;
};

const POLL_MS = 200;
/** The most reveals that are pending at a time: the journal holds each of them until it is in a block. */
const REVEALS_AT_ONCE = 4;
/** The bytes that are reserved for the envelope and the signature of a transaction. */
const ENVELOPE_BYTES = 512;
/** The pauses before what was refused for a reason that passes is tried again. A reveal that fails in a block costs a fee. */
const PAUSES_MS: BackOff = { first: 1_000, longest: 30_000 };

const COMMIT = 'commit/';
const REVEAL = 'reveal/';
/** What waits for texts that are missing. */
const TEXTS = 'texts';

export class Contributor {
  readonly #task: Task;
  readonly #outbox: Outbox;
  readonly #prepared = new Map<number, Prepared>();
  readonly #patience = new Patience(PAUSES_MS);
  /** The parts whose commit has expired while this runs. */
  readonly #lost = new Set<number>();
  /** Why no more parts are committed: a fault that concerns all commits. */
  #stopped: Fault | undefined;

  constructor(task: Task) {
    this.#task = task;
    const { client, wallet, journal } = task;
    const known = new Set(journal.outbox.map(({ id }) => id));
    const save = (entries: readonly OutboxEntry[]): void => {
      journal.outbox = entries;
      journal.save();
      for (const { id } of entries.filter((each) => !known.has(each.id))) {
        known.add(id);
        task.onSending?.(id);
      }
    };
    this.#outbox = openOutbox(client, wallet, { entries: journal.outbox, save }, task.signal);
  }

  /**
   * Returns once every part is revealed or refused.
   * @throws CodedError for a fault that concerns all parts, once those that are committed are revealed
   */
  async run(): Promise<readonly Part[]> {
    for (;;) {
      await this.#commitAll();
      const done = await this.#revealAll();
      if (this.#stopped !== undefined) throw new CodedError(this.#stopped);
      if (done) return this.#task.journal.parts;
    }
  }

  get #parts(): readonly Part[] {
    return this.#task.journal.parts;
  }

  /** Changes a part in memory. The outbox or this class has to save the journal afterwards. */
  #change(at: number, change: Partial<Part>): void {
    const { journal } = this.#task;
    journal.parts = journal.parts.map((part, i) => (i === at ? { ...part, ...change } : part));
  }

  #prepare(at: number): Prepared {
    const part = this.#parts[at];
    invariant(part !== undefined, 'only a planned part is prepared');
    const prepared = this.#prepared.get(at) ?? prepareStretch(this.#task, part);
    this.#prepared.set(at, prepared);
    return prepared;
  }

  /** Runs a call, and runs it again for as long as the node is away. */
  #patiently<T>(run: () => Promise<T>): Promise<T> {
    const { progress, signal } = this.#task;
    const onAway = ({ message }: Fault): void => progress(`${message}; waiting for it`);
    return whenAnswered(run, { signal, onAway });
  }

  /** Sends a transaction, waiting while the node is away. Returns the fault if it was refused and is not in the outbox. */
  async #send<const N extends string>(
    key: string,
    kind: N,
    payload: PayloadOf<N>,
  ): Promise<Fault | undefined> {
    const { journal, progress, signal } = this.#task;
    const onAway = ({ message }: Fault): void => {
      const sent = journal.outbox.find((entry) => entry.key === key);
      const what = sent === undefined ? '' : `; the transaction ${sent.id} was sent and may be executed`;
      progress(`${message}${what}; waiting for it`);
    };
    try {
      await whenAnswered(() => this.#outbox.send(key, kind, payload), { signal, onAway });
      return undefined;
    } catch (error) {
      if (error instanceof CodedError) return error.fault;
      throw error;
    }
  }

  async #commitAll(): Promise<void> {
    const { client, datanet, wallet, progress } = this.#task;
    const open = this.#parts.filter(
      ({ contribution, refused }) => contribution === undefined && refused === undefined,
    ).length;
    if (open > 0) progress(`committing ${open} of ${this.#parts.length} contributions`);
    if (open > 0) await this.#checkTexts();
    const isOpen = ({ contribution, refused }: Part): boolean =>
      contribution === undefined && refused === undefined;
    while (this.#stopped === undefined ? this.#parts.some(isOpen) : this.#outbox.hasAny(COMMIT)) {
      for (const [at, part] of this.#parts.entries()) {
        const key = `${COMMIT}${at}`;
        if (this.#stopped !== undefined) break;
        if (!isOpen(part) || this.#outbox.has(key) || !this.#patience.isDue(key)) continue;
        const prepared = this.#prepare(at);
        // Somebody may have revealed the same text since this part was planned.
        const digests = await this.#patiently(() => readDigests(client, datanet));
        const duplicate = duplicateOf(datanet, prepared.rows, digests);
        if (duplicate !== undefined) {
          this.#refuse(at, duplicate);
          continue;
        }
        const commitment = commitmentOf(prepared, datanet, wallet.address);
        const fault = await this.#send(key, 'contributionCommit', { datanet, commitment });
        if (fault !== undefined) this.#commitRefused(at, fault);
      }
      await this.#settle();
    }
  }

  /** Commits nothing while texts are missing: what is committed has to be revealed. */
  async #checkTexts(): Promise<void> {
    const { readDatanet, lackIn } = this.#task;
    const lack = lackIn(await this.#patiently(readDatanet));
    if (lack !== undefined) this.#stop(lack);
  }

  #stop(fault: Fault): void {
    this.#stopped = fault;
    if (this.#parts.some(isUnrevealed))
      this.#task.progress(
        `${fault.code}: ${fault.message}; the contributions that are committed are revealed first`,
      );
  }

  /** Tries again where the refusal passes by itself. Everything else concerns all commits: what is committed is revealed. */
  #commitRefused(at: number, fault: Fault): void {
    if (passesAlone(fault)) {
      this.#wait(`${COMMIT}${at}`, `part ${at + 1} is not committed yet`, fault);
      return;
    }
    this.#stop(fault);
  }

  /** Notes that something is tried again later, and says so. */
  #wait(key: string, what: string, fault: Fault): void {
    const pauseMs = this.#patience.refused(key, fault);
    this.#task.progress(
      `${what}: ${fault.code}: ${fault.message}; trying again in ${Math.ceil(pauseMs / 1_000)} s`,
    );
  }

  /** Reveals all committed parts. @returns true when all are revealed or refused, false if one has to be committed again */
  async #revealAll(): Promise<boolean> {
    const { progress } = this.#task;
    let declared: ReadonlyMap<number, FullDeclaration> | undefined;
    let reported = -1;
    while (this.#parts.some(isUnrevealed)) {
      const done = this.#parts.filter(({ revealed }) => revealed !== undefined).length;
      if (done !== reported) progress(`${done} of ${this.#parts.length} contributions are revealed`);
      reported = done;
      for (const [at, part] of this.#parts.entries()) {
        const key = `${REVEAL}${at}`;
        if (!isUnrevealed(part) || part.contribution === undefined) continue;
        if (this.#outbox.has(key) || !this.#patience.isDue(key)) continue;
        if (this.#pendingReveals() >= REVEALS_AT_ONCE) break;
        declared ??= await this.#declarations();
        if (declared === undefined) break;
        await this.#revealPart(at, part.contribution, declared.get(at));
        // The declarations of other parts may cite a part that was refused just now.
        if (this.#parts[at]?.refused !== undefined) declared = undefined;
      }
      if (await this.#settle()) declared = undefined;
    }
    return this.#parts.every(({ revealed, refused }) => revealed !== undefined || refused !== undefined);
  }

  #pendingReveals(): number {
    return this.#parts.filter((_, at) => this.#outbox.has(`${REVEAL}${at}`)).length;
  }

  async #revealPart(
    at: number,
    contribution: ContributionId,
    declaration: FullDeclaration | undefined,
  ): Promise<void> {
    invariant(declaration !== undefined, 'every committed part was declared');
    const { client, datanet, licence, role, transactionBytes, revealMin } = this.#task;
    const prepared = this.#prepare(at);
    const reveal = revealOf(prepared, { contribution, datanet, role, licence }, declaration);
    const bytes = dataContribution.payload.encode(reveal).length + ENVELOPE_BYTES;
    if (bytes > transactionBytes) {
      this.#refuse(
        at,
        fault(
          'CONTRIBUTE_TOO_LARGE',
          `revealing contribution ${contribution} takes ${bytes} bytes, and a transaction has at most ${transactionBytes}; contribute fewer rows at once`,
          { contribution, bytes, limit: transactionBytes },
        ),
      );
      return;
    }
    const { stage, committedAt, declared } = await this.#patiently(() =>
      client.call('contribution_get', { contribution }),
    );
    if (stage === 'expired') {
      // This is checked before the text is uploaded, so that nobody else can reveal it.
      this.#expired(at, `contribution ${contribution} was not revealed in time`);
      return;
    }
    if (declared !== null) {
      this.#change(at, { revealed: toHex(declared.transaction) });
      this.#task.journal.save();
      return;
    }
    await this.#patiently(() => uploadContent(client, prepared));
    // A transaction that is sent now is executed in the next block at the earliest.
    await this.#untilHeight(heightAfter(committedAt ?? toHeight(0n), revealMin - 1n));
    const refused = await this.#send(`${REVEAL}${at}`, 'dataContribution', {
      ...reveal,
    });
    if (refused !== undefined) this.#revealRefused(at, refused);
  }

  async #untilHeight(height: Height): Promise<void> {
    for (;;) {
      const status = await this.#patiently(() => this.#task.client.call('node_status'));
      if (status.height >= height) return;
      await sleep(POLL_MS, this.#task.signal);
    }
  }

  /** Gives a reveal up for a verdict only. Everything else is tried again until the window closes. */
  #revealRefused(at: number, fault: Fault): void {
    const { contribution } = this.#parts[at] ?? {};
    if (isVerdict(fault)) this.#refuse(at, fault);
    else this.#wait(`${REVEAL}${at}`, `contribution ${contribution} is not revealed yet`, fault);
  }

  /** Commits it again, unless it was refused all the time or has expired before: each commit that expires costs a bond. */
  #expired(at: number, message: string): void {
    const last = this.#patience.lastOf(`${REVEAL}${at}`);
    if (last !== undefined || this.#lost.has(at)) {
      const why = last === undefined ? '' : `; the last refusal was ${last.code}: ${last.message}`;
      this.#refuse(at, fault('CONTRIBUTION_EXPIRED', `${message}, and its bond is lost${why}`));
      return;
    }
    this.#lost.add(at);
    this.#task.progress(`${message}, and its bond is lost: it is committed again`);
    this.#change(at, { contribution: undefined });
    this.#task.journal.save();
  }

  #refuse(at: number, { code, message }: Fault): void {
    this.#change(at, { refused: { code, message } });
    this.#task.journal.save();
    this.#task.progress(`${code}: ${message}`);
  }

  /**
   * Returns the declaration of every committed part; undefined while texts before them are missing and there is time to
   * wait. When there is none left, a part that is not revealed loses its bond for certain, and one that is revealed only
   * for words of those texts: so it is revealed, and declares no words as new. Most likely to be held against it is a novel
   * run that a text covers which nobody could read; a copied passage can still be.
   */
  async #declarations(): Promise<ReadonlyMap<number, FullDeclaration> | undefined> {
    const { readDatanet, lackIn, progress } = this.#task;
    if (!this.#patience.isDue(TEXTS) && !(await this.#isLastChance())) return undefined;
    const contents = await this.#patiently(readDatanet);
    // What comes after a part in the line cannot be held against it.
    const last = Math.max(...this.#parts.map((part) => (isUnrevealed(part) ? (part.contribution ?? 0) : 0)));
    const lack = lackIn({
      ...contents,
      missing: contents.missing.filter(({ contribution }) => contribution < last),
    });
    if (lack === undefined) {
      this.#patience.taken(TEXTS);
      return this.#declareAll(contents);
    }
    if (!(await this.#isLastChance())) {
      this.#wait(TEXTS, 'the contributions that are committed wait for texts before they are revealed', lack);
      return undefined;
    }
    progress(
      `${lack.code}: ${lack.message}; the window to reveal is nearly over, and what is not revealed loses its bond: the contributions are revealed without those texts. They declare no words as new, so they have no share in the remainder; a passage that they copy from those texts can still cost their bond`,
    );
    const declared = [...this.#declareAll(contents)];
    return new Map(declared.map(([at, declaration]) => [at, { ...declaration, novelRuns: [] }]));
  }

  /** Whether a part has to be revealed now, because its window is nearly over: a quarter of it is left. */
  async #isLastChance(): Promise<boolean> {
    const { client, revealMax } = this.#task;
    const contribution = this.#parts.find(isUnrevealed)?.contribution;
    if (contribution === undefined) return false;
    const { height } = await this.#patiently(() => client.call('node_status'));
    const { committedAt } = await this.#patiently(() => client.call('contribution_get', { contribution }));
    return height >= (committedAt ?? 0n) + divFloor(3n * revealMax, 4n);
  }

  /** Returns the declaration of every committed part. Each is compared with everything before it in the line. */
  #declareAll({ contributions }: DatanetContents): ReadonlyMap<number, FullDeclaration> {
    const { table, rules, progress, rows } = this.#task;
    progress('comparing the contributions with what the Datanet already holds');
    // A part that was refused is never revealed, so no other part may cite it.
    const own = this.#parts.flatMap(({ contribution, from, to, refused }, at) =>
      contribution === undefined || refused !== undefined ? [] : [{ contribution, at, from, to }],
    );
    const ownIds = new Set(own.map(({ contribution }) => contribution));
    const line = [
      ...own.map(({ contribution, at, from, to }) => ({ contribution, at, items: rows.slice(from, to) })),
      ...contributions
        .filter(({ contribution }) => !ownIds.has(contribution))
        .map((each) => ({ ...each, at: undefined })),
    ].sort((a, b) => a.contribution - b.contribution);
    const index = new DatanetIndex(table, rules);
    const declared = new Map<number, FullDeclaration>();
    for (const { contribution, at, items } of line) {
      if (at !== undefined) declared.set(at, declare(index, contribution, items));
      else for (const [item, { tokens }] of items.entries()) index.add(contribution, item, tokens);
    }
    return declared;
  }

  /** Handles the outcomes of sent transactions. @returns whether the declarations have to be made anew */
  async #settle(): Promise<boolean> {
    await sleep(POLL_MS, this.#task.signal);
    let stale = false;
    for (const outcome of await this.#patiently(() => this.#outbox.settle())) {
      const at = Number(outcome.key.slice(outcome.key.indexOf('/') + 1));
      stale = this.#take(at, outcome) || stale;
      this.#outbox.forget(outcome.key);
    }
    return stale;
  }

  #take(at: number, outcome: Outcome): boolean {
    // No block holds the transaction, and none ever will: the next round sends a new one.
    if (outcome.status === 'dropped') return false;
    const isCommit = outcome.key.startsWith(COMMIT);
    if (outcome.status === 'committed') {
      this.#patience.taken(outcome.key);
      this.#change(at, isCommit ? { contribution: contributionOf(outcome) } : { revealed: outcome.id });
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

/** Whether a part is committed, and neither revealed nor refused. */
const isUnrevealed = ({ contribution, revealed, refused }: Part): boolean =>
  contribution !== undefined && revealed === undefined && refused === undefined;

/** Whether a refusal passes without anybody's help: money has to be given by somebody. */
const passesAlone = (fault: Fault): boolean =>
  isForLater(fault) || staleFactOf(fault) !== undefined || refusalOf(fault) === 'payload';

const contributionOf = (outcome: Outcome & { readonly status: 'committed' }): ContributionId => {
  const event = outcome.events.find(({ type }) => type === 'contributionCommitted');
  invariant(event?.type === 'contributionCommitted', 'a commit has its event');
  return event.data.contribution;
};
