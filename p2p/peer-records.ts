/**
 * What this node has seen of each peer in its own requests, and what follows from it: who is asked first, for how many
 * objects, how long it is waited for, and when it is asked again. The content exchange keeps such records, where an object
 * is one of the store, and block sync does, where it is a block.
 *
 * A record outlives the connection, so a peer that reconnects or announces something does not begin again. Nothing in it is
 * permanent: doubt decays with time and with good answers. The number of records is bounded. Past it the one that was used
 * longest ago is forgotten.
 */
import { LRUCache } from 'lru-cache';
import { type BackOff, pauseAfter } from '../src/lib/back-off.ts';
import { divFloorNumber } from '../src/lib/math.ts';
import type { PeerName } from './types.ts';

/** Peers of which a record is kept. */
export const RECORDS_MAX = 1_024;
/** A peer is proven when it has sent content so often: one that means to hold up requests has to send much for each. */
export const PROVEN_AT = 3;

/** Pauses after answers without content, and after failures, in milliseconds. */
const FRUITLESS_PAUSE_MS: BackOff = { first: 50, longest: 2_000 };
const FAILURE_PAUSE_MS: BackOff = { first: 500, longest: 30_000 };

/** Doubt is counted in the milliseconds that it takes to decay. This is the doubt of one failure. */
const FAILURE = 60_000;
/** Doubt does not grow past this, so that a peer that recovers is trusted again soon. */
const DOUBT_MAX = 8 * FAILURE;
const FALSE_DOUBT = 3 * FAILURE;
/** Two good answers make up for a failure. */
const GOOD_ANSWER = FAILURE >>> 1;

/** How long an answer is relied on: this long for a peer that never sent anything, else a multiple of its usual time. */
const PATIENCE_MS = { unmeasured: 1_000, least: 500, most: 8_000, longest: 16_000 };
const USUAL_TIMES = 3;
/** The weight of the newest answer in what is usual, in tenths. */
const SMOOTHING = 3;
/** Classes of speed: the time per answer, or per {@link SPEED_BYTES} of it, is below these milliseconds. */
const SPEED_MS = [250, 1_000, 4_000];
const SPEED_BYTES = 256 << 10;

type Record = {
  doubt: number;
  /** When the doubt was computed. */
  doubtAt: number;
  /** Failures in a row, and answers without content in a row. */
  failures: number;
  fruitless: number;
  /** It is not asked before these times. */
  failedUntil: number;
  fruitlessUntil: number;
  /** Answers with content, since the last failure, up to {@link PROVEN_AT}. */
  good: number;
  /** Objects in its next request. */
  window: number;
  /** The usual time of its answers that held content, whole and for {@link SPEED_BYTES}; undefined before the first. */
  usualMs: number | undefined;
  usualCost: number;
};

export type PeerRecordsOptions = {
  /** Objects in the first request to a peer. The number doubles with each whole answer, and is 1 after a failure. */
  readonly firstWindow: number;
  /** The most objects of a request. */
  readonly mostWindow: number;
};

/** What is known of a peer that never answered. */
const UNKNOWN: Readonly<Omit<Record, 'window'>> = {
  doubt: 0,
  doubtAt: 0,
  failures: 0,
  fruitless: 0,
  failedUntil: 0,
  fruitlessUntil: 0,
  good: 0,
  usualMs: undefined,
  usualCost: 0,
};

/** How a request ended. */
export type Ending =
  /**
   * It brought objects that were asked for and are true. `whole` is false if there were fewer than the peer had to send:
   * then it is asked for fewer.
   */
  | { readonly type: 'content'; readonly tookMs: number; readonly bytes: number; readonly whole: boolean }
  /** The peer has nothing of it, or no place for the request; `again` if no peer had any of it before. */
  | { readonly type: 'fruitless'; readonly again: boolean }
  /** No answer in time, or none that is an answer. */
  | { readonly type: 'failed' };

export class PeerRecords {
  readonly #records = new LRUCache<PeerName, Record>({ max: RECORDS_MAX });
  readonly #unknown: Readonly<Record>;
  readonly #mostWindow: number;

  constructor({ firstWindow, mostWindow }: PeerRecordsOptions) {
    this.#unknown = { ...UNKNOWN, window: firstWindow };
    this.#mostWindow = mostWindow;
  }

  get size(): number {
    return this.#records.size;
  }

  isPaused(peer: PeerName, now: number): boolean {
    const { failedUntil, fruitlessUntil } = this.#peek(peer);
    return failedUntil > now || fruitlessUntil > now;
  }

  /** Returns the failures of the peer that neither time nor good answers have made up for, rounded. */
  doubt(peer: PeerName, now: number): number {
    return divFloorNumber(decayed(this.#peek(peer), now) + (FAILURE >>> 1), FAILURE);
  }

  /** Whether it has sent content several times, and has not failed since. */
  isProven(peer: PeerName): boolean {
    return this.#peek(peer).good >= PROVEN_AT;
  }

  /** Returns its class of speed: 0 for the fastest, and for one that was not measured yet. */
  slowness(peer: PeerName): number {
    const { usualCost } = this.#peek(peer);
    const at = SPEED_MS.findIndex((most) => usualCost < most);
    return at < 0 ? SPEED_MS.length : at;
  }

  /** Returns how often it failed in a row. */
  failures(peer: PeerName): number {
    return this.#peek(peer).failures;
  }

  window(peer: PeerName): number {
    return this.#peek(peer).window;
  }

  /**
   * Returns the milliseconds for which a request to the peer is relied on.
   *
   * @param attempts - how often its roots were waited for in vain: each one doubles the time, up to four times. In a network
   * where everything is slow the time grows until answers come in it.
   */
  patienceMs(peer: PeerName, attempts: number): number {
    const { usualMs } = this.#peek(peer);
    const usual =
      usualMs === undefined
        ? PATIENCE_MS.unmeasured
        : Math.min(PATIENCE_MS.most, Math.max(PATIENCE_MS.least, USUAL_TIMES * usualMs));
    return Math.min(PATIENCE_MS.longest, usual << Math.min(attempts, 4));
  }

  /** The peer has not answered for as long as it was relied on. An answer that comes all the same makes up for it. */
  overdue(peer: PeerName, now: number): void {
    this.#change(peer, now, (record) => {
      record.doubt += FAILURE;
    });
  }

  /** The peer did not send what it had itself announced. */
  brokePromise(peer: PeerName, now: number): void {
    this.#change(peer, now, (record) => {
      record.doubt += FAILURE;
    });
  }

  /** The peer sent false content. */
  lied(peer: PeerName, now: number): void {
    this.#change(peer, now, (record) => {
      record.doubt += FALSE_DOUBT;
    });
  }

  /** @param wasOverdue - true if {@link overdue} was called for this request */
  ended(peer: PeerName, ending: Ending, wasOverdue: boolean, now: number): void {
    this.#change(peer, now, (record) => {
      switch (ending.type) {
        case 'content': {
          const { bytes } = ending;
          const tookMs = Math.trunc(ending.tookMs);
          record.doubt -= GOOD_ANSWER + (wasOverdue ? FAILURE : 0);
          record.failures = 0;
          record.fruitless = 0;
          record.good = Math.min(PROVEN_AT, record.good + 1);
          record.window = ending.whole ? this.#grown(record) : Math.max(1, record.window >>> 1);
          const cost = divFloorNumber(tookMs * SPEED_BYTES, Math.max(SPEED_BYTES, bytes));
          record.usualCost = record.usualMs === undefined ? cost : smooth(record.usualCost, cost);
          record.usualMs = record.usualMs === undefined ? tookMs : smooth(record.usualMs, tookMs);
          break;
        }
        case 'fruitless':
          record.doubt -= wasOverdue ? FAILURE : 0;
          record.fruitless = ending.again ? record.fruitless + 1 : Math.max(1, record.fruitless);
          record.fruitlessUntil = now + pauseAfter(record.fruitless, FRUITLESS_PAUSE_MS);
          record.window = this.#grown(record);
          break;
        case 'failed':
          record.doubt += wasOverdue ? 0 : FAILURE;
          record.failures += 1;
          record.failedUntil = now + pauseAfter(record.failures, FAILURE_PAUSE_MS);
          record.good = 0;
          record.window = 1;
          break;
      }
    });
  }

  /** The peer has new content: the pause after its fruitless answers ends, and not the one after its failures. */
  hasNews(peer: PeerName): void {
    const record = this.#records.peek(peer);
    if (record === undefined) return;
    record.fruitless = 0;
    record.fruitlessUntil = 0;
  }

  #peek(peer: PeerName): Readonly<Record> {
    return this.#records.peek(peer) ?? this.#unknown;
  }

  #grown({ window }: Record): number {
    return Math.min(this.#mostWindow, 2 * window);
  }

  #change(peer: PeerName, now: number, change: (record: Record) => void): void {
    const record: Record = { ...this.#peek(peer) };
    record.doubt = decayed(record, now);
    record.doubtAt = Math.trunc(now);
    change(record);
    record.doubt = Math.min(DOUBT_MAX, Math.max(0, record.doubt));
    this.#records.set(peer, record);
  }
}

const decayed = ({ doubt, doubtAt }: Readonly<Record>, now: number): number =>
  Math.max(0, doubt - Math.max(0, Math.trunc(now) - doubtAt));

const smooth = (before: number, value: number): number =>
  divFloorNumber((10 - SMOOTHING) * before + SMOOTHING * value, 10);
