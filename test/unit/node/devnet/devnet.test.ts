import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Devnet, type OpenDevnet, openDevnet } from '../../../../node/devnet/devnet.ts';
import { readGenesis } from '../../../../node/genesis-file.ts';
import { homePaths, readConfig, readKey } from '../../../../node/home.ts';
import { chooseFreePorts } from '../../../../node/ports.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { ed25519Signer, validatorAddress } from '../../../../src/lib/ed25519.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { addressOfPrivateKey } from '../../../../src/lib/secp256k1.ts';
import { checkStartable, genesisHash } from '../../../../state/genesis.ts';
import { temporaryFolder, thrown } from '../support.ts';

const asked = (home: string, change: Partial<OpenDevnet> = {}): OpenDevnet => ({
  home,
  nodes: undefined,
  basePort: undefined,
  genesis: undefined,
  ...change,
});

const genesisOf = (home: string) => unwrap(readGenesis(join(home, 'genesis.json')));

describe('a new devnet', () => {
  let home: string;
  let devnet: Devnet;
  const made = async (): Promise<void> => {
    home = join(temporaryFolder(), 'net');
    devnet = await openDevnet(asked(home, { nodes: 3 }));
  };

  test('has one genesis, of which every home holds a copy', async () => {
    await made();
    const genesis = genesisOf(home);
    expect(checkStartable(genesis)).toBeUndefined();
    for (const node of devnet.nodes)
      expect(readFileSync(homePaths(node.home).genesis)).toEqual(readFileSync(join(home, 'genesis.json')));
    expect(devnet.chainId).toBe(genesis.chainId);
  });

  test('has each node as a validator, with its own key, addresses and the addresses of all the others', async () => {
    await made();
    const keys = genesisOf(home).validators.map(({ publicKey }) => toHex(publicKey));
    const ports = devnet.nodes.flatMap(({ rpc, p2p }) => [new URL(rpc).port, p2p.split('/')[4]]);
    expect(new Set(ports).size).toBe(6);
    for (const node of devnet.nodes) {
      const { publicKey } = ed25519Signer(unwrap(readKey(homePaths(node.home).validatorKey)));
      expect(keys).toContain(toHex(publicKey));
      expect(node.validator).toBe(toHex(validatorAddress(publicKey)));
      expect(node.home).toBe(join(home, node.name));
      expect(unwrap(readConfig(node.home)).p2p.peers).toEqual(
        devnet.nodes.filter((other) => other !== node).map(({ p2p }) => p2p),
      );
    }
  });

  test('has named accounts with money, whose keys only its owner can read', async () => {
    await made();
    const balances = new Map<string, bigint>(
      genesisOf(home).accounts.map((each) => [toHex(each.address), each.balance]),
    );
    expect(devnet.accounts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['alice', 'bob', 'attestor-1', 'node-1']),
    );
    for (const { address, privateKey } of devnet.accounts) {
      expect(toHex(addressOfPrivateKey(Buffer.from(privateKey.slice(2), 'hex')))).toBe(address);
      expect(balances.get(address)).toBeGreaterThan(0n);
    }
    expect(statSync(join(home, 'devnet.json')).mode & 0o777).toBe(0o600);
  });

  test('is another chain than any other devnet, in its hash if not in its number', async () => {
    const one = join(temporaryFolder(), 'net');
    const two = join(temporaryFolder(), 'net');
    await openDevnet(asked(one, { nodes: 1 }));
    await openDevnet(asked(two, { nodes: 1 }));
    expect(toHex(genesisHash(genesisOf(one)))).not.toBe(toHex(genesisHash(genesisOf(two))));
  });

  test('takes an existing empty folder, and no other', async () => {
    const empty = temporaryFolder();
    expect((await openDevnet(asked(empty, { nodes: 1 }))).nodes).toHaveLength(1);
    const other = temporaryFolder();
    writeFileSync(join(other, 'diary.txt'), 'mine');
    expect(await thrown(() => openDevnet(asked(other)))).toMatchObject({ code: 'HOME_NOT_EMPTY' });
    expect(readFileSync(join(other, 'diary.txt'), 'utf8')).toBe('mine');
  });

  test('takes its ports from a base on, and makes nothing if one of them is in use', async () => {
    const [base = 0] = await chooseFreePorts(1);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ port: base, host: '127.0.0.1' }, resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const folder = join(temporaryFolder(), 'net');
    expect(await thrown(() => openDevnet(asked(folder, { nodes: 1, basePort: base })))).toMatchObject({
      code: 'PORT_IN_USE',
      data: { port: base },
    });
    expect(() => statSync(folder)).toThrow('ENOENT');
  });

  test('takes the parameters of the genesis it is given, and says what is wrong with that', async () => {
    const folder = temporaryFolder();
    const template = join(folder, 'template.json');
    const base = JSON.parse(readFileSync(new URL('../../../../genesis.json', import.meta.url), 'utf8')) as {
      params: { escrow: { withdrawDelay: number } };
      chainId: string;
    };
    base.params.escrow.withdrawDelay = 400;
    base.chainId = '777';
    writeFileSync(template, JSON.stringify(base));
    const home = join(folder, 'net');
    expect((await openDevnet(asked(home, { nodes: 1, genesis: template }))).chainId).toBe(777n);
    expect(genesisOf(home).params.escrow.withdrawDelay).toBe(400);
    writeFileSync(template, JSON.stringify({ ...base, chainId: '1612' }));
    const refused = await thrown(() => openDevnet(asked(join(folder, 'other'), { genesis: template })));
    expect(refused).toMatchObject({ code: 'GENESIS_CHAIN_ID' });
    expect(refused.message).toContain(template);
  });
});

describe('a devnet that is there', () => {
  let home: string;
  let devnet: Devnet;
  const folder = mkdtempSync(join(tmpdir(), 'openledger-devnet-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    home = join(folder, 'net');
    devnet = await openDevnet(asked(home, { nodes: 2 }));
  });

  /** A copy, to be damaged. */
  const copy = (): string => {
    const other = join(temporaryFolder(), 'copy');
    cpSync(home, other, { recursive: true });
    return other;
  };

  test('is opened as it was made', async () => {
    expect(await openDevnet(asked(home))).toEqual(devnet);
    expect(await openDevnet(asked(home, { nodes: 2 }))).toEqual(devnet);
  });

  test('is not made into another one by flags', async () => {
    const before = readFileSync(join(home, 'devnet.json'), 'utf8');
    for (const change of [{ nodes: 3 }, { basePort: 1_234 }, { genesis: 'any.json' }])
      expect(await thrown(() => openDevnet(asked(home, change)))).toMatchObject({ code: 'DEVNET_MISMATCH' });
    expect(readFileSync(join(home, 'devnet.json'), 'utf8')).toBe(before);
  });

  test('is refused, not made anew, where its file is damaged or a home is gone', async () => {
    const broken = copy();
    writeFileSync(join(broken, 'devnet.json'), '{');
    expect(await thrown(() => openDevnet(asked(broken)))).toMatchObject({ code: 'FILE_NOT_JSON' });
    writeFileSync(join(broken, 'devnet.json'), '{"nodes":[],"accounts":[]}');
    expect(await thrown(() => openDevnet(asked(broken)))).toMatchObject({ code: 'DEVNET_INVALID' });

    const short = copy();
    rmSync(join(short, 'node-2'), { recursive: true });
    expect(await thrown(() => openDevnet(asked(short)))).toMatchObject({ code: 'HOME_MISSING' });
  });

  test('whose creation was interrupted is not used, and not overwritten', async () => {
    const half = copy();
    rmSync(join(half, 'devnet.json'));
    const key = readFileSync(homePaths(join(half, 'node-1')).validatorKey, 'utf8');
    expect(await thrown(() => openDevnet(asked(half)))).toMatchObject({ code: 'HOME_NOT_EMPTY' });
    expect(readFileSync(homePaths(join(half, 'node-1')).validatorKey, 'utf8')).toBe(key);
  });

  test('a folder that cannot be created is reported', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const refused = await thrown(() => openDevnet(asked(join(file, 'net'))));
    expect(refused).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(refused.message).toContain(file);
  });
});
