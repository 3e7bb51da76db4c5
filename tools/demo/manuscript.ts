/** A contribution as its owner prepares it, off the chain: its items with their salts, its root and its digest. */

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
  /** The prompt part, with which the item begins, if items of this Datanet have one. */
  readonly prompt: string;
};

export type Item = {
  readonly text: string;
  readonly promptTokens: number;
  readonly salt: Uint8Array;
  readonly tokens: Tokens;
};

export type Manuscript = {
  readonly items: readonly Item[];
  readonly itemRoots: readonly Root[];
  /** The content root. */
  readonly root: Root;
  readonly tokens: number;
  /** The size in UTF-8. */
  readonly bytes: number;
};

const rootOf = createRootOf(infoTable());

export const prepare = (texts: readonly Text[]): Manuscript => {
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

export const tokensOf = ({ items }: Manuscript): readonly Tokens[] => items.map(({ tokens }) => tokens);

export const digestOf = (datanet: DatanetId, manuscript: Manuscript): Root =>
  contentDigest(datanet, tokensOf(manuscript));

/** The roots of the two texts of a receipt. */
export const promptRootOf = (text: string): Root => unwrap(rootOf({ type: 'prompt', text: utf8(text) }));
export const outputRootOf = (text: string): Root => unwrap(rootOf({ type: 'output', text: utf8(text) }));

/** The contents of a Datanet, in the order of contribution id. It tells each contribution what to declare. */
export type Register = {
  readonly add: (contribution: ContributionId, items: readonly DeclaredItem[]) => FullDeclaration;
};

export const createRegister = (): Register => {
  const index = new DatanetIndex(infoTable());
  return { add: (contribution, items) => declare(index, contribution, items) };
};
