/** `openledger init`: makes a node's home, with fresh keys, and with free ports unless the port is given. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultConfig, portOf } from '../../node/config.ts';
import { readGenesis } from '../../node/genesis-file.ts';
import { createHome, peerIdOf, readKey } from '../../node/home.ts';
import { checkHost, httpUrl, isEveryAddress, tcpMultiaddr } from '../../node/hosts.ts';
import { chooseFreePorts } from '../../node/ports.ts';
import { checkStartable, genesisHash, genesisToJson } from '../../state/genesis.ts';
import { toHex } from '../lib/bytes.ts';
import { ed25519Signer } from '../lib/ed25519.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { note, print, printJsonLine } from './output.ts';
import { quoted } from './shell.ts';

type Options = {
  readonly home: string;
  readonly genesis?: string;
  readonly name?: string;
  readonly host: string;
  readonly p2pPort?: string;
  readonly json?: true;
};

/**
 * Returns the port for peers and the one of the RPC. The first is a part of the address that `init` prints for other
 * operators, so it can be given. It need not be free now.
 * @throws CodedError `ARGUMENT_INVALID`, `PORT_NONE_FREE`
 */
const portsFor = async (p2pPort: string | undefined): Promise<readonly [p2p: number, rpc: number]> => {
  const given = p2pPort === undefined ? undefined : portOf('--p2p-port', p2pPort, 1);
  const [first = 0, second = 0] = await chooseFreePorts(2);
  if (given === undefined) return [first, second];
  return [given, first === given ? second : first];
};

const run = async (options: Options): Promise<void> => {
  const root = resolve(options.home);
  const genesis = options.genesis === undefined ? undefined : unwrap(readGenesis(options.genesis));
  const refused = genesis === undefined ? undefined : checkStartable(genesis);
  if (refused !== undefined) throw new CodedError(refused);
  await checkHost(options.host);
  const name = options.name ?? basename(root).slice(0, 64);
  const [p2pPort, rpcPort] = await portsFor(options.p2pPort);
  const config = defaultConfig(name);
  const paths = await createHome({
    root,
    config: {
      ...config,
      p2p: { ...config.p2p, host: options.host, port: p2pPort },
      rpc: { ...config.rpc, port: rpcPort },
    },
    genesis: genesis === undefined ? undefined : genesisToJson(genesis),
  });
  const made = {
    home: root,
    name,
    publicKey: toHex(ed25519Signer(unwrap(readKey(paths.validatorKey))).publicKey),
    peer: `${tcpMultiaddr(options.host, p2pPort)}/p2p/${await peerIdOf(unwrap(readKey(paths.nodeKey)))}`,
    rpc: httpUrl(config.rpc.host, rpcPort),
    genesisHash: genesis === undefined ? null : toHex(genesisHash(genesis)),
  };
  if (options.json === true) printJsonLine(made);
  else print(text(made));
  if (isEveryAddress(options.host))
    note(`nobody can reach ${options.host}: in the peer address, write the address of this machine instead`);
};

const text = (made: {
  readonly home: string;
  readonly publicKey: string;
  readonly peer: string;
  readonly rpc: string;
  readonly genesisHash: string | null;
}): string =>
  [
    `home        ${made.home}`,
    `validator   ${made.publicKey}`,
    `peer        ${made.peer}`,
    `rpc         ${made.rpc}`,
    made.genesisHash === null
      ? `genesis     none yet: agree on one, then copy it to ${made.home}/genesis.json`
      : `genesis     ${made.genesisHash}`,
    `next        openledger start --home ${quoted(made.home)}${made.genesisHash === null ? '' : ' --peers MULTIADDR'}`,
  ].join('\n');

export const registerInit = (program: Command): void => {
  program
    .command('init')
    .description('make a home for a node: keys, config, free ports')
    .requiredOption('--home <dir>', 'where: absent, or an empty directory')
    .option('--genesis <file>', 'the genesis of the chain to join; can be added later')
    .option('--name <name>', 'of the node (default: the last part of its home)')
    .option('--host <host>', 'where other nodes reach it: an IPv4 or IPv6 address, or a name', '127.0.0.1')
    .option('--p2p-port <port>', 'the port at which other nodes reach it (default: a free one)')
    .option('--json', 'one JSON object')
    .action(run);
};
