/**
 * An account that signs: transactions of any kind and vouchers, from a private key. What a node prepares is never
 * signed as it comes: the digest is computed here, from what was asked for.
 *
 * @example
 * const wallet = await createWallet(client, privateKey);
 * const sent = await wallet.send('transfer', { to, amount: 10n ** 18n }, { mode: 'commit' });
 */

import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { type AnyKind, KINDS, kindByName } from '../../state/tx/registry.ts';
import {
  type Draft,
  type SignedTransaction,
  signTransaction,
  transactionTypedData,
} from '../../state/tx/transaction.ts';
import { type Voucher, voucherDigest } from '../../state/tx/voucher.ts';
import { type Address, type Root, toHeight } from '../lib/brands.ts';
import type { ChainIdentity } from '../lib/chain.ts';
import { domainSeparator } from '../lib/eip712.ts';
import { CodedError, ok, type Result, unwrap } from '../lib/errors.ts';
import { addressOfPrivateKey, isPrivateKey, signDigest } from '../lib/secp256k1.ts';
import type { Json } from '../lib/ssz.ts';
import { fail, fault } from './errors.ts';
import { type RpcClient, toWire } from './rpc-client.ts';

export type SendMode = 'async' | 'sync' | 'commit';

/** A payload as a program writes it: bytes and bigints where JSON has hex and decimal strings. */
export type PayloadInput =
  | Json
  | bigint
  | Uint8Array
  | readonly PayloadInput[]
  | { readonly [key: string]: PayloadInput };

export type SendOptions = {
  /** `sync` if left out. */
  readonly mode?: SendMode;
  /** The timeout of `commit`. */
  readonly timeoutMs?: number;
  /** Base units. */
  readonly tip?: bigint;
  /** Counted by the node if left out: give it to send several at once. */
  readonly nonce?: bigint;
  readonly maxFee?: bigint;
  readonly validUntil?: bigint;
};

export type Wallet = {
  readonly address: Address;
  readonly chain: ChainIdentity;
  /** Signs what needs no node. */
  readonly sign: (draft: Omit<Draft, 'from'>) => SignedTransaction;
  /** 65 bytes, r‖s‖v. */
  readonly signVoucher: (voucher: Voucher) => Uint8Array;
  /** Returns what {@link prepare} would sign: the argument of eth_signTypedData_v4. @throws CodedError */
  readonly preview: (kind: string, payload: PayloadInput, options?: SendOptions) => Promise<Json>;
  /** Asks the node for nonce, fee and last height, and signs. @throws CodedError */
  readonly prepare: (
    kind: string,
    payload: PayloadInput,
    options?: SendOptions,
  ) => Promise<SignedTransaction>;
  /** Prepares, signs and sends. @throws CodedError with the code of the refusal */
  readonly send: (kind: string, payload: PayloadInput, options?: SendOptions) => Promise<ResultOf<'tx_send'>>;
};

/** The highest maxFee that a node may fill in without the caller's consent: 1 OPEN, thousands of times a common fee. */
const MAX_PREPARED_FEE = 10n ** 18n;

/** Asks the node which chain it is on. */
export const fetchChainIdentity = (client: RpcClient): Promise<ChainIdentity> =>
  client.call('chain_getDomain');

/** The kind of a name. Fault `TX_KIND_UNKNOWN`, with the names there are. */
export const findKind = (name: string): Result<AnyKind> => {
  const kind = kindByName(name);
  const known = KINDS.map((each) => each.name);
  return kind === undefined
    ? fail('TX_KIND_UNKNOWN', `there is no kind ${name.slice(0, 80)}; there are ${known.join(', ')}`, {
        known,
      })
    : ok(kind);
};

const toJson = (payload: PayloadInput): Json => JSON.parse(JSON.stringify(payload, toWire)) as Json;

/** @throws CodedError `KEY_INVALID`; those of the client, unless `chain` is given */
export const createWallet = async (
  client: RpcClient,
  privateKey: Uint8Array,
  chain?: ChainIdentity,
): Promise<Wallet> => {
  if (!isPrivateKey(privateKey))
    throw new CodedError(fault('KEY_INVALID', 'not a secp256k1 private key of 32 bytes'));
  const address = addressOfPrivateKey(privateKey);
  const own = chain ?? (await fetchChainIdentity(client));
  const separator: Root = domainSeparator(own);

  const draftOf = async (kindName: string, payload: PayloadInput, options: SendOptions): Promise<Draft> => {
    const kind = unwrap(findKind(kindName));
    const body = unwrap(kind.fromJson(toJson(payload)));
    const { tip, nonce, maxFee, validUntil } = options;
    const { transaction } = await client.call('tx_prepare', {
      from: address,
      kind: kindName,
      payload: body.toJson(),
      ...(tip === undefined ? {} : { tip }),
      ...(nonce === undefined ? {} : { nonce }),
      ...(maxFee === undefined ? {} : { maxFee }),
      ...(validUntil === undefined ? {} : { validUntil }),
    });
    if (maxFee === undefined && transaction.maxFee > MAX_PREPARED_FEE)
      throw new CodedError(
        fault(
          'FEE_TOO_HIGH',
          `the node asks for a fee of up to ${transaction.maxFee} base units; allow it by maxFee`,
          {
            maxFee: transaction.maxFee.toString(),
          },
        ),
      );
    return {
      from: address,
      nonce: nonce ?? transaction.nonce,
      maxFee: maxFee ?? transaction.maxFee,
      tip: tip ?? 0n,
      validUntil: validUntil === undefined ? transaction.validUntil : toHeight(validUntil),
      body,
    };
  };

  const prepare: Wallet['prepare'] = async (kind, payload, options = {}) =>
    signTransaction(privateKey, await draftOf(kind, payload, options), separator);

  return {
    address,
    chain: own,
    sign: (draft) => signTransaction(privateKey, draft, separator),
    signVoucher: (voucher) => signDigest(voucherDigest(separator, voucher), privateKey),
    preview: async (kind, payload, options = {}) =>
      transactionTypedData(await draftOf(kind, payload, options), own),
    prepare,
    send: async (kind, payload, options = {}) => {
      const { bytes } = await prepare(kind, payload, options);
      const { mode = 'sync', timeoutMs } = options;
      return client.call('tx_send', {
        transaction: bytes,
        mode,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
    },
  };
};
