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
    const stored = await node.putContent(leaves, pace);
    if (!stored.ok) return stored;
    const slots = parts.map(({ object, from, to }) => ({ object, leaves: stored.value.slice(from, to) }));
    const contributions = await node.putContent(
      slots.flatMap(({ object, leaves }): readonly ContentObject[] =>
        object.type === 'contribution' ? [{ type: 'contribution', items: itemRoots(object, leaves) }] : [],
      ),
      pace,
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
    if (object !== undefined) return ok(shown(object));
    // Both answers follow from the chain and from what is shown: neither tells whether a text is kept here unseen.
    const reason = (await node.isContentNamed(root))
      ? 'neither this node nor its peers have it'
      : `no block names it that this node knows of: a text is shown once the reveal of its contribution, its Datanet or its receipt is in a block, and an item once this node has the list of its contribution${followingText(node.listsToShow())}`;
    return fail('CONTENT_NOT_FOUND', reason, { root: toHex(root) });
  },
};

type In = StaticDecode<typeof ObjectIn>;
type Out = Answered<Static<typeof ObjectOut>>;

const isRoot = (item: Root | object): item is Root => item instanceof Uint8Array;

/** Says that an item may be in a long list whose items are not all shown yet. It is the same for every root. */
const followingText = (lists: number): string =>
  lists === 0
    ? ''
    : `. The items of ${lists} long ${lists === 1 ? 'list' : 'lists'} are not all shown yet and follow soon: ask again`;

/** The objects with a text of their own: itself, or the items of a contribution that brings them along. */
const leavesOf = (object: In): readonly ContentObject[] => {
  if (object.type === 'item') return [{ ...object, text: utf8(object.text) }];
  if (object.type === 'inference') {
    const { prompt, output, ids } = object;
    return [{ ...object, prompt: utf8(prompt), output: utf8(output), ids }];
  }
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
      return { ...object, text: unwrap(fromUtf8(object.text)) };
    }
    case 'contribution':
      return { type: 'contribution', items: object.items };
    case 'inference': {
      const { prompt, output } = object;
      return { ...object, prompt: unwrap(fromUtf8(prompt)), output: unwrap(fromUtf8(output)) };
    }
    default:
      return unreachable(object);
  }
};
