/**
 * Demands contributions whose texts are not available. An attestor without such a text can neither calibrate a model that
 * draws on it nor settle its receipts. A contribution becomes void if nobody answers the DEMAND, and work continues
 * without it.
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

/** The number of blocks for which a service waits for the text of a contribution before it demands it, unless told otherwise. */
export const CONTRIBUTION_PATIENCE = 20n;

/**
 * Returns a DEMAND for the next chunks of an item that were not demanded yet; undefined if all chunks were demanded, or if
 * a DEMAND still waits for its answer.
 *
 * @param tokens - the number of tokens of the item
 */
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

const targetOf = (contribution: ContributionId): ChallengeTarget => ({
  type: 'contribution',
  value: { contribution },
});

export class Demanding {
  readonly #context: ServiceContext;
  readonly #tracers: Tracers;
  readonly #challenger: Challenger;
  readonly #patience: bigint;
  /** The missing contributions, each with the height at which it was first noted. */
  readonly #missing = new Map<number, bigint>();

  /** @param patience - the number of blocks for which it waits for a text before it demands it */
  constructor(
    context: ServiceContext,
    tracers: Tracers,
    challenger: Challenger,
    patience: bigint = CONTRIBUTION_PATIENCE,
  ) {
    this.#context = context;
    this.#patience = patience;
    this.#tracers = tracers;
    this.#challenger = challenger;
  }

  /** Notes contributions whose texts were not available, so that some work could not be done. */
  note(contributions: readonly ContributionId[], height: Height): void {
    for (const contribution of contributions)
      if (!this.#missing.has(contribution)) this.#missing.set(contribution, height);
  }

  async work(height: Height): Promise<void> {
    const due = [...this.#missing]
      .filter(([, since]) => height >= since + this.#patience)
      .map(([contribution]) => ({ contribution, target: targetOf(contribution) }))
      .filter(({ target }) => this.#challenger.isReady(target));
    for (const { contribution, target } of due) {
      this.#context.signal.throwIfAborted();
      // What has arrived by now is not demanded. A later round comes back once the node has looked for it.
      const known = await this.#tracers.contribution(contribution, 'again');
      if (known === undefined && (await this.#tracers.isPending(contribution))) continue;
      const item = await this.#tracers.missing(contribution);
      // If the text is still missing, the next round notes it again. So there are some blocks between two DEMANDs.
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
