import { describe, expect, it } from 'vitest';
import { type Root, toHeight } from '../../../../src/lib/brands.ts';
import type { ContributionId, ModelId } from '../../../../src/lib/ids.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { acceptedOf, setAccepted } from '../../../../state/modules/data/contributions.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { getModel } from '../../../../state/queries/models.ts';
import { getAttribution, getBatch, getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { ReceiptBodyType } from '../../../../state/tx/receipt.ts';
import { bytesKey } from '../../../../state/view.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  bob,
  claimOf,
  contribute,
  createDatanet,
  deposit,
  everyone,
  pinOf,
  provider,
  receiptBody,
  registerModel,
  sendReceipts,
  writable,
} from './scenes.ts';
import { actor, bytes32, intent, World } from './world.ts';

type Scene = {
  readonly world: World;
  readonly model: ModelId;
  readonly batch: Root;
  readonly commons: number;
  readonly a: number;
  readonly b: number;
  /** Accepted after the version that the model pins. */
  readonly late: number;
  /** Of a Datanet that the model does not pin. */
  readonly foreign: number;
};

const setUp = (receipts = 4, bondPerReceipt = 10n): Scene => {
  const world = new World(everyone, (params) => ({
    ...params,
    attribution: { ...params.attribution, bondPerReceipt },
  }));
  const notice = { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n };
  const datanet = createDatanet(world, { commons: notice });
  const a = contribute(world, alice, datanet, 'a');
  const b = contribute(world, bob, datanet, 'b');
  const model = registerModel(world, [pinOf(world, datanet)]);
  const late = contribute(world, alice, datanet, 'late');
  const foreign = contribute(world, alice, createDatanet(world), 'foreign');
  deposit(world, 1_000_000n);
  // A whole epoch of ten blocks lies ahead.
  world.until(60n);
  const batch = sendReceipts(
    world,
    model,
    Array.from({ length: receipts }, (_, i) => receiptBody(`r${i}`)),
  );
  return { world, model, batch, commons: 1, a, b, late, foreign };
};

const settle = (world: World, batch: Root, ...claims: readonly (readonly [number, Claim])[]) =>
  world.refusal(attestor, attributionSettlement, {
    batch,
    asOf: undefined,
    claims: claims.map(([index, claim]) => withoutPicks(index, claim)),
  });

const NOTHING = claimOf(100, []);

describe('attributionSettlement', () => {
  it('names a height before its block, and no older than an epoch, by which its claims are judged', () => {
    const { world, batch, a } = setUp(3);
    const at = (index: number, height: bigint): string =>
      world.refusal(attestor, attributionSettlement, {
        batch,
        asOf: toHeight(height),
        claims: [withoutPicks(index, claimOf(100, [{ start: 10, end: 40, contribution: a }]))],
      });
    const height = world.height + 1n;
    expect(at(0, height)).toBe('SETTLEMENT_AS_OF');
    expect(at(0, height - 11n)).toBe('SETTLEMENT_AS_OF');
    const view = writable(world);
    const accepted = acceptedOf(view, a);
    if (accepted === undefined) throw new Error('it was accepted');
    const fell = world.height;
    setAccepted(view, a, { ...accepted, voided: fell });
    // What fell counts, unless the attestor had traced before.
    expect(at(0, fell)).toBe('CLAIM_INELIGIBLE');
    expect(at(0, fell - 1n)).toBe('success');
    expect(getReceipt(world.view, { batch, index: 0 })?.standing).toMatchObject({
      settlement: { asOf: fell - 1n },
    });
  });

  it('is for attestors, for receipts there are, each once, in order', () => {
    const { world, batch } = setUp();
    const claims = [withoutPicks(0, NOTHING)];
    expect(world.refusal(provider, attributionSettlement, { batch, asOf: undefined, claims })).toBe(
      'ATTESTOR_UNKNOWN',
    );
    expect(settle(world, batch)).toBe('invalid: SETTLEMENT_NONE');
    expect(settle(world, batch, [1, NOTHING], [0, NOTHING])).toBe('invalid: SETTLEMENT_ORDER');
    expect(settle(world, batch, [1, NOTHING], [1, NOTHING])).toBe('invalid: SETTLEMENT_ORDER');
    expect(settle(world, bytes32('none'), [0, NOTHING])).toBe('BATCH_UNKNOWN');
    expect(settle(world, batch, [4, NOTHING])).toBe('SETTLEMENT_INDEX');
    expect(settle(world, batch, [1, NOTHING], [3, NOTHING])).toBe('success');
    expect(settle(world, batch, [0, NOTHING], [1, NOTHING])).toBe('SETTLEMENT_TAKEN');
    expect(getBatch(world.view, batch)?.open).toEqual([0, 2]);
  });

  it('refuses matches of what the model may not draw on', () => {
    const { world, batch, a, late, foreign } = setUp();
    const match = (contribution: ContributionId, change = {}) => {
      const claim = claimOf(100, [{ start: 10, end: 40, contribution }]);
      return { ...claim, matches: claim.matches.map((each) => ({ ...each, ...change })) };
    };
    for (const contribution of [late, foreign, 99])
      expect(settle(world, batch, [0, match(contribution)])).toBe('CLAIM_INELIGIBLE');
    expect(settle(world, batch, [0, match(a, { item: 1 })])).toBe('CLAIM_ITEM');
    expect(settle(world, batch, [0, match(a, { pos: 71 })])).toBe('CLAIM_ITEM');
    expect(settle(world, batch, [0, match(a, { pos: 70 })])).toBe('success');
  });

  it('refuses a claim whose structure is wrong with its code, and with it the whole settlement', () => {
    const { world, batch, a, b } = setUp();
    const good = claimOf(100, [{ start: 10, end: 40, contribution: a }]);
    const one = (start: number, end: number, bits?: number) =>
      claimOf(100, [{ start, end, contribution: a }], bits);
    const refused: readonly [string, Claim][] = [
      ['CLAIM_MATCH_SHORT', one(10, 17)],
      ['CLAIM_MATCH_RANGE', { ...one(90, 101), info: [1, 2, 3] }],
      ['CLAIM_MATCH_INFORMATION', one(10, 19)],
      ['CLAIM_MATCH_ORDER', { ...good, matches: [...good.matches, ...good.matches] }],
      [
        'CLAIM_MATCH_IDLE',
        claimOf(100, [
          { start: 10, end: 40, contribution: a },
          { start: 12, end: 40, contribution: b },
        ]),
      ],
      ['CLAIM_INFO_COUNT', { ...good, info: good.info.slice(1) }],
      ['CLAIM_INFO_SUM', one(10, 40, 25)],
      ['CLAIM_ECHO_SHORT', { ...good, x: [{ start: 0, end: 7, place: 0 }] }],
      ['CLAIM_ECHO_RANGE', { ...good, x: [{ start: 0, end: 8, place: 23 }] }],
    ];
    for (const [code, claim] of refused) expect(settle(world, batch, [0, good], [1, claim]), code).toBe(code);
    expect(getBatch(world.view, batch)?.open).toEqual([0, 1, 2, 3]);
  });

  it('says which receipt it was', () => {
    const { world, batch, a } = setUp();
    const claims = [
      withoutPicks(1, NOTHING),
      withoutPicks(2, claimOf(100, [{ start: 10, end: 17, contribution: a }])),
    ];
    const [ran] = world.block(intent(attestor, attributionSettlement, { batch, asOf: undefined, claims }));
    expect(ran?.result).toMatchObject({
      status: 'failed',
      fault: { code: 'CLAIM_MATCH_SHORT', data: { receipt: 2, index: 0 } },
    });
  });

  it('locks a bond for each receipt until it is final, and no more than the attestor has', () => {
    const { world, batch } = setUp(101, 10_000n);
    const claims = Array.from({ length: 101 }, (_, i) => [i, NOTHING] as const);
    expect(settle(world, batch, ...claims)).toBe('ATTESTOR_BOND');
    expect(settle(world, batch, ...claims.slice(0, 100))).toBe('success');
    expect(getAttestor(world.view, attestor.address)?.locked).toBe(1_000_000n);
    expect(settle(world, batch, ...claims.slice(100))).toBe('ATTESTOR_BOND');
    world.until(world.height + 2n);
    expect(getAttestor(world.view, attestor.address)?.locked).toBe(0n);
    expect(settle(world, batch, ...claims.slice(100))).toBe('success');
  });

  it('is held for the challenge window, then final at the end of that block', () => {
    const { world, batch, a } = setUp();
    const claim = claimOf(100, [{ start: 10, end: 40, contribution: a }]);
    expect(settle(world, batch, [2, claim])).toBe('success');
    const settled = world.height;
    const standing = () => getReceipt(world.view, { batch, index: 2 })?.standing;
    const before = world.balance(provider);
    world.until(settled + 2n);
    expect(standing()).toMatchObject({
      status: 'settled',
      settlement: { height: settled, finalAt: settled + 3n },
    });
    expect(potTotal(world.view, 'heldFees')).toBe(4n * 1_837n);
    expect(world.balance(provider)).toBe(before);
    world.until(settled + 3n);
    expect(standing()).toMatchObject({ status: 'final' });
    expect(potTotal(world.view, 'heldFees')).toBe(3n * 1_837n);
    expect(world.balance(provider)).toBe(before + 777n);
    expect(totalsOf(world.view)).toMatchObject({
      settled: 1n,
      fees: 1_837n,
      providers: 777n,
      attestors: 21n,
    });
    world.block();
    expect(world.balance(actor('attestor payout'))).toBe(21n);
  });

  it('reads no receipt of the batch but those that it settles, to be settled or to become final', () => {
    const { world, batch } = setUp();
    const key = `batches/${bytesKey(batch)}/receipts`;
    const receipts = world.state.get(key)?.slice();
    receipts?.fill(0xff, 0, ReceiptBodyType.maxBytes);
    world.state.set(key, receipts ?? new Uint8Array());
    expect(() => getBatch(world.view, batch)).toThrow('no version 255');
    expect(settle(world, batch, [2, NOTHING])).toBe('success');
    world.until(world.height + 3n);
    expect(getReceipt(world.view, { batch, index: 2 })?.standing).toMatchObject({ status: 'final' });
  });

  it('keeps the claim, and what the chain computed from it', () => {
    const { world, batch, a, b, commons } = setUp();
    // b is covered by a in part, and the commons, the earliest, takes its own from both.
    const claim = claimOf(100, [
      { start: 0, end: 15, contribution: commons },
      { start: 10, end: 40, contribution: a },
      { start: 30, end: 60, contribution: b },
    ]);
    expect(settle(world, batch, [0, claim])).toBe('success');
    const info = getAttribution(world.view, { batch, index: 0 });
    expect(info?.claim).toEqual(claim);
    expect(info?.final).toBe(false);
    expect(info?.settlement.outcome).toEqual({
      index: 0,
      bond: 531n,
      scores: [
        { contribution: a, score: 25 * 2560 },
        { contribution: b, score: 20 * 2560 },
      ],
      total: 100 * 2560,
      covered: 45 * 2560,
      shared: 0,
      coverageBps: 4500,
      relevance: [],
    });
    expect(info?.attribution.spans).toEqual([
      { start: 0, end: 15, contribution: commons, score: 15 * 2560 },
      { start: 15, end: 40, contribution: a, score: 25 * 2560 },
      { start: 40, end: 60, contribution: b, score: 20 * 2560 },
    ]);
    expect(getAttribution(world.view, { batch, index: 1 })).toBeUndefined();
  });

  it('comes too late after the deadline, when all of D has become remainder', () => {
    const { world, model, batch } = setUp(2);
    const height = getBatch(world.view, batch)?.height ?? 0n;
    expect(height).toBe(61n);
    // Two epochs of ten blocks.
    world.until(80n);
    expect(settle(world, batch, [0, NOTHING])).toBe('success');
    expect(world.height).toBe(81n);
    expect(getReceipt(world.view, { batch, index: 0 })?.standing.status).toBe('settled');
    expect(getReceipt(world.view, { batch, index: 1 })?.standing.status).toBe('expired');
    expect(settle(world, batch, [1, NOTHING])).toBe('SETTLEMENT_LATE');
    // Nobody attested: the attestor's 21 go to the treasury, with its own 31.
    expect(totalsOf(world.view)).toMatchObject({
      unsettled: 1n,
      settled: 0n,
      fees: 1_837n,
      attestors: 0n,
      treasury: 52n,
      data: 0n,
      remainder: 0n,
    });
    expect(potTotal(world.view, 'dataPools')).toBe(531n);
    world.until(84n);
    expect(totalsOf(world.view)).toMatchObject({ unsettled: 1n, settled: 1n, attestors: 21n });
    expect(getBatch(world.view, batch)).toMatchObject({ open: [], settlements: [{ final: true }] });
    world.until(90n);
    // Half of it is remainder because nobody looked, the other half because nothing was found.
    expect(totalsOf(world.view)).toMatchObject({ data: 0n, remainder: 1_062n });
    expect(getModel(world.view, model)?.history).toMatchObject({
      settled: 1n,
      data: 531n,
      remainder: 1_062n,
    });
  });
});
