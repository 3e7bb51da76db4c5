import { describe, expect, test } from 'vitest';
import {
  type AttributionParams,
  checkParams,
  MINTED_BPS,
  type Params,
  ParamsType,
  parametersHash,
  settleBlocks,
} from '../../../state/params.ts';
import { template } from './fixture.ts';

const { params } = template();
const refusal = (change: Partial<Params>): string | undefined => {
  const fault = checkParams({ ...params, ...change });
  return fault === undefined ? undefined : `${fault.code}: ${fault.message}`;
};
const attribution = (change: Partial<AttributionParams>) =>
  refusal({ attribution: { ...params.attribution, ...change } });

describe('the parameters of a chain', () => {
  test('are those of the devnet unless someone says else, and keep through their encoding', () => {
    expect(checkParams(params)).toBeUndefined();
    expect(ParamsType.fromJson(ParamsType.toJson(params))).toEqual({ ok: true, value: params });
    const other = { ...params, attribution: { ...params.attribution, demandsMax: 5 } };
    expect(parametersHash(other)).not.toEqual(parametersHash(params));
  });

  test.each<[keyof AttributionParams, Partial<AttributionParams>]>([
    ['bondPerReceipt', { bondPerReceipt: 0n }],
    ['challengeBond', { challengeBond: 0n }],
    ['challengeRewardBps', { challengeRewardBps: 10_000 }],
    ['demandCost', { demandCost: params.attribution.challengeBond + 1n }],
    ['demandsMax', { demandsMax: 0 }],
    ['demandsMax', { demandsMax: 65 }],
    ['answerWindow', { answerWindow: 0 }],
    ['challengeWindow', { challengeWindow: 0 }],
    ['calibrationBond', { calibrationBond: 0n }],
    ['controlTargetBps', { controlTargetBps: 10_001 }],
    ['calibrationDraws', { calibrationDraws: 0 }],
    ['calibrationDraws', { calibrationDraws: 1_025 }],
    ['drawDelay', { drawDelay: 0 }],
    ['lMax', { lMax: 257 }],
    ['promptMin', { promptMin: 257 }],
    ['copyMin', { copyMin: 7 }],
    ['copyMin', { copyMin: 257 }],
  ])('are refused with an attribution.%s under which disputes would not work', (name, change) => {
    expect(attribution(change)).toMatch(new RegExp(`^GENESIS_PARAMS: attribution.${name}: `));
  });

  test('leave four challenge windows to settle, and not one block less', () => {
    const windows = (epochBlocks: number, settleEpochs: number, challengeWindow = 5) =>
      attribution({ epochBlocks, settleEpochs, challengeWindow, lateProofWindow: epochBlocks });
    expect(windows(20, 1)).toBeUndefined();
    expect(windows(10, 2)).toBeUndefined();
    expect(windows(19, 1)).toBe(
      'GENESIS_PARAMS: attribution.settleEpochs: the time to settle, settleEpochs times epochBlocks, is 19 blocks, and at least 4 challenge windows, which are 20',
    );
    // Past what a number holds exactly, and past 32 bits.
    expect(windows(2 ** 32 - 1, 4, 2 ** 32 - 1)).toBeUndefined();
    expect(windows(2 ** 32 - 1, 3, 2 ** 32 - 1)).toMatch(/^GENESIS_PARAMS: attribution.settleEpochs: /);
  });

  test('let nothing vest in the epoch in which it is earned', () => {
    const late = (lateProofWindow: number) => attribution({ epochBlocks: 20, lateProofWindow });
    expect(late(20)).toBeUndefined();
    expect(late(19)).toBe('GENESIS_PARAMS: attribution.lateProofWindow: at least epochBlocks, which is 20');
  });

  test('have a DEMAND answered in less than the time to settle', () => {
    const answer = (answerWindow: number) => attribution({ epochBlocks: 20, settleEpochs: 1, answerWindow });
    expect(answer(19)).toBeUndefined();
    expect(answer(20)).toMatch(/^GENESIS_PARAMS: attribution.answerWindow: less than .* 20 blocks$/);
  });

  test('lock no more of the money of a reviewer than of the contributor', () => {
    const review = (reviewBond: bigint) =>
      refusal({ contribution: { ...params.contribution, commitBond: 100n, reviewBond } });
    expect(review(0n)).toBeUndefined();
    expect(review(100n)).toBeUndefined();
    expect(review(101n)).toBe('GENESIS_PARAMS: contribution.reviewBond: at most commitBond');
  });

  test('keep the bond of a contribution until a DEMAND of its text is over', () => {
    const declaration = (declarationWindow: number) =>
      refusal({ contribution: { ...params.contribution, declarationWindow } });
    expect(declaration(11)).toBeUndefined();
    expect(declaration(10)).toBe(
      'GENESIS_PARAMS: contribution.declarationWindow: more than answerWindow, which is 10',
    );
  });

  test('leave a block to send receipts before a withdrawal is paid, which need not wait for their settlement', () => {
    expect(refusal({ escrow: { withdrawDelay: 0 } })).toBe(
      'GENESIS_PARAMS: escrow.withdrawDelay: at least 1',
    );
    expect(refusal({ escrow: { withdrawDelay: 1 } })).toBeUndefined();
    expect(BigInt(params.escrow.withdrawDelay)).toBeLessThan(settleBlocks(params.attribution));
  });

  test('burn more of a fee than is minted for it: else one could pay oneself for nothing', () => {
    const shares = (burnBps: number) => refusal({ shares: { ...params.shares, burnBps } });
    expect(shares(Number(MINTED_BPS))).toMatch(/^GENESIS_PARAMS: shares.burnBps: /);
    expect(shares(Number(MINTED_BPS) + 1)).toBeUndefined();
    expect(BigInt(params.shares.burnBps)).toBeGreaterThan(MINTED_BPS);
  });
});
