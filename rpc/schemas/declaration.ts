import Type from 'typebox';
import { CopiedRunsType, ItemShapesType } from '../../state/attribution/declaration.ts';
import { NovelRunsType } from '../../state/attribution/novel-runs.ts';
import { SketchType } from '../../state/attribution/sketch.ts';
import { STAGES } from './contribution.ts';
import {
  countIn,
  enumOut,
  listOut,
  nullable,
  rootOut,
  sszOut,
  strict,
  uint32In,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_NEXT, BY_PLACE } from './page.ts';

/** The most sketches that one call compares. */
export const COMPARED_MAX = 8192;
export const DECLARATION_SCHEMAS = {
  contribution_getDeclaration: schema({
    summary:
      'What a contribution has declared of its text when it was revealed, and what of that has fallen.',
    params: Type.Object({ contribution: uint32In('Of the contribution.') }, strict),
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
  }),

  contribution_getSimilar: schema({
    summary:
      'Contributions of the same Datanet, under review or accepted, whose sketch is like that of this one. Of those ' +
      `revealed from the \`from\`-th on at most ${COMPARED_MAX} are compared: ask again from \`next\` on.`,
    params: Type.Object(
      {
        contribution: uint32In('Of the contribution.'),
        leastBps: Type.Optional(
          countIn(10_000, 'Shingles in common of all there are, estimated, basis points; 1000 if left out.'),
        ),
        from: BY_PLACE.params.from,
      },
      strict,
    ),
    result: Type.Object({
      similar: listOut(
        Type.Object({ contribution: uint32Out(), similarityBps: uint32Out() }),
        'The most similar first, and of those as similar the earliest.',
      ),
      next: nullable(uint32Out(), 'Null when all were compared.'),
    }),
    errors: ['CONTRIBUTION_NOT_REVEALED'],
    paging: BY_NEXT.paging,
  }),

  contribution_listRevealed: schema({
    summary: 'What was revealed in a Datanet, in the order of the reveals, whatever became of it.',
    params: Type.Object({ datanet: uint32In('The Datanet.'), ...BY_PLACE.params }, strict),
    result: Type.Object({
      total: uint32Out('On all pages.'),
      contributions: listOut(
        Type.Object({
          contribution: uint32Out(),
          stage: enumOut(STAGES),
          root: rootOut('Of its content.'),
          digest: rootOut('Of its text.'),
          items: uint32Out(),
          tokens: uint64Out(),
        }),
      ),
    }),
    errors: ['DATANET_NOT_FOUND'],
    paging: BY_PLACE.paging,
  }),
};
