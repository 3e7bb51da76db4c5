import { afterEach, describe, expect, test, vi } from 'vitest';
import { decodeMessage } from '../../../consensus/messages.ts';
import { decodeEntry } from '../../../consensus/shell/entries.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { BlockType } from '../../../src/lib/chain.ts';
import { Fleet, type Sent, toAll } from './fleet.ts';
import { FOUR } from './support.ts';

afterEach(() => vi.restoreAllMocks());

const VALIDATORS = [0, 1, 2, 3];

/** Four validators, and a fifth node that is not started. `sent` takes what they publish. */
const started = async (sent: Sent[], deliver = toAll): Promise<Fleet> => {
  const recorded = (fleet: Fleet, each: Sent): void => {
    sent.push(each);
    deliver(fleet, each);
  };
  const fleet = new Fleet({ of: FOUR, nodes: 5, deliver: recorded });
  for (const node of VALIDATORS) await fleet.start(node);
  return fleet;
};

const decided = (fleet: Fleet, height: number) => (): boolean =>
  VALIDATORS.every((node) => fleet.home(node).chain.length >= height);

describe('a block', () => {
  test('is encoded by the node that builds it, and by no other on its way to the application', async () => {
    const encode = vi.spyOn(BlockType, 'encode');
    const sent: Sent[] = [];
    const fleet = await started(sent);
    await fleet.runUntil(decided(fleet, 4));
    await fleet.start(4);
    await fleet.catchUp();
    const proposed = sent.filter(({ topic }) => topic === 'proposal').length;
    expect(proposed).toBeGreaterThanOrEqual(4);
    expect(encode).toHaveBeenCalledTimes(proposed);
  });

  test('reaches the application as the bytes that arrived, by gossip and by block sync', async () => {
    const sent: Sent[] = [];
    const fleet = await started(sent);
    await fleet.runUntil(decided(fleet, 3));
    const published = sent.flatMap(({ bytes }) => {
      const message = decodeMessage(bytes);
      return message.ok && message.value.type === 'proposal' ? [toHex(message.value.block)] : [];
    });
    for (const { bytes } of fleet.home(0).chain) expect(published).toContain(toHex(bytes));
    await fleet.start(4);
    await fleet.catchUp();
    const others = VALIDATORS.map((node) => fleet.home(node));
    const source = others.find(({ chain }) => chain[0]?.bytes === fleet.home(4).chain[0]?.bytes);
    expect(fleet.home(4).chain.length).toBeGreaterThanOrEqual(3);
    // The same object: nothing was made anew on the way.
    for (const [i, { bytes }] of fleet.home(4).chain.entries()) expect(source?.chain[i]?.bytes).toBe(bytes);
  });
});

describe('a message of a peer', () => {
  test('is logged as the bytes that arrived', async () => {
    const sent: Sent[] = [];
    // Without precommits the height does not end, and its log stays.
    const fleet = await started(sent, (to, each) => {
      const message = decodeMessage(each.bytes);
      const precommit =
        message.ok && message.value.type === 'vote' && message.value.vote.type === 'precommit';
      if (!precommit) toAll(to, each);
    });
    const logged = (): readonly Uint8Array[] =>
      fleet.homes.flatMap(({ wal }) =>
        wal.written.flatMap((entry) => {
          const read = decodeEntry(entry);
          return read.ok && read.value.type === 'message' ? [read.value.bytes] : [];
        }),
      );
    await fleet.runUntil(() => logged().length > 10, 100);
    const arrived = new Set(sent.map(({ bytes }) => toHex(bytes)));
    for (const bytes of logged()) expect(arrived).toContain(toHex(bytes));
  });
});
