/**
 * What the content store holds, each object under its root, which the rules of attribution define
 * (`state/attribution/commitment.ts`):
 *
 *     item          a text, how many of its tokens are its prompt part, and its salt
 *     contribution  the roots of its items, in order: so a large one is uploaded item by item, this last
 *     prompt        the text that a receipt's prompt root commits to
 *     output        the text that a receipt's output root commits to
 *
 * An object's bytes, in the store and between nodes: one byte for its type, then its SSZ encoding.
 */
import {
  contributionRoot,
  itemRoot,
  outputRoot,
  promptRoot,
  SALT_BYTES,
} from '../../state/attribution/commitment.ts';
import { type InfoTable, informationOf } from '../../state/attribution/info1.ts';
import { ITEMS_MAX } from '../../state/attribution/parameters.ts';
import { tokenize } from '../../state/attribution/pt1.ts';
import type { Root } from '../lib/brands.ts';
import { concat } from '../lib/bytes.ts';
import { ok, unreachable } from '../lib/errors.ts';
import { byteList, bytes, container, list, root32, type Ssz, uint32, type ValueOf } from '../lib/ssz.ts';
import { fail, type Result } from './errors.ts';

/** UTF-8 bytes of one text. 65,536 tokens of common text are some 400 KB. */
export const TEXT_BYTES_MAX = 1 << 20;

const ItemType = container({
  /** UTF-8. */
  text: byteList(TEXT_BYTES_MAX),
  /** The number of PT-1 tokens of its prompt part, from the first token on. */
  promptTokens: uint32,
  /** A secret, of this item alone. */
  salt: bytes(SALT_BYTES),
});
const ContributionType: Ssz<readonly Root[]> = list(root32, ITEMS_MAX);
const TextType = byteList(TEXT_BYTES_MAX);

export type ItemObject = { readonly type: 'item' } & ValueOf<typeof ItemType>;
export type ContributionObject = { readonly type: 'contribution'; readonly items: readonly Root[] };
export type PromptObject = { readonly type: 'prompt'; readonly text: Uint8Array };
export type OutputObject = { readonly type: 'output'; readonly text: Uint8Array };
/** A union written by hand: an object's fields stand beside its type, where an SSZ union would nest them in `value`. */
export type ContentObject = ItemObject | ContributionObject | PromptObject | OutputObject;

const TYPE_BYTES = { item: 1, contribution: 2, prompt: 3, output: 4 } as const;

/** The most bytes that an encoded object has. */
export const OBJECT_BYTES_MAX = 1 + Math.max(ItemType.maxBytes, ContributionType.maxBytes, TextType.maxBytes);

/** @throws CodedError `SSZ_RANGE` for an object past its limits; {@link rootOf} finds those first. */
export const encodeObject = (object: ContentObject): Uint8Array => {
  const head = Uint8Array.of(TYPE_BYTES[object.type]);
  switch (object.type) {
    case 'item': {
      const { text, promptTokens, salt } = object;
      return concat(head, ItemType.encode({ text, promptTokens, salt }));
    }
    case 'contribution':
      return concat(head, ContributionType.encode(object.items));
    case 'prompt':
    case 'output':
      return concat(head, TextType.encode(object.text));
    default:
      return unreachable(object);
  }
};

/** Faults: `CONTENT_TYPE`, `SSZ_DECODE`. */
export const decodeObject = (encoded: Uint8Array): Result<ContentObject> => {
  const body = encoded.subarray(1);
  switch (encoded[0]) {
    case TYPE_BYTES.item: {
      const item = ItemType.decode(body);
      return item.ok ? ok({ type: 'item', ...item.value }) : item;
    }
    case TYPE_BYTES.contribution: {
      const items = ContributionType.decode(body);
      return items.ok ? ok({ type: 'contribution', items: items.value }) : items;
    }
    case TYPE_BYTES.prompt: {
      const text = TextType.decode(body);
      return text.ok ? ok({ type: 'prompt', text: text.value }) : text;
    }
    case TYPE_BYTES.output: {
      const text = TextType.decode(body);
      return text.ok ? ok({ type: 'output', text: text.value }) : text;
    }
    default:
      return fail('CONTENT_TYPE', 'the bytes name no type of content');
  }
};

/** The root of an object; a fault if it is none: limits, UTF-8, and whatever the commitments refuse. */
export type RootOf = (object: ContentObject) => Result<Root>;

/** @param table - INFO-1: the roots of prompts and outputs hold their information */
export const createRootOf =
  (table: InfoTable): RootOf =>
  (object) => {
    if (object.type === 'contribution') return contributionRoot(object.items);
    if (object.text.length > TEXT_BYTES_MAX)
      return fail('CONTENT_TOO_LONG', `a text of ${object.text.length} bytes; at most ${TEXT_BYTES_MAX}`, {
        bytes: object.text.length,
      });
    if (object.type === 'item' && object.salt.length !== SALT_BYTES)
      return fail('CONTENT_SALT', `a salt of ${object.salt.length} bytes; expected ${SALT_BYTES}`);
    if (object.type === 'item' && !Number.isInteger(object.promptTokens))
      return fail('CONTENT_PROMPT_PART', 'the prompt part is a number of tokens');
    const tokens = tokenize(object.text);
    if (!tokens.ok) return tokens;
    switch (object.type) {
      case 'item':
        return itemRoot(tokens.value, object.promptTokens, object.salt);
      case 'prompt':
        return promptRoot(tokens.value, informationOf(table, tokens.value));
      case 'output':
        return outputRoot(tokens.value, informationOf(table, tokens.value));
      default:
        return unreachable(object);
    }
  };
