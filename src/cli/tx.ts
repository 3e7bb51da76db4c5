/** `openledger tx`: sends transactions of every kind of the registry. */
import type { Command } from 'commander';
import { type AnyKind, KINDS } from '../../state/tx/registry.ts';
import { findKind } from '../client/wallet.ts';
import { unwrap } from '../lib/errors.ts';
import { parseAmount } from './amount.ts';
import { printJson } from './output.ts';
import { readPayloadFile } from './payload-file.ts';
import { describePayload, exampleOf } from './schema-text.ts';
import {
  type Details,
  openSender,
  type SendFlags,
  type Sent,
  sendAndReport,
  withSending,
} from './sending.ts';

const eventLines = ({ events }: Sent): Details => ({
  fields: events.map((event) => [event.type, JSON.stringify(event.data)] as const),
});

const registerKind = (parent: Command, kind: AnyKind): void => {
  withSending(
    parent
      .command(kind.name)
      .description(`send a ${kind.name}`)
      .requiredOption('--file <body.json>', 'its payload as JSON; - for stdin'),
  )
    .addHelpText(
      'after',
      () =>
        `\nThe payload:\n${describePayload(kind.name, kind.schema)}\n\n` +
        `"openledger tx example ${kind.name}" prints one to start from.`,
    )
    .action(async ({ file, ...flags }: SendFlags & { readonly file: string }) => {
      const sender = await openSender(flags);
      const body = await readPayloadFile(file, kind, sender.book);
      await sendAndReport(sender, kind.name, body.toJson(), flags, eventLines);
    });
};

type TransferFlags = SendFlags & { readonly to: string; readonly amount: string };

const transfer = async ({ to, amount, ...flags }: TransferFlags): Promise<void> => {
  const base = unwrap(parseAmount(amount));
  const sender = await openSender(flags);
  const payload = { to: unwrap(sender.book.find(to)), amount: base };
  await sendAndReport(sender, 'transfer', payload, flags, eventLines);
};

export const registerTx = (program: Command): void => {
  const tx = program.command('tx').description('send transactions');
  const kinds = tx
    .command('send')
    .description('send a transaction of any kind')
    .usage('<kind> --file <body.json>');
  for (const kind of KINDS) registerKind(kinds, kind);

  withSending(
    tx
      .command('transfer')
      .description('send OPEN to an account')
      .requiredOption('--to <account>', 'to whom: an address or a name')
      .requiredOption('--amount <amount>', 'OPEN as 1.5, or base units as 1500base'),
  ).action(transfer);

  tx.command('example')
    .description('print a payload of a kind, to start from')
    .argument('<kind>', KINDS.map((kind) => kind.name).join(', '))
    .option('--json', 'has no effect: it is JSON')
    .action((name: string) => printJson(exampleOf(unwrap(findKind(name)).schema)));
};
