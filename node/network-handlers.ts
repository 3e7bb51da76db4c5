/** Connects the messages and requests of peers to consensus, the mempool and the stores. */
import type { Verdict as ConsensusVerdict, Runner } from '../consensus/shell/runner.ts';
import type { GossipHandlers, Sources, Verdict } from '../p2p/types.ts';
import type { ContentStore } from '../src/content/store.ts';
import { toHeight, toRound } from '../src/lib/brands.ts';
import { CodedError } from '../src/lib/errors.ts';
import type { Store } from '../state/store/store.ts';
import type { TxPool } from './mempool/tx-pool.ts';

export type HandlerParts = {
  /** Undefined until consensus has begun: the network is up before it. */
  readonly runner: () => Runner | undefined;
  readonly pool: TxPool;
};

const verdictOf = (verdict: ConsensusVerdict | undefined): Verdict => verdict?.type ?? 'ignore';

/** The thread that checks transactions ends before the last message has been handled. */
const ignoreWhenStopping = (error: unknown): Verdict => {
  if (error instanceof CodedError && error.code === 'VERIFIER_STOPPED') return 'ignore';
  throw error;
};

export const gossipHandlers = ({ runner, pool }: HandlerParts): GossipHandlers => ({
  votes: (bytes, from) => verdictOf(runner()?.receive('vote', bytes, from)),
  proposals: (bytes, from) => verdictOf(runner()?.receive('proposal', bytes, from)),
  transactions: (batch, from) => pool.receive(batch, from).catch(ignoreWhenStopping),
});

export type SourceParts = {
  readonly runner: () => Runner | undefined;
  readonly store: Store;
  readonly content: ContentStore;
};

export const networkSources = ({ runner, store, content }: SourceParts): Sources => ({
  blocks: {
    block: async (height) => {
      const block = store.blockBytes(height);
      const commit = store.commitOf(height);
      return block === undefined || commit === undefined ? undefined : { block, commit };
    },
  },
  proposals: {
    proposal: ({ height, round, id }) =>
      runner()?.proposalFor({ height: toHeight(height), round: toRound(round), id }),
  },
  votes: { votesOf: (publicKey) => runner()?.votesOf(publicKey) ?? [] },
  content: { hasMany: (roots) => content.hasMany(roots), encoded: (root) => content.encoded(root) },
});
