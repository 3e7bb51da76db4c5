/**
 * Block sync: brings a node that is new, or was offline, to the height of its peers. It fetches ranges of blocks from
 * several peers at once, applies them strictly in order, and fetches a range from another peer if it fails or is false.
 * It is idle while consensus keeps up by itself.
 *
 * This is the shell: the timer, the network, the node and the log. `core.ts` decides what to ask of whom, and when.
 */
import type { Height } from '../../src/lib/brands.ts';
import { type Fault, type Result, toFault, unreachable } from '../../src/lib/errors.ts';
import type { Logger } from '../../src/lib/log.ts';
import type { SyncedBlock } from '../protocols.ts';
import type { Offence } from '../scores.ts';
import type { PeerName } from '../types.ts';
import type { SyncPeer } from './choose.ts';
import { type Answer, type Ready, type Shown, SyncCore, type Verdict, type Work } from './core.ts';
import type { SyncState } from './standing.ts';

const TICK_MS = 100;

/** What came of applying a block: see {@link Verdict}. Two of them have a reason, which is logged. */
export type Judgement =
  | { readonly type: Exclude<Verdict, 'false' | 'failed'> }
  | { readonly type: Extract<Verdict, 'false' | 'failed'>; readonly fault: Fault };

export type BlockSyncOptions = {
  /** The height of the last decided block of this node. */
  readonly tip: () => bigint;
  /** Applies the block of this height, the one after the tip. It is called with one block at a time. */
  readonly apply: (height: Height, block: SyncedBlock) => Promise<Judgement>;
  /** Says whether a block was decided by validators that this node knows. It is called with blocks above the tip. */
  readonly shows: (block: SyncedBlock) => Shown;
  readonly peers: () => readonly SyncPeer[];
  /** Returns blocks that `checkBlocks` has checked. Resolves early when the signal is aborted. */
  readonly fetch: (
    peer: PeerName,
    from: Height,
    count: number,
    signal: AbortSignal,
  ) => Promise<Result<readonly SyncedBlock[]>>;
  readonly penalise: (peer: PeerName, offence: Offence) => void;
  /** A block of the peer was applied. */
  readonly credit: (peer: PeerName) => void;
  /** Logs what a peer did: a name costs a stranger nothing, so this has a pace. */
  readonly warn: (peer: PeerName, fields: object, message: string) => void;
  readonly logger: Logger;
};

type Fetch = Extract<Work, { readonly type: 'fetch' }>;

export class BlockSync {
  readonly #options: BlockSyncOptions;
  readonly #core = new SyncCore((count) => Math.floor(Math.random() * count));
  /** By the number of their request: they end requests that are abandoned. */
  readonly #controllers = new Map<number, AbortController>();
  #wasSyncing = false;
  #applying = false;
  #running = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BlockSyncOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Resolves when no block is being applied. */
  async stop(): Promise<void> {
    this.#running = false;
    clearInterval(this.#timer);
    for (const controller of this.#controllers.values()) controller.abort();
    while (this.#applying) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  state(): SyncState {
    return this.#running ? this.#core.state(this.#options.tip()) : { type: 'idle' };
  }

  /** What it holds: each of these is bounded. */
  sizes(): { readonly underWay: number; readonly ready: number; readonly blocks: number } {
    return this.#core.sizes();
  }

  #tick(): void {
    if (!this.#running) return;
    const { tip, peers } = this.#options;
    this.#perform(this.#core.tick(performance.now(), tip(), peers()));
    this.#logChange();
    void this.#applyReady();
  }

  #logChange(): void {
    const state = this.state();
    const isSyncing = state.type === 'syncing';
    if (isSyncing === this.#wasSyncing) return;
    this.#wasSyncing = isSyncing;
    const height = String(this.#options.tip());
    if (isSyncing) this.#options.logger.info({ height, target: String(state.target) }, 'syncing blocks');
    else this.#options.logger.info({ height }, 'blocks are in sync');
  }

  #perform(work: readonly Work[]): void {
    for (const each of work)
      switch (each.type) {
        case 'fetch':
          void this.#fetch(each);
          break;
        case 'abandon':
          this.#controllers.get(each.id)?.abort();
          break;
        default:
          unreachable(each);
      }
  }

  async #fetch({ id, peer, from, count }: Fetch): Promise<void> {
    const { fetch, logger } = this.#options;
    const controller = new AbortController();
    this.#controllers.set(id, controller);
    let answer: Answer = { type: 'failed' };
    try {
      answer = this.#judge(peer, from, await fetch(peer, from, count, controller.signal), controller.signal);
    } catch (error) {
      logger.error({ peer, reason: toFault(error).message }, 'could not ask a peer for blocks');
    }
    this.#controllers.delete(id);
    if (!this.#running || controller.signal.aborted) return;
    this.#perform(this.#core.answered(id, answer, performance.now()));
    this.#tick();
  }

  #judge(peer: PeerName, from: Height, answer: Result<readonly SyncedBlock[]>, signal: AbortSignal): Answer {
    // Nobody has waited for it for a while, and the peer may be gone.
    if (signal.aborted) return { type: 'failed' };
    const { shows, penalise, warn, logger } = this.#options;
    if (!answer.ok) {
      const { code, message } = answer.fault;
      logger.debug({ peer, from: String(from), reason: message }, 'no blocks from a peer');
      return { type: ANSWERS.get(code) ?? 'failed' };
    }
    const last = answer.value.at(-1);
    if (last === undefined) {
      penalise(peer, 'false-height');
      return { type: 'empty' };
    }
    const shown = shows(last);
    if (shown === 'false') {
      warn(peer, { height: String(last.commit.height) }, 'a peer sent a block that nobody decided');
      penalise(peer, 'false-answer');
    }
    return { type: 'blocks', blocks: answer.value, shown };
  }

  /** Applies the fetched blocks in order, up to the first gap. */
  async #applyReady(): Promise<void> {
    if (this.#applying) return;
    this.#applying = true;
    try {
      while (this.#running) {
        const ready = this.#core.next(this.#options.tip(), performance.now());
        if (ready === undefined || (await this.#apply(ready)) === 'later') break;
      }
    } finally {
      this.#applying = false;
    }
  }

  async #apply(ready: Ready): Promise<Verdict> {
    const { tip, apply, penalise, credit, warn, logger } = this.#options;
    const { peer, height, block } = ready;
    const judgement = await apply(height, block).catch(
      (error: unknown): Judgement => ({ type: 'failed', fault: toFault(error) }),
    );
    if (judgement.type === 'applied') credit(peer);
    if ('fault' in judgement) {
      const { code, message: reason } = judgement.fault;
      const place = { height: String(height), code, reason };
      if (judgement.type === 'false') {
        warn(peer, place, 'a peer sent a false block');
        penalise(peer, 'false-answer');
      } else logger.error({ peer, ...place }, 'could not apply a synced block');
    }
    this.#perform(this.#core.judged(ready, judgement.type, tip(), performance.now()));
    return judgement.type;
  }
}

/** What faults of a request say of its peer. All others say that it did not answer. */
const ANSWERS: ReadonlyMap<string, 'false' | 'busy'> = new Map([
  ['P2P_BUSY', 'busy'],
  ['P2P_NOT_CONNECTED', 'busy'],
  ['P2P_FALSE_ANSWER', 'false'],
  ['P2P_MALFORMED', 'false'],
  ['P2P_TOO_LONG', 'false'],
]);
