import * as Type from 'typebox';
import { OUTPUT_BYTES_MAX, PROMPT_BYTES_MAX } from '../../state/attribution/parameters.ts';
import { RULES_VERSIONS, type RulesVersion, RulesVersionType } from '../../state/attribution/rules.ts';
import {
  bytesOut,
  fixedBytesIn,
  listOut,
  nullable,
  rootIn,
  rootOut,
  sszOut,
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

/** The version of the rules of attribution, by which texts are cut into tokens. */
const rulesIn = Type.Unsafe<RulesVersion>({
  type: 'integer',
  enum: [...RULES_VERSIONS],
  description: 'The version of the rules by which its tokens are made: that of the Datanet, or of the model.',
});

const tokenIdsIn = (maxItems: number, description: string) =>
  Type.Unsafe<readonly number[]>(Type.Array(uint32In('A token id.'), { maxItems, description }));

const itemFields = {
  rules: rulesIn,
  text: wellFormed('The text of the item.'),
  promptTokens: uint32In('The number of tokens at its beginning that are its prompt part.'),
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
    Type.Object(
      {
        type: Type.Literal('inference'),
        rules: rulesIn,
        prompt: wellFormed('The prompt.'),
        output: wellFormed('The output.'),
        salt: fixedBytesIn(32, 'A secret of this receipt only.'),
        ids: Type.Optional(
          Type.Object(
            {
              prompt: tokenIdsIn(
                PROMPT_BYTES_MAX,
                'The token ids of the prompt, as the tokenizer of the model numbers them.',
              ),
              output: tokenIdsIn(OUTPUT_BYTES_MAX, 'The token ids of the output.'),
            },
            strict,
          ),
        ),
      },
      strict,
    ),
  ],
  {
    description:
      'An item; a contribution, by its items or by their roots; the prompt and the output of a receipt.',
  },
);

export const ObjectOut = Type.Union([
  Type.Object({
    type: Type.Literal('item'),
    rules: sszOut(RulesVersionType, 'The version of the rules.'),
    text: textOut(),
    promptTokens: uint32Out(),
    salt: bytesOut(),
  }),
  Type.Object({ type: Type.Literal('contribution'), items: listOut(rootOut(), 'The roots of its items.') }),
  Type.Object({
    type: Type.Literal('inference'),
    rules: sszOut(RulesVersionType, 'The version of the rules.'),
    prompt: textOut(),
    output: textOut(),
    salt: bytesOut(),
    ids: nullable(Type.Object({ prompt: listOut(uint32Out()), output: listOut(uint32Out()) })),
  }),
]);

export const CONTENT_SCHEMAS = {
  content_put: schema({
    summary:
      'Keeps content on this node. It shows the content, and offers it to the others that host it, once a block names it. ' +
      'Give it to one node, and only then: a contribution’s content once its reveal is in a block.',
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
    summary: 'Returns content that a block names by its root, from this node or from its peers.',
    params: Type.Object(
      { root: rootIn('The root of an item, of a contribution, or of the texts of a receipt.') },
      strict,
    ),
    result: ObjectOut,
    errors: ['CONTENT_NOT_FOUND', 'SERVER_BUSY'],
    awaits: true,
  }),
};
