/** Transactions that a stranger sends to cost a node more than they cost the stranger. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNetwork, type Network } from '../../p2p/network.ts';
import { type Root, toHeight } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { createLogger } from '../../src/lib/log.ts';
import { kindByName } from '../../state/tx/registry.ts';
import { type Draft, signTransaction } from '../../state/tx/transaction.ts';
import { largeContribution } from '../unit/state/large-contribution.ts';
import type { Target } from './attack.ts';

const identityOf = ({ chainId, genesisHash }: Target) => ({
  chainId: BigInt(chainId),
  genesisHash: genesisHash as Root,
});

export const separatorOf = (target: Target): Root => domainSeparator(identityOf(target));

export const bodyOf = (kind: string, payload: object): Draft['body'] => {
  const known = kindByName(kind);
  if (known === undefined) throw new Error(`there is no kind ${kind}`);
  return unwrap(known.fromJson(payload));
};

export const transferBody = (): Draft['body'] =>
  bodyOf('transfer', { to: toHex(new Uint8Array(20).fill(1)), amount: '1' });

/** @param items - 1 is what the payload shows. With any other number every node refuses it, after it has checked the rest. */
export const contributionBody = (items = 1): Draft['body'] =>
  bodyOf('dataContribution', largeContribution({ items }));

/** Pays for any transaction at the first base fees, and is little money. */
export const MAX_FEE = 10n ** 9n;

export const signed = (
  target: Target,
  key: Uint8Array,
  nonce: bigint,
  body: Draft['body'],
  tip = 0n,
): Uint8Array =>
  signTransaction(
    key,
    { nonce, maxFee: MAX_FEE, tip, validUntil: toHeight(10_000n), body },
    separatorOf(target),
  ).bytes;

/** Joins the gossip of a node under a fresh key. */
export const joinGossip = async (target: Target): Promise<Network> => {
  const network = await createNetwork({
    seed: randomBytes(32),
    listen: [],
    peers: [target.p2p.multiaddr],
    chain: identityOf(target),
    version: 'stranger',
    expectedNodes: 4,
    handlers: { votes: () => 'ignore', proposals: () => 'ignore', transactions: () => 'ignore' },
    sources: {
      blocks: { block: async () => undefined },
      proposals: { proposal: () => undefined },
      votes: { votesOf: () => [] },
      content: { hasMany: async (roots) => roots.map(() => false), encoded: async () => undefined },
    },
    height: () => 0n,
    logger: createLogger({ level: 'silent', format: 'json' }),
  });
  await network.start();
  return network;
};

/** A stranger is at a node for so long, and then comes back under another key: by then it may be banned. */
const STAY_MS = 4_000;

/** Publishes what `next` gives, one transaction after the other, under one key after the other. Returns the bytes sent. */
export const gossip = async (
  target: Target,
  signal: AbortSignal,
  next: () => Uint8Array,
): Promise<number> => {
  let sent = 0;
  while (!signal.aborted) {
    const network = await joinGossip(target);
    try {
      for (const end = performance.now() + STAY_MS; performance.now() < end && !signal.aborted; ) {
        if (network.peers().length === 0) {
          await sleep(50);
          continue;
        }
        const bytes = next();
        network.publishTransactions([bytes]);
        sent += bytes.length;
        await sleep(0);
      }
    } finally {
      await network.stop();
    }
  }
  return sent;
};

/** Sends what `next` gives by tx_send, one after the other. Returns the bytes sent. */
export const send = async (target: Target, signal: AbortSignal, next: () => Uint8Array): Promise<number> => {
  let sent = 0;
  for (let id = 1; !signal.aborted; id++) {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id,
      method: 'tx_send',
      params: { transaction: toHex(next()), mode: 'async' },
    });
    sent += body.length;
    await fetch(target.rpc, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal,
    })
      .then((answer) => answer.arrayBuffer())
      .catch(() => sleep(10));
  }
  return sent;
};
