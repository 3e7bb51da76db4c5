import { describe, expect, it } from 'vitest';
import { ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { equal, toHex } from '../../../../src/lib/bytes.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { sha256 } from '../../../../src/lib/hash.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import type { Json } from '../../../../src/lib/ssz.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { getEscrow, getVoucherUse } from '../../../../state/queries/economy.ts';
import { getBatch, getReceipt } from '../../../../state/queries/receipts.ts';
import { escrowDeposit } from '../../../../state/tx/escrow-deposit.ts';
import { escrowWithdraw } from '../../../../state/tx/escrow-withdraw.ts';
import { type InferenceReceipt, inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import {
  extendAccumulator,
  formatReceiptId,
  parseReceiptId,
  type ReceiptBody,
  ReceiptBodyType,
  ReceiptTermsType,
  receiptRoot,
  stopRoot,
} from '../../../../state/tx/receipt.ts';
import { SIGNATURE_FORMS } from '../../lib/signature-forms.ts';
import {
  alice,
  deposit,
  everyone,
  laneGroup,
  payer,
  provider,
  receiptBody,
  receiptGroup,
  registerModel,
  sendReceipts,
} from './scenes.ts';
import { bytes32, FUNDED, World } from './world.ts';

const channel = { payer: payer.address, provider: provider.address };
/** 30 tokens in at 2 and 100 out at 10 a token: 1,060, and 777 of compute. */
const CHARGE = 1_837n;

const setUp = (funds = 100_000n): { readonly world: World; readonly model: ModelId } => {
  const world = new World(everyone);
  const model = registerModel(world, []);
  deposit(world, funds);
  return { world, model };
};

describe('escrow', () => {
  it('holds deposits for one provider', () => {
    const world = new World(everyone);
    expect(world.refusal(payer, escrowDeposit, { provider: provider.address, amount: 0n })).toBe(
      'invalid: ESCROW_ZERO',
    );
    expect(world.refusal(payer, escrowDeposit, { provider: provider.address, amount: FUNDED + 1n })).toBe(
      'BALANCE_TOO_LOW',
    );
    deposit(world, 70n);
    deposit(world, 30n);
    deposit(world, 5n, alice);
    expect(getEscrow(world.view, channel).deposit).toBe(100n);
    expect(potTotal(world.view, 'escrow')).toBe(105n);
  });

  it('pays a withdrawal after its delay', () => {
    const { world } = setUp(1_000n);
    world.run(payer, escrowWithdraw, { provider: provider.address, amount: 400n });
    const matures = world.height + 30n;
    const before = world.balance(payer);
    expect(getEscrow(world.view, channel)).toEqual({
      deposit: 1_000n,
      withdrawals: [{ amount: 400n, matures }],
      withdrawing: 400n,
    });
    world.until(matures - 1n);
    expect(world.balance(payer)).toBe(before);
    world.until(matures);
    expect(world.balance(payer)).toBe(before + 400n);
    expect(getEscrow(world.view, channel)).toEqual({ deposit: 600n, withdrawals: [], withdrawing: 0n });
  });

  it('lets receipts draw on what is on its way out', () => {
    const { world, model } = setUp(2_000n);
    world.run(payer, escrowWithdraw, { provider: provider.address, amount: 2_000n });
    const matures = world.height + 30n;
    sendReceipts(world, model, [receiptBody('a')]);
    expect(world.refusal(payer, escrowWithdraw, { provider: provider.address, amount: 1n })).toBe(
      'ESCROW_TOO_LOW',
    );
    const before = world.balance(payer);
    world.until(matures);
    expect(world.balance(payer)).toBe(before + 2_000n - CHARGE);
    expect(potTotal(world.view, 'escrow')).toBe(0n);
  });

  it('pays a withdrawal at its time, while receipts that were sent in its last block wait for their settlement', () => {
    const withdrawDelay = 2;
    const world = new World(everyone, (params) => ({ ...params, escrow: { withdrawDelay } }));
    const model = registerModel(world, []);
    deposit(world, 2_000n);
    world.run(payer, escrowWithdraw, { provider: provider.address, amount: 2_000n });
    const matures = world.height + BigInt(withdrawDelay);
    const before = world.balance(payer);
    world.until(matures - 1n);
    const batch = sendReceipts(world, model, [receiptBody('a')]);
    expect(world.height).toBe(matures);
    expect(world.balance(payer)).toBe(before + 2_000n - CHARGE);
    expect(potTotal(world.view, 'heldFees')).toBe(CHARGE);
    // Nothing of it depends on the deposit any more.
    const { deadline = 0n } = getReceipt(world.view, { batch, index: 0 }) ?? {};
    world.until(deadline);
    expect(potTotal(world.view, 'heldFees')).toBe(0n);
    expect(totalsOf(world.view)).toMatchObject({ unsettled: 1n, providers: receiptBody('a').compute });
  });

  it('refuses to promise more than there is, and more than 16 withdrawals at a time', () => {
    const { world } = setUp(100n);
    const withdraw = (amount: bigint) =>
      world.refusal(payer, escrowWithdraw, { provider: provider.address, amount });
    expect(withdraw(0n)).toBe('invalid: ESCROW_ZERO');
    expect(withdraw(101n)).toBe('ESCROW_TOO_LOW');
    for (let i = 0; i < 16; i++) expect(withdraw(1n)).toBe('success');
    expect(withdraw(85n)).toBe('ESCROW_TOO_LOW');
    expect(withdraw(1n)).toBe('ESCROW_WITHDRAWALS');
    world.until(world.height + 30n);
    expect(getEscrow(world.view, channel).deposit).toBe(84n);
  });
});

describe('inferenceReceipt', () => {
  it('refuses batches that no chain could hold', () => {
    const { world, model } = setUp();
    const group = receiptGroup(world, model, [receiptBody('a')]);
    const refused = (payload: InferenceReceipt) => world.refusal(provider, inferenceReceipt, payload);
    expect(refused({ groups: [] })).toBe('invalid: RECEIPT_NONE');
    expect(refused({ groups: [{ ...group, receipts: [] }] })).toBe('invalid: RECEIPT_NONE');
    expect(refused({ groups: [group, group] })).toBe('invalid: RECEIPT_GROUP');
    const many = Array.from({ length: 501 }, () => receiptBody('a'));
    const other = { ...group, lane: group.lane + 1, receipts: many };
    expect(refused({ groups: [{ ...group, receipts: many }, other] })).toBe('invalid: RECEIPT_BATCH');
    const refusedBody = (change: Partial<ReceiptBody>) =>
      refused({ groups: [{ ...group, receipts: [receiptBody('a', change)] }] });
    for (const tokens of [
      { tokensIn: 32_769 },
      { tokensOut: 4_097 },
      { bytesIn: 8 * 32_768 + 1 },
      { bytesOut: 8 * 4_096 + 1 },
    ])
      expect(refusedBody(tokens)).toBe('invalid: RECEIPT_TOKENS');
    for (const bytes of [{ bytesIn: 29 }, { bytesOut: 99 }, { tokensIn: 1, bytesIn: 0 }])
      expect(refusedBody(bytes)).toBe('invalid: RECEIPT_BYTES');
    expect(refusedBody({ appFee: 1n })).toBe('invalid: RECEIPT_APP');
    expect(refusedBody({ appFee: 0n, app: alice.address })).toBe('VOUCHER_ACCUMULATOR');
  });

  it('takes the largest texts there are', () => {
    const { world, model } = setUp(10n ** 9n);
    const most = { tokensIn: 32_768, bytesIn: 8 * 32_768, tokensOut: 4_096, bytesOut: 8 * 4_096 };
    const marks = { tokensIn: 0, bytesIn: 8 * 32_768, tokensOut: 0, bytesOut: 8 * 4_096 };
    const empty = { tokensIn: 0, bytesIn: 0, tokensOut: 0, bytesOut: 0 };
    sendReceipts(world, model, [receiptBody('a', most), receiptBody('b', marks), receiptBody('c', empty)]);
    expect(getVoucherUse(world.view, channel, model).count).toBe(3n);
  });

  it('counts eight bytes begun as a token, so that an answer of marks is not free', () => {
    const { world, model } = setUp();
    const priced = (tokensOut: number, bytesOut: number): bigint =>
      receiptBody('a', { tokensIn: 0, bytesIn: 0, tokensOut, bytesOut }).fee;
    expect([priced(0, 800), priced(99, 800), priced(100, 800), priced(101, 800), priced(0, 801)]).toEqual([
      1_000n,
      1_000n,
      1_000n,
      1_010n,
      1_010n,
    ]);
    // The chain asks for just that.
    const marks = receiptBody('marks', { tokensIn: 0, bytesIn: 240, tokensOut: 0, bytesOut: 800 });
    expect(marks.fee).toBe(1_060n);
    const free = receiptGroup(world, model, [{ ...marks, fee: 0n }]);
    expect(world.refusal(provider, inferenceReceipt, { groups: [free] })).toBe('RECEIPT_FEE');
    sendReceipts(world, model, [marks]);
  });

  it('refuses receipts that contradict the model, the voucher or the deposit', () => {
    const { world, model } = setUp(2n * CHARGE);
    const body = receiptBody('a');
    const refused = (group: ReturnType<typeof receiptGroup>) =>
      world.refusal(provider, inferenceReceipt, { groups: [group] });
    const group = receiptGroup(world, model, [body]);
    expect(refused(receiptGroup(world, model + 1, [body]))).toBe('MODEL_UNKNOWN');
    expect(refused(receiptGroup(world, model, [body], { manifest: bytes32('other') }))).toBe(
      'RECEIPT_MANIFEST',
    );
    expect(refused(receiptGroup(world, model, [{ ...body, rules: 1 }]))).toBe('RECEIPT_RULES');
    expect(refused(receiptGroup(world, model, [receiptBody('a', { fee: body.fee + 1n })]))).toBe(
      'RECEIPT_FEE',
    );
    expect(refused(receiptGroup(world, model, [receiptBody('a', { fee: body.fee - 1n })]))).toBe(
      'RECEIPT_FEE',
    );
    expect(refused(receiptGroup(world, model, [body], { count: 2n }))).toBe('VOUCHER_COUNT');
    expect(refused(receiptGroup(world, model, [body], { accumulator: ZERO_ROOT }))).toBe(
      'VOUCHER_ACCUMULATOR',
    );
    const other = (change: Partial<ReceiptBody>) =>
      refused({ ...group, receipts: group.receipts.map((each) => ({ ...each, ...change })) });
    for (const change of [
      { compute: body.compute - 1n },
      { textRoot: bytes32('other texts') },
      { visibility: 'private' },
      { finish: 'length' },
      { sampling: { ...body.sampling, seed: 1n } },
      { app: alice.address },
    ] as const)
      expect(other(change)).toBe('VOUCHER_ACCUMULATOR');
    expect(refused({ ...group, lane: group.lane + 1 })).toBe('VOUCHER_ACCUMULATOR');
    expect(refused(receiptGroup(world, model, [body], { signer: provider }))).toBe('VOUCHER_SIGNATURE');
    const signature = group.voucher.signature.slice();
    signature[64] = 29;
    expect(refused({ ...group, voucher: { ...group.voucher, signature } })).toBe('VOUCHER_SIGNATURE');
    expect(refused({ ...group, voucher: { ...group.voucher, amount: 10n ** 30n } })).toBe(
      'VOUCHER_SIGNATURE',
    );
    expect(refused(receiptGroup(world, model, [body], { amount: CHARGE - 1n }))).toBe('VOUCHER_OVERDRAWN');
    const three = [body, receiptBody('b'), receiptBody('c')];
    expect(refused(receiptGroup(world, model, three))).toBe('ESCROW_OVERDRAWN');
    const dearer = [body, receiptBody('b', { compute: 778n })];
    expect(refused(receiptGroup(world, model, dearer))).toBe('ESCROW_OVERDRAWN');
    expect(refused(receiptGroup(world, model, three.slice(0, 2)))).toBe('success');
  });

  it('refuses a batch that was sent before', () => {
    const { world, model } = setUp();
    const group = receiptGroup(world, model, [receiptBody('a')]);
    world.run(provider, inferenceReceipt, { groups: [group] });
    expect(world.refusal(provider, inferenceReceipt, { groups: [group] })).toBe('VOUCHER_COUNT');
    const counted = receiptGroup(world, model, [receiptBody('a')], {
      accumulator: group.voucher.accumulator,
    });
    expect(world.refusal(provider, inferenceReceipt, { groups: [counted] })).toBe('VOUCHER_ACCUMULATOR');
  });

  it('refuses a voucher whose whole amount earlier receipts have used, whatever it counts', () => {
    const { world, model } = setUp();
    sendReceipts(world, model, [receiptBody('a')]);
    const stale = receiptGroup(world, model, [receiptBody('b')], { amount: CHARGE });
    expect(world.refusal(provider, inferenceReceipt, { groups: [stale] })).toBe('VOUCHER_OVERDRAWN');
    const lower = receiptGroup(world, model, [receiptBody('b')], { amount: 1n });
    expect(world.refusal(provider, inferenceReceipt, { groups: [lower] })).toBe('VOUCHER_OVERDRAWN');
  });

  it('lets nobody but the provider that the voucher names use it', () => {
    const { world, model } = setUp();
    const group = receiptGroup(world, model, [receiptBody('a')]);
    expect(world.refusal(alice, inferenceReceipt, { groups: [group] })).toBe('VOUCHER_ACCUMULATOR');
  });

  it('holds the money of several payers, draws only what is charged, and keeps what each receipt says', () => {
    const { world, model } = setUp();
    deposit(world, 50_000n, alice);
    const second = registerModel(world, []);
    const generous = receiptGroup(world, model, [receiptBody('a'), receiptBody('b')], { amount: 9_000n });
    const groups = [
      generous,
      receiptGroup(world, model, [receiptBody('c')], {}, alice),
      receiptGroup(world, second, [receiptBody('d')]),
    ];
    const { id } = world.run(provider, inferenceReceipt, { groups });
    expect(potTotal(world.view, 'heldFees')).toBe(4n * CHARGE);
    expect(getEscrow(world.view, channel).deposit).toBe(100_000n - 3n * CHARGE);
    expect(getVoucherUse(world.view, channel, model)).toEqual({
      amount: 2n * CHARGE,
      count: 2n,
      accumulator: generous.voucher.accumulator,
    });
    expect(totalsOf(world.view).receipts).toBe(4n);
    expect(getBatch(world.view, id)?.open).toEqual([0, 1, 2, 3]);
    const third = getReceipt(world.view, { batch: id, index: 2 });
    expect(third).toMatchObject({
      payer: alice.address,
      provider: provider.address,
      lane: model,
      model,
      version: 1,
      body: receiptBody('c'),
      standing: { status: 'open' },
    });
    // 5, 3, 2, 20 and 20 percent of 1,060, rounded down; the rest is the data's.
    expect(third?.split).toEqual({
      burned: 53n,
      treasury: 31n,
      attestor: 21n,
      model: 212n,
      stakers: 212n,
      data: 531n,
    });
    expect(getReceipt(world.view, { batch: id, index: 4 })).toBeUndefined();
    expect(getReceipt(world.view, { batch: bytes32('none'), index: 0 })).toBeUndefined();
  });

  it('goes on from the last voucher', () => {
    const { world, model } = setUp();
    sendReceipts(world, model, [receiptBody('a')]);
    sendReceipts(world, model, [receiptBody('b'), receiptBody('c')]);
    expect(getVoucherUse(world.view, channel, model)).toMatchObject({ amount: 3n * CHARGE, count: 3n });
  });
});

describe('a lane', () => {
  const drawn = (world: World, lane: number) => getVoucherUse(world.view, channel, lane);

  it('has an order of its own: several agents of one payer need not wait for each other', () => {
    const { world } = setUp();
    const [left, right] = [4, 0xffff_ffff];
    const first = laneGroup(world, [receiptBody('a')], { lane: left });
    // Signed before the first is sent, and sent before it.
    const other = laneGroup(world, [receiptBody('b'), receiptBody('c')], { lane: right });
    world.run(provider, inferenceReceipt, { groups: [other] });
    world.run(provider, inferenceReceipt, { groups: [first] });
    expect(drawn(world, left)).toMatchObject({ amount: CHARGE, count: 1n });
    expect(drawn(world, right)).toMatchObject({ amount: 2n * CHARGE, count: 2n });
    expect(drawn(world, 5)).toMatchObject({ amount: 0n, count: 0n, accumulator: ZERO_ROOT });
    // They draw on one deposit.
    expect(getEscrow(world.view, channel).deposit).toBe(100_000n - 3n * CHARGE);
    const next = laneGroup(world, [receiptBody('d')], { lane: left });
    world.run(provider, inferenceReceipt, { groups: [next] });
    expect(drawn(world, left)).toMatchObject({ count: 2n });
    expect(drawn(world, right)).toMatchObject({ count: 2n });
  });

  it('is bound by the voucher: one for another lane is none for this', () => {
    const { world } = setUp();
    const group = laneGroup(world, [receiptBody('a')], { lane: 1 });
    const body = receiptBody('a');
    const accumulator = extendAccumulator(ZERO_ROOT, { ...channel, lane: 2 }, [body]);
    const moved = { ...group, lane: 2, voucher: { ...group.voucher, accumulator } };
    expect(world.refusal(provider, inferenceReceipt, { groups: [moved] })).toBe('VOUCHER_SIGNATURE');
  });

  it.each(SIGNATURE_FORMS)('takes the signature of the payer as JSON in each form: %s', (_, change) => {
    const { world } = setUp();
    const group = laneGroup(world, [receiptBody('a')], { lane: 1 });
    const { signature } = group.voucher;
    const given = { ...group, voucher: { ...group.voucher, signature: change(signature) } };
    const payload = unwrap(inferenceReceipt.payload.fromJson({ groups: [given] }));
    expect(payload).toEqual({ groups: [group] });
    const hex = JSON.parse(JSON.stringify(inferenceReceipt.payload.toJson({ groups: [given] }))) as Json;
    expect(inferenceReceipt.payload.fromJson(hex)).toEqual({ ok: true, value: payload });
    expect(world.refusal(provider, inferenceReceipt, payload)).toBe('success');
  });

  it('has the signature of the payer in one form on the wire', () => {
    const { world } = setUp();
    const group = laneGroup(world, [receiptBody('a')], { lane: 1 });
    for (const [, change] of SIGNATURE_FORMS) {
      const signature = change(group.voucher.signature);
      const isNormal = equal(signature, group.voucher.signature);
      if (signature.length !== 65 || isNormal) continue;
      // Bytes mean what they say: otherwise a transaction would have two encodings.
      const groups = [{ ...group, voucher: { ...group.voucher, signature } }];
      const decoded = unwrap(inferenceReceipt.payload.decode(inferenceReceipt.payload.encode({ groups })));
      expect(decoded).toEqual({ groups });
      expect(world.refusal(provider, inferenceReceipt, decoded)).toBe('VOUCHER_SIGNATURE');
    }
  });

  it('takes receipts of several models under one voucher, each at the prices of its own', () => {
    const { world, model } = setUp();
    const dear = registerModel(world, [], { prices: { in: 4_000n, out: 20_000n } });
    const [cheap, twice] = [receiptBody('a', { model }), receiptBody('b', { model: dear, fee: 2_120n })];
    const receipts = [cheap, twice, receiptBody('c', { model })];
    const group = laneGroup(world, receipts, { lane: 9 });
    const { id, events } = world.run(provider, inferenceReceipt, { groups: [group] });
    expect(drawn(world, 9)).toMatchObject({ amount: 3n * CHARGE + 1_060n, count: 3n });
    expect(getBatch(world.view, id)?.receipts.map((receipt) => [receipt.model, receipt.lane])).toEqual([
      [model, 9],
      [dear, 9],
      [model, 9],
    ]);
    expect(events.find(({ type }) => type === 'receiptsRecorded')?.data).toMatchObject({
      groups: [{ payer: payer.address, lane: 9, count: 3, charged: 3n * CHARGE + 1_060n }],
      models: [
        { model, version: 1, count: 2 },
        { model: dear, version: 1, count: 1 },
      ],
    });
    const wrong = laneGroup(world, [receiptBody('d', { model: dear })], { lane: 9 });
    expect(world.refusal(provider, inferenceReceipt, { groups: [wrong] })).toBe('RECEIPT_FEE');
  });

  it('stands in a batch once, and beside another of the same payer', () => {
    const { world } = setUp();
    const one = laneGroup(world, [receiptBody('a')], { lane: 1 });
    const two = laneGroup(world, [receiptBody('b')], { lane: 2 });
    const again = laneGroup(world, [receiptBody('c')], { lane: 1 });
    expect(world.refusal(provider, inferenceReceipt, { groups: [one, two, again] })).toBe(
      'invalid: RECEIPT_GROUP',
    );
    const { id } = world.run(provider, inferenceReceipt, { groups: [one, two] });
    expect(getBatch(world.view, id)?.open).toEqual([0, 1]);
    expect(getReceipt(world.view, { batch: id, index: 1 })).toMatchObject({
      lane: 2,
      body: receiptBody('b'),
    });
  });
});

describe('a receipt', () => {
  it('has the root that an accumulator takes up, one by one or many at once', () => {
    const terms = { ...channel, lane: 7 };
    const bodies = Array.from({ length: 37 }, (_, i) =>
      receiptBody(`r${i}`, {
        tokensIn: 32_768 - i,
        tokensOut: i,
        compute: 1n << BigInt(3 * i),
        fee: BigInt(i),
      }),
    );
    const oneByOne = bodies.reduce(
      (accumulator, body) => sha256(accumulator, receiptRoot(terms, body)),
      ZERO_ROOT,
    );
    expect(extendAccumulator(ZERO_ROOT, terms, bodies)).toEqual(oneByOne);
    expect(extendAccumulator(oneByOne, terms, [])).toEqual(oneByOne);
    const largest = receiptBody('max', { compute: (1n << 128n) - 1n, fee: (1n << 128n) - 1n });
    expect(extendAccumulator(ZERO_ROOT, terms, [largest])).toEqual(
      sha256(ZERO_ROOT, receiptRoot(terms, largest)),
    );
    expect(ReceiptBodyType.check(largest)).toBeUndefined();
  });

  it('has a root that is that of its terms and of every byte of its body', () => {
    const terms = { ...channel, lane: 7 };
    const body = receiptBody('a', {
      app: alice.address,
      appFee: 5n,
      finish: 'stop',
      sampling: { temperature: 700, topP: 9_000, topK: 40, seed: 77n },
      maxTokens: 512,
      stop: stopRoot(['\n\n', 'END']),
    });
    const encoded = ReceiptBodyType.encode(body);
    expect(receiptRoot(terms, body)).toEqual(sha256(ReceiptTermsType.root(terms), encoded));
    expect(ReceiptBodyType.decode(encoded)).toEqual({ ok: true, value: body });
    const changes: readonly Partial<ReceiptBody>[] = [
      { model: 2 },
      { manifest: bytes32('other') },
      { rules: 1 },
      { promptRoot: ZERO_ROOT },
      { outputRoot: ZERO_ROOT },
      { textRoot: ZERO_ROOT },
      { tokensIn: 1 },
      { tokensOut: 1 },
      { bytesIn: 1 },
      { bytesOut: 1 },
      { compute: 0n },
      { fee: 0n },
      { app: payer.address },
      { appFee: 6n },
      { visibility: 'private' },
      { finish: 'cut' },
      ...[{ temperature: 701 }, { topP: 0 }, { topK: 0 }, { seed: 0n }].map((change) => ({
        sampling: { ...body.sampling, ...change },
      })),
      { maxTokens: 0 },
      { stop: stopRoot(['END', '\n\n']) },
    ];
    const roots = [body, ...changes.map((change) => ({ ...body, ...change }))].map((each) =>
      toHex(receiptRoot(terms, each)),
    );
    for (const other of [
      { ...terms, lane: 8 },
      { ...terms, payer: alice.address },
      { ...terms, provider: alice.address },
    ])
      roots.push(toHex(receiptRoot(other, body)));
    expect(new Set(roots).size).toBe(changes.length + 4);
    // In JSON what is unsaid may be left out.
    const { app, appFee, visibility, finish, sampling, maxTokens, stop, rules, ...said } =
      ReceiptBodyType.toJson(receiptBody('a')) as { readonly [name: string]: Json };
    expect(ReceiptBodyType.fromJson(said)).toEqual({ ok: true, value: receiptBody('a') });
    expect([stopRoot([]), stop, appFee, visibility, rules]).toEqual([
      ZERO_ROOT,
      toHex(ZERO_ROOT),
      '0',
      'public',
      2,
    ]);
    expect([app, finish, sampling, maxTokens].includes(undefined as never)).toBe(false);
  });

  it('is named by its batch and its place there', () => {
    const id = { batch: bytes32('batch'), index: 999 };
    expect(parseReceiptId(formatReceiptId(id))).toEqual({ ok: true, value: id });
    for (const text of [
      '',
      '0x00/1',
      `${formatReceiptId(id)}9999999999999`,
      formatReceiptId(id).replace('999', '01'),
    ]) {
      const parsed = parseReceiptId(text);
      expect(parsed.ok ? '' : parsed.fault.code).toBe('RECEIPT_ID_INVALID');
    }
  });
});
