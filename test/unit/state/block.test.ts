import { describe, expect, test } from 'vitest';
import { toHeight, toRound, ZERO_ADDRESS } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import {
  type Block,
  BlockType,
  EMPTY_COMMIT,
  encodeBlock,
  type Header,
  headerHash,
} from '../../../src/lib/chain.ts';
import { validatorAddress } from '../../../src/lib/ed25519.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { buildBlock, checkBlock, checkOutline, transactionSpace } from '../../../state/block.ts';
import { headerOn, type Proposal } from '../../../state/tip.ts';
import { addressOf, chainOf, genesisOf, type TestChain, validatorKey, verifyOn } from './fixture.ts';

const proposer = validatorAddress(validatorKey(2).publicKey);
const transfer = (chain: TestChain): Uint8Array =>
  chain.sign('ada', 'transfer', { to: toHex(addressOf('bob')), amount: '1' }).bytes;

/** A chain of one block, and a proposal for its second. */
const started = () => {
  const chain = chainOf();
  const { commit } = chain.run([transfer(chain)]);
  const proposal: Proposal = {
    time: chain.tip().time + 1n,
    proposer,
    transactions: [transfer(chain), transfer(chain)],
    lastCommit: commit,
    evidence: [],
  };
  return { chain, proposal };
};

const verdict = (chain: TestChain, block: Block): string => {
  const encoded = encodeBlock(block);
  const checked = checkBlock(chain.tip(), chain.state, encoded, verifyOn(chain.genesis));
  // The outline never refuses a block that is valid.
  if (checked.ok) return checkOutline(chain.tip(), chain.state, encoded).ok ? 'VALID' : 'OUTLINE';
  const field = checked.fault.data?.field ?? checked.fault.data?.code;
  return field === undefined ? checked.fault.code : `${checked.fault.code} ${String(field)}`;
};

const other = sha256(new Uint8Array([1]));

describe('a block', () => {
  test('built on the tip is valid, and gives its transactions verified', () => {
    const { chain, proposal } = started();
    const checked = checkBlock(
      chain.tip(),
      chain.state,
      encodeBlock(buildBlock(chain.tip(), proposal)),
      verifyOn(chain.genesis),
    );
    expect(checked.ok && checked.value.map((tx) => tx.transaction.nonce)).toEqual([1n, 2n]);
  });

  test.each<[keyof Header, Header[keyof Header], string]>([
    ['chainId', 5n, 'BLOCK_HEADER chainId'],
    ['height', 3n, 'BLOCK_HEADER height'],
    ['parent', other, 'BLOCK_HEADER parent'],
    ['transactionsRoot', other, 'BLOCK_HEADER transactionsRoot'],
    ['lastCommitRoot', other, 'BLOCK_HEADER lastCommitRoot'],
    ['evidenceRoot', other, 'BLOCK_HEADER evidenceRoot'],
    ['validatorsHash', other, 'BLOCK_HEADER validatorsHash'],
    ['nextValidatorsHash', other, 'BLOCK_HEADER nextValidatorsHash'],
    ['parametersHash', other, 'BLOCK_HEADER parametersHash'],
    ['stateRoot', other, 'BLOCK_HEADER stateRoot'],
    ['resultsRoot', other, 'BLOCK_HEADER resultsRoot'],
    ['time', 0n, 'BLOCK_TIME'],
    ['proposer', ZERO_ADDRESS, 'BLOCK_PROPOSER'],
  ])('with another %s is invalid', (field, value, expected) => {
    const { chain, proposal } = started();
    const block = buildBlock(chain.tip(), proposal);
    expect(verdict(chain, block)).toBe('VALID');
    expect(verdict(chain, { ...block, header: { ...block.header, [field]: value } })).toBe(expected);
  });

  test('whose header does not cover its transactions, or their order, is invalid', () => {
    const { chain, proposal } = started();
    const block = buildBlock(chain.tip(), proposal);
    for (const transactions of [block.transactions.slice(1), block.transactions.toReversed()])
      expect(verdict(chain, { ...block, transactions })).toBe('BLOCK_HEADER transactionsRoot');
  });

  test('of the time of its parent is invalid: time moves', () => {
    const { chain, proposal } = started();
    expect(verdict(chain, buildBlock(chain.tip(), { ...proposal, time: chain.tip().time }))).toBe(
      'BLOCK_TIME',
    );
  });

  test('with a last commit for another block than the last is invalid', () => {
    const { chain, proposal } = started();
    const { lastCommit } = proposal;
    for (const wrong of [
      EMPTY_COMMIT,
      { ...lastCommit, height: toHeight(2n) },
      { ...lastCommit, blockHash: other },
    ])
      expect(verdict(chain, buildBlock(chain.tip(), { ...proposal, lastCommit: wrong }))).toBe(
        'BLOCK_LAST_COMMIT',
      );
  });

  test('1 with a last commit that is not the empty one is invalid', () => {
    const chain = chainOf();
    const proposal = { time: chain.tip().time + 1n, proposer, transactions: [], evidence: [] };
    expect(verdict(chain, buildBlock(chain.tip(), { ...proposal, lastCommit: EMPTY_COMMIT }))).toBe('VALID');
    for (const lastCommit of [
      { ...EMPTY_COMMIT, round: toRound(1) },
      { ...EMPTY_COMMIT, signers: [true] },
      { ...EMPTY_COMMIT, signatures: [new Uint8Array(64)] },
      { ...EMPTY_COMMIT, blockHash: other },
    ])
      expect(verdict(chain, buildBlock(chain.tip(), { ...proposal, lastCommit }))).toBe('BLOCK_LAST_COMMIT');
  });

  test('with evidence is invalid as long as no kind of it is known', () => {
    const { chain, proposal } = started();
    expect(verdict(chain, buildBlock(chain.tip(), { ...proposal, evidence: [new Uint8Array(3)] }))).toBe(
      'BLOCK_EVIDENCE',
    );
  });

  test.each<[string, (chain: TestChain) => Uint8Array, string]>([
    ['bytes that are no transaction', () => new Uint8Array(50), 'TX_DECODE'],
    ['a transaction cut short', (chain) => transfer(chain).slice(0, -1), 'SIGNATURE_LENGTH'],
    [
      'a transaction of another chain',
      () => transfer(chainOf(genesisOf((g) => ({ ...g, name: 'other' })))),
      'SIGNATURE_SIGNER',
    ],
    [
      'a transaction whose signature was altered',
      (chain) => {
        const bytes = transfer(chain);
        return bytes.with(bytes.length - 40, (bytes[bytes.length - 40] ?? 0) ^ 1);
      },
      'SIGNATURE',
    ],
    [
      'a transaction that its kind refuses',
      (chain) => chain.sign('ada', 'transfer', { to: toHex(addressOf('bob')), amount: '0' }).bytes,
      'TRANSFER_ZERO',
    ],
  ])('with %s is invalid', (_what, make, code) => {
    const { chain, proposal } = started();
    const transactions = [...proposal.transactions, make(chain)];
    expect(verdict(chain, buildBlock(chain.tip(), { ...proposal, transactions }))).toContain(
      `BLOCK_TRANSACTION ${code}`,
    );
  });

  test('whose transactions need more gas than a block has is invalid, at exactly its gas not', () => {
    const { chain, proposal } = started();
    const block = buildBlock(chain.tip(), proposal);
    const checked = checkBlock(chain.tip(), chain.state, encodeBlock(block), verifyOn(chain.genesis));
    const gas = checked.ok ? checked.value.reduce((sum, tx) => sum + tx.gas, 0n) : 0n;
    const limited = (maxGas: bigint): string => {
      const { params } = chain.tip();
      const tip = { ...chain.tip(), params: { ...params, blocks: { ...params.blocks, maxGas } } };
      const header = headerOn(tip, proposal);
      const result = checkBlock(tip, chain.state, encodeBlock({ ...block, header }), verifyOn(chain.genesis));
      return result.ok ? 'VALID' : result.fault.code;
    };
    expect(limited(gas)).toBe('VALID');
    expect(limited(gas - 1n)).toBe('BLOCK_GAS');
  });

  test('of more bytes than the parameters allow is invalid; what transactionSpace says just fits', () => {
    const { chain, proposal } = started();
    const size = BlockType.encode(buildBlock(chain.tip(), proposal)).length;
    const limited = (maxBytes: number) => {
      const { params } = chain.tip();
      return { ...chain.tip(), params: { ...params, blocks: { ...params.blocks, maxBytes } } };
    };
    const check = (maxBytes: number): string => {
      const tip = limited(maxBytes);
      const result = checkBlock(
        tip,
        chain.state,
        encodeBlock(buildBlock(tip, proposal)),
        verifyOn(chain.genesis),
      );
      return result.ok ? 'VALID' : result.fault.code;
    };
    expect(check(size)).toBe('VALID');
    expect(check(size - 1)).toBe('BLOCK_TOO_LARGE');
    // Each transaction in a block has an offset of four bytes beside it.
    const needed = proposal.transactions.reduce((sum, bytes) => sum + bytes.length + 4, 0);
    expect(transactionSpace(limited(size), proposal.lastCommit)).toBe(needed);
  });
});

describe('the chain of headers', () => {
  test('has the roots after a block in the header of the next', () => {
    const chain = chainOf();
    const genesisRoot = chain.tip().stateRoot;
    const first = chain.run([transfer(chain)]);
    expect(toHex(first.block.header.stateRoot)).toBe(toHex(genesisRoot));
    expect(toHex(first.block.header.parent)).toBe(toHex(chainOf().tip().hash));
    const after = chain.tip().stateRoot;
    const second = chain.run([]);
    expect(toHex(second.block.header.stateRoot)).toBe(toHex(after));
    expect(toHex(second.block.header.resultsRoot)).toBe(toHex(first.executed.resultsRoot));
    expect(toHex(second.block.header.parent)).toBe(toHex(headerHash(first.block.header)));
    expect(toHex(after)).not.toBe(toHex(genesisRoot));
  });
});
