/**
 * `openledger`: what a program needs to use the chain, in Node and in browsers. It calls a node, signs for an account,
 * contributes data, pays for inferences and follows events.
 */

export type { ChainEvent } from '../rpc/schemas/event.ts';
export { PAGE_LIMIT_MAX } from '../rpc/schemas/page.ts';
export type { MethodName, PagedMethod, ParamsOf, ResultOf } from '../rpc/schemas/registry.ts';
export type { TokenIds } from '../state/attribution/commitment.ts';
export type { InfoTable } from '../state/attribution/info1.ts';
export type { RulesVersion } from '../state/attribution/rules.ts';
export type { ContributionRole } from '../state/tx/data-contribution.ts';
export type { ReceiptGroup, SignedVoucher } from '../state/tx/inference-receipt.ts';
export type { ReceiptBody, ReceiptSettings, ReceiptTerms, Sampling } from '../state/tx/receipt.ts';
export { type AnyKind, KINDS } from '../state/tx/registry.ts';
export type { Draft, SignedTransaction } from '../state/tx/transaction.ts';
export { type Voucher, VoucherType } from '../state/tx/voucher.ts';
export { type InfoTableSource, loadInfoTable } from './attribution/load-info-table.ts';
export {
  addressOfPrivateKey,
  addressToChecksum,
  decodeTransaction,
  domainSeparator,
  encodeTransaction,
  extendAccumulator,
  formatAmount,
  formatReceiptId,
  kindByName,
  modelFee,
  parseReceiptId,
  receiptRoot,
  signDigest,
  signTransaction,
  stopRoot,
  toHex,
  transactionDigest,
  transactionTypedData,
  voucherDigest,
  voucherPayload,
} from './client/checked.ts';
export { isErrorOf, type RpcCallError, type RpcCode } from './client/codes.ts';
export { encodeResult } from './client/decode.ts';
export type { ClientCode } from './client/errors.ts';
export {
  type EventFilter,
  type FollowedHeights,
  type FollowOptions,
  followEvents,
} from './client/event-follower.ts';
export {
  type AnsweringModel,
  type Inference,
  type MeasuredInference,
  measureInference,
  randomSalt,
  receiptBodyOf,
} from './client/inference.ts';
export { type KeystoreFile, readKeystoreFile } from './client/keystore/file.ts';
export {
  decryptKeystore,
  type EncryptOptions,
  encryptKeystore,
  type Keystore,
} from './client/keystore/keystore.ts';
export {
  type Outbox,
  type OutboxEntry,
  type OutboxStore,
  type Outcome,
  openOutbox,
} from './client/outbox.ts';
export { pages } from './client/pages.ts';
export type { Payload, PayloadOf } from './client/payload.ts';
export { isAway } from './client/refusals.ts';
export { type RetryOptions, whenAnswered } from './client/retry.ts';
export {
  type BatchResults,
  type Call,
  createRpcClient,
  type RpcClient,
  type RpcClientOptions,
  type RpcResult,
} from './client/rpc-client.ts';
export type { Sent } from './client/send.ts';
export type { SendMode, SendOptions } from './client/send-options.ts';
export { type Sending, type Settled, type SettleOptions, settle } from './client/settle.ts';
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
export { simulateDraft } from './client/simulate.ts';
export { openVoucherChannel, type VoucherChannel, type VoucherUse } from './client/voucher-channel.ts';
export { type WaitOptions, waitForHeight, waitForTransaction } from './client/wait.ts';
export { createWallet, fetchChainIdentity, type Wallet } from './client/wallet.ts';
export {
  type Contributed,
  type ContributeOptions,
  type ContributionRow,
  contribute,
} from './contribute/contribute.ts';
export { type JournalStore, memoryJournal } from './contribute/journal.ts';
export { parseAmount } from './lib/amount.ts';
export { type Address, type Height, type Root, toHeight } from './lib/brands.ts';
export { fromHex, type Hex } from './lib/bytes.ts';
export type { ChainIdentity } from './lib/chain.ts';
export { CodedError, type Fault, type Result, unwrap } from './lib/errors.ts';
export type { ContributionId, DatanetId, ModelId } from './lib/ids.ts';
export { parseAddress, randomPrivateKey } from './lib/secp256k1.ts';
