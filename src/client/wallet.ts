/**
 * An account that signs: transactions of any kind and vouchers. What a node prepares is never signed as it comes: the
 * digest is computed here, from what was asked for, and so is the typed data that an external wallet shows.
 *
 * @example
 * const wallet = await createWallet(client, privateKeySigner(privateKey));
 * const sent = await wallet.send('transfer', { to, amount: 10n ** 18n }, { mode: 'commit' });
 */

import type { ResultOf } from '../../rpc/schemas/registry.ts';
import { formatOpen } from '../../state/tx/action.ts';
import { type AnyKind, KINDS, kindByName } from '../../state/tx/registry.ts';
import {
  type Draft,
  encodeTransaction,
  type SignedTransaction,
  transactionDigest,
  transactionTypedData,
} from '../../state/tx/transaction.ts';
import { type Voucher, VoucherType, voucherDigest, voucherPayload } from '../../state/tx/voucher.ts';
import { CHAIN, check, checkFields, type Must, withMethods } from '../lib/arguments.ts';
import { type Address, type Root, toHeight } from '../lib/brands.ts';
import type { ChainIdentity } from '../lib/chain.ts';
import { domainSeparator } from '../lib/eip712.ts';
import { CodedError, ok, type Result, unwrap } from '../lib/errors.ts';
import { minBig } from '../lib/math.ts';
import type { Json } from '../lib/ssz.ts';
import { fail, fault } from './errors.ts';
import type { PayloadOf } from './payload.ts';
import { CLIENT, type RpcClient } from './rpc-client.ts';
import { type Sent, sendTransaction } from './send.ts';
import { checkSendOptions, checkUnsigned, type SendOptions } from './send-options.ts';
import { privateKeySigner } from './signers/private-key.ts';
import { type Signer, signWith } from './signers/signer.ts';

export type Wallet = {
  readonly address: Address;
  readonly chain: ChainIdentity;
  /** Asks the node for nonce, fee and last height. @throws CodedError as {@link preview} */
  readonly draft: <const N extends string>(
    kind: N,
    payload: PayloadOf<N>,
    options?: SendOptions,
  ) => Promise<Draft>;
  /** Signs what needs no node. @throws CodedError `ARGUMENT_INVALID`, those of the signer */
  readonly sign: (draft: Omit<Draft, 'from'>) => Promise<SignedTransaction>;
  /** Returns the signature, r‖s‖v of 65 bytes. @throws CodedError `JSON_INVALID`, those of the signer */
  readonly signVoucher: (voucher: Voucher) => Promise<Uint8Array>;
  /**
   * Returns what {@link prepare} would sign: the argument of eth_signTypedData_v4.
   * @throws CodedError `TX_KIND_UNKNOWN`, `JSON_INVALID` (which lists all that is wrong with the payload), `ARGUMENT_INVALID`
   */
  readonly preview: <const N extends string>(
    kind: N,
    payload: PayloadOf<N>,
    options?: SendOptions,
  ) => Promise<Json>;
  /** Asks the node for nonce, fee and last height, and signs. @throws CodedError as {@link preview}, and the signer's */
  readonly prepare: <const N extends string>(
    kind: N,
    payload: PayloadOf<N>,
    options?: SendOptions,
  ) => Promise<SignedTransaction>;
  /**
   * Simulates, signs and sends: {@link sendTransaction}. Resolves with the status `pending`, `committed` or `failed`.
   * @throws CodedError as {@link prepare}, and with the code of the refusal; `TX_OUTCOME_UNKNOWN` if it may still be executed
   */
  readonly send: <const N extends string>(
    kind: N,
    payload: PayloadOf<N>,
    options?: SendOptions,
  ) => Promise<Sent>;
};

/** A wallet, whatever made it. */
export const WALLET: Must = withMethods(
  'a wallet, as createWallet makes one',
  'draft',
  'prepare',
  'sign',
  'send',
);

/** The highest maxFee that a node may fill in without the caller's consent: 1 OPEN, thousands of times a common fee. */
const MAX_PREPARED_FEE = 10n ** 18n;

/** How many different ends a limit of the fee may have: it ends in random digits below this, in base units. */
const ENDS = 2n ** 32n;
/** The fewest ends that tell equal transactions apart. */
const ENDS_MIN = 2n ** 16n;

/**
 * Returns a random amount below `ends`, in base units. In the limit of the fee, which is not the fee, it gives equal
 * transactions of several programs different ids: so each of them learns what became of its own.
 */
const uniqueDigits = (ends: bigint): bigint =>
  BigInt(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % ends;

/**
 * Returns the limit of the fee to sign. It is never above that of the caller, and never below what the transaction needs
 * now: the digits fill what is between the two.
 * @throws CodedError `FEE_TOO_HIGH`, `MAX_FEE_TOO_LOW`
 */
const limitOf = (
  { gas, baseFee, transaction }: ResultOf<'tx_prepare'>,
  given: bigint | undefined,
): bigint => {
  if (given === undefined) {
    const { maxFee } = transaction;
    if (maxFee <= MAX_PREPARED_FEE) return maxFee + uniqueDigits(ENDS);
    const message = `the node asks for a fee of up to ${formatOpen(maxFee)} OPEN; allow it by maxFee`;
    throw new CodedError(fault('FEE_TOO_HIGH', message, { maxFee: maxFee.toString() }));
  }
  const least = gas * baseFee + transaction.tip + ENDS_MIN - 1n;
  if (given >= least) return given - uniqueDigits(minBig(ENDS, given - least + ENDS_MIN));
  throw new CodedError(
    fault(
      'MAX_FEE_TOO_LOW',
      `maxFee: must be at least ${formatOpen(least)} OPEN now, not ${formatOpen(given)}`,
      {
        maxFee: given.toString(),
        needed: least.toString(),
      },
    ),
  );
};

/** Asks the node which chain it is on. */
export const fetchChainIdentity = async (client: RpcClient): Promise<ChainIdentity> => {
  check('client', client, CLIENT);
  return client.call('chain_getDomain');
};

/** The kind of a name. Fault `TX_KIND_UNKNOWN`, with the names there are. */
export const findKind = (name: string): Result<AnyKind> => {
  const kind = kindByName(name);
  const known = KINDS.map((each) => each.name);
  return kind === undefined
    ? fail(
        'TX_KIND_UNKNOWN',
        `there is no kind ${String(name).slice(0, 80)}; there are ${known.join(', ')}`,
        {
          known,
        },
      )
    : ok(kind);
};

const isSigner = (value: unknown): value is Signer =>
  typeof value === 'object' &&
  value !== null &&
  Reflect.get(value, 'address') instanceof Uint8Array &&
  typeof Reflect.get(value, 'sign') === 'function';

/** A private key stands for its signer: it is what most programs have. */
const signerOf = (given: unknown): Signer => {
  if (isSigner(given)) return given;
  if (given instanceof Uint8Array) return privateKeySigner(given);
  const must =
    'must be a signer (privateKeySigner, mnemonicSigner, externalSigner) or a private key as a Uint8Array of 32 bytes';
  throw new CodedError(fault('ARGUMENT_INVALID', `signer: ${must}`, { field: 'signer' }));
};

/** What of a wallet asks a node. */
const sendingThrough = (
  client: RpcClient,
  { address, chain, sign }: Pick<Wallet, 'address' | 'chain' | 'sign'>,
): Pick<Wallet, 'draft' | 'preview' | 'prepare' | 'send'> => {
  const draftOf = async (kindName: string, payload: unknown, options: SendOptions = {}): Promise<Draft> => {
    checkSendOptions(options);
    const kind = unwrap(findKind(kindName));
    const body = unwrap(kind.fromJson(payload));
    const { tip, nonce, maxFee, validUntil } = options;
    const prepared = await client.call('tx_prepare', {
      from: address,
      kind: kindName,
      payload: body.toJson(),
      ...(tip === undefined ? {} : { tip }),
      ...(nonce === undefined ? {} : { nonce }),
      ...(maxFee === undefined ? {} : { maxFee }),
      ...(validUntil === undefined ? {} : { validUntil }),
    });
    const { transaction } = prepared;
    return {
      from: address,
      nonce: nonce ?? transaction.nonce,
      maxFee: limitOf(prepared, maxFee),
      tip: tip ?? 0n,
      validUntil: validUntil === undefined ? transaction.validUntil : toHeight(validUntil),
      body,
    };
  };

  return {
    draft: draftOf,
    preview: async (kind, payload, options) =>
      transactionTypedData(await draftOf(kind, payload, options), chain),
    prepare: async (kind, payload, options) => sign(await draftOf(kind, payload, options)),
    send: async (kind, payload, options = {}) => {
      checkSendOptions(options);
      return sendTransaction(client, { draft: () => draftOf(kind, payload, options), sign }, options);
    },
  };
};

/** Returns a wallet that asks another client about nonces, fees and heights, and signs as this one does. */
export const walletThrough = (client: RpcClient, wallet: Wallet): Wallet => {
  const { address, chain } = wallet;
  const sign: Wallet['sign'] = (draft) => wallet.sign(draft);
  const signVoucher: Wallet['signVoucher'] = (voucher) => wallet.signVoucher(voucher);
  return { address, chain, sign, signVoucher, ...sendingThrough(client, { address, chain, sign }) };
};

/**
 * @param given - what signs: a {@link Signer}, or a private key of 32 bytes
 * @param chain - the chain that is signed for; the node is asked if it is left out
 * @throws CodedError `KEY_INVALID`, `ARGUMENT_INVALID`; those of the client, unless `chain` is given
 */
export const createWallet = async (
  client: RpcClient,
  given: Signer | Uint8Array,
  chain?: ChainIdentity,
): Promise<Wallet> => {
  check('client', client, CLIENT);
  const signer = signerOf(given);
  if (chain !== undefined) checkFields('chain', chain, CHAIN);
  const { address } = signer;
  const own = chain ?? (await fetchChainIdentity(client));
  const separator: Root = domainSeparator(own);

  const sign: Wallet['sign'] = async (unsigned) => {
    checkUnsigned(unsigned);
    const draft: Draft = { ...unsigned, from: address };
    const id = transactionDigest(draft, separator);
    const typedData = transactionTypedData(draft, own);
    return { id, bytes: encodeTransaction(draft, await signWith(signer, { digest: id, typedData })) };
  };

  return {
    address,
    chain: own,
    sign,
    signVoucher: async (given) => {
      const voucher = unwrap(VoucherType.fromJson(given));
      const typedData = voucherPayload(own, voucher);
      return signWith(signer, { digest: voucherDigest(separator, voucher), typedData });
    },
    ...sendingThrough(client, { address, chain: own, sign }),
  };
};
