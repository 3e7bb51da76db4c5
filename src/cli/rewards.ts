/** `openledger rewards`: what an account has earned, and turning it into balance. */

import type { Command } from 'commander';
import { PAGE_LIMIT_MAX } from '../../rpc/schemas/page.ts';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { REWARD_CONTRIBUTIONS_MAX, REWARD_MODELS_MAX } from '../../state/tx/reward-claim.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { type Hex, toHex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { ContributionId, ModelId } from '../lib/ids.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { type OwnOptions, openAddressBook, ownAddress, withOwn } from './names.ts';
import { note, openText, printFields, printJson, printTable } from './output.ts';
import { readNodeState } from './reading.ts';
import { eventOf, openSender, type SendFlags, sendAndReport, withSending } from './sending.ts';

type Page = ResultOf<'rewards_get'>;
type Sources = {
  readonly spans: bigint;
  readonly relevance: bigint;
  readonly remainder: bigint;
  readonly models: bigint;
  readonly stake: bigint;
};

/** Everything that an account has earned, from all pages. Amounts in base units. */
export type Rewards = {
  readonly claimed: Sources;
  readonly claimable: Sources;
  readonly contributions: readonly {
    readonly contribution: ContributionId;
    readonly earned: bigint;
    readonly claimable: bigint;
  }[];
  readonly models: readonly {
    readonly model: ModelId;
    readonly earned: bigint;
    readonly claimable: bigint;
  }[];
  readonly stake: readonly {
    readonly validator: string;
    readonly earned: bigint;
    readonly claimable: bigint;
  }[];
};

/** What data earns, by where it comes from. */
type DataSources = Pick<Sources, 'spans' | 'relevance' | 'remainder'>;

const ofData = ({ spans, relevance, remainder }: DataSources): bigint => spans + relevance + remainder;

const totalOf = ({ models, stake, ...data }: Sources): bigint => ofData(data) + models + stake;

/** Reads all pages: contributions and models are paged together, by place. */
export const readRewards = async (client: RpcClient, address: Hex): Promise<Rewards> => {
  const pages: Page[] = [];
  for (let from = 0; ; from += PAGE_LIMIT_MAX) {
    const page = await client.call('rewards_get', { address, from, limit: PAGE_LIMIT_MAX });
    pages.push(page);
    if (from + PAGE_LIMIT_MAX >= Math.max(page.contributionsTotal, page.modelsTotal)) break;
  }
  const [first] = pages;
  const claimable = pages.map((page) => page.claimable);
  const sum = (source: Exclude<keyof Sources, 'stake'>): bigint =>
    claimable.reduce((all, each) => all + each[source], 0n);
  const none = { spans: 0n, relevance: 0n, remainder: 0n, models: 0n, stake: 0n };
  return {
    claimed: first?.claimed ?? none,
    claimable: {
      spans: sum('spans'),
      relevance: sum('relevance'),
      remainder: sum('remainder'),
      models: sum('models'),
      // Every page has all validators.
      stake: claimable[0]?.stake ?? 0n,
    },
    contributions: pages.flatMap((page) =>
      page.contributions.map(({ contribution, earned, claimed }) => ({
        contribution,
        earned: ofData(earned),
        claimable: ofData(earned) - ofData(claimed),
      })),
    ),
    models: pages.flatMap((page) =>
      page.models.map(({ model, earned, claimed }) => ({
        model,
        earned,
        claimable: earned - claimed,
      })),
    ),
    stake: (first?.stake ?? []).map(({ validator, earned, claimed }) => ({
      validator: toHex(validator),
      earned,
      claimable: earned - claimed,
    })),
  };
};

const TRACKS = [
  ['spans', 'words that answers repeat'],
  ['relevance', 'phrases that answers share'],
  ['remainder', 'novel words'],
  ['models', 'models'],
  ['stake', 'stake'],
] as const;

type ShowOptions = ConnectionOptions & OwnOptions & { readonly json?: true };

const show = async (who: string | undefined, options: ShowOptions): Promise<void> => {
  const account = await ownAddress(who, options);
  const client = await connect(options);
  const node = await readNodeState(client);
  const rewards = await readRewards(client, account);
  if (options.json) {
    printJson({ account, ...rewards, node });
    return;
  }
  const book = await openAddressBook(options);
  const { claimed, claimable } = rewards;
  printFields([['account', book.show(account)]]);
  note('');
  printTable(
    ['earned from', 'claimed', 'to claim'],
    [
      // By novel words nothing is earned unless the genesis of the chain says so.
      ...TRACKS.filter(
        ([track]) => track !== 'remainder' || claimed.remainder + claimable.remainder > 0n,
      ).map(([track, title]) => [title, openText(claimed[track]), openText(claimable[track])]),
      ['together', openText(totalOf(claimed)), openText(totalOf(claimable))],
    ],
  );
  const rows = [
    ...rewards.contributions.map(
      ({ contribution, ...each }) => [`contribution ${contribution}`, each] as const,
    ),
    ...rewards.models.map(({ model, ...each }) => [`model ${model}`, each] as const),
    ...rewards.stake.map(({ validator, ...each }) => [`validator ${validator}`, each] as const),
  ].filter(([, { earned }]) => earned > 0n);
  if (rows.length > 0) {
    note('');
    printTable(
      ['source', 'earned', 'to claim'],
      rows.map(([name, each]) => [name, openText(each.earned), openText(each.claimable)]),
    );
  }
  if (totalOf(claimable) > 0n) note('next: turn it into balance with "openledger rewards claim"');
};

/** What one claim names: as much as fits into one transaction, the largest amounts first. */
export const claimOf = ({ contributions, models, stake }: Rewards) => {
  const waiting = <T extends { readonly claimable: bigint }>(all: readonly T[], most: number): readonly T[] =>
    all
      .filter(({ claimable }) => claimable > 0n)
      .toSorted((a, b) => (a.claimable < b.claimable ? 1 : -1))
      .slice(0, most);
  const chosen = {
    contributions: waiting(contributions, REWARD_CONTRIBUTIONS_MAX),
    models: waiting(models, REWARD_MODELS_MAX),
    stake: waiting(stake, stake.length),
  };
  const amount = [...chosen.contributions, ...chosen.models, ...chosen.stake].reduce(
    (sum, { claimable }) => sum + claimable,
    0n,
  );
  return {
    amount,
    payload: {
      contributions: chosen.contributions.map(({ contribution }) => contribution).toSorted((a, b) => a - b),
      models: chosen.models.map(({ model }) => model).toSorted((a, b) => a - b),
      stake: chosen.stake.length > 0,
    },
  };
};

const claim = async (flags: SendFlags): Promise<void> => {
  const sender = await openSender(flags);
  const rewards = await readRewards(sender.client, toHex(sender.wallet.address));
  const { amount, payload } = claimOf(rewards);
  if (amount === 0n)
    throw new CodedError(
      fault('REWARDS_NONE', `${sender.book.show(sender.wallet.address)} has nothing to claim now`),
    );
  const left = totalOf(rewards.claimable) - amount;
  await sendAndReport(sender, 'rewardClaim', payload, flags, (sent) => {
    const data = eventOf(sent, 'rewardsClaimed')?.data;
    return {
      json: { amount: data?.amount ?? null, ...payload, left },
      fields: [
        ['claimed', openText(data?.amount ?? 0n)],
        [
          'from',
          `${payload.contributions.length} contributions, ${payload.models.length} models${payload.stake ? ', stake' : ''}`,
        ],
      ],
      ...(left > 0n ? { next: `${openText(left)} did not fit into one transaction: claim again` } : {}),
    };
  });
};

export const registerRewards = (program: Command): void => {
  const rewards = program.command('rewards').description('see what an account has earned, and claim it');
  withOwn(
    withConnection(
      rewards
        .command('show')
        .description('show what an account has earned, and what of it can be claimed')
        .argument('[account]', 'an address or a name; left out, that of --key'),
    ),
  )
    .option('--json', 'print one JSON object')
    .action(show);
  withSending(
    rewards
      .command('claim')
      .description('turn everything that the account of the key has earned into balance'),
  ).action(claim);
};
