/** What a run has come to: how many disputes of which kind, and how long the judge took. */
import type { Witness } from '../../../state/attribution/witness/types.ts';

export type DisputeCounts = {
  readonly upheld: Readonly<Record<string, number>>;
  readonly refuted: Readonly<Record<string, number>>;
};

const KEPT = 64;

export type KeptOf = 'claim' | 'declaration';

export class Tally {
  readonly #upheld = new Map<string, number>();
  readonly #refuted = new Map<string, number>();
  readonly #kept: Record<KeptOf, Witness[]> = { claim: [], declaration: [] };
  /** Judged so far. */
  disputes = 0;
  largestBytes = 0;
  slowestMs = 0;
  judgeMs = 0;

  /** Witnesses that were upheld lately, against such subjects. */
  kept(of: KeptOf): readonly Witness[] {
    return this.#kept[of];
  }

  keep(of: KeptOf, witness: Witness): void {
    const kept = this.#kept[of];
    kept[kept.length < KEPT ? kept.length : this.disputes % KEPT] = witness;
  }

  took(ms: number): void {
    this.disputes += 1;
    this.judgeMs += ms;
    this.slowestMs = Math.max(this.slowestMs, ms);
  }

  upheld(what: string, bytes: number): void {
    this.#upheld.set(what, (this.#upheld.get(what) ?? 0) + 1);
    this.largestBytes = Math.max(this.largestBytes, bytes);
  }

  refuted(code: string): void {
    this.#refuted.set(code, (this.#refuted.get(code) ?? 0) + 1);
  }

  get counts(): DisputeCounts {
    const sorted = (all: ReadonlyMap<string, number>): Record<string, number> =>
      Object.fromEntries([...all].toSorted(([, a], [, b]) => b - a));
    return { upheld: sorted(this.#upheld), refuted: sorted(this.#refuted) };
  }
}
