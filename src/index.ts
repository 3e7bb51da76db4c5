/** The public face of the package: what a program needs to talk to a node and to sign for an account. */
export type { MethodName, ParamsOf, ResultOf } from '../rpc/schemas/registry.ts';
export { formatOpen as formatAmount } from '../state/tx/action.ts';
export {
  extendAccumulator,
  formatReceiptId,
  modelFee,
  parseReceiptId,
  type ReceiptBody,
  type ReceiptTerms,
  receiptRoot,
} from '../state/tx/receipt.ts';
export { type AnyKind, KINDS, kindByName } from '../state/tx/registry.ts';
export {
  type Draft,
  decodeTransaction,
  encodeTransaction,
  type SignedTransaction,
  signTransaction,
  transactionDigest,
  transactionTypedData,
} from '../state/tx/transaction.ts';
export { type Voucher, VoucherType, voucherDigest, voucherPayload } from '../state/tx/voucher.ts';
export { type KeystoreFile, readKeystoreFile } from './client/keystore/file.ts';
export {
  decryptKeystore,
  type EncryptOptions,
  encryptKeystore,
  type Keystore,
} from './client/keystore/keystore.ts';
export type { Payload, PayloadOf } from './client/payload.ts';
export {
  type BatchResults,
  type Call,
  createRpcClient,
  type RpcClient,
  type RpcClientOptions,
} from './client/rpc-client.ts';
export type { SendMode, SendOptions } from './client/send-options.ts';
export {
  type Eip1193Provider,
  type ExternalOptions,
  type ExternalWallet,
  externalSigner,
  type ViemAccount,
} from './client/signers/external.ts';
export { type MnemonicOptions, mnemonicPrivateKey, mnemonicSigner } from './client/signers/mnemonic.ts';
export { privateKeySigner } from './client/signers/private-key.ts';
export type { Signer, SignRequest } from './client/signers/signer.ts';
export { type WaitOptions, waitForHeight, waitForTransaction } from './client/wait.ts';
export { createWallet, fetchChainIdentity, type Wallet } from './client/wallet.ts';
export { parseAmount } from './lib/amount.ts';
export { type Address, type Height, type Root, toHeight } from './lib/brands.ts';
export { fromHex, type Hex, toHex } from './lib/bytes.ts';
export type { ChainIdentity } from './lib/chain.ts';
export { domainSeparator } from './lib/eip712.ts';
export { CodedError, type Fault, type Result } from './lib/errors.ts';
export {
  addressOfPrivateKey,
  addressToChecksum,
  parseAddress,
  randomPrivateKey,
  signDigest,
} from './lib/secp256k1.ts';
