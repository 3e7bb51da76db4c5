/** Verbs that send one transaction: their options, and how they say what became of it. */
import type { Command } from 'commander';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import type { KindName } from '../../state/tx/registry.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import {
  createWallet,
  type PayloadInput,
  type SendMode,
  type SendOptions,
  type Wallet,
} from '../client/wallet.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { parseAmount } from './amount.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { type AddressBook, openAddressBook } from './names.ts';
import { note, openText, printFields, printJson } from './output.ts';
import { type KeyOptions, readSigningKey, withKey } from './secrets.ts';

export type SendFlags = ConnectionOptions &
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

export const withSending = (command: Command): Command =>
  withKey(withConnection(command))
    .option('--mode <mode>', 'async, sync, or commit: wait until it is executed', 'commit')
    .option('--tip <amount>', 'to the proposer')
    .option('--max-fee <amount>', 'the most that gas and tip may cost')
    .option('--nonce <n>', 'instead of the next')
    .option('--valid-until <height>', 'the last height whose block may execute it')
    .option('--dry-run', 'prepare it and print what a wallet would sign, but sign and send nothing')
    .option('--json', 'print one JSON object');

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

const optionsOf = (flags: SendFlags): SendOptions & { readonly mode: SendMode } => ({
  mode: modeOf(flags.mode),
  ...amountFlag('tip', flags.tip),
  ...amountFlag('maxFee', flags.maxFee),
  ...integerFlag('nonce', flags.nonce),
  ...integerFlag('validUntil', flags.validUntil),
});

export type Sent = ResultOf<'tx_send'>;

/** What a verb says beside the status of its transaction. */
export type Told = {
  /** More fields of the JSON object. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** Lines before those of the transaction. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
  /** What a newcomer may want to do next. */
  readonly next?: string;
};

export type Sender = {
  readonly client: RpcClient;
  readonly wallet: Wallet;
  readonly book: AddressBook;
};

/** Connects and unlocks the key. @throws CodedError */
export const openSender = async (flags: SendFlags): Promise<Sender> => {
  modeOf(flags.mode);
  const book = await openAddressBook(flags);
  const client = await connect(flags);
  return { client, book, wallet: await createWallet(client, await readSigningKey(flags)) };
};

const report = (sent: Sent, { json = {}, fields = [], next }: Told, flags: SendFlags): void => {
  if (flags.json) {
    printJson({ ...sent, ...json });
    return;
  }
  printFields([
    ...fields,
    ['id', sent.id],
    ['status', sent.status],
    ...(sent.height === null ? [] : [['height', sent.height] as const]),
    ...(sent.fee === null ? [] : [['fee', openText(sent.fee)] as const]),
  ]);
  if (next !== undefined) note(`next: ${next}`);
};

const checkOutcome = (sent: Sent, mode: SendMode): void => {
  if (sent.error !== null)
    throw new CodedError({ code: sent.error.code, message: `${sent.status}: ${sent.error.message}` });
  if (mode === 'commit' && sent.status !== 'committed')
    throw new CodedError(
      fault(
        'TX_NOT_COMMITTED',
        `it is ${sent.status}; ask later with "openledger query tx_status id=${sent.id}"`,
      ),
    );
};

/**
 * Sends a transaction, and prints what became of it.
 * @param tell - what to say once it was executed with success
 * @throws CodedError the code of the refusal, after everything was printed
 */
export const sendAndTell = async (
  { wallet }: Pick<Sender, 'wallet'>,
  kind: KindName,
  payload: PayloadInput,
  flags: SendFlags,
  tell: (sent: Sent) => Told | Promise<Told> = () => ({}),
): Promise<void> => {
  const options = optionsOf(flags);
  if (flags.dryRun) {
    printJson(await wallet.preview(kind, payload, options));
    return;
  }
  const sent = await wallet.send(kind, payload, options);
  report(sent, sent.status === 'committed' ? await tell(sent) : {}, flags);
  checkOutcome(sent, options.mode);
};

type EventOf<T extends Sent['events'][number]['type']> = Extract<
  Sent['events'][number],
  { readonly type: T }
>;

/** Returns the first event of a type that the transaction has. */
export const eventOf = <T extends Sent['events'][number]['type']>(
  { events }: Sent,
  type: T,
): EventOf<T> | undefined => events.find((event): event is EventOf<T> => event.type === type);

/** Returns the options that lead to the same node and account, for a command that the user is told to run next. */
export const sameOptions = (flags: SendFlags): string =>
  [
    ['--home', flags.home],
    ['--rpc', flags.rpc],
    ['--key', flags.key],
    ['--private-key-file', flags.privateKeyFile],
  ]
    .flatMap(([option, value]) => (value === undefined ? [] : [`${option} ${value}`]))
    .join(' ');
