/** How the texts of contributions are requested from a node. */
import { describe, expect, test } from 'vitest';
import type { Root } from '../../../src/lib/brands.ts';
import { fromHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { ScriptedChain } from './support/scripted-chain.ts';
import { hex, ScriptedData, words } from './support/scripted-data.ts';

describe('the items of a contribution', () => {
  test('are requested together, and one that is missing holds up no other contribution', async () => {
    const chain = new ScriptedChain();
    const data = new ScriptedData(chain);
    const texts = Array.from({ length: 40 }, (_, i) => words(`w${i}x`, 5));
    const [whole, lacking] = [data.contribute(1, texts), data.contribute(2, [words('y', 5), words('z', 5)])];
    chain.withhold(lacking.itemRoots[1] ?? '');
    const { textCache } = data.reviewers();
    const roots = [whole, lacking].map(({ root }) => unwrap(fromHex(root, 32)) as Root);
    const [first, second] = await textCache.contributions(roots);
    expect(first?.items.map(({ tokens }) => tokens.count)).toEqual(texts.map(() => 5));
    expect(second).toBeUndefined();
    // The two lists, 32 and 8 items of the first, and both items of the second.
    expect(chain.requests).toBe(5);
  });

  test('are not taken from a node that gives another text for one of them', async () => {
    const chain = new ScriptedChain();
    const data = new ScriptedData(chain);
    const { root, itemRoots } = data.contribute(1, [words('y', 5), words('z', 5)]);
    chain.give(itemRoots[1] ?? '', { type: 'item', text: 'another', promptTokens: 0, salt: hex(1) });
    const { textCache } = data.reviewers();
    await expect(textCache.contributions([unwrap(fromHex(root, 32)) as Root])).rejects.toMatchObject({
      code: 'CONTENT_ROOT',
    });
  });
});
