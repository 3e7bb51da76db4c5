import { setTimeout as sleep } from 'node:timers/promises';
import type { Stream } from '@libp2p/interface';
import { requestFrame } from '../../../p2p/frames.ts';
import { BLOCKS, CONTENT, CONTENT_ROOTS_MAX, PROPOSAL } from '../../../p2p/protocols.ts';
import { type Root, toHeight, toRound } from '../../../src/lib/brands.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { connectStranger, type Stranger } from '../stranger.ts';

/** So many strangers at each node, each with as many requests as a connection may have. */
const READERS = 12;
const STREAMS = 16;
const EVERY_MS = 250;

const requests = ({ genesisHash }: Target): readonly [{ readonly name: string }, Uint8Array][] => {
  const root = genesisHash as Root;
  const blocks = BLOCKS.request.encode({ from: toHeight(1n), count: 64 });
  return [
    [BLOCKS, requestFrame(blocks)],
    // The length of a request, and not all of it.
    [BLOCKS, requestFrame(blocks).subarray(0, 6)],
    [
      CONTENT,
      requestFrame(CONTENT.request.encode({ roots: Array.from({ length: CONTENT_ROOTS_MAX }, () => root) })),
    ],
    [PROPOSAL, requestFrame(PROPOSAL.request.encode({ height: toHeight(1n), round: toRound(0), id: root }))],
  ];
};

/** Asks for all it can and reads nothing of it. */
const read = async (target: Target, signal: AbortSignal): Promise<number> => {
  let stranger: Stranger | undefined;
  let sent = 0;
  let open: Stream[] = [];
  for (let i = 0; !signal.aborted; i++) {
    try {
      if (stranger?.isConnected() !== true) {
        sent += stranger?.sent() ?? 0;
        await stranger?.stop();
        stranger = await connectStranger(target);
        open = [];
      }
      open = open.filter(({ status }) => status === 'open');
      const kinds = requests(target);
      const [protocol, bytes] = kinds[i % kinds.length] ?? [BLOCKS, new Uint8Array(0)];
      if (open.length < STREAMS) {
        const stream = await stranger.open(protocol);
        stream.pause();
        stranger.send(stream, bytes);
        open.push(stream);
      }
    } catch {
      // A stream that is refused, or a connection that is closed: it asks again.
    }
    await sleep(EVERY_MS);
  }
  sent += stranger?.sent() ?? 0;
  await stranger?.stop();
  return sent;
};

export const attack: Attack = {
  name: 'slow-readers',
  what: `${READERS} strangers at each node ask for blocks, content and proposals, and read none of it.`,
  run: async ({ targets }, signal) => {
    const readers = targets.flatMap((target) => Array.from({ length: READERS }, () => read(target, signal)));
    return sentByAll(readers);
  },
};
