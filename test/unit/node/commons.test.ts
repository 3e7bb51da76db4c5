/** The commons that ships: made of its texts byte for byte, named by genesis.json, and kept by the nodes of a chain that names it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type CommonsContent,
  checkCommonsSizes,
  commonsContent,
  isShipped,
  keepCommons,
  shippedCommons,
} from '../../../node/commons.ts';
import { createContentRoots, genesisRoots, namedSince } from '../../../node/content-roots.ts';
import { defaultGenesis } from '../../../node/genesis-file.ts';
import { showNamed } from '../../../node/named-content.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { createRootOf } from '../../../src/content/objects.ts';
import { type ContentStore, openContentStore } from '../../../src/content/store.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { toBareHex, toHex, utf8 } from '../../../src/lib/bytes.ts';
import { ok, unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Commons } from '../../../state/tx/commons.ts';
import { commonsFile, genesisFile } from '../../../tools/build-commons.ts';
import { type OneChain, oneValidator, openChain } from './one-chain.ts';
import { block } from './reveal-scene.ts';
import { codeOf, flat, logLines, temporaryFolder } from './support.ts';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

describe('the commons that ships', () => {
  test('is what its texts make, byte for byte', () => {
    expect(read('node/commons.json')).toBe(commonsFile());
    expect(read('tools/commons/README.md')).toContain(toBareHex(sha256(utf8(commonsFile()))));
  });

  test('is named by genesis.json with its size', () => {
    const { terms, texts } = unwrap(shippedCommons());
    expect(defaultGenesis().commons).toEqual(terms);
    expect(genesisFile(read('genesis.json'), commonsFile())).toBe(read('genesis.json'));
    const files = ['licences', 'notices'].flatMap((folder) =>
      readdirSync(new URL(`tools/commons/${folder}`, ROOT)),
    );
    expect(terms.items).toBe(files.length);
    expect(terms.bytes).toBe(BigInt(texts.reduce((sum, text) => sum + utf8(text).length, 0)));
    const { tokenizeText } = rulesOf(2);
    expect(terms.tokens).toBe(BigInt(texts.reduce((sum, text) => sum + unwrap(tokenizeText(text)).count, 0)));
  });

  test('is small, and every text of it is long enough to be matched', () => {
    const { texts, terms } = unwrap(shippedCommons());
    expect(terms.bytes).toBeLessThan(400_000n);
    const { tokenizeText } = rulesOf(2);
    for (const text of texts) expect(unwrap(tokenizeText(text)).count).toBeGreaterThanOrEqual(20);
    expect(texts.join('\n')).toContain('This program is free software');
  });
});

describe('a genesis', () => {
  const { terms } = unwrap(shippedCommons());

  test('may name the commons that ships, another one, or none', () => {
    const other = { ...terms, root: small.terms.root };
    for (const commons of [terms, other, undefined]) expect(checkCommonsSizes({ commons })).toBeUndefined();
    expect(isShipped(terms)).toBe(true);
    expect(isShipped(other)).toBe(false);
  });

  test.each([
    ['items', { ...terms, items: terms.items - 1 }],
    ['tokens', { ...terms, tokens: terms.tokens - 1n }],
    ['bytes', { ...terms, bytes: terms.bytes + 1n }],
  ])('is refused if it names the root of the one that ships with other %s', (_, commons) => {
    expect(checkCommonsSizes({ commons })).toMatchObject({ code: 'GENESIS_COMMONS_SIZES' });
    expect(isShipped(commons)).toBe(false);
  });
});

describe('a file of a commons', () => {
  const one = { name: 'one', text: 'one two three four five six seven eight' };

  test('has one root, whatever the names of its texts', () => {
    const made = unwrap(commonsContent({ rules: 2, texts: [one] }));
    const renamed = unwrap(commonsContent({ rules: 2, texts: [{ ...one, name: 'other' }] }));
    const changed = unwrap(commonsContent({ rules: 2, texts: [{ ...one, text: `${one.text} nine` }] }));
    expect(renamed.terms).toEqual(made.terms);
    expect(changed.terms.root).not.toEqual(made.terms.root);
    expect(made.terms).toMatchObject({ items: 1, tokens: 8n, bytes: 39n });
  });

  test('is refused if it is not one, or holds what is no item', () => {
    for (const bad of [{}, { rules: 1, texts: [one] }, { rules: 2, texts: [] }, { rules: 2, texts: ['one'] }])
      expect(codeOf(commonsContent(bad))).toBe('COMMONS_FILE_INVALID');
    const long = { name: 'long', text: 'word '.repeat(200_000) };
    expect(codeOf(commonsContent({ rules: 2, texts: [long] }))).toBe('CONTENT_TOO_LONG');
    expect(codeOf(shippedCommons(join(temporaryFolder(), 'none.json')))).toBe('FILE_MISSING');
  });
});

const small = unwrap(
  commonsContent({
    rules: 2,
    texts: [
      { name: 'one', text: 'nobody has written these nine words for a living' },
      { name: 'two', text: 'and nobody will be paid for these ones either' },
    ],
  }),
);

type Scene = {
  readonly chain: OneChain;
  readonly content: ContentStore;
  readonly keep: (shipped?: CommonsContent) => Promise<readonly Readonly<Record<string, unknown>>[]>;
};

/** A node's chain and content store, as far as it has started. */
const open = async (commons: Commons | undefined, maxBytes = 1 << 20): Promise<Scene> => {
  const folder = temporaryFolder();
  const chain = await openChain(join(folder, 'chain'), { ...oneValidator(), commons });
  const content = await openContentStore({
    directory: join(folder, 'content'),
    maxBytes,
    rootOf: createRootOf(infoTable()),
  });
  onTestFinished(content.close);
  return {
    chain,
    content,
    keep: async (shipped = small) => {
      const { out, lines } = logLines();
      await showNamed(chain.store, content);
      await keepCommons(commons, content, createLogger({ level: 'info', format: 'json' }, out), () =>
        ok(shipped),
      );
      return lines();
    },
  };
};

const WARN = 40;

describe('a node', () => {
  test('has the texts of the commons that genesis names from its first start on, and shows them', async () => {
    const { content, keep } = await open(small.terms);
    expect(await content.get(small.terms.root)).toBeUndefined();
    await keep();
    expect(await content.missing(small.terms.root)).toEqual([]);
    const list = await content.get(small.terms.root);
    if (list?.type !== 'contribution') throw new Error('a list');
    expect(await Promise.all(list.items.map((root) => content.get(root)))).toEqual(
      small.objects.slice(0, small.terms.items),
    );
    const { objects } = content.usage();
    expect(objects).toBe(3);
    expect(await keep()).toEqual([]);
    expect(content.usage().objects).toBe(objects);
  });

  test('keeps nothing that genesis does not name', async () => {
    const { content, keep } = await open(undefined);
    expect(await keep()).toEqual([]);
    expect(content.usage().objects).toBe(0);
  });

  test('says that texts of another commons are missing, until they have come from elsewhere', async () => {
    const { content, keep } = await open(small.terms);
    const other = unwrap(
      commonsContent({ rules: 2, texts: [{ name: 'other', text: 'the words of some other software' }] }),
    );
    const [line] = await keep(other);
    expect(line).toMatchObject({ level: WARN, root: toHex(small.terms.root), missing: 1 });
    expect(content.usage().objects).toBe(0);
    unwrap(await content.put(small.objects));
    expect(await content.get(small.terms.root)).toBeDefined();
    expect(await keep(other)).toEqual([]);
  });

  test('does not keep texts that have another size than its genesis says', async () => {
    const { content, keep } = await open({ ...small.terms, tokens: small.terms.tokens + 1n });
    expect(await keep()).toMatchObject([{ level: WARN }]);
    expect(content.usage().objects).toBe(0);
  });

  test('starts all the same if the texts cannot be kept or read', async () => {
    const full = await open(small.terms, 100);
    expect(await full.keep()).toMatchObject([{ level: WARN, reason: expect.stringContaining('no room') }]);
    const { content } = await open(small.terms);
    await content.show([small.terms], toHeight(0n));
    const { out, lines } = logLines();
    await keepCommons(small.terms, content, createLogger({ level: 'info', format: 'json' }, out), () =>
      shippedCommons(join(temporaryFolder(), 'none.json')),
    );
    expect(lines()).toMatchObject([{ level: WARN, reason: expect.stringContaining('none.json') }]);
  });

  test('names the commons before all else, also to one who has heard of nothing yet', async () => {
    const rootsOf = async (store: Parameters<typeof createContentRoots>[0]) => {
      const contentRoots = createContentRoots(store, async (roots) => roots.map(() => false));
      return flat(contentRoots());
    };
    const { chain } = await open(small.terms);
    expect(genesisRoots(chain.store)).toEqual([small.terms.root]);
    const from = (after: bigint) =>
      [...namedSince(chain.store, toHeight(after))].flatMap(({ content }) => content.map(({ root }) => root));
    expect(from(0n)).toEqual([small.terms.root]);
    await block(chain);
    expect(from(0n)).toEqual([small.terms.root]);
    expect(from(1n)).toEqual([]);
    expect(await rootsOf(chain.store)).toEqual([small.terms.root]);
    const none = await open(undefined);
    expect(genesisRoots(none.chain.store)).toEqual([]);
    expect(await rootsOf(none.chain.store)).toEqual([]);
  });
});
