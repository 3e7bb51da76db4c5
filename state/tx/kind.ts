/**
 * One kind of transaction. Each stands in a file of its own; adding one touches that file and the registry.
 */

import type { Address, Root } from '../../src/lib/brands.ts';
import type { Eip712Domain } from '../../src/lib/eip712.ts';
import type { Fault, Result } from '../../src/lib/errors.ts';
import type { Json, Ssz } from '../../src/lib/ssz.ts';
import type { InfoTable } from '../attribution/info1.ts';
import type { Params } from '../params.ts';
import type { View } from '../view.ts';

/** What happened, for those who watch: never read by execution. Amounts are decimal strings, bytes 0x-hex. */
export type ChainEvent = { readonly type: string; readonly data: { readonly [key: string]: Json } };

/** Recovers the account behind a digest and a signature; a node passes one that remembers what it has seen. */
export type Recover = (digest: Root, signature: Uint8Array) => Result<Address>;

/** What does not change while a block is executed. */
export type BlockContext = {
  readonly height: bigint;
  /** Of the header: the only time execution knows. Unix milliseconds. */
  readonly time: bigint;
  /** The consensus address of the block's proposer. */
  readonly proposer: Address;
  /** The hash of the header before it; zero for the first block. */
  readonly parent: Root;
  readonly params: Params;
  /** The EIP-712 domain of this chain: its numeric id, and its genesis hash as salt. */
  readonly domain: Eip712Domain;
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
  readonly emit: (event: ChainEvent) => void;
};

export type Kind<P> = {
  /** On the wire. Never reused. */
  readonly id: number;
  readonly version: number;
  readonly name: string;
  readonly payload: Ssz<P>;
  /** One English line, a pure function of the payload: printable ASCII, at most 200 bytes (the caller escapes and cuts). */
  readonly action: (payload: P) => string;
  /** Stateless: what makes a block that holds it invalid. */
  readonly check: (payload: P, params: Params) => Fault | undefined;
  /** Beyond what bytes and the transaction's own signature cost. */
  readonly gas: (payload: P, params: Params) => bigint;
  /** Stateful: applies, or returns why not; then whatever it wrote is dropped. */
  readonly apply: (context: TxContext, payload: P) => Fault | undefined;
};
