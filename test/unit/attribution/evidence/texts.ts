/** Small committed texts to open. */
import {
  proveContribution,
  proveItem,
  proveItemChunks,
  proveText,
  proveTextChunks,
  type TextEvidence,
} from '../../../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import {
  type ItemChunk,
  ItemChunkType,
  ItemTreeType,
  itemChunks,
  itemRoot,
  type TextChunk,
  textChunks,
} from '../../../../state/attribution/commitment.ts';
import { informationOf } from '../../../../state/attribution/info1.ts';
import { tokensOf } from '../support.ts';

export const table = infoTable();

/** `count` words, of which each stands once. */
export const wordsOf = (count: number, stem = 'word'): string =>
  Array.from({ length: count }, (_, i) => `${stem}${i}`).join(' ');

export const textOf = (text: string, tokensMax: number): TextEvidence => {
  const tokens = tokensOf(text);
  return proveText(tokens, informationOf(table, tokens), tokensMax);
};

export const saltOf = (item: number): Uint8Array => sha256(Uint8Array.of(item));

/** A contribution of these items, each with a prompt part of `promptTokens`. */
export const contributionOf = (texts: readonly string[], promptTokens = 0) => {
  const items = texts.map(tokensOf);
  const roots = items.map((tokens, i) => unwrap(itemRoot(tokens, promptTokens, saltOf(i))));
  const evidence = proveContribution(roots);
  return {
    ...evidence,
    item: (i: number): TextEvidence =>
      proveItem(evidence, i, { tokens: items[i] ?? tokensOf(''), promptTokens, salt: saltOf(i) }),
  };
};

type Head = { readonly tokens: number; readonly information: number };

/** The commitment to a text after its chunks and its head were changed. */
export const spoiltText = (
  text: string,
  tokensMax: number,
  change: (
    chunks: readonly TextChunk[],
    head: Head,
  ) => { chunks?: readonly TextChunk[]; head?: Partial<Head> },
): TextEvidence => {
  const tokens = tokensOf(text);
  const info = informationOf(table, tokens);
  const chunks = textChunks(tokens, info);
  const head = { tokens: tokens.count, information: info.reduce((sum, bits) => sum + bits, 0) };
  const changed = change(chunks, head);
  return proveTextChunks(changed.chunks ?? chunks, { ...head, ...changed.head }, tokensMax);
};

/** The commitment to a contribution of one item after its chunks and its head were changed. */
export const spoiltItem = (
  text: string,
  change: (chunks: readonly ItemChunk[]) => {
    chunks?: readonly ItemChunk[];
    tokens?: number;
    promptTokens?: number;
  },
): TextEvidence => {
  const tokens = tokensOf(text);
  const chunks = itemChunks(tokens, saltOf(0));
  const { chunks: spoilt = chunks, ...head } = change(chunks);
  const full = { tokens: tokens.count, promptTokens: 0, ...head };
  const roots = spoilt.map((chunk) => ItemChunkType.root(chunk));
  const contribution = proveContribution([ItemTreeType.root({ ...full, chunks: roots })]);
  return proveItemChunks(contribution, 0, spoilt, full);
};
