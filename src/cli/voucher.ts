/** `openledger voucher sign`: what a payer signs off the chain as answers come in. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readGenesis } from '../../node/genesis-file.ts';
import { chainIdentity } from '../../state/genesis.ts';
import { VoucherType, voucherDigest, voucherPayload } from '../../state/tx/voucher.ts';
import { fetchChainIdentity } from '../client/wallet.ts';
import { equal, toHex } from '../lib/bytes.ts';
import type { ChainIdentity } from '../lib/chain.ts';
import { domainSeparator } from '../lib/eip712.ts';
import { CodedError, unwrap } from '../lib/errors.ts';
import { readJson } from '../lib/files.ts';
import { addressOfPrivateKey, signDigest } from '../lib/secp256k1.ts';
import type { Json } from '../lib/ssz.ts';
import { type ConnectionOptions, connect, withConnection } from './connection.ts';
import { fault } from './errors.ts';
import { printJson } from './output.ts';
import { describePayload } from './schema-text.ts';
import { type KeyOptions, readSigningKey, withKey } from './secrets.ts';

type Flags = ConnectionOptions &
  KeyOptions & { readonly file: string; readonly genesis?: string; readonly typedData?: true };

const chainOf = async (flags: Flags): Promise<ChainIdentity> =>
  flags.genesis === undefined
    ? fetchChainIdentity(await connect(flags))
    : chainIdentity(unwrap(readGenesis(resolve(flags.genesis))));

const sign = async (flags: Flags): Promise<void> => {
  const voucher = unwrap(VoucherType.fromJson(unwrap(readJson(flags.file)) as Json));
  const chain = await chainOf(flags);
  if (flags.typedData) {
    printJson(voucherPayload(chain, voucher));
    return;
  }
  const key = await readSigningKey(flags);
  const address = addressOfPrivateKey(key);
  if (!equal(address, voucher.payer))
    throw new CodedError(
      fault('VOUCHER_PAYER', `the payer is ${toHex(voucher.payer)}, but the key is of ${toHex(address)}`),
    );
  const digest = voucherDigest(domainSeparator(chain), voucher);
  printJson({
    voucher: VoucherType.toJson(voucher),
    digest: toHex(digest),
    signature: toHex(signDigest(digest, key)),
  });
};

export const registerVoucher = (program: Command): void => {
  const voucher = program.command('voucher').description('pay for answers');
  withKey(
    withConnection(
      voucher
        .command('sign')
        .description('sign what is owed to a provider for a model so far')
        .requiredOption('--file <voucher.json>', 'the voucher'),
    ),
  )
    .option('--genesis <file>', 'of the chain it is for, instead of asking a node')
    .option('--typed-data', 'print the argument of eth_signTypedData_v4 for a wallet, and sign nothing')
    .addHelpText('after', () => `\nThe voucher:\n${describePayload('voucher', VoucherType.schema)}`)
    .action(sign);
};
