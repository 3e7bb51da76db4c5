/** Which contributions the claims of one transaction may draw on, each read from the state once. */

import type { Address, Height } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { ok } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Claim } from '../../attribution/claim.ts';
import { fail, type Result } from '../../errors/execution.ts';
import type { ReadView } from '../../view.ts';
import { type Accepted, acceptedOf } from './contributions.ts';

export class Eligibility {
  readonly #view: ReadView;
  readonly #contributions = new Map<number, Accepted | undefined>();

  /** Only contributions voided and runs struck in blocks up to this height count. */
  readonly asOf: Height;

  constructor(view: ReadView, asOf: Height) {
    this.#view = view;
    this.asOf = asOf;
  }

  /** An accepted contribution or a commons, void or not. */
  accepted(contribution: ContributionId): Accepted | undefined {
    if (!this.#contributions.has(contribution))
      this.#contributions.set(contribution, acceptedOf(this.#view, contribution));
    return this.#contributions.get(contribution);
  }

  /** Whether this account has contributed it. A commons is nobody's, whoever created its Datanet. */
  isOfOwner(contribution: ContributionId, owner: Address): boolean {
    const found = this.accepted(contribution);
    return found !== undefined && !found.commons && equal(found.owner, owner);
  }

  isVoid({ voided }: Accepted): boolean {
    return voided !== undefined && voided <= this.asOf;
  }

  /** One that is of these versions, and not void. @param versions - how many contributions of each Datanet are eligible */
  eligible(contribution: ContributionId, versions: ReadonlyMap<number, number>): Accepted | undefined {
    const cited = this.accepted(contribution);
    if (cited === undefined || this.isVoid(cited)) return undefined;
    const count = versions.get(cited.datanet);
    return count !== undefined && (cited.commons || cited.acceptance < count) ? cited : undefined;
  }

  /**
   * Whether every match is of an eligible contribution, and within what it holds; returns those that are commons.
   * Faults: `CLAIM_INELIGIBLE`, `CLAIM_ITEM`.
   */
  check(claim: Claim, versions: ReadonlyMap<number, number>): Result<ReadonlySet<number>> {
    const commons = new Set<number>();
    for (const { contribution, item, pos, start, end } of claim.matches) {
      const cited = this.eligible(contribution, versions);
      if (cited === undefined)
        return fail(
          'CLAIM_INELIGIBLE',
          `contribution ${contribution} is void, or not of the model's manifest or its ancestors'`,
          { contribution },
        );
      if (item >= cited.items || BigInt(pos) + BigInt(end - start) > cited.tokens)
        return fail(
          'CLAIM_ITEM',
          `contribution ${contribution} has ${cited.items} items, ${cited.tokens} tokens`,
          {
            contribution,
            item,
          },
        );
      if (cited.commons) commons.add(contribution);
    }
    return ok(commons);
  }
}
