/** `openledger status`: where a node stands, in one look. */
import type { Command } from 'commander';
import { toHex } from '../lib/bytes.ts';
import { unwrap } from '../lib/errors.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { printFields, printJson } from './output.ts';

export const registerStatus = (program: Command): void => {
  withConnection(program.command('status').description('show where a node stands'))
    .option('--json', 'print JSON')
    .action(async (options: ConnectionOptions & { readonly json?: true }) => {
      const client = await connect(options);
      const [nodeStatus, pool] = await client.batch([
        { method: 'node_status', params: {} },
        { method: 'node_mempool', params: {} },
      ]);
      const status = unwrap(nodeStatus);
      const mempool = unwrap(pool);
      if (options.json) {
        printJson({ ...status, mempool });
        return;
      }
      printFields([
        ['node', client.url],
        ['chain id', status.chainId.toString()],
        ['height', status.height.toString()],
        ['round', String(status.round)],
        ['state root', toHex(status.stateRoot)],
        ['peers', String(status.peers)],
        ['syncing', status.syncing ? 'yes' : 'no'],
        ['mempool', `${mempool.transactions} transactions, ${mempool.bytes} bytes`],
        ['version', status.version],
      ]);
    });
};
