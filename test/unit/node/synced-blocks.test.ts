import { describe, expect, test } from 'vitest';
import { type Fault, fault } from '../../../consensus/errors.ts';
import { admitSynced } from '../../../consensus/shell/intake.ts';
import { applySynced, showsSynced } from '../../../node/synced-blocks.ts';
import type { SyncedBlock } from '../../../p2p/protocols.ts';
import { checkBlocks } from '../../../p2p/sync/check.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { type Block, BlockType, headerHash } from '../../../src/lib/chain.ts';
import type { Tip } from '../../../state/tip.ts';
import { CHAIN, commitOf, digest, FOUR, makeBlock, type Party, party } from '../consensus/support.ts';

const OTHERS = party([5n, 5n, 5n, 5n, 5n]);

const blockOf = (of: Party, height: bigint, transactions: readonly Uint8Array[] = []): Block =>
  makeBlock({ of, height, round: 0, time: height, transactions });

const signedBy = (of: Party, block: Block, signing: readonly number[] = [0, 1, 2]): SyncedBlock => ({
  block: BlockType.encode(block),
  commit: commitOf(of, block.header.height, 0, headerHash(block.header), signing),
});

const decidedAt = (height: bigint): SyncedBlock => signedBy(FOUR, blockOf(FOUR, height));

/** The block with another header, under the commit that it had. */
const withHeader = ({ block, commit }: SyncedBlock, changes: Partial<Block['header']>): SyncedBlock => {
  const decoded = BlockType.decode(block);
  if (!decoded.ok) throw new Error(decoded.fault.message);
  const header = { ...decoded.value.header, ...changes };
  return { block: BlockType.encode({ ...decoded.value, header }), commit };
};

/** A node at a height, whose runner verifies what is real of a block and does not execute it. */
const nodeAt = (height: bigint, of: Party = FOUR, next: Party = of, own?: Fault) => {
  const tip = { height: toHeight(height), validators: of.validators, nextValidators: next.validators };
  const store = { tip: () => tip as Tip };
  const apply = applySynced({
    store,
    runner: {
      syncedBlock: async (block, commit) => {
        if (own !== undefined) return { ok: false, fault: own };
        const context = { chain: CHAIN, height: toHeight(tip.height + 1n), validators: tip.validators };
        if (commit.height !== context.height)
          return { ok: false, fault: fault('SYNC_HEIGHT', 'another height') };
        const admitted = admitSynced(context, block, commit);
        if (!admitted.ok) return admitted;
        tip.height = context.height;
        return { ok: true, value: undefined };
      },
    },
  });
  return { tip, apply, shows: showsSynced({ store, identity: CHAIN }) };
};

describe('a synced block is judged by the height that was asked for', () => {
  const next = decidedAt(17n);
  const old = decidedAt(3n);
  const verdicts: [string, SyncedBlock, string][] = [
    ['the block of that height', next, 'applied'],
    ['an old block as it is', old, 'false'],
    [
      'an old block whose height was changed, under its own commit',
      withHeader(old, { height: toHeight(17n) }),
      'false',
    ],
    [
      'an old block under its own commit, of which the height was changed',
      { ...old, commit: { ...old.commit, height: toHeight(17n) } },
      'false',
    ],
    ['the block with the commit of another', { ...next, commit: old.commit }, 'false'],
    ['a block to come', decidedAt(18n), 'false'],
    ['a block of another chain', withHeader(next, { chainId: 1n }), 'false'],
    ['too few signatures', signedBy(FOUR, blockOf(FOUR, 17n), [0, 1]), 'false'],
    ['signatures of others', signedBy(OTHERS, blockOf(FOUR, 17n), [0, 1, 2, 3, 4]), 'false'],
    [
      'a signature that is wrong',
      { ...next, commit: { ...next.commit, signatures: next.commit.signatures.toReversed() } },
      'false',
    ],
    [
      'another body under the header',
      { ...next, block: BlockType.encode({ ...blockOf(FOUR, 17n), transactions: [new Uint8Array(9)] }) },
      'false',
    ],
    ['bytes that are no block', { ...next, block: new Uint8Array(500) }, 'false'],
  ];
  test.each(verdicts)('%s', async (_, block, verdict) => {
    const { apply, tip } = nodeAt(16n);
    expect((await apply(toHeight(17n), block)).type).toBe(verdict);
    expect(tip.height).toBe(verdict === 'applied' ? 17n : 16n);
  });

  test('a node that has passed the height says so, and one that is not there yet too', async () => {
    expect(await nodeAt(20n).apply(toHeight(17n), next)).toEqual({ type: 'passed' });
    expect(await nodeAt(15n).apply(toHeight(17n), next)).toEqual({ type: 'later' });
    expect((await nodeAt(20n).apply(toHeight(17n), old)).type).toBe('false');
  });

  test('a fault of its own is not of the peer', async () => {
    const failed = fault('CONSENSUS_FAILED', 'it ended');
    expect(await nodeAt(16n, FOUR, FOUR, failed).apply(toHeight(17n), next)).toEqual({
      type: 'failed',
      fault: failed,
    });
  });

  test('a node that takes no blocks before its genesis time lets them wait, and complains of nothing', async () => {
    const stopped = fault('CONSENSUS_STOPPED', 'consensus is not running');
    const { apply } = nodeAt(0n, FOUR, FOUR, stopped);
    expect(await apply(toHeight(1n), decidedAt(1n))).toEqual({ type: 'later' });
  });
});

describe('a height is shown', () => {
  test('by a block that known validators have decided, however far it is', () => {
    const { shows } = nodeAt(5n);
    expect([6n, 7n, 1_000_000n].map((height) => shows(decidedAt(height)))).toEqual(['true', 'true', 'true']);
  });

  test('by nothing that they have not decided', () => {
    const { shows } = nodeAt(5n);
    const far = blockOf(FOUR, 1_000_000n);
    const claimed = commitOf(FOUR, 3n, 0, headerHash(blockOf(FOUR, 3n).header), [0, 1, 2]);
    const reused = { ...claimed, height: toHeight(1_000_000n), blockHash: headerHash(far.header) };
    expect(shows({ block: BlockType.encode(far), commit: reused })).toBe('false');
    expect(shows(signedBy(FOUR, far, [0, 1]))).toBe('false');
    expect(shows({ block: new Uint8Array(3), commit: reused })).toBe('false');
  });

  test('neither by blocks of validators that it does not know, nor refuted', () => {
    expect(nodeAt(5n).shows(signedBy(OTHERS, blockOf(OTHERS, 9n), [0, 1, 2, 3]))).toBe('unknown');
    expect(nodeAt(5n, FOUR, OTHERS).shows(signedBy(OTHERS, blockOf(OTHERS, 9n), [0, 1, 2, 3]))).toBe('true');
  });
});

describe('an answer is checked against the request', () => {
  const chainOf = (from: bigint, count: number): SyncedBlock[] => {
    const out: SyncedBlock[] = [];
    let parent = digest('parent');
    for (let i = 0; i < count; i++) {
      const block = makeBlock({ of: FOUR, height: from + BigInt(i), round: 0, time: 1n, parent });
      out.push(signedBy(FOUR, block));
      parent = headerHash(block.header);
    }
    return out;
  };
  const good = chainOf(5n, 4);
  const [first = decidedAt(5n), second = decidedAt(6n), third = decidedAt(7n)] = good;
  const answers: [string, readonly SyncedBlock[], boolean][] = [
    ['all that was asked for', good, true],
    ['fewer', good.slice(0, 2), true],
    ['none', [], true],
    ['more', chainOf(5n, 5), false],
    ['of heights that come later', chainOf(6n, 4), false],
    ['out of order', [second, first], false],
    ['with a gap', [first, third], false],
    ['the same twice', [first, first], false],
    ['not each the parent of the next', [first, decidedAt(6n)], false],
    ['with another height in the header', [withHeader(decidedAt(1n), { height: toHeight(5n) })], false],
    ['with the commit of another', [{ ...first, commit: decidedAt(5n).commit }], false],
    ['of another chain', [withHeader(first, { chainId: 3n })], false],
    ['cut in the header', [{ ...first, block: first.block.subarray(0, 100) }], false],
  ];
  test.each(answers)('%s', (_, blocks, isRight) => {
    const checked = checkBlocks(CHAIN, toHeight(5n), 4, blocks);
    expect(checked.ok ? 'right' : checked.fault.code).toBe(isRight ? 'right' : 'P2P_FALSE_ANSWER');
  });
});
