import { describe, expect, test } from 'vitest';
import { Blocks } from '../../../consensus/shell/blocks.ts';
import { decodeEntry } from '../../../consensus/shell/entries.ts';
import { askForValidity } from '../../../consensus/shell/questions.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { encodeBlock } from '../../../src/lib/chain.ts';
import { ok } from '../../../src/lib/errors.ts';
import { FOUR, makeBlock } from './support.ts';

describe('a proposal', () => {
  const [height, round] = [toHeight(1n), toRound(0)];
  const block = encodeBlock(makeBlock({ of: FOUR, height, round, time: 1_000n }));

  /** What the runner remarks of a valid proposal that came in at this time. */
  const remarkAt = async (now: bigint, fresh = true) => {
    const blocks = new Blocks();
    blocks.put(block);
    blocks.arrived(round, now);
    const options = {
      application: { validate: async () => ok(undefined) },
      config: { blocks: { commitPauseMs: 0, commitPauseFloorMs: 0, timeDriftMs: 500 } },
      clock: { now: () => now },
    };
    const question = { type: 'ValidateValue', round, id: block.id, fresh } as const;
    return (await askForValidity(options, blocks, height, question, 100)).remark;
  };

  test('whose time is near the clock is not remarked upon', async () => {
    for (const now of [500n, 1_400n, 1_600n]) expect(await remarkAt(now)).toBeUndefined();
  });

  test('that is made again with a polka may be of any time', async () => {
    for (const now of [0n, 10_000_000n]) expect(await remarkAt(now, false)).toBeUndefined();
  });

  test('whose time is ahead of the clock, or older than its way can have taken, is untimely', async () => {
    for (const now of [499n, 1_601n])
      expect(await remarkAt(now)).toMatchObject({ code: 'PROPOSAL_UNTIMELY' });
  });
});

test('an entry of the log of an unknown type does not decode', () => {
  expect(decodeEntry(Uint8Array.of(99))).toMatchObject({ ok: false, fault: { code: 'LOG_DECODE' } });
});
