/** The common parts of commands that run beside a node: where they keep state, what they print, how they stop. */

import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import Type, { type Static, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { stopRequested } from '../../node/stop.ts';
import { settleBlocks } from '../../state/params.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import { steadyClient } from '../client/steady-client.ts';
import { createWallet, fetchChainIdentity, type Wallet } from '../client/wallet.ts';
import { type Height, toHeight } from '../lib/brands.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { userPath } from '../lib/files.ts';
import { lineSink } from '../lib/line-sink.ts';
import { takeLock } from '../lib/lock.ts';
import type { ServiceReviewers } from '../services/challenge/review.ts';
import { openServiceTextCache, openTextCache } from '../services/corpus/text-cache.ts';
import { openTextIndex } from '../services/corpus/text-index.ts';
import { openTracers } from '../services/corpus/tracers.ts';
import { type Fact, factJson, factLine, logTo, type Report } from '../services/run/report.ts';
import { ServiceStateSchema } from '../services/run/service.ts';
import { openStateFile, type StateFile } from '../services/run/state-file.ts';
import { type ConnectionOptions, connect, nodeAsRpc, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { runsUntilStopped } from './output.ts';
import { type KeyOptions, readSigningKey, withKey } from './secrets.ts';

export type ServiceOptions = ConnectionOptions &
  KeyOptions & {
    readonly indexMemory: string;
    readonly node?: string;
    readonly state?: string;
    readonly from?: string;
    readonly json?: true;
  };

export const withService = (command: Command): Command =>
  withKey(withConnection(command))
    .option('--node <url>', 'the same as --rpc')
    .option(
      '--state <dir>',
      'where it remembers how far it is (default: "services" in --home, or in ~/.openledger)',
    )
    .option(
      '--from <height>',
      'the first block to look at, where it remembers nothing (default: the first that matters)',
    )
    .option('--index-memory <MB>', 'the most that its index may take, on the disk and in memory', '4096')
    .option('--json', 'JSON lines on stdout');

/** A key that signs nothing: the generator's own, so that the state of a dry run is found again. */
const NOBODY = Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? 1 : 0));

const stateFolder = ({ state, home }: ServiceOptions): string => {
  if (state !== undefined) return resolve(state);
  return home === undefined ? userPath('services') : join(resolve(home), 'services');
};

const reportTo = (json: boolean): Report => {
  const lineOf = (fact: Fact): string => {
    const time = new Date().toISOString();
    return json ? factJson(fact, time) : factLine(fact, time.slice(11, 19));
  };
  const sink = lineSink(process.stdout, (lines) =>
    lineOf({ event: 'dropped', text: 'lines of this output were dropped', level: 'warn', fields: { lines } }),
  );
  return (fact) => sink.write(`${lineOf(fact)}\n`);
};

/** The first block with receipts whose claims may still be open to challenge. */
export const firstOpen = async (client: RpcClient): Promise<bigint> => {
  const { height } = await client.call('node_status');
  const { attribution } = await client.call('chain_getParams');
  const back = settleBlocks(attribution) + BigInt(attribution.challengeWindow);
  return height > back ? height - back : 1n;
};

const firstOf = (
  client: RpcClient,
  { from }: ServiceOptions,
  first: (client: RpcClient) => Promise<bigint>,
): bigint | Promise<bigint> => {
  if (from === undefined) return first(client);
  if (!/^[0-9]{1,18}$/.test(from))
    throw new CodedError(fault('ARGUMENT_INVALID', `--from takes a height, not ${from.slice(0, 80)}`));
  return BigInt(from) > 0n ? BigInt(from) : 1n;
};

const memoryOf = ({ indexMemory }: ServiceOptions): number => {
  if (!/^[1-9][0-9]{0,6}$/.test(indexMemory))
    throw new CodedError(
      fault('ARGUMENT_INVALID', `--index-memory takes a number of MB, not ${indexMemory.slice(0, 80)}`),
    );
  return Number(indexMemory) * 2 ** 20;
};

/** Returns a number of blocks; undefined if none was given. @throws CodedError `ARGUMENT_INVALID` */
export const readPatience = (text: string | undefined): bigint | undefined => {
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,9}$/.test(text))
    throw new CodedError(
      fault('ARGUMENT_INVALID', `--patience takes a number of blocks, not ${text.slice(0, 80)}`),
    );
  return BigInt(text);
};

export type OpenedService<M> = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  readonly signs: boolean;
  readonly file: StateFile<Static<typeof ServiceStateSchema> & { readonly memory: M }>;
  readonly from: Height;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly index: { readonly folder: string; readonly memoryLimit: number };
};

/** What a service is, apart from its options. */
export type ServiceKind<S> = {
  /** The name of the service. Its file has the same name. */
  readonly name: string;
  /** What it remembers of its own. */
  readonly memory: S;
  /** False for one that sends nothing, and so needs no key. */
  readonly signs: boolean;
  /** The first block to look at where it remembers nothing. */
  readonly first: (client: RpcClient) => Promise<bigint>;
};

/**
 * Opens a service and runs it until the process is told to stop. That also ends every request that has no answer yet,
 * before the service runs too.
 * @throws what opening it and `run` throw
 */
export const serve = async <S extends TSchema>(
  kind: ServiceKind<S>,
  options: ServiceOptions,
  run: (opened: OpenedService<Static<S>>) => Promise<void>,
): Promise<void> => {
  const stopping = new AbortController();
  try {
    await run(await openService(kind, options, stopping));
  } catch (error) {
    if (!stopping.signal.aborted || error !== stopping.signal.reason) throw error;
  }
};

const openService = async <S extends TSchema>(
  { name, memory, signs, first }: ServiceKind<S>,
  options: ServiceOptions,
  stopping: AbortController,
): Promise<OpenedService<Static<S>>> => {
  runsUntilStopped();
  const report = reportTo(options.json === true);
  const connected = await connect(nodeAsRpc(options), stopping.signal);
  const chain = await fetchChainIdentity(connected);
  const client = steadyClient(connected, chain, (text) => logTo(report).warn('behind', text));
  const wallet = await createWallet(client, signs ? await readSigningKey(options) : NOBODY, chain);
  const account = toHex(wallet.address);
  const genesis = toHex(wallet.chain.genesisHash);
  const base = join(stateFolder(options), `${name}-${genesis.slice(2, 10)}-${account.slice(2, 10)}`);
  // Until the end of the process, however it ends.
  const lock = { guarded: `${base}.json`, instead: 'choose another --state' };
  process.once('exit', unwrap(takeLock(`${base}.lock`, lock)));
  const schema = Type.Object({ ...ServiceStateSchema.properties, memory });
  type State = Static<typeof ServiceStateSchema> & { readonly memory: Static<S> };
  const isState = (value: unknown): value is State => Value.Check(schema, value);
  void stopRequested().then(() => stopping.abort());
  return {
    client,
    wallet,
    signs,
    file: openStateFile<State>(`${base}.json`, { genesis, account }, isState),
    index: { folder: `${base}.index`, memoryLimit: memoryOf(options) },
    from: toHeight(await firstOf(client, options, first)),
    report,
    signal: stopping.signal,
  };
};

/** Opens the index of a service for as long as it runs. */
export const withReviewers = async (
  { client, index, report }: Pick<OpenedService<never>, 'client' | 'index' | 'report'>,
  run: (reviewers: ServiceReviewers) => Promise<void>,
): Promise<void> => {
  const log = logTo(report);
  const textCache = openServiceTextCache(client, {
    onWaiting: ({ missing, of, waitedMs }) =>
      log.info('waiting', 'waiting for texts', { missing, of, seconds: Math.round(waitedMs / 1000) }),
  });
  const restoring = openTextCache(client);
  const opened = await openTextIndex({ client, textCache, restoring }, index, (found) =>
    log.fault('index', 'a file of the index was not as it should be, and is made anew', found),
  );
  try {
    await run({ textCache, tracers: openTracers(client, textCache, opened) });
  } finally {
    await opened.close();
  }
};
