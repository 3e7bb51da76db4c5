import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { nextHeight, type Root, toHeight, toRound } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import {
  type Block,
  BlockType,
  commitRoot,
  encodeBlock,
  type Header,
  HeaderType,
  headerHash,
  transactionsRoot,
} from '../../../src/lib/chain.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { accountOf } from '../../../state/modules/ledger/accounts.ts';
import { addressOf, genesisOf } from '../state/fixture.ts';
import { type OneChain, openChain } from './one-chain.ts';
import { codeOf, refusalOf, temporaryFolder, thrown } from './support.ts';

const verdict = (chain: OneChain, block: Block) =>
  chain.application.validate(toHeight(block.header.height), encodeBlock(block));

const withHeader = (block: Block, change: Partial<Header>): Block => ({
  ...block,
  header: { ...block.header, ...change },
});

const balanceOf = (chain: OneChain, name: string): bigint =>
  accountOf(chain.store.view, addressOf(name)).balance;

describe('a proposal', () => {
  test('holds what waits, on the tip, at the time of the clock', async () => {
    const chain = await openChain(temporaryFolder());
    const { bytes } = chain.transfer('ada', 0n);
    await chain.pool.submit(bytes, '127.0.0.1');
    chain.setTime(chain.genesis.time + 77n);
    const block = await chain.propose();
    expect(block.transactions).toEqual([bytes]);
    expect(block.header).toMatchObject({ height: 1n, time: chain.genesis.time + 77n });
    expect(codeOf(await verdict(chain, block))).toBe('ok');
  });

  test('is later than the block before even if the clock is not', async () => {
    const chain = await openChain(temporaryFolder());
    await chain.next();
    const { time } = chain.store.tip();
    chain.setTime(time - 500n);
    expect((await chain.propose()).header.time).toBe(time + 1n);
  });

  test('has no room for more than a block may hold', async () => {
    const genesis = genesisOf((each) => ({
      ...each,
      validators: each.validators.slice(0, 1),
      params: {
        ...each.params,
        blocks: { ...each.params.blocks, maxBytes: 2_000, maxTransactionBytes: 1_000 },
      },
    }));
    const chain = await openChain(temporaryFolder(), genesis);
    for (let nonce = 0n; nonce < 9n; nonce++)
      await chain.pool.submit(chain.transfer('ada', nonce).bytes, '127.0.0.1');
    const block = await chain.propose();
    expect(block.transactions.length).toBeGreaterThan(1);
    expect(block.transactions.length).toBeLessThan(9);
    expect(codeOf(await verdict(chain, block))).toBe('ok');
    await chain.next();
    await chain.next();
    expect(chain.store.tip().height).toBe(2n);
  });
});

describe('a block is refused', () => {
  const ZEROS = new Uint8Array(32) as Root;

  test('where any field of its header is not what the chain before it makes it', async () => {
    const chain = await openChain(temporaryFolder());
    await chain.next();
    const block = await chain.propose();
    const wrong: readonly Partial<Header>[] = [
      { chainId: block.header.chainId + 1n },
      { height: nextHeight(block.header.height) },
      { parent: ZEROS },
      { stateRoot: sha256(block.header.stateRoot) },
      { resultsRoot: ZEROS },
      { transactionsRoot: ZEROS },
      { lastCommitRoot: ZEROS },
      { evidenceRoot: ZEROS },
      { validatorsHash: ZEROS },
      { nextValidatorsHash: ZEROS },
      { parametersHash: ZEROS },
    ];
    for (const change of wrong)
      expect(refusalOf(await verdict(chain, withHeader(block, change)))).toMatchObject({
        code: 'BLOCK_HEADER',
        data: { field: Object.keys(change)[0] },
      });
    expect(codeOf(await verdict(chain, withHeader(block, { time: chain.store.tip().time })))).toBe(
      'BLOCK_TIME',
    );
    expect(codeOf(await verdict(chain, withHeader(block, { proposer: addressOf('ada') })))).toBe(
      'BLOCK_PROPOSER',
    );
    expect(codeOf(await verdict(chain, block))).toBe('ok');
  });

  test('where a transaction in it is no transaction of this chain', async () => {
    const chain = await openChain(temporaryFolder());
    const other = await openChain(
      temporaryFolder(),
      genesisOf((each) => ({ ...each, name: 'other', validators: each.validators.slice(0, 1) })),
    );
    const block = await chain.propose();
    const forged = Uint8Array.from(chain.transfer('ada', 0n).bytes);
    forged[forged.length - 10] = (forged[forged.length - 10] ?? 0) ^ 1;
    const bad: readonly (readonly [bytes: Uint8Array, code: RegExp])[] = [
      [forged, /^SIGNATURE_/],
      [other.transfer('ada', 0n).bytes, /^SIGNATURE_SIGNER$/],
      [new Uint8Array(40), /^TX_/],
      [new Uint8Array(), /^TX_/],
    ];
    for (const [bytes, code] of bad) {
      const transactions = [chain.transfer('bob', 0n).bytes, bytes];
      const changed = withHeader(
        { ...block, transactions },
        { transactionsRoot: transactionsRoot(transactions) },
      );
      const { code: refused, data } = refusalOf(await verdict(chain, changed));
      expect(refused).toBe('BLOCK_TRANSACTION');
      expect(data).toMatchObject({ index: 1, code: expect.stringMatching(code) as string });
    }
  });

  test('where its sender does not pay by the state before it, and before any signature is verified', async () => {
    const chain = await openChain(temporaryFolder());
    const block = await chain.propose();
    const one = chain.transfer('ada', 0n).bytes;
    const bad: readonly (readonly [transactions: readonly Uint8Array[], code: string])[] = [
      [Array.from({ length: 500 }, () => one), 'NONCE_TOO_LOW'],
      [[one, chain.transfer('ada', 2n).bytes], 'NONCE_TOO_HIGH'],
      [[one, chain.transfer('cleo', 0n, { validUntil: 0n }).bytes], 'TX_EXPIRED'],
      [[one, chain.transfer('eve', 0n).bytes], 'BALANCE_BELOW_MAX_FEE'],
      [[one, chain.transfer('cleo', 0n, { maxFee: 3n }).bytes], 'MAX_FEE_TOO_LOW'],
    ];
    const verified = vi.spyOn(chain.verifier, 'verifyBlock');
    onTestFinished(() => verified.mockRestore());
    for (const [transactions, code] of bad) {
      const changed = withHeader(
        { ...block, transactions },
        { transactionsRoot: transactionsRoot(transactions) },
      );
      expect(refusalOf(await verdict(chain, changed))).toMatchObject({
        code: 'BLOCK_TRANSACTION',
        data: { index: 1, code },
      });
    }
    expect(verified).not.toHaveBeenCalled();
  });

  test('where the last commit in it is forged', async () => {
    const chain = await openChain(temporaryFolder());
    const { commit } = await chain.next();
    const block = await chain.propose();
    const [signature = new Uint8Array(64)] = commit.signatures;
    const other = Uint8Array.from(signature);
    other[0] = (other[0] ?? 0) ^ 1;
    const forged: readonly (readonly [change: Partial<typeof commit>, code: string])[] = [
      [{ signatures: [other] }, 'VOTE_SIGNATURE'],
      [{ signatures: [], signers: [false] }, 'CERTIFICATE_POWER'],
      [{ signatures: [signature, signature] }, 'CERTIFICATE_SHAPE'],
      [{ signers: [true, true], signatures: [signature, signature] }, 'CERTIFICATE_SHAPE'],
      [{ round: toRound(1) }, 'VOTE_SIGNATURE'],
      [{ height: toHeight(2n) }, 'BLOCK_LAST_COMMIT'],
      [{ blockHash: ZEROS }, 'BLOCK_LAST_COMMIT'],
    ];
    for (const [change, code] of forged) {
      const lastCommit = { ...commit, ...change };
      const changed = withHeader({ ...block, lastCommit }, { lastCommitRoot: commitRoot(lastCommit) });
      expect(codeOf(await verdict(chain, changed))).toBe(code);
    }
  });
});

describe('a decision', () => {
  test('executes the block, writes it with its commit and its results, and tells of it', async () => {
    const chain = await openChain(temporaryFolder());
    const { id, bytes } = chain.transfer('ada', 0n);
    await chain.pool.submit(bytes, '127.0.0.1');
    const before = balanceOf(chain, 'bob');
    const { block, commit } = await chain.next();
    expect(balanceOf(chain, 'bob')).toBe(before + 5n);
    expect(chain.store.commitOf(toHeight(1n))).toEqual(commit);
    expect(chain.store.block(toHeight(1n))).toEqual(block);
    expect(chain.store.transaction(id)).toMatchObject({
      height: 1n,
      index: 0,
      result: { status: 'success' },
    });
    expect(chain.committed).toHaveLength(1);
    expect(toHex(chain.store.tip().hash)).toBe(toHex(headerHash(block.header)));
  });

  test('stores the bytes of the block that it was given, and encodes none', async () => {
    const chain = await openChain(temporaryFolder());
    await chain.pool.submit(chain.transfer('ada', 0n).bytes, '127.0.0.1');
    const decision = chain.decisionOf(await chain.propose());
    const encodings = [vi.spyOn(BlockType, 'encode'), vi.spyOn(HeaderType, 'encode')];
    onTestFinished(() => void vi.restoreAllMocks());
    expect(codeOf(await chain.application.validate(toHeight(1n), decision))).toBe('ok');
    await chain.application.decide(decision);
    for (const encode of encodings) expect(encode).not.toHaveBeenCalled();
    expect(toHex(chain.store.blockBytes(toHeight(1n)) ?? new Uint8Array())).toBe(toHex(decision.bytes));
    expect(chain.store.header(toHeight(1n))).toEqual(decision.block.header);
  });

  test('that arrives again, as after a crash, changes nothing and is not announced again', async () => {
    const directory = temporaryFolder();
    const chain = await openChain(directory);
    await chain.pool.submit(chain.transfer('ada', 0n).bytes, '127.0.0.1');
    const decision = await chain.next();
    const { stateRoot } = chain.store.tip();
    const { validators } = await chain.application.decide(decision);
    expect(validators).toEqual(chain.store.tip().validators);
    expect(chain.store.tip()).toMatchObject({ height: 1n, stateRoot });
    expect(chain.committed).toHaveLength(1);
  });

  test('for another block at a height that is decided is a broken node, and nothing is written', async () => {
    const chain = await openChain(temporaryFolder());
    const block = await chain.propose();
    await chain.next();
    const other = chain.decisionOf(withHeader(block, { time: block.header.time + 1n }));
    expect(await thrown(() => chain.application.decide(other))).toMatchObject({ code: 'INTERNAL_INVARIANT' });
    expect(chain.store.tip().height).toBe(1n);
  });

  test('on another state than this node’s is a broken node, and nothing is written', async () => {
    const chain = await openChain(temporaryFolder());
    const block = withHeader(await chain.propose(), { stateRoot: sha256(new Uint8Array()) });
    expect(await thrown(() => chain.application.decide(chain.decisionOf(block)))).toMatchObject({
      code: 'STATE_DIVERGED',
    });
    expect(chain.store.tip().height).toBe(0n);
  });
});

test('the mempool has something for the next block from the first that waits to the last', async () => {
  const chain = await openChain(temporaryFolder());
  expect(chain.application.hasTransactions()).toBe(false);
  await chain.pool.submit(chain.transfer('ada', 0n).bytes, '127.0.0.1');
  expect(chain.application.hasTransactions()).toBe(true);
  await chain.next();
  expect(chain.application.hasTransactions()).toBe(false);
});

test('a transaction that the next block could not hold does not hasten it', async () => {
  const chain = await openChain(temporaryFolder());
  const admit = (nonce: bigint): unknown =>
    chain.pool.submit(chain.transfer('ada', nonce).bytes, '127.0.0.1');
  await admit(1n);
  expect(chain.mempool.size().transactions).toBe(1);
  expect(chain.application.hasTransactions()).toBe(false);
  await chain.next();
  expect(chain.application.hasTransactions()).toBe(false);
  expect(chain.called()).toBe(0);
  await admit(0n);
  expect(chain.called()).toBe(1);
  await chain.next();
  expect(chain.mempool.size().transactions).toBe(0);
});
