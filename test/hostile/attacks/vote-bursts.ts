import { topicOf, VoteMessageType } from '../../../p2p/protocols.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { concat, utf8 } from '../../../src/lib/bytes.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { floodGossip } from '../gossip-flood.ts';
import { field, framed } from '../meshsub.ts';

const STRANGERS = 4;
/** Each message is one that was not seen before. */
const MESSAGES = 4_000;
const PAUSE_MS = 100;

let made = 0;
const vote = (topic: Uint8Array): Uint8Array => {
  made += 1;
  const payload = utf8(`${made} of ${process.pid}`);
  return field(2, concat(field(2, VoteMessageType.encode({ repetition: 0, payload })), field(4, topic)));
};

/** In frames of one message, in one frame of all, and frames and fields with nothing in them. */
const bursts = (topic: Uint8Array): readonly Uint8Array[] => {
  const votes = Array.from({ length: MESSAGES }, () => vote(topic));
  return [
    concat(...votes.map(framed)),
    framed(concat(...votes)),
    new Uint8Array(256 << 10),
    concat(...Array.from({ length: 64 << 10 }, () => Uint8Array.of(2, (3 << 3) | 2, 0))),
  ];
};

const flood = (target: Target, signal: AbortSignal, turn: number): Promise<number> => {
  const topic = utf8(topicOf(target.genesisHash as Root, 'votes'));
  const frameOf = (n: number): Uint8Array => {
    const all = bursts(topic);
    return all[(turn + n) % all.length] ?? new Uint8Array(0);
  };
  return floodGossip(target, signal, frameOf, PAUSE_MS);
};

export const attack: Attack = {
  name: 'vote-bursts',
  what: `${STRANGERS} strangers at each node put ${MESSAGES} messages, or many empty ones, into one frame of the muxer.`,
  run: async ({ targets }, signal) => {
    const floods = targets.flatMap((target) =>
      Array.from({ length: STRANGERS }, (_, i) => flood(target, signal, i)),
    );
    return sentByAll(floods);
  },
};
