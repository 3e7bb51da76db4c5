import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { defaultConfig } from '../../../node/config.ts';
import { type Devnet, openDevnet } from '../../../node/devnet/devnet.ts';
import { readGenesis } from '../../../node/genesis-file.ts';
import { createHome, homePaths, readConfig } from '../../../node/home.ts';
import { connect } from '../../../src/cli/connection.ts';
import { EXIT, exitCodeOfFault } from '../../../src/cli/exit-codes.ts';
import { openAddressBook } from '../../../src/cli/names.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { unwrap } from '../../../src/lib/errors.ts';
import { chainIdentity } from '../../../state/genesis.ts';
import { temporaryFolder, thrown } from '../node/support.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-connection-'));
let devnet: Devnet;
beforeAll(async () => {
  const home = join(folder, 'net');
  devnet = await openDevnet({ home, nodes: 3, basePort: undefined, genesis: undefined });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rpcOf = (i: number): string => devnet.nodes[i]?.rpc ?? '';

/** Something that answers, also for another chain, or never does, where a node of the devnet would. */
const stand = async (i: number, does: 'answers' | 'hangs' | 'strays'): Promise<void> =>
  listen(rpcOf(i), does, devnet.home);

const listen = async (url: string, does: 'answers' | 'hangs' | 'strays', home: string): Promise<void> => {
  const genesis = unwrap(readGenesis(homePaths(home).genesis));
  const { chainId, genesisHash } = chainIdentity(does === 'answers' ? genesis : { ...genesis, time: 1n });
  const result = { chainId: `${chainId}`, genesisHash: toHex(genesisHash) };
  const server: Server = createServer((_request, response) => {
    if (does !== 'hangs') response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
  });
  await new Promise<void>((resolve) => server.listen(Number(new URL(url).port), '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
};

describe('--home of a devnet', () => {
  test('is the first node, while it answers', async () => {
    await stand(0, 'answers');
    await stand(1, 'answers');
    expect((await connect({ home: devnet.home })).url).toBe(rpcOf(0));
  });

  test('is the next node, if the ones before it are stopped or hang', async () => {
    await stand(1, 'hangs');
    await stand(2, 'answers');
    expect((await connect({ home: devnet.home })).url).toBe(rpcOf(2));
  });

  test('is the next node, if a node of another chain has the port of the ones before it', async () => {
    await stand(0, 'strays');
    await stand(1, 'answers');
    expect((await connect({ home: devnet.home })).url).toBe(rpcOf(1));
  });

  test('is refused if only nodes of another chain answer, with what answers', async () => {
    await stand(1, 'strays');
    expect(await thrown(() => connect({ home: devnet.home }))).toMatchObject({
      code: 'HOME_OTHER_NODE',
      message: expect.stringContaining(`another node answers at ${rpcOf(1)}`) as string,
    });
  });

  test('is refused if no node answers, with the command that starts them', async () => {
    const error = await thrown(() => connect({ home: devnet.home }));
    expect(error).toMatchObject({
      code: 'RPC_UNREACHABLE',
      message: expect.stringContaining(`openledger devnet --home ${devnet.home}`) as string,
    });
  });
});

describe('--rpc beside --home of a devnet, which gives names and keys', () => {
  test('is a node of that chain', async () => {
    await stand(1, 'answers');
    expect((await connect({ rpc: rpcOf(1), home: devnet.home })).url).toBe(rpcOf(1));
  });

  test('is refused if it is of another chain, where the names are of other accounts', async () => {
    await stand(1, 'strays');
    expect(await thrown(() => connect({ rpc: rpcOf(1), home: devnet.home }))).toMatchObject({
      code: 'HOME_OTHER_NODE',
      message: expect.stringContaining('names and keys') as string,
      data: { home: devnet.home, url: rpcOf(1) },
    });
  });
});

describe('--home of a node', () => {
  const home = (): string => devnet.nodes[2]?.home ?? '';

  test('is its node', async () => {
    await stand(2, 'answers');
    expect((await connect({ home: home() })).url).toBe(rpcOf(2));
  });

  test('is refused if a node of another chain has its port', async () => {
    await stand(2, 'strays');
    const error = await thrown(() => connect({ home: home() }));
    expect(error).toMatchObject({
      code: 'HOME_OTHER_NODE',
      data: { home: home(), url: rpcOf(2) },
    });
    expect(exitCodeOfFault(error)).toBe(EXIT.own);
  });
});

describe('a wrong --home', () => {
  test('is called one, also where a name is looked for', async () => {
    const home = join(temporaryFolder(), 'nothing');
    for (const ask of [() => connect({ home }), () => openAddressBook({ home })])
      expect(await thrown(ask)).toMatchObject({
        code: 'HOME_MISSING',
        message: expect.stringMatching(/neither the home of a node .* nor the folder of a devnet/) as string,
      });
  });

  test('of a devnet, where the home of one node is needed, says what to do', () => {
    const config = readConfig(devnet.home);
    expect(config).toMatchObject({
      ok: false,
      fault: {
        code: 'HOME_OF_DEVNET',
        message: expect.stringContaining(`openledger start --home ${join(devnet.home, 'node-1')}`) as string,
      },
    });
  });

  test('of one node, where a devnet is asked for, says what to do', async () => {
    const root = join(temporaryFolder(), 'home');
    await createHome({ root, config: defaultConfig('one'), genesis: undefined });
    const opened = openDevnet({ home: root, nodes: undefined, basePort: undefined, genesis: undefined });
    await expect(opened).rejects.toMatchObject({
      code: 'HOME_NOT_EMPTY',
      message: expect.stringContaining(`openledger start --home ${root}`) as string,
    });
  });
});
