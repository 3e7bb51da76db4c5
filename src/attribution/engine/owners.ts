/**
 * Who owns the contributions of a segment, and which of them are independent: where an owner repeats a window, their
 * consecutive contributions are skipped at once.
 */
import { toHex } from '../../lib/bytes.ts';
import { lastUpTo, OWNER_BYTES, type Segment, startOf } from './segment.ts';

/** An owner's number in a segment that holds nothing of theirs. */
export const ABSENT = -2;
/** The owner of a contribution without one, or of which none is known. */
export const NOBODY = -1;

/** A random number per process: addresses that share a slot cannot be chosen for it. */
const [SEED = 0] = crypto.getRandomValues(new Uint32Array(1));

export type Owners = {
  /** By contribution, the number of its owner in this segment, or NOBODY. */
  readonly owners: Int32Array;
  /** The number of each owner in this segment, by their address in hex. */
  readonly numbers: ReadonlyMap<string, number>;
  /** By contribution, the next one of another owner, or the number of contributions. */
  readonly next: Uint32Array;
  /** By contribution, its first token. */
  readonly starts: Uint32Array;
  /** By contribution, the height of its commit, or of one before it, if that is higher. */
  readonly committedAt: Float64Array;
};

/** Returns the address of the owner of a contribution in hex, or undefined if none is known. */
export const ownerOf = ({ owners, committedAt }: Segment, contribution: number): string | undefined =>
  (committedAt[contribution] ?? 0) < 0
    ? undefined
    : toHex(owners.subarray(OWNER_BYTES * contribution, OWNER_BYTES * (contribution + 1)));

/**
 * Returns the numbers of the owners of all contributions, in the order in which they come first, and their first
 * contributions. An address is compared with that of its slot, so it is made a string once for each owner, and not once for
 * each of millions of contributions.
 */
const numbered = (segment: Segment): { readonly owners: Int32Array; readonly firsts: readonly number[] } => {
  const { owners: addresses, committedAt } = segment;
  const count = segment.contributions.length;
  const owners = new Int32Array(count).fill(NOBODY);
  const firsts: number[] = [];
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 1))).fill(NOBODY);
  for (let i = 0; i < count; i++) {
    if ((committedAt[i] ?? 0) < 0) continue;
    const from = OWNER_BYTES * i;
    let slot = SEED;
    for (let k = 0; k < OWNER_BYTES; k++) slot = Math.imul(slot ^ (addresses[from + k] ?? 0), 0x0100_0193);
    for (slot &= slots.length - 1; ; slot = (slot + 1) & (slots.length - 1)) {
      const number = slots[slot] ?? NOBODY;
      if (number === NOBODY) {
        slots[slot] = firsts.length;
        owners[i] = firsts.length;
        firsts.push(i);
        break;
      }
      const other = OWNER_BYTES * (firsts[number] ?? 0);
      let same = 0;
      while (same < OWNER_BYTES && addresses[from + same] === addresses[other + same]) same += 1;
      if (same < OWNER_BYTES) continue;
      owners[i] = number;
      break;
    }
  }
  return { owners, firsts };
};

const known = new WeakMap<Segment, Owners>();

export const ownersIn = (segment: Segment): Owners => {
  const before = known.get(segment);
  if (before !== undefined) return before;
  const count = segment.contributions.length;
  const { owners, firsts } = numbered(segment);
  const committedAt = Float64Array.from(segment.committedAt);
  for (let i = 1; i < count; i++) committedAt[i] = Math.max(committedAt[i] ?? 0, committedAt[i - 1] ?? 0);
  const next = new Uint32Array(count);
  for (let i = count - 1; i >= 0; i--)
    next[i] = i + 1 < count && owners[i + 1] === owners[i] ? (next[i + 1] ?? count) : i + 1;
  const starts = new Uint32Array(count);
  for (let i = 0; i < count; i++) starts[i] = startOf(segment, i);
  const made = {
    owners,
    numbers: new Map(firsts.map((first, number) => [ownerOf(segment, first) ?? '', number])),
    next,
    starts,
    committedAt,
  };
  known.set(segment, made);
  return made;
};

/** Returns the contribution of a token, by its number in the segment. */
export const contributionAt = ({ starts }: Owners, token: number): number => lastUpTo(starts, token);
