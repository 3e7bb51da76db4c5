import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWER, answerFrame } from '../../../p2p/frames.ts';
import { BLOCKS } from '../../../p2p/protocols.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { comeBack, type Serve } from '../stranger.ts';

/** What the strangers answer when they are asked for blocks: silence, nothing, or that they are busy. */
const ANSWERS = [undefined, ANSWER.END, ANSWER.BUSY];
/** A stranger that has been this long at a node, or was disconnected, comes back under another key. */
const STAY_MS = 3_000;

/** One after the other, each claims a height that no chain of the devnet has. */
const claim = (target: Target, i: number, signal: AbortSignal): Promise<number> => {
  const status = ANSWERS[i % ANSWERS.length];
  const answer: Serve['answer'] = (stream, self) => {
    stream.addEventListener('message', () => undefined);
    if (status === undefined) return;
    self.send(stream, answerFrame(status, new Uint8Array(0)));
    stream.close().catch(() => undefined);
  };
  const options = { height: () => 1_000_000n, protocols: [{ protocol: BLOCKS, answer }] };
  return comeBack(target, signal, options, async () => {
    for (const end = performance.now() + STAY_MS; performance.now() < end && !signal.aborted; )
      await sleep(100);
  });
};

export const attack: Attack = {
  name: 'sync-false-height',
  what: 'Three strangers at each node claim height 1,000,000, have no block, and come back under new keys.',
  run: async ({ targets }, signal) => {
    const claims = targets.flatMap((target) => ANSWERS.map((_, i) => claim(target, i, signal)));
    return sentByAll(claims);
  },
};
