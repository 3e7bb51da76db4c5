import * as Type from 'typebox';
import { CopiedRunsType, ItemShapesType } from '../../state/attribution/declaration.ts';
import { NovelRunsType } from '../../state/attribution/novel-runs.ts';
import { SketchType } from '../../state/attribution/sketch.ts';
import { CONTRIBUTION_ROLES } from '../../state/tx/data-contribution.ts';
import { STAGES } from './contribution.ts';
import {
  addressOut,
  contributionIn,
  contributionOut,
  countIn,
  datanetIn,
  enumOut,
  heightOut,
  listOut,
  nullable,
  rootOut,
  sszOut,
  strict,
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
      'Returns what a contribution declared about its text when it was revealed, and which parts of it were struck.',
    params: Type.Object({ contribution: contributionIn('The contribution.') }, strict),
    result: Type.Object({
      role: enumOut(CONTRIBUTION_ROLES, 'What it is to its Datanet; `commons` if it proposes to be one.'),
      sources: listOut(
        Type.Object({
          contribution: contributionOut(),
          owner: nullable(addressOut(), 'Null for a commons.'),
          tokens: uint64Out(
            'The number of tokens of the copied runs that cite it. Where two of them overlap, a token counts once.',
          ),
        }),
        'The contributions that the copied runs cite, ascending by id, without the contribution itself: whose words it repeats.',
      ),
      shapes: sszOut(ItemShapesType, 'The number of tokens of each item, and of its prompt part.'),
      copied: sszOut(CopiedRunsType, 'The copied runs of tokens, and where they occur earlier.'),
      novelRuns: sszOut(NovelRunsType, 'The runs of tokens that no match with an earlier item covers.'),
      sketch: sszOut(SketchType, 'A one-permutation MinHash of the text.'),
      struck: Type.Object({
        novelRuns: listOut(uint32Out(), 'The indexes of novel runs that were struck one by one.'),
        passages: listOut(
          Type.Object({
            index: uint32Out(),
            height: heightOut('The height from which on it counts as copied.'),
          }),
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
        contribution: contributionIn('The contribution.'),
        leastBps: Type.Optional(
          countIn(
            10_000,
            'The least similarity: the estimated share of common shingles, in basis points; 1000 if left out.',
          ),
        ),
        from: BY_PLACE.params.from,
      },
      strict,
    ),
    result: Type.Object({
      similar: listOut(
        Type.Object({ contribution: contributionOut(), similarityBps: uint32Out() }),
        'The most similar contribution first; the earlier one first if two are equally similar.',
      ),
      next: nullable(
        uint32Out(),
        'The place in the list of revealed contributions at which the next call begins; null when all were compared.',
      ),
    }),
    errors: ['CONTRIBUTION_NOT_REVEALED'],
    paging: BY_NEXT.paging,
  }),

  contribution_listRevealed: schema({
    summary:
      'Lists all contributions that were revealed in a Datanet, whatever their verdict, in the order of the reveals.',
    params: Type.Object({ datanet: datanetIn('The Datanet.'), ...BY_PLACE.params }, strict),
    result: Type.Object({
      total: uint32Out('The number of entries on all pages.'),
      contributions: listOut(
        Type.Object({
          contribution: contributionOut(),
          stage: enumOut(STAGES),
          root: rootOut('The root of its content.'),
          digest: rootOut('The digest of its text.'),
          role: enumOut(CONTRIBUTION_ROLES, 'What it is to its Datanet; `commons` if it proposes to be one.'),
          items: uint32Out(),
          tokens: uint64Out(),
        }),
      ),
    }),
    errors: ['DATANET_NOT_FOUND'],
    paging: BY_PLACE.paging,
  }),
};
