import Type, { type Static, type StaticDecode } from 'typebox';
import type { ContentObject } from '../../src/content/objects.ts';
import type { Root } from '../../src/lib/brands.ts';
import { fromUtf8, toHex, utf8 } from '../../src/lib/bytes.ts';
import { ok, unreachable, unwrap } from '../../src/lib/errors.ts';
import { fail } from '../codes.ts';
import { method } from '../method.ts';
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
} from '../schema.ts';

/** Objects of one call; the store takes 4,096 at once. */
const OBJECTS_MAX = 4096;
const ITEMS_MAX = 4095;

const wellFormed = (description: string) =>
  Type.Refine(
    Type.String({ description }),
    (value) => value.isWellFormed(),
    () => 'must be well-formed text: it holds a lone surrogate',
  );

const itemFields = {
  text: wellFormed('The item.'),
  promptTokens: uint32In('PT-1 tokens of its prompt part, from the first on.'),
  salt: fixedBytesIn(32, 'Secret, of this item alone.'),
};

const ObjectIn = Type.Union(
  [
    Type.Object({ type: Type.Literal('item'), ...itemFields }, strict),
    Type.Object(
      {
        type: Type.Literal('contribution'),
        items: Type.Union([
          Type.Array(rootIn('Of an item that is there already.'), { maxItems: OBJECTS_MAX * 16 }),
          Type.Array(Type.Object(itemFields, strict), { maxItems: ITEMS_MAX }),
        ]),
      },
      strict,
    ),
    Type.Object({ type: Type.Literal('prompt'), text: wellFormed('Of a receipt.') }, strict),
    Type.Object({ type: Type.Literal('output'), text: wellFormed('Of a receipt.') }, strict),
  ],
  {
    description:
      'An item; a contribution, by its items or by their roots; the prompt or the output of a receipt.',
  },
);

const ObjectOut = Type.Union([
  Type.Object({
    type: Type.Literal('item'),
    text: textOut(),
    promptTokens: uint32Out(),
    salt: bytesOut(),
  }),
  Type.Object({ type: Type.Literal('contribution'), items: listOut(rootOut(), 'Of its items.') }),
  Type.Object({ type: Type.Literal('prompt'), text: textOut() }),
  Type.Object({ type: Type.Literal('output'), text: textOut() }),
]);

export const CONTENT_METHODS = {
  content_put: method({
    summary:
      'Keeps content on this node and offers it to the others that host it. Give it to one node; a contribution’s ' +
      'content only once its commit is in a block.',
    params: Type.Object({ objects: Type.Array(ObjectIn, { minItems: 1, maxItems: OBJECTS_MAX }) }, strict),
    result: Type.Object({ roots: listOut(rootOut(), 'Of the objects, in order.') }),
    errors: [
      'CONTENT_FULL',
      'CONTENT_TOO_LONG',
      'CONTENT_BATCH',
      'ITEM_TOO_LONG',
      'ITEM_PROMPT_PART',
      'PROMPT_TOO_LONG',
      'OUTPUT_TOO_LONG',
    ],
    run: async (node, { objects }) => {
      // Items first: a contribution given by its items is a list of roots that the store computes.
      const stored = await node.putContent(objects.flatMap(leavesOf));
      if (!stored.ok) return stored;
      let at = 0;
      const slots = objects.map((object) => {
        const from = at;
        at += leavesOf(object).length;
        return { object, leaves: stored.value.slice(from, at) };
      });
      const contributions = await node.putContent(
        slots.flatMap(({ object, leaves }): readonly ContentObject[] =>
          object.type === 'contribution' ? [{ type: 'contribution', items: itemRoots(object, leaves) }] : [],
        ),
      );
      if (!contributions.ok) return contributions;
      const whole = contributions.value.values();
      const roots = slots.flatMap(({ object, leaves }) => {
        const root = object.type === 'contribution' ? whole.next().value : leaves[0];
        return root === undefined ? [] : [root];
      });
      return ok({ roots: roots.map(toHex) });
    },
  }),

  content_get: method({
    summary: 'Content by its root: from this node, or from its peers.',
    params: Type.Object({ root: rootIn('Of an item, a contribution, a prompt or an output.') }, strict),
    result: ObjectOut,
    errors: ['CONTENT_NOT_FOUND'],
    run: async (node, { root }) => {
      const object = await node.getContent(root);
      return object === undefined
        ? fail('CONTENT_NOT_FOUND', 'neither this node nor its peers have it', { root: toHex(root) })
        : ok(shown(object));
    },
  }),
};

type In = StaticDecode<typeof ObjectIn>;
type Out = Static<typeof ObjectOut>;

const isRoot = (item: Root | object): item is Root => item instanceof Uint8Array;

/** The objects with a text of their own: itself, or the items of a contribution that brings them along. */
const leavesOf = (object: In): readonly ContentObject[] => {
  if (object.type === 'item') return [{ ...object, text: utf8(object.text) }];
  if (object.type !== 'contribution') return [{ type: object.type, text: utf8(object.text) }];
  return object.items.flatMap((item) =>
    isRoot(item) ? [] : [{ type: 'item', ...item, text: utf8(item.text) } as const],
  );
};

const itemRoots = (object: In & { type: 'contribution' }, stored: readonly Root[]): readonly Root[] =>
  object.items.some(isRoot) ? object.items.filter(isRoot) : stored;

/** The store took nothing in that is not UTF-8. */
const shown = (object: ContentObject): Out => {
  switch (object.type) {
    case 'item': {
      const { promptTokens, salt } = object;
      return { type: 'item', text: unwrap(fromUtf8(object.text)), promptTokens, salt: toHex(salt) };
    }
    case 'contribution':
      return { type: 'contribution', items: object.items.map(toHex) };
    case 'prompt':
      return { type: 'prompt', text: unwrap(fromUtf8(object.text)) };
    case 'output':
      return { type: 'output', text: unwrap(fromUtf8(object.text)) };
    default:
      return unreachable(object);
  }
};
