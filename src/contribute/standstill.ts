/**
 * Says what a run waits for when nothing goes on: transactions that no block takes, and a chain that makes no blocks. It
 * remembers which transactions were refused whenever they were sent, because a node that has no room refuses a reveal all
 * through its window, and then another commit would lose its bond too.
 */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { namedCode } from '../client/refusals.ts';
import { type BackOff, pauseAfter } from '../lib/back-off.ts';
import type { Fault } from '../lib/errors.ts';
import { COMMIT } from './journal.ts';
import type { Parts } from './parts.ts';

type Status = Pick<ResultOf<'node_status'>, 'height' | 'waiting'>;

/** What takes so long is said: several blocks. */
const AFTER_MS = 10_000;
/** Two answers that are further apart say nothing about the time between them. */
const GAP_MS = 10_000;
/** The pauses between two reports, while it takes longer. */
const PAUSES_MS: BackOff = { first: 10_000, longest: 60_000 };

export class Standstill {
  readonly #parts: Parts;
  /** Since when each transaction waits, by the key of its action. */
  readonly #waitsSince = new Map<string, number>();
  /** The refusals of what was refused when it was sent last, by the key of its action. */
  readonly #refused = new Map<string, Fault>();
  #status: Status | undefined;
  /** When the first and the last answer with this height came, with no long pause between two answers. */
  #heightSince = 0;
  #seenAt = 0;
  #reports = 0;
  #reportAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Takes in what the node says of itself. After a pause without answers the time of its height begins anew: what was away
   * may have been the node, while the chain went on.
   */
  see(status: Status): void {
    const now = performance.now();
    if (status.height !== this.#status?.height || now - this.#seenAt > GAP_MS) this.#heightSince = now;
    this.#seenAt = now;
    this.#status = status;
  }

  /** Returns why the last transaction of an action is not with a node; undefined if one has taken it. */
  refusalOf(key: string): Fault | undefined {
    return this.#refused.get(key);
  }

  /** Looks at what waits, and says so once it takes long. To be called in each round, once what is due was sent. */
  look(): void {
    const { journal, progress } = this.#parts.task;
    const now = performance.now();
    const keys = journal.outbox.map(({ key }) => key);
    for (const key of this.#waitsSince.keys()) if (!keys.includes(key)) this.#waitsSince.delete(key);
    for (const key of keys) this.#note(key, now);
    const late = journal.outbox.filter(({ key }) => now - (this.#waitsSince.get(key) ?? now) >= AFTER_MS);
    const isStanding = this.#seenAt - this.#heightSince >= AFTER_MS;
    if (late.length === 0 && !isStanding) {
      this.#reports = 0;
      this.#reportAt = 0;
      return;
    }
    if (now < this.#reportAt) return;
    this.#reports += 1;
    this.#reportAt = now + pauseAfter(this.#reports, PAUSES_MS);
    const [first] = late;
    const others = late.length < 2 ? '' : ` and ${late.length - 1} more`;
    const what =
      first === undefined
        ? ''
        : `${this.#called(first.key)} (transaction ${first.id})${others}: in no block yet; `;
    const refusal = late.flatMap(({ key }) => this.#parts.outbox.lastRefusal(key) ?? [])[0];
    progress(
      `${what}${refusal === undefined ? this.#stateText(now) : `${namedCode(refusal)}: ${refusal.message}`}`,
    );
  }

  #note(key: string, now: number): void {
    if (!this.#waitsSince.has(key)) this.#waitsSince.set(key, now);
    const refusal = this.#parts.outbox.lastRefusal(key);
    if (refusal === undefined) this.#refused.delete(key);
    // That the window has closed says nothing about why it was not revealed before.
    else if (refusal.code !== 'CONTRIBUTION_EXPIRED') this.#refused.set(key, refusal);
  }

  #called(key: string): string {
    const at = Number(key.slice(key.indexOf('/') + 1));
    return key.startsWith(COMMIT)
      ? `the commit of part ${at + 1}`
      : `the reveal of contribution ${this.#parts.all[at]?.contribution}`;
  }

  #stateText(now: number): string {
    const { height, waiting } = this.#status ?? {};
    const agoMs = now - this.#seenAt;
    // The node was away since, and the chain may have gone on.
    if (agoMs > GAP_MS) return `the chain was at height ${height} ${Math.round(agoMs / 1_000)} s ago`;
    const seconds = Math.round((this.#seenAt - this.#heightSince) / 1_000);
    return `the chain is at height ${height}${seconds === 0 ? '' : ` since ${seconds} s`}${waiting === null || waiting === undefined ? '' : `: ${waiting.message}`}`;
  }
}
