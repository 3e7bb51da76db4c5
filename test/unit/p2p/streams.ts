/**
 * Streams without a network: as those of yamux, one end takes a window of bytes, and more when the other end has read some.
 * Only what requests need of a stream is there. The test is the other end.
 */
import type { Stream } from '@libp2p/interface';
import { concat } from '../../../src/lib/bytes.ts';

const WINDOW = 256 << 10;

export type OtherEnd = {
  /** The end that the node has. */
  readonly stream: Stream;
  /** Sends bytes to the node. */
  readonly write: (bytes: Uint8Array) => void;
  /** Reads so many of the bytes that the node has sent, or fewer if there are no more. */
  readonly read: (most: number) => Uint8Array;
  /** Whether the node has reset the stream. */
  readonly isReset: () => boolean;
  /** Whether the node has closed the stream, and all that it sent was read. */
  readonly isRead: () => boolean;
  /** Bytes that the node holds to send them when the window opens. */
  readonly held: () => number;
};

export const openStream = (): OtherEnd => {
  const target = new EventTarget();
  const emit = (type: string, fields: object = {}): void => {
    target.dispatchEvent(Object.assign(new Event(type), fields));
  };
  let unsent: Uint8Array = new Uint8Array(0);
  let unread: Uint8Array = new Uint8Array(0);
  let waiting: Uint8Array[] = [];
  let window = WINDOW;
  let isReset = false;

  const state = {
    status: 'open',
    readStatus: 'readable',
    writeStatus: 'writable',
    readableEnded: false,
    writableNeedsDrain: false,
    writeBufferLength: 0,
  };
  const flush = (): void => {
    const count = Math.min(window, unsent.length);
    unread = concat(unread, unsent.subarray(0, count));
    unsent = unsent.slice(count);
    window -= count;
    state.writeBufferLength = unsent.length;
    const needed = state.writableNeedsDrain;
    state.writableNeedsDrain = unsent.length > 0;
    if (needed && count > 0) emit('drain');
    if (unsent.length === 0) emit('idle');
  };
  const deliver = (): void => {
    const bytes = concat(...waiting);
    waiting = [];
    if (bytes.length > 0) emit('message', { data: bytes });
  };
  const methods = {
    send: (bytes: Uint8Array): boolean => {
      if (state.writeStatus !== 'writable') throw new Error('the stream is closed');
      unsent = concat(unsent, bytes);
      flush();
      return unsent.length === 0;
    },
    pause: (): void => {
      state.readStatus = 'paused';
    },
    resume: (): void => {
      state.readStatus = 'readable';
      deliver();
    },
    close: async (): Promise<void> => {
      state.writeStatus = 'closed';
    },
    abort: (error: Error): void => {
      if (isReset) return;
      isReset = true;
      state.status = 'aborted';
      state.writeStatus = 'closed';
      state.readStatus = 'closed';
      unsent = new Uint8Array(0);
      emit('close', { error });
    },
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
  };
  const stream = Object.assign(state, methods) as Partial<Stream> as Stream;
  return {
    stream,
    write: (bytes) => {
      if (isReset) return;
      waiting.push(bytes);
      if (state.readStatus === 'readable') deliver();
    },
    read: (most) => {
      const bytes = unread.slice(0, most);
      unread = unread.slice(bytes.length);
      window += bytes.length;
      if (!isReset) flush();
      return bytes;
    },
    isReset: () => isReset,
    isRead: () => state.writeStatus === 'closed' && unsent.length + unread.length === 0,
    held: () => unsent.length,
  };
};
