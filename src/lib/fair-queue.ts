/**
 * A bounded queue that many peers share fairly. The peer that has been served the fewest bytes is next (start-time fair
 * queueing: P. Goyal, H. Vin, H. Cheng, SIGCOMM 1996), so that long entries of one peer do not slow down the short ones of
 * another. When the queue is full, the peer with the most bytes in it loses its oldest entry. So a flood of one peer costs
 * only that peer.
 */

type Entry<T> = { readonly value: T; readonly bytes: number };
type Lane<T> = {
  readonly entries: Entry<T>[];
  bytes: number;
  /** The virtual time at which its next entry is due: the bytes that it was served. */
  due: number;
};

export type QueueBounds = { readonly entries: number; readonly bytes: number };

export class FairQueue<T> {
  readonly #bounds: QueueBounds;
  /** By peer. An empty lane stays as long as its peer is ahead of the others. */
  readonly #lanes = new Map<string, Lane<T>>();
  #entries = 0;
  #bytes = 0;
  /** The virtual time: that of the entry that was served last. */
  #now = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#entries;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a value, and returns what was dropped to make room: the value itself if it alone exceeds the bounds. */
  push(peer: string, value: T, bytes: number): readonly T[] {
    if (bytes > this.#bounds.bytes) return [value];
    let lane = this.#lanes.get(peer);
    if (lane === undefined) {
      lane = { entries: [], bytes: 0, due: this.#now };
      this.#lanes.set(peer, lane);
    }
    // Who had nothing to be served does not catch up on it.
    if (lane.entries.length === 0) lane.due = Math.max(lane.due, this.#now);
    lane.entries.push({ value, bytes });
    lane.bytes += bytes;
    this.#entries += 1;
    this.#bytes += bytes;
    const dropped: T[] = [];
    while (this.#entries > this.#bounds.entries || this.#bytes > this.#bounds.bytes) {
      const heaviest = this.#heaviest();
      const entry = heaviest === undefined ? undefined : this.#take(heaviest);
      if (entry === undefined) break;
      dropped.push(entry.value);
    }
    return dropped;
  }

  /** Removes and returns the oldest entry of the peer whose turn it is. */
  shift(): T | undefined {
    let next: Lane<T> | undefined;
    for (const [peer, lane] of this.#lanes) {
      if (lane.entries.length > 0) next = next === undefined || lane.due < next.due ? lane : next;
      else if (lane.due <= this.#now) this.#lanes.delete(peer);
    }
    if (next === undefined) return undefined;
    this.#now = next.due;
    const entry = this.#take(next);
    next.due += Math.max(entry?.bytes ?? 0, 1);
    return entry?.value;
  }

  clear(): void {
    this.#lanes.clear();
    this.#entries = 0;
    this.#bytes = 0;
  }

  #take(lane: Lane<T>): Entry<T> | undefined {
    const entry = lane.entries.shift();
    if (entry === undefined) return undefined;
    lane.bytes -= entry.bytes;
    this.#entries -= 1;
    this.#bytes -= entry.bytes;
    return entry;
  }

  /** Returns the lane with the most bytes; among equals, the one with the most entries. */
  #heaviest(): Lane<T> | undefined {
    let heaviest: Lane<T> | undefined;
    let most = 0;
    for (const lane of this.#lanes.values()) {
      const weight = lane.bytes + lane.entries.length;
      if (weight <= most) continue;
      most = weight;
      heaviest = lane;
    }
    return heaviest;
  }
}
