import { randomBytes } from 'node:crypto';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { privateKeySigner } from '../../../src/client/signers/private-key.ts';
import { createWallet } from '../../../src/client/wallet.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import type { Attack, Stage } from '../attack.ts';
import { askAgain, CALLS, CONNECTIONS, getBatch } from '../content-calls.ts';

/** The Datanets that name a text which never comes. */
const DATANETS = 32;

const TERMS = {
  rules: 2,
  domain: 'none',
  licence: 'MIT',
  schema: { fields: ['text'], promptFields: 0 },
  matchBitsFloor: 0,
  access: 'open',
  contributors: [],
  quorum: 2,
  bondPerByte: 10n ** 11n,
  prices: { inMin: 0n, outMin: 0n },
} as const;

/** Makes the chain name roots whose texts nobody has: each Datanet has commons, and its text was never put. */
const nameRoots = async ({ nodes: [node], keys: [key] }: Stage): Promise<readonly string[]> => {
  if (node === undefined || key === undefined) throw new Error('the stage has no node or no key');
  const wallet = await createWallet(createRpcClient(node.rpc), privateKeySigner(key));
  const reviewers = Array.from({ length: 3 }, (_, i) => new Uint8Array(20).fill(i + 1));
  const roots: string[] = [];
  while (roots.length < DATANETS) {
    const root = Uint8Array.from(randomBytes(32));
    roots.push(toHex(root));
    const { status } = await wallet.send(
      'datanetCreate',
      {
        ...TERMS,
        reviewers,
        name: toHex(root).slice(2, 34),
        commons: { root, items: 1, tokens: 4n, bytes: 9n },
      },
      { mode: roots.length < DATANETS ? 'async' : 'commit' },
    );
    if (status === 'failed') throw new Error('a Datanet was not created');
  }
  return roots;
};

export const attack: Attack = {
  name: 'rpc-waiting-calls',
  what: `${CONNECTIONS} connections to each node, from two addresses, ask for batches of content that blocks name and nobody has.`,
  prepare: async (prepared) => {
    const roots = await nameRoots(prepared);
    const batch = getBatch(Array.from({ length: CALLS }, (_, i) => roots[i % roots.length] ?? ''));
    return (stage, signal) => askAgain(stage, () => batch, signal);
  },
};
