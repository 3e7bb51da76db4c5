import Type from 'typebox';
import { toHex } from '../../src/lib/bytes.ts';
import { fail, invariant, ok, unwrap } from '../../src/lib/errors.ts';
import { CopiedRunsType, ItemShapesType } from '../../state/attribution/declaration.ts';
import { NovelRunsType } from '../../state/attribution/novel-runs.ts';
import { SketchType } from '../../state/attribution/sketch.ts';
import { contentOf } from '../../state/modules/contributions.ts';
import { dataContribution } from '../../state/tx/data-contribution.ts';
import { decodeTransaction } from '../../state/tx/transaction.ts';
import { method } from '../method.ts';
import { jsonForm, sszOut, strict, uint32In } from '../schema.ts';

const notRevealed = (seq: number) =>
  fail('CONTRIBUTION_NOT_REVEALED', `contribution ${seq} was not revealed`, { seq });

export const DECLARATION_METHODS = {
  contribution_getDeclaration: method({
    summary: 'What a contribution has declared of its text, from the transaction that revealed it.',
    params: Type.Object({ seq: uint32In('Of the contribution.') }, strict),
    result: Type.Object({
      shapes: sszOut(ItemShapesType, 'Of each item, its tokens and those of its prompt part.'),
      copied: sszOut(CopiedRunsType, 'Runs of items, and where they stand earlier.'),
      novelRuns: sszOut(NovelRunsType, 'Runs that no match with an earlier item covers.'),
      sketch: sszOut(SketchType, 'One-permutation MinHash.'),
    }),
    errors: ['CONTRIBUTION_NOT_REVEALED', 'BLOCK_NOT_FOUND'],
    run: async (node, { seq }) => {
      const content = node.read(({ view }) => contentOf(view, seq));
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
      return ok(jsonForm({ shapes, copied, novelRuns, sketch }));
    },
  }),
};
