/** A contribution without an owner, for text that belongs to nobody: templates, notices, licences. */
import { container, root32, uint32, uint64, type ValueOf } from '../../src/lib/ssz.ts';
import { ITEM_BYTES_MAX, ITEM_TOKENS_MAX, ITEMS_MAX } from '../attribution/parameters.ts';

export const CommonsType = container({
  /** The content root, like that of any contribution. */
  root: root32,
  /** The number of items, at least 1. */
  items: uint32,
  /** The number of tokens of all items together. */
  tokens: uint64,
  /** The number of bytes of their texts, UTF-8. */
  bytes: uint64,
});
/**
 * A contribution without an owner, for text that belongs to nobody: templates, notices, licences. That of a Datanet gets its
 * contribution id when the Datanet is created, so its id is below those of all contributors.
 */
export type Commons = ValueOf<typeof CommonsType>;

export type CommonsProblem = { readonly field: keyof Commons; readonly must: string };

/** Returns the sizes that no text has. */
export const commonsProblems = ({ items, tokens, bytes }: Commons): readonly CommonsProblem[] => {
  const problems: (CommonsProblem | false)[] = [
    (items < 1 || items > ITEMS_MAX) && { field: 'items', must: `a commons holds 1 to ${ITEMS_MAX} items` },
    tokens > BigInt(items) * BigInt(ITEM_TOKENS_MAX) && {
      field: 'tokens',
      must: `an item holds at most ${ITEM_TOKENS_MAX} tokens`,
    },
    tokens > bytes && { field: 'bytes', must: 'a token is at least one byte' },
    bytes > BigInt(items) * BigInt(ITEM_BYTES_MAX) && {
      field: 'bytes',
      must: `an item has at most ${ITEM_BYTES_MAX} bytes`,
    },
  ];
  return problems.filter((each) => each !== false);
};
