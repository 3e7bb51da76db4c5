/** `openledger voucher`: what a payer signs off the chain as answers come in. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readGenesis } from '../../node/genesis-file.ts';
import { chainIdentity } from '../../state/genesis.ts';
import { type Voucher, VoucherType, voucherPayload } from '../../state/tx/voucher.ts';
import { randomSalt } from '../client/inference.ts';
import { fetchChainIdentity } from '../client/wallet.ts';
import { parseAmount } from '../lib/amount.ts';
import type { Root } from '../lib/brands.ts';
import { equal } from '../lib/bytes.ts';
import type { ChainIdentity } from '../lib/chain.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { MAX_UINT32 } from '../lib/math.ts';
import { addressOfPrivateKey } from '../lib/secp256k1.ts';
import { type ConnectionOptions, checkNames, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { printExample } from './example.ts';
import { readJsonFile } from './input.ts';
import { type AddressBook, openAddressBook, type RecipientFlags, withRecipient } from './names.ts';
import { readCount, readId } from './numbers.ts';
import { note, openText, printJson } from './output.ts';
import { VOUCHER_EXAMPLE } from './payload-examples.ts';
import { aroundFile, readPayload } from './payload-file.ts';
import { readNodeState } from './reading.ts';
import { openNextReceipt } from './receipt/answer.ts';
import { signedVoucherToJson, signVoucher } from './receipt/signed-voucher.ts';
import { describePayload } from './schema-text.ts';
import { type KeyOptions, readSigningKey, withKey } from './secrets.ts';

type SignFlags = ConnectionOptions &
  KeyOptions & { readonly file: string; readonly genesis?: string; readonly typedData?: true };

const chainOf = async (flags: SignFlags): Promise<ChainIdentity> => {
  const { genesis, home } = flags;
  if (genesis === undefined) return fetchChainIdentity(await connect(flags));
  const chain = chainIdentity(unwrap(readGenesis(resolve(genesis))));
  if (home !== undefined) await checkNames(home, genesis, chain.genesisHash);
  return chain;
};

const readVoucher = async (file: string, book: AddressBook): Promise<Voucher> =>
  readPayload(
    await readJsonFile(file),
    VoucherType,
    aroundFile(file, book),
    `${file === '-' ? 'stdin' : file} is not a voucher`,
  );

const sign = async (flags: SignFlags & RecipientFlags): Promise<void> => {
  const book = await openAddressBook(flags);
  const voucher = await readVoucher(flags.file, book);
  const chain = await chainOf(flags);
  if (flags.typedData) {
    printJson(voucherPayload(chain, voucher));
    return;
  }
  const key = await readSigningKey(flags);
  const signer = addressOfPrivateKey(key);
  if (!equal(signer, voucher.payer))
    throw new CodedError(
      fault(
        'VOUCHER_PAYER',
        `the payer is ${book.show(voucher.payer)}, but the key is of ${book.show(signer)}`,
      ),
    );
  printJson(signedVoucherToJson(signVoucher(chain, key, voucher, { salt: undefined, version: undefined })));
};

type NewFlags = ConnectionOptions &
  KeyOptions & {
    readonly model: string;
    readonly version?: string;
    readonly lane: string;
    readonly provider: string;
    readonly prompt: string;
    readonly output: string;
    readonly compute: string;
  };

const make = async (flags: NewFlags & RecipientFlags): Promise<void> => {
  const model = readId('--model', flags.model);
  const asked = flags.version === undefined ? undefined : readId('--version', flags.version);
  const lane = readCount('--lane', flags.lane, 0, MAX_UINT32);
  const compute = unwrap(parseAmount(flags.compute, '--compute'));
  const book = await openAddressBook(flags);
  const provider = unwrap(book.recipient(flags.provider));
  const client = await connect(flags);
  await readNodeState(client);
  const key = await readSigningKey(flags);
  const chain = await fetchChainIdentity(client);
  const parties = { payer: addressOfPrivateKey(key), provider, lane, model };
  const salt = randomSalt() as Root;
  const next = await openNextReceipt(client, chain, parties, flags, salt, asked);
  const { channel, fee, bodyFor, version } = next;
  const voucher = channel.add(bodyFor(compute));
  printJson(signedVoucherToJson(signVoucher(chain, key, voucher, { salt, version })));
  note(
    `signed for receipt ${voucher.count}: ${openText(fee)} for the model and ${openText(compute)} for compute; ` +
      `${openText(voucher.amount)} together with all before`,
  );
};

const BOTH = 'print the argument of eth_signTypedData_v4 for a wallet, and sign nothing';

/** Adds the options of a verb that signs what a provider is paid. */
const withPaying = (command: Command): Command => withRecipient(withKey(command));

export const registerVoucher = (program: Command): void => {
  const voucher = program.command('voucher').description('pay for answers');
  withPaying(
    withConnection(
      voucher
        .command('new')
        .description('sign a voucher for the next answer of a provider, and all answers before it')
        .requiredOption('--model <id>', 'the model that made the answer')
        .requiredOption('--provider <account>', 'who is paid: an address or a name')
        .requiredOption('--prompt <file>', 'the prompt, as UTF-8 text')
        .requiredOption('--output <file>', 'the answer, as UTF-8 text'),
    ),
  )
    .option('--version <n>', 'the version of the model that made it, instead of the newest')
    .option('--lane <number>', 'the lane, if you use several with this provider', '0')
    .option('--compute <amount>', 'what the provider asks for compute, beside the fee of the model', '0')
    .option('--json', 'has no effect: it is JSON')
    .addHelpText(
      'after',
      '\nIt continues where the chain has the vouchers of the payer, so let the provider send one receipt before you sign ' +
        'for the next one.',
    )
    .action(make);
  withPaying(
    withConnection(
      voucher
        .command('sign')
        .description('sign what is owed to a provider in a lane so far')
        .requiredOption('--file <voucher.json>', 'the voucher; - for stdin'),
    ),
  )
    .option('--genesis <file>', 'of the chain it is for, instead of asking a node')
    .option('--typed-data', BOTH)
    .option('--json', 'has no effect: it is JSON')
    .addHelpText('after', () => `\nThe voucher:\n${describePayload('voucher', VoucherType.schema)}`)
    .action(sign);
  voucher
    .command('example')
    .description('print a voucher to start from')
    .option('--json', 'has no effect: it is JSON')
    .action(() => printExample(VOUCHER_EXAMPLE));
};
