/** Values of the state by their SSZ types. What is stored was encoded here, so bytes that do not decode are a bug. */
import { unwrap } from '../../../src/lib/errors.ts';
import { throwFault } from '../../../src/lib/lib-errors.ts';
import { elementsOf, type Ssz } from '../../../src/lib/ssz.ts';
import { type Key, keyText, type ReadView, type View } from '../../view.ts';

export const load = <T>(view: ReadView, key: Key, type: Ssz<T>): T | undefined => {
  const bytes = view.get(key);
  return bytes === undefined ? undefined : unwrap(type.decode(bytes));
};

/** Returns a value that must be stored according to the rules. */
export const loadKnown = <T>(view: ReadView, key: Key, type: Ssz<T>): T => {
  const value = load(view, key, type);
  return value ?? throwFault('INTERNAL_INVARIANT', `${keyText(key)} is stored`);
};

export const save = <T>(view: View, key: Key, type: Ssz<T>, value: T): void => {
  view.set(key, type.encode(value));
};

/**
 * Returns a lookup of single elements of a stored SSZ list, without decoding the others: of a list whose elements all have
 * `size` bytes, which stand one after the other. The list is read once.
 */
export const fixedElements = <T>(
  view: ReadView,
  key: Key,
  element: Ssz<T>,
  size: number,
): ((index: number) => T | undefined) => {
  const stored = view.get(key);
  return (index) => {
    const bytes = stored?.subarray(index * size, (index + 1) * size);
    return bytes === undefined || bytes.length === 0 ? undefined : unwrap(element.decode(bytes));
  };
};

/** One of the elements, like {@link fixedElements}, but for a list whose elements vary in size: their offsets come first. */
export const loadElement = <T>(view: ReadView, key: Key, element: Ssz<T>, index: number): T | undefined => {
  const bytes = view.get(key);
  const encoded = bytes === undefined ? undefined : elementsOf(bytes).at(index);
  return encoded === undefined ? undefined : unwrap(element.decode(encoded));
};

/**
 * The first element of a stored SSZ list that `isIt` says it is, by its encoding: of a list whose elements vary in size,
 * which is their offsets (uint32, little-endian), then they.
 */
export const findElement = <T>(
  view: ReadView,
  key: Key,
  element: Ssz<T>,
  isIt: (encoded: DataView) => boolean,
): T | undefined => {
  const bytes = view.get(key);
  if (bytes === undefined || bytes.length === 0) return undefined;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const ends = data.getUint32(0, true);
  for (let at = 0; at < ends; at += 4) {
    const start = data.getUint32(at, true);
    const end = at + 4 < ends ? data.getUint32(at + 4, true) : bytes.length;
    if (isIt(new DataView(bytes.buffer, bytes.byteOffset + start, end - start)))
      return unwrap(element.decode(bytes.subarray(start, end)));
  }
  return undefined;
};
