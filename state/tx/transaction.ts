/**
 * The signed transaction: an SSZ envelope around the payload of its kind, signed as EIP-712 typed data, so that
 * existing wallets can sign it. Its id is the EIP-712 digest, which does not include the signature.
 */
import type { Address, Brand, Root } from '../../src/lib/brands.ts';
import { equal, toHex } from '../../src/lib/bytes.ts';
import { type ChainIdentity, height64, MAX_TRANSACTION_BYTES } from '../../src/lib/chain.ts';
import {
  domainSeparator,
  type Eip712Struct,
  type Eip712Value,
  typedDataDigest,
  typedDataPayload,
} from '../../src/lib/eip712.ts';
import { ok } from '../../src/lib/errors.ts';
import { addressOfPrivateKey, signDigest } from '../../src/lib/secp256k1.ts';
import {
  address20,
  byteList,
  container,
  type Json,
  root32,
  uint8,
  uint16,
  uint64,
  uint128,
  type ValueOf,
} from '../../src/lib/ssz.ts';
import type { Params } from '../params.ts';
import { type Fault, fail, fault, type Result } from './errors.ts';
import { transactionGas } from './gas.ts';
import { type AnyKind, type Body, kindById } from './registry.ts';

/** Recovers the account from a digest and a signature. A node passes a function that caches what it has recovered. */
export type Recover = (digest: Root, signature: Uint8Array) => Result<Address>;

/** Signature by secp256k1 over the EIP-712 digest: the only scheme so far. */
export const SCHEME_EIP712 = 0;
/** The most bytes of a signature, with room for future schemes. */
const MAX_SIGNATURE_BYTES = 4096;

export const TransactionType = container({
  from: address20,
  nonce: uint64,
  /** The most that gas and tip may cost together, in base units. */
  maxFee: uint128,
  tip: uint128,
  /** The last height whose block may execute it. */
  validUntil: height64,
  kind: uint16,
  version: uint8,
  /** The encoding of the payload of the kind. */
  payload: byteList(MAX_TRANSACTION_BYTES),
  scheme: uint8,
  signature: byteList(MAX_SIGNATURE_BYTES),
});
export type Transaction = ValueOf<typeof TransactionType>;

/** The facts about a transaction that follow from its bytes alone. */
export type DecodedTransaction = {
  /** The encoding. It is sent and stored, and its length counts for gas. */
  readonly bytes: Uint8Array;
  readonly transaction: Transaction;
  readonly body: Body;
};

/** The facts about a transaction that its sender has signed. */
export type SignedFacts = { readonly id: Root; readonly gas: bigint };

/** A transaction that passed {@link checkTransaction} on this chain: every block may hold it whose sender pays for it. */
export type VerifiedTransaction = Brand<DecodedTransaction & SignedFacts, 'VerifiedTransaction'>;

/** The context that a transaction is checked against. It is fixed for the chain, except for the parameters. */
export type TransactionRules = {
  /** The {@link domainSeparator} of the chain. */
  readonly separator: Root;
  readonly params: Params;
};

export const transactionRules = (chain: ChainIdentity, params: Params): TransactionRules => ({
  separator: domainSeparator(chain),
  params,
});

// Without the kind, two kinds of the same form would have the same root, and one signature would be valid for both.
const KindedBodyType = container({
  kind: uint16,
  version: uint8,
  payload: root32,
});

const TRANSACTION_STRUCT: Eip712Struct = {
  name: 'Transaction',
  fields: [
    { name: 'from', type: 'address' },
    { name: 'nonce', type: 'uint64' },
    { name: 'maxFee', type: 'uint128' },
    { name: 'tip', type: 'uint128' },
    { name: 'validUntil', type: 'uint64' },
    { name: 'action', type: 'string' },
    { name: 'body', type: 'bytes32' },
  ],
};

/** All fields of a transaction that its sender decides, before it is signed. */
export type Draft = Pick<Transaction, 'from' | 'nonce' | 'maxFee' | 'tip' | 'validUntil'> & {
  readonly body: Body;
};

const structValues = (draft: Draft): Readonly<Record<string, Eip712Value>> => ({
  from: draft.from,
  nonce: draft.nonce,
  maxFee: draft.maxFee,
  tip: draft.tip,
  validUntil: draft.validUntil,
  action: draft.body.action(),
  body: KindedBodyType.root({
    kind: draft.body.kind.id,
    version: draft.body.kind.version,
    payload: draft.body.root(),
  }),
});

/** Returns the id of a transaction, which is the digest that is signed. */
export const transactionDigest = (draft: Draft, separator: Root): Root =>
  typedDataDigest(separator, TRANSACTION_STRUCT, structValues(draft));

/** Returns the argument of eth_signTypedData_v4 for this transaction. */
export const transactionTypedData = (draft: Draft, chain: ChainIdentity): { readonly [key: string]: Json } =>
  typedDataPayload(chain, TRANSACTION_STRUCT, structValues(draft));

/** Returns the bytes of a transaction with a signature over its digest that was made elsewhere, such as by a wallet. */
export const encodeTransaction = (draft: Draft, signature: Uint8Array): Uint8Array =>
  TransactionType.encode({
    from: draft.from,
    nonce: draft.nonce,
    maxFee: draft.maxFee,
    tip: draft.tip,
    validUntil: draft.validUntil,
    kind: draft.body.kind.id,
    version: draft.body.kind.version,
    payload: draft.body.encode(),
    scheme: SCHEME_EIP712,
    signature,
  });

export type SignedTransaction = { readonly id: Root; readonly bytes: Uint8Array };

/** Signs a transaction with a private key. The account of the key becomes the sender. */
export const signTransaction = (
  privateKey: Uint8Array,
  unsigned: Omit<Draft, 'from'>,
  separator: Root,
): SignedTransaction => {
  const draft: Draft = { ...unsigned, from: addressOfPrivateKey(privateKey) };
  const id = transactionDigest(draft, separator);
  return { id, bytes: encodeTransaction(draft, signDigest(id, privateKey)) };
};

/**
 * Decodes a transaction without its payload, which costs a small part of decoding it whole. Faults: `TX_TOO_LARGE`,
 * `TX_DECODE` (not the canonical encoding of an envelope).
 */
export const decodeEnvelope = (bytes: Uint8Array): Result<Transaction> => {
  if (bytes.length > MAX_TRANSACTION_BYTES)
    return fail('TX_TOO_LARGE', `${bytes.length} bytes, at most ${MAX_TRANSACTION_BYTES}`);
  const envelope = TransactionType.decode(bytes);
  return envelope.ok ? envelope : fail('TX_DECODE', `not a transaction: ${envelope.fault.message}`);
};

const kindOf = ({ kind: id, version }: Transaction): Result<AnyKind> => {
  const kind = kindById(id);
  if (kind === undefined) return fail('TX_KIND_UNKNOWN', `there is no kind ${id}`, { kind: id });
  return kind.version === version
    ? ok(kind)
    : fail('TX_VERSION_UNKNOWN', `${kind.name} has no version ${version}`, { kind: kind.name, version });
};

/**
 * Decodes a transaction. Faults: those of {@link decodeEnvelope}, `TX_KIND_UNKNOWN`, `TX_VERSION_UNKNOWN`, `TX_PAYLOAD` (not
 * the canonical encoding of the payload of the kind).
 */
export const decodeTransaction = (bytes: Uint8Array): Result<DecodedTransaction> => {
  const envelope = decodeEnvelope(bytes);
  if (!envelope.ok) return envelope;
  const transaction = envelope.value;
  const kind = kindOf(transaction);
  if (!kind.ok) return kind;
  const { name, decode } = kind.value;
  const body = decode(transaction.payload);
  if (!body.ok) return fail('TX_PAYLOAD', `not a payload of ${name}: ${body.fault.message}`, { kind: name });
  return ok({ bytes, transaction, body: body.value });
};

/**
 * Checks what the envelope shows, without the payload and without the signature. Faults: `TX_TOO_LARGE`, `TX_KIND_UNKNOWN`,
 * `TX_VERSION_UNKNOWN`, `TX_SCHEME_UNKNOWN`, `TX_TIP` (more than maxFee).
 * @param byteLength - of the encoding
 */
export const checkEnvelope = (
  transaction: Transaction,
  byteLength: number,
  { params }: TransactionRules,
): Fault | undefined => {
  const { maxTransactionBytes } = params.blocks;
  const { scheme, tip, maxFee } = transaction;
  if (byteLength > maxTransactionBytes)
    return fault('TX_TOO_LARGE', `${byteLength} bytes, at most ${maxTransactionBytes}`);
  const kind = kindOf(transaction);
  if (!kind.ok) return kind.fault;
  if (scheme !== SCHEME_EIP712) return fault('TX_SCHEME_UNKNOWN', `there is no signature scheme ${scheme}`);
  if (tip > maxFee) return fault('TX_TIP', `the tip ${tip} is more than maxFee ${maxFee}`);
  return undefined;
};

/**
 * Checks that the sender has signed the transaction, and computes its id and its gas. Faults: those of
 * {@link checkEnvelope}, `TX_GAS` (more than a block may use), those of {@link Recover}, and `SIGNATURE_SIGNER`: the signature
 * was made by another key, or for another chain.
 */
export const checkSigned = (
  decoded: DecodedTransaction,
  rules: TransactionRules,
  recover: Recover,
): Result<SignedFacts> => {
  const { bytes, transaction, body } = decoded;
  const { params, separator } = rules;
  const refused = checkEnvelope(transaction, bytes.length, rules);
  if (refused !== undefined) return { ok: false, fault: refused };
  const gas = transactionGas(body.gas(params), bytes.length, params.fees);
  if (gas > params.blocks.maxGas)
    return fail('TX_GAS', `needs ${gas} gas, a block has ${params.blocks.maxGas}`);
  const id = transactionDigest({ ...transaction, body }, separator);
  const signer = recover(id, transaction.signature);
  if (!signer.ok) return signer;
  if (!equal(signer.value, transaction.from))
    return fail(
      'SIGNATURE_SIGNER',
      `signed by ${toHex(signer.value)}, not by ${toHex(transaction.from)}: another key, chain or content`,
    );
  return ok({ id, gas });
};

/**
 * Checks everything that needs no state. A block is invalid if it holds a transaction that fails this check. Faults: those
 * of {@link checkSigned}, then those of the check of the kind.
 */
export const checkTransaction = (
  decoded: DecodedTransaction,
  rules: TransactionRules,
  recover: Recover,
): Result<VerifiedTransaction> => {
  const signed = checkSigned(decoded, rules, recover);
  if (!signed.ok) return signed;
  const refused = decoded.body.check(rules.params);
  if (refused !== undefined) return { ok: false, fault: refused };
  return ok({ ...decoded, ...signed.value } as VerifiedTransaction);
};
