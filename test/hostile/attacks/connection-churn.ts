import { type Attack, sentByAll, type Target } from '../attack.ts';
import { connectRawStranger } from '../raw-stranger.ts';

const STRANGERS = 16;
/** The bytes of a handshake, about. */
const HANDSHAKE_BYTES = 300;

/** Authenticates itself under a new name, and leaves. */
const churn = async ({ p2p }: Target, signal: AbortSignal): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    const stranger = await connectRawStranger(p2p.multiaddr).catch(() => undefined);
    sent += HANDSHAKE_BYTES;
    await stranger?.stop();
  }
  return sent;
};

export const attack: Attack = {
  name: 'connection-churn',
  what: `${STRANGERS} strangers connect to each node under a new name again and again.`,
  run: async ({ targets }, signal) => {
    const churns = targets.flatMap((target) =>
      Array.from({ length: STRANGERS }, () => churn(target, signal)),
    );
    return sentByAll(churns);
  },
};
