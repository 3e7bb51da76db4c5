/** Whether a transaction pays for the values of the state that it reads: they may all have to come from the disk. */
import { describe, expect, it } from 'vitest';
import { toHeight } from '../../../../src/lib/brands.ts';
import type { ContributionId } from '../../../../src/lib/ids.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { ITEM_TOKENS_MAX } from '../../../../state/attribution/parameters.ts';
import type { Section } from '../../../../state/attribution/relevance.ts';
import { applyBody } from '../../../../state/handlers/registry.ts';
import {
  addCommit,
  addContent,
  setAccepted,
  setStanding,
} from '../../../../state/modules/data/contributions.ts';
import { attributionExcuse } from '../../../../state/tx/attribution-excuse.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { dataContribution } from '../../../../state/tx/data-contribution.ts';
import { transactionGas } from '../../../../state/tx/gas.ts';
import { inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import type { Kind } from '../../../../state/tx/kind.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import { modelRegistration } from '../../../../state/tx/model-registration.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import { overlay } from '../../../../state/view.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  bob,
  commitAs,
  contribute,
  createDatanet,
  everyone,
  modelTerms,
  owner,
  pinOf,
  receiptBody,
  reveal,
  writable,
} from './scenes.ts';
import { type Actor, bytes32, intent, World } from './world.ts';

/** A read is about 0.1 ms where no cache has the value, so a block of 40 million gas reads for less than two seconds. */
const GAS_PER_READ = 2_000;

/** Adds contributions of bob, accepted or under review, without the blocks that it would take. */
const addMany = (world: World, datanet: number, count: number, stage: 'accepted' | 'review'): number[] => {
  const view = writable(world);
  return Array.from({ length: count }, (_, i) => {
    const origin = { datanet, owner: bob.address, commitment: bytes32(`many ${i}`), height: world.height };
    const contribution = addCommit(view, origin, 0n);
    const declared = reveal(contribution, datanet, `many ${i}`);
    addContent(
      view,
      contribution,
      datanet,
      {
        ...declared,
        novelTokens: 100n,
        novelRunsRoot: bytes32('runs'),
        dataTokens: 100n,
        passagesRoot: bytes32('passages'),
        transaction: bytes32(`reveal ${i}`),
        parents: [],
        height: world.height,
      },
      declared.sketch,
    );
    setStanding(view, contribution, { stage, bond: 0n, reviews: [] });
    if (stage === 'accepted')
      setAccepted(view, contribution, {
        datanet,
        acceptance: i,
        commons: false,
        height: world.height,
        owner: bob.address,
        items: 1,
        tokens: 100n,
        novelTokens: 100n,
        voided: undefined,
      });
    return contribution;
  });
};

/** Executes a payload, and returns how much gas it pays for each value that it reads. */
const gasPerRead = <P>(
  world: World,
  from: Actor,
  kind: Kind<P>,
  payload: NoInfer<P>,
): { readonly code: string; readonly gasPerRead: number } => {
  const keys = new Set<string>();
  const view = overlay({
    get: (key) => {
      keys.add(key);
      return world.view.get(key);
    },
  });
  const fault = applyBody(
    { block: world.context, view, sender: from.address, id: bytes32('id'), emit: () => undefined },
    intent(from, kind, payload).body,
  );
  const gas = transactionGas(
    kind.gas(payload, world.params),
    kind.payload.encode(payload).length,
    world.params.fees,
  );
  return { code: fault?.code ?? 'success', gasPerRead: Number(gas) / keys.size };
};

const copiedFrom = (contributions: readonly ContributionId[], copyMin: number) =>
  contributions.map((contribution, i) => ({
    item: 0,
    start: i * copyMin,
    end: (i + 1) * copyMin,
    contribution,
    sourceItem: 0,
    sourcePos: 0,
  }));

describe('the gas of what is read', () => {
  it('is paid by a reveal, for each contribution that it cites', () => {
    for (const stage of ['accepted', 'review'] as const) {
      const world = new World(everyone);
      const datanet = createDatanet(world);
      const sources = addMany(world, datanet, 1_000, stage);
      const contribution = commitAs(world, alice, datanet, 'copies');
      world.until(world.height + 2n);
      const copyMin = world.params.attribution.copyMin;
      const copied = copiedFrom(sources, copyMin);
      const payload = reveal(contribution, datanet, 'copies', {
        tokens: 16_000n,
        bytes: 64_000n,
        copied,
        novelRuns: [],
        parents: stage === 'accepted' ? sources.slice(0, 15) : [],
      });
      expect(copyMin * sources.length).toBeLessThanOrEqual(16_000);
      // The last run cites what is none, so the reveal fails after all that it reads, and may be sent again.
      const { code, gasPerRead: paid } = gasPerRead(world, alice, dataContribution, {
        ...payload,
        copied: copied.map((run, i) => (i === copied.length - 1 ? { ...run, sourceItem: 5 } : run)),
      });
      expect(code).toBe(stage === 'accepted' ? 'CONTRIBUTION_COPIED_SOURCE' : 'CONTRIBUTION_OPEN_SOURCES');
      expect(paid).toBeGreaterThan(GAS_PER_READ);
    }
  });

  it('leaves room in a block for the reveal that cites most', () => {
    const world = new World(everyone);
    const { copyMin } = world.params.attribution;
    const { maxTransactionBytes, maxGas } = world.params.blocks;
    const runs = Math.floor(maxTransactionBytes / 24);
    const perItem = Math.floor(ITEM_TOKENS_MAX / copyMin);
    const copied = Array.from({ length: runs }, (_, i) => ({
      item: Math.floor(i / perItem),
      start: (i % perItem) * copyMin,
      end: (i % perItem) * copyMin + copyMin,
      contribution: i + 1,
      sourceItem: 0,
      sourcePos: 0,
    }));
    const payload = reveal(runs + 1, 1, 'copies', { copied });
    const gas = transactionGas(
      dataContribution.gas(payload, world.params),
      maxTransactionBytes,
      world.params.fees,
    );
    expect(gas).toBeLessThan(maxGas);
  });

  it('is paid by a claim of rewards, for each contribution and model', () => {
    const world = new World(everyone);
    const contributions = addMany(world, createDatanet(world), 256, 'accepted');
    const claim = { contributions, models: [], stake: false };
    const { code, gasPerRead: paid } = gasPerRead(world, bob, rewardClaim, claim);
    expect(code).toBe('REWARD_NOTHING');
    expect(paid).toBeGreaterThan(GAS_PER_READ);
  });

  it('is paid by a model, for each Datanet that it pins, whose terms it reads once', () => {
    const world = new World(everyone);
    const pins = Array.from({ length: 16 }, (_, i) => {
      const datanet = createDatanet(world, { name: `net ${i}` });
      contribute(world, alice, datanet, `text ${i}`);
      return pinOf(world, datanet);
    });
    const { code, gasPerRead: paid } = gasPerRead(world, owner, modelRegistration, modelTerms(pins));
    expect(code).toBe('success');
    expect(paid).toBeGreaterThan(GAS_PER_READ);
  });

  it('is paid by a batch, for each model that its receipts name, and leaves room for one with as many as it holds', () => {
    const { params } = new World(everyone);
    const { maxTransactionBytes, maxGas } = params.blocks;
    const batchOf = (models: readonly number[]) => ({
      groups: [
        {
          payer: alice.address,
          lane: 0,
          voucher: {
            amount: 1n,
            count: 1n,
            accumulator: bytes32('accumulator'),
            signature: new Uint8Array(65).with(64, 27),
          },
          receipts: models.map((model) => receiptBody('same', { model })),
        },
      ],
    });
    const gasOf = (models: readonly number[]): bigint => inferenceReceipt.gas(batchOf(models), params);
    expect(gasOf([1, 2, 3]) - gasOf([1, 1, 1])).toBe(70_000n);
    const empty = inferenceReceipt.payload.encode(batchOf([])).length;
    const each = inferenceReceipt.payload.encode(batchOf([1])).length - empty;
    const most = Math.min(params.receipts.maxBatch, Math.floor((maxTransactionBytes - empty) / each));
    const all = Array.from({ length: most }, (_, i) => i + 1);
    expect(transactionGas(gasOf(all), maxTransactionBytes, params.fees)).toBeLessThan(maxGas);
  });

  it('is paid by claims and excuses, once for each contribution that they cite', () => {
    const { params } = new World(everyone);
    const matchesOf = (contributions: readonly ContributionId[]): Claim => ({
      x: [],
      matches: contributions.map((contribution, i) => ({
        start: 30 * i,
        end: 30 * i + 30,
        contribution,
        item: 0,
        pos: 0,
      })),
      shared: [],
      info: [],
    });
    const picksOf = (contributions: readonly ContributionId[]): readonly Section[] => [
      {
        information: 0,
        picks: contributions.map((contribution) => ({ contribution, item: 0, chunk: 0, phrases: [] })),
      },
    ];
    const holdersOf = (contributions: readonly ContributionId[]) => [
      {
        phrase: 0,
        reason: {
          type: 'holders' as const,
          value: {
            places: contributions.map((contribution) => ({ contribution, item: 0, chunk: 0, place: 0 })),
          },
        },
      },
    ];
    const drawOf = (contribution: ContributionId, claim: Claim) => ({
      contribution,
      item: 0,
      position: 0,
      tokens: 1,
      promptTokens: 0,
      claim,
    });
    const settlement = { batch: bytes32('batch'), asOf: undefined };
    const gasOf: readonly ((cited: readonly ContributionId[]) => bigint)[] = [
      (cited) =>
        attributionSettlement.gas({ ...settlement, claims: [withoutPicks(0, matchesOf(cited))] }, params),
      (cited) =>
        attributionSettlement.gas(
          { ...settlement, claims: [{ index: 0, claim: matchesOf([]), sections: picksOf(cited) }] },
          params,
        ),
      (cited) =>
        attributionExcuse.gas({ challenge: bytes32('challenge'), excuses: holdersOf(cited) }, params),
      (cited) =>
        modelCalibration.gas(
          {
            model: 1,
            version: 1,
            round: 0,
            asOf: toHeight(1n),
            level: 0,
            draws: [drawOf(9, matchesOf(cited))],
            before: [],
          },
          params,
        ),
    ];
    for (const gas of gasOf) expect(gas([1, 2, 3]) - gas([1, 1, 1])).toBe(5_000n);
  });
});
