import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeMessage, type Message, NIL } from '../../../consensus/messages.ts';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { FIRST_ROUND, toHeight, toRound } from '../../../src/lib/brands.ts';
import { type Commit, MAX_VALIDATORS } from '../../../src/lib/chain.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { comeBack } from '../stranger.ts';

const STRANGERS = 3;
/** Messages that are published before the event loop gets a turn. */
const BURST = 50;
const HEIGHT = toHeight(1n);

/** The longest certificate there is, of a height that is decided. Nothing of it is verified. */
const longest = (): Message => ({
  type: 'round',
  certificate: {
    height: HEIGHT,
    round: toRound(1),
    votes: Array.from({ length: MAX_VALIDATORS }, (_, validator) => ({
      type: 'precommit',
      height: HEIGHT,
      round: FIRST_ROUND,
      target: NIL,
      validator,
      signature: randomBytes(64),
    })),
  },
});

/** Publishes until it is banned or disconnected, then comes back under another key. */
const repeat = (target: Target, commit: Commit, signal: AbortSignal): Promise<number> => {
  const messages = [encodeMessage({ type: 'commit', commit }), encodeMessage(longest())] as const;
  return comeBack(target, signal, {}, async (stranger) => {
    while (stranger.isConnected() && !signal.aborted) {
      for (let i = 0; i < BURST; i++) await stranger.publish('votes', messages[i % 2 === 0 ? 0 : 1]);
      await sleep(1);
    }
  });
};

export const attack: Attack = {
  name: 'old-commits',
  what: `${STRANGERS} strangers at each node publish the commit of height ${HEIGHT}, and the longest certificates of it, again and again, and come back under new keys.`,
  prepare: async ({ targets: [first] }) => {
    if (first === undefined) throw new Error('no node is attacked');
    const commit = await createRpcClient(first.rpc).call('chain_getCommit', { height: HEIGHT });
    return async ({ targets }, signal) =>
      sentByAll(
        targets.flatMap((target) => Array.from({ length: STRANGERS }, () => repeat(target, commit, signal))),
      );
  },
};
