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
import type { Address, Root } from '../../../../src/lib/brands.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import {
  type ItemChunk,
  ItemChunkType,
  type ItemSource,
  ItemTreeType,
  itemChunks,
  itemRoot,
  itemSource,
  type TextChunk,
  textChunks,
} from '../../../../state/attribution/commitment.ts';
import { RULES_DEFAULT, type RulesVersion, rulesOf } from '../../../../state/attribution/rules.ts';
import type { CommittedText } from '../../../../state/attribution/witness/subject.ts';
import { saltedOf, tokensOf } from '../support.ts';

export const table = infoTable();
export const rules = rulesOf(RULES_DEFAULT);

/** The salt of every output and prompt. */
export const TEXT_SALT = sha256(Uint8Array.of(0xff));

/** Q8 bits of each token. */
export const bitsOf = (text: string, version: RulesVersion = RULES_DEFAULT): Uint16Array =>
  rulesOf(version).informationOf(table, tokensOf(text, version));

/** `count` words, of which each stands once. */
export const wordsOf = (count: number, stem = 'word'): string =>
  Array.from({ length: count }, (_, i) => `${stem}${i}`).join(' ');

/** What opens a text, and how a receipt declares it. */
export type Committed = TextEvidence & { readonly committed: CommittedText };

export const textOf = (text: string, tokensMax: number, version: RulesVersion = RULES_DEFAULT): Committed => {
  const salted = saltedOf(text, TEXT_SALT, version);
  const evidence = proveText(salted, bitsOf(text, version), tokensMax);
  const { root } = evidence;
  const [tokens, bytes] = [salted.tokens.count, salted.source.length];
  return { ...evidence, committed: { type: 'text', root, tokensMax, tokens, bytes } };
};

/** Returns the account of a number. */
export const accountOf = (number: number): Address => new Uint8Array(20).fill(number) as Address;

export const saltOf = (item: number): Root => sha256(Uint8Array.of(item));

/** A contribution of these items, each with a prompt part of `promptTokens`. */
export const contributionOf = (texts: readonly string[], promptTokens = 0) => {
  const items = texts.map((text, i) => ({ ...saltedOf(text, saltOf(i)), promptTokens }));
  const evidence = proveContribution(items.map((item) => unwrap(itemRoot(item))));
  return {
    ...evidence,
    item: (i: number): TextEvidence => {
      const item = items[i] ?? { ...saltedOf('', saltOf(i)), promptTokens };
      return proveItem(evidence, i, { ...item, source: itemSource(item) });
    },
  };
};

type Head = { readonly tokens: number; readonly information: number; readonly bytes: number };

/** The commitment to a text after its chunks and its head were changed. It is declared as its head says. */
export const spoiltText = (
  text: string,
  tokensMax: number,
  change: (
    chunks: readonly TextChunk[],
    head: Head,
  ) => { chunks?: readonly TextChunk[]; head?: Partial<Head> },
  version: RulesVersion = RULES_DEFAULT,
): Committed => {
  const salted = saltedOf(text, TEXT_SALT, version);
  const info = bitsOf(text, version);
  const chunks = textChunks(salted, info);
  const head = {
    tokens: salted.tokens.count,
    information: info.reduce((sum, bits) => sum + bits, 0),
    bytes: salted.source.length,
  };
  const changed = change(chunks, head);
  const full = { ...head, ...changed.head };
  const evidence = proveTextChunks(changed.chunks ?? chunks, full, tokensMax);
  const { tokens, bytes } = full;
  return { ...evidence, committed: { type: 'text', root: evidence.root, tokensMax, tokens, bytes } };
};

/** The commitment to a contribution of one item after its chunks and its head were changed. */
export const spoiltItem = (
  text: string,
  change: (chunks: readonly ItemChunk[]) => {
    chunks?: readonly ItemChunk[];
    tokens?: number;
    promptTokens?: number;
    source?: Partial<ItemSource>;
  },
): TextEvidence => {
  const salted = saltedOf(text, saltOf(0));
  const chunks = itemChunks(salted);
  const { chunks: spoilt = chunks, source, ...head } = change(chunks);
  const full = {
    tokens: salted.tokens.count,
    promptTokens: 0,
    ...head,
    source: { ...itemSource(salted), ...source },
  };
  const roots = spoilt.map((chunk) => ItemChunkType.root(chunk));
  const contribution = proveContribution([ItemTreeType.root({ ...full, chunks: roots })]);
  return proveItemChunks(contribution, 0, spoilt, full);
};
