/** A text is shown as soon as the block that names it is executed, and not before: neither by the RPC nor to peers. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { followNamed, type NamedContentParts, showNamed } from '../../../node/named-content.ts';
import { networkSources } from '../../../node/network-handlers.ts';
import { CONTENT_METHODS } from '../../../rpc/methods/content.ts';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { type ContentObject, createRootOf } from '../../../src/content/objects.ts';
import { type ContentStore, openContentStore } from '../../../src/content/store.ts';
import { type Root, toHeight } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { type OneChain, openChain } from './one-chain.ts';
import { block, commit, datanet, reveal } from './reveal-scene.ts';
import { temporaryFolder } from './support.ts';

const rootOf = createRootOf(infoTable());
const item = (text: string): ContentObject => ({
  type: 'item',
  rules: 2,
  text: utf8(text),
  promptTokens: 0,
  salt: sha256(utf8(text)),
});
/** A list with one item, and its objects. */
const contribution = (text: string) => {
  const only = item(text);
  const itemRoot = unwrap(rootOf(only));
  const list: ContentObject = { type: 'contribution', items: [itemRoot] };
  const root = unwrap(rootOf(list));
  return { objects: [only, list], root, roots: [root, itemRoot] };
};

type Scene = {
  readonly chain: OneChain;
  readonly content: ContentStore;
  /** What the node would do with the last block. */
  readonly follow: () => void;
  readonly offered: string[];
  readonly wanted: string[];
  /** Which roots the node shows, to clients and peers alike. */
  readonly seen: (roots: readonly Root[]) => Promise<readonly boolean[]>;
};

const openScene = async (change: Partial<NamedContentParts> = {}): Promise<Scene> => {
  const folder = temporaryFolder();
  const chain = await openChain(join(folder, 'chain'));
  const content = await openContentStore({ directory: join(folder, 'content'), maxBytes: 1 << 20, rootOf });
  onTestFinished(content.close);
  const offered: string[] = [];
  const wanted: string[] = [];
  const followed = followNamed({
    content,
    exchange: {
      offer: async (roots) => void offered.push(...roots.map(toHex)),
      want: async (root) => void wanted.push(toHex(root)),
    },
    isHost: true,
    onFailed: (error) => {
      throw error;
    },
    ...change,
  });
  const sources = networkSources({ runner: () => undefined, store: chain.store, content });
  return {
    chain,
    content,
    follow: () => {
      const decided = chain.committed.at(-1);
      if (decided !== undefined) followed(decided);
    },
    offered,
    wanted,
    seen: (roots) =>
      Promise.all(
        roots.map(async (root) => {
          const toPeer = (await sources.content.encoded(root)) !== undefined;
          expect((await content.get(root)) !== undefined).toBe(toPeer);
          return toPeer;
        }),
      ),
  };
};

test('a contribution that was uploaded too early is shown, offered and wanted once its reveal is executed', async () => {
  const { chain, content, follow, offered, wanted, seen } = await openScene();
  const { objects, root, roots } = contribution('nobody has read this');
  unwrap(await content.put(objects));
  await block(chain, ['datanetCreate', datanet()], ['contributionCommit', commit(root)]);
  follow();
  expect(await seen(roots)).toEqual([false, false]);
  wanted.length = 0;
  await content.show([], chain.store.tip().height);
  offered.length = 0;

  await block(chain, ['dataContribution', reveal(2, root)]);
  follow();
  expect(await seen(roots)).toEqual([true, true]);
  expect(wanted).toEqual([toHex(root)]);
  await expect.poll(() => offered).toEqual([toHex(root)]);
});

test('a reveal that failed shows nothing', async () => {
  const { chain, content, follow, seen } = await openScene();
  const { objects, root, roots } = contribution('still nobody has read this');
  unwrap(await content.put(objects));
  await block(chain, ['datanetCreate', datanet()]);
  await block(chain, ['dataContribution', reveal(7, root)]);
  follow();
  expect(await seen(roots)).toEqual([false, false]);
});

test('a commons is shown once its Datanet exists, also by a node that hosts nothing', async () => {
  const { chain, content, follow, wanted, seen } = await openScene({ isHost: false });
  const { objects, root, roots } = contribution('what anybody may use');
  unwrap(await content.put(objects));
  expect(await seen(roots)).toEqual([false, false]);
  await block(chain, ['datanetCreate', datanet(root)]);
  follow();
  expect(await seen(roots)).toEqual([true, true]);
  expect(wanted).toEqual([]);
});

test('what a crash kept from being shown is shown at the next start, and is looked for once', async () => {
  const { chain, content, seen } = await openScene();
  const early = contribution('here before the crash');
  const late = contribution('comes after it');
  unwrap(await content.put(early.objects));
  await block(chain, ['datanetCreate', datanet(early.root)], ['contributionCommit', commit(late.root)]);
  for (let i = 0; i < 3; i++) await block(chain);
  await block(chain, ['dataContribution', reveal(2, late.root)]);
  expect(await seen(early.roots)).toEqual([false, false]);

  await showNamed(chain.store, content);
  expect(content.shownHeight()).toBe(chain.store.tip().height);
  expect(await seen(early.roots)).toEqual([true, true]);
  unwrap(await content.put(late.objects));
  expect(await seen(late.roots)).toEqual([true, true]);
  const shows: unknown[] = [];
  const counting = { ...content, show: async (...given: unknown[]) => void shows.push(given) };
  await showNamed(chain.store, counting);
  expect(shows).toEqual([]);
  // The content of a chain that was begun anew.
  await showNamed(chain.store, { ...counting, shownHeight: () => toHeight(1_000n) });
  expect(shows).toMatchObject([
    [
      [
        { root: early.root, items: 1 },
        { root: late.root, items: 1 },
      ],
      chain.store.tip().height,
    ],
  ]);
});

test('content_get says why it shows nothing, by what the chain names and not by what is kept', async () => {
  const asked: string[] = [];
  const ask = async (isNamed: boolean, lists = 0) => {
    const node = {
      seekContent: async () => undefined,
      isContentNamed: async (root: Root) => asked.push(toHex(root)) > 0 && isNamed,
      listsToShow: () => lists,
      getContent: async () => undefined,
    };
    const context = { work: async () => ({ ok: true, value: undefined }) };
    const root = sha256(utf8('asked'));
    return CONTENT_METHODS.content_get(node as never, { root }, context as never);
  };
  expect(await ask(true)).toMatchObject({
    ok: false,
    fault: { code: 'CONTENT_NOT_FOUND', message: expect.stringContaining('neither this node nor its peers') },
  });
  expect(await ask(false)).toMatchObject({
    ok: false,
    fault: { code: 'CONTENT_NOT_FOUND', message: expect.stringContaining('no block names it') },
  });
  // That lists are not all shown yet says nothing about the root that was asked for.
  for (const lists of [1, 2])
    expect(await ask(false, lists)).toMatchObject({
      ok: false,
      fault: {
        message: expect.stringMatching(/The items of [12] long lists? are not all shown yet and follow soon/),
      },
    });
  expect(asked).toHaveLength(4);
});
