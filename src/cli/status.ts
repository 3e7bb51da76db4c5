/** `openledger status`: where a node stands, in one look. */
import type { Command } from 'commander';
import { timeText } from '../../node/genesis-time.ts';
import type { Waiting } from '../../rpc/schemas/waiting.ts';
import { toHex } from '../lib/bytes.ts';
import { unwrap } from '../lib/errors.ts';
import { printableLine } from '../lib/printable.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { printFields, printJson } from './output.ts';

/** The message holds names of the genesis, which strangers may have chosen. */
export const waitingText = (waiting: Waiting | null): string => {
  if (waiting === null) return 'no';
  const { reason, since, message } = waiting;
  return `${reason} since ${timeText(since)}: ${printableLine(message)}`;
};

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
        ['waiting', waitingText(status.waiting)],
        ['mempool', `${mempool.transactions} transactions, ${mempool.bytes} bytes`],
        ['version', status.version],
      ]);
    });
};
