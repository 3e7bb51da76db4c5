/** Which node a command talks to. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { createRpcClient, type RpcClient } from '../client/rpc-client.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { fault } from './errors.ts';

export type ConnectionOptions = { readonly rpc?: string; readonly home?: string };

export const RPC_VARIABLE = 'OPENLEDGER_RPC';

export const withConnection = (command: Command): Command =>
  command
    .option('--rpc <url>', `the RPC of a node (default: $${RPC_VARIABLE})`)
    .option('--home <dir>', 'or the home of a node, or the folder of a devnet');

/** @throws CodedError `RPC_URL_MISSING`, `RPC_URL_INVALID`, those of reading a home */
export const connect = async (options: ConnectionOptions): Promise<RpcClient> =>
  createRpcClient(checkUrl(await urlOf(options)));

const urlOf = async ({ rpc, home }: ConnectionOptions): Promise<string> => {
  if (rpc !== undefined) return rpc;
  if (home !== undefined) return urlOfHome(resolve(home));
  const fromEnvironment = process.env[RPC_VARIABLE];
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment;
  throw new CodedError(
    fault('RPC_URL_MISSING', `which node? give --rpc URL or --home DIR, or set ${RPC_VARIABLE}`),
  );
};

export const isDevnet = (home: string): boolean => existsSync(join(home, 'devnet.json'));

/** An existing devnet, as it stands. */
export const readDevnet = async (home: string) => {
  // Loaded when needed: it brings the network's libraries along, which no other command needs.
  const { openDevnet } = await import('../../node/devnet/devnet.ts');
  return openDevnet({ home, nodes: undefined, basePort: undefined, genesis: undefined });
};

const urlOfHome = async (home: string): Promise<string> => {
  if (isDevnet(home)) {
    const [first] = (await readDevnet(home)).nodes;
    if (first !== undefined) return first.rpc;
  }
  const { readConfig } = await import('../../node/home.ts');
  const { httpUrl, ownHost } = await import('../../node/hosts.ts');
  const { rpc } = unwrap(readConfig(home));
  return httpUrl(ownHost(rpc.host), rpc.port);
};

const checkUrl = (url: string): string => {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new CodedError(
    fault('RPC_URL_INVALID', `not an http URL: ${url.slice(0, 200)}`, { url: url.slice(0, 200) }),
  );
};
