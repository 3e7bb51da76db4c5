/** A node that is up before anyone else is. */
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createRpcClient } from '../../src/client/rpc-client.ts';
import { createWallet } from '../../src/client/wallet.ts';
import { eventually, heightOf, openWorkshop, startDevnet } from './processes.ts';

const shop = openWorkshop();
afterAll(() => shop.close());

test('a transaction given to a node that has no peers yet is executed once it has', async () => {
  const folder = join(shop.folder, 'net');
  const net = await startDevnet(shop, folder, '--nodes', '1');
  const home = join(shop.folder, 'early');
  const genesis = join(folder, 'genesis.json');
  const made = await shop.finish('init', '--home', home, '--genesis', genesis, '--json');
  const { rpc } = JSON.parse(made.out) as { rpc: string };
  net.command.kill('SIGINT');
  expect((await net.command.ended).code).toBe(0);

  shop.run('start', '--home', home, '--peers', net.node(0).p2p);
  const client = createRpcClient(rpc);
  await eventually('it answers', async () => (await heightOf(client)) >= 0n);
  const alice = net.ready.accounts.find(({ name }) => name === 'alice');
  const wallet = await createWallet(client, Buffer.from((alice?.privateKey ?? '').slice(2), 'hex'));
  const sent = await wallet.send('transfer', { to: wallet.address, amount: 1n });
  expect(sent.status).toBe('pending');
  expect((await client.call('node_status')).peers).toBe(0);

  const again = await startDevnet(shop, folder);
  const status = async () => (await again.client(0).call('tx_status', { id: sent.id })).status;
  await eventually('the validator executes it', async () => (await status()) === 'committed');
  await eventually('so does the node', async () => {
    return (await client.call('tx_status', { id: sent.id })).status === 'committed';
  });
});
