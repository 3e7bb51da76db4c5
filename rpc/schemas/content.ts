import * as Type from 'typebox';
import {
  bytesOut,
  fixedBytesIn,
  listOut,
  rootIn,
  rootOut,
  strict,
  textOut,
  uint32In,
  uint32Out,
} from './fields.ts';
import { schema } from './method-schema.ts';

/** The most objects in one call: the store writes 4,096 at once. */
const OBJECTS_MAX = 4096;
const ITEMS_MAX = 4095;

const wellFormed = (description: string) =>
  Type.Refine(
    Type.String({ description }),
    (value) => value.isWellFormed(),
    () => 'must be well-formed text; it contains a lone surrogate',
  );

const itemFields = {
  text: wellFormed('The text of the item.'),
  promptTokens: uint32In('The number of PT-1 tokens at its beginning that are its prompt part.'),
  salt: fixedBytesIn(32, 'A secret of this item only.'),
};

export const ObjectIn = Type.Union(
  [
    Type.Object({ type: Type.Literal('item'), ...itemFields }, strict),
    Type.Object(
      {
        type: Type.Literal('contribution'),
        items: Type.Union([
          Type.Array(rootIn('The root of an item that this node has already.'), {
            maxItems: OBJECTS_MAX * 16,
          }),
          Type.Array(Type.Object(itemFields, strict), { maxItems: ITEMS_MAX }),
        ]),
      },
      strict,
    ),
    Type.Object({ type: Type.Literal('prompt'), text: wellFormed('The text.') }, strict),
    Type.Object({ type: Type.Literal('output'), text: wellFormed('The text.') }, strict),
  ],
  {
    description:
      'An item; a contribution, by its items or by their roots; the prompt or the output of a receipt.',
  },
);

export const ObjectOut = Type.Union([
  Type.Object({
    type: Type.Literal('item'),
    text: textOut(),
    promptTokens: uint32Out(),
    salt: bytesOut(),
  }),
  Type.Object({ type: Type.Literal('contribution'), items: listOut(rootOut(), 'The roots of its items.') }),
  Type.Object({ type: Type.Literal('prompt'), text: textOut() }),
  Type.Object({ type: Type.Literal('output'), text: textOut() }),
]);

export const CONTENT_SCHEMAS = {
  content_put: schema({
    summary:
      'Keeps content on this node and offers it to the others that host it. Give it to one node; a contribution’s ' +
      'content only once its commit is in a block.',
    params: Type.Object({ objects: Type.Array(ObjectIn, { minItems: 1, maxItems: OBJECTS_MAX }) }, strict),
    result: Type.Object({ roots: listOut(rootOut(), 'The roots of the objects, in order.') }),
    errors: [
      'CONTENT_FULL',
      'CONTENT_TOO_LONG',
      'CONTENT_BATCH',
      'ITEM_TOO_LONG',
      'ITEM_PROMPT_PART',
      'PROMPT_TOO_LONG',
      'OUTPUT_TOO_LONG',
    ],
    judges: true,
  }),

  content_get: schema({
    summary: 'Returns content by its root, from this node or from its peers.',
    params: Type.Object(
      { root: rootIn('The root of an item, a contribution, a prompt or an output.') },
      strict,
    ),
    result: ObjectOut,
    errors: ['CONTENT_NOT_FOUND', 'SERVER_BUSY'],
    awaits: true,
  }),
};
