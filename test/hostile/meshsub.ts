/** Bytes of the gossip protocol as no library would write them. */
import { concat } from '../../src/lib/bytes.ts';

export const MESHSUB = '/meshsub/1.2.0';

/** An unsigned LEB128 number. */
export const varint = (value: number): Uint8Array =>
  value < 0x80
    ? Uint8Array.of(value)
    : concat(Uint8Array.of((value & 0x7f) | 0x80), varint(Math.floor(value / 128)));

/** A field of a protobuf that has a length. */
export const field = (number: number, bytes: Uint8Array): Uint8Array =>
  concat(varint((number << 3) | 2), varint(bytes.length), bytes);

/** An RPC with its length before it. */
export const framed = (rpc: Uint8Array): Uint8Array => concat(varint(rpc.length), rpc);
