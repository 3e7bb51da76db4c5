/**
 * The common part of every verb that sends a transaction: its options, its wallet, and what it prints. A verb gives the
 * kind and the payload, and names the fields that it shows besides the status.
 */
import type { Command } from 'commander';
import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { encodeResult } from '../client/decode.ts';
import type { PayloadOf } from '../client/payload.ts';
import type { RpcClient } from '../client/rpc-client.ts';
import type { Sent } from '../client/send.ts';
import type { SendMode, SendOptions } from '../client/send-options.ts';
import { faultInOpen } from '../client/simulate.ts';
import { createWallet, type Wallet } from '../client/wallet.ts';
import { parseAmount } from '../lib/amount.ts';
import { toHex } from '../lib/bytes.ts';
import { CodedError, toFault, unwrap } from '../lib/errors.ts';
import { shownUrl } from '../lib/http-url.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { type AddressBook, openAddressBook, type RecipientFlags } from './names.ts';
import { eventField, note, openText, print, printFields, printJson } from './output.ts';
import { type KeyOptions, readSigningKey, withKey } from './secrets.ts';
import { noteSent, noteSettled } from './sent.ts';
import { quoted } from './shell.ts';

/** The options that {@link withSending} adds. */
export type SendFlags = ConnectionOptions &
  KeyOptions & {
    readonly mode: string;
    readonly tip?: string;
    readonly maxFee?: string;
    readonly nonce?: string;
    readonly validUntil?: string;
    readonly simulate: boolean;
    readonly dryRun?: true;
    readonly quiet?: true;
    readonly json?: true;
  };

const MODES: readonly SendMode[] = ['async', 'sync', 'commit'];

/** Adds the options of a verb that sends a transaction. */
export const withSending = (command: Command): Command =>
  withKey(withConnection(command))
    .option('--mode <mode>', 'async, sync, or commit: wait until it is executed', 'commit')
    .option('--tip <amount>', 'to the proposer')
    .option('--max-fee <amount>', 'the most that gas and tip may cost')
    .option('--nonce <n>', 'instead of the next')
    .option('--valid-until <height>', 'the last height whose block may execute it')
    .option('--no-simulate', 'send it even if it must fail because of the current state')
    .option('--dry-run', 'prepare it and print what a wallet would sign, but sign and send nothing')
    .option('-q, --quiet', 'print only the id of what was made, for a script')
    .option('--json', 'print one JSON object');

const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const amountFlag = (name: string, text: string | undefined): Record<string, bigint> =>
  text === undefined ? {} : { [name]: unwrap(parseAmount(text, flagOf(name))) };

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

/** Runs what may refuse a fee, and calls the limit of the fee in its fault what it is called here. */
export const withFlagNames = async <T>(run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    const isOfFee =
      error instanceof CodedError && ['FEE_TOO_HIGH', 'MAX_FEE_TOO_LOW'].includes(error.fault.code);
    if (!isOfFee) throw error;
    const message = error.fault.message.replaceAll('maxFee', flagOf('maxFee'));
    throw new CodedError({ ...error.fault, message }, { cause: error });
  }
};

/** @throws CodedError `ARGUMENT_INVALID`, `AMOUNT_INVALID` */
const optionsOf = (flags: SendFlags): SendOptions & { readonly mode: SendMode } => ({
  mode: modeOf(flags.mode),
  simulate: flags.simulate,
  ...amountFlag('tip', flags.tip),
  ...amountFlag('maxFee', flags.maxFee),
  ...integerFlag('nonce', flags.nonce),
  ...integerFlag('validUntil', flags.validUntil),
});

/** A node, the account that signs, and the accounts that have a name here. */
export type Sender = { readonly client: RpcClient; readonly wallet: Wallet; readonly book: AddressBook };

/** Checks the options of a verb, then opens its node and its account. It may ask for a password. @throws CodedError */
export const openSender = async (flags: SendFlags & RecipientFlags): Promise<Sender> => {
  optionsOf(flags);
  const book = await openAddressBook(flags);
  const client = await connect(flags);
  return { client, book, wallet: await createWallet(client, await readSigningKey(flags)) };
};

/** What a command says while it sends: what an interrupt leaves open, and that an answer was lost or says nothing. */
const whileSending: Pick<SendOptions, 'onSending' | 'onLost' | 'onLater'> = {
  onSending: ({ id }) => noteSent(toHex(id)),
  onLost: ({ code, message }) =>
    note(`the answer does not say what became of the transaction (${code}: ${message}); asking the node`),
  onLater: ({ message }, pauseMs) =>
    note(`the node does not take it now (${message}); sending it again in ${(pauseMs / 1_000).toFixed(1)} s`),
};

/** What a verb says besides the status, such as the id of what was made. */
export type Details = {
  /** More fields of the JSON object. None takes the place of a field of the transaction. */
  readonly json?: Readonly<Record<string, unknown>> & { readonly [F in keyof Sent]?: never };
  /** Lines for people, before those of the status. */
  readonly fields?: readonly (readonly [name: string, value: string])[];
  /** The id of what was made, if it is another one than that of the transaction. */
  readonly made?: string;
  /** What a newcomer may want to do next. */
  readonly next?: string;
};

const noDetails = (): Details => ({});

/**
 * Sends a transaction and prints what became of it: with `--json` one object `{id, status, height, …}` that ends with the
 * fields of `details`, otherwise one line per field. With `--dry-run` it prints what a wallet would sign.
 * @param details - what to say besides the status of a transaction that was executed with success
 * @throws CodedError with the code of the refusal, and `TX_NOT_COMMITTED`; all of them after the report
 */
export const sendAndReport = async <const N extends string>(
  { client, wallet }: Pick<Sender, 'client' | 'wallet'>,
  kind: N,
  payload: PayloadOf<N>,
  flags: SendFlags,
  details: (sent: Sent) => Details = noDetails,
): Promise<void> => {
  const options = optionsOf(flags);
  if (flags.dryRun) {
    printJson(await withFlagNames(() => wallet.preview(kind, payload, options)));
    return;
  }
  const sent = await sendOrReport(wallet, kind, payload, options, flags.json === true);
  const { json = {}, fields = [], made, next } = sent.status === 'committed' ? details(sent) : {};
  if (flags.json) printJson({ ...sentJson(sent), ...json });
  else if (flags.quiet) print(made ?? toHex(sent.id));
  else printFields([...fields, ...fieldsOf(sent)]);
  if (next !== undefined && !flags.json && !flags.quiet) note(`next: ${next}`);
  if (options.mode === 'commit' || sent.error !== null) await checkCommitted(client, sent);
};

/** Sends; with `--json` prints the one object of the command also for a transaction whose outcome is not known. */
export const sendOrReport = async <const N extends string>(
  wallet: Wallet,
  kind: N,
  payload: PayloadOf<N>,
  options: SendOptions,
  json: boolean,
): Promise<Sent> => {
  try {
    return await withFlagNames(() => wallet.send(kind, payload, { ...options, ...whileSending }));
  } catch (error) {
    const { code, message, data } = toFault(error);
    if (json && code === 'TX_OUTCOME_UNKNOWN')
      printJson({ ...data, status: 'unknown', height: null, error: { code, message } });
    throw error;
  } finally {
    noteSettled();
  }
};

/** Returns what became of a transaction in the JSON of the RPC. */
export const sentJson = (sent: Sent): object => ({ ...(encodeResult('tx_send', sent) as object) });

/** A transaction as `tx_status` returns it. */
type Status = ResultOf<'tx_status'>;

/** Returns the status of a transaction as names and values for people. */
export const fieldsOf = (sent: Status): readonly (readonly [name: string, value: string])[] => [
  ['id', toHex(sent.id)],
  ['status', sent.status],
  ...(sent.height === null ? [] : [['height', `${sent.height}`] as const]),
  ...(sent.fee === null ? [] : [['fee', openText(sent.fee)] as const]),
];

/** What one node says of a transaction that it does not hold any more. Others may hold it, and a later block execute it. */
const LET_GO: ReadonlySet<string> = new Set<Status['status']>(['evicted', 'rejected']);

/** The statuses of a transaction that waits for a block. */
const WAITING: ReadonlySet<string> = new Set<Status['status']>(['pending', 'unknown']);

/**
 * Throws what keeps a transaction from being done. If it waits, it says why the node makes no blocks.
 * @throws CodedError with the code of its failure if that is final; `TX_NOT_COMMITTED` if a block may still execute it
 */
export const checkCommitted = async (
  client: Pick<RpcClient, 'attempt'>,
  { id, status, error, fee }: Status,
): Promise<void> => {
  if (status === 'committed') return;
  const why = error === null ? undefined : faultInOpen(error, fee ?? 0n);
  if (why !== undefined && (status === 'failed' || status === 'expired'))
    throw new CodedError({ code: why.code, message: `${status}: ${why.message}` });
  const node = WAITING.has(status) ? await client.attempt('node_status') : undefined;
  const waiting = node?.ok === true ? node.value.waiting : null;
  const reason =
    why === undefined
      ? waiting === null
        ? ''
        : `, and the node does not go on (${waiting.message})`
      : ` at this node (${why.code}: ${why.message})`;
  const again = LET_GO.has(status)
    ? '; it may still be executed up to its last height, so send the same bytes again or wait, and sign no new one before'
    : '';
  throw new CodedError(
    fault(
      'TX_NOT_COMMITTED',
      `it is ${status}${reason}${again}; ask later with "openledger tx status ${toHex(id)}"`,
    ),
  );
};

/** Returns the events of a transaction as names and values for people. */
export const eventFields = ({ events }: Status): readonly (readonly [name: string, value: string])[] =>
  events.map(eventField);

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
export const sameOptions = (flags: Pick<SendFlags, 'home' | 'rpc' | 'key' | 'privateKeyFile'>): string =>
  [
    ['--home', flags.home],
    ['--rpc', flags.rpc === undefined || shownUrl(flags.rpc) === flags.rpc ? flags.rpc : 'URL'],
    ['--key', flags.key],
    ['--private-key-file', flags.privateKeyFile],
  ]
    .flatMap(([option, value]) => (value === undefined ? [] : [`${option} ${quoted(value)}`]))
    .join(' ');
