/** The contributions that outputs of a version of a model may be traced to, by Datanet. */
import { type DatanetId, OF_CHAIN } from '../../src/lib/ids.ts';
import { CHAIN_COMMONS_RULES, type RulesVersion } from './rules.ts';

/** Datanet 0, which has the commons of the chain and nothing else. */
const CHAIN_ELIGIBLE: readonly [DatanetId, number] = [OF_CHAIN, 0];

/**
 * Returns for each Datanet a count: its founding commons is eligible, and the accepted contributions whose acceptance index is
 * below the count. Datanet 0, with the commons of the chain, is the first by version 2 of the rules. No version lists it,
 * because nothing is drawn from it.
 */
export const eligibleVersions = ({
  eligible,
  rules,
}: {
  readonly eligible: readonly { readonly datanet: DatanetId; readonly count: number }[];
  readonly rules: RulesVersion;
}): ReadonlyMap<DatanetId, number> =>
  new Map([
    ...(rules === CHAIN_COMMONS_RULES ? [CHAIN_ELIGIBLE] : []),
    ...eligible.map(({ datanet, count }) => [datanet, count] as const),
  ]);
