/**
 * Finds commits of an account to a Datanet that are still to be revealed, and that no known journal has. Their secrets are
 * with another program, which may be about to commit to the same rows, or are lost with a journal.
 */
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import type { Address } from '../lib/brands.ts';
import { toHex } from '../lib/bytes.ts';
import type { Fault } from '../lib/errors.ts';
import type { ContributionId, DatanetId } from '../lib/ids.ts';
import { maxBig } from '../lib/math.ts';
import { fault } from './errors.ts';
import type { Journal } from './journal.ts';

/** What journals have committed. */
export type Committed = {
  readonly contributions: readonly ContributionId[];
  /** The ids of transactions that were sent and may have committed something, 0x-hex. */
  readonly transactions: readonly string[];
};

/** Returns what a journal has committed. */
export const committedIn = ({ parts, outbox }: Pick<Journal, 'parts' | 'outbox'>): Committed => ({
  contributions: parts.flatMap(({ contribution }) => contribution ?? []),
  transactions: outbox.map(({ id }) => id),
});

export type Commits = {
  readonly client: RpcClient;
  readonly account: Address;
  readonly datanet: DatanetId;
  /** The most blocks between a commit and its reveal. */
  readonly revealMax: bigint;
};

/** Returns the commits that may still be revealed, with their transactions. All of their events lie in one window. */
const readOpen = async ({
  client,
  account,
  datanet,
  revealMax,
}: Commits): Promise<ReadonlyMap<ContributionId, string>> => {
  const { height } = await client.call('node_status');
  const open = new Map<ContributionId, string>();
  let from: string | null = `${maxBig(1n, height - revealMax)}/0`;
  while (from !== null) {
    const page: ResultOf<'events_query'> = await client.call('events_query', {
      types: ['contributionCommitted', 'contributionRevealed', 'commitExpired'],
      account,
      datanet,
      from,
    });
    for (const { type, data, transaction } of page.events) {
      if (type === 'contributionCommitted')
        open.set(data.contribution, transaction === null ? '' : toHex(transaction));
      else if (type === 'contributionRevealed' || type === 'commitExpired') open.delete(data.contribution);
    }
    from = page.next;
  }
  return open;
};

/** Returns the commits that are open and not among these. */
export const unknownCommits = async (
  commits: Commits,
  known: readonly Committed[],
): Promise<readonly ContributionId[]> => {
  const open = await readOpen(commits);
  const contributions = new Set(known.flatMap((each) => each.contributions));
  const transactions = new Set(known.flatMap((each) => each.transactions));
  return [...open]
    .filter(([contribution, id]) => !contributions.has(contribution) && !transactions.has(id))
    .map(([contribution]) => contribution);
};

/** Returns the fault `CONTRIBUTE_COMMITS_UNKNOWN` for commits that no known journal has; undefined if there are none. */
export const unknownFault = (
  { datanet, revealMax }: Pick<Commits, 'datanet' | 'revealMax'>,
  unknown: readonly ContributionId[],
): Fault | undefined =>
  unknown.length === 0
    ? undefined
    : fault(
        'CONTRIBUTE_COMMITS_UNKNOWN',
        `the account has committed contributions ${unknown.join(', ')} to Datanet ${datanet}, which are still to be revealed, and no journal here has them: another program may be contributing the same rows, and one of the two would lose its bonds; wait until it has finished or the commits have expired, at most ${revealMax} blocks, or go on if they are of other rows`,
        { contributions: unknown.map(String) },
      );
