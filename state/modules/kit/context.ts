import type { Address, Height, Root } from '../../../src/lib/brands.ts';
import type { ChainIdentity } from '../../../src/lib/chain.ts';
import type { InfoTable } from '../../attribution/info1.ts';
import type { Event } from '../../events.ts';
import type { Params } from '../../params.ts';
import type { Recover } from '../../tx/transaction.ts';
import type { View } from '../../view.ts';

/** The values that do not change while a block is executed. */
export type BlockContext = {
  readonly height: Height;
  /** The time in the header, Unix milliseconds. It is the only time that execution knows. */
  readonly time: bigint;
  /** The consensus address of the block's proposer. */
  readonly proposer: Address;
  /** The hash of the header before it; zero for the first block. */
  readonly parent: Root;
  readonly params: Params;
  /** The chain that the block is of. */
  readonly chain: ChainIdentity;
  readonly recover: Recover;
  /** INFO-1: what the information of opened tokens is read from. Its hash is a parameter of the chain. */
  readonly info: InfoTable;
};

export type TxContext = {
  readonly block: BlockContext;
  readonly view: View;
  readonly sender: Address;
  /** The transaction's id. */
  readonly id: Root;
  readonly emit: (event: Event) => void;
};

export type HookContext = {
  readonly block: BlockContext;
  readonly view: View;
  readonly emit: (event: Event) => void;
};

export type Hook = (context: HookContext) => void;
