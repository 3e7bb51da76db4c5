/**
 * Who owns the contributions of a segment, and which of them are independent: what an owner repeats is skipped by
 * contributions, and not walked by places.
 */
import { toHex } from '../../lib/bytes.ts';
import { lastUpTo, OWNER_BYTES, type Segment, startOf } from './segment.ts';

/** An owner's number in a segment that holds nothing of theirs. */
export const ABSENT = -2;
/** The owner of a contribution without one, or of which none is known. */
export const NOBODY = -1;

export type Owners = {
  /** By contribution, the number of its owner in this segment, or NOBODY. */
  readonly owners: Int32Array;
  /** The number of each owner in this segment, by their address in hex. */
  readonly numbers: ReadonlyMap<string, number>;
  /** By owner, their contributions, ascending. */
  readonly contributions: readonly Uint32Array[];
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

const known = new WeakMap<Segment, Owners>();

export const ownersIn = (segment: Segment): Owners => {
  const before = known.get(segment);
  if (before !== undefined) return before;
  const count = segment.contributions.length;
  const owners = new Int32Array(count);
  const numbers = new Map<string, number>();
  const lists: number[][] = [];
  const committedAt = Float64Array.from(segment.committedAt);
  for (let i = 0; i < count; i++) {
    committedAt[i] = Math.max(committedAt[i] ?? 0, committedAt[i - 1] ?? 0);
    const owner = ownerOf(segment, i);
    const number = owner === undefined ? NOBODY : (numbers.get(owner) ?? numbers.size);
    owners[i] = number;
    if (owner === undefined) continue;
    numbers.set(owner, number);
    const list = lists[number];
    if (list === undefined) lists.push([i]);
    else list.push(i);
  }
  const next = new Uint32Array(count);
  for (let i = count - 1; i >= 0; i--)
    next[i] = i + 1 < count && owners[i + 1] === owners[i] ? (next[i + 1] ?? count) : i + 1;
  const made = {
    owners,
    numbers,
    contributions: lists.map((list) => Uint32Array.from(list)),
    next,
    starts: new Uint32Array(count).map((_, i) => startOf(segment, i)),
    committedAt,
  };
  known.set(segment, made);
  return made;
};

/** Returns the contribution of a token, by its number in the segment. */
export const contributionAt = ({ starts }: Owners, token: number): number => lastUpTo(starts, token);

/** Returns the first contribution of an owner after contribution `after`, or the number of contributions. */
export const nextOf = ({ contributions, owners }: Owners, owner: number, after: number): number => {
  const list = contributions[owner] ?? [];
  const at = (list[0] ?? Number.POSITIVE_INFINITY) > after ? 0 : lastUpTo(list, after) + 1;
  return list[at] ?? owners.length;
};
