/** What the SSZ types of this folder are made of. */
import type { SszCodec } from '../platform.ts';

/** A place in bytes that are decoded. */
export type Source = { readonly bytes: Uint8Array; readonly view: DataView };

export type Codec = SszCodec & {
  /** The number of bytes of every encoding; undefined if it depends on the value. */
  readonly fixedSize: number | undefined;
  /** Whether several values share a chunk of a tree. */
  readonly basic: boolean;
  readonly sizeOf: (value: unknown) => number;
  readonly write: (value: unknown, into: Source, at: number) => void;
  /** Reads the value of bytes [from, to). @throws Error if they are not its canonical encoding */
  readonly read: (source: Source, from: number, to: number) => unknown;
};

export const OFFSET_BYTES = 4;

export const refuse = (why: string): never => {
  throw new Error(why);
};

const sourceOf = (bytes: Uint8Array): Source => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
});

export const codec = (parts: Omit<Codec, 'serialize' | 'deserialize'>): Codec => ({
  ...parts,
  serialize: (value) => {
    const into = sourceOf(new Uint8Array(parts.sizeOf(value)));
    parts.write(value, into, 0);
    return into.bytes;
  },
  deserialize: (bytes) => {
    if (parts.fixedSize !== undefined && bytes.length !== parts.fixedSize)
      return refuse(`expected ${parts.fixedSize} bytes, got ${bytes.length}`);
    return parts.read(sourceOf(bytes), 0, bytes.length);
  },
});

/** Every codec that a function of this folder is given was made by {@link codec}. */
export const own = (given: SszCodec): Codec => given as Codec;

/** The bytes that a value takes where others stand beside it: itself, or its offset. */
export const headSize = ({ fixedSize }: Codec): number => fixedSize ?? OFFSET_BYTES;

/** Writes values beside each other: each itself or, if its size varies, its offset and then itself behind all. */
export const writeSeries = (
  series: readonly { readonly type: Codec; readonly value: unknown }[],
  into: Source,
  at: number,
): void => {
  let head = at;
  let tail = at + series.reduce((sum, { type }) => sum + headSize(type), 0);
  for (const { type, value } of series) {
    if (type.fixedSize === undefined) {
      into.view.setUint32(head, tail - at, true);
      type.write(value, into, tail);
      tail += type.sizeOf(value);
    } else type.write(value, into, head);
    head += headSize(type);
  }
};

/** Reads what {@link writeSeries} wrote to bytes [from, to). */
export const readSeries = (types: readonly Codec[], source: Source, from: number, to: number): unknown[] => {
  const heads = types.reduce((sum, type) => sum + headSize(type), 0);
  if (to - from < heads) return refuse(`expected at least ${heads} bytes, got ${to - from}`);
  // The offsets, which must ascend and leave no gap.
  const offsets: number[] = [];
  let head = from;
  for (const type of types) {
    if (type.fixedSize === undefined) {
      const offset = source.view.getUint32(head, true);
      const least = offsets.at(-1) ?? heads;
      if (offset < least || offset > to - from || (offsets.length === 0 && offset !== heads))
        return refuse(`the offset ${offset} is out of order`);
      offsets.push(offset);
    }
    head += headSize(type);
  }
  if (offsets.length === 0 && to - from !== heads) return refuse(`expected ${heads} bytes, got ${to - from}`);
  head = from;
  let next = 0;
  return types.map((type) => {
    const start = head;
    head += headSize(type);
    if (type.fixedSize !== undefined) return type.read(source, start, head);
    const begin = offsets[next] ?? 0;
    next += 1;
    return type.read(source, from + begin, from + (offsets[next] ?? to - from));
  });
};
