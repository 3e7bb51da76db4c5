/**
 * The end of the chain as the next block sees it: everything that a header must agree with, and nothing that needs a
 * clock or a key. Whose turn it is to propose, whether the time is timely and whether the last commit's signatures hold,
 * consensus decides.
 */
import { type Address, type Height, nextHeight, type Root, toHeight } from '../src/lib/brands.ts';
import { equal, toHex } from '../src/lib/bytes.ts';
import {
  type Commit,
  commitRoot,
  EMPTY_COMMIT,
  evidenceRoot,
  type Header,
  headerHash,
  transactionsRoot,
  type ValidatorSet,
  validatorsHash,
} from '../src/lib/chain.ts';
import { validatorAddress } from '../src/lib/ed25519.ts';
import { type Fault, fault } from './errors/chain.ts';
import { type Genesis, genesisHash, genesisValidators } from './genesis.ts';
import type { ExecutedBlock } from './machine.ts';
import { type Params, parametersHash } from './params.ts';
import { resultsRoot } from './results.ts';

export type Tip = {
  readonly chainId: bigint;
  /** The height of the last block; 0 after genesis. */
  readonly height: Height;
  /** The time of the last header; the time of genesis at height 0. */
  readonly time: bigint;
  /** The last header's hash; the genesis hash at height 0. */
  readonly hash: Root;
  readonly stateRoot: Root;
  readonly resultsRoot: Root;
  /** The validators of the next height. */
  readonly validators: ValidatorSet;
  /** The validators of the height after the next. */
  readonly nextValidators: ValidatorSet;
  readonly params: Params;
};

export const genesisTip = (genesis: Genesis, stateRoot: Root): Tip => {
  const validators = genesisValidators(genesis);
  return {
    chainId: genesis.chainId,
    height: toHeight(0n),
    time: genesis.time,
    hash: genesisHash(genesis),
    stateRoot,
    resultsRoot: resultsRoot([]),
    validators,
    nextValidators: validators,
    params: genesis.params,
  };
};

/** The tip after a block that was executed on `tip`; `stateRoot` is the tree's after its writes. */
export const nextTip = (tip: Tip, header: Header, executed: ExecutedBlock, stateRoot: Root): Tip => ({
  chainId: tip.chainId,
  height: header.height,
  time: header.time,
  hash: headerHash(header),
  stateRoot,
  resultsRoot: executed.resultsRoot,
  validators: tip.nextValidators,
  nextValidators: executed.validators,
  params: executed.params,
});

/** What the proposer of the next block decides. */
export type Proposal = {
  readonly time: bigint;
  readonly proposer: Address;
  readonly transactions: readonly Uint8Array[];
  /** For the block of the tip; {@link EMPTY_COMMIT} at height 1. */
  readonly lastCommit: Commit;
  readonly evidence: readonly Uint8Array[];
};

/** The one header that the next block with these contents can have. */
export const headerOn = (tip: Tip, proposal: Proposal): Header => ({
  chainId: tip.chainId,
  height: nextHeight(tip.height),
  time: proposal.time,
  parent: tip.hash,
  proposer: proposal.proposer,
  transactionsRoot: transactionsRoot(proposal.transactions),
  lastCommitRoot: commitRoot(proposal.lastCommit),
  evidenceRoot: evidenceRoot(proposal.evidence),
  validatorsHash: validatorsHash(tip.validators),
  nextValidatorsHash: validatorsHash(tip.nextValidators),
  parametersHash: parametersHash(tip.params),
  stateRoot: tip.stateRoot,
  resultsRoot: tip.resultsRoot,
});

const differs = (name: string, expected: Uint8Array, got: Uint8Array): Fault | undefined =>
  equal(expected, got)
    ? undefined
    : fault('BLOCK_HEADER', `${name} is ${toHex(got)}, expected ${toHex(expected)}`, { field: name });

const differsNumber = (name: string, expected: bigint, got: bigint): Fault | undefined =>
  expected === got
    ? undefined
    : fault('BLOCK_HEADER', `${name} is ${got}, expected ${expected}`, { field: name });

/**
 * Is this the header of a block with these contents on this tip? Faults: `BLOCK_HEADER` with the field,
 * `BLOCK_TIME` (not later than the block before), `BLOCK_PROPOSER` (no validator), `BLOCK_LAST_COMMIT` (for another
 * block than the last; its signatures are not looked at).
 */
export const checkHeader = (
  tip: Tip,
  header: Header,
  contents: Omit<Proposal, 'time' | 'proposer'>,
): Fault | undefined => {
  const expected = headerOn(tip, { ...contents, time: header.time, proposer: header.proposer });
  const field =
    differsNumber('chainId', expected.chainId, header.chainId) ??
    differsNumber('height', expected.height, header.height) ??
    differs('parent', expected.parent, header.parent) ??
    differs('transactionsRoot', expected.transactionsRoot, header.transactionsRoot) ??
    differs('lastCommitRoot', expected.lastCommitRoot, header.lastCommitRoot) ??
    differs('evidenceRoot', expected.evidenceRoot, header.evidenceRoot) ??
    differs('validatorsHash', expected.validatorsHash, header.validatorsHash) ??
    differs('nextValidatorsHash', expected.nextValidatorsHash, header.nextValidatorsHash) ??
    differs('parametersHash', expected.parametersHash, header.parametersHash) ??
    differs('stateRoot', expected.stateRoot, header.stateRoot) ??
    differs('resultsRoot', expected.resultsRoot, header.resultsRoot);
  if (field !== undefined) return field;
  if (header.time <= tip.time)
    return fault('BLOCK_TIME', `the time ${header.time} is not later than ${tip.time}, the block before`);
  if (!tip.validators.some(({ publicKey }) => equal(validatorAddress(publicKey), header.proposer)))
    return fault('BLOCK_PROPOSER', `the proposer ${toHex(header.proposer)} is no validator of this height`);
  return checkLastCommit(tip, contents.lastCommit);
};

const checkLastCommit = (tip: Tip, commit: Commit): Fault | undefined => {
  const expected = tip.height === 0n ? EMPTY_COMMIT : { height: tip.height, blockHash: tip.hash };
  if (commit.height !== expected.height || !equal(commit.blockHash, expected.blockHash))
    return fault('BLOCK_LAST_COMMIT', `the last commit is not for the block at height ${tip.height}`);
  if (tip.height === 0n && (commit.round !== 0 || commit.signers.length > 0 || commit.signatures.length > 0))
    return fault('BLOCK_LAST_COMMIT', 'the last commit of block 1 is empty');
  return undefined;
};
