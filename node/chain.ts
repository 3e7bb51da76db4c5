/** Implements the application of consensus over the state machine: it builds, validates, executes and commits blocks. */
import { verifyCommit } from '../consensus/certificates.ts';
import type { Application, Decision } from '../consensus/shell/runner.ts';
import type { Address } from '../src/lib/brands.ts';
import { equal } from '../src/lib/bytes.ts';
import { type Block, type ChainIdentity, headerHash, MAX_BLOCK_TRANSACTIONS } from '../src/lib/chain.ts';
import type { Clock } from '../src/lib/clock.ts';
import { failWith, invariant, ok, unwrap } from '../src/lib/errors.ts';
import type { Logger } from '../src/lib/log.ts';
import { maxBig } from '../src/lib/math.ts';
import type { InfoTable } from '../state/attribution/info1.ts';
import { buildBlock, checkBlock, checkOutline, contextOf, transactionSpace } from '../state/block.ts';
import { accountsOf } from '../state/charge.ts';
import { executeBlock } from '../state/machine.ts';
import { baseFeeOf } from '../state/modules/ledger/fees.ts';
import type { Decided, Store } from '../state/store/store.ts';
import type { Result } from './errors.ts';
import type { Mempool } from './mempool/mempool.ts';
import type { Verifier } from './mempool/verifier.ts';

export type ChainOptions = {
  readonly store: Store;
  readonly identity: ChainIdentity;
  readonly verifier: Verifier;
  readonly info: InfoTable;
  readonly mempool: Mempool;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The consensus address of this node's validator: the proposer of the blocks it builds. */
  readonly self: Address;
  /** Is called after a height is on disk. */
  readonly onCommitted: (decided: Decided) => void;
};

/** One in this many empty blocks has a line in the log, which shows that the chain moves. */
const QUIET_BLOCKS = 20n;

export const createChain = (options: ChainOptions): Application => {
  const { store, identity, verifier, info, mempool, clock, logger } = options;

  const propose: Application['propose'] = async (height, _round, lastCommit) => {
    const tip = store.tip();
    invariant(height === tip.height + 1n, 'a block is proposed on the tip');
    const selected = mempool.select(
      {
        maxBytes: transactionSpace(tip, lastCommit),
        maxCount: MAX_BLOCK_TRANSACTIONS,
        maxGas: tip.params.blocks.maxGas,
        height,
        baseFee: baseFeeOf(store.view),
      },
      accountsOf(store.view),
    );
    return buildBlock(tip, {
      time: maxBig(clock.now(), tip.time + 1n),
      proposer: options.self,
      transactions: selected.map(({ bytes }) => bytes),
      lastCommit,
      evidence: [],
    });
  };

  const checkLastCommit = (block: Block): Result<void> => {
    const tip = store.tip();
    if (tip.height === 0n) return ok(undefined);
    const validators = store.validators(tip.height);
    invariant(validators !== undefined, 'the validators of the tip are stored');
    const verified = verifyCommit(validators, identity, block.lastCommit);
    return verified.ok ? ok(undefined) : verified;
  };

  const validate: Application['validate'] = async (_height, proposed) => {
    const { block } = proposed;
    const outline = checkOutline(store.tip(), store.view, proposed);
    if (!outline.ok) return failWith(outline.fault);
    // In another thread. The results are remembered, so that checkBlock finds them.
    await verifier.verifyBlock(block.transactions);
    const checked = checkBlock(store.tip(), store.view, proposed, verifier.verify);
    return checked.ok ? checkLastCommit(block) : failWith(checked.fault);
  };

  const decide = async ({ block, bytes, id, commit, height, round }: Decision): Promise<void> => {
    const tip = store.tip();
    invariant(height === tip.height + 1n, 'a block is decided on the tip');
    const started = performance.now();
    await verifier.verifyBlock(block.transactions);
    const transactions = block.transactions.map((encoded) => unwrap(verifier.verify(encoded)));
    const context = contextOf(tip, block, { chain: identity, recover: verifier.recover, info });
    const executed = executeBlock(store.view, context, transactions);
    const decided: Decided = { block, bytes, id, commit, transactions, executed };
    await store.commit(decided);
    const worthALine = transactions.length > 0 || height % QUIET_BLOCKS === 0n;
    logger[worthALine ? 'info' : 'debug'](
      {
        height: Number(height),
        round,
        transactions: transactions.length,
        gas: Number(executed.gasUsed),
        ms: Math.round(performance.now() - started),
      },
      'committed',
    );
    options.onCommitted(decided);
  };

  return {
    propose,
    validate,
    decide: async (decision) => {
      // After a crash between the commit and the end of the height's log, the block is committed already.
      const known = store.header(decision.height);
      if (known === undefined || !equal(headerHash(known), decision.id)) await decide(decision);
      const { validators, nextValidators } = store.tip();
      return { validators, nextValidators };
    },
    hasTransactions: mempool.hasPayable,
  };
};
