/** One kind of transaction: the type of its payload, and everything that follows from the payload alone. */
import type { Address, Root } from '../../src/lib/brands.ts';
import type { Ssz } from '../../src/lib/ssz.ts';
import type { Params } from '../params.ts';
import type { Fault } from './errors.ts';

/** Content that a payload names. */
export type NamedContent = {
  readonly root: Root;
  /** The items that the list under this root has; 0 if no list is under it. */
  readonly items: number;
};

export type Kind<P> = {
  /** The number on the wire. It is never reused. */
  readonly id: number;
  readonly version: number;
  readonly name: string;
  /** The type of the payload; it holds the limits. */
  readonly payload: Ssz<P>;
  /** One English line, a pure function of the payload. The caller escapes it to printable ASCII and cuts it at 200 bytes. */
  readonly action: (payload: P) => string;
  /** The stateless check: a block that holds a payload with a fault is invalid. */
  readonly check: (payload: P, params: Params) => Fault | undefined;
  /** The gas beyond what the bytes and the signature of the transaction cost. */
  readonly gas: (payload: P, params: Params) => bigint;
  /** The accounts that the payload names, besides the sender. The transaction can be found by each of them. */
  readonly accounts: (payload: P) => readonly Address[];
  /** The content that the payload names for the first time: nodes show and fetch it once the transaction succeeded. */
  readonly content: (payload: P) => readonly NamedContent[];
};

/** The `accounts` of a kind that names no account besides its sender. */
export const noAccounts = (): readonly Address[] => [];

/** The `content` of a kind that names no new content. */
export const noContent = (): readonly NamedContent[] => [];
