/**
 * Reads content from a node without waiting for content that nobody has: a node searches its peers for seconds before it
 * reports that it found none. Each root is requested separately and at once. At the first request for a root, a caller waits
 * for as long as content keeps arriving. Later it only takes what has arrived in the meantime.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { infoTable } from '../../attribution/info-table.ts';
import { fetchContent } from '../../client/content.ts';
import { isAway } from '../../client/retry.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { type ContentObject, createRootOf } from '../../content/objects.ts';
import type { Hex } from '../../lib/bytes.ts';
import { CodedError, type Fault } from '../../lib/errors.ts';

/** The most requests at a time: thousands may be needed. */
const AT_ONCE = 16;
/** The time before content that was not available is requested again. */
const REST_MS = 2_000;

type Keep = (root: Hex, object: ContentObject) => void;

export class ContentFetcher {
  readonly #client: RpcClient;
  readonly #rootOf = createRootOf(infoTable());
  readonly #keep: Keep;
  /** The content that is requested. Each promise resolves to the fault if the content was not available. */
  readonly #asked = new Map<string, Promise<Fault | undefined>>();
  /** The content that did not arrive, and the time from which it may be requested again. */
  readonly #missing = new Map<string, number>();
  /** When the last object arrived. */
  #arrivedAt = 0;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param keep - is called with each object that has arrived, once it is checked against its root */
  constructor(client: RpcClient, keep: Keep) {
    this.#client = client;
    this.#keep = keep;
  }

  /**
   * Requests all roots, and waits until they have arrived or nothing has arrived for `waitMs`. So a machine that is slow, or
   * much content, makes nothing missing. It does not wait for roots that were missing before.
   * @throws CodedError if the node is away; `CONTENT_ROOT` if it returns other content for a root
   */
  async get(roots: readonly Hex[], waitMs: number): Promise<void> {
    const now = performance.now();
    const awaited: Promise<Fault | undefined>[] = [];
    for (const root of new Set(roots)) {
      const rest = this.#missing.get(root);
      if (rest !== undefined && rest > now) continue;
      const asked = this.#asked.get(root) ?? this.#ask(root);
      if (rest === undefined) awaited.push(asked);
    }
    if (awaited.length === 0) return;
    const outcome = await this.#whileArriving(Promise.all(awaited), waitMs);
    // Later calls do not wait for the requests that are still pending, and do not repeat them before they have ended.
    if (outcome === 'timeout') {
      for (const root of roots) if (this.#asked.has(root)) this.#missing.set(root, 0);
      return;
    }
    const refused = outcome.find((each) => each !== undefined && each.code !== 'CONTENT_NOT_FOUND');
    if (refused !== undefined) throw new CodedError(refused);
  }

  /** Returns the result of `all`, or 'timeout' once nothing has arrived for `waitMs`. */
  async #whileArriving<T>(all: Promise<T>, waitMs: number): Promise<T | 'timeout'> {
    let since = performance.now();
    for (;;) {
      const timer = new AbortController();
      const left = Math.max(0, since + waitMs - performance.now());
      const timeout = sleep(left, 'timeout' as const, { signal: timer.signal }).catch(
        () => 'timeout' as const,
      );
      const outcome = await Promise.race([all, timeout]);
      timer.abort();
      if (outcome !== 'timeout' || this.#arrivedAt <= since) return outcome;
      since = this.#arrivedAt;
    }
  }

  #ask(root: Hex): Promise<Fault | undefined> {
    const asked = this.#turn(() => this.#fetch(root)).finally(() => this.#asked.delete(root));
    this.#asked.set(root, asked);
    return asked;
  }

  async #fetch(root: Hex): Promise<Fault | undefined> {
    const given = await fetchContent(this.#client, this.#rootOf, root);
    if (!given.ok) {
      // The content may exist if the node is only away.
      if (given.fault.code !== 'CONTENT_ROOT' && !isAway(new CodedError(given.fault)))
        this.#missing.set(root, performance.now() + REST_MS);
      return given.fault;
    }
    this.#missing.delete(root);
    this.#arrivedAt = performance.now();
    this.#keep(root, given.value);
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
