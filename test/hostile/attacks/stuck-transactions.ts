import { setTimeout as sleep } from 'node:timers/promises';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import { type Attack, type Stage, sentByAll, type Target } from '../attack.ts';
import { contributionBody, joinGossip, signed, transferBody } from '../transactions.ts';

/** So many of the longest transactions of four accounts are more than a mempool holds, and the short ones fill what is left. */
const ACCOUNTS = 4;
const LONG = 45;
const SHORT = 300;
/** Short ones in a batch, which is published after some long ones. */
const BATCH = 100;
const EVERY = 20;
const PAUSE_MS = 25;

type Stuck = { readonly long: readonly Uint8Array[]; readonly short: readonly Uint8Array[] };

/** Transactions behind a nonce that never comes. */
const stuckOf = async (target: Target, key: Uint8Array): Promise<Stuck> => {
  const client = createRpcClient(target.rpc);
  const { nonce } = await client.call('account_get', { address: addressOfPrivateKey(key) });
  const make = (count: number, first: number, body: ReturnType<typeof transferBody>): readonly Uint8Array[] =>
    Array.from({ length: count }, (_, i) => signed(target, key, nonce + BigInt(first + i), body));
  return { long: make(LONG, 1, contributionBody()), short: make(SHORT, 1 + LONG, transferBody()) };
};

const flood = async (target: Target, { long, short }: Stuck, signal: AbortSignal): Promise<number> => {
  const network = await joinGossip(target);
  let sent = 0;
  const publish = (batch: readonly Uint8Array[]): void => {
    if (network.peers().length === 0) return;
    network.publishTransactions(batch);
    sent += batch.reduce((sum, { length }) => sum + length, 0);
  };
  try {
    for (let i = 0; !signal.aborted; i++) {
      publish(long.slice(i % long.length, (i % long.length) + 1));
      await sleep(PAUSE_MS);
      if (i % EVERY !== 0) continue;
      const from = ((i / EVERY) * BATCH) % short.length;
      publish(short.slice(from, from + BATCH));
    }
  } finally {
    await network.stop();
  }
  return sent;
};

export const attack: Attack = {
  name: 'stuck-transactions',
  what: `${ACCOUNTS} accounts sign contributions of 200 KB and transfers behind a nonce that never comes, and a stranger gossips them to each node, again and again.`,
  run: async ({ targets, keys }: Stage, signal) => {
    const [first] = targets;
    if (first === undefined) return 0;
    const all = await Promise.all(keys.slice(0, ACCOUNTS).map((key) => stuckOf(first, key)));
    const stuck: Stuck = {
      long: all.flatMap(({ long }) => long),
      short: all.flatMap(({ short }) => short),
    };
    return sentByAll(targets.map((target) => flood(target, stuck, signal)));
  },
};
