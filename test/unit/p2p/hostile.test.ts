import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ANSWER, answerFrame, requestFrame } from '../../../p2p/frames.ts';
import { createNetwork, type Network } from '../../../p2p/network.ts';
import {
  BLOCKS,
  CLOCK,
  CONTENT,
  PROPOSAL,
  protocolId,
  STATUS,
  TOPIC_NAMES,
  topicOf,
  VoteMessageType,
} from '../../../p2p/protocols.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { concat, utf8 } from '../../../src/lib/bytes.ts';
import { MAX_BLOCK_BYTES } from '../../../src/lib/chain.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { type Attacker, type AttackerOptions, connectAttacker, MESHSUB } from './attacker.ts';
import { BLAMELESS, blockAt, GENESIS, optionsOf, until } from './networks.ts';

/** The node under attack, and an honest sibling whose link with it must not suffer. */
let victim: Network;
let sibling: Network;
let heard: string[] = [];
let attackers: Attacker[] = [];

beforeEach(async () => {
  heard = [];
  const base = optionsOf('victim');
  victim = await createNetwork({
    ...base,
    sources: {
      ...base.sources,
      blocks: { block: async (height) => blockAt(height, MAX_BLOCK_BYTES) },
      content: {
        hasMany: async (roots) => roots.map(() => true),
        encoded: async () => new Uint8Array(1 << 20),
      },
    },
    handlers: {
      ...base.handlers,
      votes: (bytes) => {
        const text = Buffer.from(bytes.subarray(0, 20)).toString();
        if (!text.startsWith('vote')) return 'reject';
        if (text.startsWith('vote honest')) heard.push(text);
        return text.startsWith('vote old') ? 'ignore' : 'accept';
      },
    },
  });
  await victim.start();
  sibling = await createNetwork(optionsOf('sibling', { peers: victim.addresses() }));
  await sibling.start();
  await until(
    () => sibling.peers().length === 1 && victim.peers().length === 1,
    'the siblings are connected',
  );
});

afterEach(async () => {
  // Whatever was done: the victim is up, and its sibling is heard, served and not blamed.
  for (let i = 0; heard.length === 0 && i < 200; i++) {
    await sibling.publishVotes(utf8(`vote honest ${i}`));
    await sleep(25);
  }
  const answer = await sibling.requestBlocks(victim.name, toHeight(1n), 2);
  const blame = victim.peers().find(({ name }) => name === sibling.name)?.penalty;
  await Promise.all([...attackers.map((each) => each.stop()), victim.stop(), sibling.stop()]);
  attackers = [];
  expect(heard.length).toBeGreaterThan(0);
  expect(answer.ok ? answer.value.length : answer.fault).toBe(2);
  expect(blame).toBeLessThan(BLAMELESS);
});

const attack = async (options: AttackerOptions = { shakesHands: true }): Promise<Attacker> => {
  const [address = ''] = victim.addresses();
  const attacker = await connectAttacker(address, options);
  attackers.push(attacker);
  return attacker;
};

const penaltyOf = (attacker: Attacker): number =>
  victim.peers().find(({ name }) => name === attacker.name)?.penalty ?? (attacker.isConnected() ? 0 : 100);

const PROTOCOLS: readonly { readonly name: string }[] = [STATUS, CLOCK, BLOCKS, PROPOSAL, CONTENT];

describe('requests', () => {
  const over: [string, (protocol: string) => Uint8Array][] = [
    ['a length of 4 GiB', () => new Uint8Array(4).fill(255)],
    ['random bytes', () => concat(Uint8Array.of(0xf0), randomBytes(64 << 10))],
    ['bytes that are no SSZ of the request', () => requestFrame(new Uint8Array(3).fill(9))],
    // No bytes at all are an empty list of roots: a fair request for content.
    ['an empty request', (protocol) => requestFrame(new Uint8Array(protocol === CONTENT.name ? 1 : 0))],
  ];
  test.each(over)('%s, on every protocol: the peer is penalised and at last banned', async (_, bytes) => {
    const attacker = await attack();
    for (let i = 0; i < 5 && attacker.isConnected(); i++)
      for (const protocol of PROTOCOLS) {
        const stream = await attacker.open(protocolId(GENESIS, protocol)).catch(() => undefined);
        if (stream === undefined) break;
        if (stream.status === 'open') stream.send(bytes(protocol.name));
        await sleep(20);
      }
    await until(() => victim.stats().banned === 1 && !attacker.isConnected(), 'it is banned and gone');
    await attacker.redial().catch(() => undefined);
    await sleep(300);
    expect(attacker.isConnected()).toBe(false);
  });

  test('requests begun and never finished hold up nobody', async () => {
    const attacker = await attack();
    for (const protocol of PROTOCOLS)
      for (let i = 0; i < 40; i++) {
        const stream = await attacker.open(protocolId(GENESIS, protocol)).catch(() => undefined);
        if (stream?.status === 'open') stream.send(Uint8Array.of(0));
      }
    const start = performance.now();
    const answer = await sibling.requestBlocks(victim.name, toHeight(1n), 2);
    expect(answer.ok).toBe(true);
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  test('a peer that asks for blocks and does not read them holds up nobody, and little memory', async () => {
    const attacker = await attack();
    const before = process.memoryUsage();
    for (let i = 0; i < 16; i++) {
      const stream = await attacker.open(protocolId(GENESIS, BLOCKS));
      stream.pause();
      stream.send(requestFrame(BLOCKS.request.encode({ from: toHeight(1n), count: 64 })));
    }
    await sleep(500);
    const start = performance.now();
    const answer = await sibling.requestBlocks(victim.name, toHeight(1n), 2);
    expect(answer.ok ? answer.value.length : answer.fault).toBe(2);
    expect(performance.now() - start).toBeLessThan(6_000);
    expect(process.memoryUsage().external - before.external).toBeLessThan(120 << 20);
  });

  test('four peers that hold all places for content and read nothing leave one to a fifth', async () => {
    const roots = Array.from({ length: 64 }, (_, i) => sha256(utf8(`root ${i}`)));
    for (let i = 0; i < 4; i++) {
      const attacker = await attack();
      for (let j = 0; j < 4; j++) {
        const stream = await attacker.open(protocolId(GENESIS, CONTENT));
        stream.pause();
        stream.send(requestFrame(CONTENT.request.encode({ roots })));
      }
    }
    await sleep(300);
    const answer = await sibling.requestContent(victim.name, roots.slice(0, 2));
    expect(answer.ok ? answer.value.objects.length : answer.fault).toBe(2);
  });

  // The clock may be asked for once per second: even the slowest machine floods that, if it is let be for long enough.
  test('a flood of requests is refused and ends in a ban', { timeout: 60_000 }, async () => {
    const attacker = await attack({ shakesHands: true, gossips: true });
    while (attacker.isConnected()) {
      const stream = await attacker.open(protocolId(GENESIS, CLOCK)).catch(() => undefined);
      if (stream?.status !== 'open') {
        await sleep(5);
        continue;
      }
      stream.send(requestFrame(CLOCK.request.encode({ time: 0n })));
      await stream.close().catch(() => undefined);
    }
    expect(victim.stats().requests.refused).toBeGreaterThan(10);
    expect(victim.stats().banned).toBe(1);
  });
});

describe('answers', () => {
  const chunk = (bytes: Uint8Array): Uint8Array => answerFrame(ANSWER.CHUNK, bytes);
  const answers: [string, string, (stream: { send: (bytes: Uint8Array) => unknown }) => void][] = [
    ['a chunk of 4 GiB', 'P2P_TOO_LONG', (s) => s.send(Uint8Array.of(0, 255, 255, 255, 255))],
    ['an answer that breaks off', 'P2P_RESET', (s) => s.send(chunk(BLOCKS.chunk.encode(blockAt(1n))))],
    ['an unknown status', 'P2P_MALFORMED', (s) => s.send(Uint8Array.of(77, 0, 0, 0, 0))],
    ['bytes that are no block', 'P2P_MALFORMED', (s) => s.send(chunk(randomBytes(500)))],
    [
      'blocks without end',
      'P2P_TOO_LONG',
      (s) => {
        for (let height = 1n; height < 100n; height++) s.send(chunk(BLOCKS.chunk.encode(blockAt(height))));
      },
    ],
    [
      'blocks of other heights',
      'P2P_FALSE_ANSWER',
      (s) =>
        s.send(concat(chunk(BLOCKS.chunk.encode(blockAt(9n))), answerFrame(ANSWER.END, new Uint8Array(0)))),
    ],
  ];
  test.each(answers)(
    '%s: refused as %s, and its sender penalised where no honest one does so',
    async (_, code, send) => {
      const attacker = await attack({
        shakesHands: true,
        serves: {
          protocol: BLOCKS,
          answer: (stream) => {
            send(stream);
            void stream.close().catch(() => undefined);
          },
        },
      });
      await until(() => victim.peers().some(({ name }) => name === attacker.name), 'the victim knows it');
      const answer = await victim.requestBlocks(attacker.name, toHeight(1n), 16);
      expect(answer.ok ? '' : answer.fault.code).toBe(code);
      if (code === 'P2P_RESET') expect(penaltyOf(attacker)).toBeLessThan(BLAMELESS);
      else expect(penaltyOf(attacker)).toBeGreaterThan(30);
    },
  );

  test('of a peer that does not serve the protocol, or refuses the request, are faults that say so', async () => {
    const ask = async (options: AttackerOptions): Promise<string> => {
      const attacker = await attack(options);
      await until(() => victim.peers().some(({ name }) => name === attacker.name), 'the victim knows it');
      const answer = await victim.requestBlocks(attacker.name, toHeight(1n), 1);
      return answer.ok ? 'ok' : answer.fault.code;
    };
    const refusal = answerFrame(ANSWER.BAD_REQUEST, new Uint8Array(0));
    expect(await ask({ shakesHands: true })).toBe('P2P_UNSUPPORTED');
    expect(
      await ask({
        shakesHands: true,
        serves: { protocol: BLOCKS, answer: (stream) => void stream.send(refusal) },
      }),
    ).toBe('P2P_REFUSED');
  });

  test('a request that is abandoned ends at once, and is not held against the peer', async () => {
    const attacker = await attack({
      shakesHands: true,
      serves: { protocol: CONTENT, answer: () => undefined },
    });
    await until(() => victim.peers().some(({ name }) => name === attacker.name), 'the victim knows it');
    const ask = async (afterMs: number): Promise<string> => {
      const controller = new AbortController();
      if (afterMs === 0) controller.abort();
      else setTimeout(() => controller.abort(), afterMs);
      const answer = await victim.requestContent(attacker.name, [GENESIS], controller.signal);
      return answer.ok ? 'ok' : answer.fault.message;
    };
    const before = penaltyOf(attacker);
    expect(await ask(200)).toBe('the request was abandoned');
    expect(await ask(0)).toBe('the request was abandoned');
    expect(penaltyOf(attacker)).toBeLessThanOrEqual(before);
  });

  test('silence: given up in time, and not held against it for long', { timeout: 30_000 }, async () => {
    const attacker = await attack({
      shakesHands: true,
      serves: { protocol: BLOCKS, answer: () => undefined },
    });
    await until(() => victim.peers().some(({ name }) => name === attacker.name), 'the victim knows it');
    const start = performance.now();
    const answer = await victim.requestBlocks(attacker.name, toHeight(1n), 16);
    expect(['P2P_TIMEOUT', 'P2P_RESET']).toContain(answer.ok ? '' : answer.fault.code);
    // At the time limit, or when the connection without gossip is given up, whichever is first.
    expect(performance.now() - start).toBeLessThan(12_000);
    expect(penaltyOf(attacker)).toBeLessThan(BLAMELESS);
  });
});

describe('gossip', () => {
  const varint = (value: number): Uint8Array =>
    value < 128
      ? Uint8Array.of(value)
      : concat(Uint8Array.of((value % 128) + 128), varint(Math.floor(value / 128)));
  const field = (tag: number, bytes: Uint8Array): Uint8Array =>
    concat(varint((tag << 3) | 2), varint(bytes.length), bytes);
  const frame = (body: Uint8Array): Uint8Array => concat(varint(body.length), body);
  /** A message of gossipsub's protobuf: data is field 2, topic field 4. */
  const message = (topic: string, data: Uint8Array): Uint8Array =>
    frame(field(2, concat(field(2, data), field(4, utf8(topic)))));

  test.each<[string, Uint8Array]>([
    [
      'random bytes',
      concat(
        Uint8Array.of(0x40),
        new Uint8Array(randomBytes(4_096)).map((byte) => byte | 7),
      ),
    ],
    ['a frame of 2 GiB', varint(2 ** 31)],
    ['a frame that is no RPC', frame(new Uint8Array(100).fill(0xff))],
  ])('%s on its stream: penalised, and the stream ended', async (_, bytes) => {
    const attacker = await attack();
    const stream = await attacker.open(MESHSUB);
    stream.send(bytes);
    await until(() => penaltyOf(attacker) > 0, 'it is penalised');
    expect(penaltyOf(attacker)).toBeGreaterThan(30);
  });

  test.each(TOPIC_NAMES)(
    'garbage on the topic of %s: rejected, not forwarded, and the sender banned',
    async (name) => {
      const attacker = await attack();
      const stream = await attacker.open(MESHSUB);
      for (let i = 0; i < 6; i++) {
        if (stream.status === 'open') stream.send(message(topicOf(GENESIS, name), randomBytes(100)));
        await sleep(20);
      }
      await until(() => victim.stats().banned === 1, 'it is banned');
      expect(victim.stats().topics[name].rejected).toBeGreaterThanOrEqual(4);
      expect(sibling.stats().topics[name].received).toBe(0);
    },
  );

  test('garbage that was queued before its sender was banned is not looked at', async () => {
    const attacker = await attack();
    const stream = await attacker.open(MESHSUB);
    const burst = Array.from({ length: 200 }, () => message(topicOf(GENESIS, 'votes'), randomBytes(100)));
    stream.send(concat(...burst));
    await until(() => victim.stats().banned === 1, 'it is banned');
    await until(() => {
      const { received, rejected, ignored } = victim.stats().topics.votes;
      // How much of the burst had come by the ban depends on the machine.
      return rejected + ignored >= received;
    }, 'the queue is empty');
    // Four are a ban; a fifth if points decayed meanwhile.
    expect(victim.stats().topics.votes.rejected).toBeLessThanOrEqual(5);
  });

  test('topics of other chains are not even looked at', async () => {
    const attacker = await attack();
    const stream = await attacker.open(MESHSUB);
    for (let i = 0; i < 50; i++) stream.send(message(`/openledger/other/votes/1`, randomBytes(100)));
    await sleep(300);
    expect(victim.stats().topics.votes.received).toBe(0);
    expect(penaltyOf(attacker)).toBeLessThan(BLAMELESS);
  });

  test('a flood of votes of no use does not drown those of the sibling', { timeout: 60_000 }, async () => {
    const attacker = await attack();
    const stream = await attacker.open(MESHSUB);
    const padding = ' '.repeat(1_000);
    let sent = 0;
    const flood = (async () => {
      while (sent < 60_000 && stream.status === 'open' && attacker.isConnected()) {
        const payload = utf8(`vote old ${sent}${padding}`);
        const room = stream.send(
          message(topicOf(GENESIS, 'votes'), VoteMessageType.encode({ repetition: 0, payload })),
        );
        sent += 1;
        if (!room) await stream.onDrain().catch(() => undefined);
        if (sent % 50 === 0) await sleep(0);
      }
    })();
    for (let i = 0; i < 20; i++) {
      await sibling.publishVotes(utf8(`vote honest ${i}`));
      await sleep(50);
    }
    await until(() => heard.length >= 20, 'all of the sibling are heard', 30_000);
    await flood;
    expect(sent).toBeGreaterThan(1_000);
    expect(victim.stats().topics.votes.queuedBytes).toBeLessThanOrEqual(4 << 20);
  });
});

describe('connections', () => {
  test('sockets that send garbage, or nothing at all, keep nobody out', async () => {
    const port = Number(/tcp\/(\d+)/.exec(victim.addresses()[0] ?? '')?.[1]);
    const sockets = Array.from({ length: 60 }, (_, i) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      if (i % 2 === 0) socket.write(randomBytes(1_000));
      return socket;
    });
    await sleep(200);
    const guest = await createNetwork(optionsOf('guest', { peers: victim.addresses() }));
    await guest.start();
    await until(() => guest.peers().length === 1, 'an honest node gets in');
    expect(victim.peers()).toHaveLength(2);
    await guest.stop();
    for (const socket of sockets) socket.destroy();
  });

  test('a peer with which gossip does not flow is connected to anew', { timeout: 30_000 }, async () => {
    const attacker = await attack();
    await until(() => victim.peers().length === 2, 'the victim knows it');
    await until(() => !attacker.isConnected(), 'the connection is ended', 25_000);
    await attacker.redial();
    await sleep(200);
    expect(attacker.isConnected()).toBe(true);
  });

  test('a peer that never tells its chain is let go', { timeout: 30_000 }, async () => {
    const attacker = await attack({ shakesHands: false });
    await until(() => !attacker.isConnected(), 'it is gone', 25_000);
    expect(victim.peers()).toHaveLength(1);
  });
});
