import { describe, expect, test } from 'vitest';
import { allContentRoots } from '../../../node/content-roots.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { openChain } from './one-chain.ts';
import { block, COMMONS, CONTENT, commit, datanet, reveal } from './reveal-scene.ts';
import { temporaryFolder } from './support.ts';

describe('the content that a chain speaks of', () => {
  test('comes with a Datanet’s commons and with each reveal, and not with a commit', async () => {
    const chain = await openChain(temporaryFolder());
    expect(await block(chain, ['datanetCreate', datanet()])).toEqual([toHex(COMMONS)]);
    expect(await block(chain, ['contributionCommit', commit()])).toEqual([]);
    expect([...allContentRoots(chain.store)].flat().map(toHex)).not.toContain(toHex(CONTENT));
    expect(await block(chain, ['dataContribution', reveal(2)])).toEqual([toHex(CONTENT)]);
    expect(await block(chain)).toEqual([]);
    expect(new Set([...allContentRoots(chain.store)].flat().map(toHex))).toEqual(
      new Set([toHex(COMMONS), toHex(CONTENT)]),
    );
  });

  test('is none that a failed transaction named', async () => {
    const chain = await openChain(temporaryFolder());
    await block(chain, ['datanetCreate', datanet()]);
    expect(await block(chain, ['dataContribution', reveal(7)])).toEqual([]);
    expect(chain.store.results(toHeight(2n))).toMatchObject([{ status: 'failed' }]);
    expect([...allContentRoots(chain.store)].flat().map(toHex)).not.toContain(toHex(CONTENT));
  });

  test('is the same after a restart', async () => {
    const directory = temporaryFolder();
    const chain = await openChain(directory);
    await block(chain, ['datanetCreate', datanet()], ['contributionCommit', commit()]);
    await block(chain, ['dataContribution', reveal(2)]);
    const before = [...allContentRoots(chain.store)].flat().map(toHex);
    await chain.store.close();
    const again = await openChain(directory);
    expect([...allContentRoots(again.store)].flat().map(toHex)).toEqual(before);
    expect(before).toContain(toHex(CONTENT));
  });
});
