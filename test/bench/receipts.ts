/** Receipts in batches of nine hundred, each batch with the payer's voucher over all of it. */
import { encodeResult } from '../../src/client/decode.ts';
import type { PayloadOf } from '../../src/client/payload.ts';
import { type RpcClient, toWire } from '../../src/client/rpc-client.ts';
import { createWallet, type Wallet } from '../../src/client/wallet.ts';
import { type Root, toHeight, ZERO_ROOT } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { randomPrivateKey } from '../../src/lib/secp256k1.ts';
import type { Json } from '../../src/lib/ssz.ts';
import { RULES_DEFAULT } from '../../state/attribution/rules.ts';
import type { ReceiptGroup } from '../../state/tx/inference-receipt.ts';
import { manifestRoot } from '../../state/tx/model-manifest.ts';
import {
  chargeOfReceipt,
  extendAccumulator,
  modelFee,
  type ReceiptBody,
  UNSAID,
} from '../../state/tx/receipt.ts';
import { type KindName, kindByName } from '../../state/tx/registry.ts';
import { type Throughput, watchThroughput } from './measure.ts';
import { type BenchNetwork, pause, sendAll } from './network.ts';

const BATCH = 900;
const PRICES = { in: 10n ** 15n, out: 10n ** 15n };
const METERED = { tokensIn: 60, tokensOut: 120, bytesIn: 300, bytesOut: 600 };
const LANE = 0;
const COMPUTE = 10n ** 12n;
const DEPOSIT = 10n ** 22n;
const MAX_FEE = 10n ** 17n;

type Channel = { readonly payer: Wallet; readonly provider: Wallet };

const commit = async <const N extends KindName>(
  wallet: Wallet,
  kind: N,
  payload: PayloadOf<N>,
): Promise<void> => {
  const sent = await wallet.send(kind, payload, { mode: 'commit', timeoutMs: 60_000 });
  if (sent.status !== 'committed')
    throw new Error(`${kind} ended as ${sent.status}: ${JSON.stringify(encodeResult('tx_send', sent))}`);
};

/** A model without a manifest, and channels with money in them: what receipts need. */
const prepareChannels = async (network: BenchNetwork, count: number): Promise<readonly Channel[]> => {
  const [client] = network.clients;
  if (client === undefined) throw new Error('a network has nodes');
  const owner = await network.wallet('bob');
  await commit(owner, 'modelRegistration', {
    name: 'bench',
    kind: 'base',
    base: undefined,
    rules: RULES_DEFAULT,
    weights: ZERO_ROOT,
    recipe: ZERO_ROOT,
    transcript: ZERO_ROOT,
    evaluationRoot: ZERO_ROOT,
    template: ZERO_ROOT,
    manifest: [],
    shares: [],
    evaluation: [],
    prices: { in: PRICES.in, out: PRICES.out },
    attribution: { method: 'spans', commitments: [] },
  });
  const channels: Channel[] = [];
  for (let i = 0; i < count; i++) {
    const payer = await createWallet(client, randomPrivateKey(), owner.chain);
    const provider = await createWallet(client, randomPrivateKey(), owner.chain);
    await commit(owner, 'transfer', { to: payer.address, amount: 2n * DEPOSIT });
    await commit(owner, 'transfer', { to: provider.address, amount: DEPOSIT });
    await commit(payer, 'escrowDeposit', { provider: provider.address, amount: DEPOSIT });
    channels.push({ payer, provider });
  }
  return channels;
};

const receiptBody = (seed: string): ReceiptBody => ({
  ...UNSAID,
  model: 1,
  manifest: manifestRoot([]),
  rules: RULES_DEFAULT,
  promptRoot: sha256(Buffer.from(`prompt ${seed}`)),
  outputRoot: sha256(Buffer.from(`output ${seed}`)),
  textRoot: sha256(Buffer.from(`text ${seed}`)),
  ...METERED,
  compute: COMPUTE,
  fee: modelFee(METERED, PRICES),
});

type Progress = { accumulator: Root; amount: bigint; count: bigint };

const signBatch = async ({ payer, provider }: Channel, at: Progress, nonce: bigint): Promise<Uint8Array> => {
  const terms = { payer: payer.address, provider: provider.address, lane: LANE };
  const receipts = Array.from({ length: BATCH }, (_, i) =>
    receiptBody(`${nonce}/${i}/${toHex(payer.address)}`),
  );
  at.accumulator = extendAccumulator(at.accumulator, terms, receipts);
  for (const receipt of receipts) at.amount += chargeOfReceipt(receipt);
  at.count += BigInt(receipts.length);
  const { amount, count, accumulator } = at;
  const voucher = { ...terms, amount, count, accumulator };
  const group: ReceiptGroup = {
    payer: terms.payer,
    lane: LANE,
    voucher: { amount, count, accumulator, signature: await payer.signVoucher(voucher) },
    receipts,
  };
  const kind = kindByName('inferenceReceipt');
  const json: Json = JSON.parse(JSON.stringify({ groups: [group] }, toWire));
  const body = kind?.fromJson(json);
  if (body?.ok !== true) throw new Error(body?.fault.message ?? 'there is a kind inferenceReceipt');
  const { bytes } = await provider.sign({
    nonce,
    maxFee: MAX_FEE,
    tip: 0n,
    validUntil: toHeight(10_000n),
    body: body.value,
  });
  return bytes;
};

/** Receipts settled with the channels' providers, as the state of one node has it. */
const executedAt =
  (channels: readonly Channel[]) =>
  async (client: RpcClient): Promise<number> => {
    let total = 0;
    for (const { payer, provider } of channels) {
      const use = await client.call('escrow_getVoucher', {
        payer: payer.address,
        provider: provider.address,
        lane: LANE,
      });
      total += Number(use.count);
    }
    return total;
  };

export const saturateWithReceipts = async (
  network: BenchNetwork,
  { batches, maxSeconds }: { readonly batches: number; readonly maxSeconds: number },
): Promise<Throughput> => {
  const { clients } = network;
  const channels = await prepareChannels(network, clients.length);
  const signed: Uint8Array[][] = [];
  for (const channel of channels) {
    const progress: Progress = { accumulator: ZERO_ROOT, amount: 0n, count: 0n };
    const own: Uint8Array[] = [];
    for (let i = 0; i < batches; i++) own.push(await signBatch(channel, progress, BigInt(i)));
    signed.push(own);
  }
  await pause(1_000);
  let over = false;
  const sending = clients.map((client, i) => sendAll(client, signed[i] ?? [], () => over));
  const total = channels.length * batches * BATCH;
  const watched = watchThroughput(clients, executedAt(channels), total, maxSeconds).finally(() => {
    over = true;
  });
  // Whichever fails first ends the bench.
  const [measured] = await Promise.all([watched, ...sending]);
  return measured;
};
