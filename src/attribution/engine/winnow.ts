/**
 * Which stretches of a text are posted, and what is posted of them. Of every 8 tokens in a row (Lmin) one run of 6 is
 * chosen, by those 8 tokens alone: so wherever two texts share 8 tokens, both have chosen the same run of them, and
 * no match can be missed (Schleimer, Wilkerson and Aiken, "Winnowing", SIGMOD 2003). The choice is by a mod-minimizer
 * (Groot Koerkamp and Pibiri, WABI 2024): of the six runs of 3 tokens the one of least hash, the last of those that
 * tie, stands at x = 0 .. 5, and the run of 6 chosen begins at x mod 3. It posts 3/7 of the positions of a text, where
 * the least of the three runs of 6 themselves would post 1/2.
 */

/** The tokens of which one run is chosen: no shorter stretch can be asked for. */
export const STRETCH = 8;
/** The tokens of a run that is posted. */
export const GRAM = 6;
/** The tokens of the runs that decide. */
const DECIDING = 3;
/** The number of deciding runs in a stretch. */
const RUNS = STRETCH - DECIDING + 1;

/** Tokens before and after a posted run that its signature knows, and the bits for each. */
export const SIDE = 2;
const SIDE_BITS = 4;
const TAG_SHIFT = 32 - SIDE_BITS;
/** The bits of the tags of one side. */
const ALL_OF_SIDE = (1 << (SIDE * SIDE_BITS)) - 1;

/** Returns where a run begins, from the place of the least one in the stretch. */
const remainder = (x: number): number => (x >= DECIDING ? x - DECIDING : x);

/**
 * Chooses the runs of one text after another. What it gives stays until the next.
 *
 * A signature is four tags of 4 bits, of the two tokens before the run and the two after it; 0 past the ends:
 *
 *     bit 15            0
 *     [+1] [+2] [−2] [−1]
 */
export class Winnower {
  /** Hashes of the tokens, to be written before {@link winnow}; there is room after {@link reserve}. */
  hashes: Int32Array = new Int32Array(0);
  /** For each chosen run, ascending: its start, its fingerprint, its signature. */
  positions: Int32Array = new Int32Array(0);
  prints: Int32Array = new Int32Array(0);
  signatures: Uint16Array = new Uint16Array(0);
  /** The chosen run of each stretch, by the token with which the stretch begins. */
  chosen: Int32Array = new Int32Array(0);
  #deciding = new Int32Array(0);
  /** The tags of the two tokens up to each token, the last one in the lowest bits, at an index two higher. */
  #tags = new Int32Array(0);

  /** Makes room for a text, if there is none yet. Left out, `room` has some to spare for longer ones that follow. */
  reserve(tokens: number, room = Math.max(1024, 2 * tokens)): void {
    if (tokens <= this.hashes.length) return;
    this.hashes = new Int32Array(room);
    this.positions = new Int32Array(room);
    this.prints = new Int32Array(room);
    this.signatures = new Uint16Array(room);
    this.chosen = new Int32Array(room);
    this.#deciding = new Int32Array(room);
    this.#tags = new Int32Array(room + 2 * SIDE);
  }

  /** Chooses from a text of `tokens` tokens, whose hashes were written; gives how many runs. */
  winnow(tokens: number): number {
    if (tokens < STRETCH) return 0;
    const { hashes, positions, prints, signatures, chosen } = this;
    const deciding = this.#deciding;
    const tags = this.#tags;

    let before = hashes[0] ?? 0;
    let middle = hashes[1] ?? 0;
    let history = 0;
    for (let i = 2; i < tokens; i++) {
      const last = hashes[i] ?? 0;
      let hash = (Math.imul(before, 0x2c1b3c6d) + Math.imul(middle, 0x297a2d39) + last) | 0;
      hash = Math.imul(hash ^ (hash >>> 15), 0x6b43a9b5);
      deciding[i - 2] = hash ^ (hash >>> 14);
      history = ((history << SIDE_BITS) | (before >>> TAG_SHIFT)) & ALL_OF_SIDE;
      tags[i + SIDE - 2] = history;
      before = middle;
      middle = last;
    }
    for (let i = tokens - 2; i < tokens + SIDE; i++) {
      const tag = i < tokens ? (hashes[i] ?? 0) >>> TAG_SHIFT : 0;
      history = ((history << SIDE_BITS) | tag) & ALL_OF_SIDE;
      tags[i + SIDE] = history;
    }
    for (let i = 0; i < SIDE; i++) tags[i] = 0;

    let count = 0;
    let last = -1;
    let least = -1;
    let value = 0;
    const stretches = tokens - STRETCH + 1;
    for (let start = 0; start < stretches; start++) {
      const newest = start + RUNS - 1;
      if (least < start) {
        least = start;
        value = deciding[start] ?? 0;
        for (let i = start + 1; i <= newest; i++) {
          const hash = deciding[i] ?? 0;
          if (hash <= value) {
            least = i;
            value = hash;
          }
        }
      } else {
        const hash = deciding[newest] ?? 0;
        if (hash <= value) {
          least = newest;
          value = hash;
        }
      }
      const position = start + remainder(least - start);
      // Never before that of the stretch before, so none is posted twice: if the least stays, x falls by one, and the run
      // stays with it or moves on by three; else the least was the first, or a newer one is, at x = 5.
      if (position !== last) {
        last = position;
        positions[count] = position;
        const print =
          (Math.imul(deciding[position] ?? 0, 0x1b873593) + (deciding[position + DECIDING] ?? 0)) | 0;
        prints[count] = Math.imul(print ^ (print >>> 16), 0x85ebca6b);
        signatures[count] =
          (tags[position + SIDE - 1] ?? 0) |
          ((tags[position + GRAM + 2 * SIDE - 1] ?? 0) << (SIDE * SIDE_BITS));
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
  const right = ALL_OF_SIDE << (SIDE_BITS * (SIDE - Math.min(after, SIDE)));
  return left | ((right & ALL_OF_SIDE) << (SIDE * SIDE_BITS));
};
