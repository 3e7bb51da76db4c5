/** `openledger init`: makes a node's home, with fresh keys and free ports. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { defaultConfig } from '../../node/config.ts';
import { readGenesis } from '../../node/genesis-file.ts';
import { createHome, peerIdOf, readKey } from '../../node/home.ts';
import { chooseFreePorts } from '../../node/ports.ts';
import { checkStartable, genesisHash, genesisToJson } from '../../state/genesis.ts';
import { toHex } from '../lib/bytes.ts';
import { ed25519Signer } from '../lib/ed25519.ts';
import { CodedError, unwrap } from '../lib/errors.ts';

type Options = {
  readonly home: string;
  readonly genesis?: string;
  readonly name?: string;
  readonly host: string;
  readonly json?: true;
};

const run = async (options: Options): Promise<void> => {
  const root = resolve(options.home);
  const genesis = options.genesis === undefined ? undefined : unwrap(readGenesis(options.genesis));
  const refused = genesis === undefined ? undefined : checkStartable(genesis);
  if (refused !== undefined) throw new CodedError(refused);
  const name = options.name ?? basename(root);
  const [p2pPort, rpcPort] = await chooseFreePorts(2);
  const config = defaultConfig(name);
  const paths = await createHome({
    root,
    config: {
      ...config,
      p2p: { ...config.p2p, host: options.host, port: p2pPort ?? 0 },
      rpc: { ...config.rpc, port: rpcPort ?? 0 },
    },
    genesis: genesis === undefined ? undefined : genesisToJson(genesis),
  });
  const made = {
    home: root,
    name,
    publicKey: toHex(ed25519Signer(unwrap(readKey(paths.validatorKey))).publicKey),
    peer: `/ip4/${options.host}/tcp/${p2pPort}/p2p/${await peerIdOf(unwrap(readKey(paths.nodeKey)))}`,
    rpc: `http://${config.rpc.host}:${rpcPort}`,
    genesisHash: genesis === undefined ? null : toHex(genesisHash(genesis)),
  };
  process.stdout.write(options.json === true ? `${JSON.stringify(made)}\n` : text(made));
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
    `next        openledger start --home ${made.home}${made.genesisHash === null ? '' : ' --peers MULTIADDR'}`,
    '',
  ].join('\n');

export const registerInit = (program: Command): void => {
  program
    .command('init')
    .description('make a home for a node: keys, config, free ports')
    .requiredOption('--home <dir>', 'where: absent, or an empty directory')
    .option('--genesis <file>', 'the genesis of the chain to join; can be added later')
    .option('--name <name>', 'of the node (default: the last part of its home)')
    .option('--host <ip>', 'the address at which other nodes reach it', '127.0.0.1')
    .option('--json', 'one JSON object')
    .action(run);
};
