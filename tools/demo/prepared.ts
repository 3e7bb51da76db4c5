/** Prepares a contribution off the chain: its items with their salts, its root and its digest. */

import { randomBytes } from 'node:crypto';
import { type DeclaredItem, declare, type FullDeclaration } from '../../src/attribution/declaration.ts';
import { infoTable } from '../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../src/attribution/novelty.ts';
import { createRootOf } from '../../src/content/objects.ts';
import type { Root } from '../../src/lib/brands.ts';
import { utf8 } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../src/lib/ids.ts';
import { SALT_BYTES } from '../../state/attribution/commitment.ts';
import { type Tokens, tokenizeText } from '../../state/attribution/pt1.ts';
import { contentDigest } from '../../state/tx/content-digest.ts';

export type Text = {
  readonly text: string;
  /** The prompt with which the item begins; empty if items of this Datanet have none. */
  readonly prompt: string;
};

export type Item = {
  readonly text: string;
  readonly promptTokens: number;
  readonly salt: Uint8Array;
  readonly tokens: Tokens;
};

export type Prepared = {
  readonly items: readonly Item[];
  readonly itemRoots: readonly Root[];
  /** The content root. */
  readonly root: Root;
  readonly tokens: number;
  /** The size in UTF-8. */
  readonly bytes: number;
};

const rootOf = createRootOf(infoTable());

export const prepare = (texts: readonly Text[]): Prepared => {
  const items = texts.map(
    ({ text, prompt }): Item => ({
      text,
      promptTokens: unwrap(tokenizeText(prompt)).count,
      salt: new Uint8Array(randomBytes(SALT_BYTES)),
      tokens: unwrap(tokenizeText(text)),
    }),
  );
  const itemRoots = items.map(({ text, promptTokens, salt }) =>
    unwrap(rootOf({ type: 'item', text: utf8(text), promptTokens, salt })),
  );
  return {
    items,
    itemRoots,
    root: unwrap(rootOf({ type: 'contribution', items: itemRoots })),
    tokens: items.reduce((sum, { tokens }) => sum + tokens.count, 0),
    bytes: items.reduce((sum, { text }) => sum + utf8(text).length, 0),
  };
};

export const tokensOf = ({ items }: Prepared): readonly Tokens[] => items.map(({ tokens }) => tokens);

export const digestOf = (datanet: DatanetId, prepared: Prepared): Root =>
  contentDigest(datanet, tokensOf(prepared));

/** Returns the root of the prompt of a receipt. */
export const promptRootOf = (text: string): Root => unwrap(rootOf({ type: 'prompt', text: utf8(text) }));
export const outputRootOf = (text: string): Root => unwrap(rootOf({ type: 'output', text: utf8(text) }));

/**
 * The contents of a Datanet, in the order of contribution id. For each contribution it computes what the contribution
 * has to declare.
 */
export type Register = {
  readonly add: (contribution: ContributionId, items: readonly DeclaredItem[]) => FullDeclaration;
};

export const createRegister = (): Register => {
  const index = new DatanetIndex(infoTable());
  return { add: (contribution, items) => declare(index, contribution, items) };
};
