/**
 * What the content store holds, each object under its root, which the rules of attribution define
 * (`state/attribution/commitment.ts`):
 *
 *     item          a text, how many of its tokens are its prompt part, and its salt
 *     contribution  the roots of its items, in order: so a large one is uploaded item by item, this last
 *     inference     the prompt and the output of a receipt, its salt, and the token ids, if the receipt commits to them
 *
 * An object's bytes, in the store and between nodes: one byte for its type, then its SSZ encoding.
 */
import {
  contributionRoot,
  type InferenceRoots,
  inferenceRoot,
  inferenceRoots,
  itemRoot,
  partSalt,
  SALT_BYTES,
  TokenIdsType,
} from '../../state/attribution/commitment.ts';
import type { InfoTable } from '../../state/attribution/info1.ts';
import {
  ITEM_BYTES_MAX,
  ITEMS_MAX,
  OUTPUT_BYTES_MAX,
  PROMPT_BYTES_MAX,
} from '../../state/attribution/parameters.ts';
import { RulesVersionType, rulesOf } from '../../state/attribution/rules.ts';
import type { Root } from '../lib/brands.ts';
import { concat } from '../lib/bytes.ts';
import { ok, unreachable } from '../lib/errors.ts';
import {
  byteList,
  bytes,
  container,
  list,
  optional,
  root32,
  type Ssz,
  uint32,
  type ValueOf,
} from '../lib/ssz.ts';
import { fail, type Result } from './errors.ts';

const ItemType = container({
  /** The version of the rules by which its tokens are made. */
  rules: RulesVersionType,
  /** UTF-8. */
  text: byteList(ITEM_BYTES_MAX),
  /** The number of tokens of its prompt part, from the first token on. */
  promptTokens: uint32,
  /** A secret, of this item alone. */
  salt: bytes(SALT_BYTES),
});
const ContributionType: Ssz<readonly Root[]> = list(root32, ITEMS_MAX);
const InferenceType = container({
  /** The version of the rules by which its tokens are made. */
  rules: RulesVersionType,
  /** UTF-8, like the output. */
  prompt: byteList(PROMPT_BYTES_MAX),
  output: byteList(OUTPUT_BYTES_MAX),
  /** A secret, of this receipt alone. */
  salt: bytes(SALT_BYTES),
  /** The token ids of the model, if the receipt commits to them. */
  ids: optional(TokenIdsType),
});

export type ItemObject = { readonly type: 'item' } & ValueOf<typeof ItemType>;
export type ContributionObject = { readonly type: 'contribution'; readonly items: readonly Root[] };
export type InferenceObject = { readonly type: 'inference' } & ValueOf<typeof InferenceType>;
/** A union written by hand: an object's fields stand beside its type, where an SSZ union would nest them in `value`. */
export type ContentObject = ItemObject | ContributionObject | InferenceObject;

const TYPE_BYTES = { item: 1, contribution: 2, inference: 3 } as const;

/** The most bytes that an encoded object has. */
export const OBJECT_BYTES_MAX =
  1 + Math.max(ItemType.maxBytes, ContributionType.maxBytes, InferenceType.maxBytes);

/** @throws CodedError `SSZ_RANGE` for an object past its limits; {@link rootOf} finds those first. */
export const encodeObject = (object: ContentObject): Uint8Array => {
  const head = Uint8Array.of(TYPE_BYTES[object.type]);
  switch (object.type) {
    case 'item':
      return concat(head, ItemType.encode(object));
    case 'contribution':
      return concat(head, ContributionType.encode(object.items));
    case 'inference':
      return concat(head, InferenceType.encode(object));
    default:
      return unreachable(object);
  }
};

/** The items of an encoded list. */
export type ItemList = {
  readonly length: number;
  /** Returns those from one place on up to before another, as views of the encoding. */
  readonly part: (from: number, to: number) => readonly Root[];
};

const ROOT_BYTES = 32;

/**
 * Returns the items of an encoded list; undefined if it is none. It makes an object of no item: 65,536 of them, each with bytes
 * of its own, cost the garbage collector more than all else that is done with a list.
 */
export const listIn = (encoded: Uint8Array): ItemList | undefined => {
  const bytes = new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.length).subarray(1);
  const length = bytes.length / ROOT_BYTES;
  if (encoded[0] !== TYPE_BYTES.contribution || !Number.isInteger(length) || length > ITEMS_MAX)
    return undefined;
  const at = (i: number): Root => bytes.subarray(i * ROOT_BYTES, (i + 1) * ROOT_BYTES) as Root;
  return {
    length,
    part: (from, to) =>
      Array.from({ length: Math.max(0, Math.min(to, length) - from) }, (_, i) => at(from + i)),
  };
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
      const list = listIn(encoded);
      if (list !== undefined) return ok({ type: 'contribution', items: list.part(0, list.length) });
      // For what is wrong with it.
      const items = ContributionType.decode(body);
      return items.ok ? ok({ type: 'contribution', items: items.value }) : items;
    }
    case TYPE_BYTES.inference: {
      const inference = InferenceType.decode(body);
      return inference.ok ? ok({ type: 'inference', ...inference.value }) : inference;
    }
    default:
      return fail('CONTENT_TYPE', 'the bytes name no type of content');
  }
};

/** The root of an object; a fault if it is none: limits, UTF-8, and whatever the commitments refuse. */
export type RootOf = (object: ContentObject) => Result<Root>;

/** The most bytes of the texts of a receipt. */
const INFERENCE_BYTES_MAX = { prompt: PROMPT_BYTES_MAX, output: OUTPUT_BYTES_MAX } as const;

const checkLength = (text: Uint8Array, bytesMax: number): Result<void> =>
  text.length > bytesMax
    ? fail('CONTENT_TOO_LONG', `a text of ${text.length} bytes; at most ${bytesMax}`, { bytes: text.length })
    : ok(undefined);

/** Checks what the types of SSZ would refuse with an exception. */
const checkSizes = (text: Uint8Array, bytesMax: number, salt: Uint8Array): Result<void> => {
  const length = checkLength(text, bytesMax);
  if (!length.ok) return length;
  return salt.length === SALT_BYTES
    ? ok(undefined)
    : fail('CONTENT_SALT', `a salt of ${salt.length} bytes; expected ${SALT_BYTES}`);
};

/** Checks the length of a text of a receipt. Fault `CONTENT_TOO_LONG`. */
export const checkPart = (part: keyof typeof INFERENCE_BYTES_MAX, text: Uint8Array): Result<void> =>
  checkLength(text, INFERENCE_BYTES_MAX[part]);

const rootOfItem = ({ rules, text, promptTokens, salt: secret }: ItemObject): Result<Root> => {
  const sizes = checkSizes(text, ITEM_BYTES_MAX, secret);
  if (!sizes.ok) return sizes;
  if (!Number.isInteger(promptTokens))
    return fail('CONTENT_PROMPT_PART', 'the prompt part is a number of tokens');
  const tokens = rulesOf(rules).tokenize(text);
  if (!tokens.ok) return tokens;
  return itemRoot({
    tokens: tokens.value,
    source: text,
    promptTokens,
    salt: partSalt(secret, rules, 'item'),
  });
};

/**
 * Returns the three roots that a receipt has of its texts. Faults: those of {@link RootOf}.
 *
 * @param table - INFO-1: the roots of prompts and outputs hold their information
 */
export const rootsOfInference = (table: InfoTable, inference: InferenceObject): Result<InferenceRoots> => {
  const { rules: version, salt } = inference;
  for (const part of ['prompt', 'output'] as const) {
    const sizes = checkSizes(inference[part], INFERENCE_BYTES_MAX[part], salt);
    if (!sizes.ok) return sizes;
  }
  return inferenceRoots(rulesOf(version), table, inference);
};

/** @param table - INFO-1: the roots of prompts and outputs hold their information */
export const createRootOf =
  (table: InfoTable): RootOf =>
  (object) => {
    switch (object.type) {
      case 'contribution':
        return contributionRoot(object.items);
      case 'item':
        return rootOfItem(object);
      case 'inference': {
        const roots = rootsOfInference(table, object);
        return roots.ok ? ok(inferenceRoot(roots.value)) : roots;
      }
      default:
        return unreachable(object);
    }
  };
