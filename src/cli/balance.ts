/** `openledger balance`: the money of an account. */
import type { Command } from 'commander';
import { encodeResult } from '../client/decode.ts';
import { unwrap } from '../lib/errors.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { type OwnOptions, openAddressBook, ownAddress, withOwn } from './names.ts';
import { openText, printFields, printJson } from './output.ts';
import { readNodeState } from './reading.ts';

type Options = ConnectionOptions & OwnOptions & { readonly json?: true };

const balance = async (who: string | undefined, options: Options): Promise<void> => {
  const address = await ownAddress(who, options);
  const client = await connect(options);
  const node = await readNodeState(client);
  const [accountAnswer, rewardsAnswer] = await client.batch([
    { method: 'account_get', params: { address } },
    { method: 'rewards_get', params: { address } },
  ]);
  const account = unwrap(accountAnswer);
  const { claimable } = unwrap(rewardsAnswer);
  if (options.json) {
    printJson({ address, ...(encodeResult('account_get', account) as object), node });
    return;
  }
  const waiting = Object.values(claimable).reduce((sum, each) => sum + each, 0n);
  printFields([
    ['account', (await openAddressBook(options)).show(address)],
    ['balance', openText(account.balance)],
    ['transactions', String(account.nonce)],
    ...(waiting > 0n
      ? [['rewards', `${openText(waiting)} to claim, with "openledger rewards claim"`] as const]
      : []),
  ]);
};

export const registerBalance = (program: Command): void => {
  withOwn(
    withConnection(
      program
        .command('balance')
        .description('show the money of an account')
        .argument('[account]', 'an address or a name; left out, that of --key'),
    ),
  )
    .option('--json', 'print one JSON object')
    .action(balance);
};
