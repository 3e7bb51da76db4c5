import Type from 'typebox';
import { toHex } from '../../src/lib/bytes.ts';
import { invariant, ok, unwrap } from '../../src/lib/errors.ts';
import { CopiedRunsType, ItemShapesType } from '../../state/attribution/declaration.ts';
import { NovelRunsType } from '../../state/attribution/novel-runs.ts';
import { SketchType } from '../../state/attribution/sketch.ts';
import { contentOf, originOf, revealedSeqs, STAGES } from '../../state/modules/data/contributions.ts';
import { datanetOf } from '../../state/modules/data/datanets.ts';
import { struckNovelRuns, struckPassagesOf } from '../../state/modules/disputes/declarations.ts';
import { revealedContributions, similarContributions } from '../../state/queries/contributions.ts';
import { dataContribution } from '../../state/tx/data-contribution.ts';
import { decodeTransaction } from '../../state/tx/transaction.ts';
import { fail } from '../codes.ts';
import { method } from '../method.ts';
import { createPace } from '../pace.ts';
import {
  countIn,
  enumOut,
  jsonForm,
  listOut,
  nullable,
  rootOut,
  sszOut,
  strict,
  uint32In,
  uint32Out,
  uint64Out,
} from '../schema.ts';
import { rangeParams } from './page.ts';

/** Sketches that one call compares, and how many of them at a stretch. */
const COMPARED_MAX = 8192;
const COMPARED_AT_ONCE = 256;

const notRevealed = (seq: number) =>
  fail('CONTRIBUTION_NOT_REVEALED', `contribution ${seq} was not revealed`, { seq });

export const DECLARATION_METHODS = {
  contribution_getDeclaration: method({
    summary:
      'What a contribution has declared of its text when it was revealed, and what of that has fallen.',
    params: Type.Object({ seq: uint32In('Of the contribution.') }, strict),
    result: Type.Object({
      shapes: sszOut(ItemShapesType, 'Of each item, its tokens and those of its prompt part.'),
      copied: sszOut(CopiedRunsType, 'Runs of items, and where they stand earlier.'),
      novelRuns: sszOut(NovelRunsType, 'Runs that no match with an earlier item covers.'),
      sketch: sszOut(SketchType, 'One-permutation MinHash.'),
      struck: Type.Object({
        novelRuns: listOut(uint32Out(), 'Indices of novel runs that were struck one by one.'),
        passages: listOut(
          Type.Object({ index: uint32Out(), height: uint64Out('From which on it counts as copied.') }),
        ),
      }),
    }),
    errors: ['CONTRIBUTION_NOT_REVEALED', 'BLOCK_NOT_FOUND'],
    run: async (node, { seq }) => {
      const found = node.read(({ view }) => {
        const content = contentOf(view, seq);
        const { struck } = struckPassagesOf(view, seq);
        return { content, novelRuns: [...struckNovelRuns(view, seq)], passages: struck };
      });
      const { content } = found;
      if (content === undefined) return notRevealed(seq);
      const state = await node.txState(content.transaction);
      const stored = await node.block(content.height);
      if (state.status !== 'included' || stored === undefined)
        return fail('BLOCK_NOT_FOUND', `this node does not have block ${content.height}`, {
          height: content.height.toString(),
        });
      const encoded = stored.block.transactions[state.row.index];
      invariant(encoded !== undefined, `${toHex(content.transaction)} stands where its row says`);
      const { payload } = unwrap(decodeTransaction(encoded)).transaction;
      const { shapes, copied, novelRuns, sketch } = unwrap(dataContribution.payload.decode(payload));
      return ok({
        ...jsonForm({ shapes, copied, novelRuns, sketch }),
        struck: {
          novelRuns: found.novelRuns,
          passages: found.passages.map(jsonForm),
        },
      });
    },
  }),

  contribution_getSimilar: method({
    summary:
      'Contributions of the same Datanet, under review or accepted, whose sketch is like that of this one. Of those ' +
      `revealed from the \`from\`-th on at most ${COMPARED_MAX} are compared: ask again from \`next\` on.`,
    params: Type.Object(
      {
        seq: uint32In('Of the contribution.'),
        leastBps: Type.Optional(
          countIn(10_000, 'Shingles in common of all there are, estimated, basis points; 1000 if left out.'),
        ),
        from: rangeParams.from,
      },
      strict,
    ),
    result: Type.Object({
      similar: listOut(
        Type.Object({ seq: uint32Out(), similarityBps: uint32Out() }),
        'The most similar first, and of those as similar the earliest.',
      ),
      next: nullable(uint32Out(), 'Null when all were compared.'),
    }),
    errors: ['CONTRIBUTION_NOT_REVEALED'],
    run: async (node, { seq, leastBps = 1_000, from = 0 }) => {
      const { datanet, revealed, total } = node.read(({ view }) => {
        const id = originOf(view, seq)?.datanet ?? 0;
        return {
          datanet: id,
          revealed: contentOf(view, seq) !== undefined,
          total: revealedSeqs(view, id, 0, 0).total,
        };
      });
      if (!revealed) return notRevealed(seq);
      const pace = createPace();
      const end = Math.min(total, from + COMPARED_MAX);
      const similar: { seq: number; similarityBps: number }[] = [];
      for (let at = from; at < end; at += COMPARED_AT_ONCE) {
        const count = Math.min(COMPARED_AT_ONCE, end - at);
        similar.push(
          ...node.read(({ view }) => similarContributions(view, { seq, datanet, leastBps }, at, count)),
        );
        await pace();
      }
      similar.sort((a, b) => b.similarityBps - a.similarityBps || a.seq - b.seq);
      return ok({ similar, next: end < total ? end : null });
    },
  }),

  contribution_listRevealed: method({
    summary: 'What was revealed in a Datanet, in the order of the reveals, whatever became of it.',
    params: Type.Object({ datanet: uint32In('The Datanet.'), ...rangeParams }, strict),
    result: Type.Object({
      total: uint32Out('On all pages.'),
      contributions: listOut(
        Type.Object({
          seq: uint32Out(),
          stage: enumOut(STAGES),
          root: rootOut('Of its content.'),
          digest: rootOut('Of its text.'),
          items: uint32Out(),
          tokens: uint64Out(),
        }),
      ),
    }),
    errors: ['DATANET_NOT_FOUND'],
    run: (node, { datanet, from = 0, limit = 100 }) =>
      node.read(({ view }) => {
        if (datanetOf(view, datanet) === undefined)
          return fail('DATANET_NOT_FOUND', `there is no Datanet ${datanet}`, { id: datanet });
        const { total, contributions } = revealedContributions(view, datanet, from, limit);
        return ok({ total, contributions: contributions.map(jsonForm) });
      }),
  }),
};
