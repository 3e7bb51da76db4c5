/** `openledger tx`: sends transactions of every kind of the registry. */

import type { Command } from 'commander';
import { type AnyKind, KINDS } from '../../state/tx/registry.ts';
import { encodeResult } from '../client/decode.ts';
import type { Sent } from '../client/send.ts';
import { findKind } from '../client/wallet.ts';
import { parseAmount } from '../lib/amount.ts';
import { fromHex } from '../lib/bytes.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { printExample } from './example.ts';
import { type RecipientFlags, withRecipient } from './names.ts';
import { printFields, printJson } from './output.ts';
import { KIND_EXAMPLES } from './payload-examples.ts';
import { readPayloadFile } from './payload-file.ts';
import { readNodeState } from './reading.ts';
import { hasAddress } from './schema.ts';
import { describePayload, exampleOf } from './schema-text.ts';
import {
  checkCommitted,
  type Details,
  eventFields,
  fieldsOf,
  openSender,
  type SendFlags,
  sendAndReport,
  withSending,
} from './sending.ts';

const withEvents = (sent: Sent): Details => ({ fields: eventFields(sent) });

/** The kinds whose payload names accounts that get nothing by it: who takes back an escrow has to name its provider. */
const TAKING_BACK: ReadonlySet<string> = new Set(['escrowWithdraw']);

const registerKind = (parent: Command, kind: AnyKind): void => {
  const command = withSending(
    parent
      .command(kind.name)
      .description(`send a ${kind.name}`)
      .requiredOption('--file <body.json>', 'its payload as JSON; - for stdin'),
  );
  // The compiler does not know which kind it is, so the payload is checked when it is decoded.
  const name: string = kind.name;
  const isTakingBack = TAKING_BACK.has(name);
  (hasAddress(kind.schema) && !isTakingBack ? withRecipient(command) : command)
    .addHelpText(
      'after',
      () =>
        `\nThe payload:\n${describePayload(kind.name, kind.schema)}\n\n` +
        `"openledger tx example ${kind.name}" prints one to start from.`,
    )
    .action(async ({ file, ...flags }: SendFlags & RecipientFlags & { readonly file: string }) => {
      const sender = await openSender(isTakingBack ? { ...flags, allowZeroAddress: true } : flags);
      const body = await readPayloadFile(file, kind.name, kind, sender.book);
      await sendAndReport(sender, name, body.toJson(), flags, withEvents);
    });
};

/** Prints the status of a transaction. It is done only if the transaction was executed with success. */
const status = async (id: string, options: ConnectionOptions & { readonly json?: true }): Promise<void> => {
  if (!fromHex(id, 32).ok)
    throw new CodedError(
      fault('ARGUMENT_INVALID', `the id of a transaction is 0x and 64 hex digits, not ${id.slice(0, 80)}`),
    );
  const client = await connect(options);
  const node = await readNodeState(client);
  const found = await client.call('tx_status', { id });
  if (options.json) printJson({ ...(encodeResult('tx_status', found) as object), node });
  else printFields([...fieldsOf(found), ...eventFields(found)]);
  await checkCommitted(client, found);
};

type TransferFlags = SendFlags & RecipientFlags & { readonly to: string; readonly amount: string };

const transfer = async ({ to, amount, ...flags }: TransferFlags): Promise<void> => {
  const base = unwrap(parseAmount(amount, '--amount'));
  const sender = await openSender(flags);
  const payload = { to: unwrap(sender.book.recipient(to)), amount: base };
  await sendAndReport(sender, 'transfer', payload, flags, withEvents);
};

export const registerTx = (program: Command): void => {
  const tx = program.command('tx').description('send transactions');
  const kinds = tx
    .command('send')
    .description('send a transaction of any kind')
    .usage('<kind> --file <body.json>');
  for (const kind of KINDS) registerKind(kinds, kind);

  withRecipient(
    withSending(
      tx
        .command('transfer')
        .description('send OPEN to an account')
        .requiredOption('--to <account>', 'to whom: an address or a name')
        .requiredOption('--amount <amount>', 'OPEN as 1.5, or base units as 1500base'),
    ),
  ).action(transfer);

  withConnection(
    tx
      .command('status')
      .description('ask what became of a transaction')
      .argument('<id>', 'its id: 0x and 64 hex digits'),
  )
    .option('--json', 'print one JSON object')
    .action(status);

  tx.command('example')
    .description('print a payload of a kind, to start from')
    .argument('<kind>', KINDS.map((kind) => kind.name).join(', '))
    .option('--json', 'has no effect: it is JSON')
    .action((name: string) => {
      const { schema } = unwrap(findKind(name));
      printExample(KIND_EXAMPLES.get(name) ?? exampleOf(schema));
    });
};
