/** SSZ by @chainsafe/ssz, with roots hashed by the native hashtree. */
import { setHasher } from '@chainsafe/persistent-merkle-tree';
import { hasher as hashtreeHasher } from '@chainsafe/persistent-merkle-tree/hasher/hashtree';
import {
  BitArray,
  BitListType,
  BooleanType,
  ByteListType,
  ByteVectorType,
  ContainerType,
  isCompositeType,
  ListBasicType,
  ListCompositeType,
  OptionalType,
  type Type,
  UintBigintType,
  UintNumberType,
  UnionType,
} from '@chainsafe/ssz';
import type { SszCodec, SszPlatform } from '../platform.ts';

setHasher(hashtreeHasher);

/** The codecs of this file are the types of the library, which has more methods than a codec needs. */
const typeOf = (codec: SszCodec): Type<unknown> => codec as Type<unknown>;

/** Refuses an empty encoding. The library would read its selector from the bytes of the field that follows. */
class StrictUnionType extends UnionType<Type<unknown>[]> {
  override value_deserializeFromBytes(
    ...args: Parameters<UnionType<Type<unknown>[]>['value_deserializeFromBytes']>
  ): ReturnType<UnionType<Type<unknown>[]>['value_deserializeFromBytes']> {
    const [, start, end] = args;
    if (start >= end) throw new Error('a union begins with its selector');
    return super.value_deserializeFromBytes(...args);
  }
}

export const byteVector: SszPlatform['byteVector'] = (length) => new ByteVectorType(length);
export const byteList: SszPlatform['byteList'] = (limit) => new ByteListType(limit);
export const uintNumber: SszPlatform['uintNumber'] = (byteLength) => new UintNumberType(byteLength);
export const uintBigint: SszPlatform['uintBigint'] = (byteLength) => new UintBigintType(byteLength);
export const bool: SszPlatform['bool'] = () => new BooleanType();

export const container: SszPlatform['container'] = (fields) =>
  new ContainerType(Object.fromEntries(fields.map(([name, codec]) => [name, typeOf(codec)])));

export const list: SszPlatform['list'] = (element, limit) => {
  const type = typeOf(element);
  return isCompositeType(type)
    ? new ListCompositeType(type, limit)
    : new ListBasicType(type as UintNumberType, limit);
};

export const bitList: SszPlatform['bitList'] = (limit) => new BitListType(limit);
export const bitsOf: SszPlatform['bitsOf'] = (booleans) => BitArray.fromBoolArray([...booleans]);
export const booleansOf: SszPlatform['booleansOf'] = (bits) => (bits as BitArray).toBoolArray();

export const optional: SszPlatform['optional'] = (element) => new OptionalType(typeOf(element));
export const union: SszPlatform['union'] = (variants) => new StrictUnionType(variants.map(typeOf));
