import type { Static, StaticDecode } from 'typebox';
import type { ContentObject } from '../../src/content/objects.ts';
import type { Root } from '../../src/lib/brands.ts';
import { fromUtf8, toHex, utf8 } from '../../src/lib/bytes.ts';
import { ok, unreachable, unwrap } from '../../src/lib/errors.ts';
import { fail } from '../codes.ts';
import type { Answered, Answers } from '../method.ts';
import type { CONTENT_SCHEMAS, ObjectIn, ObjectOut } from '../schemas/content.ts';

export const CONTENT_METHODS: Answers<typeof CONTENT_SCHEMAS> = {
  content_put: async (node, { objects }, { pace }) => {
    // The items come first: a contribution that is given by its items is a list of roots that the store computes.
    const leaves: ContentObject[] = [];
    const parts: { readonly object: In; readonly from: number; readonly to: number }[] = [];
    for (const object of objects) {
      const from = leaves.length;
      leaves.push(...leavesOf(object));
      parts.push({ object, from, to: leaves.length });
      await pace();
    }
    const stored = await node.putContent(leaves);
    if (!stored.ok) return stored;
    const slots = parts.map(({ object, from, to }) => ({ object, leaves: stored.value.slice(from, to) }));
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
    return ok({ roots });
  },

  content_get: async (node, { root }, { work }) => {
    await node.seekContent(root);
    const working = await work();
    if (!working.ok) return fail('SERVER_BUSY', working.fault.message);
    const object = await node.getContent(root);
    return object === undefined
      ? fail('CONTENT_NOT_FOUND', 'neither this node nor its peers have it', { root: toHex(root) })
      : ok(shown(object));
  },
};

type In = StaticDecode<typeof ObjectIn>;
type Out = Answered<Static<typeof ObjectOut>>;

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

/** Turns stored text into a string. The store contains nothing that is not UTF-8. */
const shown = (object: ContentObject): Out => {
  switch (object.type) {
    case 'item': {
      const { promptTokens, salt } = object;
      return { type: 'item', text: unwrap(fromUtf8(object.text)), promptTokens, salt };
    }
    case 'contribution':
      return { type: 'contribution', items: object.items };
    case 'prompt':
      return { type: 'prompt', text: unwrap(fromUtf8(object.text)) };
    case 'output':
      return { type: 'output', text: unwrap(fromUtf8(object.text)) };
    default:
      return unreachable(object);
  }
};
