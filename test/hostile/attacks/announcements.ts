import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANNOUNCED_ROOTS_MAX } from '../../../p2p/protocols.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { comeBack } from '../stranger.ts';

const STRANGERS = 4;
/** Announcements of each stranger: so many, and again after so long. */
const BURST = 20;
const PAUSE_MS = 50;

const randomRoots = (): readonly Root[] => {
  const bytes = randomBytes(32 * ANNOUNCED_ROOTS_MAX);
  return Array.from(
    { length: ANNOUNCED_ROOTS_MAX },
    (_, i) => bytes.subarray(32 * i, 32 * (i + 1)) as Uint8Array as Root,
  );
};

/** Announces until it is banned or disconnected, then comes back under another key. */
const flood = (target: Target, signal: AbortSignal): Promise<number> =>
  comeBack(target, signal, {}, async (stranger) => {
    while (stranger.isConnected() && !signal.aborted) {
      for (let i = 0; i < BURST; i++) await stranger.announce(randomRoots());
      await sleep(PAUSE_MS);
    }
  });

export const attack: Attack = {
  name: 'announcements',
  what: `${STRANGERS} strangers at each node announce content that nobody wants, ${ANNOUNCED_ROOTS_MAX} roots in each message, and come back under new keys.`,
  run: async ({ targets }, signal) =>
    sentByAll(targets.flatMap((target) => Array.from({ length: STRANGERS }, () => flood(target, signal)))),
};
