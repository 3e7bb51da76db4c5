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
  isBasicType,
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
import { sha256Blocks } from './hash.ts';

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

const CHUNK = 32;
/** The most elements whose trees are hashed at a time, which bounds the buffer: 512 KiB for elements of four fields. */
const SLAB = 4_096;

/** Whether every field of a struct fills one leaf of its tree. */
const isFlat = (type: Type<unknown>): type is ContainerType<Record<string, Type<unknown>>> =>
  type instanceof ContainerType &&
  Object.values(type.fields as Record<string, Type<unknown>>).every(
    (field) => isBasicType(field) || (field instanceof ByteVectorType && field.lengthBytes <= CHUNK),
  );

/** Room for the roots of so many elements: two of them make a block, and the last one may be filled up with zeros. */
const roomForRoots = (length: number): Uint8Array => new Uint8Array(Math.ceil(length / 2) * 2 * CHUNK);

/** Writes the root of a list of which the roots of the elements stand in one buffer, which it may use as its own. */
const writeListRoot = (
  roots: Uint8Array,
  length: number,
  limit: number,
  output: Uint8Array,
  offset: number,
): void => {
  const block = new Uint8Array(2 * CHUNK);
  hashtreeHasher.merkleizeBlocksBytes(roots, limit, block, 0);
  new DataView(block.buffer).setUint32(CHUNK, length, true);
  output.set(sha256Blocks(block), offset);
};

/** A list of byte strings of one chunk, which are their own roots. The library cuts each level into blocks again. */
class RootListType extends ListCompositeType<ByteVectorType> {
  override hashTreeRootInto(value: readonly Uint8Array[], output: Uint8Array, offset: number): void {
    const roots = roomForRoots(value.length);
    for (let i = 0; i < value.length; i++) roots.set(value[i] ?? [], i * CHUNK);
    writeListRoot(roots, value.length, this.limit, output, offset);
  }
}

/**
 * A list of flat structs. The trees of all elements are hashed level by level in one buffer, with one call of the native
 * hasher for each level. The library hashes them element by element, which takes about six times as long.
 */
class FlatListType extends ListCompositeType<ContainerType<Record<string, Type<unknown>>>> {
  override hashTreeRootInto(
    value: readonly Readonly<Record<string, unknown>>[],
    output: Uint8Array,
    offset: number,
  ): void {
    const roots = roomForRoots(value.length);
    for (let first = 0; first < value.length; first += SLAB)
      roots.set(this.#elementRoots(value.slice(first, first + SLAB)), first * CHUNK);
    writeListRoot(roots, value.length, this.limit, output, offset);
  }

  #elementRoots(elements: readonly Readonly<Record<string, unknown>>[]): Uint8Array {
    const { fieldsEntries, depth } = this.elementType;
    const width = 2 ** depth * CHUNK;
    const uint8Array = new Uint8Array(elements.length * width);
    const buffers = { uint8Array, dataView: new DataView(uint8Array.buffer) };
    for (let i = 0; i < elements.length; i++)
      for (let field = 0; field < fieldsEntries.length; field++) {
        const entry = fieldsEntries[field];
        entry?.fieldType.value_serializeToBytes(
          buffers,
          i * width + field * CHUNK,
          elements[i]?.[String(entry.fieldName)],
        );
      }
    let layer: Uint8Array = uint8Array;
    for (let level = 0; level < depth; level++) layer = sha256Blocks(layer);
    return layer;
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
  if (isFlat(type)) return new FlatListType(type, limit);
  if (type instanceof ByteVectorType && type.lengthBytes === CHUNK) return new RootListType(type, limit);
  return isCompositeType(type)
    ? new ListCompositeType(type, limit)
    : new ListBasicType(type as UintNumberType, limit);
};

export const bitList: SszPlatform['bitList'] = (limit) => new BitListType(limit);
export const bitsOf: SszPlatform['bitsOf'] = (booleans) => BitArray.fromBoolArray([...booleans]);
export const booleansOf: SszPlatform['booleansOf'] = (bits) => (bits as BitArray).toBoolArray();

export const optional: SszPlatform['optional'] = (element) => new OptionalType(typeOf(element));
export const union: SszPlatform['union'] = (variants) => new StrictUnionType(variants.map(typeOf));
