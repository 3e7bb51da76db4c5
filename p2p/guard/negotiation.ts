/**
 * Follows what the other side of a connection or stream sends while a protocol is negotiated (multistream-select 1.0), and
 * says at the first wrong byte that it is wrong. The library reads such bytes one per turn of the event loop, retries a
 * length that does not end, and looks at its limits afterwards, so it must never see them.
 *
 *     side      header ‖ line+
 *     header    0x13 ‖ "/multistream/1.0.0\n"
 *     line      length ‖ text ‖ "\n"             length: one byte, 1 to 127, of text and newline together
 */

const HEADER = new Uint8Array(Buffer.from('\x13/multistream/1.0.0\n', 'latin1'));
/** The longest line: one whose length is a varint of one byte. No protocol of a node has a longer name. */
const LINE_BYTES_MAX = 127;
const NEWLINE = 0x0a;

/** What a message that is read byte by byte has come to: its end in `bytes`, and the message once it is whole. */
type Taken = { readonly next: number; readonly message: Uint8Array | undefined };

/** Reads messages with a varint length before each, from bytes that arrive in any pieces. */
export class LengthPrefixed {
  readonly #longest: number;
  #length = 0;
  #lengthBytes = 0;
  #body: Uint8Array | undefined;
  #filled = 0;

  /** @param longest - the most bytes of a message */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Takes bytes from `from` on until one message is whole. Undefined if its length does not end or is too long. */
  take(bytes: Uint8Array, from: number): Taken | undefined {
    let at = from;
    while (this.#body === undefined && at < bytes.length) {
      const byte = bytes[at] ?? 0;
      at += 1;
      this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes;
      this.#lengthBytes += 1;
      if (this.#length > this.#longest) return undefined;
      if (byte >= 0x80) {
        // Another byte can only make it longer than the longest, or is a zero that no honest side writes.
        if (128 ** this.#lengthBytes > this.#longest) return undefined;
        continue;
      }
      this.#body = new Uint8Array(this.#length);
      this.#filled = 0;
    }
    if (this.#body === undefined) return { next: at, message: undefined };
    const end = Math.min(bytes.length, at + this.#body.length - this.#filled);
    this.#body.set(bytes.subarray(at, end), this.#filled);
    this.#filled += end - at;
    if (this.#filled < this.#body.length) return { next: end, message: undefined };
    const message = this.#body;
    this.#body = undefined;
    this.#length = 0;
    this.#lengthBytes = 0;
    return { next: end, message };
  }
}

export type NegotiationOptions = {
  /** Whether a line ends the negotiation. */
  readonly ends: (line: string) => boolean;
  /** How many lines there may be. */
  readonly lines: number;
};

/** What the bytes so far amount to; `rest` is where those begin that no longer belong to the negotiation. */
export type Negotiated =
  | { readonly type: 'more' }
  | { readonly type: 'done'; readonly line: string; readonly rest: number }
  | { readonly type: 'refused'; readonly reason: string };

const refused = (reason: string): Negotiated => ({ type: 'refused', reason });

export class Negotiation {
  readonly #options: NegotiationOptions;
  readonly #reader = new LengthPrefixed(LINE_BYTES_MAX);
  #headerBytes = 0;
  #lines = 0;

  constructor(options: NegotiationOptions) {
    this.#options = options;
  }

  /** Takes the next bytes of the other side. After `done` and `refused` it must not be called again. */
  feed(bytes: Uint8Array): Negotiated {
    let at = 0;
    for (; this.#headerBytes < HEADER.length && at < bytes.length; at++) {
      if (bytes[at] !== HEADER[this.#headerBytes]) return refused('it does not begin with the header');
      this.#headerBytes += 1;
    }
    while (at < bytes.length) {
      const taken = this.#reader.take(bytes, at);
      if (taken === undefined) return refused('a line is too long');
      at = taken.next;
      if (taken.message === undefined) continue;
      const line = lineOf(taken.message);
      if (line === undefined) return refused('a line does not end in a newline');
      if (this.#options.ends(line)) return { type: 'done', line, rest: at };
      this.#lines += 1;
      if (this.#lines >= this.#options.lines) return refused('too many lines');
    }
    return { type: 'more' };
  }
}

const lineOf = (message: Uint8Array): string | undefined =>
  message.at(-1) === NEWLINE ? Buffer.from(message.subarray(0, -1)).toString('latin1') : undefined;
