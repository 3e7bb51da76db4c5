/** The relevance track on a chain, every sum worked out by hand: fee 10,000, so 5,000 of data money for each answer. */

import { describe, expect, it } from 'vitest';
import { type Height, toHeight } from '../../../../src/lib/brands.ts';
import type { ContributionId } from '../../../../src/lib/ids.ts';
import type { PickedChunk, Section } from '../../../../state/attribution/relevance.ts';
import { acceptedOf, setAccepted } from '../../../../state/modules/data/contributions.ts';
import {
  noveltyAt,
  strikeAllRuns,
  strikeRun,
  strikesOf,
  struckNovelRuns,
} from '../../../../state/modules/data/strikes.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import type { Params } from '../../../../state/params.ts';
import { getEpoch, getModel } from '../../../../state/queries/models.ts';
import { getRewards } from '../../../../state/queries/rewards.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
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
  receiptBody,
  registerModel,
  sendReceipts,
  writable,
} from './scenes.ts';
import { type Actor, actor, bytes32, World } from './world.ts';

const PRICES = { in: 0n, out: 100_000n };
const BITS = 2560;
const NOTICE: ContributionId = 1;

/** A pick of some phrases, from a position of the answer on. */
const pick = (
  contribution: ContributionId,
  from: number,
  phrases: number,
  change: Partial<PickedChunk> = {},
): PickedChunk => ({
  contribution,
  item: 0,
  chunk: 0,
  phrases: Array.from({ length: phrases }, (_, i) => ({ at: from + i, place: i, bits: BITS, novelRun: 0 })),
  ...change,
});

/** The same, whose last phrase names a novel run so far from that of the others. */
const far = (picked: PickedChunk, novelRun: number): PickedChunk => ({
  ...picked,
  phrases: picked.phrases.map((phrase, i) => (i === 0 ? phrase : { ...phrase, novelRun })),
});

const setUp = (attribution: Partial<Params['attribution']> = {}) => {
  const world = new World([...everyone, actor('north')], (params) => ({
    ...params,
    attribution: { ...params.attribution, noveltyShareBps: 0, ...attribution },
  }));
  const datanet = createDatanet(world, {
    commons: { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n },
  });
  const a = contribute(world, alice, datanet, 'a');
  const b = contribute(world, bob, datanet, 'b');
  const model = registerModel(world, [pinOf(world, datanet)], { prices: PRICES });
  const later = contribute(world, bob, datanet, 'later');
  deposit(world, 1_000_000n);
  let sent = 0;
  const send = (outputs = 1) =>
    sendReceipts(
      world,
      model,
      Array.from({ length: outputs }, () => receiptBody(`${sent++}`, { compute: 1_000n, fee: 10_000n })),
    );
  /** Whether a claim for one answer of 100 tokens is taken, with these picks. */
  const settle = (
    picks: readonly PickedChunk[],
    matches: Parameters<typeof claimOf>[1] = [],
    sections: readonly Section[] = [{ information: 100 * BITS, picks }],
  ): string =>
    world.refusal(attestor, attributionSettlement, {
      batch: send(),
      asOf: undefined,
      claims: [{ index: 0, claim: claimOf(100, matches), sections }],
    });
  const toEpochEnd = (): Height => {
    world.until(world.height + 4n);
    world.until(world.height + ((10n - (world.height % 10n)) % 10n));
    return world.height;
  };
  return { world, datanet, a, b, later, model, send, settle, toEpochEnd };
};

const earned = (world: World, who: Actor) =>
  getRewards(world.view, who.address, { from: 0, limit: 9 }).claimable;

describe('an answer that shares phrases with two contributions', () => {
  const { world, a, b, model, settle, toEpochEnd } = setUp();
  const treasury = potTotal(world.view, 'treasury');
  world.until(world.height + ((10n - (world.height % 10n)) % 10n));

  it('is settled with the chunks that were picked', () => {
    expect(settle([pick(a, 0, 6), pick(b, 20, 2)])).toBe('success');
  });

  it('pays each by what it added, and in full, as a tenth of the information is shared no less', () => {
    const end = toEpochEnd();
    // 8 of 100 tokens' worth: 8 tenths of the data money, three quarters of it for alice.
    expect(earned(world, alice)).toMatchObject({ spans: 0n, relevance: 3_000n, remainder: 0n });
    expect(earned(world, bob)).toMatchObject({ spans: 0n, relevance: 1_000n, remainder: 0n });
    expect(getEpoch(world.view, model, end).closed).toMatchObject({
      spans: 0n,
      relevance: 4_000n,
      remainder: 1_000n,
      remainderToTreasury: 1_000n,
    });
    expect(getModel(world.view, model)).toMatchObject({
      history: { relevance: 4_000n, remainder: 1_000n },
      gapBps: 2_000,
    });
    expect(totalsOf(world.view)).toMatchObject({ data: 0n, relevance: 4_000n, remainder: 1_000n });
    // 3 % of the fee, and what no chunk was found for.
    expect(potTotal(world.view, 'treasury') - treasury).toBe(300n + 1_000n);
  });

  it('is paid to the accounts that claim it, once', () => {
    const before = potTotal(world.view, 'rewards');
    world.run(alice, rewardClaim, { contributions: [a], models: [], stake: false });
    expect(before - potTotal(world.view, 'rewards')).toBe(3_000n);
    expect(getRewards(world.view, alice.address, { from: 0, limit: 9 }).claimed).toMatchObject({
      relevance: 3_000n,
    });
    expect(world.refusal(alice, rewardClaim, { contributions: [a], models: [], stake: false })).toBe(
      'REWARD_NOTHING',
    );
  });
});

describe('the relevance track', () => {
  it('divides what spans leave', () => {
    const { world, a, b, settle, toEpochEnd } = setUp();
    world.until(world.height + ((10n - (world.height % 10n)) % 10n));
    // Spans pay 0.8 · 0.5 · 5,000 = 2,000 of it, and relevance the rest, all of it for bob.
    expect(settle([pick(b, 60, 20)], [{ start: 0, end: 50, contribution: a }])).toBe('success');
    toEpochEnd();
    expect(earned(world, alice)).toMatchObject({ spans: 2_000n, relevance: 0n });
    expect(earned(world, bob)).toMatchObject({ spans: 0n, relevance: 3_000n });
  });

  it('leaves the part by novel words to a parameter', () => {
    const { world, a, settle, toEpochEnd } = setUp({ noveltyShareBps: 2_500 });
    const treasury = potTotal(world.view, 'treasury');
    world.until(world.height + ((10n - (world.height % 10n)) % 10n));
    expect(settle([pick(a, 0, 2)])).toBe('success');
    toEpochEnd();
    // A fifth is paid by relevance; of the 4,000 that are left 1,000 go by novel tokens, half of it to each.
    expect(earned(world, alice)).toMatchObject({ relevance: 1_000n, remainder: 500n });
    expect(earned(world, bob)).toMatchObject({ relevance: 0n, remainder: 500n });
    expect(potTotal(world.view, 'treasury') - treasury).toBe(300n + 3_000n);
  });

  it('gives the treasury what nobody has settled', () => {
    const { world, model, send } = setUp();
    const treasury = potTotal(world.view, 'treasury');
    send();
    world.until(world.height + 60n);
    expect(earned(world, alice)).toMatchObject({ spans: 0n, relevance: 0n, remainder: 0n });
    // 3 %, the attestor's 2 %, and the data money.
    expect(potTotal(world.view, 'treasury') - treasury).toBe(300n + 200n + 5_000n);
    expect(getModel(world.view, model)?.history).toMatchObject({ settled: 0n, relevance: 0n });
  });
});

describe('a pick', () => {
  const { world, a, b, later, settle } = setUp();

  it.each([
    ['of a contribution that the model does not pin', 'CLAIM_INELIGIBLE', () => [pick(later, 0, 2)]],
    ['of no contribution', 'CLAIM_INELIGIBLE', () => [pick(77, 0, 2)]],
    ['of a commons', 'CLAIM_PICK_COMMONS', () => [pick(NOTICE, 0, 2)]],
    ['of an item that is not there', 'CLAIM_PICK_RANGE', () => [pick(a, 0, 2, { item: 1 })]],
    ['past the tokens of the contribution', 'CLAIM_PICK_RANGE', () => [pick(a, 0, 2, { chunk: 2 })]],
    ['of runs that do not lie over a chunk', 'CLAIM_PICK_RANGE', () => [far(pick(a, 0, 2), 70)]],
    ['of a run past the most there may be', 'CLAIM_PICK_RANGE', () => [far(pick(a, 0, 2), 16_384)]],
    ['out of order', 'CLAIM_PICK_ORDER', () => [pick(b, 0, 2), pick(a, 10, 3)]],
    ['with one phrase', 'CLAIM_PICK_FEW', () => [pick(a, 0, 1)]],
  ])('%s is refused', (_, code, picks) => {
    expect(settle(picks())).toBe(code);
  });

  it('is refused with a section too few, or one that does not add up', () => {
    expect(settle([], [], [])).toBe('CLAIM_SECTION_COUNT');
    expect(settle([], [], [{ information: 100 * BITS - 1, picks: [] }])).toBe('CLAIM_SECTION_INFORMATION');
  });

  it('has no phrase that begins with a token of a commons', () => {
    const matches = [{ start: 0, end: 30, contribution: NOTICE }];
    expect(settle([pick(a, 29, 2)], matches)).toBe('CLAIM_PHRASE_NOBODYS');
    expect(settle([pick(a, 30, 2)], matches)).toBe('success');
  });

  it('has no phrase of a novel run that is struck, nor of a contribution that is void', () => {
    const view = writable(world);
    expect(settle([pick(b, 0, 2)])).toBe('success');
    strikeRun(view, b, 0, world.height);
    expect(settle([pick(b, 0, 2)])).toBe('CLAIM_PHRASE_STRUCK');
    expect(settle([pick(a, 0, 2)])).toBe('success');
    strikeAllRuns(view, a, world.height);
    expect(settle([pick(a, 0, 2)])).toBe('CLAIM_PHRASE_STRUCK');
    const accepted = acceptedOf(view, a);
    if (accepted === undefined) throw new Error('it was accepted');
    setAccepted(view, a, { ...accepted, voided: world.height });
    expect(settle([pick(a, 0, 2)])).toBe('CLAIM_INELIGIBLE');
  });
});

describe('strikes', () => {
  it('count from their height on', () => {
    const { world, a } = setUp();
    const view = writable(world);
    const at = (height: bigint) => [0, 300].map(noveltyAt(view, a, toHeight(height)));
    strikeRun(view, a, 300, toHeight(20n));
    expect([at(19n), at(20n)]).toEqual([
      [true, true],
      [true, false],
    ]);
    strikeAllRuns(view, a, toHeight(25n));
    expect([at(24n), at(25n)]).toEqual([
      [true, false],
      [false, false],
    ]);
    expect([...struckNovelRuns(view, a)]).toEqual([300]);
    expect(strikesOf(view, a)).toEqual({ all: 25n, novelRuns: [{ index: 300, height: 20n }] });
  });
});
