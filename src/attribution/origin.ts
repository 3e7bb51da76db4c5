/** Who brought a contribution that is no commons, and when. */
import type { Address, Height } from '../lib/brands.ts';

export type Brought = {
  readonly owner: Address;
  /** The height of the block with its commit, which binds its text. */
  readonly commit: Height;
  /** The height of the block with its reveal. */
  readonly reveal: Height;
};
