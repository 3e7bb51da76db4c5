import { TOPIC_NAMES, topicOf } from '../../../p2p/protocols.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { concat, utf8 } from '../../../src/lib/bytes.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { floodGossip } from '../gossip-flood.ts';
import { field, framed, varint } from '../meshsub.ts';

const STRANGERS = 8;
const PAUSE_MS = 10;
/** The most entries of a control field, and the fields of a frame. */
const ENTRIES = 64;
const FIELDS = 32;
/** Centuries, in seconds. */
const BACKOFF = 2 ** 34;

const GRAFT = 3;
const PRUNE = 4;

const frameOf = (target: Target): Uint8Array => {
  const topics = TOPIC_NAMES.map((name) => field(1, utf8(topicOf(target.genesisHash as Root, name))));
  const entries = Array.from({ length: ENTRIES }, (_, i) => {
    const topic = topics[(i >> 1) % topics.length] ?? new Uint8Array(0);
    return i % 2 === 0
      ? field(GRAFT, topic)
      : field(PRUNE, concat(topic, Uint8Array.of(3 << 3), varint(BACKOFF)));
  });
  const rpc = framed(field(3, concat(...entries)));
  return concat(...Array.from({ length: FIELDS }, () => rpc));
};

export const attack: Attack = {
  name: 'prune-flood',
  what: `${STRANGERS} strangers at each node graft and prune ${ENTRIES * FIELDS} times in a frame, and say for centuries.`,
  run: async ({ targets }, signal) =>
    sentByAll(
      targets.flatMap((target) => {
        const frame = frameOf(target);
        return Array.from({ length: STRANGERS }, () => floodGossip(target, signal, () => frame, PAUSE_MS));
      }),
    ),
};
