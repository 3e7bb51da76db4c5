/** A Datanet and a contribution of ada on a chain without a network, for tests of the content that they name. */
import { expect } from 'vitest';
import { newContent } from '../../../node/content-roots.ts';
import type { Root } from '../../../src/lib/brands.ts';
import { toHex, utf8 } from '../../../src/lib/bytes.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { ContributionId } from '../../../src/lib/ids.ts';
import type { Json } from '../../../src/lib/ssz.ts';
import { sketchOf } from '../../../state/attribution/sketch.ts';
import { contributionCommitment } from '../../../state/tx/contribution-commit.ts';
import { addressOf } from '../state/fixture.ts';
import type { OneChain } from './one-chain.ts';
import { codeOf } from './support.ts';

export const COMMONS = sha256(utf8('commons'));
export const CONTENT = sha256(utf8('content'));
const SALT = sha256(utf8('salt'));

export const datanet = (commons: Root = COMMONS): Json => ({
  name: 'sums',
  domain: 'arithmetic',
  licence: 'MIT',
  schema: { fields: ['text'], promptFields: 0 },
  commons: { root: toHex(commons), items: 1, tokens: '10', bytes: '40' },
  matchBitsFloor: 0,
  access: 'open',
  contributors: [],
  reviewers: ['cleo', 'dan'].map((name) => toHex(addressOf(name))),
  quorum: 2,
  bondPerByte: '100000000000',
  prices: { inMin: '0', outMin: '0' },
});
export const commit = (root: Root = CONTENT): Json => ({
  datanet: 1,
  commitment: toHex(contributionCommitment({ datanet: 1, root, salt: SALT, sender: addressOf('ada') })),
});
/** Contribution id 1 is the commons. */
export const reveal = (contribution: ContributionId, root: Root = CONTENT): Json => ({
  contribution,
  datanet: 1,
  salt: toHex(SALT),
  root: toHex(root),
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
export const block = async (
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
  return newContent(decided).map(({ root }) => toHex(root));
};
