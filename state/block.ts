/** What makes a block valid, as far as no clock is needed, and what a proposer may put into one. */
import { type Address, nextHeight, ZERO_ADDRESS } from '../src/lib/brands.ts';
import { toHex } from '../src/lib/bytes.ts';
import {
  type Block,
  BlockType,
  type Commit,
  type EncodedBlock,
  type ValidatorSet,
} from '../src/lib/chain.ts';
import { validatorAddress } from '../src/lib/ed25519.ts';
import { failWith, invariant, type Result as OpenResult, ok } from '../src/lib/errors.ts';
import { accountsOf, openCharges } from './charge.ts';
import { type Fault, fault, type Result } from './errors/chain.ts';
import type { BlockContext } from './modules/kit/context.ts';
import { baseFeeOf } from './modules/ledger/fees.ts';
import { checkHeader, headerOn, type Proposal, type Tip } from './tip.ts';
import { transactionGas } from './tx/gas.ts';
import { decodeEnvelope, type Transaction, type VerifiedTransaction } from './tx/transaction.ts';
import type { ReadView } from './view.ts';

/**
 * Turns a transaction's bytes into a verified one, or returns why no block may hold it. A node passes one with a memory,
 * which may add codes of its own.
 */
export type Verify = (bytes: Uint8Array) => OpenResult<VerifiedTransaction>;

/** Returns what needs no transaction to be decoded: size, evidence, header. */
const checkFrame = (tip: Tip, { block, bytes: encoded }: EncodedBlock): Fault | undefined => {
  const { maxBytes } = tip.params.blocks;
  if (encoded.length > maxBytes)
    return fault('BLOCK_TOO_LARGE', `${encoded.length} bytes, at most ${maxBytes}`);
  if (block.evidence.length > 0) return fault('BLOCK_EVIDENCE', 'no kind of evidence is known');
  return checkHeader(tip, block.header, block);
};

/** The faults of the transactions of a block, in their order. */
const badTransaction = (index: number, { code, message }: { code: string; message: string }): Fault =>
  fault('BLOCK_TRANSACTION', `transaction ${index}: ${message}`, { index, code });

/**
 * Holds the transactions of a block one after the other against its gas and the accounts of their senders, as `state`, the
 * state before the block, has them. Returns a function that takes the next one, and returns why the block is invalid.
 */
const openAccounts = (tip: Tip, state: ReadView) => {
  const { maxGas } = tip.params.blocks;
  const terms = { height: nextHeight(tip.height), baseFee: baseFeeOf(state) };
  const charge = openCharges(terms, accountsOf(state));
  let gas = 0n;
  return (index: number, transaction: Transaction, txGas: bigint): Fault | undefined => {
    gas += txGas;
    if (gas > maxGas) return fault('BLOCK_GAS', `the transactions need more than ${maxGas} gas`);
    const fee = charge(toHex(transaction.from), { ...transaction, gas: txGas });
    return fee.ok ? undefined : badTransaction(index, fee.fault);
  };
};

/**
 * Checks what is cheap to check, so that nobody is made to verify the signatures of a block that is invalid anyway. It holds
 * the envelopes against the state with the least gas that each can have. A block with a fault here has one in
 * {@link checkBlock} too, though it may be another.
 */
export const checkOutline = (tip: Tip, state: ReadView, encoded: EncodedBlock): Result<void> => {
  const frame = checkFrame(tip, encoded);
  if (frame !== undefined) return failWith(frame);
  const take = openAccounts(tip, state);
  for (const [index, bytes] of encoded.block.transactions.entries()) {
    const envelope = decodeEnvelope(bytes);
    if (!envelope.ok) return failWith(badTransaction(index, envelope.fault));
    const refused = take(index, envelope.value, transactionGas(0n, bytes.length, tip.params.fees));
    if (refused !== undefined) return failWith(refused);
  }
  return ok(undefined);
};

/**
 * Is this block valid on this tip, with the state after it? Its transactions, verified, if so. Faults: those of
 * {@link checkHeader}, `BLOCK_TOO_LARGE`, `BLOCK_EVIDENCE` (none is known yet), `BLOCK_GAS`, and `BLOCK_TRANSACTION` with
 * the index and the code of its fault: one of `verify`, or of {@link openCharges}. Left to consensus: proposer's turn,
 * timeliness, and the signatures of the last commit.
 */
export const checkBlock = (
  tip: Tip,
  state: ReadView,
  encoded: EncodedBlock,
  verify: Verify,
): Result<readonly VerifiedTransaction[]> => {
  const frame = checkFrame(tip, encoded);
  if (frame !== undefined) return failWith(frame);
  const take = openAccounts(tip, state);
  const verified: VerifiedTransaction[] = [];
  for (const [index, bytes] of encoded.block.transactions.entries()) {
    const tx = verify(bytes);
    if (!tx.ok) return failWith(badTransaction(index, tx.fault));
    const refused = take(index, tx.value.transaction, tx.value.gas);
    if (refused !== undefined) return failWith(refused);
    verified.push(tx.value);
  }
  return ok(verified);
};

/** Everything of the next block but what a proposer picked. */
export const buildBlock = (tip: Tip, proposal: Proposal): Block => ({
  header: headerOn(tip, proposal),
  transactions: proposal.transactions,
  lastCommit: proposal.lastCommit,
  evidence: proposal.evidence,
});

/** The values that are the same for every block of a chain, and on every node of it. */
export type ChainConstants = Pick<BlockContext, 'chain' | 'recover' | 'info'>;

/** What executing this block knows of the world. */
export const contextOf = (tip: Tip, { header }: Block, constants: ChainConstants): BlockContext => ({
  ...constants,
  height: header.height,
  time: header.time,
  proposer: header.proposer,
  parent: header.parent,
  params: tip.params,
});

/**
 * Returns what executing the next block knows of the world if it has this time. Who proposes it is not known yet: the tips
 * are given to the first validator of its set.
 */
export const nextContext = (tip: Tip, time: bigint, constants: ChainConstants): BlockContext => ({
  ...constants,
  height: nextHeight(tip.height),
  time,
  proposer: firstOf(tip.validators),
  parent: tip.hash,
  params: tip.params,
});

const firstOf = ([first]: ValidatorSet): Address => {
  invariant(first !== undefined, 'a chain has a validator');
  return validatorAddress(first.publicKey);
};

/** How many bytes the next block has for its transactions, beside this last commit. */
export const transactionSpace = (tip: Tip, lastCommit: Commit): number => {
  const empty = { time: 0n, proposer: ZERO_ADDRESS, transactions: [], lastCommit, evidence: [] };
  return tip.params.blocks.maxBytes - BlockType.encode(buildBlock(tip, empty)).length;
};
