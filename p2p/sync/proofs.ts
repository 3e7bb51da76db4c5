/** Asks peers to show the heights that they claim: for the one block at that height, which is judged and not kept. */
import { LRUCache } from 'lru-cache';
import { type PeerRecords, RECORDS_MAX } from '../peer-records.ts';
import type { PeerName } from '../types.ts';
import type { SyncPeer } from './choose.ts';

/** Requests under way at a time, each to another peer. */
const PROOFS_MAX = 2;
/** A peer is asked to show its height this often at most. Peers announce a new height about as often. */
const PROOF_EVERY_MS = 2_000;
/** An answer is waited for this long. */
const PROOF_MS = 2_000;

type Abandon = { readonly type: 'abandon'; readonly id: number };

export class Proofs {
  readonly #records: PeerRecords;
  readonly #underWay = new Map<number, { readonly peer: SyncPeer; readonly since: number }>();
  readonly #askedAt = new LRUCache<PeerName, number>({ max: RECORDS_MAX });

  constructor(records: PeerRecords) {
    this.#records = records;
  }

  get size(): number {
    return this.#underWay.size;
  }

  /**
   * Returns the peers to ask now: those of the config first, then those that were asked longest ago.
   *
   * @param shown - the greatest height that was shown. Claims up to there need no proof
   */
  due(peers: readonly SyncPeer[], shown: bigint, tip: bigint, now: number): readonly SyncPeer[] {
    const busy = new Set([...this.#underWay.values()].map(({ peer }) => peer.name));
    const askedAt = ({ name }: SyncPeer): number => this.#askedAt.peek(name) ?? Number.NEGATIVE_INFINITY;
    return peers
      .filter((peer) => peer.height > shown && peer.height > tip + 1n && !busy.has(peer.name))
      .filter((peer) => now - askedAt(peer) >= PROOF_EVERY_MS)
      .sort((a, b) => Number(b.configured) - Number(a.configured) || askedAt(a) - askedAt(b) || 0)
      .slice(0, PROOFS_MAX - this.#underWay.size);
  }

  begin(id: number, peer: SyncPeer, now: number): void {
    this.#underWay.set(id, { peer, since: now });
    this.#askedAt.set(peer.name, now);
  }

  /** Returns the peer that was asked; undefined if it is no proof. */
  end(id: number): SyncPeer | undefined {
    const proof = this.#underWay.get(id);
    this.#underWay.delete(id);
    return proof?.peer;
  }

  /** Ends what has taken too long. */
  expire(now: number): readonly Abandon[] {
    return this.#abandon(({ peer, since }) => {
      if (now - since < PROOF_MS) return false;
      this.#records.overdue(peer.name, now);
      return true;
    });
  }

  /** Ends what was asked of peers that are gone. */
  release(here: ReadonlySet<PeerName>): readonly Abandon[] {
    return this.#abandon(({ peer }) => !here.has(peer.name));
  }

  drop(name: PeerName): readonly Abandon[] {
    return this.#abandon(({ peer }) => peer.name === name);
  }

  #abandon(
    condition: (proof: { readonly peer: SyncPeer; readonly since: number }) => boolean,
  ): readonly Abandon[] {
    const ended = [...this.#underWay].filter(([, proof]) => condition(proof));
    for (const [id] of ended) this.#underWay.delete(id);
    return ended.map(([id]) => ({ type: 'abandon', id }));
  }
}
