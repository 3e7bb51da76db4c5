import { setTimeout as sleep } from 'node:timers/promises';
import { createRpcClient, type RpcClient } from '../../../src/client/rpc-client.ts';
import type { Address } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { addressOfPrivateKey } from '../../../src/lib/secp256k1.ts';
import { type Attack, type Run, sentByAll, type Target } from '../attack.ts';
import { MAX_FEE, signed, transferBody } from '../transactions.ts';

/** As many accounts as it takes to fill a mempool with what one sender may have there. */
const ACCOUNTS = 5;
const BATCH = 100;
const PAUSE_MS = 200;
/** What is in no block after this time is waited for no longer. */
const SETTLE_MS = 30_000;

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

/** Waits until the blocks have what was sent, so that the mempools are free for what is measured next. */
const settle = async (client: RpcClient, address: Address, next: bigint): Promise<void> => {
  for (const end = performance.now() + SETTLE_MS; performance.now() < end; await sleep(PAUSE_MS)) {
    const answer = await client.attempt('account_get', { address });
    if (answer.ok && answer.value.nonce >= next) return;
  }
};

const flood = async (target: Target, key: Uint8Array, tip: bigint, signal: AbortSignal): Promise<number> => {
  const client = createRpcClient(target.rpc);
  const address = addressOfPrivateKey(key);
  const body = transferBody();
  let sent = 0;
  let next: bigint | undefined;
  let taken = 0n;
  while (!signal.aborted) {
    next ??= await client
      .attempt('account_get', { address })
      .then((answer) => (answer.ok ? answer.value.nonce : undefined));
    const first = next ?? 0n;
    const batch = Array.from({ length: BATCH }, (_, i) => signed(target, key, first + BigInt(i), body, tip));
    const { isTaken, sent: bytes } = await sendAll(target, batch, signal);
    sent += bytes;
    next = isTaken ? first + BigInt(BATCH) : undefined;
    if (next !== undefined && next > taken) taken = next;
    if (!isTaken) await sleep(PAUSE_MS);
  }
  await settle(client, address, taken);
  return sent;
};

const withTip =
  (tip: bigint): Run =>
  async ({ targets, keys }, signal) =>
    sentByAll(
      keys.slice(0, ACCOUNTS).flatMap((key, i) => {
        const target = targets[i % targets.length];
        return target === undefined ? [] : [flood(target, key, tip, signal)];
      }),
    );

export const attack: Attack = {
  name: 'tips-without-room',
  what: `${ACCOUNTS} accounts fill the mempools with transfers whose tip is as high as their maxFee, so that maxFee leaves no room for the gas beside it.`,
  // The transfers are valid and paid for. Full blocks of them take a node longer than empty ones, whatever the tip.
  control: { what: 'they send the same transfers without a tip', run: withTip(0n) },
  run: withTip(MAX_FEE),
};
