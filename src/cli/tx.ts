/** `openledger tx`: sends transactions of every kind of the registry. */
import type { Command } from 'commander';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { formatOpen } from '../../state/tx/action.ts';
import { type AnyKind, KINDS } from '../../state/tx/registry.ts';
import { encodeResult } from '../client/decode.ts';
import { createWallet, findKind, type PayloadInput, type SendMode } from '../client/wallet.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, ok, type Result, toFault, unwrap } from '../lib/errors.ts';
import { readJson } from '../lib/files.ts';
import type { Json } from '../lib/ssz.ts';
import { parseAmount } from './amount.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fail, fault } from './errors.ts';
import { eventField, printFields, printJson } from './output.ts';
import { describeSchema, exampleOf } from './schema-text.ts';
import { type KeyOptions, readSigningKey, resolveAddress, withKey } from './secrets.ts';

type SendFlags = ConnectionOptions &
  KeyOptions & {
    readonly mode: string;
    readonly tip?: string;
    readonly maxFee?: string;
    readonly nonce?: string;
    readonly validUntil?: string;
    readonly dryRun?: true;
    readonly json?: true;
  };

const MODES: readonly SendMode[] = ['async', 'sync', 'commit'];

const withSending = (command: Command): Command =>
  withKey(withConnection(command))
    .option('--mode <mode>', 'async, sync, or commit: wait until it is executed', 'commit')
    .option('--tip <amount>', 'to the proposer')
    .option('--max-fee <amount>', 'the most that gas and tip may cost')
    .option('--nonce <n>', 'instead of the next')
    .option('--valid-until <height>', 'the last height whose block may execute it')
    .option('--dry-run', 'prepare it and print what a wallet would sign, but sign and send nothing')
    .option('--json', 'print JSON');

const amountFlag = (name: string, text: string | undefined): Record<string, bigint> =>
  text === undefined ? {} : { [name]: unwrap(parseAmount(text)) };

const integerFlag = (name: string, text: string | undefined): Record<string, bigint> => {
  if (text === undefined) return {};
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text))
    throw new CodedError(fault('ARGUMENT_INVALID', `${name} takes an integer, not ${text.slice(0, 80)}`));
  return { [name]: BigInt(text) };
};

const modeOf = (text: string): SendMode => {
  const mode = MODES.find((each) => each === text);
  if (mode === undefined)
    throw new CodedError(fault('ARGUMENT_INVALID', `--mode takes ${MODES.join(', ')}, not ${text}`));
  return mode;
};

const send = async (kind: string, payload: PayloadInput, flags: SendFlags): Promise<void> => {
  const mode = modeOf(flags.mode);
  const options = {
    mode,
    ...amountFlag('tip', flags.tip),
    ...amountFlag('maxFee', flags.maxFee),
    ...integerFlag('nonce', flags.nonce),
    ...integerFlag('validUntil', flags.validUntil),
  };
  const client = await connect(flags);
  const wallet = await createWallet(client, await readSigningKey(flags));
  if (flags.dryRun) {
    printJson(await wallet.preview(kind, payload, options));
    return;
  }
  report(await wallet.send(kind, payload, options), mode, flags.json === true);
};

const report = (sent: ResultOf<'tx_send'>, mode: SendMode, json: boolean): void => {
  const id = toHex(sent.id);
  if (json) printJson(encodeResult('tx_send', sent));
  else
    printFields([
      ['id', id],
      ['status', sent.status],
      ...(sent.height === null ? [] : [['height', sent.height.toString()] as const]),
      ...(sent.fee === null ? [] : [['fee', `${formatOpen(sent.fee)} OPEN`] as const]),
      ...sent.events.map(eventField),
    ]);
  if (sent.error !== null)
    throw new CodedError({ code: sent.error.code, message: `${sent.status}: ${sent.error.message}` });
  if (mode === 'commit' && sent.status !== 'committed')
    throw new CodedError(
      fault('TX_NOT_COMMITTED', `it is ${sent.status}; ask later with "openledger query tx_status id=${id}"`),
    );
};

/** Reads the body from a file, or from stdin for `-`. @throws CodedError */
const readBody = async (file: string): Promise<Json> => {
  const json = file === '-' ? parseJson(await readAll(process.stdin)) : readJson(file);
  return unwrap(json) as Json;
};

const readAll = async (stream: NodeJS.ReadableStream): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
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
      await send(kind.name, body.toJson(), flags);
    });
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
    const payload = { to: await resolveAddress(to, flags.home), amount: unwrap(parseAmount(amount)) };
    await send('transfer', payload, flags);
  });

  tx.command('example')
    .description('print a payload of a kind, to start from')
    .argument('<kind>', KINDS.map((kind) => kind.name).join(', '))
    .action((name: string) => printJson(exampleOf(unwrap(findKind(name)).schema)));
};
