/** How the texts of contributions are requested from a node. */
import { describe, expect, test } from 'vitest';
import type { Root } from '../../../src/lib/brands.ts';
import { fromHex, toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { ofRules } from '../../../src/services/corpus/text-cache.ts';
import { contributionRoot } from '../../../state/attribution/commitment.ts';
import { ScriptedChain } from './support/scripted-chain.ts';
import { hex, ScriptedData, words } from './support/scripted-data.ts';

const rootOf = ({ root }: { readonly root: string }): Root => unwrap(fromHex(root, 32)) as Root;

describe('texts of another version of the rules', () => {
  test('are known with the version by which they were stored, and count as missing for any other', async () => {
    const data = new ScriptedData(new ScriptedChain());
    const made = [1, 2].map((version) =>
      data.contribute(version, ['two words'], undefined, version === 1 ? 1 : 2),
    );
    const known = await data.waitingCache().contributions(made.map(rootOf));
    expect(known.map((each) => each?.rules)).toEqual([1, 2]);
    for (const version of [1, 2] as const)
      expect(known.map((each) => ofRules(each, version) !== undefined)).toEqual([
        version === 1,
        version === 2,
      ]);
    expect(ofRules(undefined, 2)).toBeUndefined();
  });

  test('make a contribution missing if they are mixed, for no Datanet has two versions', async () => {
    const chain = new ScriptedChain();
    const data = new ScriptedData(chain);
    const [old, young] = [
      data.contribute(1, ['one text'], undefined, 1),
      data.contribute(2, ['another text']),
    ];
    const items = [...old.itemRoots, ...young.itemRoots].map((each) => unwrap(fromHex(each, 32)) as Root);
    const mixed = unwrap(contributionRoot(items));
    chain.give(toHex(mixed), { type: 'contribution', items: items.map(toHex) });
    const textCache = data.waitingCache();
    expect(await textCache.contributions([mixed])).toEqual([undefined]);
    expect((await textCache.contributions([rootOf(old)]))[0]?.rules).toBe(1);
  });

  test('cannot be passed off as those of a version: their root names it', async () => {
    const chain = new ScriptedChain();
    const data = new ScriptedData(chain);
    // Without marks and without a word twice, the tokens are the same in both versions.
    const { root, itemRoots } = data.contribute(1, ['only plain words']);
    chain.give(itemRoots[0] ?? '', {
      type: 'item',
      rules: 1,
      text: 'only plain words',
      promptTokens: 0,
      salt: toHex(sha256(Uint8Array.of(1))),
    });
    await expect(data.waitingCache().contributions([rootOf({ root })])).rejects.toMatchObject({
      code: 'CONTENT_ROOT',
    });
  });
});

describe('the items of a contribution', () => {
  test('are requested together, and one that is missing holds up no other contribution', async () => {
    const chain = new ScriptedChain();
    const data = new ScriptedData(chain);
    const texts = Array.from({ length: 40 }, (_, i) => words(`w${i}x`, 5));
    const [whole, lacking] = [data.contribute(1, texts), data.contribute(2, [words('y', 5), words('z', 5)])];
    chain.withhold(lacking.itemRoots[1] ?? '');
    const textCache = data.waitingCache();
    const roots = [whole, lacking].map(rootOf);
    const [first, second] = await textCache.contributions(roots);
    expect(first?.items.map(({ tokens }) => tokens.count)).toEqual(texts.map(() => 5));
    expect(second).toBeUndefined();
    // The two lists, 32 and 8 items of the first, and both items of the second.
    expect(chain.requests).toBe(5);
    // What there is of it can be read all the same.
    expect(textCache.item(rootOf(lacking), 0)?.text.tokens.count).toBe(5);
    expect([textCache.item(rootOf(lacking), 1), textCache.missing(rootOf(lacking))]).toEqual([undefined, 1]);
    expect(textCache.item(rootOf(whole), 39)?.text).toEqual(first?.items[39]);
    expect(textCache.item(rootOf(whole), 40)).toBeUndefined();
  });

  test('are not taken from a node that gives another text for one of them', async () => {
    const chain = new ScriptedChain();
    const data = new ScriptedData(chain);
    const { root, itemRoots } = data.contribute(1, [words('y', 5), words('z', 5)]);
    chain.give(itemRoots[1] ?? '', {
      type: 'item',
      rules: 2,
      text: 'another',
      promptTokens: 0,
      salt: hex(1),
    });
    const textCache = data.waitingCache();
    await expect(textCache.contributions([unwrap(fromHex(root, 32)) as Root])).rejects.toMatchObject({
      code: 'CONTENT_ROOT',
    });
  });
});
