/**
 * The commons that comes with the software: licences, notices and boilerplate that belong to nobody. `genesis.json` names
 * it by its root. Made by `tools/build-commons.ts`; where its texts are from is in `tools/commons/README.md`.
 */
import { fileURLToPath } from 'node:url';
import Type from 'typebox';
import Value from 'typebox/value';
import { infoTable } from '../src/attribution/info-table.ts';
import { type ContentObject, createRootOf } from '../src/content/objects.ts';
import type { ContentStore } from '../src/content/store.ts';
import { equal, toHex, utf8 } from '../src/lib/bytes.ts';
import { ok } from '../src/lib/errors.ts';
import { readJson } from '../src/lib/files.ts';
import type { Logger } from '../src/lib/log.ts';
import { SALT_BYTES } from '../state/attribution/commitment.ts';
import { CHAIN_COMMONS_RULES, rulesOf } from '../state/attribution/rules.ts';
import type { Genesis } from '../state/genesis.ts';
import type { Commons } from '../state/tx/commons.ts';
import { type Fault, fail, fault, type Result } from './errors.ts';
import { defaultGenesis } from './genesis-file.ts';

const SHIPPED = fileURLToPath(new URL('./commons.json', import.meta.url));

const CommonsFile = Type.Object(
  {
    rules: Type.Literal(CHAIN_COMMONS_RULES),
    texts: Type.Array(Type.Object({ name: Type.String(), text: Type.String() }), { minItems: 1 }),
  },
  { additionalProperties: false },
);

export type CommonsContent = {
  /** What a genesis says of it. */
  readonly terms: Commons;
  /** The texts of the items. */
  readonly texts: readonly string[];
  /** The items, and after them the list under the root of the commons. */
  readonly objects: readonly ContentObject[];
};

/** Everybody knows these texts, so their salts hide nothing. */
const SALT = new Uint8Array(SALT_BYTES);

/** Makes the content of a commons file. Faults: `COMMONS_FILE_INVALID`, and those of `RootOf`. */
export const commonsContent = (json: unknown): Result<CommonsContent> => {
  if (!Value.Check(CommonsFile, json))
    return fail('COMMONS_FILE_INVALID', 'the file of the commons is not what tools/build-commons.ts writes');
  const rootOf = createRootOf(infoTable());
  const { tokenize } = rulesOf(CHAIN_COMMONS_RULES);
  const items: (ContentObject & { readonly type: 'item' })[] = [];
  const roots = [];
  let tokens = 0;
  let bytes = 0;
  for (const { text } of json.texts) {
    const item = {
      type: 'item',
      rules: CHAIN_COMMONS_RULES,
      text: utf8(text),
      promptTokens: 0,
      salt: SALT,
    } as const;
    const root = rootOf(item);
    if (!root.ok) return root;
    const cut = tokenize(item.text);
    if (!cut.ok) return cut;
    items.push(item);
    roots.push(root.value);
    tokens += cut.value.count;
    bytes += item.text.length;
  }
  const list: ContentObject = { type: 'contribution', items: roots };
  const root = rootOf(list);
  if (!root.ok) return root;
  return ok({
    terms: { root: root.value, items: items.length, tokens: BigInt(tokens), bytes: BigInt(bytes) },
    texts: json.texts.map(({ text }) => text),
    objects: [...items, list],
  });
};

/** Reads the commons that comes with the software. Faults: those of reading the file and of {@link commonsContent}. */
export const shippedCommons = (path = SHIPPED): Result<CommonsContent> => {
  const json = readJson(path);
  return json.ok ? commonsContent(json.value) : json;
};

const isSame = (one: Commons, other: Commons): boolean =>
  equal(one.root, other.root) &&
  one.items === other.items &&
  one.tokens === other.tokens &&
  one.bytes === other.bytes;

/** Checks that a commons is the one that comes with this software, root and sizes. */
export const isShipped = (commons: Commons): boolean => {
  const shipped = defaultGenesis().commons;
  return shipped !== undefined && isSame(shipped, commons);
};

const sizesText = ({ items, tokens, bytes }: Commons): string =>
  `${items} items, ${tokens} tokens and ${bytes} bytes`;

/**
 * Checks the sizes of a commons that has the root of the one that comes with this software. No honest claim that draws on
 * it could be settled with other sizes. The sizes of another commons cannot be checked without its texts.
 * Fault: `GENESIS_COMMONS_SIZES`.
 */
export const checkCommonsSizes = ({ commons }: Pick<Genesis, 'commons'>): Fault | undefined => {
  const shipped = defaultGenesis().commons;
  if (commons === undefined || shipped === undefined) return undefined;
  if (!equal(commons.root, shipped.root) || isSame(commons, shipped)) return undefined;
  return fault(
    'GENESIS_COMMONS_SIZES',
    `the commons of the genesis has the root of the one that comes with this software, which holds ${sizesText(shipped)}, and says that it holds ${sizesText(commons)}; correct its sizes`,
  );
};

/**
 * Puts the texts of the chain's commons into the content store, if they come with the software. What the store lacks after
 * that has to come from peers, and the log says so. The root of the commons has to be shown by then.
 */
export const keepCommons = async (
  commons: Commons | undefined,
  content: Pick<ContentStore, 'missing' | 'put'>,
  logger: Pick<Logger, 'warn' | 'info'>,
  shipped: () => Result<CommonsContent> = shippedCommons,
): Promise<void> => {
  if (commons === undefined) return;
  const missing = await content.missing(commons.root);
  if (missing.length === 0) return;
  const found = shipped();
  const facts = { root: toHex(commons.root), items: commons.items };
  if (!found.ok) {
    logger.warn({ ...facts, reason: found.fault.message }, 'the commons of this software cannot be read');
  } else if (isSame(found.value.terms, commons)) {
    const put = await content.put(found.value.objects);
    if (put.ok) logger.info(facts, 'keeps the texts of the commons of the chain');
    else logger.warn({ ...facts, reason: put.fault.message }, 'the texts of the commons are not kept');
  } else
    logger.warn(
      { ...facts, missing: missing.length },
      'the commons of this chain is not the one of this software, and texts of it are missing: they are asked of peers, or can be put here with content_put',
    );
};
