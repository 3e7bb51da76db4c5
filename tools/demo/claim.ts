/** Lets everyone who has earned claim it, and reads back by how much each balance grew. */

import { pages } from '../../src/client/pages.ts';
import type { RpcClient } from '../../src/client/rpc-client.ts';
import type { Height } from '../../src/lib/brands.ts';
import { type Hex, toHex } from '../../src/lib/bytes.ts';
import type { ContributionId, ModelId } from '../../src/lib/ids.ts';
import { rewardClaim } from '../../state/tx/reward-claim.ts';
import type { Actor, Actors } from './actors.ts';
import type { Contribution } from './contribute.ts';
import { callAll, intent, type Ledger } from './ledger.ts';
import type { RegisteredModel } from './models.ts';

export type Claimed = {
  readonly actor: Actor;
  /** Whether this actor earns as a contributor of data. */
  readonly contributor: boolean;
  /** By how much the balance grew, without counting the fee of the claim and bonds that came back meanwhile. */
  readonly grown: bigint;
  /** The total that was ever claimed, by source, as the chain reports it. */
  readonly spans: bigint;
  readonly relevance: bigint;
  readonly remainder: bigint;
  readonly models: bigint;
  readonly stake: bigint;
};

type Claimer = {
  readonly actor: Actor;
  readonly contributions: readonly ContributionId[];
  readonly models: readonly ModelId[];
  readonly stake: boolean;
};

const claimersOf = (
  actors: Actors,
  accepted: readonly Contribution[],
  models: readonly RegisteredModel[],
): readonly Claimer[] => {
  const contributors = [...actors.contributors, ...actors.authors.values(), actors.copyist].map((actor) => ({
    actor,
    contributions: accepted
      .filter(({ owner }) => owner === actor)
      .map(({ contribution }) => contribution)
      .toSorted((a, b) => a - b),
    models: [],
    stake: false,
  }));
  const parties = [actors.trainer, actors.founder, actors.provider].map((actor) => ({
    actor,
    contributions: [],
    models: models.map(({ id }) => id).toSorted((a, b) => a - b),
    stake: false,
  }));
  const stakers = actors.stakers.map((actor) => ({ actor, contributions: [], models: [], stake: true }));
  return [...contributors, ...parties, ...stakers];
};

/** The balances of accounts after one height, in their order. */
type Balances = { readonly height: Height; readonly amounts: readonly bigint[] };

/** Reads all balances at the same height: if a block is executed meanwhile, it reads them again. */
const balancesOf = async (
  client: RpcClient,
  accounts: readonly { readonly address: Hex }[],
): Promise<Balances> => {
  for (;;) {
    const { height } = await client.call('node_status');
    const amounts = (await callAll(client, 'account_get', accounts)).map(({ balance }) => balance);
    if ((await client.call('node_status')).height === height) return { height, amounts };
  }
};

/** Returns what came back to each account of its bonds, after one height and up to another. */
const bondsReturned = async (
  client: RpcClient,
  after: Height,
  to: Height,
): Promise<ReadonlyMap<Hex, bigint>> => {
  const sums = new Map<Hex, bigint>();
  const filter = { types: 'contributionBondReturned', from: `${after + 1n}/0`, to } as const;
  for await (const { events } of pages(client, 'events_query', filter))
    for (const { type, data } of events) {
      if (type !== 'contributionBondReturned') continue;
      const owner = toHex(data.owner);
      sums.set(owner, (sums.get(owner) ?? 0n) + data.amount);
    }
  return sums;
};

export const claimAll = async (
  ledger: Ledger,
  actors: Actors,
  accepted: readonly Contribution[],
  models: readonly RegisteredModel[],
): Promise<readonly Claimed[]> => {
  const everyone = claimersOf(actors, accepted, models);
  const standing = await callAll(
    ledger.reader,
    'rewards_get',
    everyone.map(({ actor }) => ({ address: toHex(actor.address) })),
  );
  // A claim fails if there is nothing to claim.
  const claimers = everyone.filter((_, i) =>
    Object.values(standing[i]?.claimable ?? {}).some((amount) => amount !== 0n),
  );
  const addresses = claimers.map(({ actor }) => ({ address: toHex(actor.address) }));
  const before = await balancesOf(ledger.reader, addresses);
  const executed = await ledger.submit(
    claimers.map(({ actor, ...what }) => intent(actor, rewardClaim, what)),
  );
  const after = await balancesOf(ledger.reader, addresses);
  // Bonds of contributions come back some time after their acceptance, which may be now.
  const bonds = await bondsReturned(ledger.reader, before.height, after.height);
  const rewards = await callAll(ledger.reader, 'rewards_get', addresses);
  return claimers.map(({ actor, contributions }, i) => {
    const claimed = rewards[i]?.claimed;
    return {
      actor,
      contributor: contributions.length > 0,
      grown:
        (after.amounts[i] ?? 0n) -
        (before.amounts[i] ?? 0n) +
        (executed[i]?.fee ?? 0n) -
        (bonds.get(toHex(actor.address)) ?? 0n),
      spans: claimed?.spans ?? 0n,
      relevance: claimed?.relevance ?? 0n,
      remainder: claimed?.remainder ?? 0n,
      models: claimed?.models ?? 0n,
      stake: claimed?.stake ?? 0n,
    };
  });
};
