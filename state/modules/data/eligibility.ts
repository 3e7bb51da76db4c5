/** Which contributions the claims of one transaction may draw on, each read from the state once. */

import type { Address, Height } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { failWith, ok } from '../../../src/lib/errors.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Claim, Match, Shared } from '../../attribution/claim.ts';
import type { Holder } from '../../attribution/excuses.ts';
import { NOVEL_RUNS_MAX } from '../../attribution/novel-runs.ts';
import { CHUNK_TOKENS } from '../../attribution/parameters.ts';
import { PHRASE_TOKENS_MAX, PHRASE_TOKENS_MIN } from '../../attribution/phrases.ts';
import type { PickedChunk, Section } from '../../attribution/relevance.ts';
import { type Brought, notIndependent } from '../../attribution/shared.ts';
import { type Fault, fail, fault, type Result } from '../../errors/execution.ts';
import type { ReadView } from '../../view.ts';
import { type Accepted, acceptedOf, broughtOf } from './contributions.ts';
import { noveltyAt } from './strikes.ts';

/**
 * The most novel runs that have a token of the phrases of one chunk: one for each of its tokens and of those in which its last
 * phrase may end. They follow one another in the declaration, so whether they are struck is in few values of the state.
 */
const RUNS_OVER_CHUNK = CHUNK_TOKENS + PHRASE_TOKENS_MAX;

const ineligible = (contribution: ContributionId): Fault =>
  fault(
    'CLAIM_INELIGIBLE',
    `contribution ${contribution} is void, or not of the model's manifest or its ancestors'`,
    { contribution },
  );

export class Eligibility {
  readonly #view: ReadView;
  readonly #contributions = new Map<number, Accepted | undefined>();
  readonly #brought = new Map<number, Brought | undefined>();
  readonly #novel = new Map<number, ReturnType<typeof noveltyAt>>();

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

  /** Whether this account has contributed it. A commons is nobody's, whoever created its Datanet or proposed it. */
  isOfOwner(contribution: ContributionId, owner: Address): boolean {
    const found = this.accepted(contribution);
    return found !== undefined && !found.commons && equal(found.owner, owner);
  }

  isVoid({ voided }: Accepted): boolean {
    return voided !== undefined && voided <= this.asOf;
  }

  /**
   * A contribution or commons that is of these versions, and not void.
   * @param versions - how many contributions of each Datanet are eligible
   */
  eligible(contribution: ContributionId, versions: ReadonlyMap<number, number>): Accepted | undefined {
    const cited = this.accepted(contribution);
    if (cited === undefined || this.isVoid(cited)) return undefined;
    const count = versions.get(cited.datanet);
    if (count === undefined) return undefined;
    return cited.acceptance === undefined || cited.acceptance < count ? cited : undefined;
  }

  /** Who brought a contribution, and when; undefined for any commons. */
  brought(contribution: ContributionId): Brought | undefined {
    if (!this.#brought.has(contribution))
      this.#brought.set(contribution, broughtOf(this.#view, contribution, this.accepted(contribution)));
    return this.#brought.get(contribution);
  }

  /** The contribution, if it is eligible and holds as many tokens. Faults: `CLAIM_INELIGIBLE`, `CLAIM_ITEM`. */
  #cited(
    { contribution, item, pos, start, end }: Match,
    versions: ReadonlyMap<number, number>,
  ): Result<Accepted> {
    const cited = this.eligible(contribution, versions);
    if (cited === undefined) return failWith(ineligible(contribution));
    return item >= cited.items || BigInt(pos) + BigInt(end - start) > cited.tokens
      ? fail('CLAIM_ITEM', `contribution ${contribution} has ${cited.items} items, ${cited.tokens} tokens`, {
          contribution,
          item,
        })
      : ok(cited);
  }

  /** Why a shared run is none; undefined if it may be one. A match that it names and that is none is for others to check. */
  #shared(run: Shared, { matches }: Claim, versions: ReadonlyMap<number, number>): Fault | undefined {
    const cited = this.#cited(run, versions);
    if (!cited.ok) return cited.fault;
    const match = matches[run.match];
    if (match === undefined) return undefined;
    return notIndependent(this.brought(match.contribution), this.brought(run.contribution));
  }

  /**
   * Why a place cannot hold a phrase for a claim; undefined if it may. Faults: `CLAIM_INELIGIBLE`, `CLAIM_PICK_COMMONS`,
   * `CLAIM_PICK_RANGE`.
   */
  checkHolder(
    { contribution, item, chunk, place }: Holder,
    versions: ReadonlyMap<number, number>,
  ): Fault | undefined {
    const cited = this.eligible(contribution, versions);
    if (cited === undefined) return ineligible(contribution);
    if (cited.commons)
      return fault('CLAIM_PICK_COMMONS', `contribution ${contribution} is a commons`, { contribution });
    return item >= cited.items || BigInt(chunk * CHUNK_TOKENS + place + PHRASE_TOKENS_MIN) > cited.tokens
      ? fault(
          'CLAIM_PICK_RANGE',
          `contribution ${contribution} has ${cited.items} items, ${cited.tokens} tokens`,
          { contribution, item },
        )
      : undefined;
  }

  /** Why a pick is none; undefined if it may be one. */
  #pick(
    { contribution, item, chunk, phrases }: PickedChunk,
    versions: ReadonlyMap<number, number>,
  ): Fault | undefined {
    const place = Math.max(0, ...phrases.map((phrase) => phrase.place));
    const wrong = this.checkHolder({ contribution, item, chunk, place }, versions);
    if (wrong !== undefined) return wrong;
    if (this.accepted(contribution)?.novelTokens === 0n)
      return fault('CLAIM_PICK_RANGE', `contribution ${contribution} has no novel run`, { contribution });
    const runs = phrases.map(({ novelRun }) => novelRun);
    if (Math.max(...runs) >= NOVEL_RUNS_MAX || Math.max(...runs) - Math.min(...runs) >= RUNS_OVER_CHUNK)
      return fault(
        'CLAIM_PICK_RANGE',
        `the phrases name novel runs ${Math.min(...runs)} to ${Math.max(...runs)} of contribution ${contribution}, more than lie over a chunk`,
        { contribution, item },
      );
    const struck = phrases.find(({ novelRun }) => !this.isNovel(contribution, novelRun));
    return struck === undefined
      ? undefined
      : fault(
          'CLAIM_PHRASE_STRUCK',
          `novel run ${struck.novelRun} of contribution ${contribution} is struck`,
          {
            contribution,
            novelRun: struck.novelRun,
          },
        );
  }

  /** Whether a novel run counts that a contribution declared, if it did. */
  isNovel(contribution: ContributionId, novelRun: number): boolean {
    const isNovel = this.#novel.get(contribution) ?? noveltyAt(this.#view, contribution, this.asOf);
    this.#novel.set(contribution, isNovel);
    return isNovel(novelRun);
  }

  /**
   * Checks whether every pick is of an eligible contribution that is no commons, and within what it holds, and no phrase of a
   * struck novel run. Faults: `CLAIM_INELIGIBLE`, `CLAIM_PICK_COMMONS`, `CLAIM_PICK_RANGE`, `CLAIM_PHRASE_STRUCK`.
   */
  checkSections(sections: readonly Section[], versions: ReadonlyMap<number, number>): Result<void> {
    for (const [section, { picks }] of sections.entries())
      for (const [pick, picked] of picks.entries()) {
        const wrong = this.#pick(picked, versions);
        if (wrong !== undefined)
          return failWith(
            fault(wrong.code, `pick ${pick} of section ${section}: ${wrong.message}`, {
              ...wrong.data,
              section,
              pick,
            }),
          );
      }
    return ok(undefined);
  }

  /**
   * Whether every match is of an eligible contribution, and within what it holds, and every shared run is also of one
   * that was brought independently; returns the commons among those of the matches. Faults: `CLAIM_INELIGIBLE`,
   * `CLAIM_ITEM`, `CLAIM_SHARED_COMMONS`, `CLAIM_SHARED_OWNER`, `CLAIM_SHARED_LATE`.
   */
  check(claim: Claim, versions: ReadonlyMap<number, number>): Result<ReadonlySet<number>> {
    const commons = new Set<number>();
    for (const match of claim.matches) {
      const cited = this.#cited(match, versions);
      if (!cited.ok) return cited;
      if (cited.value.commons) commons.add(match.contribution);
    }
    for (const [index, run] of claim.shared.entries()) {
      const wrong = this.#shared(run, claim, versions);
      if (wrong !== undefined)
        return failWith(fault(wrong.code, `shared run ${index}: ${wrong.message}`, { ...wrong.data, index }));
    }
    return ok(commons);
  }
}
