/** Runs cases one after the other until one fails. */
import type { OpenEngine } from '../../bench/attribution/engine.ts';
import { caseOf, type FuzzCase } from './cases.ts';
import { FEATURES, type Feature, judge } from './judge.ts';
import { shrink } from './shrink.ts';

export type Failure = {
  /** Grows the case again: `--seed SEED --cases 1`. */
  readonly seed: number;
  readonly why: string;
  readonly shrunken: FuzzCase;
};

export type FuzzReport = {
  readonly seed: number;
  /** Cases judged, the failing one included. */
  readonly cases: number;
  readonly seconds: number;
  /** In how many cases each was. */
  readonly features: Readonly<Record<Feature, number>>;
  readonly failure: Failure | undefined;
};

export type FuzzOptions = {
  readonly seed: number;
  readonly cases: number;
  readonly open: OpenEngine;
  /** What becomes of every case before it is judged. */
  readonly adapt?: (given: FuzzCase) => FuzzCase;
  readonly onProgress?: (done: number, seconds: number) => void;
};

const noFeatures = (): Record<Feature, number> => ({
  matched: 0,
  severalOwners: 0,
  echoed: 0,
  matchedAcrossEcho: 0,
  ownedByCommons: 0,
  ownedByProposed: 0,
  shared: 0,
  picked: 0,
  pickedByThree: 0,
  beyondLongestMatch: 0,
  clonesOfOwners: 0,
  severalSegments: 0,
  stepwise: 0,
  changedByHeight: 0,
});

/** Case i is grown from seed + i. */
export const fuzz = async ({
  seed,
  cases,
  open,
  adapt = (given) => given,
  onProgress,
}: FuzzOptions): Promise<FuzzReport> => {
  const since = performance.now();
  const seconds = (): number => (performance.now() - since) / 1000;
  const features = noFeatures();
  for (let i = 0; i < cases; i++) {
    const given = adapt(caseOf(seed + i));
    const verdict = await judge(given, open);
    onProgress?.(i + 1, seconds());
    if (verdict.ok) {
      for (const feature of verdict.features) features[feature] += 1;
      continue;
    }
    const shrunken = await shrink(given, async (each) => !(await judge(each, open)).ok);
    const last = await judge(shrunken, open);
    const why = last.ok ? verdict.why : last.why;
    return { seed, cases: i + 1, seconds: seconds(), features, failure: { seed: seed + i, why, shrunken } };
  }
  return { seed, cases, seconds: seconds(), features, failure: undefined };
};

export const featureLine = ({ cases, features }: FuzzReport): string =>
  FEATURES.map((name) => `${name} ${((100 * features[name]) / Math.max(1, cases)).toFixed(1)} %`).join(', ');
