import { ok } from '../../src/lib/errors.ts';
import { type EligibleContribution, eligibleSteps, inOrder } from '../../state/queries/contributions.ts';
import { noVersion, versionNumber } from '../../state/queries/model-queries.ts';
import { getVersion } from '../../state/queries/models.ts';
import { pageByIdOf } from '../../state/queries/query.ts';
import type { Answers } from '../method.ts';
import type { MODEL_SCHEMAS } from '../schemas/model.ts';

export const MODEL_METHODS: Answers<typeof MODEL_SCHEMAS> = {
  /** A model may have any number of contributions, and each page looks at all of them: not in one piece. */
  model_getContributions: async (node, params, { pace }) => {
    const { version, found, steps } = node.read(({ view }) => {
      const number = versionNumber(view, params);
      const known = getVersion(view, params.id, number);
      return {
        version: number,
        found: known,
        steps: known === undefined ? [] : eligibleSteps(view, known),
      };
    });
    if (found === undefined) return noVersion(params.id, version);
    const looked: (EligibleContribution | undefined)[] = [];
    for (const each of steps) {
      looked.push(each);
      const pause = pace();
      if (pause !== undefined) await pause;
    }
    const all = inOrder(looked);
    const { after, limit } = pageByIdOf(params);
    return ok({
      total: all.length,
      contributions: all.filter(({ contribution }) => contribution > after).slice(0, limit),
    });
  },
};
