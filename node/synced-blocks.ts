/** Judges blocks that came from block sync: those that are applied next, and those that show how far the chain is. */
import { verifyCommit } from '../consensus/certificates.ts';
import { type ConsensusCode, fault } from '../consensus/errors.ts';
import type { Runner } from '../consensus/shell/runner.ts';
import type { SyncedBlock } from '../p2p/protocols.ts';
import type { Judgement } from '../p2p/sync/block-sync.ts';
import { headerOf } from '../p2p/sync/check.ts';
import type { Shown } from '../p2p/sync/core.ts';
import type { Height } from '../src/lib/brands.ts';
import { equal } from '../src/lib/bytes.ts';
import { type ChainIdentity, validatorsHash } from '../src/lib/chain.ts';
import type { Store } from '../state/store/store.ts';

export type SyncedBlocksParts = {
  readonly identity: ChainIdentity;
  readonly runner: Pick<Runner, 'syncedBlock'>;
  readonly store: Pick<Store, 'tip'>;
};

/** What the runner says of a block or a commit that is false. All other faults are this node's own. */
const FALSE: ReadonlySet<string> = new Set<ConsensusCode>([
  'SYNC_BLOCK',
  'BLOCK_DECODE',
  'BLOCK_BODY',
  'CERTIFICATE_SHAPE',
  'CERTIFICATE_POWER',
  'VOTE_VALIDATOR',
  'VOTE_SIGNATURE',
]);

/**
 * Applies the block of a height. Every outcome is judged by the height that was asked for, never by what the peer wrote
 * into its answer.
 */
export const applySynced =
  ({ runner, store }: Omit<SyncedBlocksParts, 'identity'>) =>
  async (height: Height, { block, commit }: SyncedBlock): Promise<Judgement> => {
    if (commit.height !== height)
      return { type: 'false', fault: fault('SYNC_BLOCK', `the commit is of height ${commit.height}`) };
    const applied = await runner.syncedBlock(block, commit);
    if (applied.ok) return { type: 'applied' };
    const { code } = applied.fault;
    // Before the genesis time, and while the node stops: the block waits, and nobody is at fault.
    if (code === 'CONSENSUS_STOPPED') return { type: 'later' };
    if (code === 'SYNC_HEIGHT') return { type: store.tip().height >= height ? 'passed' : 'later' };
    return { type: FALSE.has(code) ? 'false' : 'failed', fault: applied.fault };
  };

/**
 * Says whether validators that this node knows have decided a block above its tip. It knows the validators of the next two
 * heights, and a header names those of its own height. The block was checked by `checkBlocks`, so that the commit names it.
 */
export const showsSynced =
  ({ identity, store }: Omit<SyncedBlocksParts, 'runner'>) =>
  (synced: SyncedBlock): Shown => {
    const header = headerOf(synced);
    if (header === undefined) return 'false';
    const { validators, nextValidators } = store.tip();
    const known = [validators, nextValidators].find((set) =>
      equal(validatorsHash(set), header.validatorsHash),
    );
    if (known === undefined) return 'unknown';
    return verifyCommit(known, identity, synced.commit).ok ? 'true' : 'false';
  };
