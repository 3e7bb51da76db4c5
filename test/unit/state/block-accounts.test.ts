/** What a block may hold by the accounts of the state before it (docs/protocol.md#blocks). */
import { describe, expect, test, vi } from 'vitest';
import { toHex } from '../../../src/lib/bytes.ts';
import { EMPTY_COMMIT, encodeBlock } from '../../../src/lib/chain.ts';
import { validatorAddress } from '../../../src/lib/ed25519.ts';
import { buildBlock, checkBlock, checkOutline, type Verify } from '../../../state/block.ts';
import { accountOf, OPEN } from '../../../state/modules/ledger/accounts.ts';
import { addressOf, chainOf, type TestChain, type TxOptions, validatorKey, verifyOn } from './fixture.ts';

const START = 1_000_000n * OPEN;
/** What a transfer of the test chain costs at the first base fee. */
const FEE = 5_810n;

const send = (chain: TestChain, from: string, options: TxOptions = {}, to = 'bob', amount = 1n): Uint8Array =>
  chain.sign(from, 'transfer', { to: toHex(addressOf(to)), amount: amount.toString() }, options).bytes;

const encoded = (chain: TestChain, transactions: readonly Uint8Array[]) => {
  const tip = chain.tip();
  return encodeBlock(
    buildBlock(tip, {
      time: tip.time + 1n,
      proposer: validatorAddress(validatorKey(1).publicKey),
      transactions,
      lastCommit:
        tip.height === 0n ? EMPTY_COMMIT : { ...EMPTY_COMMIT, height: tip.height, blockHash: tip.hash },
      evidence: [],
    }),
  );
};

const verdict = (chain: TestChain, ...transactions: readonly Uint8Array[]): string => {
  const checked = checkBlock(chain.tip(), chain.state, encoded(chain, transactions), verifyOn(chain.genesis));
  if (checked.ok) return 'valid';
  expect(checked.fault.code).toBe('BLOCK_TRANSACTION');
  return `${String(checked.fault.data?.index)} ${String(checked.fault.data?.code)}`;
};

/** Ada has sent one transaction. */
const started = (): TestChain => {
  const chain = chainOf();
  chain.run([send(chain, 'ada')]);
  return chain;
};

describe('a block holds only what its sender pays for, by the state before the block', () => {
  test.each<[string, TxOptions, string]>([
    ['the next nonce', { nonce: 1n }, 'valid'],
    ['a used nonce', { nonce: 0n }, '0 NONCE_TOO_LOW'],
    ['a nonce that is not next', { nonce: 2n }, '0 NONCE_TOO_HIGH'],
    ['a validUntil of the height', { nonce: 1n, validUntil: 2n }, 'valid'],
    ['a validUntil before the height', { nonce: 1n, validUntil: 1n }, '0 TX_EXPIRED'],
    ['a maxFee that is the whole balance', { nonce: 1n, maxFee: START - FEE - 1n }, 'valid'],
    ['a maxFee above the balance', { nonce: 1n, maxFee: START - FEE }, '0 BALANCE_BELOW_MAX_FEE'],
    ['a maxFee that just pays its gas', { nonce: 1n, maxFee: FEE }, 'valid'],
    ['a maxFee below the price of its gas', { nonce: 1n, maxFee: FEE - 1n }, '0 MAX_FEE_TOO_LOW'],
  ])('with %s', (_what, options, expected) => {
    const chain = started();
    expect(verdict(chain, send(chain, 'ada', options))).toBe(expected);
  });

  test('with each sender’s nonces in order, without a gap and without a repetition', () => {
    const chain = started();
    const [one, two, three] = [1n, 2n, 3n].map((nonce) => send(chain, 'ada', { nonce }));
    const other = send(chain, 'cleo');
    if (one === undefined || two === undefined || three === undefined) throw new Error('three are signed');
    expect(verdict(chain, one, other, two, three)).toBe('valid');
    expect(verdict(chain, one, other, three)).toBe('2 NONCE_TOO_HIGH');
    expect(verdict(chain, two, one, three)).toBe('0 NONCE_TOO_HIGH');
    expect(verdict(chain, one, two, two)).toBe('2 NONCE_TOO_LOW');
    expect(verdict(chain, ...Array.from({ length: 50 }, () => one))).toBe('1 NONCE_TOO_LOW');
  });

  test('with the fees of the sender’s earlier transactions in the block taken from the balance', () => {
    const chain = started();
    const first = send(chain, 'ada', { nonce: 1n, tip: 90n, maxFee: FEE + 90n });
    const left = START - 2n * FEE - 1n - 90n;
    expect(verdict(chain, first, send(chain, 'ada', { nonce: 2n, maxFee: left }))).toBe('valid');
    expect(verdict(chain, first, send(chain, 'ada', { nonce: 2n, maxFee: left + 1n }))).toBe(
      '1 BALANCE_BELOW_MAX_FEE',
    );
  });

  test('whatever the transactions of the block do: money that comes in one of them pays for none', () => {
    const chain = started();
    const fund = send(chain, 'ada', { nonce: 1n }, 'eve', 5n * OPEN);
    const spend = send(chain, 'eve', { nonce: 0n });
    expect(verdict(chain, fund, spend)).toBe('1 BALANCE_BELOW_MAX_FEE');
    chain.run([fund]);
    expect(verdict(chain, spend)).toBe('valid');
  });

  test('and the tips of a block do not pay for transactions of its proposer', () => {
    const chain = started();
    const tipped = send(chain, 'ada', { nonce: 1n, tip: OPEN, maxFee: 2n * OPEN });
    const own = send(chain, 'payout 1', { nonce: 0n, maxFee: OPEN / 2n });
    expect(verdict(chain, tipped, own)).toBe('1 BALANCE_BELOW_MAX_FEE');
  });

  test('and money that goes out in one of them leaves the others paid', () => {
    const chain = started();
    const drain = send(chain, 'ada', { nonce: 1n }, 'bob', START - OPEN);
    const rest = [2n, 3n, 4n].map((nonce) => send(chain, 'ada', { nonce }, 'bob', OPEN));
    const before = accountOf(chain.state, addressOf('ada')).balance;
    const { executed } = chain.run([drain, ...rest]);
    expect(executed.results.map(({ status }) => status)).toEqual(['success', 'failed', 'failed', 'failed']);
    expect(accountOf(chain.state, addressOf('ada')).balance).toBe(before - START + OPEN - 4n * FEE);
  });
});

describe('the outline of a block', () => {
  test('is refused before a signature is verified or a payload decoded', () => {
    const chain = started();
    const verify = vi.fn<Verify>(verifyOn(chain.genesis));
    const check = (...transactions: readonly Uint8Array[]): string => {
      const block = encoded(chain, transactions);
      const outline = checkOutline(chain.tip(), chain.state, block);
      if (!outline.ok) return String(outline.fault.data?.code ?? outline.fault.code);
      const checked = checkBlock(chain.tip(), chain.state, block, verify);
      return checked.ok ? 'valid' : String(checked.fault.data?.code);
    };
    const good = send(chain, 'ada', { nonce: 1n });
    expect(check(good, good)).toBe('NONCE_TOO_LOW');
    expect(check(good, send(chain, 'ada', { nonce: 3n }))).toBe('NONCE_TOO_HIGH');
    expect(check(send(chain, 'ada', { nonce: 1n, validUntil: 1n }))).toBe('TX_EXPIRED');
    expect(check(send(chain, 'eve'))).toBe('BALANCE_BELOW_MAX_FEE');
    expect(check(send(chain, 'ada', { nonce: 1n, maxFee: 100n }))).toBe('MAX_FEE_TOO_LOW');
    expect(check(good, new Uint8Array(40))).toBe('TX_DECODE');
    expect(verify).not.toHaveBeenCalled();
    expect(check(good)).toBe('valid');
    expect(verify).toHaveBeenCalledOnce();
  });
});
