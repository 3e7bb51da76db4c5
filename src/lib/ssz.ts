/**
 * SSZ (Ethereum consensus specs, ssz/simple-serialize): the types of everything that is hashed, signed, sent or stored.
 *
 * A value out of range throws `SSZ_RANGE` when it is encoded, because it is a bug here. Bytes that are not the one
 * canonical encoding of a value are a returned fault (`SSZ_DECODE`), because a peer sent them. The JSON form depends on
 * the type, never on the value: uint64 and wider are decimal strings, narrower integers are numbers, bytes are 0x-hex.
 */
export { address20, byteList, bytes, root32, signature65 } from './ssz/bytes.ts';
export { container } from './ssz/container.ts';
export { type Elements, elementsOf, OFFSET_BYTES } from './ssz/elements.ts';
export { boolean, uint8, uint16, uint32, uint64, uint128, uint256 } from './ssz/integers.ts';
export { bitlist, list } from './ssz/list.ts';
export { mapped } from './ssz/mapped.ts';
export { optional } from './ssz/optional.ts';
export { text } from './ssz/text.ts';
export type { Json, JsonSchema, Ssz, ValueOf } from './ssz/type.ts';
export { union } from './ssz/union.ts';
export { withDefault } from './ssz/with-default.ts';
