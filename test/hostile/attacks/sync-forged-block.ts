import { setTimeout as sleep } from 'node:timers/promises';
import type { Stream } from '@libp2p/interface';
import { ANSWER, answerFrame, readRequest, StreamReader } from '../../../p2p/frames.ts';
import { BLOCKS, type SyncedBlock } from '../../../p2p/protocols.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { BlockType, headerHash } from '../../../src/lib/chain.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { type Attack, sentByAll, type Target } from '../attack.ts';
import { comeBack, type Stranger } from '../stranger.ts';

const CLAIMED = 1_000_000n;
const STAY_MS = 5_000;
const READ_MS = 5_000;

/** Makes of a real old block one of another height. */
type Forge = (old: SyncedBlock, height: bigint) => SyncedBlock;

const withHeight = ({ block }: SyncedBlock, height: bigint) => {
  const decoded = unwrap(BlockType.decode(block));
  const header = { ...decoded.header, height: toHeight(height) };
  return { block: BlockType.encode({ ...decoded, header }), id: headerHash(header) };
};

const FORGERIES: readonly Forge[] = [
  // Under its own commit, only the height of the block is changed.
  (old, height) => ({ block: withHeight(old, height).block, commit: old.commit }),
  // All that can be changed fits, and the signatures are those of another block.
  (old, height) => {
    const { block, id } = withHeight(old, height);
    return { block, commit: { ...old.commit, height: toHeight(height), blockHash: id } };
  },
  // The old block as it is.
  (old) => old,
];

const answerWith =
  (old: () => SyncedBlock | undefined, forge: Forge) =>
  (stream: Stream, self: Stranger): void => {
    const reader = new StreamReader(stream);
    const answer = async (): Promise<void> => {
      const request = await readRequest(reader, BLOCKS.request.maxBytes, performance.now() + READ_MS);
      const asked = request.ok ? BLOCKS.request.decode(request.value) : request;
      const real = old();
      if (!asked.ok || real === undefined) return;
      const { from, count } = asked.value;
      for (let i = 0; i < count; i++)
        self.send(stream, answerFrame(ANSWER.CHUNK, BLOCKS.chunk.encode(forge(real, from + BigInt(i)))));
      self.send(stream, answerFrame(ANSWER.END, new Uint8Array(0)));
      await stream.close();
    };
    answer().catch(() => undefined);
  };

/** Takes a real block of the node and answers with forgeries of it, again and again under new keys. */
const forge = (target: Target, make: Forge, signal: AbortSignal): Promise<number> => {
  let old: SyncedBlock | undefined;
  const options = {
    height: () => CLAIMED,
    protocols: [{ protocol: BLOCKS, answer: answerWith(() => old, make) }],
  };
  return comeBack(target, signal, options, async (stranger) => {
    for (const end = performance.now() + STAY_MS; performance.now() < end && !signal.aborted; ) {
      const real = await stranger.ask(BLOCKS, { from: toHeight(1n), count: 1 });
      if (real.ok) old ??= real.value.chunks[0];
      await sleep(500);
    }
  });
};

export const attack: Attack = {
  name: 'sync-forged-block',
  what: 'Strangers at each node claim height 1,000,000 and answer with old blocks whose height is changed.',
  run: async ({ targets }, signal) => {
    const forgers = targets.flatMap((target) => FORGERIES.map((make) => forge(target, make, signal)));
    return sentByAll(forgers);
  },
};
