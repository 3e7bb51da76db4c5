/**
 * What one validator, or one peer, can cost. Verifications are counted, not timed: whatever is sent, no more are made than
 * there are seats.
 */
import { PassThrough, type Writable } from 'node:stream';
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
import { kindOfSignature, verifyEd25519 } from '../../../src/lib/ed25519.ts';
import { Fleet, toAll } from './fleet.ts';
import {
  bytesOf,
  commitOf,
  digest,
  FOUR,
  FOUR_UNUSUAL,
  idOf,
  makeBlock,
  signProposal,
  signVote,
} from './support.ts';

vi.mock('../../../src/lib/ed25519.ts', { spy: true });

/** Votes are verified by one of these, and all else by the other. */
const verifications = (): number =>
  vi.mocked(kindOfSignature).mock.calls.length + vi.mocked(verifyEd25519).mock.calls.length;
/** The verifications of votes that OpenSSL did not accept. */
const slow = (): number =>
  vi.mocked(kindOfSignature).mock.results.filter(({ value }) => value !== 'usual').length;

beforeEach(() => {
  vi.mocked(kindOfSignature).mockClear();
  vi.mocked(verifyEd25519).mockClear();
});

/**
 * A node alone, without a key.
 * @param hang - whether it is node 0 instead, which signs, and its disk takes the first signature and never answers
 */
const alone = async (
  hang = false,
  log?: Writable,
): Promise<{ readonly fleet: Fleet; readonly runner: Runner }> => {
  const logging = log === undefined ? {} : { level: 'warn' as const, log };
  const fleet = new Fleet({ of: FOUR, nodes: 5, deliver: () => undefined, ...logging });
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

const vote = (over: Partial<UnsignedVote>, of = FOUR): Message => ({
  type: 'vote',
  vote: signVote(of, {
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
    const votes = [1, 2].flatMap((validator) => {
      const message = vote({ round: toRound(3), validator });
      return message.type === 'vote' ? [message.vote] : [];
    });
    for (const each of votes.slice(0, 1)) expect(send(runner, { type: 'vote', vote: each })).toBe('accept');
    await fleet.settle();
    // A known vote under another signature is verified: the log must verify when it is replayed.
    const [known, second] = votes;
    if (known === undefined || second === undefined) throw new Error('two votes');
    const certificate = { height: toHeight(1n), round: toRound(3), votes };
    const forged = [{ ...known, signature: second.signature }, second];
    expect(send(runner, { type: 'round', certificate: { ...certificate, votes: forged } })).toBe('reject');
    expect(verifications()).toBe(2);
    expect(send(runner, { type: 'round', certificate })).toBe('accept');
    expect(verifications()).toBe(3);
    await fleet.settle();
    expect(send(runner, { type: 'round', certificate })).toBe('MESSAGE_USELESS');
    expect(runner.status().round).toBe(3);
  });
});

describe('a validator that signs in an unusual way', () => {
  const unusual = (i: number, height = 1n): Message =>
    vote(
      {
        type: i % 2 === 0 ? 'prevote' : 'precommit',
        height: toHeight(height),
        round: toRound(Math.floor(i / 4)),
        target: blockTarget(digest(`${i}`)),
      },
      FOUR_UNUSUAL,
    );

  test('has four loose votes of a height verified, and no more', async () => {
    const { fleet, runner } = await alone();
    const verdicts: string[] = [];
    for (const message of several(300, (i) => unusual(i))) {
      verdicts.push(send(runner, message, `peer ${verdicts.length % 3}`));
      await fleet.settle();
    }
    expect(verdicts.slice(0, 4)).toEqual(several(4, () => 'accept'));
    expect(verdicts.filter((each) => each === 'accept')).toHaveLength(4);
    expect(verdicts).not.toContain('reject');
    expect([slow(), verifications()]).toEqual([4, 4]);
    // Those of a height to come count for it.
    for (const message of several(300, (i) => unusual(i, 2n))) send(runner, message);
    expect(slow()).toBe(8);
    for (const validator of [0, 1, 3]) expect(send(runner, vote({ validator }))).toBe('accept');
  });

  test('is named in the log once for a height', async () => {
    const log = new PassThrough();
    const { fleet, runner } = await alone(false, log);
    for (const message of several(20, (i) => unusual(i))) send(runner, message);
    for (const message of several(20, (i) => unusual(i, 2n))) send(runner, message);
    await fleet.settle();
    const lines = String(log.read())
      .split('\n')
      .filter((line) => line.includes('takes long to verify'));
    expect(lines.map((line) => /#\d+/.exec(line)?.[0])).toEqual(['#1', '#2']);
    expect(lines.every((line) => line.includes('validator=2'))).toBe(true);
  });

  test('takes no votes of another validator away', async () => {
    const { fleet, runner } = await alone();
    for (const message of several(20, (i) => unusual(i))) send(runner, message);
    await fleet.settle();
    const wrong = several(20, (i) => unusual(i)).flatMap((message) =>
      message.type === 'vote' ? [{ ...message, vote: { ...message.vote, validator: 1 } }] : [],
    );
    // Whoever has not the key of a validator uses up nothing of it.
    for (const message of wrong) expect(send(runner, message)).toBe('reject');
    expect(send(runner, vote({ validator: 1 }))).toBe('accept');
  });

  test('is a signer of commits and certificates like any other', async () => {
    const { fleet, runner } = await alone();
    for (const message of several(20, (i) => unusual(i))) send(runner, message);
    await fleet.settle();
    const votes = [1, 2].flatMap((validator) => {
      const message = vote({ round: toRound(9), validator }, FOUR_UNUSUAL);
      return message.type === 'vote' ? [message.vote] : [];
    });
    const certificate = { height: toHeight(1n), round: toRound(9), votes };
    expect(send(runner, { type: 'round', certificate })).toBe('accept');
    await fleet.settle();
    expect(runner.status().round).toBe(9);
    const polka = commitOf(FOUR_UNUSUAL, 1n, 9, digest('v'), [0, 1, 2]);
    const signatures = polka.signers.flatMap((signs, validator) => {
      const target = blockTarget(digest('v'));
      const message = vote({ round: toRound(9), target, validator }, FOUR_UNUSUAL);
      return signs && message.type === 'vote' ? [message.vote.signature] : [];
    });
    expect(send(runner, { type: 'polka', polka: { ...polka, signatures } })).toBe('accept');
    const block = makeBlock({ of: FOUR_UNUSUAL, height: 1n, round: 0, time: 1n });
    const commit = commitOf(FOUR_UNUSUAL, 1n, 10, idOf(block), [1, 2, 3]);
    expect(send(runner, { type: 'commit', commit })).toBe('accept');
    expect(await runner.syncedBlock(bytesOf(block), commit)).toMatchObject({ ok: true });
  });

  test('gets no work done by certificates that lead nowhere', async () => {
    const { fleet, runner } = await alone();
    const votes = [0, 1, 3].flatMap((validator) =>
      (['prevote', 'precommit'] as const).flatMap((type) => {
        const message = vote({ type, validator });
        return message.type === 'vote' ? [message.vote] : [];
      }),
    );
    // Each holds a vote that is new here, and one of the faulty validator that is signed anew.
    for (const honest of votes) {
      const own = vote({ type: honest.type }, FOUR_UNUSUAL);
      if (own.type !== 'vote') continue;
      const certificate = { height: toHeight(1n), round: toRound(0), votes: [honest, own.vote] };
      expect(send(runner, { type: 'round', certificate })).toBe('MESSAGE_USELESS');
      await fleet.settle();
    }
    expect(slow()).toBe(0);
  });

  test('does not keep the others from deciding', async () => {
    const fleet = new Fleet({ of: FOUR_UNUSUAL, nodes: 4, deliver: toAll });
    for (const node of [0, 1, 3]) await fleet.start(node);
    let flooded = 0n;
    await fleet.runUntil(() => {
      const height = BigInt(Math.max(...fleet.heights())) + 1n;
      if (height > flooded) {
        flooded = height;
        for (const message of several(40, (i) => unusual(i, height)))
          for (const node of [0, 1, 3])
            fleet.receive(node, { from: 2, topic: 'vote', bytes: encodeMessage(message) });
      }
      return Math.min(...[0, 1, 3].map((node) => fleet.heights()[node] ?? 0)) >= 5;
    });
    expect(fleet.disagreement()).toBeUndefined();
    expect(fleet.fatal).toEqual([]);
    expect(slow()).toBeLessThanOrEqual(3 * 4 * Number(flooded));
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
