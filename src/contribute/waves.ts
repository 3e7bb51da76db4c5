/**
 * Says how many contributions are committed at a time. They are committed in waves: a wave begins once nothing that was
 * committed before is still to be revealed. So a commit never endangers the bond of another one, and what goes wrong
 * endangers the bonds of one wave.
 *
 * The first wave is small. The blocks that a wave took say how many contributions the next one may have: so many that it
 * takes a quarter of the window to reveal at the same pace. Bonds are lost only if the pace then falls to less than a
 * quarter. The pace is counted in blocks, as the window is: what makes it slow does not matter.
 */
import { divFloor, maxBig } from '../lib/math.ts';

/** When a commit may be revealed, in blocks after it. */
export type RevealWindow = { readonly revealMin: bigint; readonly revealMax: bigint };

/** A wave is to take this part of the window. */
const QUARTER = 4n;
/** The commits of a wave are sent within this part of the window: half of the time that the wave is to take. */
const EIGHTH = 8n;
/** The first wave has a contribution for each of so many blocks of the window, and one at least. */
const FIRST_BLOCKS = 25n;

/** Returns the number of contributions of the first wave. */
export const firstWave = ({ revealMax }: RevealWindow): number =>
  Number(maxBig(1n, divFloor(revealMax, FIRST_BLOCKS)));

/**
 * Returns the number of contributions of the next wave: at most twice as many as the last one had.
 * @param size - the number of contributions of the last wave, 1 or more
 * @param blocks - the blocks from its beginning until all of it was revealed
 */
export const nextWave = (size: number, blocks: bigint, { revealMin, revealMax }: RevealWindow): number => {
  // However few the contributions are, a wave takes at least `revealMin` blocks.
  const paced = maxBig(1n, blocks - revealMin);
  const fitting = divFloor(BigInt(size) * divFloor(revealMax - revealMin, QUARTER), paced);
  return Math.max(1, Math.min(2 * size, Number(fitting)));
};

export class Waves {
  readonly #window: RevealWindow;
  #size: number;
  /** The wave that is under way. */
  #wave: { readonly begunAt: bigint; sent: number } | undefined;

  constructor(window: RevealWindow) {
    this.#window = window;
    this.#size = firstWave(window);
  }

  /** The number of commits that may still be sent in this wave; 0 if none is under way. */
  get left(): number {
    return this.#wave === undefined ? 0 : this.#size - this.#wave.sent;
  }

  /** Whether commits of this wave may be waited for. If not, what it has committed is revealed. */
  isGathering(height: bigint): boolean {
    if (this.#wave === undefined) return false;
    return height < this.#wave.begunAt + maxBig(1n, divFloor(this.#window.revealMax, EIGHTH));
  }

  begin(height: bigint): void {
    this.#wave = { begunAt: height, sent: 0 };
  }

  /** Notes that a commit was sent. */
  sent(): void {
    if (this.#wave !== undefined) this.#wave.sent += 1;
  }

  /** Ends the wave that is under way: nothing is to be revealed any more. */
  end(height: bigint): void {
    if (this.#wave !== undefined && this.#wave.sent > 0)
      this.#size = nextWave(this.#wave.sent, height - this.#wave.begunAt, this.#window);
    this.#wave = undefined;
  }
}
