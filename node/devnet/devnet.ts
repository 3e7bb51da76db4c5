/**
 * A local network: one genesis, one home a validator, named accounts with money. Made once, then started again and
 * again from the same folder.
 *
 *   DIR/genesis.json  DIR/devnet.json (names, accounts; for its owner alone)  DIR/<name>/ (a home each)
 *   DIR/peers.txt (the addresses of all, as "start --peers" takes them)
 */
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { toHex } from '../../src/lib/bytes.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { ed25519Signer, validatorAddress } from '../../src/lib/ed25519.ts';
import { CodedError, ok, unwrap } from '../../src/lib/errors.ts';
import { readJson, SECRET_MODE, writeFileAtomic } from '../../src/lib/files.ts';
import { addressOfPrivateKey, randomPrivateKey } from '../../src/lib/secp256k1.ts';
import { checkGenesis, type Genesis, genesisToJson } from '../../state/genesis.ts';
import { OPEN } from '../../state/modules/ledger/accounts.ts';
import { defaultConfig } from '../config.ts';
import { fault, type Result } from '../errors.ts';
import { defaultGenesis, readGenesis } from '../genesis-file.ts';
import {
  createHome,
  homePaths,
  isVacant,
  makeIn,
  peerIdOf,
  readConfig,
  readKey,
  writeConfig,
} from '../home.ts';
import { devnetFile, isNodeHome } from '../home-kind.ts';
import { httpUrl, tcpMultiaddr } from '../hosts.ts';
import { chooseFreePorts } from '../ports.ts';

const AccountFile = Type.Object({
  name: Type.String(),
  address: Type.String({ pattern: '^0x[0-9a-f]{40}$' }),
  privateKey: Type.String({ pattern: '^0x[0-9a-f]{64}$' }),
});
const DevnetFile = Type.Object({
  nodes: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
  accounts: Type.Array(AccountFile),
});

export type DevnetAccount = Static<typeof AccountFile>;

export type DevnetNode = {
  readonly name: string;
  readonly home: string;
  /** http URL. */
  readonly rpc: string;
  /** Multiaddr. */
  readonly p2p: string;
  /** The consensus address of its validator, as headers name it. */
  readonly validator: string;
};

export type Devnet = {
  readonly home: string;
  readonly chainId: bigint;
  readonly nodes: readonly DevnetNode[];
  readonly accounts: readonly DevnetAccount[];
};

const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi'];
const ATTESTORS = ['attestor-1', 'attestor-2'];
const PERSON_BALANCE = 1_000_000n * OPEN;
const ATTESTOR_BOND = 100_000n * OPEN;
const STAKE = 10_000_000n * OPEN;

/** The most nodes of one devnet: they share this machine. */
export const MAX_DEVNET_NODES = 32;

const newAccount = (name: string): DevnetAccount => {
  const privateKey = randomPrivateKey();
  return { name, address: toHex(addressOfPrivateKey(privateKey)), privateKey: toHex(privateKey) };
};

const addressOf = (account: DevnetAccount) =>
  addressOfPrivateKey(Buffer.from(account.privateKey.slice(2), 'hex'));

export type NewDevnet = {
  readonly home: string;
  readonly nodes: number;
  readonly basePort: number | undefined;
  /** The differences from the default genesis, for networks that shorten delays. */
  readonly genesis: Genesis;
};

/** Makes the folder. @throws `HOME_NOT_EMPTY`, `PORT_IN_USE`, and what a genesis of these nodes could not be. */
const createDevnet = async ({ home, nodes, basePort, genesis }: NewDevnet): Promise<void> => {
  const names = Array.from({ length: nodes }, (_, i) => `node-${i + 1}`);
  const ports = await chooseFreePorts(2 * nodes, basePort);
  for (const [i, name] of names.entries()) {
    const config = defaultConfig(name);
    await createHome({
      root: join(home, name),
      config: {
        ...config,
        p2p: { ...config.p2p, port: ports[2 * i] ?? 0 },
        rpc: { ...config.rpc, port: ports[2 * i + 1] ?? 0 },
      },
      genesis: undefined,
    });
  }
  const accounts = [...PEOPLE, ...ATTESTORS, ...names].map(newAccount);
  const named = new Map(accounts.map((account) => [account.name, account]));
  const accountAddress = (name: string) => {
    const found = named.get(name);
    if (found === undefined) throw new CodedError(fault('INTERNAL_INVARIANT', `no account is named ${name}`));
    return addressOf(found);
  };
  const made = unwrap(
    checkGenesis({
      ...genesis,
      time: systemClock.now(),
      accounts: accounts.map((account) => ({ address: addressOf(account), balance: PERSON_BALANCE })),
      validators: names.map((name) => ({
        name,
        publicKey: ed25519Signer(unwrap(readKey(homePaths(join(home, name)).validatorKey))).publicKey,
        stake: STAKE,
        payout: accountAddress(name),
      })),
      attestors: ATTESTORS.map((name) => ({
        address: accountAddress(name),
        payout: accountAddress(name),
        bond: ATTESTOR_BOND,
      })),
    }),
  );
  const json = `${JSON.stringify(genesisToJson(made), null, 2)}\n`;
  for (const name of names) writeFileAtomic(homePaths(join(home, name)).genesis, json);
  await connectHomes(home, names);
  writeFileAtomic(join(home, 'genesis.json'), json);
  writeFileAtomic(
    join(home, 'peers.txt'),
    `${(await Promise.all(names.map((name) => multiaddrOf(join(home, name))))).join(',')}\n`,
  );
  // Last: a folder with this file is a whole devnet.
  writeFileAtomic(devnetFile(home), `${JSON.stringify({ nodes: names, accounts }, null, 2)}\n`, SECRET_MODE);
};

/** Writes into every config the addresses of all the others. */
const connectHomes = async (home: string, names: readonly string[]): Promise<void> => {
  const addresses = new Map<string, string>();
  for (const name of names) addresses.set(name, await multiaddrOf(join(home, name)));
  for (const name of names) {
    const root = join(home, name);
    const config = unwrap(readConfig(root));
    const peers = names.filter((other) => other !== name).map((other) => addresses.get(other) ?? '');
    writeConfig(root, { ...config, p2p: { ...config.p2p, peers } });
  }
};

const multiaddrOf = async (root: string): Promise<string> => {
  const { p2p } = unwrap(readConfig(root));
  const id = await peerIdOf(unwrap(readKey(homePaths(root).nodeKey)));
  return `${tcpMultiaddr(p2p.host, p2p.port)}/p2p/${id}`;
};

const loadDevnet = async (home: string): Promise<Devnet> => {
  const file = unwrap(readJson(devnetFile(home)));
  if (!Value.Check(DevnetFile, file))
    throw new CodedError(fault('DEVNET_INVALID', `${devnetFile(home)} is not what devnet wrote`, { home }));
  const { chainId } = unwrap(readGenesis(join(home, 'genesis.json')));
  const nodes: DevnetNode[] = [];
  for (const name of file.nodes) {
    const root = join(home, name);
    const { rpc } = unwrap(readConfig(root));
    const { publicKey } = ed25519Signer(unwrap(readKey(homePaths(root).validatorKey)));
    nodes.push({
      name,
      home: root,
      rpc: httpUrl(rpc.host, rpc.port),
      p2p: await multiaddrOf(root),
      validator: toHex(validatorAddress(publicKey)),
    });
  }
  return { home, chainId, nodes, accounts: file.accounts };
};

const exists = (home: string): Result<boolean> => {
  const file = readJson(devnetFile(home));
  if (file.ok) return ok(true);
  return file.fault.code === 'FILE_MISSING' ? ok(false) : file;
};

export type OpenDevnet = {
  readonly home: string;
  /** Undefined: as many as there are, or four. */
  readonly nodes: number | undefined;
  readonly basePort: number | undefined;
  /** Undefined: the default genesis. Only for a new devnet. */
  readonly genesis: string | undefined;
  /** Changes the default genesis of a new devnet. */
  readonly adjust?: (genesis: Genesis) => Genesis;
};

/**
 * The devnet in the folder, made first if the folder is absent or empty. @throws `HOME_NOT_EMPTY` for a folder of
 * something else, `DEVNET_MISMATCH` where the flags ask for another network than the one that is there.
 */
export const openDevnet = async ({
  home,
  nodes,
  basePort,
  genesis,
  adjust = (each) => each,
}: OpenDevnet): Promise<Devnet> => {
  if (!unwrap(exists(home))) {
    if (!isVacant(home))
      throw new CodedError(
        fault(
          'HOME_NOT_EMPTY',
          isNodeHome(home)
            ? `${home} is the home of one node: run it with "openledger start --home ${home}", or choose another --home for a devnet`
            : `${home} is not empty and holds no devnet; choose another --home`,
          { home },
        ),
      );
    const base = genesis === undefined ? adjust(defaultGenesis()) : unwrap(readGenesis(genesis));
    await makeIn(home, () => createDevnet({ home, nodes: nodes ?? 4, basePort, genesis: base }));
    return loadDevnet(home);
  }
  const there = await loadDevnet(home);
  const mismatch = (what: string): never => {
    throw new CodedError(
      fault('DEVNET_MISMATCH', `${home} holds a devnet already; ${what}`, {
        home,
        nodes: there.nodes.length,
      }),
    );
  };
  if (nodes !== undefined && nodes !== there.nodes.length)
    return mismatch(
      `it has ${there.nodes.length} nodes, not ${nodes}: leave out --nodes, or choose another --home`,
    );
  if (genesis !== undefined) return mismatch('--genesis is for a new one');
  if (basePort !== undefined && unwrap(readConfig(there.nodes[0]?.home ?? home)).p2p.port !== basePort)
    return mismatch('its ports are chosen: leave out --base-port, or change them in the configs');
  return there;
};
