/**
 * DEMANDs that are open, by the transaction whose claims they are held against; and what was demanded of each claim, so
 * that nothing is demanded twice.
 *
 *     demands/<claims>/open                                   challenges that wait for their answer
 *     demands/<claims>/<claim>/<text>[/<seq>/<item>]          ranges of chunks demanded of one text
 *
 * `<claims>` is a settlement or the claim of a calibration, by transaction; `<claim>` names one claim of it.
 */
import type { Root } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import { type Fault, fault } from '../../src/lib/errors.ts';
import { container, list, root32, type Ssz, uint8, uint32 } from '../../src/lib/ssz.ts';
import type { Demand } from '../attribution/witness/types.ts';
import { type AttributionParams, OPEN_DEMANDS_MAX } from '../params.ts';
import { hexKey, type Key, numberKey, type ReadView, type View } from '../view.ts';
import { type Challenge, knownChallenge } from './challenges.ts';
import { queue } from './sequence.ts';
import { load, save } from './stored.ts';

/** Each holds at least one chunk, and no text has more: an item of 65,536 tokens. */
const RANGES_MAX = 1024;

const OpenType: Ssz<readonly Root[]> = list(root32, OPEN_DEMANDS_MAX);

type Range = { readonly first: number; readonly count: number };
const RangesType: Ssz<readonly Range[]> = list(container<Range>({ first: uint32, count: uint8 }), RANGES_MAX);

const openKey = (claims: Root): Key => `demands/${hexKey(claims)}/open`;
const rangesKey = (claims: Root, claim: string, { text, seq, item }: Demand): Key => {
  const place = text === 'source' ? `/${numberKey(seq)}/${numberKey(item)}` : '';
  return `demands/${hexKey(claims)}/${claim}/${text}${place}`;
};

/** Challenges by the last block in which their DEMAND may be answered. */
export const dueDemands = queue('due/demands', root32);

export type OpenDemand = Challenge & { readonly id: Root };

/** In the order in which they came. */
export const openDemandsOf = (view: ReadView, claims: Root): readonly OpenDemand[] =>
  (load(view, openKey(claims), OpenType) ?? []).map((id) => ({ id, ...knownChallenge(view, id) }));

/** Whether no other DEMAND can be opened for now. */
export const demandsAreFull = (view: ReadView, claims: Root, { demandsMax }: AttributionParams): boolean =>
  (load(view, openKey(claims), OpenType) ?? []).length >= demandsMax;

/**
 * Faults: `DEMAND_PLACES` (as many are open as may be), `DEMAND_REPEATED` (some of it was demanded of this claim before).
 * @param claim - names the claim among those of the transaction `claims`
 */
export const openDemand = (
  view: View,
  id: Root,
  { claims, claim }: { readonly claims: Root; readonly claim: string },
  demand: Demand,
  answerBy: bigint,
  params: AttributionParams,
): Fault | undefined => {
  const open = load(view, openKey(claims), OpenType) ?? [];
  if (open.length >= params.demandsMax)
    return fault('DEMAND_PLACES', `${open.length} demands are open already`, { open: open.length });
  const key = rangesKey(claims, claim, demand);
  const before = load(view, key, RangesType) ?? [];
  const { first, count } = demand;
  const repeated = before.find((each) => first < each.first + each.count && each.first < first + count);
  if (repeated !== undefined)
    return fault('DEMAND_REPEATED', `of this claim, chunk ${repeated.first} was demanded before`, repeated);
  save(view, openKey(claims), OpenType, [...open, id]);
  save(view, key, RangesType, [...before, { first, count }]);
  dueDemands.add(view, answerBy, id);
  return undefined;
};

/** It waits no longer; returns whether it had taken the last place. */
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
