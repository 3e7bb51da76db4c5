/** `openledger tx`: sends transactions of every kind of the registry. */
import type { Command } from 'commander';
import { type AnyKind, KINDS } from '../../state/tx/registry.ts';
import { findKind } from '../client/wallet.ts';
import { parseAmount } from '../lib/amount.ts';
import { fromHex } from '../lib/bytes.ts';
import { CodedError, ok, type Result, toFault, unwrap } from '../lib/errors.ts';
import { readJson } from '../lib/files.ts';
import { parseAddress } from '../lib/secp256k1.ts';
import type { Json } from '../lib/ssz.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fail, fault } from './errors.ts';
import { readAll } from './input.ts';
import { printFields, printJson } from './output.ts';
import { describeSchema, exampleOf } from './schema-text.ts';
import { resolveAddress } from './secrets.ts';
import {
  checkCommitted,
  fieldsOf,
  openSender,
  type SendFlags,
  sendAndReport,
  withSending,
} from './sending.ts';

/** Reads the body from a file, or from stdin for `-`. @throws CodedError */
const readBody = async (file: string): Promise<Json> => {
  const json = file === '-' ? parseJson(await readAll(process.stdin)) : readJson(file);
  return unwrap(json) as Json;
};

const parseJson = (text: string): Result<unknown> => {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    return fail('FILE_NOT_JSON', `stdin is not JSON: ${toFault(error).message}`);
  }
};

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
        `\nThe payload:\n${describeSchema(kind.schema, '  ').join('\n')}\n\n` +
        `"openledger tx example ${kind.name}" prints one to start from.`,
    )
    .action(async ({ file, ...flags }: SendFlags & { readonly file: string }) => {
      const body = unwrap(kind.fromJson(await readBody(file)));
      // The compiler does not know which kind it is, so the payload is checked when it is decoded.
      const name: string = kind.name;
      await sendAndReport(await openSender(flags), name, body.toJson(), flags);
    });
};

/** Prints the status of a transaction. It is done only if the transaction was executed with success. */
const status = async (id: string, options: ConnectionOptions & { readonly json?: true }): Promise<void> => {
  if (!fromHex(id, 32).ok)
    throw new CodedError(
      fault('ARGUMENT_INVALID', `the id of a transaction is 0x and 64 hex digits, not ${id.slice(0, 80)}`),
    );
  const found = await (await connect(options)).call('tx_status', { id });
  if (options.json) printJson(found);
  else printFields(fieldsOf(found));
  checkCommitted(found);
};

type TransferFlags = SendFlags & { readonly to: string; readonly amount: string };

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
      .requiredOption('--to <address>', 'to whom: an address, or an account of the devnet in --home')
      .requiredOption('--amount <amount>', 'OPEN as 1.5, or base units as 1500base'),
  ).action(async ({ to, amount, ...flags }: TransferFlags) => {
    const payload = {
      to: unwrap(parseAddress(await resolveAddress(to, flags.home))),
      amount: unwrap(parseAmount(amount, '--amount')),
    };
    await sendAndReport(await openSender(flags), 'transfer', payload, flags);
  });

  withConnection(
    tx
      .command('status')
      .description('ask what became of a transaction')
      .argument('<id>', 'its id: 0x and 64 hex digits'),
  )
    .option('--json', 'print JSON')
    .action(status);

  tx.command('example')
    .description('print a payload of a kind, to start from')
    .argument('<kind>', KINDS.map((kind) => kind.name).join(', '))
    .action((name: string) => printJson(exampleOf(unwrap(findKind(name)).schema)));
};
