/**
 * An account that signs: transactions of any kind and vouchers, from a private key. What a node prepares is never
 * signed as it comes: the digest is computed here, from what was asked for.
 *
 * @example
 * const wallet = await createWallet(client, privateKey);
 * const sent = await wallet.send('transfer', { to, amount: 10n ** 18n }, { mode: 'commit' });
 */

import { type AnyKind, KINDS, kindByName } from '../../state/tx/registry.ts';
import {
  type Draft,
  type SignedTransaction,
  signTransaction,
  transactionTypedData,
} from '../../state/tx/transaction.ts';
import { type Voucher, voucherDigest } from '../../state/tx/voucher.ts';
import { type Address, type Root, toHeight } from '../lib/brands.ts';
import { fromHex, toHex } from '../lib/bytes.ts';
import type { ChainIdentity } from '../lib/chain.ts';
import { domainSeparator } from '../lib/eip712.ts';
import { CodedError, ok, type Result, unwrap } from '../lib/errors.ts';
import { addressOfPrivateKey, isPrivateKey, signDigest } from '../lib/secp256k1.ts';
import type { Json } from '../lib/ssz.ts';
import { fail, fault } from './errors.ts';
import { type RpcClient, toWire } from './rpc-client.ts';
import { type SendOptions, type Sent, sendTransaction } from './send.ts';

export type { SendMode, SendOptions } from './send.ts';

/** A payload as a program writes it: bytes and bigints where JSON has hex and decimal strings. */
export type PayloadInput =
  | Json
  | bigint
  | Uint8Array
  | readonly PayloadInput[]
  | { readonly [key: string]: PayloadInput };

export type Wallet = {
  readonly address: Address;
  readonly chain: ChainIdentity;
  /** Asks the node for nonce, fee and last height. @throws CodedError */
  readonly draft: (kind: string, payload: PayloadInput, options?: SendOptions) => Promise<Draft>;
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
  /**
   * Simulates, signs and sends: {@link sendTransaction}. Resolves with the status `pending`, `committed` or `failed`.
   * @throws CodedError with the code of the refusal; `TX_OUTCOME_UNKNOWN` if it may still be executed
   */
  readonly send: (kind: string, payload: PayloadInput, options?: SendOptions) => Promise<Sent>;
};

/** The highest maxFee that a node may fill in without the caller's consent: 1 OPEN, thousands of times a common fee. */
const MAX_PREPARED_FEE = 10n ** 18n;

/**
 * Returns a random amount of less than 2^32 base units. Added to the limit of the fee, which is not the fee, it gives equal
 * transactions of several programs different ids: so each of them learns what became of its own.
 */
const uniqueDigits = (): bigint => BigInt(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);

/** Asks the node which chain it is on. */
export const fetchChainIdentity = async (client: RpcClient): Promise<ChainIdentity> => {
  const { chainId, genesisHash } = await client.call('chain_getDomain');
  return { chainId: BigInt(chainId), genesisHash: unwrap(fromHex(genesisHash, 32)) as Root };
};

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

  const draftOf: Wallet['draft'] = async (kindName, payload, options = {}) => {
    const kind = unwrap(findKind(kindName));
    const body = unwrap(kind.fromJson(toJson(payload)));
    const { tip, nonce, maxFee, validUntil } = options;
    const { transaction } = await client.call('tx_prepare', {
      from: toHex(address),
      kind: kindName,
      payload: body.toJson(),
      ...(tip === undefined ? {} : { tip }),
      ...(nonce === undefined ? {} : { nonce }),
      ...(maxFee === undefined ? {} : { maxFee }),
      ...(validUntil === undefined ? {} : { validUntil }),
    });
    if (maxFee === undefined && BigInt(transaction.maxFee) > MAX_PREPARED_FEE)
      throw new CodedError(
        fault(
          'FEE_TOO_HIGH',
          `the node asks for a fee of up to ${transaction.maxFee} base units; allow it by maxFee`,
          {
            maxFee: transaction.maxFee,
          },
        ),
      );
    return {
      from: address,
      nonce: nonce ?? BigInt(transaction.nonce),
      maxFee: maxFee ?? BigInt(transaction.maxFee) + uniqueDigits(),
      tip: tip ?? 0n,
      validUntil: toHeight(validUntil ?? BigInt(transaction.validUntil)),
      body,
    };
  };

  const sign: Wallet['sign'] = (draft) => signTransaction(privateKey, draft, separator);
  const prepare: Wallet['prepare'] = async (kind, payload, options) =>
    sign(await draftOf(kind, payload, options));

  return {
    address,
    chain: own,
    draft: draftOf,
    sign,
    signVoucher: (voucher) => signDigest(voucherDigest(separator, voucher), privateKey),
    preview: async (kind, payload, options) =>
      transactionTypedData(await draftOf(kind, payload, options), own),
    prepare,
    send: (kind, payload, options) =>
      sendTransaction(client, { draft: () => draftOf(kind, payload, options), sign }, options),
  };
};
