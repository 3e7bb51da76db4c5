import { setTimeout as sleep } from 'node:timers/promises';
import { TOPIC_NAMES, topicOf } from '../../../p2p/protocols.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { concat, utf8 } from '../../../src/lib/bytes.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { field, framed, MESHSUB } from '../meshsub.ts';
import { connectRawStranger } from '../raw-stranger.ts';
import { connectStranger } from '../stranger.ts';

const STRANGERS = 4;
/** Each asks for its places so often in one burst, bursts again after so long, and leaves while the node handles the last. */
const BURSTS = 12;
const BURST = 4;
const PAUSE_MS = 3;
/** How long a newcomer may take until it has kept a place in every mesh for so many looks. */
const PLACE_MS = 10_000;
const LOOKS = 10;
const LOOK_MS = 100;

/** Subscribes to every topic, and asks for a place in the mesh of each. */
const graftOf = (genesisHash: Uint8Array): Uint8Array => {
  const topics = TOPIC_NAMES.map((name) => utf8(topicOf(genesisHash as Root, name)));
  const subscriptions = topics.map((topic) => field(1, concat(Uint8Array.of(8, 1), field(2, topic))));
  const grafts = topics.map((topic) => field(3, field(1, topic)));
  return framed(concat(...subscriptions, field(3, concat(...grafts))));
};

/** Asks for places without a pause, leaves in the middle of it, and comes back under a new name. */
const haunt = async ({ p2p, genesisHash }: Target, signal: AbortSignal): Promise<number> => {
  const graft = graftOf(genesisHash);
  let sent = 0;
  while (!signal.aborted) {
    const stranger = await connectRawStranger(p2p.multiaddr).catch(() => undefined);
    const stream = await stranger?.connection.newStream(MESHSUB).catch(() => undefined);
    // The node may have no room for it.
    if (stream === undefined) await sleep(LOOK_MS);
    for (let i = 0; i < BURSTS && stream?.writeStatus === 'writable'; i++) {
      for (let n = 0; n < BURST; n++) stream.send(graft);
      sent += BURST * graft.length;
      await sleep(PAUSE_MS);
    }
    stranger?.connection.abort(new Error('the stranger leaves'));
    await stranger?.stop();
  }
  return sent;
};

/** Checks that a newcomer gets a place in every mesh and keeps it, now that all others have left. */
const expectRoom = async (target: Target): Promise<void> => {
  const stranger = await connectStranger(target);
  try {
    const end = performance.now() + PLACE_MS;
    for (let kept = 0; kept < LOOKS; kept = stranger.meshes() === TOPIC_NAMES.length ? kept + 1 : 0) {
      if (performance.now() > end)
        throw new Error(`${target.p2p.multiaddr} keeps places in its mesh for strangers that have left`);
      await sleep(LOOK_MS);
    }
  } finally {
    await stranger.stop();
  }
};

export const attack: Attack = {
  name: 'gossip-ghosts',
  what: `${STRANGERS} strangers at each node ask for a place in the mesh of gossip, leave while they ask, and come back under a new name.`,
  run: async ({ targets }, signal) => {
    const sent = await sentByAll(
      targets.flatMap((target) => Array.from({ length: STRANGERS }, () => haunt(target, signal))),
    );
    for (const target of targets) await expectRoom(target);
    return sent;
  },
};
