/**
 * Reads the frames of a gossip stream field by field, so that few fields at a time can be handed to the library. It would
 * handle all that has come in one turn of the event loop, which may be tens of thousands of messages.
 *
 *     stream    (varint length ‖ RPC)*
 *     RPC       (varint tag ‖ varint length ‖ bytes)*     tag = field << 3 | 2, field 1 subscriptions, 2 messages, 3 control
 *
 * Fields are repeated, so an RPC means the same when it is cut between two of them.
 */
import { concat } from '../src/lib/bytes.ts';
import { ByteQueue } from './frames.ts';
import { FIELD_BYTES_MAX, isHonestField } from './gossip-fields.ts';

/** The longest frame: an answer to IWANT holds all messages of several heartbeats. */
export const GOSSIP_FRAME_BYTES_MAX = 8 << 20;

/** What was read: up to where in the bytes, how many fields ended or frames without any, and frames of these fields. */
export type GossipCut = { readonly next: number; readonly fields: number; readonly frames: Uint8Array };

/**
 * Parses a gossip stream. It keeps the bytes of a field until all of them have come, and hands over none that an honest node
 * would not send (`gossip-fields.ts`).
 */
export class GossipFrames {
  #reading: 'frame' | 'tag' | 'length' = 'frame';
  #varint = 0;
  #varintBytes = 0;
  /** Bytes left of the frame, and of the field in it. */
  #frame = 0;
  #field = 0;
  /** The bytes that the field may have. */
  #fieldMax = 0;
  /** The beginning of a field, from its tag on. */
  readonly #begun = new ByteQueue();

  /** Reads bytes from `from` on, at most to the end of the `most`th field. Undefined if they are not an honest gossip stream. */
  read(bytes: Uint8Array, from: number, most: number): GossipCut | undefined {
    const frames: Uint8Array[] = [];
    let rpc: Uint8Array[] = [];
    let fields = 0;
    let at = from;
    /** Where the field begins that is read, or what is left of it. */
    let start = from;
    const cut = (): void => {
      if (rpc.length > 0) frames.push(...framed(rpc));
      rpc = [];
    };
    while (at < bytes.length && fields < most) {
      if (this.#field > 0) {
        const taken = Math.min(this.#field, bytes.length - at);
        at += taken;
        this.#field -= taken;
        this.#frame -= taken;
      } else {
        const value = this.#readVarint(bytes[at] ?? 0);
        at += 1;
        if (value === 'malformed') return undefined;
        if (value === 'more') continue;
        const was = this.#reading;
        if (!this.#step(value)) return undefined;
        if (was === 'frame') start = at;
        if (was === 'frame' ? this.#frame > 0 : was === 'tag') continue;
      }
      if (this.#field > 0) continue;
      // A field has ended, or a frame without one has begun.
      fields += 1;
      if (at > start || this.#begun.size > 0) {
        const field = this.#whole(bytes.subarray(start, at));
        if (!isHonestField(field)) return undefined;
        rpc.push(field);
        start = at;
      }
      if (this.#frame > 0) continue;
      this.#reading = 'frame';
      cut();
    }
    cut();
    if (this.#reading !== 'frame') this.#begun.push(bytes.subarray(start, at));
    return { next: at, fields, frames: concat(...frames) };
  }

  #whole(end: Uint8Array): Uint8Array {
    if (this.#begun.size === 0) return end;
    this.#begun.push(end);
    return this.#begun.take(this.#begun.size);
  }

  #step(value: number): boolean {
    switch (this.#reading) {
      case 'frame':
        this.#frame = value;
        this.#reading = value === 0 ? 'frame' : 'tag';
        return value <= GOSSIP_FRAME_BYTES_MAX;
      case 'tag':
        this.#reading = 'length';
        this.#fieldMax = FIELD_BYTES_MAX.get(value) ?? -1;
        // A tag must be followed by the length of its field.
        return this.#fieldMax >= 0 && this.#frame > 0;
      default:
        this.#field = value;
        this.#reading = 'tag';
        return value <= this.#frame && value <= this.#fieldMax;
    }
  }

  /** Reads one byte of an unsigned LEB128 number of at most five bytes. */
  #readVarint(byte: number): number | 'more' | 'malformed' {
    if (this.#reading !== 'frame') {
      if (this.#frame === 0) return 'malformed';
      this.#frame -= 1;
    }
    this.#varint += (byte & 0x7f) * 2 ** (7 * this.#varintBytes);
    this.#varintBytes += 1;
    if (byte >= 0x80) return this.#varintBytes < 5 ? 'more' : 'malformed';
    const value = this.#varint;
    this.#varint = 0;
    this.#varintBytes = 0;
    return value;
  }
}

/** A frame of these fields. */
const framed = (fields: readonly Uint8Array[]): readonly Uint8Array[] => {
  const length: number[] = [];
  let rest = fields.reduce((sum, field) => sum + field.length, 0);
  for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return [Uint8Array.from([...length, rest]), ...fields];
};
