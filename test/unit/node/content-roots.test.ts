import { describe, expect, test } from 'vitest';
import { allContentRoots, newContentRoots } from '../../../node/content-roots.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { sketchOf } from '../../../state/attribution/sketch.ts';
import { contributionCommitment } from '../../../state/tx/contribution-commit.ts';
import { addressOf } from '../state/fixture.ts';
import { type OneChain, openChain } from './one-chain.ts';
import { codeOf, temporaryFolder } from './support.ts';

const COMMONS = sha256(utf8('commons'));
const CONTENT = sha256(utf8('content'));
const SALT = sha256(utf8('salt'));

const datanet: Json = {
  name: 'sums',
  domain: 'arithmetic',
  licence: 'MIT',
  schema: { fields: ['text'], promptFields: 0 },
  commons: { root: toHex(COMMONS), items: 1, tokens: '10', bytes: '40' },
  matchBitsFloor: 0,
  access: 'open',
  contributors: [],
  reviewers: ['cleo', 'dan'].map((name) => toHex(addressOf(name))),
  quorum: 2,
  bondPerByte: '100000000000',
  prices: { inMin: '0', outMin: '0' },
};
const commit: Json = {
  datanet: 1,
  commitment: toHex(
    contributionCommitment({ datanet: 1, root: CONTENT, salt: SALT, sender: addressOf('ada') }),
  ),
};
/** Contribution id 1 is the commons. */
const reveal = (contribution: ContributionId): Json => ({
  contribution,
  datanet: 1,
  salt: toHex(SALT),
  root: toHex(CONTENT),
  digest: toHex(sha256(utf8('digest'))),
  items: 1,
  tokens: '10',
  bytes: '40',
  shapes: [{ tokens: 10, promptTokens: 0 }],
  copied: [],
  novelRuns: [],
  sketch: sketchOf([]),
  role: 'data',
  parents: [],
  licence: 'MIT',
});

/** The content that the block with these transactions of ada brought. */
const block = async (
  chain: OneChain,
  ...sent: readonly (readonly [kind: string, payload: Json])[]
): Promise<readonly string[]> => {
  for (const [kind, payload] of sent) {
    const nonce = chain.pool.nextNonce(addressOf('ada'));
    expect(
      codeOf(await chain.pool.submit(chain.sign('ada', kind, payload, { nonce }).bytes, '127.0.0.1')),
    ).toBe('ok');
  }
  await chain.next();
  const decided = chain.committed.at(-1);
  if (decided === undefined) throw new Error('a block was decided');
  expect(decided.transactions).toHaveLength(sent.length);
  return newContentRoots(decided).map(toHex);
};

describe('the content that a chain speaks of', () => {
  test('comes with a Datanet’s commons and with each reveal, and not with a commit', async () => {
    const chain = await openChain(temporaryFolder());
    expect(await block(chain, ['datanetCreate', datanet])).toEqual([toHex(COMMONS)]);
    expect(await block(chain, ['contributionCommit', commit])).toEqual([]);
    expect([...allContentRoots(chain.store)].flat().map(toHex)).not.toContain(toHex(CONTENT));
    expect(await block(chain, ['dataContribution', reveal(2)])).toEqual([toHex(CONTENT)]);
    expect(await block(chain)).toEqual([]);
    expect(new Set([...allContentRoots(chain.store)].flat().map(toHex))).toEqual(
      new Set([toHex(COMMONS), toHex(CONTENT)]),
    );
  });

  test('is none that a failed transaction named', async () => {
    const chain = await openChain(temporaryFolder());
    await block(chain, ['datanetCreate', datanet]);
    expect(await block(chain, ['dataContribution', reveal(7)])).toEqual([]);
    expect(chain.store.results(toHeight(2n))).toMatchObject([{ status: 'failed' }]);
    expect([...allContentRoots(chain.store)].flat().map(toHex)).not.toContain(toHex(CONTENT));
  });

  test('is the same after a restart', async () => {
    const directory = temporaryFolder();
    const chain = await openChain(directory);
    await block(chain, ['datanetCreate', datanet], ['contributionCommit', commit]);
    await block(chain, ['dataContribution', reveal(2)]);
    const before = [...allContentRoots(chain.store)].flat().map(toHex);
    await chain.store.close();
    const again = await openChain(directory);
    expect([...allContentRoots(again.store)].flat().map(toHex)).toEqual(before);
    expect(before).toContain(toHex(CONTENT));
  });
});
