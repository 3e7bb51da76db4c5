/** What keeps a command from its work is said in one line, with an exit code other than 0, and costs nothing. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readWal } from '../../consensus/shell/wal.ts';
import { openDevnet } from '../../node/devnet/devnet.ts';
import { homePaths, readConfig } from '../../node/home.ts';
import { chooseFreePorts } from '../../node/ports.ts';
import { createRpcClient, type RpcClient } from '../../src/client/rpc-client.ts';
import { toHeight } from '../../src/lib/brands.ts';
import { unwrap } from '../../src/lib/errors.ts';
import type { Genesis } from '../../state/genesis.ts';
import {
  type Command,
  eventually,
  type Finished,
  grows,
  heightOf,
  lives,
  OPENLEDGER,
  openWorkshop,
  result,
  startDevnet,
} from './processes.ts';

const shop = openWorkshop();
afterAll(() => shop.close());

/** Made, and not started. */
const newNet = async (
  name: string,
  nodes: number,
  adjust?: (genesis: Genesis) => Genesis,
): Promise<readonly string[]> => {
  const home = join(shop.folder, name);
  const given = adjust === undefined ? {} : { adjust };
  const made = await openDevnet({ home, nodes, basePort: undefined, genesis: undefined, ...given });
  return made.nodes.map((node) => node.home);
};

const clientOf = (home: string): RpcClient =>
  createRpcClient(`http://127.0.0.1:${unwrap(readConfig(home)).rpc.port}`);

/** Starts the node and waits until it answers. */
const up = async (home: string): Promise<Command> => {
  const node = shop.run('start', '--home', home);
  await eventually(`${home} answers`, async () => (await heightOf(clientOf(home))) >= 0n);
  return node;
};

const endsWell = async (node: Command): Promise<void> => {
  node.kill('SIGINT');
  expect(await node.ended).toEqual({ code: 0, signal: null });
};

/** The node runs and decides blocks, beginning where it was. @returns the height it has reached */
const runs = async (home: string, from = 0n): Promise<bigint> => {
  const node = await up(home);
  const client = clientOf(home);
  expect(await heightOf(client)).toBeGreaterThanOrEqual(from);
  await grows(client, 1n);
  const reached = await heightOf(client);
  await endsWell(node);
  return reached;
};

/** Its last line says why it ended; there is one such line, and no stack. @returns that line */
const refused = ({ code, signal, err }: Finished, expected: string, exit = 1): string => {
  expect({ code, signal }).toEqual({ code: exit, signal: null });
  const lines = err.trimEnd().split('\n');
  const last = lines.at(-1) ?? '';
  expect(last).toMatch(new RegExp(`^error ${expected}: .`));
  expect(lines.filter((line) => line.startsWith('error '))).toHaveLength(1);
  expect(err).not.toMatch(/^\s+at /m);
  return last;
};

/** Nothing but that line. */
const refusedAtOnce = (ended: Finished, expected: string, exit = 1): string => {
  expect(ended.out).toBe('');
  expect(ended.err.trimEnd().split('\n')).toHaveLength(1);
  return refused(ended, expected, exit);
};

describe('the home of a node', () => {
  let home: string;
  let other: string;
  let height: bigint;
  beforeAll(async () => {
    [home = ''] = await newNet('damaged', 1);
    [other = ''] = await newNet('other', 1);
    height = await runs(home);
  });

  /** What must stand as it was, whatever was refused. */
  const precious = (): readonly string[] => {
    const { config, genesis, validatorKey, nodeKey, signState } = homePaths(home);
    return [config, genesis, validatorKey, nodeKey, signState].map((path) => readFileSync(path, 'utf8'));
  };

  type Damage = {
    readonly what: string;
    readonly path: keyof ReturnType<typeof homePaths>;
    /** What the file becomes; undefined: it is taken away. */
    readonly change: (text: string) => string | undefined;
    readonly code: string;
    readonly says: RegExp;
  };

  const damages: readonly Damage[] = [
    {
      what: 'a config that is no TOML',
      path: 'config',
      change: () => 'name = = "x"',
      code: 'CONFIG_NOT_TOML',
      says: /config\.toml/,
    },
    {
      what: 'a config with a misspelt key',
      path: 'config',
      change: (text) => text.replace('max_batch', 'max_bath'),
      code: 'CONFIG_INVALID',
      says: /config\.toml: rpc\.max_bath/,
    },
    {
      what: 'a config with a peer that is no address',
      path: 'config',
      change: (text) => text.replace('peers = []', 'peers = ["localhost:1234"]'),
      code: 'P2P_PEER_ADDRESS',
      says: /localhost:1234/,
    },
    {
      what: 'no genesis',
      path: 'genesis',
      change: () => undefined,
      code: 'FILE_MISSING',
      says: /genesis\.json/,
    },
    {
      what: 'half a genesis',
      path: 'genesis',
      change: (text) => text.slice(0, 500),
      code: 'FILE_NOT_JSON',
      says: /genesis\.json/,
    },
    {
      what: 'the genesis of another chain than that of its database',
      path: 'genesis',
      change: () => readFileSync(homePaths(other).genesis, 'utf8'),
      code: 'HOME_OTHER_CHAIN',
      says: /genesis 0x.* not of 0x.* delete data\/chain\/ and data\/wal\//,
    },
    {
      what: 'a validator key without its sign-state',
      path: 'signState',
      change: () => undefined,
      code: 'SIGN_STATE_MISSING',
      says: /sign-state\.json/,
    },
    {
      what: 'a damaged sign-state',
      path: 'signState',
      change: (text) => text.replace(/"height": "[0-9]+"/, '"height": "0"'),
      code: 'SIGN_STATE_CORRUPT',
      says: /sign-state\.json/,
    },
    {
      what: 'the sign-state of another key',
      path: 'signState',
      change: () => readFileSync(homePaths(other).signState, 'utf8'),
      code: 'SIGN_STATE_KEY',
      says: /sign-state\.json/,
    },
    {
      what: 'no validator key',
      path: 'validatorKey',
      change: () => undefined,
      code: 'FILE_MISSING',
      says: /validator\.json/,
    },
    {
      what: 'a validator key whose halves differ',
      path: 'validatorKey',
      change: (text) => text.replace(/("seed": "0x)../, '$1ff').replace(/("seed": "0xff)../, '$1ff'),
      code: 'KEY_FILE_INVALID',
      says: /validator\.json/,
    },
  ];

  test.each(damages)('with $what is refused', async ({ path, change, code, says }) => {
    const before = precious();
    const file = homePaths(home)[path];
    const text = readFileSync(file, 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    if (changed === undefined) rmSync(file);
    else writeFileSync(file, changed);
    try {
      expect(refusedAtOnce(await shop.finish('start', '--home', home), code)).toMatch(says);
    } finally {
      writeFileSync(file, text);
    }
    expect(precious()).toEqual(before);
  });

  test('with a damaged database is refused', async () => {
    const current = join(homePaths(home).chain, 'CURRENT');
    const text = readFileSync(current, 'utf8');
    writeFileSync(current, 'MANIFEST-999999');
    const line = refusedAtOnce(await shop.finish('start', '--home', home), 'STORE_(CORRUPT|OPEN)');
    expect(line).toContain(homePaths(home).chain);
    writeFileSync(current, text);
  });

  test('goes on where it was once all that is put right', async () => {
    const reached = await runs(home, height);
    expect(reached).toBeGreaterThan(height);
  });

  test('is refused while another process has it, which goes on', async () => {
    const node = await up(home);
    expect(refusedAtOnce(await shop.finish('start', '--home', home), 'HOME_IN_USE')).toContain(home);
    const devnet = await shop.finish('devnet', '--home', join(home, '..'), '--json');
    expect(refused(devnet, 'DEVNET_PORT_IN_USE')).toContain('node-1');
    expect(devnet.out).toBe('');
    await grows(clientOf(home), 1n);
    await endsWell(node);
  });

  test('that is none is refused, and how to make one is said', async () => {
    const none = join(shop.folder, 'none');
    expect(refusedAtOnce(await shop.finish('start', '--home', none), 'HOME_MISSING')).toContain(
      'openledger init',
    );
    expect(existsSync(none)).toBe(false);
  });
});

describe('a port in use', () => {
  const occupy = async (port: number): Promise<void> => {
    const server = createServer();
    await new Promise<void>((done) => server.listen({ port, host: '127.0.0.1' }, done));
    onTestFinished(() => new Promise<void>((done) => server.close(() => done())));
  };

  test('is named, with the flag that chooses another', async () => {
    const [home = ''] = await newNet('ports', 1);
    const { rpc, p2p } = unwrap(readConfig(home));
    const [free = 0] = await chooseFreePorts(1);
    await occupy(rpc.port);
    const line = refused(await shop.finish('start', '--home', home), 'RPC_PORT_IN_USE');
    expect(line).toContain(`${rpc.port}`);
    expect(line).toContain('--rpc-port');
    await occupy(p2p.port);
    const second = refused(
      await shop.finish('start', '--home', home, '--rpc-port', `${free}`),
      'P2P_PORT_IN_USE',
    );
    expect(second).toContain(`${p2p.port}`);
  });

  test('keeps a devnet from being made at all', async () => {
    const [base = 0] = await chooseFreePorts(1);
    await occupy(base);
    const home = join(shop.folder, 'from-base');
    const args = ['devnet', '--home', home, '--nodes', '1', '--base-port', `${base}`];
    expect(refusedAtOnce(await shop.finish(...args), 'PORT_IN_USE')).toContain(`${base}`);
    expect(existsSync(home)).toBe(false);
  });
});

describe('what is asked for wrongly', () => {
  const wrong: readonly (readonly [args: readonly string[], code: string, says: string])[] = [
    [['frobnicate'], 'USAGE', 'frobnicate'],
    [['start'], 'USAGE', '--home'],
    [['start', '--home', 'x', '--frob'], 'USAGE', '--frob'],
    [['start', '--home'], 'USAGE', '--home'],
    [['devnet', '--nodes', 'four'], 'ARGUMENT_INVALID', '--nodes'],
    [['devnet', '--nodes', '0'], 'ARGUMENT_INVALID', '--nodes'],
    [['devnet', '--base-port', '80'], 'ARGUMENT_INVALID', '--base-port'],
    [['query', 'node_status', '--rpc', 'ftp://x'], 'RPC_URL_INVALID', 'ftp://x'],
    [['status', '--rpc', 'http://127.0.0.1:1'], 'RPC_UNREACHABLE', 'http://127.0.0.1:1'],
  ];
  test.each(wrong)('openledger %j', async (args, code, says) => {
    const exit = code === 'RPC_UNREACHABLE' ? 3 : 2;
    expect(refusedAtOnce(await shop.finish(...args), code, exit)).toContain(says);
  });

  test('a devnet in a folder that is not empty', async () => {
    const home = join(shop.folder, 'diary');
    mkdirSync(home);
    writeFileSync(join(home, 'diary.txt'), 'mine');
    refusedAtOnce(await shop.finish('devnet', '--home', home), 'HOME_NOT_EMPTY');
    refusedAtOnce(await shop.finish('init', '--home', home), 'HOME_NOT_EMPTY');
    expect(readdirSync(home)).toEqual(['diary.txt']);
  });

  test('a key with another password than its own, which still opens it', async () => {
    const keystore = join(shop.folder, 'keys');
    const [right, wrongOne] = [join(shop.folder, 'right'), join(shop.folder, 'wrong')];
    writeFileSync(right, 'correct horse\n');
    writeFileSync(wrongOne, 'battery staple\n');
    const keys = (...args: readonly string[]) => shop.finish('keys', ...args, '--keystore', keystore);
    expect((await keys('new', 'ada', '--password-file', right)).code).toBe(0);
    const file = readFileSync(join(keystore, 'ada.json'), 'utf8');
    const show = ['show', 'ada', '--private-key', '--password-file'];
    expect(refusedAtOnce(await keys(...show, wrongOne), 'KEY_PASSWORD_WRONG')).toContain('ada');
    expect(readFileSync(join(keystore, 'ada.json'), 'utf8')).toBe(file);
    expect((await keys(...show, right)).out).toMatch(/^0x[0-9a-f]{64}$/);
  });
});

/** Where the first payload of a consensus log begins: after the head of the file and that of the record. */
const FIRST_PAYLOAD = 24 + 12;

test('a consensus log that is damaged in its middle is not run on, nor cut', async () => {
  const [home = '', partner = ''] = await newNet('wal', 2);
  const node = await up(home);
  const first = await up(partner);
  await grows(clientOf(home), 1n);
  // Alone it decides nothing more, and the log of its height stays.
  await endsWell(first);
  let height = 0n;
  const logOf = (): string => join(homePaths(home).wal, `${height}.wal`);
  await eventually('its log holds more than one record', async () => {
    height = 1n + (await heightOf(clientOf(home)));
    if (!existsSync(logOf())) return false;
    const content = readWal(readFileSync(logOf()), toHeight(height));
    return content.ok && content.value.entries.length > 1;
  });
  node.kill('SIGKILL');
  await node.ended;
  const log = logOf();

  const whole = readFileSync(log);
  const damaged = Uint8Array.from(whole);
  damaged[FIRST_PAYLOAD] = (damaged[FIRST_PAYLOAD] ?? 0) ^ 1;
  writeFileSync(log, damaged);
  const line = refused(await shop.finish('start', '--home', home), 'WAL_CORRUPT');
  expect(line).toContain(`height ${height} is corrupt at byte 24`);
  expect(Buffer.compare(readFileSync(log), damaged)).toBe(0);

  // Put right, it goes on, and with its partner it decides.
  writeFileSync(log, whole);
  const both = [await up(home), await up(partner)];
  await grows(clientOf(home), 1n);
  for (const each of both) await endsWell(each);
});

describe('a full disk', () => {
  /** The command in a shell that lets no file grow past some blocks of 512 or 1,024 bytes. */
  const within = (blocks: number, ...args: readonly string[]): Command =>
    shop.runGroup('/bin/sh', '-c', `ulimit -f ${blocks} && exec "$@"`, 'sh', ...OPENLEDGER, ...args);

  test('stops a node in its work; with room again, it goes on where it was', async () => {
    // The texts of a commons would fill the disk before the first block.
    const [home = ''] = await newNet('full', 1, (genesis) => ({ ...genesis, commons: undefined }));
    const node = within(24, 'start', '--home', home);
    let reached = 0n;
    const watch = eventually('the node stops', async () => {
      reached = await heightOf(clientOf(home)).catch(() => reached);
      return !lives(node.pid);
    });
    const ended = await result(node);
    await watch;
    expect(refused(ended, '(STORE|WAL|SIGN_STATE)_WRITE')).toMatch(/too large|no space/i);
    expect(reached).toBeGreaterThan(0n);
    await runs(home, reached);
  });

  test('leaves no half of a home behind', async () => {
    for (const verb of ['init', 'devnet']) {
      const home = join(shop.folder, `no-room-${verb}`);
      expect(refusedAtOnce(await result(within(0, verb, '--home', home)), 'FILE_UNWRITABLE')).toContain(home);
      expect(existsSync(home)).toBe(false);
    }
  });
});

describe('the end of a long-running command', () => {
  /** Processes whose command line names the folder, this one's own children among them. */
  const processesIn = (folder: string): readonly string[] =>
    execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(folder));

  const allGone = (folder: string): Promise<void> =>
    eventually(`no process is left in ${folder}`, async () => processesIn(folder).length === 0);

  test('a node bears SIGINT twice, and SIGTERM after it', async () => {
    const [home = ''] = await newNet('twice', 1);
    const node = await up(home);
    for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM'] as const) node.kill(signal);
    expect(await node.ended).toEqual({ code: 0, signal: null });
    expect(node.stderr()).not.toContain('error ');
  });

  test('a devnet bears SIGINT sent twice to its whole process group', async () => {
    const home = join(shop.folder, 'group');
    const devnet = shop.runGroup(...OPENLEDGER, 'devnet', '--home', home, '--nodes', '2', '--json');
    await devnet.line(0);
    process.kill(-devnet.pid, 'SIGINT');
    process.kill(-devnet.pid, 'SIGINT');
    expect(await devnet.ended).toEqual({ code: 0, signal: null });
    expect(processesIn(home)).toEqual([]);
    expect(devnet.stderr()).not.toContain('error ');
  });

  test('a devnet that is told to stop while it starts stops, and starts again later', async () => {
    const home = join(shop.folder, 'hasty');
    const devnet = shop.runGroup(...OPENLEDGER, 'devnet', '--home', home, '--nodes', '2', '--json');
    await eventually('it starts its nodes', async () => devnet.stderr().includes('starting'));
    process.kill(-devnet.pid, 'SIGINT');
    expect(await devnet.ended).toEqual({ code: 0, signal: null });
    expect(devnet.stdout()).toEqual([]);
    expect(processesIn(home)).toEqual([]);
  });

  test('a devnet that is killed outright leaves no node behind, from its first moment on', async () => {
    const home = join(shop.folder, 'killed');
    // Its nodes have only just been started, and are still being loaded.
    const early = shop.run('devnet', '--home', home, '--nodes', '2', '--json');
    while (processesIn(`start --home ${home}`).length < 2) await new Promise((next) => setTimeout(next, 5));
    early.kill('SIGKILL');
    await early.ended;
    await allGone(home);

    // And in the middle of its work.
    const devnet = await startDevnet(shop, home);
    devnet.command.kill('SIGKILL');
    await devnet.command.ended;
    await allGone(home);
    const again = await startDevnet(shop, home);
    await grows(again.client(0), 1n);

    // The other way round: it stays, and says so, when all of its nodes are killed.
    for (const { pid } of again.ready.nodes) process.kill(pid, 'SIGKILL');
    const lines = (word: string): number =>
      again.command.stdout().filter((each) => each.includes(word)).length;
    await eventually('it tells of both', async () => lines('"event":"exit"') === 2);
    const down = '"name":"node-1","state":"down"},{"name":"node-2","state":"down"}';
    await eventually('it goes on telling how they are', async () => lines(down) >= 1);
    await endsWell(again.command);
  });
});
