/** Lets everyone who has earned claim it, and reads back by how much each balance grew. */

import { toHex } from '../../src/lib/bytes.ts';
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
  /** By how much the balance grew, without counting the fee of the claim. */
  readonly grown: bigint;
  /** The total that was ever claimed, by source, as the chain reports it. */
  readonly spans: bigint;
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
  const before = await callAll(ledger.reader, 'account_get', addresses);
  const executed = await ledger.submit(
    claimers.map(({ actor, ...what }) => intent(actor, rewardClaim, what)),
  );
  const after = await callAll(ledger.reader, 'account_get', addresses);
  const rewards = await callAll(ledger.reader, 'rewards_get', addresses);
  return claimers.map(({ actor, contributions }, i) => {
    const claimed = rewards[i]?.claimed;
    return {
      actor,
      contributor: contributions.length > 0,
      grown: (after[i]?.balance ?? 0n) - (before[i]?.balance ?? 0n) + (executed[i]?.fee ?? 0n),
      spans: claimed?.spans ?? 0n,
      remainder: claimed?.remainder ?? 0n,
      models: claimed?.models ?? 0n,
      stake: claimed?.stake ?? 0n,
    };
  });
};
