/** What a transaction from outside has to pass before anything dear is done for it. Checks are counted, not timed. */
import { expect, test } from 'vitest';
import { createIntake, type Intake, type Source } from '../../../../node/mempool/intake.ts';
import { createMempool, type Mempool } from '../../../../node/mempool/mempool.ts';
import type { Checked } from '../../../../node/mempool/verify-pool.ts';
import { type Root, toHeight } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import { chainIdentity } from '../../../../state/genesis.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { dataContribution } from '../../../../state/tx/data-contribution.ts';
import { type Transaction, TransactionType, transactionRules } from '../../../../state/tx/transaction.ts';
import { addressOf, chainOf, type TestChain } from '../../state/fixture.ts';

const caller = (name: string): Source => ({ type: 'caller', name });
const peer = (name: string): Source => ({ type: 'peer', name });

/** A signature of the right form, of nobody. */
const SIGNATURE = Uint8Array.from([...new Uint8Array(64).fill(1), 27]);
const DATA_CONTRIBUTION = { kind: dataContribution.id, version: dataContribution.version };
const LARGE = 256_000;

/** The encoding of a transaction that claims to be from `sender`, with a payload of so many zeros. */
const claiming = (
  sender: string,
  nonce: bigint,
  length = 60,
  change: Partial<Transaction> = {},
): Uint8Array =>
  TransactionType.encode({
    from: addressOf(sender),
    nonce,
    maxFee: 10n ** 18n,
    tip: 0n,
    validUntil: toHeight(1_000n),
    ...DATA_CONTRIBUTION,
    payload: new Uint8Array(length),
    scheme: 0,
    signature: SIGNATURE,
    ...change,
  });

type Stand = {
  readonly chain: TestChain;
  readonly intake: Intake;
  readonly mempool: Mempool;
  readonly checks: () => number;
  readonly pass: (seconds: number) => void;
  /** The code of a refusal, or what it is instead. */
  readonly look: (bytes: Uint8Array, source: Source) => Promise<string>;
};

/**
 * @param verdict - of the checking thread
 * @param isKnown - whether it has found all transactions good before
 */
const stand = (
  verdict: Checked,
  limits = { maxTransactions: 100_000, maxBytes: 1 << 30, maxPerSender: 4_000 },
  { isKnown = false } = {},
): Stand => {
  const chain = chainOf();
  const mempool = createMempool(limits);
  let checks = 0;
  let now = 0;
  const intake = createIntake({
    store: { tip: chain.tip, uncachedView: chain.state, transaction: () => undefined },
    mempool,
    verifier: {
      known: (bytes) => (isKnown ? { id: sha256(bytes), gas: 1n } : undefined),
      check: async (bytes) => {
        checks += 1;
        return verdict.ok ? { ok: true, value: { id: sha256(bytes), gas: 1n } } : verdict;
      },
    },
    rules: transactionRules(chainIdentity(chain.genesis), chain.genesis.params),
    now: () => now,
  });
  return {
    chain,
    intake,
    mempool,
    checks: () => checks,
    pass: (seconds) => {
      now += seconds * 1_000;
    },
    look: async (bytes, source) => {
      const looked = await intake.look(bytes, source);
      return looked.type === 'bad' || looked.type === 'refused' ? looked.fault.code : looked.type;
    },
  };
};

const GOOD: Checked = { ok: true, value: { id: new Uint8Array(32) as Root, gas: 1n } };
const FORGED: Checked = { ok: false, fault: { code: 'SIGNATURE_SIGNER', message: '' }, signed: false };
/** Signed by its sender, and refused by the check of its kind. */
const IMPOSSIBLE: Checked = { ok: false, fault: { code: 'CONTRIBUTION_SHAPES', message: '' }, signed: true };

test('of accounts without money nothing is checked, whatever they send, and from wherever', async () => {
  const { look, checks } = stand(GOOD);
  for (const source of [caller('127.0.0.1'), peer('stranger')])
    for (let i = 0; i < 40; i++)
      expect(await look(claiming(`nobody ${i}`, 0n, i % 2 === 0 ? LARGE : 60), source)).toBe(
        'BALANCE_BELOW_MAX_FEE',
      );
  expect(checks()).toBe(0);
});

test('what its envelope shows to be in vain is not checked', async () => {
  const { look, checks, mempool, chain } = stand(GOOD, {
    maxTransactions: 3,
    maxBytes: 10_000,
    maxPerSender: 2,
  });
  const refused: readonly (readonly [bytes: Uint8Array, code: string])[] = [
    [claiming('ada', 0n, 60, { maxFee: 10n ** 30n }), 'BALANCE_BELOW_MAX_FEE'],
    // The least gas follows from the length.
    [claiming('ada', 0n, LARGE, { maxFee: 2_000_000n }), 'MAX_FEE_TOO_LOW'],
    [claiming('ada', 0n, 60, { validUntil: toHeight(0n) }), 'TX_EXPIRED'],
    [claiming('ada', 5_000n), 'NONCE_TOO_HIGH'],
    [claiming('ada', 2n), 'MEMPOOL_NONCE_GAP'],
    [claiming('ada', 0n, LARGE), 'MEMPOOL_FULL'],
    [claiming('ada', 0n, 60, { kind: 999 }), 'TX_KIND_UNKNOWN'],
    [claiming('ada', 0n, 60, { version: 99 }), 'TX_VERSION_UNKNOWN'],
    [claiming('ada', 0n, 60, { scheme: 1 }), 'TX_SCHEME_UNKNOWN'],
    [claiming('ada', 0n, 60, { maxFee: 1n, tip: 2n }), 'TX_TIP'],
    [claiming('ada', 0n, 60, { signature: new Uint8Array(3) }), 'SIGNATURE_LENGTH'],
    [claiming('ada', 0n, 60, { signature: SIGNATURE.with(64, 3) }), 'SIGNATURE_V'],
    [claiming('ada', 0n, 60, { signature: SIGNATURE.map(() => 0xff).with(64, 27) }), 'SIGNATURE_HIGH_S'],
    [new Uint8Array(300_000), 'TX_TOO_LARGE'],
    [new Uint8Array(30), 'TX_DECODE'],
  ];
  for (const [bytes, code] of refused) expect(await look(bytes, caller('127.0.0.1'))).toBe(code);
  const sender = toHex(addressOf('ada'));
  for (const nonce of [0n, 1n]) {
    const bytes = claiming('ada', nonce);
    mempool.add(
      { id: `0x${nonce}`, bytes, sender, nonce, maxFee: 1n, tip: 0n, validUntil: toHeight(9n), gas: 1n },
      { nonce: 0n, balance: 10n ** 18n, baseFee: 1n },
    );
  }
  expect(await look(claiming('ada', 0n, 61), peer('one'))).toBe('MEMPOOL_NONCE_TAKEN');
  chain.run([]);
  expect(checks()).toBe(0);
});

test('what waits already is known without a check, by its bytes', async () => {
  const { look, checks, mempool } = stand(GOOD);
  const bytes = claiming('ada', 0n);
  const sender = toHex(addressOf('ada'));
  const id = toHex(sha256(bytes));
  mempool.add(
    { id, bytes, sender, nonce: 0n, maxFee: 1n, tip: 0n, validUntil: toHeight(9n), gas: 1n },
    { nonce: 0n, balance: 10n ** 18n, baseFee: 1n },
  );
  for (const source of [caller('127.0.0.1'), peer('one')]) expect(await look(bytes, source)).toBe('known');
  expect(checks()).toBe(0);
});

test('who sends forged dear ones is refused after its ration, and others are not', async () => {
  const { look, checks, pass } = stand(FORGED);
  const forge = async (source: Source, count: number): Promise<number> => {
    const before = checks();
    for (let i = 0; i < count; i++) await look(claiming('ada', BigInt(i), LARGE), source);
    return checks() - before;
  };
  // 4 Mi units, and each costs its bytes.
  expect(await forge(caller('10.0.0.1'), 25)).toBe(17);
  expect(await look(claiming('ada', 0n, LARGE), caller('10.0.0.1'))).toBe('MEMPOOL_BUSY');
  expect(await forge(peer('stranger'), 25)).toBe(17);
  expect(await look(claiming('ada', 0n), peer('stranger'))).toBe('MEMPOOL_BUSY');
  // The account that they name is not held to account for it.
  expect(await look(claiming('ada', 0n), caller('10.0.0.2'))).toBe('SIGNATURE_SIGNER');
  pass(10);
  expect(await forge(caller('10.0.0.1'), 25)).toBe(5);
});

test('behind a proxy, forged dear ones keep nobody from sending what is cheap to check', async () => {
  const proxy = caller('10.0.0.1');
  const forged = stand(FORGED);
  for (let i = 0; i < 25; i++) await forged.look(claiming('ada', BigInt(i), LARGE), proxy);
  expect(await forged.look(claiming('ada', 0n, LARGE), proxy)).toBe('MEMPOOL_BUSY');
  // Forged cheap ones have a ration too: 4 Mi units, and each costs 2,205.
  let cheap = 0;
  while (cheap < 10_000 && (await forged.look(claiming('ada', 0n, 60), proxy)) === 'SIGNATURE_SIGNER')
    cheap += 1;
  expect(cheap).toBe(1_903);
});

test('a kind whose payload is dear for its bytes spends more of the ration', async () => {
  const { look, checks } = stand(FORGED);
  const settlement = { kind: attributionSettlement.id, version: attributionSettlement.version };
  for (let i = 0; i < 25; i++) await look(claiming('ada', BigInt(i), LARGE, settlement), caller('10.0.0.1'));
  expect(checks()).toBe(3);
});

test('many addresses and peers do not add up for one sender who signs what its kind refuses', async () => {
  const { look, checks } = stand(IMPOSSIBLE);
  for (let i = 0; i < 80; i++) await look(claiming('ada', BigInt(i), LARGE), caller(`10.0.0.${i}`));
  // 16 Mi units.
  expect(checks()).toBe(65);
  expect(await look(claiming('ada', 0n), peer('one'))).toBe('MEMPOOL_BUSY');
  expect(await look(claiming('bob', 0n), peer('one'))).toBe('CONTRIBUTION_SHAPES');
});

test('what is taken in costs its source nothing, and what is executed costs its sender nothing', async () => {
  const { intake, checks } = stand(GOOD);
  const taken = async (sender: string, i: number, source: Source): Promise<boolean> => {
    const bytes = claiming(sender, BigInt(i), 20_000);
    const looked = await intake.look(bytes, source);
    if (looked.type === 'checked') intake.taken(source, looked.units);
    return looked.type === 'checked';
  };
  for (let i = 0; i < 800; i++)
    for (const sender of ['ada', 'bob']) {
      expect(await taken(sender, i, peer('honest'))).toBe(true);
      intake.executed(unwrap(TransactionType.decode(claiming(sender, 0n))), 20_300);
    }
  expect(checks()).toBe(1_600);
  // Without a block that executes them, the sender runs out, and its peer does not.
  let waiting = 0;
  while (waiting < 10_000 && (await taken('cleo', waiting, peer('honest')))) waiting += 1;
  expect(waiting).toBe(758);
  expect(await taken('dan', 0, peer('honest'))).toBe(true);
});

test('a peer that sends what only this state refuses is no longer looked at after some thousands', async () => {
  const { intake, look, checks, pass } = stand(GOOD);
  let sent = 0;
  while (sent < 10_000 && !intake.isSpent(peer('stranger'))) {
    await look(claiming(`nobody ${sent}`, 0n), peer('stranger'));
    sent += 1;
  }
  expect(sent).toBe(2_098);
  expect(checks()).toBe(0);
  expect(intake.isSpent(peer('other'))).toBe(false);
  pass(1);
  expect(intake.isSpent(peer('stranger'))).toBe(false);
});

test('a peer that sends again and again what waits here is no longer looked at after some tens of thousands', async () => {
  const { intake, look, mempool } = stand(GOOD);
  const bytes = claiming('ada', 0n);
  const sender = toHex(addressOf('ada'));
  const id = toHex(sha256(bytes));
  mempool.add(
    { id, bytes, sender, nonce: 0n, maxFee: 1n, tip: 0n, validUntil: toHeight(9n), gas: 1n },
    { nonce: 0n, balance: 10n ** 18n, baseFee: 1n },
  );
  let sent = 0;
  for (; sent < 100_000 && !intake.isSpent(peer('stranger')); sent++)
    expect(await look(bytes, peer('stranger'))).toBe('known');
  expect(sent).toBe(41_944);
  for (let i = 0; i < 50_000; i++) await look(bytes, caller('127.0.0.1'));
  expect(intake.isSpent(caller('127.0.0.1'))).toBe(false);
});

test('a peer that passes on what others of the same sender leave no room for spends no more than for what is known', async () => {
  const { intake, look, mempool, checks } = stand(GOOD);
  const means = { nonce: 0n, balance: 10n ** 30n, baseFee: 1n };
  const wait = (sender: string, nonce: bigint): void => {
    const bytes = claiming(sender, nonce);
    const id = toHex(sha256(bytes));
    const terms = { maxFee: 1n, tip: 0n, validUntil: toHeight(9n), gas: 1n };
    unwrap(mempool.add({ id, bytes, sender: toHex(addressOf(sender)), nonce, ...terms }, means));
  };
  // Ada has another transaction with this nonce here. Bob has as many as may wait for a nonce, with others.
  wait('ada', 0n);
  for (let nonce = 1_000n; nonce < 1_512n; nonce++) wait('bob', nonce);
  const refused = [
    { bytes: claiming('ada', 0n, 61), code: 'MEMPOOL_NONCE_TAKEN' },
    { bytes: claiming('bob', 1n), code: 'MEMPOOL_SENDER_FULL' },
  ];
  for (const { bytes, code } of refused) {
    let passedOn = 0;
    for (; passedOn < 100_000 && !intake.isSpent(peer(code)); passedOn++)
      expect(await look(bytes, peer(code))).toBe(code);
    expect(passedOn).toBe(41_944);
  }
  // What can replace it, or fill the gap, is looked at as ever.
  expect(await look(claiming('ada', 0n, 60, { tip: 1n }), peer('other'))).toBe('checked');
  expect(await look(claiming('bob', 0n), peer('other'))).toBe('checked');
  expect(checks()).toBe(2);
});

test('what was checked before and has left the mempool is within the rations of its source and its sender', async () => {
  const { intake, look, checks } = stand(GOOD, undefined, { isKnown: true });
  let looks = 0;
  for (; looks < 10_000 && !intake.isSpent(peer('stranger')); looks++)
    await look(claiming('ada', BigInt(looks % 4_000)), peer('stranger'));
  expect(looks).toBe(2_098);
  expect(await look(claiming('ada', 0n), peer('stranger'))).toBe('MEMPOOL_BUSY');
  // Its sender has signed it: from many peers, and taken in each time, it ends too.
  for (let i = 0; i < 10_000; i++) {
    const looked = await intake.look(claiming('bob', BigInt(i % 4_000)), peer(`peer ${i}`));
    if (looked.type !== 'checked') break;
    intake.taken(peer(`peer ${i}`), looked.units);
    looks += 1;
  }
  expect(looks - 2_098).toBe(7_609);
  expect(checks()).toBe(0);
});

test('a checking thread that fails says nothing about a transaction', async () => {
  const failed: Checked = { ok: false, fault: { code: 'VERIFIER_FAILED', message: '' }, signed: false };
  const { intake } = stand(failed);
  expect(await intake.look(claiming('ada', 0n), peer('one'))).toMatchObject({ type: 'refused' });
});
