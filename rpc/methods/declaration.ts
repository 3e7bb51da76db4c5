import { ok, unwrap } from '../../src/lib/errors.ts';
import type { ContributionId } from '../../src/lib/ids.ts';
import { type CopiedRun, tokensBySource } from '../../state/attribution/declaration.ts';
import { acceptedOf, contentOf, originOf, revealedIds } from '../../state/modules/data/contributions.ts';
import { struckNovelRuns } from '../../state/modules/data/strikes.ts';
import { struckPassagesOf } from '../../state/modules/disputes/declarations.ts';
import { similarContributions } from '../../state/queries/contributions.ts';
import { dataContribution } from '../../state/tx/data-contribution.ts';
import { decodeTransaction } from '../../state/tx/transaction.ts';
import type { NodeBackend } from '../backend.ts';
import { fail } from '../codes.ts';
import type { Answers } from '../method.ts';
import type { Pace } from '../pace.ts';
import { COMPARED_MAX, type DECLARATION_SCHEMAS } from '../schemas/declaration.ts';

/** The number of sketches that are compared before the rest of the node gets its turn. */
const COMPARED_AT_ONCE = 256;

/** The number of owners that are read before the rest of the node gets its turn. */
const OWNERS_AT_ONCE = 256;

const notRevealed = (contribution: ContributionId) =>
  fail('CONTRIBUTION_NOT_REVEALED', `contribution ${contribution} was not revealed`, { contribution });

/** Returns whose words the copied runs of a contribution repeat, and how many tokens, ascending by contribution id. */
const sourcesOf = async (
  node: NodeBackend,
  contribution: ContributionId,
  copied: readonly CopiedRun[],
  pace: Pace,
) => {
  const cited = [...tokensBySource(copied)]
    .filter(([source]) => source !== contribution)
    .sort(([a], [b]) => a - b);
  const sources = [];
  for (let at = 0; at < cited.length; at += OWNERS_AT_ONCE) {
    const piece = cited.slice(at, at + OWNERS_AT_ONCE);
    sources.push(
      ...node.read(({ view }) =>
        piece.map(([source, count]) => {
          const isCommons = acceptedOf(view, source)?.commons === true;
          const owner = isCommons ? undefined : originOf(view, source)?.owner;
          return { contribution: source, owner, tokens: BigInt(count) };
        }),
      ),
    );
    await pace();
  }
  return sources;
};

export const DECLARATION_METHODS: Answers<typeof DECLARATION_SCHEMAS> = {
  contribution_getDeclaration: async (node, { contribution }, { pace }) => {
    const found = node.read(({ view }) => {
      const content = contentOf(view, contribution);
      const { struck } = struckPassagesOf(view, contribution);
      return { content, novelRuns: [...struckNovelRuns(view, contribution)], passages: struck };
    });
    const { content } = found;
    if (content === undefined) return notRevealed(contribution);
    const state = await node.txState(content.transaction);
    if (state.status !== 'included')
      return fail('BLOCK_NOT_FOUND', `this node does not have block ${content.height}`, {
        height: content.height.toString(),
      });
    const { payload } = unwrap(decodeTransaction(node.history.bytesOf(state.row))).transaction;
    const { shapes, copied, novelRuns, sketch } = unwrap(dataContribution.payload.decode(payload));
    return ok({
      role: content.role,
      sources: await sourcesOf(node, contribution, copied, pace),
      shapes,
      copied,
      novelRuns,
      sketch,
      struck: { novelRuns: found.novelRuns, passages: found.passages },
    });
  },

  contribution_getSimilar: async (node, { contribution, leastBps = 1_000, from = 0 }, { pace }) => {
    const { datanet, revealed, total } = node.read(({ view }) => {
      const id = originOf(view, contribution)?.datanet ?? 0;
      return {
        datanet: id,
        revealed: contentOf(view, contribution) !== undefined,
        total: revealedIds(view, id, 0, 0).total,
      };
    });
    if (!revealed) return notRevealed(contribution);
    const end = Math.min(total, from + COMPARED_MAX);
    const similar: { contribution: ContributionId; similarityBps: number }[] = [];
    for (let at = from; at < end; at += COMPARED_AT_ONCE) {
      const count = Math.min(COMPARED_AT_ONCE, end - at);
      similar.push(
        ...node.read(({ view }) =>
          similarContributions(view, { contribution, datanet, leastBps }, at, count),
        ),
      );
      await pace();
    }
    similar.sort((a, b) => b.similarityBps - a.similarityBps || a.contribution - b.contribution);
    return ok({ similar, next: end < total ? end : undefined });
  },
};
