/**
 * A peer that no node knows: the project's own host under a fresh key, which tells the status that the attack wants and does
 * with every other protocol as the attack says.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stream } from '@libp2p/interface';
import { Gossip } from '../../p2p/gossip.ts';
import type { GossipRouter } from '../../p2p/gossip-router.ts';
import { createHost } from '../../p2p/host.ts';
import { type Protocol, protocolId, STATUS, type Status } from '../../p2p/protocols.ts';
import { type Answer, Requests } from '../../p2p/reqresp.ts';
import { PeerScores } from '../../p2p/scores.ts';
import type { PeerName } from '../../p2p/types.ts';
import { type Root, toHeight } from '../../src/lib/brands.ts';
import type { Result } from '../../src/lib/errors.ts';
import { createLogger } from '../../src/lib/log.ts';
import type { Target } from './attack.ts';

/** A host dials until it is connected; a full node may take a while to have room. */
const CONNECT_MS = 15_000;
const ASK_MS = 5_000;

export type Serve = {
  readonly protocol: { readonly name: string };
  /** Gets the stream of each request. It must attach its listeners before its first `await`. */
  readonly answer: (stream: Stream, stranger: Stranger) => void;
};

export type StrangerOptions = {
  /** The height that it announces: 0 unless given. */
  readonly height?: () => bigint;
  readonly protocols?: readonly Serve[];
};

export type Stranger = {
  readonly name: PeerName;
  /** Opens a stream to the target. @throws if it is not connected, or the target has no room for the stream */
  readonly open: (protocol: { readonly name: string }) => Promise<Stream>;
  /** The same, for a protocol that is not of one chain, by its name. */
  readonly openRaw: (name: string) => Promise<Stream>;
  /** Sends bytes on a stream and counts them. Does nothing on a stream that has closed. */
  readonly send: (stream: Stream, bytes: Uint8Array) => void;
  /** Asks the target as an honest node does. */
  readonly ask: <Q, R>(protocol: Protocol<Q, R>, request: Q) => Promise<Result<Answer<R>>>;
  readonly isConnected: () => boolean;
  /** The number of topics in whose mesh it has the target: those in which the target has refused it no place. */
  readonly meshes: () => number;
  /** Publishes bytes by gossip, so that they are received even if they were published before, and counts them. */
  readonly publish: (topic: 'votes' | 'proposals', payload: Uint8Array) => Promise<void>;
  /** Announces that it has objects of these roots, and counts the bytes. */
  readonly announce: (roots: readonly Root[]) => Promise<void>;
  /** The bytes sent through {@link send}, {@link publish} and {@link announce}. */
  readonly sent: () => number;
  readonly stop: () => Promise<void>;
};

/** How long a stranger waits before it comes back. */
const BACK_MS = 100;

/**
 * Connects under a fresh key, stays as long as `stay` runs, and comes back under another key, until the signal aborts. A
 * refusal is what the attack is after, so none ends it. Returns the bytes that were sent.
 */
export const comeBack = async (
  target: Target,
  signal: AbortSignal,
  options: StrangerOptions,
  stay: (stranger: Stranger) => Promise<void>,
): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    let stranger: Stranger | undefined;
    try {
      stranger = await connectStranger(target, options);
      await stay(stranger);
    } catch {
      await sleep(BACK_MS);
    }
    sent += stranger?.sent() ?? 0;
    await stranger?.stop();
  }
  return sent;
};

/** The library's type lacks the mesh. */
const meshesWith = (router: GossipRouter, peer: PeerName): number =>
  'mesh' in router && router.mesh instanceof Map
    ? [...router.mesh.values()].filter((peers) => peers instanceof Set && peers.has(peer)).length
    : Number.NaN;

/** Connects to a node under a fresh key, and exchanges the status with it. @throws if it is not let in */
export const connectStranger = async (target: Target, options: StrangerOptions = {}): Promise<Stranger> => {
  const { height = () => 0n, protocols = [] } = options;
  const genesisHash = target.genesisHash as Root;
  const targetName = target.p2p.multiaddr.split('/').at(-1) ?? '';
  const logger = createLogger({ level: 'silent', format: 'json' });
  const scores = new PeerScores({
    now: () => performance.now(),
    onOffence: () => undefined,
    onBan: () => undefined,
  });
  const host = await createHost({
    seed: randomBytes(32),
    listen: [],
    peers: [target.p2p.multiaddr],
    genesisHash,
    expectedNodes: 4,
    maxOtherPeers: 0,
    maxHalfOpen: 1,
    isOnChain: () => false,
    scores,
    logger,
    onConnect: () => undefined,
    onDisconnect: () => undefined,
  });
  const requests = new Requests({ host, genesisHash, scores, logger });
  const gossip = new Gossip({
    router: host.router,
    genesisHash,
    handlers: { votes: () => 'ignore', proposals: () => 'ignore', transactions: () => 'ignore' },
    onAnnouncement: () => 'ignore',
    scores,
    isConfigured: () => false,
    isFarAhead: () => false,
    nodes: () => 4,
    logger,
    now: () => performance.now(),
  });
  const status = (): Status => ({
    chainId: BigInt(target.chainId),
    genesisHash,
    height: toHeight(height()),
    version: 'stranger',
  });
  let bytesSent = 0;
  const open = async (name: string): Promise<Stream> => {
    const connection = host.connectionTo(targetName);
    if (connection === undefined) throw new Error('the target has closed the connection');
    return await connection.newStream(name, {
      maxOutboundStreams: 1_000,
      signal: AbortSignal.timeout(ASK_MS),
    });
  };
  const stranger: Stranger = {
    name: host.name,
    open: (protocol) => open(protocolId(genesisHash, protocol)),
    openRaw: open,
    send: (stream, bytes) => {
      if (stream.writeStatus !== 'writable') return;
      stream.send(bytes);
      bytesSent += bytes.length;
    },
    ask: (protocol, request) => requests.ask(targetName, protocol, request, ASK_MS),
    publish: async (topic, payload) => {
      const recipients =
        topic === 'votes'
          ? await gossip.publishVotes(payload, 'repeat')
          : await gossip.publishProposal(payload, 'repeat');
      bytesSent += recipients * payload.length;
    },
    announce: async (roots) => {
      const recipients = await gossip.announce({ holder: host.name, roots });
      bytesSent += recipients * 32 * roots.length;
    },
    isConnected: () => host.connectionTo(targetName) !== undefined,
    meshes: () => meshesWith(host.router, targetName),
    sent: () => bytesSent,
    stop: async () => {
      gossip.stop();
      await host.stop();
    },
  };
  await requests.serve(STATUS, async function* () {
    yield status();
  });
  for (const { protocol, answer } of protocols)
    await host.handle(protocolId(genesisHash, protocol), (stream) => answer(stream, stranger), {
      maxInboundStreams: 1_000,
      maxOutboundStreams: 1_000,
    });
  await host.start();
  gossip.start();
  const end = performance.now() + CONNECT_MS;
  while (!stranger.isConnected()) {
    if (performance.now() > end) {
      await stranger.stop();
      throw new Error(`${target.p2p.multiaddr} did not let a stranger in`);
    }
    await sleep(20);
  }
  await stranger.ask(STATUS, status());
  return stranger;
};
