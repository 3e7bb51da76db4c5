/** Which contribution each draw of a calibration falls into: the order of (Datanet, acceptance), by data tokens. */
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { ReadView } from '../../view.ts';
import { versionOf } from '../data/datanets.ts';
import type { Eligibility } from '../data/eligibility.ts';
import type { EligibleDatanet } from './models.ts';

export type DrawPlace = {
  /** Its data tokens are [from, to) of all that may be drawn. */
  readonly from: bigint;
  readonly to: bigint;
  readonly items: number;
  readonly tokens: bigint;
  /** Whether draws from it count for nothing, because its items cannot be known. */
  readonly void: boolean;
};

export class DrawOrder {
  readonly #view: ReadView;
  readonly #eligibility: Eligibility;
  /** The data tokens before each Datanet's, and how many of its contributions are eligible. */
  readonly #datanets = new Map<number, { readonly before: bigint; readonly count: number }>();
  readonly #places = new Map<number, DrawPlace | undefined>();

  constructor(view: ReadView, eligible: readonly EligibleDatanet[], eligibility: Eligibility) {
    this.#view = view;
    this.#eligibility = eligibility;
    let before = 0n;
    for (const { datanet, count, dataTokens } of eligible) {
      this.#datanets.set(datanet, { before, count });
      before += dataTokens;
    }
  }

  /** Undefined for a contribution that nothing is drawn from: a commons, or one that is not eligible. */
  placeOf(contribution: ContributionId): DrawPlace | undefined {
    if (!this.#places.has(contribution)) this.#places.set(contribution, this.#read(contribution));
    return this.#places.get(contribution);
  }

  #read(contribution: ContributionId): DrawPlace | undefined {
    const accepted = this.#eligibility.accepted(contribution);
    const datanet = accepted === undefined ? undefined : this.#datanets.get(accepted.datanet);
    if (accepted === undefined || accepted.commons || datanet === undefined) return undefined;
    const { acceptance, items, tokens } = accepted;
    if (acceptance === undefined || acceptance >= datanet.count) return undefined;
    const tokensOf = (count: number): bigint =>
      versionOf(this.#view, accepted.datanet, count)?.dataTokens ?? 0n;
    return {
      from: datanet.before + tokensOf(acceptance),
      to: datanet.before + tokensOf(acceptance + 1),
      items,
      tokens,
      void: this.#eligibility.isVoid(accepted),
    };
  }
}
