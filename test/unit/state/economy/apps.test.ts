/** What a receipt says beside the fee of its model: the price of an app, and whether anybody sees its texts. */
import { describe, expect, it } from 'vitest';
import { type Root, ZERO_ADDRESS, ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { inferenceRoot } from '../../../../state/attribution/commitment.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import type { ReceiptBody } from '../../../../state/tx/receipt.ts';
import {
  challengeAs,
  challengeRefusal,
  type DisputeScene,
  demandOf,
  disputeScene,
  eventOf,
  type Inference,
  OUTPUT,
  PROMPT,
  send,
  settleAs,
} from './dispute-scenes.ts';
import { malformedWitness, spoilt } from './lies.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  bob,
  claimOf,
  deposit,
  everyone,
  laneGroup,
  payer,
  provider,
  receiptBody,
  registerModel,
} from './scenes.ts';
import { World } from './world.ts';

/** Asked for by alice's app, which takes this much. */
const APP_FEE = 500n;
const asked = (change: Partial<ReceiptBody> = {}) => ({ app: alice.address, appFee: APP_FEE, ...change });

const withBody = (inference: Inference, change: Partial<ReceiptBody>): Inference => ({
  ...inference,
  body: { ...inference.body, ...change },
});

describe('the price of an app', () => {
  const setUp = (): { readonly scene: DisputeScene; readonly honest: Inference; readonly before: bigint } => {
    const scene = disputeScene();
    return { scene, honest: scene.infer(PROMPT, OUTPUT), before: scene.world.balance(alice) };
  };

  it('is taken with the charge, held, and paid to the app when the settlement is final', () => {
    const { scene, honest, before } = setUp();
    const { world } = scene;
    const escrow = potTotal(world.view, 'escrow');
    const batch = send(
      scene,
      withBody(honest, asked()),
      withBody(honest, asked({ app: bob.address, appFee: 1n })),
    );
    const { compute, fee } = honest.body;
    const charge = 2n * (compute + fee) + APP_FEE + 1n;
    expect(potTotal(world.view, 'heldFees')).toBe(charge);
    expect(potTotal(world.view, 'escrow')).toBe(escrow - charge);
    settleAs(world, batch, [
      [0, honest.claim],
      [1, honest.claim],
    ]);
    expect(world.balance(alice)).toBe(before);
    const ran = world.block();
    expect(ran).toEqual([]);
    world.until(world.height + 3n);
    expect(world.balance(alice)).toBe(before + APP_FEE);
    expect(totalsOf(world.view)).toMatchObject({
      apps: APP_FEE + 1n,
      fees: charge,
      providers: 2n * compute,
      refunded: 0n,
    });
    expect(potTotal(world.view, 'heldFees')).toBe(0n);
  });

  it('is paid with the compute if nobody settles in time', () => {
    const { scene, honest, before } = setUp();
    const { world } = scene;
    const batch = send(scene, withBody(honest, asked()));
    world.until(world.height + 40n);
    expect(getReceipt(world.view, { batch, index: 0 })?.standing.status).toBe('expired');
    expect(world.balance(alice)).toBe(before + APP_FEE);
    expect(totalsOf(world.view)).toMatchObject({ apps: APP_FEE, providers: 777n });
  });

  it('goes back to the payer with the compute if the receipt is void, and the app gets nothing', () => {
    const { scene, honest, before } = setUp();
    const { world } = scene;
    const bad = spoilt(withBody(honest, asked()));
    const batch = send(scene, bad);
    const paid = world.balance(payer);
    const ran = challengeAs(world, { batch, index: 0, settlement: ZERO_ROOT }, malformedWitness(bad));
    expect(eventOf(ran, 'receiptVoided')).toMatchObject({ paid: { compute: '777', appFee: '500' } });
    expect(world.balance(payer)).toBe(paid + 777n + APP_FEE);
    expect(world.balance(alice)).toBe(before);
    expect(totalsOf(world.view)).toMatchObject({ apps: 0n, refunded: 777n + APP_FEE });
  });

  it('makes an account of an app that had none', () => {
    const world = new World(everyone);
    registerModel(world, []);
    deposit(world, 100_000n);
    const app = new Uint8Array(20).fill(0xab) as typeof alice.address;
    const group = laneGroup(world, [receiptBody('a', asked({ app }))]);
    world.run(provider, inferenceReceipt, { groups: [group] });
    world.until(world.height + 40n);
    expect(totalsOf(world.view).apps).toBe(APP_FEE);
    expect(world.balance({ ...alice, address: app })).toBe(APP_FEE);
  });

  it('is part of what the voucher and the deposit have to cover', () => {
    const world = new World(everyone);
    registerModel(world, []);
    deposit(world, 1_837n + APP_FEE - 1n);
    const receipts = [receiptBody('a', asked())];
    const refused = (group: ReturnType<typeof laneGroup>) =>
      world.refusal(provider, inferenceReceipt, { groups: [group] });
    expect(refused(laneGroup(world, receipts, { amount: 1_837n }))).toBe('VOUCHER_OVERDRAWN');
    expect(refused(laneGroup(world, receipts))).toBe('ESCROW_OVERDRAWN');
    deposit(world, 1n);
    expect(refused(laneGroup(world, receipts))).toBe('success');
    expect(potTotal(world.view, 'escrow')).toBe(0n);
  });
});

describe('a private receipt', () => {
  const contentOf = (receipts: readonly ReceiptBody[]): readonly Root[] =>
    inferenceReceipt
      .content({
        groups: [
          {
            payer: payer.address,
            lane: 0,
            voucher: { amount: 0n, count: 1n, accumulator: ZERO_ROOT, signature: new Uint8Array(65) },
            receipts,
          },
        ],
      })
      .map(({ root }) => root);

  it('is paid, and never settled: nobody could check the claim', () => {
    const scene = disputeScene();
    const { world } = scene;
    const honest = scene.infer(PROMPT, OUTPUT);
    const batch = send(scene, withBody(honest, { visibility: 'private' }), honest);
    const settle = (...indices: readonly number[]): string =>
      world.refusal(attestor, attributionSettlement, {
        batch,
        asOf: undefined,
        claims: indices.map((index) => withoutPicks(index, honest.claim)),
      });
    expect(settle(0)).toBe('SETTLEMENT_PRIVATE');
    expect(settle(0, 1)).toBe('SETTLEMENT_PRIVATE');
    // A claim of nothing is one that nobody could check either.
    const empty = [withoutPicks(0, claimOf(honest.body.tokensOut, []))];
    expect(world.refusal(attestor, attributionSettlement, { batch, asOf: undefined, claims: empty })).toBe(
      'SETTLEMENT_PRIVATE',
    );
    expect(settle(1)).toBe('success');
    expect(
      challengeRefusal(world, { batch, index: 0, settlement: ZERO_ROOT }, demandOf('output', { count: 3 })),
    ).not.toBe('success');
    world.until(world.height + 40n);
    expect(getReceipt(world.view, { batch, index: 0 })?.standing.status).toBe('expired');
    expect(getReceipt(world.view, { batch, index: 1 })?.standing.status).toBe('final');
    expect(totalsOf(world.view)).toMatchObject({ settled: 1n, unsettled: 1n, providers: 2n * 777n });
  });

  it('names no content that a node should ask for, and a public one names the root of its three', () => {
    const body = receiptBody('a');
    const hidden = receiptBody('b', { visibility: 'private' });
    expect(contentOf([hidden])).toEqual([]);
    expect(contentOf([hidden, body])).toEqual([inferenceRoot(body)]);
    expect(body.app).toEqual(ZERO_ADDRESS);
  });
});
