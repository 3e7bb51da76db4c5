/**
 * How far each part of a journal is: what every step does to it. It writes down what has become of a part, sends its
 * transactions, and tries again what was refused for a reason that passes.
 */

import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { InfoTable } from '../../state/attribution/info1.ts';
import type { ContributionRole } from '../../state/tx/data-contribution.ts';
import type { NoveltyRules } from '../attribution/novelty.ts';
import { chainChanged } from '../client/chain-changed.ts';
import { type Outbox, type OutboxEntry, openOutbox } from '../client/outbox.ts';
import { Patience } from '../client/patience.ts';
import type { PayloadOf } from '../client/payload.ts';
import { isPassing, namedCode, refusalOf } from '../client/refusals.ts';
import { whenAnswered } from '../client/retry.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import type { Wallet } from '../client/wallet.ts';
import type { BackOff } from '../lib/back-off.ts';
import { equal } from '../lib/bytes.ts';
import { CodedError, type Fault, invariant, ok, type Result, unwrap } from '../lib/errors.ts';
import type { ContributionId, DatanetId } from '../lib/ids.ts';
import { divFloor } from '../lib/math.ts';
import type { DatanetContents } from './datanet-contents.ts';
import type { Begun } from './duplicates.ts';
import type { ReadDatanet } from './ground.ts';
import { isUnrevealed, type Journal, type Part } from './journal.ts';
import { leftOpenIn } from './left-open.ts';
import type { Committed } from './open-commits.ts';
import { type Prepared, prepareStretch } from './prepared.ts';
import type { Row } from './rows.ts';

export type Task = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  readonly journal: Journal;
  /** The texts that other journals of the account have committed and not revealed yet. */
  readonly begun: Begun;
  readonly table: InfoTable;
  readonly rows: readonly Row[];
  readonly datanet: DatanetId;
  readonly licence: string;
  readonly role: ContributionRole;
  readonly rules: NoveltyRules;
  readonly revealMin: bigint;
  readonly revealMax: bigint;
  readonly transactionBytes: number;
  /** The most bytes of a block. */
  readonly blockBytes: number;
  readonly readDatanet: ReadDatanet;
  /** Returns why nothing should be declared against this; undefined if nothing speaks against it. */
  readonly lackIn: (contents: DatanetContents) => Fault | undefined;
  /** Returns the commits of the account that are still to be revealed and not among these. */
  readonly readUnknown: (known: readonly Committed[]) => Promise<readonly ContributionId[]>;
  /** Returns why nothing should be committed beside these commits, which no journal has; undefined if nothing speaks against it. */
  readonly unknownIn: (unknown: readonly ContributionId[]) => Fault | undefined;
  readonly progress: (text: string) => void;
  /** Called with the id of each transaction before it is sent, 0x-hex. */
  readonly onSending?: (id: string) => void;
  /** Stops it. The journal continues where it was. */
  readonly signal: AbortSignal;
};

/** A contribution as a node reports it. */
type Found = Result<ResultOf<'contribution_get'>>;

/** The pauses before what was refused for a reason that passes is tried again. A reveal that fails in a block costs a fee. */
const PAUSES_MS: BackOff = { first: 1_000, longest: 30_000 };

/** The pauses before a node is asked again that does not have what is committed. It costs nothing. */
const BEHIND_PAUSES_MS: BackOff = { first: 1_000, longest: 2_000 };

/** So many parts of so many. */
type Share = { readonly parts: bigint; readonly of: bigint };

export class Parts {
  readonly task: Task;
  readonly outbox: Outbox;
  readonly patience = new Patience(PAUSES_MS);
  /** What no node has said anything about, as all of them are behind: this is no refusal. */
  readonly behind = new Patience(BEHIND_PAUSES_MS);
  readonly #prepared = new Map<number, Prepared>();
  /** The heights of the commits, by contribution. */
  readonly #committedAt = new Map<ContributionId, bigint>();
  /** Why the journal could not be saved. */
  #unsaved: unknown;

  constructor(task: Task) {
    this.task = task;
    const { client, wallet, journal } = task;
    const known = new Set(journal.outbox.map(({ id }) => id));
    const save = (entries: readonly OutboxEntry[]): void => {
      journal.outbox = entries;
      try {
        journal.save();
      } catch (error) {
        this.#unsaved = error;
        throw error;
      }
      for (const { id } of entries.filter((each) => !known.has(each.id))) {
        known.add(id);
        task.onSending?.(id);
      }
    };
    this.outbox = openOutbox(client, wallet, { entries: journal.outbox, save }, task.signal);
  }

  get all(): readonly Part[] {
    return this.task.journal.parts;
  }

  /** Reads what the Datanet holds from others. */
  readOthers(): Promise<DatanetContents> {
    const own = new Set(
      this.all.flatMap(({ contribution, refused }) => (refused === undefined ? (contribution ?? []) : [])),
    );
    return this.patiently(() => this.task.readDatanet(own));
  }

  /** Changes a part in memory. The outbox or this class has to save the journal afterwards. */
  change(at: number, change: Partial<Part>): void {
    const { journal } = this.task;
    journal.parts = journal.parts.map((part, i) => (i === at ? { ...part, ...change } : part));
  }

  prepare(at: number): Prepared {
    const part = this.all[at];
    invariant(part !== undefined, 'only a planned part is prepared');
    const prepared =
      this.#prepared.get(at) ?? prepareStretch({ ...this.task, rules: this.task.rules.version }, part);
    this.#prepared.set(at, prepared);
    return prepared;
  }

  /** Whether a share of the window to reveal is over for the part that was committed first; false if none is to be revealed. */
  async isWindowOver({ parts, of }: Share): Promise<boolean> {
    const { client, revealMax } = this.task;
    const first = Math.min(
      ...this.all.filter(isUnrevealed).map((part) => part.contribution ?? Number.POSITIVE_INFINITY),
    );
    if (!Number.isFinite(first)) return false;
    const { height } = await this.patiently(() => client.call('node_status'));
    const committedAt = this.#committedAt.get(first) ?? (await this.#readCommittedAt(first));
    return committedAt !== undefined && height >= committedAt + divFloor(parts * revealMax, of);
  }

  async #readCommittedAt(contribution: ContributionId): Promise<bigint | undefined> {
    const [found] = await this.readContributions([contribution]);
    if (found?.ok !== true) return undefined;
    return found.value.committedAt ?? 0n;
  }

  /**
   * Reads contributions that are committed. A fault says that no node has one: all that answer are behind the one that had
   * it, and the client has waited for it (`steady-client.ts`), or knows of no higher node yet.
   * @throws CodedError `CHAIN_CHANGED` if the node is of another chain
   */
  async readContributions(ids: readonly ContributionId[]): Promise<readonly Found[]> {
    const { client } = this.task;
    const calls = ids.map((contribution) => ({
      method: 'contribution_get' as const,
      params: { contribution },
    }));
    const answers = await this.patiently(async () => {
      const found = (await client.batch(calls)).map((answer) =>
        !answer.ok && refusalOf(answer.fault) === 'missing' ? answer : ok(unwrap(answer)),
      );
      if (found.some((answer) => !answer.ok)) await this.#checkChain();
      return found;
    });
    for (const [i, answer] of answers.entries()) {
      const contribution = ids[i];
      const committedAt = answer.ok ? answer.value.committedAt : null;
      if (contribution !== undefined && committedAt !== null) this.committed(contribution, committedAt);
    }
    return answers;
  }

  /** Notes in which block a contribution was committed. */
  committed(contribution: ContributionId, height: bigint): void {
    this.#committedAt.set(contribution, height);
  }

  /** Returns what people have to know if the run ends now; undefined if no bond depends on it. */
  leftOpen(): string | undefined {
    const { journal, revealMax } = this.task;
    const lastHeightOf = (contribution: ContributionId): bigint | undefined => {
      const committedAt = this.#committedAt.get(contribution);
      return committedAt === undefined ? undefined : committedAt + revealMax;
    };
    return leftOpenIn(journal, lastHeightOf, 'start it again with the same arguments to go on with them');
  }

  /** @throws CodedError `CHAIN_CHANGED` if the node is of another chain than the account signs for; as `RpcClient.call` */
  async #checkChain(): Promise<void> {
    const { client, wallet } = this.task;
    const chain = await client.call('chain_getDomain');
    if (!equal(chain.genesisHash, wallet.chain.genesisHash))
      throw new CodedError(chainChanged(client, chain));
  }

  /**
   * Runs what reads, and runs it again after every answer that says nothing about what is read, whatever its code: bonds
   * depend on it, and everything that is read here was answered before.
   * @throws CodedError `CHAIN_CHANGED` if the node lacks something because it is of another chain; what `run` throws else;
   *   the reason of the signal
   */
  patiently<T>(run: () => Promise<T>): Promise<T> {
    const { progress, signal } = this.task;
    const onAway = (away: Fault): void =>
      progress(`${namedCode(away)}: ${away.message}; waiting for the node`);
    const read = async (): Promise<T> => {
      try {
        return await run();
      } catch (error) {
        if (error instanceof CodedError && refusalOf(error.fault) === 'missing') await this.#checkChain();
        throw error;
      }
    };
    return whenAnswered(read, { signal, repeatAfter: isPassing, onAway });
  }

  /**
   * Sends a transaction, waiting while the node is away. Returns the fault if it was refused: it is not in the outbox
   * then, unless nobody here knows the code.
   * @throws what the store of the journal throws: nothing more may be sent then, as nobody would know of it
   */
  async send<const N extends string>(
    key: string,
    kind: N,
    payload: PayloadOf<N>,
  ): Promise<Fault | undefined> {
    const { journal, progress, signal } = this.task;
    const onAway = (away: Fault): void => {
      const sent = journal.outbox.find((entry) => entry.key === key);
      const what = sent === undefined ? '' : `; the transaction ${sent.id} was sent and may be executed`;
      progress(`${namedCode(away)}: ${away.message}${what}; waiting for the node`);
    };
    try {
      await whenAnswered(() => this.outbox.send(key, kind, payload), { signal, onAway });
      return undefined;
    } catch (error) {
      if (error instanceof CodedError && error !== this.#unsaved) return error.fault;
      throw error;
    }
  }

  /** Notes that something is tried again later, and says so. */
  wait(key: string, what: string, fault: Fault, patience = this.patience): void {
    const pauseMs = patience.refused(key, fault);
    this.task.progress(
      `${what}: ${namedCode(fault)}: ${fault.message}; trying again in ${Math.ceil(pauseMs / 1_000)} s`,
    );
  }

  refuse(at: number, { code, message }: Fault): void {
    this.change(at, { refused: { code, message } });
    this.task.journal.save();
    this.task.progress(`${code}: ${message}`);
  }
}

/** Whether a part is to be committed, or its commit is not in a block yet. */
export const isUncommitted = ({ contribution, refused }: Part): boolean =>
  contribution === undefined && refused === undefined;

/** Whether a part is revealed, and its text not yet with a node. */
export const isUnread = ({ revealed, uploaded }: Part): boolean => revealed !== undefined && !uploaded;
