/**
 * What one validator, or one peer, can cost. Verifications are counted, not timed: whatever is sent, no more are made than
 * there are seats.
 */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  blockTarget,
  encodeMessage,
  FRESH,
  type Message,
  NIL,
  type UnsignedVote,
} from '../../../consensus/messages.ts';
import type { Runner, Topic } from '../../../consensus/shell/runner.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { verifyEd25519 } from '../../../src/lib/ed25519.ts';
import { Fleet } from './fleet.ts';
import { bytesOf, commitOf, digest, FOUR, idOf, makeBlock, signProposal, signVote } from './support.ts';

vi.mock('../../../src/lib/ed25519.ts', { spy: true });

const verifications = (): number => vi.mocked(verifyEd25519).mock.calls.length;

beforeEach(() => {
  vi.mocked(verifyEd25519).mockClear();
});

/**
 * A node alone, without a key.
 * @param hang - whether it is node 0 instead, which signs, and its disk takes the first signature and never answers
 */
const alone = async (hang = false): Promise<{ readonly fleet: Fleet; readonly runner: Runner }> => {
  const fleet = new Fleet({ of: FOUR, nodes: 5, deliver: () => undefined });
  const node = hang ? 0 : 4;
  if (hang) fleet.home(node).wal.sync = () => new Promise(() => undefined);
  await fleet.start(node);
  const runner = fleet.runners[node];
  if (runner === undefined) throw new Error('it does not run');
  if (hang) {
    // A peer has no vote of its key, so it signs.
    runner.votesOfOwnKey([]);
    while (runner.status().step === 'propose') {
      fleet.time.runNext();
      await fleet.settle();
    }
  }
  return { fleet, runner };
};

const vote = (over: Partial<UnsignedVote>): Message => ({
  type: 'vote',
  vote: signVote(FOUR, {
    type: 'prevote',
    height: toHeight(1n),
    round: toRound(0),
    target: NIL,
    validator: 2,
    ...over,
  }),
});

const proposal = (height: bigint, round: number, time: bigint): Message => {
  const block = makeBlock({ of: FOUR, height, round, time });
  const at = { height: toHeight(height), round: toRound(round) };
  const signed = signProposal(FOUR, { ...at, id: idOf(block), validRound: FRESH });
  return { type: 'proposal', proposal: signed, block: bytesOf(block) };
};

/** Sends a message, and returns what was made of it: a verdict or, if it is ignored, the code. */
const send = (runner: Runner, message: Message, peer = 'p'): string => {
  const topic: Topic = message.type === 'proposal' ? 'proposal' : 'vote';
  const verdict = runner.receive(topic, encodeMessage(message), peer);
  return verdict.type === 'ignore' ? verdict.fault.code : verdict.type;
};

const several = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe('votes of heights to come', () => {
  test('of one validator are verified while it has seats, whoever sends them', async () => {
    const { runner } = await alone();
    const flood = several(600, (i) =>
      vote({ height: toHeight(2n + BigInt(i % 8)), round: toRound(i), target: blockTarget(digest(`${i}`)) }),
    );
    const verdicts = flood.map((message, i) => send(runner, message, `peer ${i % 3}`));
    // Of these the node passes on only what is of the next height.
    expect(verdicts.filter((each) => each === 'accept')).toHaveLength(16);
    expect(verdicts.filter((each) => each === 'MESSAGE_EARLY')).toHaveLength(7 * 16);
    expect(new Set(verdicts)).toEqual(new Set(['accept', 'MESSAGE_EARLY', 'MESSAGE_RATION']));
    expect(verifications()).toBe(8 * 16);
    expect(send(runner, vote({ height: toHeight(2n), validator: 3 }))).toBe('accept');
  });

  test('are verified once, however often and in whatever form they are said, and not again when their height begins', async () => {
    const { fleet, runner } = await alone();
    const early = vote({ height: toHeight(2n) });
    expect(send(runner, early)).toBe('accept');
    if (early.type !== 'vote') return;
    const resigned: Message = { type: 'vote', vote: { ...early.vote, signature: new Uint8Array(64) } };
    for (const message of [early, resigned]) expect(send(runner, message, 'q')).toBe('MESSAGE_KNOWN');
    expect(verifications()).toBe(1);
    const block = makeBlock({ of: FOUR, height: 1n, round: 0, time: 1n });
    const commit = commitOf(FOUR, 1n, 0, idOf(block), [1, 2, 3]);
    expect(await runner.syncedBlock(bytesOf(block), commit)).toMatchObject({ ok: true });
    await fleet.runUntil(() => runner.status().height === 2n && runner.status().step !== 'unstarted');
    expect(verifications()).toBe(1 + 3);
    // It was taken in.
    expect(send(runner, early)).toBe('MESSAGE_USELESS');
  });
});

describe('certificates', () => {
  test('of a height to come are verified once for each round, not for each subset of signers', async () => {
    const { runner } = await alone();
    const subsets = [
      [0, 1, 2],
      [0, 1, 3],
      [0, 2, 3],
      [1, 2, 3],
      [0, 1, 2, 3],
    ];
    const commits = subsets.map((signing) => commitOf(FOUR, 2n, 0, digest('v'), signing));
    expect(commits.map((commit) => send(runner, { type: 'commit', commit }))).toEqual([
      'accept',
      ...several(4, () => 'MESSAGE_KNOWN'),
    ]);
    expect(verifications()).toBe(3);
  });

  test('with one new vote cost one verification', async () => {
    const { fleet, runner } = await alone();
    const votes = [1, 2, 3].flatMap((validator) => {
      const message = vote({ round: toRound(3), validator });
      return message.type === 'vote' ? [message.vote] : [];
    });
    for (const each of votes.slice(0, 1)) expect(send(runner, { type: 'vote', vote: each })).toBe('accept');
    await fleet.settle();
    const certificate = { height: toHeight(1n), round: toRound(3), votes: votes.slice(0, 2) };
    expect(send(runner, { type: 'round', certificate })).toBe('accept');
    expect(verifications()).toBe(2);
    await fleet.settle();
    expect(send(runner, { type: 'round', certificate })).toBe('MESSAGE_USELESS');
    // A known vote under another signature is verified: the log must verify when it is replayed.
    const [known, second] = votes;
    if (known === undefined || second === undefined) throw new Error('three votes');
    const forged = [{ ...known, signature: second.signature }, ...votes.slice(2)];
    expect(send(runner, { type: 'round', certificate: { ...certificate, votes: forged } })).toBe('reject');
    expect(runner.status().round).toBe(3);
  });
});

describe('while a turn lasts, because the disk is slow,', () => {
  test('a validator has two votes for each step, and no more than a ration in all', async () => {
    const { runner } = await alone(true);
    const step = several(200, (i) => vote({ target: blockTarget(digest(`${i}`)) }));
    expect(step.filter((message) => send(runner, message) === 'accept')).toHaveLength(2);
    expect(verifications()).toBe(2);
    const rounds = several(200, (i) => vote({ round: toRound(i + 1) }));
    expect(rounds.filter((message) => send(runner, message) === 'accept')).toHaveLength(14);
    expect(verifications()).toBe(16);
    expect(send(runner, vote({ validator: 1 }))).toBe('accept');
  });

  test('a proposer has two blocks for each round', async () => {
    const { runner } = await alone(true);
    const blocks = several(50, (i) => proposal(1n, 1, BigInt(i + 1)));
    expect(blocks.filter((message) => send(runner, message) === 'accept')).toHaveLength(2);
    expect(verifications()).toBe(2);
    expect(send(runner, proposal(1n, 2, 1n))).toBe('accept');
  });
});

test('a proposer of a height to come has one block, and does not take the place of another', async () => {
  const { runner } = await alone();
  const blocks = several(50, (i) => proposal(2n, 0, BigInt(i + 1)));
  expect(blocks.filter((message) => send(runner, message) === 'accept')).toHaveLength(1);
  expect(verifications()).toBe(1);
  expect(send(runner, proposal(2n, 1, 1n))).toBe('accept');
  expect(send(runner, proposal(3n, 0, 1n))).toBe('MESSAGE_EARLY');
});
