/** What honest users of the attacked nodes see for a time: how long their calls take, and how many blocks come. */
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRpcClient, type RpcClient } from '../../src/client/rpc-client.ts';
import { privateKeySigner } from '../../src/client/signers/private-key.ts';
import { createWallet, type Wallet } from '../../src/client/wallet.ts';
import { percentile } from '../bench/percentile.ts';
import { type HostileNetwork, peakMb, resetPeak, watchNodes } from './network.ts';

/** `status` on a connection that is kept, `health` on one of its own, and `send` of a transfer with money. */
const KINDS = ['status', 'health', 'send'] as const;
export type CallKind = (typeof KINDS)[number];

export type Measured = {
  /**
   * How long an honest call to an attacked node takes, milliseconds: the 99th percentile of the kind of calls that takes
   * longest.
   */
  readonly honestP99Ms: number;
  readonly slowest: CallKind;
  /** The honest calls. */
  readonly calls: number;
  /** Those that got no answer, or an error. */
  readonly unanswered: number;
  /** The looks at `/health`. */
  readonly looks: number;
  /** How often it did not say that all is well. */
  readonly unhealthy: number;
  /** The blocks that the slowest of the attacked nodes has executed in the time. */
  readonly blocks: number;
  /** The most memory of an attacked node, MB. Undefined where the system does not say. */
  readonly peakRssMB: number | undefined;
  readonly seconds: number;
};

const CALL_EVERY_MS = 100;
/** A call that has no answer after so long has none. */
const CALL_MS = 10_000;

type Samples = {
  readonly ms: Readonly<Record<CallKind, number[]>>;
  unanswered: number;
  unhealthy: number;
  first: bigint | undefined;
  last: bigint;
};

/** Looks at `/health` on a connection that is opened for it: the answer of a newcomer. */
const isHealthy = (rpc: string, gone: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const signal = AbortSignal.any([gone, AbortSignal.timeout(CALL_MS)]);
    const request = get(`${rpc}/health`, { agent: false, signal }, (answer) => {
      answer.once('error', () => resolve(false));
      answer.resume().once('close', () => resolve(answer.complete && answer.statusCode === 200));
    });
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });

/** Runs something, and remembers how long it took, whatever came of it. */
const timed = async <T>(ms: number[], run: () => Promise<T>): Promise<T> => {
  const since = performance.now();
  try {
    return await run();
  } finally {
    ms.push(performance.now() - since);
  }
};

/**
 * Asks one node for its status and its health, and sends it a transfer, again and again after 100 ms, until `over`. A call
 * that is not answered counts with its time.
 *
 * @param gone - ends every call, because a node has ended
 * @throws the reason of `gone`
 */
const probe = async (
  network: HostileNetwork,
  i: number,
  over: AbortSignal,
  gone: AbortSignal,
): Promise<Samples> => {
  const { rpc } = network.devnet.node(i);
  const client = createRpcClient(rpc, { timeoutMs: CALL_MS, patienceMs: CALL_MS, signal: gone });
  const samples: Samples = {
    ms: { status: [], health: [], send: [] },
    unanswered: 0,
    unhealthy: 0,
    first: undefined,
    last: 0n,
  };
  const { ofAttacked } = network.payers;
  const payer = ofAttacked[i % ofAttacked.length];
  let wallet: Wallet | undefined;
  while (!over.aborted) {
    gone.throwIfAborted();
    const status = await timed(samples.ms.status, () => client.attempt('node_status'));
    if (status.ok) {
      samples.first ??= status.value.height;
      samples.last = status.value.height;
    } else samples.unanswered++;
    if (!(await timed(samples.ms.health, () => isHealthy(rpc, gone)))) samples.unhealthy++;
    wallet ??= payer === undefined ? undefined : await walletOf(client, payer);
    if (wallet === undefined || !(await sendsOne(client, wallet, samples.ms.send))) samples.unanswered++;
    await sleep(CALL_EVERY_MS);
  }
  return samples;
};

/** Returns the wallet; undefined if the node does not say which chain it is for. */
const walletOf = (client: RpcClient, key: Uint8Array): Promise<Wallet | undefined> =>
  createWallet(client, privateKeySigner(key)).catch(() => undefined);

/** Sends a transfer of one unit to oneself. What is measured is `tx_send` alone. Returns whether it was taken. */
const sendsOne = async (client: RpcClient, wallet: Wallet, ms: number[]): Promise<boolean> => {
  try {
    const { bytes } = await wallet.prepare('transfer', { to: wallet.address, amount: 1n });
    return (await timed(ms, () => client.attempt('tx_send', { transaction: bytes, mode: 'async' }))).ok;
  } catch {
    return false;
  }
};

/**
 * Sends transfers to a node that is not attacked, one after the other, until `over`. So there is always something to decide,
 * and the blocks show how fast the validators agree, and not how fast an attacked node answers its users.
 */
const keepBusy = async (network: HostileNetwork, over: AbortSignal): Promise<void> => {
  const client = createRpcClient(network.devnet.node(0).rpc, { timeoutMs: CALL_MS, signal: over });
  let wallet: Wallet | undefined;
  while (!over.aborted) {
    wallet ??= await walletOf(client, network.payers.elsewhere);
    if (wallet !== undefined) await sendsOne(client, wallet, []);
    await sleep(CALL_EVERY_MS);
  }
};

/** Measures for `seconds`. @throws as soon as the process of an attacked node is gone */
export const measure = async (network: HostileNetwork, seconds: number): Promise<Measured> => {
  const pids = network.attacked.map(({ pid }) => pid);
  for (const pid of pids) resetPeak(pid);
  const from = network.stage.nodes.length - pids.length;
  const over = AbortSignal.timeout(seconds * 1_000);
  const since = performance.now();
  const watch = watchNodes(network);
  const busy = keepBusy(network, AbortSignal.any([over, watch.gone]));
  const probes = pids.map((_, i) => probe(network, from + i, over, watch.gone));
  // All are waited for, whichever fails first.
  const settled = await Promise.allSettled(probes);
  await busy;
  watch.end();
  watch.gone.throwIfAborted();
  const samples = settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
  const peaks = pids.map(peakMb);
  const all = KINDS.map((kind) => ({ kind, ms: samples.flatMap(({ ms }) => ms[kind]) }));
  const [slowest = { kind: KINDS[0], p99: 0 }] = all
    .filter(({ ms }) => ms.length > 0)
    .map(({ kind, ms }) => ({ kind, p99: percentile(ms, 0.99) }))
    .sort((a, b) => b.p99 - a.p99);
  return {
    honestP99Ms: slowest.p99,
    slowest: slowest.kind,
    calls: all.reduce((sum, { ms }) => sum + ms.length, 0),
    looks: samples.reduce((sum, each) => sum + each.ms.health.length, 0),
    unanswered: samples.reduce((sum, each) => sum + each.unanswered, 0),
    unhealthy: samples.reduce((sum, each) => sum + each.unhealthy, 0),
    blocks: Math.min(...samples.map(({ first, last }) => Number(last - (first ?? last)))),
    peakRssMB: peaks.every((mb) => mb !== undefined) ? Math.max(...peaks) : undefined,
    seconds: (performance.now() - since) / 1_000,
  };
};
