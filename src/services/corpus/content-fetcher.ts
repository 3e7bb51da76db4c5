/**
 * Reads content from a node for a command that answers one question, and waits for it. A service, which has other things to
 * do, requests content in the background instead (`text-requests.ts`). A node searches its peers for seconds before it
 * reports that it found none. So only content that is of use as a whole is requested together. At the first request for a
 * root, a caller waits for as long as content keeps arriving. Later it only takes what has arrived in the meantime.
 */
import { LRUCache } from 'lru-cache';
import { refusalOf } from '../../client/refusals.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { sleep } from '../../client/sleep.ts';
import type { Hex } from '../../lib/bytes.ts';
import { CodedError, type Fault } from '../../lib/errors.ts';
import { type ContentReader, contentReader, type Keep, type Read, TOGETHER } from './content-reader.ts';

/** The most requests at a time: thousands may be needed. */
const AT_ONCE = 16;
/** The time before content that was not available is requested again. */
const REST_MS = 2_000;
/** The roots that did not arrive and are remembered. Whoever asks for a forgotten one waits for it as if it was the first time. */
const MISSING_KEPT = 65_536;
/** The time between two reports that a caller still waits. */
const REPORT_MS = 5_000;

/** How many of the requested texts have not arrived yet, and for how long somebody has waited for them. */
export type Waiting = { readonly missing: number; readonly of: number; readonly waitedMs: number };
export type OnWaiting = (waiting: Waiting) => void;

/** `waiting for 3 of 40 texts, since 12 s` */
export const waitingText = ({ missing, of, waitedMs }: Waiting): string =>
  `waiting for ${missing} of ${of} texts, since ${Math.round(waitedMs / 1000)} s`;

export class ContentFetcher {
  readonly #read: ContentReader;
  /** The content that is requested. Each promise resolves to the fault if the content was not available. */
  readonly #asked = new Map<string, Promise<Fault | undefined>>();
  /** The content that did not arrive, and the time from which it may be requested again. */
  readonly #missing = new LRUCache<string, number>({ max: MISSING_KEPT });
  /** When the last object arrived. */
  #arrivedAt = 0;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #onWaiting: OnWaiting;

  /**
   * @param keep - is called with each object that has arrived, once it is checked against its root
   * @param onWaiting - is called now and then while a caller waits
   */
  constructor(client: RpcClient, keep: Keep, onWaiting: OnWaiting = () => undefined) {
    this.#read = contentReader(client, keep);
    this.#onWaiting = onWaiting;
  }

  /**
   * Requests groups of roots, and waits until they have arrived or nothing has arrived for `waitMs`. So a machine that is
   * slow, or much content, makes nothing missing. It does not wait for roots that were missing before. The roots of a group
   * are requested together, so that one that is missing delays those of its own group only.
   * @throws CodedError if the node is away; `CONTENT_ROOT` if it returns other content for a root
   */
  async get(groups: readonly (readonly Hex[])[], waitMs: number): Promise<void> {
    const now = performance.now();
    const awaited: Promise<Fault | undefined>[] = [];
    for (const group of groups) {
      const wanted = [...new Set(group)].filter((root) => (this.#missing.get(root) ?? now) <= now);
      const fresh = wanted.filter((root) => !this.#asked.has(root));
      const isNew = new Set(wanted.filter((root) => !this.#missing.has(root)));
      for (let from = 0; from < fresh.length; from += TOGETHER) this.#ask(fresh.slice(from, from + TOGETHER));
      for (const root of isNew) awaited.push(this.#asked.get(root) ?? Promise.resolve(undefined));
    }
    if (awaited.length === 0) return;
    const outcome = await this.#whileArriving(awaited, waitMs);
    // Later calls do not wait for the requests that are still pending, and do not repeat them before they have ended.
    if (outcome === 'timeout') {
      for (const root of groups.flat()) if (this.#asked.has(root)) this.#missing.set(root, 0);
      return;
    }
    this.#check(outcome);
  }

  #check(faults: readonly (Fault | undefined)[]): void {
    const refused = faults.find((each) => each !== undefined && refusalOf(each) !== 'missing');
    if (refused !== undefined) throw new CodedError(refused);
  }

  /** Returns the results of all requests, or 'timeout' once nothing has arrived for `waitMs`. */
  async #whileArriving<T>(
    requests: readonly Promise<T>[],
    waitMs: number,
  ): Promise<readonly T[] | 'timeout'> {
    const all = Promise.all(requests);
    const started = performance.now();
    let since = started;
    let reported = started;
    let missing = requests.length;
    for (const request of requests)
      request.then(
        () => missing--,
        () => undefined,
      );
    for (;;) {
      const timer = new AbortController();
      const left = Math.max(0, Math.min(since + waitMs, reported + REPORT_MS) - performance.now());
      const timeout = sleep(left, timer.signal).then(
        () => 'timeout' as const,
        () => 'timeout' as const,
      );
      const outcome = await Promise.race([all, timeout]);
      timer.abort();
      if (outcome !== 'timeout') return outcome;
      const now = performance.now();
      since = Math.max(since, this.#arrivedAt);
      if (now >= since + waitMs) return outcome;
      if (now < reported + REPORT_MS) continue;
      reported = now;
      this.#onWaiting({ missing, of: requests.length, waitedMs: now - started });
    }
  }

  #ask(roots: readonly Hex[]): void {
    const answers = this.#turn(() => this.#read(roots));
    for (const [i, root] of roots.entries()) {
      const asked = answers.then((all) => this.#note(root, all[i])).finally(() => this.#asked.delete(root));
      // Nobody may wait for it any more once it fails, such as when the client is stopped.
      asked.catch(() => undefined);
      this.#asked.set(root, asked);
    }
  }

  /** Notes what became of a root. @returns why it did not arrive */
  #note(root: Hex, read: Read | undefined): Fault | undefined {
    if (read === undefined) return undefined;
    if (!read.ok) {
      // Any other refusal says nothing about the content: nobody may conclude that it is withheld.
      if (refusalOf(read.fault) === 'missing') this.#missing.set(root, performance.now() + REST_MS);
      return read.fault;
    }
    this.#missing.delete(root);
    this.#arrivedAt = performance.now();
    return undefined;
  }

  async #turn<T>(run: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      return await run();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}
