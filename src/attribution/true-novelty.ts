/** What texts at hand declare to be novel if they are all of one Datanet, and every declaration is true. */
import type { InfoTable } from '../../state/attribution/info1.ts';
import { DEFAULT_PARAMETERS } from '../../state/attribution/parameters.ts';
import type { RulesVersion } from '../../state/attribution/rules.ts';
import type { CorpusContribution } from './corpus.ts';
import { novelRunsIn } from './declaration.ts';
import { DatanetIndex } from './novelty.ts';

/**
 * Returns contributions, ascending by id, with the runs that no earlier item holds. Whatever else traces them, novelty is by the
 * limits of a chain without changes.
 */
export const withTrueNovelty = (
  table: InfoTable,
  contributions: readonly CorpusContribution[],
  version: RulesVersion,
): readonly CorpusContribution[] => {
  const index = new DatanetIndex(table, { ...DEFAULT_PARAMETERS, version });
  return contributions
    .toSorted((a, b) => a.contribution - b.contribution)
    .map((each) => ({
      ...each,
      novelRuns: novelRunsIn(index.addAll(each.contribution, each.items).map(({ novel }) => novel)),
    }));
};
