/** Signed transfers: many senders, each a transaction at a time, until the network takes no more. */

import type { RpcClient } from '../../src/client/rpc-client.ts';
import { createWallet, type Wallet } from '../../src/client/wallet.ts';
import { toHeight } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { randomPrivateKey } from '../../src/lib/secp256k1.ts';
import type { Json } from '../../src/lib/ssz.ts';
import { kindByName } from '../../state/tx/registry.ts';
import { type Throughput, watchThroughput } from './measure.ts';
import { type BenchNetwork, pause, sendAll } from './network.ts';
import { percentile } from './percentile.ts';

const FUNDS = 10n ** 20n;
const MAX_FEE = 10n ** 15n;

export type Senders = { readonly wallets: readonly Wallet[]; readonly sink: string; readonly next: bigint[] };

/** Accounts with money, and an account whose balance counts what was executed: each transfer is of one base unit. */
export const createSenders = async (network: BenchNetwork, count: number): Promise<Senders> => {
  const [client] = network.clients;
  if (client === undefined) throw new Error('a network has nodes');
  const rich = await network.wallet('alice');
  const wallets: Wallet[] = [];
  for (let i = 0; i < count; i++) wallets.push(await createWallet(client, randomPrivateKey(), rich.chain));
  const sends = wallets.map((wallet, i) =>
    rich.prepare('transfer', { to: wallet.address, amount: FUNDS }, { nonce: BigInt(i) }),
  );
  await sendAll(
    client,
    (await Promise.all(sends)).map(({ bytes }) => bytes),
    () => false,
  );
  const last = wallets.at(-1);
  for (;;) {
    const { balance } = await client.call('account_get', {
      address: toHex(last?.address ?? new Uint8Array(20)),
    });
    if (balance !== 0n) break;
    await pause(100);
  }
  const sink = toHex((await createWallet(client, randomPrivateKey(), rich.chain)).address);
  return { wallets, sink, next: wallets.map(() => 0n) };
};

/** Signs `each` transfers of every sender, without a node: they are valid for the whole run. */
const signTransfers = (
  { wallets, sink, next }: Senders,
  each: number,
): Promise<readonly (readonly Uint8Array[])[]> => {
  const kind = kindByName('transfer');
  if (kind === undefined) throw new Error('there is a kind transfer');
  const json: Json = { to: sink, amount: '1' };
  const signNext = async (wallet: Wallet, i: number): Promise<readonly Uint8Array[]> => {
    const signed: Uint8Array[] = [];
    for (let count = 0; count < each; count++) {
      const body = kind.fromJson(json);
      if (!body.ok) throw new Error(body.fault.message);
      const nonce = next[i] ?? 0n;
      next[i] = nonce + 1n;
      const { bytes } = await wallet.sign({
        nonce,
        maxFee: MAX_FEE,
        tip: 0n,
        validUntil: toHeight(10_000n),
        body: body.value,
      });
      signed.push(bytes);
    }
    return signed;
  };
  return Promise.all(wallets.map(signNext));
};

const executedAt =
  (sink: string) =>
  async (client: RpcClient): Promise<number> =>
    Number((await client.call('account_get', { address: sink })).balance);

export type TransferLoad = { readonly count: number; readonly maxSeconds: number };

/** As many as the network takes, each sender's through one node, spread over the nodes. */
export const saturateWithTransfers = async (
  network: BenchNetwork,
  senders: Senders,
  { count, maxSeconds }: TransferLoad,
): Promise<Throughput> => {
  const signed = await signTransfers(senders, Math.ceil(count / senders.wallets.length));
  const { clients } = network;
  let over = false;
  const sending = clients.map((client, node) => {
    const own = signed.filter((_, i) => i % clients.length === node);
    const mixed = Array.from({ length: own[0]?.length ?? 0 }, (_, n) =>
      own.flatMap((each) => each[n] ?? []),
    ).flat();
    return sendAll(client, mixed, () => over);
  });
  const total = signed.reduce((sum, each) => sum + each.length, 0);
  const watched = watchThroughput(clients, executedAt(senders.sink), total, maxSeconds).finally(() => {
    over = true;
  });
  // Whichever fails first ends the bench.
  const [measured] = await Promise.all([watched, ...sending]);
  return measured;
};

export type Finality = {
  readonly samples: number;
  /** From sending to the answer that it was executed, milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly loadPerSecond: number;
};

/** How long a transfer takes from sending to execution, while others come at `perSecond`. */
export const measureFinality = async (
  network: BenchNetwork,
  senders: Senders,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Finality> => {
  const { clients } = network;
  const [probe = [], ...load] = await signTransfers(
    senders,
    Math.max(40, Math.ceil((perSecond * seconds) / Math.max(1, senders.wallets.length - 1))),
  );
  const rounds = load[0]?.length ?? 0;
  let over = false;
  const sending = (async () => {
    const perRound = load.length;
    const since = performance.now();
    for (let n = 0; n < rounds && !over; n++) {
      const due = since + (n * perRound * 1000) / perSecond;
      await pause(Math.max(0, due - performance.now()));
      await Promise.all(
        clients.map((client, node) =>
          sendAll(
            client,
            load.flatMap((each, i) => (i % clients.length === node ? (each[n] ?? []) : [])),
            () => over,
          ),
        ),
      );
    }
  })();
  const samples: number[] = [];
  const end = performance.now() + seconds * 1000;
  for (const [n, transaction] of probe.entries()) {
    if (performance.now() > end) break;
    const client = clients[n % clients.length];
    if (client === undefined) break;
    const since = performance.now();
    const answer = await client.call('tx_send', {
      transaction: toHex(transaction),
      mode: 'commit',
      timeoutMs: 30_000,
    });
    if (answer.status !== 'committed') throw new Error(`a transfer ended as ${answer.status}`);
    // The first finds the load not yet there.
    if (n > 0) samples.push(performance.now() - since);
  }
  over = true;
  await sending;
  return {
    samples: samples.length,
    p50Ms: percentile(samples, 0.5),
    p99Ms: percentile(samples, 0.99),
    loadPerSecond: perSecond,
  };
};
