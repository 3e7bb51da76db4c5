/**
 * What counts as of a height, by the chain and by the services: a state in which the contributions of a case are accepted,
 * became void, and had their novel runs struck at their heights; what the chain takes for eligible; and the scope that a
 * service gives to the engine.
 */
import type { Scope } from '../../../src/attribution/engine/scope.ts';
import { acceptedAt, isCommonsPlace } from '../../../src/attribution/engine/segment.ts';
import { type Address, toHeight } from '../../../src/lib/brands.ts';
import { struckRuns } from '../../../src/services/corpus/declarations.ts';
import { setAccepted } from '../../../state/modules/data/contributions.ts';
import { Eligibility } from '../../../state/modules/data/eligibility.ts';
import { strikeAllRuns, strikeRun, strikesOf } from '../../../state/modules/data/strikes.ts';
import type { Key, View } from '../../../state/view.ts';
import { type Contribution, eligibleOf, type FuzzCase, struckOf } from './cases.ts';

type Pinned = Pick<FuzzCase, 'contributions' | 'pins'>;

const at = (height: number) => toHeight(BigInt(height));

const OWNER = new Uint8Array(20) as Address;

/** Returns the state in which all that happens in the case has happened. */
export const stateOf = ({ contributions }: Pinned): View => {
  const state = new Map<Key, Uint8Array>();
  const view: View = {
    get: (key) => state.get(key),
    set: (key, value) => {
      state.set(key, value);
    },
    delete: (key) => {
      state.delete(key);
    },
  };
  for (const { contribution, datanet, index, items, voidedAt, strikes, allStruckAt } of contributions) {
    setAccepted(view, contribution, {
      datanet,
      acceptance: acceptedAt(index),
      commons: isCommonsPlace(index),
      height: at(1),
      owner: OWNER,
      items: items.length,
      tokens: BigInt(items.flat().length),
      novelTokens: 1n,
      voided: voidedAt === null ? undefined : at(voidedAt),
    });
    for (const { index: run, height } of strikes) strikeRun(view, contribution, run, at(height));
    if (allStruckAt !== null) strikeAllRuns(view, contribution, at(allStruckAt));
  }
  return view;
};

const versionsOf = ({ pins }: Pinned): ReadonlyMap<number, number> =>
  new Map(pins.flatMap((pinned, datanet) => (pinned === null ? [] : [[datanet, pinned] as const])));

/** Returns what may answer as of a height. */
export const scopeAt = (given: Pinned, state: View, asOf: number): Scope => {
  const voided = new Set<number>();
  const struck = new Map<number, NonNullable<ReturnType<typeof struckRuns>>>();
  for (const { contribution, voidedAt } of given.contributions) {
    if (voidedAt !== null && voidedAt <= asOf) voided.add(contribution);
    const { all, novelRuns } = strikesOf(state, contribution);
    const runs = struckRuns({ all: all ?? null, novelRuns: [...novelRuns] }, at(asOf));
    if (runs !== undefined) struck.set(contribution, runs);
  }
  return { datanets: versionsOf(given), voided, struck };
};

/** Where the chain takes something for eligible, or for novel, that is not so by the rules, or the other way round. */
export const chainFault = (given: Pinned, state: View, asOf: number): string | undefined => {
  const eligibility = new Eligibility(state, at(asOf));
  const versions = versionsOf(given);
  const eligible = eligibleOf(given, asOf);
  const wrong = (each: Contribution, i: number): string | undefined => {
    const { contribution, novelRuns } = each;
    // What is not eligible is emptied.
    const isEligible = eligible[i] === each;
    if ((eligibility.eligible(contribution, versions) !== undefined) !== isEligible)
      return `the chain takes contribution ${contribution} for ${isEligible ? 'ineligible' : 'eligible'} as of ${asOf}`;
    const struck = struckOf(each, asOf);
    const run = [...novelRuns.keys()].find(
      (index) => eligibility.isNovel(contribution, index) === struck.has(index),
    );
    return run === undefined
      ? undefined
      : `the chain takes novel run ${run} of contribution ${contribution} for ${struck.has(run) ? 'novel' : 'struck'} as of ${asOf}`;
  };
  return given.contributions.map(wrong).find((each) => each !== undefined);
};
