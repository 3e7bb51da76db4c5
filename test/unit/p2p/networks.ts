/** Networks of several in-process nodes on loopback, for the tests of this folder. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createNetwork, type Network } from '../../../p2p/network.ts';
import type { SyncedBlock } from '../../../p2p/protocols.ts';
import type { NetworkOptions } from '../../../p2p/types.ts';
import { type Address, type Root, toHeight } from '../../../src/lib/brands.ts';
import { utf8 } from '../../../src/lib/bytes.ts';
import {
  type Block,
  BlockType,
  type ChainIdentity,
  EMPTY_COMMIT,
  type Header,
  headerHash,
  MAX_TRANSACTION_BYTES,
} from '../../../src/lib/chain.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { createLogger } from '../../../src/lib/log.ts';

export const GENESIS: Root = sha256(utf8('a genesis'));

export const seedOf = (name: string): Uint8Array => sha256(utf8(name));

export const CHAIN: ChainIdentity = { chainId: 7n, genesisHash: GENESIS };
const ids: Root[] = [GENESIS];

/** Past it blocks have no parent, because every block before them would have to be made. */
const CHAINED = 10_000n;

const headerAt = (height: bigint): Header => {
  for (let next = BigInt(ids.length); next < height && height < CHAINED; next++)
    ids.push(headerHash(headerAt(next)));
  return {
    chainId: CHAIN.chainId,
    height: toHeight(height),
    time: height,
    parent: ids[Number(height) - 1] ?? GENESIS,
    proposer: new Uint8Array(20) as Address,
    transactionsRoot: GENESIS,
    lastCommitRoot: GENESIS,
    evidenceRoot: GENESIS,
    validatorsHash: GENESIS,
    nextValidatorsHash: GENESIS,
    parametersHash: GENESIS,
    stateRoot: GENESIS,
    resultsRoot: GENESIS,
  };
};

/**
 * A block of one chain that has no meaning, and a commit that names it, without signatures. It has about so many bytes, and
 * some hundred at least.
 */
export const blockAt = (height: bigint, bytes = 100): SyncedBlock => {
  const header = headerAt(height);
  const block: Block = { header, transactions: [], lastCommit: EMPTY_COMMIT, evidence: [] };
  const transactions: Uint8Array[] = [];
  for (let rest = bytes - BlockType.encode(block).length; rest > 4; rest -= MAX_TRANSACTION_BYTES)
    transactions.push(new Uint8Array(Math.min(rest, MAX_TRANSACTION_BYTES) - 4));
  return {
    block: BlockType.encode({ ...block, transactions }),
    commit: { ...EMPTY_COMMIT, height: toHeight(height), blockHash: headerHash(header) },
  };
};

export const quiet = createLogger({ level: 'silent', format: 'json' });

export const optionsOf = (name: string, changes: Partial<NetworkOptions> = {}): NetworkOptions => ({
  seed: seedOf(name),
  listen: ['/ip4/127.0.0.1/tcp/0'],
  peers: [],
  chain: CHAIN,
  version: 'test',
  expectedNodes: 4,
  handlers: { votes: () => 'accept', proposals: () => 'accept', transactions: () => 'accept' },
  sources: {
    blocks: { block: async () => undefined },
    proposals: { proposal: () => undefined },
    votes: { votesOf: () => [] },
    content: { hasMany: async (roots) => roots.map(() => false), encoded: async () => undefined },
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
