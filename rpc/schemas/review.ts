/** The schemas of reviews: what waits for an account. */
import * as Type from 'typebox';
import { CONTRIBUTION_ROLES } from '../../state/tx/data-contribution.ts';
import {
  addressIn,
  addressOut,
  contributionOut,
  countIn,
  datanetIn,
  datanetOut,
  enumOut,
  listOut,
  nullable,
  rootOut,
  strict,
  textOut,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_NEXT, PAGE_LIMIT_MAX } from './page.ts';

const CURSOR = /^([1-9][0-9]{0,9})\/([1-9][0-9]{0,9})$/;

const cursorIn = Type.Decode(
  Type.Unsafe<string>({
    type: 'string',
    pattern: CURSOR.source,
    description: 'The place to begin at: the `next` of the previous page; the beginning if left out.',
  }),
  (cursor) => {
    const [, datanet, contribution] = CURSOR.exec(cursor) ?? [];
    return { datanet: Number(datanet), contribution: Number(contribution) };
  },
);

export const REVIEW_SCHEMAS = {
  review_list: schema({
    summary:
      'Lists the contributions that wait for the review of an account: those under review in Datanets that name it as a reviewer, ' +
      'without its own and without those that it has reviewed. By Datanet, then by contribution.',
    params: Type.Object(
      {
        reviewer: addressIn('The account that reviews.'),
        datanet: Type.Optional(datanetIn('Only contributions to this Datanet.')),
        from: Type.Optional(cursorIn),
        limit: Type.Optional(countIn(PAGE_LIMIT_MAX, 'The most entries to return; 100 if left out.')),
      },
      strict,
    ),
    result: Type.Object({
      contributions: listOut(
        Type.Object({
          contribution: contributionOut(),
          datanet: datanetOut(),
          owner: addressOut(),
          role: enumOut(
            CONTRIBUTION_ROLES,
            'What it is to its Datanet; `commons` if it proposes that its words be nobody’s.',
          ),
          root: rootOut('The root to give to content_get.'),
          items: uint32Out(),
          tokens: uint64Out('The number of tokens.'),
          bytes: uint64Out('The number of UTF-8 bytes.'),
          revealedAt: uint64Out('A height.'),
          reviews: uint32Out('The number of reviews that it has so far.'),
        }),
      ),
      next: nullable(textOut('The `from` of the next page.'), 'Null after the last page.'),
    }),
    ...BY_NEXT,
  }),
};
