/** Networks of several in-process nodes on loopback, for the tests of this folder. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createNetwork, type Network } from '../../../p2p/network.ts';
import type { SyncedBlock } from '../../../p2p/protocols.ts';
import type { NetworkOptions } from '../../../p2p/types.ts';
import { type Root, toHeight } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import { EMPTY_COMMIT } from '../../../src/lib/chain.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { createLogger } from '../../../src/lib/log.ts';

export const GENESIS: Root = sha256(utf8('a genesis'));

export const seedOf = (name: string): Uint8Array => sha256(utf8(name));

/** A block of no meaning, and the commit of its height. */
export const blockAt = (height: bigint, bytes = 100): SyncedBlock => ({
  block: new Uint8Array(bytes).fill(Number(height % 251n)),
  commit: { ...EMPTY_COMMIT, height: toHeight(height) },
});

export const quiet = createLogger({ level: 'silent', format: 'json' });

export const optionsOf = (name: string, changes: Partial<NetworkOptions> = {}): NetworkOptions => ({
  seed: seedOf(name),
  listen: ['/ip4/127.0.0.1/tcp/0'],
  peers: [],
  chain: { chainId: 7n, genesisHash: GENESIS },
  version: 'test',
  expectedNodes: 4,
  handlers: { votes: () => 'accept', proposals: () => 'accept', transactions: () => 'accept' },
  sources: {
    blocks: { block: async () => undefined },
    proposals: { proposal: () => undefined },
    votes: { votesOf: () => [] },
    content: { encoded: async () => undefined },
  },
  height: () => 0n,
  logger: quiet,
  limits: { statusIntervalMs: 200 },
  ...changes,
});

export const until = async (condition: () => boolean, what: string, timeoutMs = 15_000): Promise<void> => {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`timed out waiting until ${what}`);
    await sleep(10);
  }
};

/** Starts nodes each of which has those before it as peers, and waits until all see all. */
export const startMesh = async (all: readonly NetworkOptions[]): Promise<readonly Network[]> => {
  const networks: Network[] = [];
  for (const options of all) {
    const peers = networks.flatMap((network) => network.addresses());
    const network = await createNetwork({ ...options, peers: [...peers, ...options.peers] });
    await network.start();
    networks.push(network);
  }
  await until(() => networks.every((n) => n.peers().length === all.length - 1), 'all peers are connected');
  return networks;
};

/** Penalties below this are those of a machine that is busy: a point for each answer that came too late. */
export const BLAMELESS = 5;

/** Whether the network blames none of its peers. */
export const blamesNobody = (network: Network): boolean =>
  network.peers().every(({ penalty }) => penalty < BLAMELESS);
