/**
 * SSZ without the library that Node uses, which needs the Buffer of Node. `test/unit/lib/ssz-web.test.ts` holds both
 * against each other: every encoding, root and refusal is the same.
 */
import type { SszPlatform } from '../platform.ts';
import { type Codec, codec, headSize, OFFSET_BYTES, own, readSeries, refuse, writeSeries } from './codec.ts';
import { chunksOf, merkleize, mixIn } from './merkle.ts';

const CHUNK = 32;

const chunksIn = (bytes: number): number => Math.ceil(bytes / CHUNK);

export const byteVector: SszPlatform['byteVector'] = (length) =>
  codec({
    fixedSize: length,
    maxSize: length,
    basic: false,
    sizeOf: () => length,
    write: (value, into, at) => into.bytes.set(value as Uint8Array, at),
    read: ({ bytes }, from, to) => bytes.slice(from, to),
    hashTreeRoot: (value) => merkleize(value as Uint8Array, chunksIn(length)),
  });

export const byteList: SszPlatform['byteList'] = (limit) =>
  codec({
    fixedSize: undefined,
    maxSize: limit,
    basic: false,
    sizeOf: (value) => (value as Uint8Array).length,
    write: (value, into, at) => into.bytes.set(value as Uint8Array, at),
    read: ({ bytes }, from, to) =>
      to - from <= limit ? bytes.slice(from, to) : refuse(`expected at most ${limit} bytes`),
    hashTreeRoot: (value) => {
      const bytes = value as Uint8Array;
      return mixIn(merkleize(bytes, chunksIn(limit)), bytes.length);
    },
  });

type Basic = Pick<Codec, 'write' | 'read'> & { readonly size: number };

const basic = ({ size, write, read }: Basic): Codec => {
  const made: Codec = codec({
    fixedSize: size,
    maxSize: size,
    basic: true,
    sizeOf: () => size,
    write,
    read,
    hashTreeRoot: (value) => merkleize(made.serialize(value), 1),
  });
  return made;
};

export const uintNumber: SszPlatform['uintNumber'] = (byteLength) =>
  basic({
    size: byteLength,
    write: (value, { bytes }, at) => {
      for (let i = 0; i < byteLength; i++) bytes[at + i] = Number(value) >>> (8 * i);
    },
    read: ({ bytes }, from) => {
      let value = 0;
      for (let i = byteLength - 1; i >= 0; i--) value = 256 * value + (bytes[from + i] ?? 0);
      return value;
    },
  });

export const uintBigint: SszPlatform['uintBigint'] = (byteLength) =>
  basic({
    size: byteLength,
    write: (value, { view }, at) => {
      let rest = value as bigint;
      for (let i = 0; i < byteLength; i += 8, rest >>= 64n) view.setBigUint64(at + i, rest, true);
    },
    read: ({ view }, from) => {
      let value = 0n;
      for (let i = byteLength - 8; i >= 0; i -= 8) value = (value << 64n) | view.getBigUint64(from + i, true);
      return value;
    },
  });

export const bool: SszPlatform['bool'] = () =>
  basic({
    size: 1,
    write: (value, { bytes }, at) => {
      bytes[at] = value === true ? 1 : 0;
    },
    read: ({ bytes }, from) => {
      const byte = bytes[from] ?? 0;
      return byte > 1 ? refuse(`a boolean is 0 or 1, got ${byte}`) : byte === 1;
    },
  });

export const container: SszPlatform['container'] = (fields) => {
  const types = fields.map(([, type]) => own(type));
  const fixed = types.every(({ fixedSize }) => fixedSize !== undefined);
  const heads = types.reduce((sum, type) => sum + headSize(type), 0);
  const fieldsOf = (value: unknown) =>
    fields.map(([name, type]) => ({
      type: own(type),
      value: (value as Readonly<Record<string, unknown>>)[name],
    }));
  return codec({
    fixedSize: fixed ? heads : undefined,
    maxSize: types.reduce((sum, { fixedSize, maxSize }) => sum + (fixedSize ?? OFFSET_BYTES + maxSize), 0),
    basic: false,
    sizeOf: (value) =>
      fieldsOf(value).reduce(
        (sum, { type, value: field }) => sum + (type.fixedSize ?? OFFSET_BYTES + type.sizeOf(field)),
        0,
      ),
    write: (value, into, at) => writeSeries(fieldsOf(value), into, at),
    read: (source, from, to) => {
      const values = readSeries(types, source, from, to);
      return Object.fromEntries(fields.map(([name], i) => [name, values[i]]));
    },
    hashTreeRoot: (value) =>
      merkleize(
        chunksOf(fieldsOf(value).map(({ type, value: field }) => type.hashTreeRoot(field))),
        fields.length,
      ),
  });
};

export const list: SszPlatform['list'] = (element, limit) => {
  const type = own(element);
  const { fixedSize } = type;
  const most = (count: number): number =>
    count <= limit ? count : refuse(`expected at most ${limit} elements, got ${count}`);
  const seriesOf = (value: unknown) => (value as readonly unknown[]).map((each) => ({ type, value: each }));
  /** Returns the number of elements in bytes [from, to). */
  const countIn = (view: DataView, from: number, to: number): number => {
    const step = fixedSize ?? OFFSET_BYTES;
    if (from === to) return 0;
    if (fixedSize === undefined && to - from < OFFSET_BYTES) return refuse('an offset is cut short');
    const bytes = fixedSize === undefined ? view.getUint32(from, true) : to - from;
    if (bytes === 0 || bytes % step !== 0) return refuse(`${bytes} bytes are no multiple of ${step}`);
    return most(bytes / step);
  };
  const made: Codec = codec({
    fixedSize: undefined,
    maxSize: limit * (fixedSize ?? OFFSET_BYTES + type.maxSize),
    basic: false,
    sizeOf: (value) =>
      fixedSize === undefined
        ? (value as readonly unknown[]).reduce<number>(
            (sum, each) => sum + OFFSET_BYTES + type.sizeOf(each),
            0,
          )
        : fixedSize * (value as readonly unknown[]).length,
    write: (value, into, at) => writeSeries(seriesOf(value), into, at),
    read: (source, from, to) => {
      const count = countIn(source.view, from, to);
      return readSeries(
        Array.from({ length: count }, () => type),
        source,
        from,
        to,
      );
    },
    hashTreeRoot: (value) => {
      const values = value as readonly unknown[];
      const root =
        type.basic && fixedSize !== undefined
          ? merkleize(made.serialize(value), chunksIn(limit * fixedSize))
          : merkleize(chunksOf(values.map((each) => type.hashTreeRoot(each))), limit);
      return mixIn(root, values.length);
    },
  });
  return made;
};

export const bitsOf: SszPlatform['bitsOf'] = (booleans) => booleans;
export const booleansOf: SszPlatform['booleansOf'] = (bits) => bits as readonly boolean[];

/** The bits as bytes, the first bit lowest, behind which one set bit marks the end if `marked`. */
const packed = (bits: readonly boolean[], marked: boolean): Uint8Array => {
  const all = marked ? [...bits, true] : bits;
  const bytes = new Uint8Array(Math.ceil(all.length / 8));
  for (const [i, bit] of all.entries()) if (bit) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7));
  return bytes;
};

export const bitList: SszPlatform['bitList'] = (limit) =>
  codec({
    fixedSize: undefined,
    // One byte too many for most limits, as in the library of Node: it bounds what is read, and no value has it.
    maxSize: Math.ceil(limit / 8) + 1,
    basic: false,
    sizeOf: (value) => ((value as readonly boolean[]).length >> 3) + 1,
    write: (value, into, at) => into.bytes.set(packed(value as readonly boolean[], true), at),
    read: ({ bytes }, from, to) => {
      const last = to > from ? (bytes[to - 1] ?? 0) : 0;
      if (last === 0) return refuse('the bit that marks the end of a list is missing');
      const length = 8 * (to - from - 1) + 31 - Math.clz32(last);
      if (length > limit) return refuse(`expected at most ${limit} bits, got ${length}`);
      return Array.from({ length }, (_, i) => (((bytes[from + (i >> 3)] ?? 0) >> (i & 7)) & 1) === 1);
    },
    hashTreeRoot: (value) => {
      const bits = value as readonly boolean[];
      return mixIn(merkleize(packed(bits, false), chunksIn(Math.ceil(limit / 8))), bits.length);
    },
  });

export const optional: SszPlatform['optional'] = (element) => {
  const type = own(element);
  return codec({
    fixedSize: undefined,
    maxSize: 1 + type.maxSize,
    basic: false,
    sizeOf: (value) => (value === null ? 0 : 1 + type.sizeOf(value)),
    write: (value, into, at) => {
      if (value === null) return;
      into.bytes[at] = 1;
      type.write(value, into, at + 1);
    },
    read: (source, from, to) => {
      if (from === to) return null;
      if (source.bytes[from] !== 1) return refuse('an optional value begins with 1');
      return readSelected(type, source, from + 1, to);
    },
    hashTreeRoot: (value) =>
      value === null ? mixIn(new Uint8Array(CHUNK), 0) : mixIn(type.hashTreeRoot(value), 1),
  });
};

export const union: SszPlatform['union'] = (variants) => {
  const types = variants.map(own);
  type Selected = { readonly selector: number; readonly value: unknown };
  const typeAt = (selector: number | undefined): Codec =>
    (selector === undefined ? undefined : types[selector]) ?? refuse(`${selector} selects no variant`);
  return codec({
    fixedSize: undefined,
    maxSize: 1 + Math.max(...types.map(({ maxSize }) => maxSize)),
    basic: false,
    sizeOf: (value) => 1 + typeAt((value as Selected).selector).sizeOf((value as Selected).value),
    write: (given, into, at) => {
      const { selector, value } = given as Selected;
      into.bytes[at] = selector;
      typeAt(selector).write(value, into, at + 1);
    },
    read: (source, from, to) => {
      if (from === to) return refuse('a union begins with its selector');
      const selector = source.bytes[from] ?? 0;
      return { selector, value: readSelected(typeAt(selector), source, from + 1, to) };
    },
    hashTreeRoot: (given) => {
      const { selector, value } = given as Selected;
      return mixIn(typeAt(selector).hashTreeRoot(value), selector);
    },
  });
};

/** Reads a value that takes all of bytes [from, to). */
const readSelected = (
  type: Codec,
  source: Parameters<Codec['read']>[0],
  from: number,
  to: number,
): unknown =>
  type.fixedSize === undefined || type.fixedSize === to - from
    ? type.read(source, from, to)
    : refuse(`expected ${type.fixedSize} bytes, got ${to - from}`);
