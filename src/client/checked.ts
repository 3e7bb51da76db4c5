/**
 * Functions of the protocol as programs call them: they check the types of their arguments first. The node calls the
 * functions behind them, which run for each transaction of a block and rely on their types.
 */
import { RULES_VERSIONS } from '../../state/attribution/rules.ts';
import * as action from '../../state/tx/action.ts';
import * as receipts from '../../state/tx/receipt.ts';
import { type AnyKind, kindByName as kindOfName } from '../../state/tx/registry.ts';
import * as transactions from '../../state/tx/transaction.ts';
import * as vouchers from '../../state/tx/voucher.ts';
import {
  ADDRESS,
  BYTES,
  bigintTo,
  CHAIN,
  check,
  checkFields,
  LIST,
  type Must,
  OBJECT,
  oneOf,
  ROOT,
  TEXT,
  WHOLE_NUMBER,
} from '../lib/arguments.ts';
import type { Address, Root } from '../lib/brands.ts';
import * as bytes from '../lib/bytes.ts';
import type { ChainIdentity } from '../lib/chain.ts';
import * as eip712 from '../lib/eip712.ts';
import type { Result } from '../lib/errors.ts';
import { MAX_UINT64, MAX_UINT128 } from '../lib/math.ts';
import * as secp256k1 from '../lib/secp256k1.ts';
import type { Json } from '../lib/ssz.ts';
import { DRAFT, UNSIGNED } from './send-options.ts';
import { checkPrivateKey } from './signers/private-key.ts';

const AMOUNT = bigintTo(MAX_UINT128);

/** Returns base units as OPEN, without trailing zeros: `1500000000000000000n` is `1.5`. @throws CodedError `ARGUMENT_INVALID` */
export const formatAmount = (amount: bigint): string => {
  check('amount', amount, { be: 'a bigint', is: (value) => typeof value === 'bigint' });
  return action.formatOpen(amount);
};

/** Returns 0x and lower-case hex. @throws CodedError `ARGUMENT_INVALID` */
export const toHex = (given: Uint8Array): bytes.Hex => {
  check('bytes', given, BYTES);
  return bytes.toHex(given);
};

/** 0x-hex whose capital letters are a checksum (EIP-55). For people to read, never for comparison. @throws CodedError `ARGUMENT_INVALID` */
export const addressToChecksum = (address: Uint8Array): string => {
  check('address', address, ADDRESS);
  return secp256k1.addressToChecksum(address);
};

/** Returns the account of a private key of 32 bytes. @throws CodedError `KEY_INVALID` */
export const addressOfPrivateKey = (privateKey: Uint8Array): Address => {
  checkPrivateKey(privateKey);
  return secp256k1.addressOfPrivateKey(privateKey);
};

/** Signs a digest of 32 bytes, deterministically (RFC 6979): r‖s‖v, with v 27 or 28 and a low s. @throws CodedError `KEY_INVALID`, `ARGUMENT_INVALID` */
export const signDigest = (digest: Uint8Array, privateKey: Uint8Array): Uint8Array => {
  check('digest', digest, ROOT);
  checkPrivateKey(privateKey);
  return secp256k1.signDigest(digest, privateKey);
};

/** Returns the separator of the EIP-712 domain of a chain. Its salt is the genesis hash. @throws CodedError `ARGUMENT_INVALID` */
export const domainSeparator = (chain: ChainIdentity): Root => {
  checkFields('chain', chain, CHAIN);
  return eip712.domainSeparator(chain);
};

/** Returns how a receipt is named: `0x<id of the transaction>/<index>`. @throws CodedError `ARGUMENT_INVALID` */
export const formatReceiptId = (id: receipts.ReceiptId): ReturnType<typeof receipts.formatReceiptId> => {
  checkFields('id', id, { batch: ROOT, index: WHOLE_NUMBER });
  return receipts.formatReceiptId(id);
};

/** Reads what {@link formatReceiptId} wrote. Fault `RECEIPT_ID_INVALID`. @throws CodedError `ARGUMENT_INVALID` */
export const parseReceiptId = (text: string): ReturnType<typeof receipts.parseReceiptId> => {
  check('text', text, TEXT);
  return receipts.parseReceiptId(text);
};

/**
 * Returns ⌊(units in · price in + units out · price out)/1000⌋, in base units. A unit is a token, or eight bytes, whichever
 * are more. @throws CodedError `ARGUMENT_INVALID`
 */
export const modelFee: typeof receipts.modelFee = (tokens, prices) => {
  checkFields('tokens', tokens, {
    tokensIn: WHOLE_NUMBER,
    tokensOut: WHOLE_NUMBER,
    bytesIn: WHOLE_NUMBER,
    bytesOut: WHOLE_NUMBER,
  });
  checkFields('prices', prices, { in: AMOUNT, out: AMOUNT });
  return receipts.modelFee(tokens, prices);
};

const upTo = (limit: number): Must => ({
  be: `a whole number of 0 to ${limit}`,
  is: (value) => WHOLE_NUMBER.is(value) && Number(value) <= limit,
});
const UINT16 = upTo(0xffff);
const UINT32 = upTo(0xffff_ffff);
const MODEL = UINT32;

const TERMS = { payer: ADDRESS, provider: ADDRESS, lane: UINT32 };
const BODY: Readonly<Record<keyof receipts.ReceiptBody, Must>> = {
  model: MODEL,
  manifest: ROOT,
  rules: oneOf(RULES_VERSIONS),
  promptRoot: ROOT,
  outputRoot: ROOT,
  textRoot: ROOT,
  tokensIn: UINT16,
  tokensOut: UINT16,
  bytesIn: UINT32,
  bytesOut: UINT32,
  compute: AMOUNT,
  fee: AMOUNT,
  app: ADDRESS,
  appFee: AMOUNT,
  visibility: oneOf(receipts.VISIBILITIES),
  finish: oneOf(receipts.FINISHES),
  sampling: OBJECT,
  maxTokens: UINT32,
  stop: ROOT,
};
const SAMPLING: Readonly<Record<keyof receipts.Sampling, Must>> = {
  temperature: UINT16,
  topP: UINT16,
  topK: UINT16,
  seed: bigintTo(MAX_UINT64),
};

/** @throws CodedError `ARGUMENT_INVALID` */
export const checkTerms = (terms: unknown): void => checkFields('terms', terms, TERMS);
/** @throws CodedError `ARGUMENT_INVALID` */
export const checkBody = (body: unknown, name = 'body'): void => {
  checkFields(name, body, BODY);
  checkFields(`${name}.sampling`, (body as receipts.ReceiptBody).sampling, SAMPLING);
};

/** Returns the root of the strings at which an output ends, for `stop` of a receipt; zero if there are none. @throws CodedError `ARGUMENT_INVALID` */
export const stopRoot = (strings: readonly string[]): Root => {
  check('strings', strings, LIST);
  for (const [i, each] of strings.entries()) check(`strings.${i}`, each, TEXT);
  return receipts.stopRoot(strings);
};

/** Returns the root of one receipt, which extends an accumulator. @throws CodedError `ARGUMENT_INVALID` */
export const receiptRoot = (terms: receipts.ReceiptTerms, body: receipts.ReceiptBody): Root => {
  checkTerms(terms);
  checkBody(body);
  return receipts.receiptRoot(terms, body);
};

/**
 * Returns accumulator_i = sha256(accumulator_{i−1} ‖ receiptRoot_i), which commits to all receipts so far, in their
 * order.
 * @throws CodedError `ARGUMENT_INVALID`
 */
export const extendAccumulator = (
  accumulator: Root,
  terms: receipts.ReceiptTerms,
  bodies: readonly receipts.ReceiptBody[],
): Root => {
  check('accumulator', accumulator, ROOT);
  checkTerms(terms);
  check('bodies', bodies, LIST);
  for (const [i, body] of bodies.entries()) checkBody(body, `bodies.${i}`);
  return receipts.extendAccumulator(accumulator, terms, bodies);
};

/** Returns the kind of transaction of a name; undefined if there is none. @throws CodedError `ARGUMENT_INVALID` */
export const kindByName = (name: string): AnyKind | undefined => {
  check('name', name, TEXT);
  return kindOfName(name);
};

/** Returns the id of a transaction, which is the digest that is signed. @throws CodedError `ARGUMENT_INVALID` */
export const transactionDigest = (draft: transactions.Draft, separator: Root): Root => {
  checkFields('draft', draft, DRAFT);
  check('separator', separator, ROOT);
  return transactions.transactionDigest(draft, separator);
};

/** Returns the argument of eth_signTypedData_v4 for this transaction. @throws CodedError `ARGUMENT_INVALID` */
export const transactionTypedData = (
  draft: transactions.Draft,
  chain: ChainIdentity,
): { readonly [key: string]: Json } => {
  checkFields('draft', draft, DRAFT);
  checkFields('chain', chain, CHAIN);
  return transactions.transactionTypedData(draft, chain);
};

const SIGNATURE: Must = {
  be: `a Uint8Array of ${secp256k1.SIGNATURE_LENGTH} bytes, r‖s‖v, or of ${secp256k1.COMPACT_LENGTH} (EIP-2098)`,
  is: (value) =>
    value instanceof Uint8Array &&
    (value.length === secp256k1.SIGNATURE_LENGTH || value.length === secp256k1.COMPACT_LENGTH),
};

/**
 * Returns the bytes of a transaction with a signature over its digest that was made elsewhere, in any form that wallets
 * give: also v of 0 or 1, a high s, or 64 bytes (EIP-2098).
 * @throws CodedError `ARGUMENT_INVALID`
 */
export const encodeTransaction = (draft: transactions.Draft, signature: Uint8Array): Uint8Array => {
  checkFields('draft', draft, DRAFT);
  check('signature', signature, SIGNATURE);
  return transactions.encodeTransaction(draft, secp256k1.normalSignature(signature));
};

/** Signs a transaction with a private key. The account of the key becomes the sender. @throws CodedError `KEY_INVALID`, `ARGUMENT_INVALID` */
export const signTransaction = (
  privateKey: Uint8Array,
  unsigned: Omit<transactions.Draft, 'from'>,
  separator: Root,
): transactions.SignedTransaction => {
  checkPrivateKey(privateKey);
  checkFields('unsigned', unsigned, UNSIGNED);
  check('separator', separator, ROOT);
  return transactions.signTransaction(privateKey, unsigned, separator);
};

/**
 * Decodes a transaction. Faults: `TX_TOO_LARGE`, `TX_DECODE` (not the canonical encoding of an envelope),
 * `TX_KIND_UNKNOWN`, `TX_VERSION_UNKNOWN`, `TX_PAYLOAD` (not the canonical encoding of the payload of the kind).
 * @throws CodedError `ARGUMENT_INVALID`
 */
export const decodeTransaction = (given: Uint8Array): Result<transactions.DecodedTransaction> => {
  check('bytes', given, BYTES);
  return transactions.decodeTransaction(given);
};

const VOUCHER = {
  payer: ADDRESS,
  provider: ADDRESS,
  lane: UINT32,
  amount: AMOUNT,
  count: bigintTo(MAX_UINT64),
  accumulator: ROOT,
};

/** Returns the digest of a voucher, which is signed. @throws CodedError `ARGUMENT_INVALID` */
export const voucherDigest = (separator: Root, voucher: vouchers.Voucher): Root => {
  check('separator', separator, ROOT);
  checkFields('voucher', voucher, VOUCHER);
  return vouchers.voucherDigest(separator, voucher);
};

/** Returns the argument of eth_signTypedData_v4, for a wallet. @throws CodedError `ARGUMENT_INVALID` */
export const voucherPayload = (
  chain: ChainIdentity,
  voucher: vouchers.Voucher,
): { readonly [key: string]: Json } => {
  checkFields('chain', chain, CHAIN);
  checkFields('voucher', voucher, VOUCHER);
  return vouchers.voucherPayload(chain, voucher);
};
