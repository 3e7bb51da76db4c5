/** What makes a block valid, as far as no clock is needed, and what a proposer may put into one. */
import { type Address, nextHeight, ZERO_ADDRESS } from '../src/lib/brands.ts';
import {
  type Block,
  BlockType,
  type Commit,
  type EncodedBlock,
  type ValidatorSet,
} from '../src/lib/chain.ts';
import { validatorAddress } from '../src/lib/ed25519.ts';
import { failWith, invariant, type Result as OpenResult, ok } from '../src/lib/errors.ts';
import { fail, fault, type Result } from './errors/chain.ts';
import type { BlockContext } from './modules/kit/context.ts';
import { checkHeader, headerOn, type Proposal, type Tip } from './tip.ts';
import type { VerifiedTransaction } from './tx/transaction.ts';

/**
 * Turns a transaction's bytes into a verified one, or returns why no block may hold it. A node passes one with a memory,
 * which may add codes of its own.
 */
export type Verify = (bytes: Uint8Array) => OpenResult<VerifiedTransaction>;

/**
 * Is this block valid on this tip? Its transactions, verified, if so. Faults: those of {@link checkHeader},
 * `BLOCK_TOO_LARGE`, `BLOCK_EVIDENCE` (none is known yet), `BLOCK_TRANSACTION` with the index and the code of its
 * fault, `BLOCK_GAS`. Left to consensus: proposer's turn, timeliness, and the signatures of the last commit.
 */
export const checkBlock = (
  tip: Tip,
  { block, bytes: encoded }: EncodedBlock,
  verify: Verify,
): Result<readonly VerifiedTransaction[]> => {
  const { maxBytes, maxGas } = tip.params.blocks;
  if (encoded.length > maxBytes)
    return fail('BLOCK_TOO_LARGE', `${encoded.length} bytes, at most ${maxBytes}`);
  if (block.evidence.length > 0) return fail('BLOCK_EVIDENCE', 'no kind of evidence is known');
  const header = checkHeader(tip, block.header, block);
  if (header !== undefined) return failWith(header);
  const verified: VerifiedTransaction[] = [];
  let gas = 0n;
  for (const [index, bytes] of block.transactions.entries()) {
    const tx = verify(bytes);
    if (!tx.ok)
      return failWith(
        fault('BLOCK_TRANSACTION', `transaction ${index}: ${tx.fault.message}`, {
          index,
          code: tx.fault.code,
        }),
      );
    gas += tx.value.gas;
    if (gas > maxGas) return fail('BLOCK_GAS', `the transactions need more than ${maxGas} gas`);
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
