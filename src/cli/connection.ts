/** Which node a command talks to. */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { isDevnet } from '../../node/home-kind.ts';
import { createRpcClient, type RpcClient } from '../client/rpc-client.ts';
import { steadyClient } from '../client/steady-client.ts';
import type { Root } from '../lib/brands.ts';
import { equal, toHex } from '../lib/bytes.ts';
import { CodedError, type Fault, unwrap } from '../lib/errors.ts';
import { shownUrl } from '../lib/http-url.ts';
import { readVariable } from './environment.ts';
import { fault } from './errors.ts';
import { note } from './output.ts';
import { quoted } from './shell.ts';

export type ConnectionOptions = { readonly rpc?: string; readonly home?: string };

export const RPC_VARIABLE = 'OPENLEDGER_RPC';

export const withConnection = (command: Command): Command =>
  command
    .option('--rpc <url>', `the RPC of a node (default: $${RPC_VARIABLE})`)
    .option('--home <dir>', 'or the home of a node, or the folder of a devnet');

/**
 * Opens the node that the options name. The node of a home was asked for its chain.
 * @param signal - ends every request; without it, a request ends with its answer or its time limit
 * @throws CodedError `RPC_URL_MISSING`, `RPC_URL_INVALID`, `HOME_OTHER_NODE`, those of reading a home
 */
export const connect = async (options: ConnectionOptions, signal?: AbortSignal): Promise<RpcClient> => {
  const { rpc, home } = options;
  const client = createRpcClient(checkUrl(await urlOf(options)), {
    onSlowDown,
    ...(signal === undefined ? {} : { signal }),
  });
  if (rpc !== undefined && home !== undefined && isDevnet(resolve(home)))
    await checkNames(home, client.url, (await client.call('chain_getDomain')).genesisHash);
  return client;
};

/**
 * Opens the node that the options name, for a verb that waits: several nodes may answer at one URL, and what one of them has
 * said stays said.
 * @throws CodedError as {@link connect}, those of the client
 */
export const connectSteadily = async (options: ConnectionOptions): Promise<RpcClient> => {
  const client = await connect(options);
  return steadyClient(client, await client.call('chain_getDomain'), note);
};

/** Returns the chain of a home. The folder of a devnet has its genesis where the home of a node has it. */
const genesisOf = async (home: string): Promise<Root> => {
  const { homePaths } = await import('../../node/home.ts');
  const { readGenesis } = await import('../../node/genesis-file.ts');
  const { genesisHash } = await import('../../state/genesis.ts');
  return genesisHash(unwrap(readGenesis(homePaths(home).genesis)));
};

/**
 * Checks that the names and keys of a devnet are used on its own chain. On another chain nobody may have the key of an
 * account with such a name, or everybody.
 * @param where - what is of the chain `found`
 * @throws CodedError `HOME_OTHER_NODE`; of a folder that is no devnet, and so gives no names, it asks nothing
 */
export const checkNames = async (home: string, where: string, found: Root): Promise<void> => {
  const folder = resolve(home);
  if (!isDevnet(folder)) return;
  const genesis = await genesisOf(folder);
  if (equal(genesis, found)) return;
  const [own, other] = [toHex(genesis), toHex(found)];
  throw new CodedError(
    fault(
      'HOME_OTHER_NODE',
      `${where} is of the chain with the genesis ${other}, and the devnet in ${folder}, whose names and keys would be used, is of ${own}; leave out --home, or name a node of this devnet`,
      { home: folder, url: where, genesis: own, found: other },
    ),
  );
};

/** Returns options in which `--node`, another name of `--rpc`, stands as that. @throws CodedError `ARGUMENT_INVALID` for both */
export const nodeAsRpc = <T extends ConnectionOptions>({
  node,
  ...options
}: T & { readonly node?: string }): Omit<T, 'node'> => {
  if (node === undefined) return options;
  if (options.rpc !== undefined)
    throw new CodedError(fault('ARGUMENT_INVALID', '--rpc and --node each name a node: give one of them'));
  return { ...options, rpc: node };
};

/** The time between two lines about the pace. */
const SAID_MS = 10_000;
let saidAt = Number.NEGATIVE_INFINITY;

/** Says that a command waits because the node hears too much. */
const onSlowDown = ({ message }: Fault, pauseMs: number): void => {
  if (performance.now() - saidAt < SAID_MS) return;
  saidAt = performance.now();
  note(`the node asks to slow down (${message}); going on in ${(pauseMs / 1_000).toFixed(1)} s`);
};

const urlOf = async ({ rpc, home }: ConnectionOptions): Promise<string> => {
  if (rpc !== undefined) return rpc;
  if (home !== undefined) return urlOfHome(resolve(home));
  const fromEnvironment = readVariable(RPC_VARIABLE);
  if (fromEnvironment !== undefined) return fromEnvironment;
  throw new CodedError(
    fault('RPC_URL_MISSING', `which node? give --rpc URL or --home DIR, or set ${RPC_VARIABLE}`),
  );
};

/** An existing devnet, as it stands. */
export const readDevnet = async (home: string) => {
  // Loaded when needed: it brings the network's libraries along, which no other command needs.
  const { openDevnet } = await import('../../node/devnet/devnet.ts');
  return openDevnet({ home, nodes: undefined, basePort: undefined, genesis: undefined });
};

/** How long a node may be silent before the next one is asked too. */
const HEAD_START_MS = 1_000;
/** The most that a node may take to answer. */
const ANSWER_MS = 15_000;

/** Where the RPC of a node of a home should be, and the chain that the home is of. */
type Expected = { readonly home: string; readonly rpc: string; readonly genesis: Root };

/**
 * Returns the URL once the node there has said that it is of the chain of the home. A port is not the node: another one
 * may have it while this one is stopped.
 * @throws CodedError `HOME_OTHER_NODE`, those of the client
 */
const checkChain = async (client: RpcClient, { home, rpc, genesis }: Expected): Promise<string> => {
  const { genesisHash } = await client.call('chain_getDomain');
  if (equal(genesisHash, genesis)) return rpc;
  const [own, other] = [toHex(genesis), toHex(genesisHash)];
  throw new CodedError(
    fault(
      'HOME_OTHER_NODE',
      `another node answers at ${rpc}, the RPC of ${home}: it is of the chain with the genesis ${other}, and the home is of ${own}; start the node of this home on a port of its own, or name the other node with --rpc instead of --home`,
      { home, url: rpc, genesis: own, found: other },
    ),
  );
};

/**
 * The first of the nodes of a devnet that answers, in their order: a command finds at the same node what the one before it
 * has sent. A node of another chain is none of them.
 * @throws CodedError `HOME_OTHER_NODE` if only nodes of other chains answer; `RPC_UNREACHABLE` if none does
 */
const answering = async (
  home: string,
  nodes: readonly { readonly rpc: string }[],
  genesis: Root,
): Promise<string> => {
  const asked: Promise<string>[] = [];
  for (const { rpc } of nodes) {
    const client = createRpcClient(rpc, { timeoutMs: ANSWER_MS, retries: 0 });
    const found = checkChain(client, { home, rpc, genesis });
    asked.push(found);
    const settled = found.then(
      (url) => url,
      () => undefined,
    );
    // Those asked before may still answer, and one that refuses is not waited for.
    const first = await Promise.race([
      settled,
      sleep(HEAD_START_MS),
      ...asked.slice(0, -1).map(silentIfRefused),
    ]);
    if (first !== undefined) return first;
  }
  return Promise.any(asked).catch((error: unknown) => {
    const refusals: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
    const unreachable = fault(
      'RPC_UNREACHABLE',
      `none of the ${nodes.length} nodes of the devnet in ${home} answers; start it with "openledger devnet --home ${quoted(home)}"`,
      { home },
    );
    throw refusals.find(isOfOtherChain) ?? new CodedError(unreachable);
  });
};

const isOfOtherChain = (error: unknown): error is CodedError =>
  error instanceof CodedError && error.code === 'HOME_OTHER_NODE';

/** Never settles for one that refused. */
const silentIfRefused = (asked: Promise<string>): Promise<string> =>
  new Promise((resolve) => {
    asked.then(resolve, () => undefined);
  });

const urlOfHome = async (home: string): Promise<string> => {
  const { readConfig } = await import('../../node/home.ts');
  if (isDevnet(home)) return answering(home, (await readDevnet(home)).nodes, await genesisOf(home));
  const { httpUrl, ownHost } = await import('../../node/hosts.ts');
  const config = unwrap(readConfig(home));
  const rpc = httpUrl(ownHost(config.rpc.host), config.rpc.port);
  return checkChain(createRpcClient(rpc, { onSlowDown }), {
    home,
    rpc,
    genesis: await genesisOf(home),
  });
};

const checkUrl = (url: string): string => {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new CodedError(fault('RPC_URL_INVALID', `not an http URL: ${shownUrl(url)}`, { url: shownUrl(url) }));
};
