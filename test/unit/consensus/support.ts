import { createHash } from 'node:crypto';
import { ed25519 as noble } from '@noble/curves/ed25519.js';
import type { Proposal, Target, UnsignedProposal, UnsignedVote, Vote } from '../../../consensus/messages.ts';
import { proposalSignBytes, voteSignBytes } from '../../../consensus/messages.ts';
import { proposerIndex } from '../../../consensus/proposer.ts';
import type { Verified } from '../../../consensus/verify.ts';
import { type Root, toHeight, toRound } from '../../../src/lib/brands.ts';
import { compare, concat, utf8 } from '../../../src/lib/bytes.ts';
import {
  type Block,
  BlockType,
  type ChainIdentity,
  type Commit,
  commitRoot,
  EMPTY_COMMIT,
  evidenceRoot,
  headerHash,
  transactionsRoot,
  type ValidatorSet,
  validatorsHash,
} from '../../../src/lib/chain.ts';
import { type Ed25519Signer, ed25519Signer, validatorAddress } from '../../../src/lib/ed25519.ts';

export const digest = (name: string): Root =>
  new Uint8Array(createHash('sha256').update(name).digest()) as Uint8Array as Root;

export const CHAIN: ChainIdentity = { chainId: 61_777n, genesisHash: digest('genesis') };

/** `keys[i]` is the key of `validators[i]`. */
export type Party = { readonly keys: readonly Ed25519Signer[]; readonly validators: ValidatorSet };

const { Point } = noble;
/** A point of order 8. */
const TORSION = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');

/** Signs so that noble alone accepts it: R has a part of small order. Each signature of a message is another one. */
export const unusualSigner = (seed: Uint8Array): Ed25519Signer => {
  const { scalar, pointBytes: publicKey } = noble.utils.getExtendedPublicKey(seed);
  const scalarOf = (...parts: readonly Uint8Array[]): bigint =>
    BigInt(
      `0x${createHash('sha512')
        .update(concat(...parts))
        .digest()
        .reverse()
        .toString('hex')}`,
    ) % Point.Fn.ORDER;
  let signed = 0;
  return {
    publicKey,
    sign: (message) => {
      const r = scalarOf(seed, utf8(`${signed++}`), message);
      const R = Point.BASE.multiply(r).add(TORSION).toBytes();
      const k = scalarOf(R, publicKey, message);
      return concat(R, Point.Fn.toBytes(Point.Fn.add(r, Point.Fn.mul(k, scalar))));
    },
  };
};

/** `unusual`: the indices of those that sign by {@link unusualSigner}. */
export const party = (powers: readonly bigint[], unusual: readonly number[] = []): Party => {
  const addressOf = (seed: Uint8Array) => validatorAddress(ed25519Signer(seed).publicKey);
  const keys = powers
    .map((_, i) => digest(`validator ${i}`))
    .sort((a, b) => compare(addressOf(a), addressOf(b)))
    .map((seed, i) => (unusual.includes(i) ? unusualSigner(seed) : ed25519Signer(seed)));
  const validators = keys.map((key, i) => ({ publicKey: key.publicKey, power: powers[i] ?? 1n }));
  return { keys, validators };
};

/** The validators of one height: some keys of a party, by index, each with its power, in the order of the set. */
export const partOf = (of: Party, powers: ReadonlyMap<number, bigint>): Party => {
  const members = [...powers].sort(([a], [b]) => a - b);
  return {
    keys: members.map(([index]) => keyOf(of, index)),
    validators: members.map(([index, power]) => ({ publicKey: keyOf(of, index).publicKey, power })),
  };
};

export const FOUR = party([1n, 1n, 1n, 1n]);
/** The same four, of which the third signs in an unusual way. */
export const FOUR_UNUSUAL = party([1n, 1n, 1n, 1n], [2]);

export const keyOf = ({ keys }: Party, index: number): Ed25519Signer => {
  const key = keys[index];
  if (key === undefined) throw new Error(`no key ${index}`);
  return key;
};

export const signVote = (of: Party, vote: UnsignedVote, chain = CHAIN): Vote => ({
  ...vote,
  signature: keyOf(of, vote.validator).sign(voteSignBytes(chain, vote)),
});

export const signProposal = (of: Party, proposal: UnsignedProposal, chain = CHAIN): Proposal => {
  const proposer = proposerIndex(of.validators, proposal.height, proposal.round);
  return { ...proposal, signature: keyOf(of, proposer).sign(proposalSignBytes(chain, proposal)) };
};

/** The core never looks at signatures: where only the core is under test, votes carry none. */
export const unsigned = (vote: UnsignedVote): Verified<Vote> =>
  ({ ...vote, signature: new Uint8Array(64) }) as Vote as Verified<Vote>;
export const unsignedProposal = (proposal: UnsignedProposal): Verified<Proposal> =>
  ({ ...proposal, signature: new Uint8Array(64) }) as Proposal as Verified<Proposal>;

export const commitOf = (
  of: Party,
  height: bigint,
  round: number,
  blockHash: Root,
  signing: readonly number[],
): Commit => ({
  height: toHeight(height),
  round: toRound(round),
  blockHash,
  signers: of.validators.map((_, i) => signing.includes(i)),
  signatures: [...signing]
    .sort((a, b) => a - b)
    .map((validator) => {
      const target: Target = { type: 'block', id: blockHash };
      return signVote(of, {
        type: 'precommit',
        height: toHeight(height),
        round: toRound(round),
        target,
        validator,
      }).signature;
    }),
});

export type BlockOptions = {
  readonly of: Party;
  readonly height: bigint;
  readonly round: number;
  readonly time: bigint;
  readonly parent?: Root;
  readonly transactions?: readonly Uint8Array[];
  readonly lastCommit?: Commit;
};

/** A block that is right in all that consensus looks at. */
export const makeBlock = (options: BlockOptions): Block => {
  const { of, height, round, time } = options;
  const transactions = options.transactions ?? [];
  const lastCommit = options.lastCommit ?? EMPTY_COMMIT;
  const proposer = keyOf(of, proposerIndex(of.validators, toHeight(height), toRound(round)));
  return {
    header: {
      chainId: CHAIN.chainId,
      height: toHeight(height),
      time,
      parent: options.parent ?? CHAIN.genesisHash,
      proposer: validatorAddress(proposer.publicKey),
      transactionsRoot: transactionsRoot(transactions),
      lastCommitRoot: commitRoot(lastCommit),
      evidenceRoot: evidenceRoot([]),
      validatorsHash: validatorsHash(of.validators),
      nextValidatorsHash: validatorsHash(of.validators),
      parametersHash: digest('parameters'),
      stateRoot: digest('state'),
      resultsRoot: digest('results'),
    },
    transactions,
    lastCommit,
    evidence: [],
  };
};

export const idOf = (block: Block): Root => headerHash(block.header);
export const bytesOf = (block: Block): Uint8Array => BlockType.encode(block);
