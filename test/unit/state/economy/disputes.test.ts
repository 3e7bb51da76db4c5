import { beforeEach, describe, expect, it } from 'vitest';
import { type Root, ZERO_ROOT } from '../../../../src/lib/brands.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { challengesOf } from '../../../../state/modules/disputes/challenges.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import type { AttributionParams } from '../../../../state/params.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { getBatch, getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
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
  type ReceiptPlace,
  send,
  settleAs,
  watcher,
} from './dispute-scenes.ts';
import { claimWith, echoWitness, invalidWitness, liesOf, malformedWitness, spoilt } from './lies.ts';
import { withoutPicks } from './no-picks.ts';
import { attestor, payer } from './scenes.ts';
import { bytes32, FUNDED, type World } from './world.ts';

let scene: DisputeScene;
let world: World;
let honest: Inference;

const useScene = (change: (params: AttributionParams) => AttributionParams = (params) => params): void => {
  scene = disputeScene((params) => ({ ...params, attribution: change(params.attribution) }));
  world = scene.world;
  honest = scene.infer(PROMPT, OUTPUT);
};

beforeEach(() => useScene());

/** Sends one receipt, and settles it with this claim. */
const settled = (claim: Claim): ReceiptPlace => {
  const batch = send(scene, honest);
  return { batch, index: 0, settlement: settleAs(world, batch, [[0, claim]]) };
};

const unknownLie = (lie: number): never => {
  throw new Error(`no lie ${lie}`);
};

const statusOf = (batch: Root, index = 0) => getReceipt(world.view, { batch, index })?.standing.status;
const bondOf = () => getAttestor(world.view, attestor.address);

describe('a false claim', () => {
  it.each([0, 1, 2, 3, 4])('falls to its witness, pays the challenger and burns the rest (lie %i)', (lie) => {
    const { name, claim, witness } = liesOf(scene, honest)[lie] ?? unknownLie(lie);
    const place = settled(claim);
    expect(bondOf()).toMatchObject({ bond: 1_000_000n, locked: 810n });
    const before = world.balance(watcher);
    const burned = potTotal(world.view, 'burnedGas');
    const ran = challengeAs(world, place, witness);
    const gas = potTotal(world.view, 'burnedGas') - burned;
    expect(eventOf(ran, 'challengeUpheld'), name).toMatchObject({ witness: witness.type, falls: 'claim' });
    expect(eventOf(ran, 'receiptReopened')).toMatchObject({ reward: '405', burned: '405' });
    expect(world.balance(watcher) - before).toBe(405n - gas);
    expect(potTotal(world.view, 'burnedBonds')).toBe(405n);
    expect(potTotal(world.view, 'challengeBonds')).toBe(0n);
    expect(bondOf()).toMatchObject({ bond: 999_190n, locked: 0n });
    expect(totalsOf(world.view)).toMatchObject({ upheld: 1n, refuted: 0n, bondRewards: 405n, settled: 0n });
    // The next attestor is right, and is paid.
    expect(statusOf(place.batch)).toBe('open');
    settleAs(world, place.batch, [[0, honest.claim]]);
    world.until(world.height + 3n);
    expect(statusOf(place.batch)).toBe('final');
    expect(getReceipt(world.view, place)?.standing).toMatchObject({
      settlement: { outcome: { coverageBps: 8803 } },
    });
    expect(totalsOf(world.view)).toMatchObject({ settled: 1n, unsettled: 0n, voided: 0n });
  });

  it('takes no other receipt of its settlement with it', () => {
    const batch = send(scene, honest, honest, honest);
    const lie = claimWith(honest, { x: [] });
    const settlement = settleAs(world, batch, [
      [0, honest.claim],
      [1, lie],
      [2, honest.claim],
    ]);
    challengeAs(world, { batch, index: 1, settlement }, echoWitness(honest));
    expect(getBatch(world.view, batch)).toMatchObject({ open: [1] });
    expect(bondOf()).toMatchObject({ bond: 999_190n, locked: 1_620n });
    world.until(world.height + 2n);
    expect([0, 1, 2].map((index) => statusOf(batch, index))).toEqual(['final', 'open', 'final']);
    expect(bondOf()).toMatchObject({ bond: 999_190n, locked: 0n });
    // Two of a settlement that is final, and one of another.
    settleAs(world, batch, [[1, honest.claim]]);
    expect(getBatch(world.view, batch)?.settlements.map(({ final }) => final)).toEqual([true, false]);
  });

  it('can be challenged to the last block of its window, and not after', () => {
    const first = settled(claimWith(honest, { x: [] }));
    world.until(world.height + 2n);
    challengeAs(world, first, echoWitness(honest));
    const second = settled(claimWith(honest, { x: [] }));
    // And what its attestor has earned has vested.
    world.until(world.height + 4n);
    expect(challengeRefusal(world, second, echoWitness(honest))).toBe('CHALLENGE_CLOSED');
    expect(statusOf(second.batch)).toBe('final');
  });

  it('does not run the clock out: the receipt has as long again as at first', () => {
    const place = settled(claimWith(honest, { x: [] }));
    const sent = getReceipt(world.view, place)?.height ?? 0n;
    // Two epochs of ten blocks.
    expect(getReceipt(world.view, place)?.deadline).toBe(sent + 20n);
    challengeAs(world, place, echoWitness(honest));
    const reopened = world.height;
    expect(getReceipt(world.view, place)?.deadline).toBe(reopened + 20n);
    world.until(reopened + 19n);
    const again = { ...place, settlement: settleAs(world, place.batch, [[0, claimWith(honest, { x: [] })]]) };
    challengeAs(world, again, echoWitness(honest));
    expect(getReceipt(world.view, place)?.deadline).toBe(world.height + 20n);
    const last = world.height + 20n;
    world.until(last - 1n);
    expect(statusOf(place.batch)).toBe('open');
    world.until(last);
    expect(statusOf(place.batch)).toBe('expired');
    expect(totalsOf(world.view)).toMatchObject({ settled: 0n, unsettled: 1n, upheld: 2n });
    expect(
      world.refusal(attestor, attributionSettlement, {
        batch: place.batch,
        asOf: undefined,
        claims: [withoutPicks(0, honest.claim)],
      }),
    ).toBe('SETTLEMENT_LATE');
  });
});

describe('a challenge', () => {
  it('of a true claim is refuted and loses its bond, and nothing else changes', () => {
    const place = settled(honest.claim);
    const before = world.balance(watcher);
    const gasBefore = potTotal(world.view, 'burnedGas');
    const ran = challengeAs(world, place, invalidWitness(scene, honest, 3, 8));
    const gas = potTotal(world.view, 'burnedGas') - gasBefore;
    expect(eventOf(ran, 'challengeRefuted')).toMatchObject({ witness: 'invalid', code: 'WITNESS_HOLDS' });
    const { challengeBond } = world.params.attribution;
    expect(world.balance(watcher) - before).toBe(-challengeBond - gas);
    expect(potTotal(world.view, 'burnedBonds')).toBe(challengeBond);
    expect(statusOf(place.batch)).toBe('settled');
    expect(bondOf()).toMatchObject({ bond: 1_000_000n, locked: 810n });
    const { total, challenges } = challengesOf(world.view, { type: 'receipt', ...place }, 0, 9);
    expect(total).toBe(1);
    expect(challenges[0]).toMatchObject({ witness: 'invalid', state: 'refuted', code: 'WITNESS_HOLDS' });
    world.until(world.height + 3n);
    expect(statusOf(place.batch)).toBe('final');
  });

  it('of what there is not, or of another settlement, fails and costs its fee alone', () => {
    const place = settled(honest.claim);
    const refused: readonly [string, Partial<ReceiptPlace>, Witness][] = [
      ['BATCH_UNKNOWN', { batch: bytes32('none') }, echoWitness(honest)],
      ['CHALLENGE_INDEX', { index: 1 }, echoWitness(honest)],
      ['CHALLENGE_SETTLEMENT', { settlement: bytes32('other') }, echoWitness(honest)],
      ['CHALLENGE_SETTLEMENT', { settlement: ZERO_ROOT }, echoWitness(honest)],
      [
        'CHALLENGE_KIND',
        {},
        {
          type: 'draw',
          value: { passages: NO_PASSAGES, item: openedItem(scene.early.evidence(0).open(0, 1)) },
        },
      ],
    ];
    for (const [code, change, witness] of refused)
      expect(challengeRefusal(world, { ...place, ...change }, witness), code).toBe(code);
    expect(potTotal(world.view, 'burnedBonds')).toBe(0n);
  });

  it('with openings of other texts than those committed, or of nothing, is refuted with the reason', () => {
    useScene((attribution) => ({ ...attribution, challengeWindow: 20 }));
    const other = scene.infer(PROMPT, OUTPUT.replace('own0', 'foreign'));
    const place = settled(claimWith(honest, { x: [] }));
    const shown = {
      position: 0,
      start: 0,
      end: 8,
      place: 0,
      output: honest.outputEvidence.open(0, 8),
      prompt: honest.promptEvidence.open(0, 8),
    };
    const echo = (change: Partial<typeof shown>): Witness => ({
      type: 'echo',
      value: { ...shown, ...change },
    });
    const refuted: readonly (readonly [string, Witness])[] = [
      ['WITNESS_ROOT', echo({ output: other.outputEvidence.open(0, 8) })],
      ['WITNESS_ROOT', echo({ prompt: honest.outputEvidence.open(0, 8) })],
      ['WITNESS_OPENING', echo({ output: scene.early.evidence(0).open(0, 8) })],
      ['WITNESS_NOT_OPENED', echo({ output: honest.outputEvidence.open(0, 0) })],
      ['WITNESS_DIFFERS', echo({ end: 0xffff })],
      ['WITNESS_WINDOW', echo({ position: 8 })],
      ['WITNESS_DIFFERS', echo({ place: 1 })],
    ];
    for (const [code, witness] of refuted)
      expect(eventOf(challengeAs(world, place, witness), 'challengeRefuted'), code).toMatchObject({ code });
    expect(statusOf(place.batch)).toBe('settled');
    // And still it is false.
    challengeAs(world, place, echo({}));
    expect(statusOf(place.batch)).toBe('open');
  });

  it('of more than 16 KiB stands in no block', () => {
    const words = Array.from({ length: 1_200 }, (_, i) => `w${String(i).padStart(15, '0')}`).join(' ');
    const long = scene.infer('why', words);
    const witness: Witness = {
      type: 'malformed',
      value: { text: 'output', opening: long.outputEvidence.open(0, 1_200) },
    };
    const batch = send(scene, long);
    expect(challengeRefusal(world, { batch, index: 0, settlement: ZERO_ROOT }, witness)).toBe(
      'invalid: WITNESS_TOO_LARGE',
    );
  });

  it('needs its bond even where it will be upheld', () => {
    useScene((attribution) => ({ ...attribution, challengeBond: FUNDED }));
    const place = settled(claimWith(honest, { x: [] }));
    // It has all of it, but for the fee.
    expect(challengeRefusal(world, place, echoWitness(honest))).toBe('BALANCE_TOO_LOW');
    expect(statusOf(place.batch)).toBe('settled');
  });
});

const NO_PASSAGES = { count: 0, first: 0, passages: [], branch: [] };
const openedItem = (opening: ReturnType<typeof honest.outputEvidence.open>) => {
  if (opening.type !== 'item') throw new Error('an item');
  return opening.value;
};

describe('a receipt that commits to no text', () => {
  it('is void: compute goes back, the attestor’s part of the fee to the challenger, D to the remainder', () => {
    const bad = spoilt(honest);
    const batch = send(scene, bad);
    const payerBefore = world.balance(payer);
    const before = world.balance(watcher);
    const gasBefore = potTotal(world.view, 'burnedGas');
    const ran = challengeAs(world, { batch, index: 0, settlement: ZERO_ROOT }, malformedWitness(bad));
    const gas = potTotal(world.view, 'burnedGas') - gasBefore;
    const { fee } = bad.body;
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({ witness: 'malformed', falls: 'receipt' });
    expect(eventOf(ran, 'receiptVoided')).toMatchObject({ paid: { compute: '777' } });
    expect(world.balance(payer) - payerBefore).toBe(777n);
    expect(world.balance(watcher) - before).toBe((fee * 200n) / 10_000n - gas);
    expect(statusOf(batch)).toBe('void');
    const totals = totalsOf(world.view);
    expect(totals).toMatchObject({
      voided: 1n,
      settled: 0n,
      unsettled: 0n,
      refunded: 777n,
      providers: 0n,
      fees: fee,
    });
    expect(potTotal(world.view, 'dataPools')).toBeGreaterThan(fee / 2n - 1n);
    world.until(world.height + 10n);
    expect(totalsOf(world.view).remainder).toBeGreaterThan(fee / 2n - 1n);
    expect(potTotal(world.view, 'heldFees')).toBe(0n);
  });

  it('is void whoever settled it, and costs the attestor nothing', () => {
    const bad = spoilt(honest);
    const batch = send(scene, bad, honest);
    const settlement = settleAs(world, batch, [
      [0, honest.claim],
      [1, honest.claim],
    ]);
    challengeAs(world, { batch, index: 0, settlement }, malformedWitness(bad));
    expect(bondOf()).toMatchObject({ bond: 1_000_000n, locked: 810n });
    expect(challengeRefusal(world, { batch, index: 0, settlement: ZERO_ROOT }, malformedWitness(bad))).toBe(
      'CHALLENGE_CLOSED',
    );
    expect(challengeRefusal(world, { batch, index: 0, settlement }, demandOf('prompt'))).toBe(
      'CHALLENGE_SETTLEMENT',
    );
    world.until(world.height + 3n);
    expect([0, 1].map((index) => statusOf(batch, index))).toEqual(['void', 'final']);
    expect(bondOf()).toMatchObject({ bond: 1_000_000n, locked: 0n });
  });

  it('that is well-formed costs the bond', () => {
    const batch = send(scene, honest);
    const ran = challengeAs(world, { batch, index: 0, settlement: ZERO_ROOT }, malformedWitness(honest));
    expect(eventOf(ran, 'challengeRefuted')).toMatchObject({ code: 'WITNESS_HOLDS' });
    expect(statusOf(batch)).toBe('open');
  });
});
