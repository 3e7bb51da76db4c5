import { setTimeout as sleep } from 'node:timers/promises';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import { type Attack, type Stage, sentByAll, type Target } from '../attack.ts';
import { contributionBody, joinGossip, signed } from '../transactions.ts';

/** So many of the longest transactions of four accounts are more than a mempool holds. */
const ACCOUNTS = 4;
const EACH = 45;
const PAUSE_MS = 25;

/** Long transactions behind a nonce that never comes. */
const stuckOf = async (target: Target, key: Uint8Array): Promise<readonly Uint8Array[]> => {
  const client = createRpcClient(target.rpc);
  const { nonce } = await client.call('account_get', { address: addressOfPrivateKey(key) });
  const body = contributionBody();
  return Array.from({ length: EACH }, (_, i) => signed(target, key, nonce + 1n + BigInt(i), body));
};

const flood = async (target: Target, stuck: readonly Uint8Array[], signal: AbortSignal): Promise<number> => {
  const network = await joinGossip(target);
  let sent = 0;
  try {
    for (let i = 0; !signal.aborted; i++) {
      const bytes = stuck[i % stuck.length];
      if (bytes !== undefined && network.peers().length > 0) {
        network.publishTransactions([bytes]);
        sent += bytes.length;
      }
      await sleep(PAUSE_MS);
    }
  } finally {
    await network.stop();
  }
  return sent;
};

export const attack: Attack = {
  name: 'stuck-transactions',
  what: `${ACCOUNTS} accounts sign contributions of 200 KB behind a nonce that never comes, and a stranger gossips them to each node, again and again.`,
  run: async ({ targets, keys }: Stage, signal) => {
    const [first] = targets;
    if (first === undefined) return 0;
    const all = await Promise.all(keys.slice(0, ACCOUNTS).map((key) => stuckOf(first, key)));
    return sentByAll(targets.map((target) => flood(target, all.flat(), signal)));
  },
};
