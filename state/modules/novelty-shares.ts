/**
 * The Datanets' shares of the unattributed remainder (attribution.md §8), as F1 keeps them: an accumulator of money per
 * novel token, and for each contribution what it has taken. A payment goes to one version, the first n accepted
 * contributions, and versions are many; so the accumulators form a Fenwick tree over n (P. Fenwick 1994): to add to the
 * first n touches one node for each bit of n, and what all versions with contribution i in them have paid is the sum of
 * at most as many. Rounding down leaves dust in the pot.
 *
 *     novelty/<datanet>/<node>   money per novel token, times 2^96
 */
import { invariant } from '../../src/lib/errors.ts';
import { mulDivFloor } from '../../src/lib/math.ts';
import { uint256 } from '../../src/lib/ssz.ts';
import { type Key, numberKey, type ReadView, type View } from '../view.ts';
import { FRONTIER_LEAVES_MAX } from './frontier.ts';
import { load, save } from './stored.ts';

/** A payment of the whole supply, 2^90 base units, still fits; one base unit over 2^48 tokens is still 2^48. */
const SCALE_BITS = 96n;

const nodeKey = (datanet: number, node: number): Key => `novelty/${numberKey(datanet)}/${numberKey(node)}`;
const lowestBit = (node: number): number => node & -node;
const nodeOf = (view: ReadView, datanet: number, node: number): bigint =>
  load(view, nodeKey(datanet, node), uint256) ?? 0n;

/** Pays `amount` to the first `count` contributions of a Datanet, which hold `novelTokens` (> 0) together. */
export const payVersion = (
  view: View,
  datanet: number,
  version: { readonly count: number; readonly novelTokens: bigint },
  amount: bigint,
): void => {
  invariant(version.count <= FRONTIER_LEAVES_MAX, 'a version is no longer than its tree');
  const perToken = mulDivFloor(amount, 1n << SCALE_BITS, version.novelTokens);
  for (let node = version.count; node > 0; node -= lowestBit(node))
    save(view, nodeKey(datanet, node), uint256, nodeOf(view, datanet, node) + perToken);
};

/** All that a contribution has been paid so far, taken or not. `acceptance` is its place in the Datanet. */
export const paidByNovelty = (
  view: ReadView,
  datanet: number,
  contribution: { readonly acceptance: number; readonly novelTokens: bigint },
): bigint => {
  let perToken = 0n;
  for (let node = contribution.acceptance + 1; node <= FRONTIER_LEAVES_MAX; node += lowestBit(node))
    perToken += nodeOf(view, datanet, node);
  return (contribution.novelTokens * perToken) >> SCALE_BITS;
};
