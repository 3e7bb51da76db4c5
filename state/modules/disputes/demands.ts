/**
 * DEMANDs that are open, by the transaction whose claims they are held against; what was demanded, so that nothing is
 * demanded twice; and what the next one costs.
 *
 *     demands/<claims>/open                challenges that wait for their answer
 *     demands/<claims>/filled              how often one was answered while all places were taken
 *     demands/<claims>/series/<series>     how many of a series were answered
 *     demands/<claims>/texts/<text>        ranges of chunks demanded of one text
 *     demands/<claims>/excused/<receipt>   challenges of a receipt's claim that were answered by excuses (`excused.ts`)
 *     demands/<claims>/keys                those of the four above that there are (a sequence): to be deleted by
 *
 * `<claims>` is a settlement or the claim of a calibration, by transaction; what a series is, and what a text, the module
 * that takes the claims says.
 */
import { type Height, type Root, toHeight } from '../../../src/lib/brands.ts';
import { equal } from '../../../src/lib/bytes.ts';
import { invariant } from '../../../src/lib/errors.ts';
import { minBig } from '../../../src/lib/math.ts';
import {
  container,
  list,
  root32,
  type Ssz,
  text as textType,
  uint8,
  uint32,
  type ValueOf,
} from '../../../src/lib/ssz.ts';
import type { Demand } from '../../attribution/witness/types.ts';
import { type Fault, fault } from '../../errors/execution.ts';
import { type AttributionParams, OPEN_DEMANDS_MAX } from '../../params.ts';
import { bytesKey, type Key, type ReadView, type View } from '../../view.ts';
import { queue, sequence } from '../kit/sequence.ts';
import { load, save } from '../kit/stored.ts';
import { type Challenge, knownChallenge } from './challenges.ts';

/**
 * The maximum number of ranges: the number of chunks in the longest text, an item of 65,536 tokens. The
 * price doubles long before that.
 */
const RANGES_MAX = 1024;

const OpenType: Ssz<readonly Root[]> = list(root32, OPEN_DEMANDS_MAX);

const RangeType = container({
  first: uint32,
  count: uint8,
});
type Range = ValueOf<typeof RangeType>;
const RangesType: Ssz<readonly Range[]> = list(RangeType, RANGES_MAX);

/**
 * The number of DEMANDs of a series that cost `demandCost` each. Every later one costs twice as much as the
 * one before.
 */
export const DEMANDS_AT_COST = 8;

/** The maximum number of doublings. More would cost more money than exists. */
const DOUBLINGS_MAX = 100;
const COST_MAX = (1n << 127n) - 1n;

const openKey = (claims: Root): Key => `demands/${bytesKey(claims)}/open`;
const filledKey = (claims: Root): Key => `demands/${bytesKey(claims)}/filled`;
const seriesKey = (claims: Root, series: string): Key => `demands/${bytesKey(claims)}/series/${series}`;
const rangesKey = (claims: Root, text: string): Key => `demands/${bytesKey(claims)}/texts/${text}`;

const keysOf = sequence('demands', textType(200));
const keysName = (claims: Root): string => `${bytesKey(claims)}/keys`;

/** Saves a value under a key that {@link forgetDemands} will find. */
export const keep = <T>(view: View, claims: Root, key: Key, type: Ssz<T>, value: T): void => {
  if (view.get(key) === undefined) keysOf.append(view, keysName(claims), key);
  save(view, key, type, value);
};

/**
 * Forgets the demands on claims that are final. Nothing can be demanded of those any more; the challenges
 * record what was asked for and at what price.
 */
export const forgetDemands = (view: View, claims: Root): void => {
  for (const key of keysOf.takeAll(view, keysName(claims))) view.delete(key);
  view.delete(openKey(claims));
};

/**
 * The series and the chunks of a DEMAND. No chunk of its text is demanded twice, and the series has one
 * price.
 */
export type DemandPlace = {
  /** The transaction that made the claims, or what stands for it. */
  readonly claims: Root;
  readonly text: string;
  /** Undefined where as many as there are chunks may cost the same, since they delay nothing. */
  readonly series: string | undefined;
};

/** Challenges by the last block in which their DEMAND may be answered. */
export const dueDemands = queue('due/demands', root32);

export type OpenDemand = Challenge & { readonly id: Root };

/** Returns the open DEMANDs in the order in which they came. */
export const openDemandsOf = (view: ReadView, claims: Root): readonly OpenDemand[] =>
  (load(view, openKey(claims), OpenType) ?? []).map((id) => ({ id, ...knownChallenge(view, id) }));

/** Whether no other DEMAND can be opened for now. */
export const demandsAreFull = (view: ReadView, claims: Root, { demandsMax }: AttributionParams): boolean =>
  (load(view, openKey(claims), OpenType) ?? []).length >= demandsMax;

/**
 * Returns the cost of the next DEMAND if it is answered. The cost doubles with each answer that came while
 * all places were taken, because that extends all claims of the transaction. It also doubles with each
 * DEMAND of the series beyond the first ones. So delaying soon becomes expensive, and a challenger who is
 * not shown what it asks for loses nothing.
 */
export const costOfDemand = (
  view: ReadView,
  { claims, series }: Pick<DemandPlace, 'claims' | 'series'>,
  { demandCost }: AttributionParams,
): bigint => {
  const filled = load(view, filledKey(claims), uint32) ?? 0;
  const answered = series === undefined ? 0 : (load(view, seriesKey(claims, series), uint32) ?? 0);
  // The first at twice the cost is the one after as many as are at cost.
  const doublings = filled + Math.max(0, answered + 1 - DEMANDS_AT_COST);
  return minBig(demandCost << BigInt(Math.min(doublings, DOUBLINGS_MAX)), COST_MAX);
};

/** Whether every chunk of the range lies in one of the others. */
const isCovered = ({ first, count }: Range, ranges: readonly Range[]): boolean => {
  const chunks = Array.from({ length: count }, (_, i) => first + i);
  return chunks.every((chunk) =>
    ranges.some((each) => chunk >= each.first && chunk < each.first + each.count),
  );
};

/** Takes a place among those that wait for an answer. Fault `DEMAND_PLACES`: as many are open as may be. */
export const takePlace = (
  view: View,
  id: Root,
  claims: Root,
  answerBy: Height,
  { demandsMax }: AttributionParams,
): Fault | undefined => {
  const open = load(view, openKey(claims), OpenType) ?? [];
  if (open.length >= demandsMax)
    return fault('DEMAND_PLACES', `${open.length} demands are open already`, { open: open.length });
  save(view, openKey(claims), OpenType, [...open, id]);
  dueDemands.add(view, toHeight(answerBy), id);
  return undefined;
};

/**
 * Faults: `DEMAND_PLACES` (as many are open as may be), `DEMAND_REPEATED` (all of it was demanded before).
 */
export const openDemand = (
  view: View,
  id: Root,
  { claims, text }: DemandPlace,
  { first, count }: Demand,
  answerBy: Height,
  params: AttributionParams,
): Fault | undefined => {
  const refused = takePlace(view, id, claims, answerBy, params);
  if (refused !== undefined) return refused;
  const key = rangesKey(claims, text);
  const before = load(view, key, RangesType) ?? [];
  if (before.length >= RANGES_MAX)
    return fault('DEMAND_PLACES', `${RANGES_MAX} demands were made of this text before`, {
      demands: before.length,
    });
  if (isCovered({ first, count }, before))
    return fault('DEMAND_REPEATED', `all of chunks ${first} to ${first + count - 1} was demanded before`, {
      first,
      count,
    });
  keep(view, claims, key, RangesType, [...before, { first, count }]);
  return undefined;
};

const count = (view: View, claims: Root, key: Key, by: 1 | -1): void => {
  const counted = (load(view, key, uint32) ?? 0) + by;
  invariant(counted >= 0, 'what is no longer counted was counted');
  keep(view, claims, key, uint32, counted);
};

/** Records that a DEMAND was answered: the next one may cost more. Returns whether all places were taken. */
export const countAnswer = (
  view: View,
  { claims, series }: Pick<DemandPlace, 'claims' | 'series'>,
  params: AttributionParams,
): boolean => {
  const wasFull = demandsAreFull(view, claims, params);
  if (wasFull) count(view, claims, filledKey(claims), 1);
  if (series !== undefined) count(view, claims, seriesKey(claims, series), 1);
  return wasFull;
};

/** Undoes {@link countAnswer} for an answer that returned `wasFull`. */
export const uncountAnswer = (view: View, claims: Root, series: string, wasFull: boolean): void => {
  if (wasFull) count(view, claims, filledKey(claims), -1);
  count(view, claims, seriesKey(claims, series), -1);
};

/** Removes a DEMAND that no longer waits. Returns whether it had taken the last place. */
export const closeDemand = (
  view: View,
  id: Root,
  claims: Root,
  { demandsMax }: AttributionParams,
): boolean => {
  const open = load(view, openKey(claims), OpenType) ?? [];
  save(
    view,
    openKey(claims),
    OpenType,
    open.filter((each) => !equal(each, id)),
  );
  return open.length >= demandsMax;
};
