import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { infoTable } from '../../../src/attribution/info-table.ts';
import { nextHeight, toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { EMPTY_COMMIT } from '../../../src/lib/chain.ts';
import { validatorAddress } from '../../../src/lib/ed25519.ts';
import { fault, unwrap } from '../../../src/lib/errors.ts';
import { minBig } from '../../../src/lib/math.ts';
import { recoverAddress } from '../../../src/lib/secp256k1.ts';
import { buildBlock, contextOf } from '../../../state/block.ts';
import { accountsOf, checkForMempool, MAX_NONCE_GAP, openCharges } from '../../../state/charge.ts';
import type { ExecutionCode } from '../../../state/errors/execution.ts';
import { chainIdentity } from '../../../state/genesis.ts';
import type { Handler } from '../../../state/handlers/handler.ts';
import { executeBlock } from '../../../state/machine.ts';
import {
  AccountType,
  accountKey,
  accountOf,
  OPEN,
  POTS,
  potTotal,
  TOTAL_SUPPLY,
} from '../../../state/modules/ledger/accounts.ts';
import { baseFeeOf, feeOf, nextBaseFee } from '../../../state/modules/ledger/fees.ts';
import { resultsRoot } from '../../../state/results.ts';
import type { Transfer } from '../../../state/tx/transfer.ts';
import { type Overlay, overlay } from '../../../state/view.ts';
import {
  addressOf,
  chainOf,
  genesisOf,
  NAMES,
  type TestChain,
  type TxOptions,
  validatorKey,
  verifyOn,
} from './fixture.ts';

const balance = (chain: TestChain, name: string): bigint => accountOf(chain.state, addressOf(name)).balance;
const nonce = (chain: TestChain, name: string): bigint => accountOf(chain.state, addressOf(name)).nonce;
const send = (chain: TestChain, from: string, to: string, amount: bigint, options?: TxOptions): Uint8Array =>
  chain.sign(from, 'transfer', { to: toHex(addressOf(to)), amount: amount.toString() }, options).bytes;
const outcome = (chain: TestChain, ...transactions: readonly Uint8Array[]): readonly string[] =>
  chain
    .run(transactions)
    .executed.results.map((result) =>
      result.status === 'success' ? 'success' : `${result.status} ${result.fault.code}`,
    );

/** Every balance and every pot there is. */
const allMoney = (state: Overlay): bigint => {
  let sum = POTS.reduce((total, name) => total + potTotal(state, name), 0n);
  for (const [key, value] of state.writes)
    if (key.startsWith('accounts/') && value !== undefined) sum += unwrap(AccountType.decode(value)).balance;
  return sum;
};

const START = 1_000_000n * OPEN;

/** A transfer of this amount is applied whole, writes once more, and then fails. */
const HALFWAY = 1_313n;
vi.mock('../../../state/handlers/transfer.ts', async (original) => {
  const { applyTransfer } = await original<{ readonly applyTransfer: Handler<Transfer> }>();
  const failing: Handler<Transfer> = (context, payload) => {
    const refused = applyTransfer(context, payload);
    if (refused !== undefined || payload.amount !== HALFWAY) return refused;
    context.view.set('test/written', new Uint8Array(1));
    return fault('REWARD_NOTHING', 'after all');
  };
  return { applyTransfer: failing };
});

describe('a transfer', () => {
  test('moves the amount, burns the gas and pays the tip to the proposer', () => {
    const chain = chainOf();
    const payout = 'payout 0';
    const burned = potTotal(chain.state, 'burnedGas');
    const { executed } = chain.run([send(chain, 'ada', 'bob', 5n * OPEN, { tip: 77n })]);
    const [result] = executed.results;
    if (result?.status !== 'success') throw new Error('the transfer succeeds');
    expect(result.charge).toEqual({ gas: executed.gasUsed, burned: executed.gasUsed * 1n, tip: 77n });
    expect(balance(chain, 'bob')).toBe(START + 5n * OPEN);
    expect(balance(chain, 'ada')).toBe(START - 5n * OPEN - result.charge.burned - 77n);
    expect(balance(chain, payout)).toBe(77n);
    expect(potTotal(chain.state, 'burnedGas')).toBe(burned + result.charge.burned);
    expect(executed.events.transactions).toEqual([
      [
        {
          type: 'transfer',
          data: { from: addressOf('ada'), to: addressOf('bob'), amount: 5n * OPEN },
        },
      ],
    ]);
  });

  test('to oneself changes nothing but fee and nonce', () => {
    const chain = chainOf();
    const { executed } = chain.run([send(chain, 'ada', 'ada', 5n * OPEN)]);
    expect(balance(chain, 'ada')).toBe(START - executed.gasUsed);
    expect(nonce(chain, 'ada')).toBe(1n);
  });

  test('of all that is left after the fee succeeds, and of one base unit more fails and costs the fee', () => {
    const chain = chainOf();
    const fee = chain.run([send(chain, 'ada', 'bob', OPEN)]).executed.gasUsed;
    const left = balance(chain, 'ada') - fee;
    expect(outcome(chain, send(chain, 'ada', 'bob', left + 1n))).toEqual(['failed BALANCE_TOO_LOW']);
    expect(balance(chain, 'ada')).toBe(left);
    expect(outcome(chain, send(chain, 'ada', 'bob', left - fee))).toEqual(['success']);
    expect(balance(chain, 'ada')).toBe(0n);
  });
});

describe('a transaction in a block', () => {
  test('that fails changes fee and nonce only: what it wrote and told before it failed is dropped', () => {
    const chain = chainOf();
    const { state, genesis } = chain;
    const tip = chain.tip();
    const halfway = unwrap(verifyOn(genesis)(send(chain, 'ada', 'bob', HALFWAY)));
    const proposal = {
      time: tip.time + 1n,
      proposer: validatorAddress(validatorKey(0).publicKey),
      transactions: [],
      lastCommit: EMPTY_COMMIT,
      evidence: [],
    };
    const context = contextOf(tip, buildBlock(tip, proposal), {
      chain: chainIdentity(genesis),
      recover: recoverAddress,
      info: infoTable(),
    });
    const { results, events, writes } = executeBlock(state, context, [halfway]);
    expect(results[0]).toMatchObject({ status: 'failed', fault: { code: 'REWARD_NOTHING' } });
    expect(events.transactions).toEqual([[]]);
    const changed = [...writes.keys()].filter(
      (key) => toHex(writes.get(key) ?? new Uint8Array()) !== toHex(state.get(key) ?? new Uint8Array()),
    );
    expect(changed.sort()).toEqual([accountKey(addressOf('ada')), 'pots/burnedGas']);
    const after = overlay({ get: (key) => (writes.has(key) ? writes.get(key) : state.get(key)) });
    expect(accountOf(after, addressOf('ada'))).toEqual({ balance: START - halfway.gas, nonce: 1n });
  });

  test('sees what those before it did', () => {
    const chain = chainOf();
    const fund = send(chain, 'ada', 'bob', START - 2n * OPEN);
    const spend = send(chain, 'bob', 'cleo', 2n * START - 4n * OPEN);
    expect(outcome(chain, fund, spend)).toEqual(['success', 'success']);
    expect(balance(chain, 'cleo')).toBe(3n * START - 4n * OPEN);
  });

  test('is paid for before those before it are executed, whatever they do with the money', () => {
    const chain = chainOf();
    const drain = send(chain, 'ada', 'bob', START - OPEN);
    const rest = Array.from({ length: 20 }, () => send(chain, 'ada', 'bob', OPEN));
    const { executed } = chain.run([drain, ...rest]);
    expect(executed.results.map(({ status }) => status)).toEqual(['success', ...rest.map(() => 'failed')]);
    const paid = executed.results.reduce((sum, { charge }) => sum + charge.burned, 0n);
    expect(paid).toBe(executed.gasUsed);
    expect(balance(chain, 'ada')).toBe(OPEN - paid);
    expect(nonce(chain, 'ada')).toBe(21n);
  });

  test('that would leave too little for the fees of those after it fails', () => {
    const chain = chainOf();
    const fee = chain.run([send(chain, 'ada', 'bob', OPEN)]).executed.gasUsed;
    const left = balance(chain, 'ada');
    const all = send(chain, 'ada', 'bob', left - fee, { maxFee: fee });
    const next = send(chain, 'ada', 'bob', 1n, { maxFee: fee });
    expect(outcome(chain, all, next)).toEqual(['failed BALANCE_TOO_LOW', 'success']);
    expect(balance(chain, 'ada')).toBe(left - 2n * fee - 1n);
  });

  test('pays only as much of its tip as maxFee has room for', () => {
    expect(feeOf(100n, 10n, 1500n, 800n)).toEqual({ burned: 1000n, tip: 500n });
    expect(feeOf(100n, 10n, 1000n, 800n)).toEqual({ burned: 1000n, tip: 0n });
    expect(feeOf(100n, 10n, 999n, 0n)).toBeUndefined();
  });
});

type Step = { from: number; to: number; amount: bigint; tip: bigint; maxFee: bigint };
const steps = fc.array(
  fc.array(
    fc.record({
      from: fc.nat(4),
      to: fc.nat(4),
      amount: fc.oneof(
        fc.bigInt({ min: 1n, max: START }),
        fc.bigInt({ min: 1n, max: 3n * START }),
        fc.constant((1n << 128n) - 1n),
      ),
      tip: fc.bigInt({ min: 0n, max: 10n ** 20n }),
      maxFee: fc.oneof(fc.bigInt({ min: 0n, max: 20_000n }), fc.bigInt({ min: 10n ** 20n, max: 2n * START })),
    }),
    { maxLength: 8 },
  ),
  { maxLength: 5 },
);
const people = [...NAMES, 'eve'];
const replay = (blocks: readonly (readonly Step[])[], onBlock: (chain: TestChain) => void): TestChain => {
  const chain = chainOf();
  for (const block of blocks) {
    const terms = { height: nextHeight(chain.tip().height), baseFee: baseFeeOf(chain.state) };
    const charge = openCharges(terms, accountsOf(chain.state));
    const used = new Map<string, bigint>();
    const included: Uint8Array[] = [];
    for (const { from, to, amount, tip, maxFee } of block) {
      const sender = people[from] ?? 'ada';
      const next = used.get(sender) ?? nonce(chain, sender);
      const options = { nonce: next, maxFee, tip: minBig(tip, maxFee) };
      const bytes = send(chain, sender, people[to] ?? 'bob', amount, options);
      const { transaction, gas } = unwrap(verifyOn(chain.genesis)(bytes));
      if (!charge(toHex(transaction.from), { ...transaction, gas }).ok) continue;
      used.set(sender, next + 1n);
      included.push(bytes);
    }
    expect(chain.run(included).executed.results).toHaveLength(included.length);
    onBlock(chain);
  }
  return chain;
};

describe('any run of blocks', () => {
  test('keeps the supply: balances and pots are together what genesis made', () => {
    fc.assert(
      fc.property(steps, (blocks) => {
        replay(blocks, (chain) => {
          expect(allMoney(chain.state)).toBe(TOTAL_SUPPLY);
        });
      }),
      { numRuns: 40 },
    );
  });

  test('gives the same roots each time', () => {
    fc.assert(
      fc.property(steps, (blocks) => {
        const roots = (): readonly string[] => {
          const seen: string[] = [];
          replay(blocks, (chain) => seen.push(toHex(chain.tip().stateRoot), toHex(chain.tip().hash)));
          return seen;
        };
        expect(roots()).toEqual(roots());
      }),
      { numRuns: 15 },
    );
  });
});

describe('the results root', () => {
  const charge = { gas: 1n, burned: 2n, tip: 3n };
  test('commits to status, code and charge, and not to prose', () => {
    const root = (code: ExecutionCode, message: string, gas = 1n): string =>
      toHex(resultsRoot([{ status: 'failed', charge: { ...charge, gas }, fault: { code, message } }]));
    expect(root('NONCE_TOO_LOW', 'one')).toBe(root('NONCE_TOO_LOW', 'other'));
    expect(root('NONCE_TOO_LOW', 'one')).not.toBe(root('NONCE_TOO_HIGH', 'one'));
    expect(root('NONCE_TOO_LOW', 'one')).not.toBe(root('NONCE_TOO_LOW', 'one', 2n));
    expect(root('NONCE_TOO_LOW', 'one')).not.toBe(toHex(resultsRoot([{ status: 'success', charge }])));
  });
});

describe('the base fee', () => {
  const { params } = genesisOf();
  const full = params.blocks.maxGas;
  const fullBytes = BigInt(params.blocks.maxBytes);
  const next = (baseFee: bigint, gas: bigint, bytes = 0n): bigint =>
    nextBaseFee(baseFee, { gas, bytes }, params);

  test('stays where it is when blocks are half full', () => {
    expect(next(10_000n, full / 2n)).toBe(10_000n);
  });

  test('moves by an eighth for a full and for an empty block', () => {
    expect(next(8_000n, full)).toBe(9_000n);
    expect(next(8_000n, 0n)).toBe(7_000n);
  });

  test('leaves its floor, comes back to it, and never falls below it', () => {
    expect(next(1n, full)).toBe(2n);
    expect(next(1n, 0n)).toBe(1n);
    expect(next(2n, 0n)).toBe(1n);
  });

  test('follows the bytes where they are scarcer than the gas', () => {
    expect(next(8_000n, full / 4n, fullBytes)).toBe(9_000n);
    expect(next(8_000n, full / 4n, fullBytes / 2n)).toBe(8_000n);
    expect(next(8_000n, full / 4n, (3n * fullBytes) / 4n)).toBe(8_500n);
    expect(next(8_000n, full, fullBytes / 4n)).toBe(9_000n);
    expect(next(8_000n, 0n, fullBytes / 4n)).toBe(7_500n);
  });

  test('moves by at most an eighth, or by 1, and the right way', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 27n }),
        fc.bigInt({ min: 0n, max: full }),
        (baseFee, gasUsed) => {
          const after = next(baseFee, gasUsed);
          const step = after > baseFee ? after - baseFee : baseFee - after;
          expect(step * 8n <= baseFee || step === 1n).toBe(true);
          if (gasUsed > full / 2n) expect(after).toBeGreaterThan(baseFee);
          if (gasUsed < full / 2n) expect(after < baseFee || baseFee === 1n).toBe(true);
          expect(after).toBeGreaterThanOrEqual(params.fees.minBaseFee);
        },
      ),
    );
  });

  test('follows the blocks of a chain', () => {
    const genesis = genesisOf((g) => ({
      ...g,
      params: { ...g.params, blocks: { ...g.params.blocks, maxGas: 20_000n } },
    }));
    const chain = chainOf(genesis);
    for (let i = 0; i < 5; i++) chain.run([send(chain, 'ada', 'bob', 1n), send(chain, 'ada', 'bob', 1n)]);
    const peak = baseFeeOf(chain.state);
    expect(peak).toBeGreaterThan(3n);
    for (let i = 0; i < 40; i++) chain.run([]);
    expect(baseFeeOf(chain.state)).toBe(1n);
  });

  test('rises after a block that is more than half full of bytes, and not after one that is less', () => {
    const blocks = { ...params.blocks, maxGas: 10n ** 12n, maxTransactionBytes: 4096, maxBytes: 70_000 };
    const chain = chainOf(genesisOf((g) => ({ ...g, params: { ...g.params, blocks } })));
    const transfers = (count: number): readonly Uint8Array[] =>
      Array.from({ length: count }, () => send(chain, 'ada', 'bob', 1n));
    // All transfers have the same size.
    const most = Math.floor(blocks.maxBytes / 2 / send(chain, 'bob', 'ada', 1n).length);
    chain.run(transfers(most));
    expect(baseFeeOf(chain.state)).toBe(1n);
    chain.run(transfers(most + 1));
    expect(baseFeeOf(chain.state)).toBe(2n);
  });
});

describe('admission to a mempool', () => {
  const admit = (options: TxOptions, height = 2n): string => {
    const chain = chainOf();
    chain.run([send(chain, 'ada', 'bob', 1n)]);
    const { transaction, gas } = unwrap(verifyOn(chain.genesis)(send(chain, 'ada', 'bob', 1n, options)));
    const terms = { height: toHeight(height), baseFee: baseFeeOf(chain.state) };
    const account = accountOf(chain.state, addressOf('ada'));
    return checkForMempool(account, { ...transaction, gas }, terms)?.code ?? 'OK';
  };

  test.each<[string, TxOptions, string]>([
    ['the next nonce', { nonce: 1n }, 'OK'],
    ['a nonce that waits for others', { nonce: 1n + MAX_NONCE_GAP }, 'OK'],
    ['a nonce too far ahead', { nonce: 2n + MAX_NONCE_GAP }, 'NONCE_TOO_HIGH'],
    ['a used nonce', { nonce: 0n }, 'NONCE_TOO_LOW'],
    ['a balance below maxFee', { nonce: 1n, maxFee: 2n * START }, 'BALANCE_BELOW_MAX_FEE'],
    ['a maxFee below its gas', { nonce: 1n, maxFee: 10n }, 'MAX_FEE_TOO_LOW'],
    ['a validUntil that is past', { nonce: 1n, validUntil: 1n }, 'TX_EXPIRED'],
  ])('for %s', (_what, options, code) => {
    expect(admit(options)).toBe(code);
  });
});
