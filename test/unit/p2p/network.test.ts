import { networkInterfaces } from 'node:os';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createNetwork, type Network } from '../../../p2p/network.ts';
import type { PeerEvent, Verdict } from '../../../p2p/types.ts';
import { toHeight, toRound } from '../../../src/lib/brands.ts';
import { equal, toHex, utf8 } from '../../../src/lib/bytes.ts';
import { MAX_BLOCK_BYTES } from '../../../src/lib/chain.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { blamesNobody, blockAt, GENESIS, optionsOf, startMesh, until } from './networks.ts';

let running: Network[] = [];
const keep = <T extends Network | readonly Network[]>(networks: T): T => {
  running.push(...[networks].flat());
  return networks;
};
afterEach(async () => {
  await Promise.all(running.map((network) => network.stop()));
  running = [];
});

const at = (networks: readonly Network[], index: number): Network => {
  const network = networks[index];
  if (network === undefined) throw new Error(`no network ${index}`);
  return network;
};

/** Messages received by each node, by topic. */
type Inbox = { votes: string[]; proposals: Uint8Array[]; transactions: string[][] };
const mesh = async (
  names: readonly string[],
  verdict: (name: string, text: string) => Verdict = () => 'accept',
) => {
  const inboxes: Record<string, Inbox> = {};
  const networks = keep(
    await startMesh(
      names.map((name) => {
        const inbox: Inbox = { votes: [], proposals: [], transactions: [] };
        inboxes[name] = inbox;
        return optionsOf(name, {
          handlers: {
            votes: (bytes) => {
              const text = Buffer.from(bytes).toString();
              inbox.votes.push(text);
              return verdict(name, text);
            },
            proposals: (bytes) => {
              inbox.proposals.push(bytes);
              return 'accept';
            },
            transactions: (batch) => {
              inbox.transactions.push(batch.map((bytes) => Buffer.from(bytes).toString()));
              return 'accept';
            },
          },
        });
      }),
    ),
  );
  const inboxOf = (name: string): Inbox => inboxes[name] ?? { votes: [], proposals: [], transactions: [] };
  // Until the gossip library has told everyone who subscribes to what.
  await until(() => networks.every((n) => n.stats().peers === names.length - 1), 'all are peers');
  for (let ready = false; !ready; await sleep(20)) {
    const sent = await Promise.all(networks.map((n) => n.publishVotes(utf8('ready?'), 'repeat')));
    ready = sent.every((count) => count === names.length - 1);
  }
  for (const name of names) inboxOf(name).votes.length = 0;
  return { networks, inboxOf };
};
const others = ['b', 'c', 'd'];

describe('gossip', () => {
  test('votes, a whole proposal and batches of transactions reach everyone once, and not the sender', async () => {
    const { networks, inboxOf } = await mesh(['a', 'b', 'c', 'd']);
    await sleep(200);
    for (const name of ['a', ...others]) inboxOf(name).votes.length = 0;
    await at(networks, 0).publishVotes(utf8('prevote'));
    const proposal = new Uint8Array(MAX_BLOCK_BYTES).map((_, i) => i % 251);
    await at(networks, 0).publishProposal(proposal);
    const transactions = Array.from({ length: 250 }, (_, i) => `tx ${i}`);
    at(networks, 0).publishTransactions(transactions.map(utf8));
    await until(
      () =>
        others.every(
          (name) => inboxOf(name).proposals.length > 0 && inboxOf(name).transactions.flat().length >= 250,
        ),
      'everything has arrived',
    );
    await sleep(200);
    for (const name of others) {
      expect(inboxOf(name).votes).toEqual(['prevote']);
      expect(inboxOf(name).proposals).toHaveLength(1);
      expect(Buffer.compare(inboxOf(name).proposals[0] ?? new Uint8Array(), proposal)).toBe(0);
      expect(
        inboxOf(name)
          .transactions.map((batch) => batch.length)
          .sort((x, y) => y - x),
      ).toEqual([100, 100, 50]);
      expect(inboxOf(name).transactions.flat().sort()).toEqual([...transactions].sort());
    }
    expect(inboxOf('a')).toEqual({ votes: [], proposals: [], transactions: [] });
  });

  test('a vote arrives once however many nodes publish it, and again with every repetition', async () => {
    const { networks, inboxOf } = await mesh(['a', 'b', 'c']);
    const [a, b] = [at(networks, 0), at(networks, 1)];
    await sleep(100);
    inboxOf('c').votes.length = 0;
    const vote = utf8('the same vote');
    for (const network of [a, b, a]) await network.publishVotes(vote, 'first');
    await until(() => inboxOf('c').votes.length > 0, 'the vote came');
    await sleep(200);
    expect(inboxOf('c').votes).toEqual(['the same vote']);
    for (const network of [a, b, a]) await network.publishVotes(vote, 'repeat');
    await until(() => inboxOf('c').votes.length === 4, 'the vote came with each repetition');
    await a.publishProposal(utf8('a proposal'));
    await a.publishProposal(utf8('a proposal'), 'repeat');
    await until(() => inboxOf('c').proposals.length === 2, 'so did the proposal');
  });

  test('what a node accepts it forwards, what it ignores it keeps to itself, and nobody is blamed', async () => {
    const inboxes = { b: [] as string[], c: [] as string[] };
    const line = (name: 'a' | 'b' | 'c', peers: readonly string[]) =>
      createNetwork(
        optionsOf(name, {
          peers,
          handlers: {
            ...optionsOf(name).handlers,
            votes: (bytes) => {
              const text = Buffer.from(bytes).toString();
              if (name !== 'a') inboxes[name].push(text);
              return text.startsWith('old') ? 'ignore' : 'accept';
            },
          },
        }),
      );
    const b = keep(await line('b', []));
    await b.start();
    const a = keep(await line('a', b.addresses()));
    const c = keep(await line('c', b.addresses()));
    await Promise.all([a.start(), c.start()]);
    await until(() => b.peers().length === 2, 'the line stands');
    for (let i = 0; !inboxes.c.some((text) => text.startsWith('accepted')) && i < 100; i++) {
      await a.publishVotes(utf8(`accepted ${i}`));
      await sleep(50);
    }
    expect(inboxes.c.some((text) => text.startsWith('accepted'))).toBe(true);
    for (let i = 0; i < 20; i++) await a.publishVotes(utf8(`old ${i}`));
    await until(() => inboxes.b.filter((text) => text.startsWith('old')).length === 20, 'b has them');
    await sleep(700);
    expect(inboxes.c.filter((text) => text.startsWith('old'))).toEqual([]);
    expect([b.peers().length, blamesNobody(b)]).toEqual([2, true]);
  });

  test('a peer whose messages are rejected is banned, and the others go on', async () => {
    const { networks, inboxOf } = await mesh(['a', 'b', 'c', 'd'], (_, text) =>
      text.startsWith('forged') ? 'reject' : 'accept',
    );
    const [forger] = networks;
    if (forger === undefined) throw new Error('no network');
    for (let i = 0; i < 10; i++) await forger.publishVotes(utf8(`forged ${i}`));
    await until(
      () => networks.slice(1).every((n) => n.peers().length === 2 && n.stats().banned === 1),
      'the forger is out everywhere',
    );
    await at(networks, 1).publishVotes(utf8('good'));
    await until(() => ['c', 'd'].every((name) => inboxOf(name).votes.includes('good')), 'votes go on');
    await sleep(1_500);
    expect(forger.peers()).toEqual([]);
    expect(networks.slice(1).map((n) => [n.peers().length, blamesNobody(n)])).toEqual(
      networks.slice(1).map(() => [2, true]),
    );
  });

  test('a peer of the config whose transactions are rejected stays, and its votes are heard', async () => {
    const heard: string[] = [];
    const a = keep(await createNetwork(optionsOf('a')));
    await a.start();
    const base = optionsOf('b', { peers: a.addresses() });
    const b = keep(
      await createNetwork({
        ...base,
        handlers: {
          ...base.handlers,
          transactions: ([first]) =>
            Buffer.from(first ?? [])
              .toString()
              .startsWith('forged')
              ? 'reject'
              : 'accept',
          votes: (bytes) => {
            heard.push(Buffer.from(bytes).toString());
            return 'accept';
          },
        },
      }),
    );
    await b.start();
    await until(() => a.peers().length === 1 && b.peers().length === 1, 'they are connected');
    const seen = () => b.stats().topics.transactions;
    const send = async (text: string): Promise<void> => {
      const { received } = seen();
      for (let i = 0; seen().received === received; i++) {
        expect(b.stats().banned).toBe(0);
        a.publishTransactions([utf8(`${text} ${i}`)]);
        await sleep(20);
      }
      await until(
        () => seen().received === seen().accepted + seen().rejected + seen().ignored,
        'it is judged',
      );
    };
    while (seen().ignored === 0) await send(`forged ${seen().received}`);
    // Four are enough; a fifth or more if points decayed meanwhile.
    expect(seen().rejected).toBeGreaterThanOrEqual(4);
    await send('good');
    expect(seen().accepted).toBe(0);
    for (let i = 0; heard.length === 0; i++) {
      await a.publishVotes(utf8(`vote ${i}`));
      await sleep(20);
    }
    expect([b.peers().length, b.stats().banned, blamesNobody(b)]).toEqual([1, 0, true]);
  });

  test('a handler that throws, now or later, harms nobody', async () => {
    let calls = 0;
    const broken = optionsOf('b', {
      handlers: {
        ...optionsOf('b').handlers,
        votes: (bytes) => {
          calls += 1;
          if (bytes.length % 2 === 0) throw new Error('now');
          return Promise.reject(new Error('later'));
        },
      },
    });
    const networks = keep(await startMesh([optionsOf('a'), broken]));
    for (let i = 0; calls < 100; i++) {
      await at(networks, 0).publishVotes(new Uint8Array(1 + (i % 200)));
      await sleep(1);
    }
    expect([at(networks, 1).peers().length, blamesNobody(at(networks, 1))]).toEqual([1, true]);
    expect(at(networks, 1).stats().topics.votes.ignored).toBeGreaterThanOrEqual(99);
  });
});

describe('peers', () => {
  test('of another chain are told apart by the genesis hash, named in the log, and let go', async () => {
    const lines: string[] = [];
    const sink = new Writable({
      write: (line: Buffer, _encoding, done) => {
        lines.push(line.toString());
        done();
      },
    });
    const logger = createLogger({ level: 'info', format: 'json' }, sink);
    const a = keep(await createNetwork(optionsOf('a', { logger })));
    await a.start();
    const theirs = sha256(utf8('another genesis'));
    const b = keep(
      await createNetwork(
        optionsOf('b', { peers: a.addresses(), chain: { chainId: 7n, genesisHash: theirs } }),
      ),
    );
    await b.start();
    await until(() => lines.some((line) => line.includes('another chain')), 'the log says so');
    const line = lines.find((each) => each.includes('another chain')) ?? '';
    expect(line).toContain(toHex(theirs));
    expect(line).toContain(toHex(GENESIS));
    await sleep(1_000);
    expect([a.peers(), b.peers()]).toEqual([[], []]);
  });

  test('that were restarted on the same address are found again, and tell their new height and clock', async () => {
    let height = 5n;
    const events: PeerEvent['type'][] = [];
    const ahead = { now: () => systemClock.now() + 3_600_000n };
    const first = await createNetwork(optionsOf('b', { height: () => height, clock: ahead }));
    await first.start();
    const [address = ''] = first.addresses();
    const a = keep(await createNetwork(optionsOf('a', { peers: [address] })));
    a.subscribe((event) => events.push(event.type));
    await a.start();
    await until(() => a.peers()[0]?.height === 5n, 'the height is known');
    height = 6n;
    await until(() => a.peers()[0]?.height === 6n, 'the height is told again');
    await until(() => a.clockOffset() !== undefined, 'the clocks are compared');
    expect(Math.abs((a.clockOffset()?.offsetMs ?? 0) + 3_600_000)).toBeLessThan(60_000);
    // It is no peer of the config of the other.
    expect(first.clockOffset()).toBeUndefined();
    await first.stop();
    await until(() => a.peers().length === 0, 'it is gone');
    const listen = [address.slice(0, address.indexOf('/p2p/'))];
    const second = keep(await createNetwork(optionsOf('b', { listen, height: () => 9n })));
    await second.start();
    await until(() => a.peers()[0]?.height === 9n, 'it is back');
    expect(events).toEqual(['connected', 'disconnected', 'connected']);
    expect(a.peers()[0]).toMatchObject({ configured: true, direction: 'outbound', version: 'test' });
    await until(() => second.peers().length === 1, 'both know');
    let sent = 0;
    for (let i = 0; sent === 0 && i < 100; i++) {
      sent = await second.publishVotes(utf8(`vote ${i}`));
      await sleep(20);
    }
    expect(sent).toBe(1);
  });

  test('that are not in the config are limited in number, those in it are not', async () => {
    const hub = keep(
      await createNetwork(optionsOf('hub', { limits: { maxOtherPeers: 2, statusIntervalMs: 200 } })),
    );
    await hub.start();
    for (const name of ['x', 'y', 'z']) {
      const guest = keep(await createNetwork(optionsOf(name, { peers: hub.addresses() })));
      await guest.start();
    }
    await until(() => hub.peers().length === 2, 'two are in');
    await sleep(1_000);
    expect(hub.peers()).toHaveLength(2);
  });

  test('that are not in the config give way after a while, also if the clock of the machine was set back', async () => {
    const hub = keep(
      await createNetwork(optionsOf('hub', { limits: { maxOtherPeers: 1, statusIntervalMs: 200 } })),
    );
    await hub.start();
    const join = async (name: string): Promise<string> => {
      const guest = keep(await createNetwork(optionsOf(name, { peers: hub.addresses() })));
      await guest.start();
      return guest.name;
    };
    const first = await join('x');
    await until(() => hub.peers()[0]?.name === first, 'the first is in');
    const [passed, shown] = [performance.now.bind(performance), Date.now];
    const clocks = [
      vi.spyOn(performance, 'now').mockImplementation(() => passed() + 11_000),
      vi.spyOn(Date, 'now').mockImplementation(() => shown() - 7_200_000),
    ];
    onTestFinished(() => clocks.forEach((clock) => clock.mockRestore()));
    const second = await join('y');
    await until(() => hub.peers()[0]?.name === second, 'the second has its place');
  });

  test('a port in use, and an address that is none, are refused by name', async () => {
    const a = keep(await createNetwork(optionsOf('a')));
    await a.start();
    const [address = ''] = a.addresses();
    const listen = [address.slice(0, address.indexOf('/p2p/'))];
    const b = await createNetwork(optionsOf('b', { listen }));
    await expect(b.start()).rejects.toMatchObject({ code: 'P2P_PORT_IN_USE' });
    // An address of TEST-NET-1 (RFC 5737), which no machine has.
    const c = keep(await createNetwork(optionsOf('c', { listen: ['/ip4/192.0.2.1/tcp/0'] })));
    await expect(c.start()).rejects.toMatchObject({ code: 'P2P_LISTEN' });
    const id = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8';
    for (const bad of [
      'nonsense',
      '/ip4/127.0.0.1/tcp/1',
      '/ip4/127.0.0.1/tcp/1/p2p/nonsense',
      `/ip4/banana/tcp/1/p2p/${id}`,
      `/ip4/127.0.0.1/udp/1/p2p/${id}`,
      `/ip4/127.0.0.1/tcp/0/p2p/${id}`,
      `/ip4/127.0.0.1/tcp/1/ws/p2p/${id}`,
      `/ip4/127.0.0.1/tcp/1/p2p/${id}/p2p-circuit`,
      `/dns//tcp/1/p2p/${id}`,
      `/dns/banana/p2p/${id}`,
      `/dns/banana/tcp/1`,
      `/dns/banana/udp/1/quic-v1/p2p/${id}`,
      `/dns/ba_nana/tcp/1/p2p/${id}`,
      `/dns/ba nana/tcp/1/p2p/${id}`,
      `/dns4/127.0.0.1/tcp/1/p2p/${id}`,
      `/dns/banana/tcp/65536/p2p/${id}`,
      ` /dns/banana/tcp/1/p2p/${id}`,
      `/p2p/${id}`,
    ])
      await expect(createNetwork(optionsOf('c', { peers: [bad] }))).rejects.toMatchObject({
        code: 'P2P_PEER_ADDRESS',
      });
  });
});

const HAS_IPV6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

describe('an address', () => {
  const reached = async (listen: string, host: string): Promise<number> => {
    const a = keep(await createNetwork(optionsOf('a', { listen: [`${listen}/tcp/0`] })));
    await a.start();
    const [address = ''] = a.addresses();
    const b = keep(await createNetwork(optionsOf('b', { peers: [address.replace(listen, host)] })));
    await b.start();
    await until(() => b.peers().length === 1, 'they are connected');
    return b.peers().length;
  };

  test.each(['/dns/localhost', '/dns4/localhost'])('of the form %s/tcp/… is dialled', async (host) => {
    expect(await reached('/ip4/127.0.0.1', host)).toBe(1);
  });

  test.skipIf(!HAS_IPV6)('of IPv6 is listened on and dialled', async () => {
    expect(await reached('/ip6/::1', '/ip6/::1')).toBe(1);
  });
});

describe('requests', () => {
  test('blocks come in order, as many as there are', async () => {
    const networks = keep(
      await startMesh([
        optionsOf('a'),
        optionsOf('b', {
          sources: {
            ...optionsOf('b').sources,
            blocks: { block: async (height) => (height <= 40n ? blockAt(height) : undefined) },
          },
        }),
      ]),
    );
    const [a, b] = [at(networks, 0), at(networks, 1)];
    const some = await a.requestBlocks(b.name, toHeight(3n), 5);
    expect(some).toEqual({ ok: true, value: [3n, 4n, 5n, 6n, 7n].map((height) => blockAt(height)) });
    const tail = await a.requestBlocks(b.name, toHeight(39n), 16);
    expect(tail).toEqual({ ok: true, value: [blockAt(39n), blockAt(40n)] });
    const none = await b.requestBlocks(a.name, toHeight(1n), 16);
    expect(none).toEqual({ ok: true, value: [] });
    const nobody = await a.requestBlocks('12D3KooWnobody', toHeight(1n), 1);
    expect(nobody.ok ? '' : nobody.fault.code).toBe('P2P_NOT_CONNECTED');
  });

  test('many large blocks arrive within the bound of one answer, and whole', async () => {
    const networks = keep(
      await startMesh([
        optionsOf('a'),
        optionsOf('b', {
          sources: {
            ...optionsOf('b').sources,
            blocks: { block: async (height) => blockAt(height, MAX_BLOCK_BYTES) },
          },
        }),
      ]),
    );
    const answer = await at(networks, 0).requestBlocks(at(networks, 1).name, toHeight(1n), 16);
    if (!answer.ok) throw new Error(answer.fault.message);
    expect(answer.value).toHaveLength(4);
    for (const [i, { block }] of answer.value.entries())
      expect(equal(block, blockAt(BigInt(i + 1), MAX_BLOCK_BYTES).block)).toBe(true);
  });

  test('blocks of other heights than asked are a false answer', async () => {
    const networks = keep(
      await startMesh([
        optionsOf('a'),
        optionsOf('liar', {
          sources: {
            ...optionsOf('liar').sources,
            blocks: { block: async (height) => blockAt(height + 1n) },
          },
        }),
      ]),
    );
    const answer = await at(networks, 0).requestBlocks(at(networks, 1).name, toHeight(1n), 2);
    expect(answer.ok ? '' : answer.fault.code).toBe('P2P_FALSE_ANSWER');
    expect(at(networks, 0).peers()[0]?.penalty).toBeGreaterThan(30);
  });

  test('a missed proposal is had from whoever has it', async () => {
    const proposal = new Uint8Array(MAX_BLOCK_BYTES).fill(7);
    const id = sha256(proposal);
    const withProposal = optionsOf('c', {
      sources: {
        ...optionsOf('c').sources,
        proposals: {
          proposal: ({ height, round, id: asked }) =>
            height === 4n && round === 2 && equal(asked, id) ? proposal : undefined,
        },
        votes: { votesOf: (publicKey) => (equal(publicKey, id) ? [Uint8Array.of(1, 2, 3)] : []) },
      },
    });
    const networks = keep(await startMesh([optionsOf('a'), optionsOf('b'), withProposal]));
    expect(await at(networks, 0).requestProposal({ height: toHeight(4n), round: toRound(2), id })).toEqual({
      bytes: proposal,
      peer: at(networks, 2).name,
    });
    expect(
      await at(networks, 0).requestProposal({ height: toHeight(4n), round: toRound(3), id }),
    ).toBeUndefined();
    // Every peer is asked for the votes of a key, and each answers for itself.
    const answers = new Map<string, readonly Uint8Array[]>();
    await new Promise<void>((resolve) => {
      at(networks, 0).requestVotesOf(id, (votes, peer) => {
        answers.set(peer, votes);
        if (answers.size === 2) resolve();
      });
    });
    expect(answers.get(at(networks, 1).name)).toEqual([]);
    expect(answers.get(at(networks, 2).name)).toEqual([Uint8Array.of(1, 2, 3)]);
  });

  test('a node holds itself back before it asks more than a peer allows', async () => {
    // However long the questions take on this machine, hardly any time passes for the ration.
    const now = performance.now.bind(performance);
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() / 1_000);
    onTestFinished(() => clock.mockRestore());
    const networks = keep(await startMesh([optionsOf('a'), optionsOf('b')]));
    const [a, b] = [at(networks, 0), at(networks, 1)];
    const codes: string[] = [];
    for (let i = 0; i < 60; i++) {
      const answer = await a.requestBlocks(b.name, toHeight(1n), 1);
      codes.push(answer.ok ? 'ok' : answer.fault.code);
    }
    expect(new Set(codes)).toEqual(new Set(['ok', 'P2P_BUSY']));
    expect(codes.filter((code) => code === 'ok').length).toBeGreaterThanOrEqual(30);
    expect(b.stats().requests.refused).toBe(0);
    expect([b.peers().length, blamesNobody(b)]).toEqual([1, true]);
  });

  test('a source that fails is an answer, not a crash', async () => {
    const broken = optionsOf('b', {
      sources: {
        ...optionsOf('b').sources,
        blocks: { block: () => Promise.reject(new Error('disk')) },
      },
    });
    const networks = keep(await startMesh([optionsOf('a'), broken]));
    const answer = await at(networks, 0).requestBlocks(at(networks, 1).name, toHeight(1n), 1);
    expect(answer.ok ? '' : answer.fault.code).toBe('P2P_FAILED');
  });
});
