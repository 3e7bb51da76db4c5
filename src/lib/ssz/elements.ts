/** The elements of an encoded list whose elements vary in size, found one by one where they stand. */

/** The length of an offset (uint32, little-endian): the encoding begins with one for each element. */
export const OFFSET_BYTES = 4;

/** The elements of an encoded list. Nothing of it is decoded or copied until an element is asked for. */
export type Elements = {
  readonly count: number;
  /** Returns the encoding of an element, a view of the bytes of the list; undefined past the last one. */
  readonly at: (index: number) => Uint8Array | undefined;
};

const NO_ELEMENTS: Elements = { count: 0, at: () => undefined };

/**
 * Returns the elements of an encoded list. The bytes must be what the type of the list has encoded: they are not checked.
 *
 * Source: ssz/simple-serialize, "Vectors, containers, lists".
 */
export const elementsOf = (bytes: Uint8Array): Elements => {
  if (bytes.length === 0) return NO_ELEMENTS;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offsets = data.getUint32(0, true);
  return {
    count: Math.floor(offsets / OFFSET_BYTES),
    at: (index) => {
      const place = OFFSET_BYTES * index;
      if (place >= offsets) return undefined;
      const next = place + OFFSET_BYTES;
      const end = next < offsets ? data.getUint32(next, true) : bytes.length;
      return bytes.subarray(data.getUint32(place, true), end);
    },
  };
};
