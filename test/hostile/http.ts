/** What a stranger does over HTTP: posts bodies again and again, or opens sockets and does with them what no client does. */
import { connect, type Socket } from 'node:net';
import { sentByAll, type Target } from './attack.ts';

const HEAD = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
/** The pause after a refused connection. */
const PAUSE_MS = 10;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The head of a request with a body of so many bytes. */
export const headOf = (length: number): string => `${HEAD}content-length: ${length}\r\n\r\n`;

/** The head of a request whose body comes in chunks. */
export const CHUNKED_HEAD = `${HEAD}transfer-encoding: chunked\r\n\r\n`;

/** Posts a body again and again, `callers` at a time. Returns the bytes that were sent. */
export const postAgain = async (
  { rpc }: Target,
  body: (turn: number) => string,
  callers: number,
  signal: AbortSignal,
): Promise<number> => {
  let sent = 0;
  const caller = async (first: number): Promise<void> => {
    for (let turn = first; !signal.aborted; turn += callers) {
      const text = body(turn);
      sent += text.length;
      await fetch(rpc, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: text,
        signal,
      })
        .then((answer) => answer.arrayBuffer())
        // A refusal or a closed connection is what the attack is after, so neither ends it.
        .catch(() => pause(PAUSE_MS));
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, i) => caller(i)));
  return sent;
};

/** What is done with an open socket until it is closed. Returns the bytes that were sent. */
type Use = (socket: Socket, signal: AbortSignal) => Promise<number>;

/**
 * Keeps so many sockets open, each used as `use` says, and opens another one for each that is closed.
 *
 * @param from - the addresses that they come from, in turn; that of the honest users unless given
 */
export const keepSockets = async (
  { rpc }: Target,
  count: number,
  use: Use,
  signal: AbortSignal,
  from: readonly string[] = [],
): Promise<number> => {
  const { hostname, port } = new URL(rpc);
  let sent = 0;
  const keep = async (localAddress: string | undefined): Promise<void> => {
    while (!signal.aborted) {
      const socket = connect({ port: Number(port), host: hostname, localAddress });
      socket.on('error', () => undefined);
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      const end = (): void => {
        socket.destroy();
      };
      signal.addEventListener('abort', end, { once: true });
      const gone = new AbortController();
      void closed.then(() => gone.abort());
      // Read after the wait: the others add to it meanwhile.
      const bytes = await use(socket, gone.signal);
      sent += bytes;
      await closed;
      signal.removeEventListener('abort', end);
      if (!signal.aborted) await pause(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: count }, (_, i) => keep(from[i % from.length])));
  return sent;
};

/** Sends a text, then a byte at a time until the socket is closed. */
export const drip =
  (begin: string, each: string, everyMs: number): Use =>
  async (socket, gone) => {
    let sent = begin.length;
    socket.write(begin);
    while (!gone.aborted) {
      await pause(everyMs);
      if (!gone.aborted) socket.write(each);
      sent += each.length;
    }
    return sent;
  };

/** The sum of what is done to each target at the same time. */
export const onEach = async (
  targets: readonly Target[],
  run: (target: Target) => Promise<number>,
): Promise<number> => sentByAll(targets.map(run));

/** The text of one call. */
export const callOf = (method: string, params: string): string =>
  `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`;
