/**
 * Which stretches of a text are posted, and what is posted of them. Of every 8 tokens in a row (Lmin) one run of 5 is
 * chosen, by those 8 tokens alone: so wherever two texts share 8 tokens, both have chosen the same run of them, and
 * no match can be missed (Schleimer, Wilkerson and Aiken, "Winnowing", SIGMOD 2003). The choice is by a mod-minimizer
 * (Groot Koerkamp and Pibiri, WABI 2024): of the eight tokens the one of least rank, the last of those that tie, stands
 * at x = 0 .. 7, and the run of 5 chosen begins at x mod 4. So that token is the first or the last of the run. If the
 * tokens of a text differ, one run in three is posted, and no choice of runs of 5 can do with fewer (Kille et al., "A
 * near-tight lower bound on the density of forward sampling schemes", 2024). Runs of 6 would need 3/7.
 *
 * Rare words have low ranks (lexicon.ts). They repeat less within 8 tokens, so ties are few, and runs that hold one are
 * in fewer texts, so lists are short.
 */

/** The tokens of which one run is chosen: no shorter stretch can be asked for. */
export const STRETCH = 8;
/** The tokens of a run that is posted. */
export const GRAM = 5;
/** The places in a stretch where a run may begin, a power of two. */
const OFFSETS = STRETCH - GRAM + 1;

/** Tokens before and after a posted run that its signature knows, and the bits for each. */
export const SIDE = 4;
const SIDE_BITS = 4;
const TAG_SHIFT = 32 - SIDE_BITS;

/**
 * Chooses the runs of one text after another. What it gives stays until the next.
 *
 * A signature is eight tags of 4 bits, of the four tokens before the run and the four after it; 0 past the ends:
 *
 *     bit 31                                                            0
 *     [+1] [+2] [+3] [+4]                       [−4] [−3] [−2] [−1]
 */
export class Winnower {
  /** Hashes and ranks of the tokens, to be written before {@link winnow}; there is room after {@link reserve}. */
  hashes: Int32Array = new Int32Array(0);
  ranks: Int32Array = new Int32Array(0);
  /** For each chosen run, ascending: its start, its fingerprint, its signature. */
  positions: Int32Array = new Int32Array(0);
  prints: Int32Array = new Int32Array(0);
  signatures: Int32Array = new Int32Array(0);
  /** The chosen run of each stretch, by the token with which the stretch begins. */
  chosen: Int32Array = new Int32Array(0);
  /** The tags of the four tokens up to each token, the last one in the lowest bits, at an index four higher. */
  #tags = new Int32Array(0);

  reserve(tokens: number): void {
    if (tokens <= this.hashes.length) return;
    const room = Math.max(1024, 2 * tokens);
    this.hashes = new Int32Array(room);
    this.ranks = new Int32Array(room);
    this.positions = new Int32Array(room);
    this.prints = new Int32Array(room);
    this.signatures = new Int32Array(room);
    this.chosen = new Int32Array(room);
    this.#tags = new Int32Array(room + 2 * SIDE);
  }

  /** Chooses from a text of `tokens` tokens, whose hashes and ranks were written; gives how many runs. */
  winnow(tokens: number): number {
    if (tokens < STRETCH) return 0;
    const { hashes, ranks, positions, prints, signatures, chosen } = this;
    const tags = this.#tags;

    let history = 0;
    for (let i = 0; i < SIDE; i++) tags[i] = 0;
    for (let i = 0; i < tokens; i++) {
      history = ((history << SIDE_BITS) | ((hashes[i] ?? 0) >>> TAG_SHIFT)) & 0xffff;
      tags[i + SIDE] = history;
    }
    for (let i = tokens; i < tokens + SIDE; i++) {
      history = (history << SIDE_BITS) & 0xffff;
      tags[i + SIDE] = history;
    }

    let count = 0;
    let last = -1;
    let least = -1;
    let value = 0;
    const stretches = tokens - STRETCH + 1;
    for (let start = 0; start < stretches; start++) {
      const newest = start + STRETCH - 1;
      if (least < start) {
        least = start;
        value = ranks[start] ?? 0;
        for (let i = start + 1; i <= newest; i++) {
          const rank = ranks[i] ?? 0;
          if (rank <= value) {
            least = i;
            value = rank;
          }
        }
      } else {
        const rank = ranks[newest] ?? 0;
        if (rank <= value) {
          least = newest;
          value = rank;
        }
      }
      const position = start + ((least - start) & (OFFSETS - 1));
      // Never before that of the stretch before, so none is posted twice: if the least stays, x falls by one, and the run
      // stays with it or moves on by four; else the least was the first, or a newer one is, at x = 7.
      if (position !== last) {
        last = position;
        positions[count] = position;
        const print =
          (Math.imul(hashes[position] ?? 0, 0x2c1b3c6d) +
            Math.imul(hashes[position + 1] ?? 0, 0x297a2d39) +
            Math.imul(hashes[position + 2] ?? 0, 0x6b43a9b5) +
            Math.imul(hashes[position + 3] ?? 0, 0x1b873593) +
            Math.imul(hashes[position + 4] ?? 0, 0x85ebca6b)) |
          0;
        prints[count] = Math.imul(print ^ (print >>> 16), 0x9e3779b1);
        signatures[count] =
          (tags[position + SIDE - 1] ?? 0) | ((tags[position + GRAM + 2 * SIDE - 1] ?? 0) << 16);
        count += 1;
      }
      chosen[start] = count - 1;
    }
    return count;
  }
}

/** The bits of a signature that must agree, if `before` tokens before the run and `after` after it are asked for. */
export const signatureMask = (before: number, after: number): number => {
  const left = (1 << (SIDE_BITS * Math.min(before, SIDE))) - 1;
  const right = 0xffff << (16 - SIDE_BITS * Math.min(after, SIDE));
  return left | ((right & 0xffff) << 16);
};
