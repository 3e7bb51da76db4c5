/**
 * The votes that a validator has signed in an unusual way, by height. Such a signature is valid (ed25519.ts), and to verify
 * it takes some twenty times as long as another. Nobody makes one by mistake, so a validator that has made some is faulty,
 * and its loose votes of that height are not looked at any more. Consensus goes on without the votes of a faulty validator.
 *
 * Validity does not depend on this count, which differs from node to node: a commit, a polka or a round certificate with
 * such votes is verified in full, because whoever made it may have counted them. Only what was verified with the key is
 * counted, so nobody can silence the validator of another key.
 */
import type { Height } from '../../src/lib/brands.ts';
import { toBareHex } from '../../src/lib/bytes.ts';

/**
 * A correct validator needs none. These are its votes in two rounds: enough for a node whose OpenSSL has no ed25519, to
 * which every signature is unusual.
 */
const MAX_UNUSUAL = 4;

export class UnusualVotes {
  /** By height, and by public key: the set of a later height may give the index to another validator. */
  readonly #heights = new Map<Height, Map<string, number>>();

  /** Whether no more loose votes of this key and height are verified. */
  isSpent(height: Height, publicKey: Uint8Array): boolean {
    return this.#count(height, publicKey) >= MAX_UNUSUAL;
  }

  /** Returns true for the last one that is verified. */
  note(height: Height, publicKey: Uint8Array): boolean {
    const counts = this.#heights.get(height) ?? new Map<string, number>();
    this.#heights.set(height, counts);
    const count = this.#count(height, publicKey) + 1;
    counts.set(toBareHex(publicKey), count);
    return count === MAX_UNUSUAL;
  }

  /** Notes that a height begins. What was counted for earlier ones is forgotten. */
  begun(height: Height): void {
    for (const at of this.#heights.keys()) if (at < height) this.#heights.delete(at);
  }

  #count(height: Height, publicKey: Uint8Array): number {
    const counts = this.#heights.get(height);
    return counts?.get(toBareHex(publicKey)) ?? 0;
  }
}
