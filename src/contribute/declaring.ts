/**
 * What each committed part declares about its text, compared with everything before it in the line; and what is declared
 * while texts are missing with which it has to be compared.
 */
import { declare, declareCommons, type FullDeclaration } from '../attribution/declaration.ts';
import { DatanetIndex } from '../attribution/novelty.ts';
import type { Fault } from '../lib/errors.ts';
import type { ContributionId } from '../lib/ids.ts';
import type { DatanetContents } from './datanet-contents.ts';
import { fault } from './errors.ts';
import { isUnrevealed } from './journal.ts';
import type { Parts } from './parts.ts';

/** What waits for texts that are missing. */
const TEXTS = 'texts';
/** A text that was just revealed is on its way to the node: it is uploaded only then. It is waited for so long. */
const ON_ITS_WAY_MS = 15_000;

export class Declaring {
  readonly #parts: Parts;
  /** Since when texts under review are known to be missing, by contribution. */
  readonly #missingSince = new Map<ContributionId, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Returns the declaration of every part that is to be revealed; undefined while texts before them are missing and there is
   * time to wait. When there is none left, a part that is not revealed loses its bond for certain, and one that is revealed only
   * for words of those texts: so it is revealed, and declares no words as new. Most likely to be held against it is a novel
   * run that a text covers which nobody could read; a copied passage can still be.
   */
  async declarations(): Promise<ReadonlyMap<number, FullDeclaration> | undefined> {
    const { lackIn, progress } = this.#parts.task;
    if (!this.#parts.patience.isDue(TEXTS) && !(await this.#isLastChance())) return undefined;
    const contents = await this.#parts.readOthers();
    // What comes after a part in the line cannot be held against it.
    const last = Math.max(
      ...this.#parts.all.map((part) => (isUnrevealed(part) ? (part.contribution ?? 0) : 0)),
    );
    const missing = contents.missing.filter(({ contribution }) => contribution < last);
    const lack = lackIn({ ...contents, missing });
    const late = lack ?? this.#onTheirWay(missing);
    const isLastChance = late !== undefined && (await this.#isLastChance());
    if (late === undefined || (lack === undefined && isLastChance)) {
      this.#parts.patience.taken(TEXTS);
      return this.#declareAll(contents);
    }
    if (lack === undefined || !isLastChance) {
      this.#parts.wait(
        TEXTS,
        'the contributions that are committed wait for texts before they are revealed',
        late,
      );
      return undefined;
    }
    progress(
      `${lack.code}: ${lack.message}; the window to reveal is nearly over, and what is not revealed loses its bond: the contributions are revealed without those texts. They declare no words as new, so they have no share in the remainder; a passage that they copy from those texts can still cost their bond`,
    );
    const declared = [...this.#declareAll(contents)];
    return new Map(declared.map(([at, declaration]) => [at, { ...declaration, novelRuns: [] }]));
  }

  /**
   * Returns which texts of others are missing that were revealed a short time ago. Only a short time is waited for them:
   * otherwise whoever reveals and uploads nothing could keep everybody from declaring.
   */
  #onTheirWay(missing: DatanetContents['missing']): Fault | undefined {
    const now = performance.now();
    const late = missing
      .map(({ contribution }) => contribution)
      .filter((contribution) => {
        const since = this.#missingSince.get(contribution) ?? now;
        this.#missingSince.set(contribution, since);
        return now - since < ON_ITS_WAY_MS;
      });
    return late.length === 0
      ? undefined
      : fault(
          'CONTRIBUTE_TEXT_MISSING',
          `contributions ${late.join(', ')} are revealed, and their texts are not with this node yet`,
          { contributions: late.map(String) },
        );
  }

  /** Whether a part has to be revealed now, because its window is nearly over: a quarter of it is left. */
  #isLastChance(): Promise<boolean> {
    return this.#parts.isWindowOver({ parts: 3n, of: 4n });
  }

  /** Returns the declaration of every part that is to be revealed. Each is compared with everything before it in the line. */
  #declareAll({ contributions }: DatanetContents): ReadonlyMap<number, FullDeclaration> {
    const { table, rules, progress, rows, role } = this.#parts.task;
    progress('comparing the contributions with what the Datanet already holds');
    // A part that was refused is never revealed, so no other part may cite it.
    const own = this.#parts.all.flatMap((part, at) => {
      const { contribution, from, to, refused } = part;
      if (contribution === undefined || refused !== undefined) return [];
      return [{ contribution, at: isUnrevealed(part) ? at : undefined, accepted: false, from, to }];
    });
    const isProposal = role === 'commons';
    const line = [
      ...own.map(({ from, to, ...each }) => ({ ...each, items: rows.slice(from, to) })),
      ...contributions.map((each) => ({ ...each, at: undefined })),
    ]
      // A proposal names what is accepted: it would have to wait for a place under review.
      .filter(({ at, accepted }) => at !== undefined || accepted || !isProposal)
      .sort((a, b) => a.contribution - b.contribution);
    const index = new DatanetIndex(table, rules);
    const declared = new Map<number, FullDeclaration>();
    for (const { contribution, at, items } of line) {
      if (at !== undefined && isProposal) declared.set(at, declareCommons(index, items));
      else if (at !== undefined) declared.set(at, declare(index, contribution, items));
      else for (const [item, { tokens }] of items.entries()) index.add(contribution, item, tokens);
    }
    return declared;
  }
}
