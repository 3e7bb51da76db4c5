import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { connectRawStranger } from '../raw-stranger.ts';

const SYBILS = 64;
const LOOK_MS = 100;
const PAUSE_MS = 1_000;
const HANDSHAKE_BYTES = 300;

/** Holds a place for as long as the node lets it, and comes back under a new name. */
const hold = async ({ p2p }: Target, signal: AbortSignal): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    const stranger = await connectRawStranger(p2p.multiaddr).catch(() => undefined);
    sent += HANDSHAKE_BYTES;
    while (!signal.aborted && stranger?.isConnected()) await sleep(LOOK_MS);
    await stranger?.stop();
    if (!signal.aborted) await sleep(PAUSE_MS);
  }
  return sent;
};

export const attack: Attack = {
  name: 'sybils',
  what: `${SYBILS} peers with names of their own hold the places of strangers at each node, and do nothing.`,
  run: async ({ targets }, signal) => {
    const held = targets.flatMap((target) => Array.from({ length: SYBILS }, () => hold(target, signal)));
    return sentByAll(held);
  },
};
