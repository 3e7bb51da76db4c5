/**
 * Asking on the chain for contributions that nobody gives out: a model that draws on one cannot be calibrated, nor its
 * receipts settled, by who does not have it. What nobody shows then is void, and the work goes on without it.
 */

import { OPENED_CHUNKS_MAX } from '../../../state/attribution/openings.ts';
import type { Demand } from '../../../state/attribution/witness/types.ts';
import type { ChallengeTarget } from '../../../state/tx/challenge-target.ts';
import type { Height } from '../../lib/brands.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { fetchDeclarations } from '../corpus/declarations.ts';
import type { Tracers } from '../corpus/tracers.ts';
import type { ServiceContext } from '../run/service.ts';
import type { Challenger } from './challenger.ts';
import { challengesOn, type KnownChallenge } from './challenging.ts';

/** Blocks that a contribution is waited for, as texts may come late, before it is demanded. */
export const CONTRIBUTION_PATIENCE = 20n;

/** Chunks of an item of so many tokens that were not demanded yet; undefined if all were, or one awaits its answer. */
export const nextDemand = (
  contribution: ContributionId,
  item: number,
  tokens: number,
  before: readonly Pick<KnownChallenge, 'state' | 'demand'>[],
): Demand | undefined => {
  const asked = before.filter(({ demand }) => demand?.item === item);
  if (asked.some(({ state }) => state === 'open')) return undefined;
  const isAsked = (chunk: number): boolean =>
    asked.some(
      ({ demand }) => demand !== null && chunk >= demand.first && chunk < demand.first + demand.count,
    );
  const chunks = Math.max(1, (tokens + 63) >>> 6);
  for (let first = 0; first < chunks; first++)
    if (!isAsked(first))
      return {
        text: 'source',
        contribution,
        item,
        first,
        count: Math.min(OPENED_CHUNKS_MAX, chunks - first),
      };
  return undefined;
};

export class Demanding {
  readonly #context: ServiceContext;
  readonly #tracers: Tracers;
  readonly #challenger: Challenger;
  /** Contributions that stand in the way, and since when. */
  readonly #missing = new Map<number, bigint>();

  constructor(context: ServiceContext, tracers: Tracers, challenger: Challenger) {
    this.#context = context;
    this.#tracers = tracers;
    this.#challenger = challenger;
  }

  /** The texts that were not available, so that some work was left. */
  note(contributions: readonly ContributionId[], height: Height): void {
    for (const contribution of contributions)
      if (!this.#missing.has(contribution)) this.#missing.set(contribution, height);
  }

  async work(height: Height): Promise<void> {
    for (const [contribution, since] of this.#missing) {
      this.#context.signal.throwIfAborted();
      if (height < since + CONTRIBUTION_PATIENCE) continue;
      const target: ChallengeTarget = { type: 'contribution', value: { contribution } };
      if (this.#challenger.isBusy(target)) continue;
      const item = await this.#tracers.missing(contribution);
      // Noted again if it still stands in the way: waited for anew, so that nothing is asked for block after block.
      this.#missing.delete(contribution);
      if (item === undefined) continue;
      const tokens = await this.#tokensOf(contribution, item);
      const demand = nextDemand(contribution, item, tokens, await challengesOn(this.#context, target));
      if (demand !== undefined) await this.#challenger.demand(target, demand);
    }
  }

  /** Returns the declared number of tokens. A commons declares none: only the start of its text is demanded. */
  async #tokensOf(contribution: ContributionId, item: number): Promise<number> {
    if ((await this.#tracers.commitment(contribution)) === undefined) return OPENED_CHUNKS_MAX << 6;
    const declared = (await fetchDeclarations(this.#context.client, [contribution])).get(contribution);
    return declared?.declaration.shapes[item]?.tokens ?? 0;
  }
}
