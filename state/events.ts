import type { Json } from '../src/lib/ssz.ts';

/** What happened, for those who watch: never read by execution. Amounts are decimal strings, bytes 0x-hex. */
export type ChainEvent = { readonly type: string; readonly data: { readonly [key: string]: Json } };
