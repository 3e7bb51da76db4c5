/**
 * A bounded queue that many peers share fairly. The peers are served in turn, and when the queue is full, the peer with the
 * most bytes in it loses its oldest entry. So a flood of one peer costs only that peer.
 */

type Entry<T> = { readonly value: T; readonly bytes: number };
type Lane<T> = { readonly entries: Entry<T>[]; bytes: number };

export type QueueBounds = { readonly entries: number; readonly bytes: number };

export class FairQueue<T> {
  readonly #bounds: QueueBounds;
  /** By peer, in the order in which the peers are served. */
  readonly #lanes = new Map<string, Lane<T>>();
  #entries = 0;
  #bytes = 0;

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
      lane = { entries: [], bytes: 0 };
      this.#lanes.set(peer, lane);
    }
    lane.entries.push({ value, bytes });
    lane.bytes += bytes;
    this.#entries += 1;
    this.#bytes += bytes;
    const dropped: T[] = [];
    while (this.#entries > this.#bounds.entries || this.#bytes > this.#bounds.bytes) {
      const entry = this.#take(this.#heaviest());
      if (entry === undefined) break;
      dropped.push(entry.value);
    }
    return dropped;
  }

  /** Removes and returns the oldest entry of the peer whose turn it is. */
  shift(): T | undefined {
    const [peer] = this.#lanes.keys();
    if (peer === undefined) return undefined;
    const entry = this.#take(peer);
    const lane = this.#lanes.get(peer);
    if (lane !== undefined) {
      // This peer is served next after all others.
      this.#lanes.delete(peer);
      this.#lanes.set(peer, lane);
    }
    return entry?.value;
  }

  clear(): void {
    this.#lanes.clear();
    this.#entries = 0;
    this.#bytes = 0;
  }

  #take(peer: string | undefined): Entry<T> | undefined {
    const lane = peer === undefined ? undefined : this.#lanes.get(peer);
    const entry = lane?.entries.shift();
    if (peer === undefined || lane === undefined || entry === undefined) return undefined;
    lane.bytes -= entry.bytes;
    this.#entries -= 1;
    this.#bytes -= entry.bytes;
    if (lane.entries.length === 0) this.#lanes.delete(peer);
    return entry;
  }

  /** Returns the peer with the most bytes; among equals, the one with the most entries. */
  #heaviest(): string | undefined {
    let heaviest: string | undefined;
    let most = -1;
    for (const [peer, lane] of this.#lanes) {
      const weight = lane.bytes + lane.entries.length;
      if (weight <= most) continue;
      most = weight;
      heaviest = peer;
    }
    return heaviest;
  }
}
