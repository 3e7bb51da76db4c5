/** Implements the backend of the RPC over the parts of a node. */
import type { Runner } from '../consensus/shell/runner.ts';
import type { ContentExchange } from '../p2p/content/exchange.ts';
import type { Network } from '../p2p/network.ts';
import type { BlockSync } from '../p2p/sync/block-sync.ts';
import type { NodeBackend } from '../rpc/backend.ts';
import type { ContentStore } from '../src/content/store.ts';
import type { ChainIdentity } from '../src/lib/chain.ts';
import { headerHash } from '../src/lib/chain.ts';
import { VERSION } from '../src/lib/version.ts';
import { type Genesis, genesisAttestors, genesisToJson } from '../state/genesis.ts';
import type { Store } from '../state/store/store.ts';
import type { Config } from './config.ts';
import type { Mempool } from './mempool/mempool.ts';
import type { TxPool } from './mempool/tx-pool.ts';
import type { Watchman } from './watchman.ts';

export type BackendParts = {
  readonly genesis: Genesis;
  readonly identity: ChainIdentity;
  readonly store: Store;
  readonly mempool: Mempool;
  readonly mempoolLimits: Config['mempool'];
  readonly pool: TxPool;
  readonly content: ContentStore;
  readonly exchange: Pick<ContentExchange, 'arrived' | 'offer' | 'obtain'>;
  readonly network: Pick<Network, 'peers'>;
  readonly sync: Pick<BlockSync, 'state'>;
  readonly runner: Pick<Runner, 'status'>;
  readonly inTurn: NodeBackend['inTurn'];
  readonly simulate: NodeBackend['simulate'];
  readonly watchman: Pick<Watchman, 'waiting' | 'problems'>;
};

/** How long a call waits for content from the peers. */
const OBTAIN_MS = 5_000;

export const chainInfo = ({
  identity,
  genesis,
}: Pick<BackendParts, 'identity' | 'genesis'>): NodeBackend['chain'] => ({
  identity,
  genesis: genesisToJson(genesis),
  attestors: genesisAttestors(genesis),
  version: VERSION,
});

export const createBackend = (parts: BackendParts): NodeBackend => {
  const { store, mempool, pool, content, exchange, network, sync, watchman } = parts;

  return {
    chain: chainInfo(parts),
    isReady: true,
    status: () => ({
      height: store.tip().height,
      round: parts.runner.status().round,
      peers: network.peers().length,
      syncing: sync.state().type === 'syncing',
      waiting: watchman.waiting(),
    }),
    head: store.head,
    problems: () => watchman.problems(),
    peers: () =>
      network
        .peers()
        .map(({ name, address, direction, height }) => ({ id: name, address, direction, height })),
    mempool: () => ({
      ...mempool.size(),
      maxTransactions: parts.mempoolLimits.max_transactions,
      maxBytes: parts.mempoolLimits.max_bytes,
    }),
    read: (query) => query({ height: store.tip().height, view: store.view }),
    block: async (height) => {
      const block = store.block(height);
      return block === undefined ? undefined : { block, hash: headerHash(block.header) };
    },
    header: async (height) => store.header(height),
    commit: async (height) => store.commitOf(height),
    validators: async (height) => store.validators(height),
    history: store.history,
    submit: pool.submit,
    inTurn: parts.inTurn,
    simulate: parts.simulate,
    txState: async (id) => pool.state(id),
    txSettled: pool.settled,
    nextNonce: pool.nextNonce,
    putContent: async (objects, pace) => {
      const put = await content.put(objects, pace);
      if (put.ok) {
        exchange.arrived(put.value);
        void exchange.offer(put.value).catch(() => undefined);
      }
      return put;
    },
    // What no block names is asked of no peer: an honest one would not show it.
    seekContent: async (root) => {
      if (network.peers().length === 0 || !(await content.isShown(root)) || (await content.has(root))) return;
      await exchange.obtain(root, OBTAIN_MS);
    },
    isContentNamed: content.isShown,
    listsToShow: content.listsToShow,
    getContent: content.get,
  };
};
