/** Token ids as they come, in blocks, so that growing copies nothing; of two bytes each while those suffice. */

const BLOCK_BITS = 18;
const BLOCK = 1 << BLOCK_BITS;
const NARROW_MAX = 0xffff;

export class TokenLog {
  readonly #blocks: (Uint16Array | Uint32Array)[] = [];
  #length = 0;
  #widest = 0;

  get length(): number {
    return this.#length;
  }

  /** Bytes of memory that they take, about. */
  get bytes(): number {
    return this.#length * (this.#widest > NARROW_MAX ? 4 : 2);
  }

  /** @param size - ids are below it */
  append(ids: Int32Array, count: number, size: number): void {
    if (size - 1 > this.#widest) this.#widest = size - 1;
    for (let from = 0; from < count; ) {
      const used = this.#length & (BLOCK - 1);
      if (used === 0)
        this.#blocks.push(this.#widest > NARROW_MAX ? new Uint32Array(BLOCK) : new Uint16Array(BLOCK));
      let block = this.#blocks.at(-1) ?? new Uint32Array(0);
      if (this.#widest > NARROW_MAX && block instanceof Uint16Array) {
        // The block in which ids outgrow two bytes.
        block = Uint32Array.from(block);
        this.#blocks[this.#blocks.length - 1] = block;
      }
      const part = Math.min(count - from, BLOCK - used);
      if (block instanceof Uint16Array) for (let i = 0; i < part; i++) block[used + i] = ids[from + i] ?? 0;
      else for (let i = 0; i < part; i++) block[used + i] = ids[from + i] ?? 0;
      from += part;
      this.#length += part;
    }
  }

  /** All of them in one shared array; the log is spent. */
  finish(): Uint16Array | Uint32Array {
    const out =
      this.#widest > NARROW_MAX
        ? new Uint32Array(new SharedArrayBuffer(4 * this.#length))
        : new Uint16Array(new SharedArrayBuffer(2 * this.#length));
    for (const [i, block] of this.#blocks.entries()) {
      const from = i << BLOCK_BITS;
      out.set(block.subarray(0, Math.min(BLOCK, this.#length - from)), from);
      this.#blocks[i] = new Uint16Array(0);
    }
    return out;
  }
}
