/** Until when receipts may be settled: from the receipt on, or from the end of the calibration of its version. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Height, nextHeight, type Root, toHeight } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import { maxBig } from '../../../../src/lib/math.ts';
import { CALIBRATION_ROUNDS } from '../../../../state/attribution/calibration.ts';
import { LATE_WORK } from '../../../../state/modules/end/finality.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import {
  calibrationOf,
  type ModelVersionId,
  setCalibration,
} from '../../../../state/modules/models/calibrations.ts';
import {
  deadlinesOf,
  endWaiting,
  expiringBatches,
  scheduleBatch,
  settlementDeadline,
  takeLate,
  waitingReceipts,
} from '../../../../state/modules/models/deadlines.ts';
import { ANCESTORS_MAX, nextModel } from '../../../../state/modules/models/models.ts';
import { getBatch, getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import { modelRegistration } from '../../../../state/tx/model-registration.ts';
import { overlay } from '../../../../state/view.ts';
import {
  calibrateHonestly,
  challengeDraw,
  contributionOf,
  honestClaim,
  register,
  type Scene,
  scene,
} from './calibration-scenes.ts';
import { challengeAs, demandOf, disputeScene, OUTPUT, PROMPT, send, settleAs } from './dispute-scenes.ts';
import { withoutPicks } from './no-picks.ts';
import {
  attestor,
  claimOf,
  deposit,
  everyone,
  modelTerms,
  owner,
  pinOf,
  provider,
  receiptBody,
  receiptGroup,
  registerModel,
  sendReceipts,
} from './scenes.ts';
import { bytes32, intent, World } from './world.ts';

/** The time to settle of a world, in blocks, and its challenge window. */
const SETTLE = 20n;
const WINDOW = 3n;

type Waiting = Scene & { readonly model: ModelId };

/** A model with data that nobody has calibrated yet, and money for its receipts. */
const waiting = (): Waiting => {
  const made = scene();
  deposit(made.world, 10n ** 9n);
  return { ...made, model: register(made.world, [pinOf(made.world, made.datanet.id)]) };
};

const statusOf = (world: World, batch: Root, index = 0) =>
  getReceipt(world.view, { batch, index })?.standing.status;
const deadlineOf = (world: World, batch: Root, index = 0) =>
  getReceipt(world.view, { batch, index })?.deadline;
const settleRefusal = (world: World, batch: Root, index = 0): string =>
  world.refusal(attestor, attributionSettlement, {
    batch,
    asOf: undefined,
    claims: [withoutPicks(index, claimOf(receiptBody('').tokensOut, []))],
  });
/** The heights at which each receipt of these batches expires, up to a height, as the events tell. */
const expiries = (world: World, until: bigint): ReadonlyMap<string, bigint> => {
  const seen = new Map<string, bigint>();
  while (world.height < until) {
    world.block();
    for (const { type, data } of world.lastEnd)
      if (type === 'receiptExpired')
        seen.set(`${toHex(data.receipt.batch)}/${data.receipt.index}`, world.height);
  }
  return seen;
};

describe('a receipt of a version that is not calibrated', () => {
  it('waits without a deadline, however long that takes', () => {
    const { world, model } = waiting();
    const batch = sendReceipts(world, model, [receiptBody('a')]);
    // It waits for its version alone.
    expect([...world.state.keys()].filter((key) => key.startsWith('due/batches/'))).toEqual([]);
    world.until(world.height + 3n * SETTLE);
    expect(statusOf(world, batch)).toBe('open');
    expect(deadlineOf(world, batch)).toBeUndefined();
    expect(getBatch(world.view, batch)?.receipts.map(({ deadline }) => deadline)).toEqual([undefined]);
    expect(settleRefusal(world, batch)).toBe('MODEL_UNCALIBRATED');
  });

  it('can be settled for the whole time to settle from the end of the calibration on, and not one block longer', () => {
    const { world, model, contributions } = waiting();
    const early = sendReceipts(world, model, [receiptBody('a'), receiptBody('b')]);
    world.until(world.height + 2n * SETTLE);
    const late = sendReceipts(world, model, [receiptBody('c')]);
    calibrateHonestly(world, contributions, model);
    const end = world.height;
    expect(calibrationOf(world.view, model, 1)).toMatchObject({ type: 'calibrated', value: { height: end } });
    for (const batch of [early, late]) expect(deadlineOf(world, batch)).toBe(end + SETTLE);
    world.until(end + SETTLE - 1n);
    // In the last block.
    expect(settleRefusal(world, early)).toBe('success');
    expect(world.height).toBe(end + SETTLE);
    expect([statusOf(world, early, 0), statusOf(world, early, 1), statusOf(world, late)]).toEqual([
      'settled',
      'expired',
      'expired',
    ]);
    expect(settleRefusal(world, late)).toBe('SETTLEMENT_LATE');
    world.until(world.height + WINDOW);
    expect(statusOf(world, early)).toBe('final');
    // Nothing of their wait is left.
    const left = [...world.state.keys()].filter((key) =>
      /^(?:uncalibrated|due\/versions|due\/late)/.test(key),
    );
    expect(left).toEqual([]);
  });

  it('has the same deadline if it was recorded in the last block before the end, and a later one after it', () => {
    const { world, model, contributions } = waiting();
    world.until(world.height + 3n);
    for (const round of CALIBRATION_ROUNDS)
      world.run(attestor, modelCalibration, honestClaim(world, contributions, model, { round }));
    const end = world.height + WINDOW;
    world.until(end - 1n);
    const before = sendReceipts(world, model, [receiptBody('before')]);
    expect(world.height).toBe(end);
    expect(calibrationOf(world.view, model, 1).type).toBe('calibrated');
    const after = sendReceipts(world, model, [receiptBody('after')]);
    expect([deadlineOf(world, before), deadlineOf(world, after)]).toEqual([end + SETTLE, end + 1n + SETTLE]);
    expect(expiries(world, end + 2n * SETTLE)).toEqual(
      new Map([
        [`${toHex(before)}/0`, end + SETTLE],
        [`${toHex(after)}/0`, end + 1n + SETTLE],
      ]),
    );
  });

  it('expires in time too if the version turns out to be unattributed', () => {
    const world = new World(everyone);
    deposit(world, 10n ** 9n);
    const model = register(world, []);
    const batch = sendReceipts(world, model, [receiptBody('a')]);
    expect(deadlineOf(world, batch)).toBeUndefined();
    while (calibrationOf(world.view, model, 1).type === 'pending') world.block();
    const end = world.height;
    expect(deadlineOf(world, batch)).toBe(end + SETTLE);
    expect(expiries(world, end + 2n * SETTLE)).toEqual(new Map([[`${toHex(batch)}/0`, end + SETTLE]]));
  });

  it('expires by its own version, and not with others of its batch that have waited for another', () => {
    const world = new World(everyone);
    deposit(world, 10n ** 9n);
    // Without data a calibration ends with the draw, so the second one ends a block later.
    const models = [register(world, []), register(world, [])];
    const groups = models.map((id) => receiptGroup(world, id, [receiptBody(`${id}`)]));
    const batch = world.run(provider, inferenceReceipt, { groups }).id;
    world.block();
    const ends = models.map((id) => calibrationOf(world.view, id, 1).value.height);
    expect(ends).toEqual([world.height - 1n, world.height]);
    expect(expiries(world, world.height + 2n * SETTLE)).toEqual(
      new Map(ends.map((end, index) => [`${toHex(batch)}/${index}`, end + SETTLE])),
    );
  });

  it('holds up no other receipt of its batch', () => {
    const { world, model } = waiting();
    const calibrated = registerModel(world, []);
    const groups = [model, calibrated].map((id) => receiptGroup(world, id, [receiptBody(`${id}`)]));
    const batch = world.run(provider, inferenceReceipt, { groups }).id;
    const recorded = world.height;
    expect([deadlineOf(world, batch, 0), deadlineOf(world, batch, 1)]).toEqual([
      undefined,
      recorded + SETTLE,
    ]);
    expect(expiries(world, recorded + 2n * SETTLE)).toEqual(
      new Map([[`${toHex(batch)}/1`, recorded + SETTLE]]),
    );
    expect(statusOf(world, batch, 0)).toBe('open');
  });
});

describe('a DEMAND', () => {
  it('on the claim of a receipt extends its window past the time to settle, which begins again if nobody answers', () => {
    const disputed = disputeScene();
    const { world } = disputed;
    const honest = disputed.infer(PROMPT, OUTPUT);
    const batch = send(disputed, honest);
    const deadline = world.height + SETTLE;
    world.until(deadline - 1n);
    const settlement = settleAs(world, batch, [[0, honest.claim]]);
    expect(world.height).toBe(deadline);
    world.until(deadline + WINDOW - 1n);
    challengeAs(world, { batch, index: 0, settlement }, demandOf('output', { count: 3 }));
    const answerBy = deadline + WINDOW + BigInt(world.params.attribution.answerWindow);
    world.until(answerBy - 1n);
    expect(statusOf(world, batch)).toBe('settled');
    world.until(answerBy);
    expect([statusOf(world, batch), deadlineOf(world, batch)]).toEqual(['open', answerBy + SETTLE]);
    world.until(answerBy + SETTLE - 1n);
    settleAs(world, batch, [[0, honest.claim]]);
    expect(world.height).toBe(answerBy + SETTLE);
    world.until(world.height + WINDOW);
    expect(statusOf(world, batch)).toBe('final');
  });

  it('on a claim of a calibration extends the window of that, and with it the time to settle', () => {
    const { world, model, contributions } = waiting();
    const batch = sendReceipts(world, model, [receiptBody('a')]);
    world.until(world.height + 3n);
    const claims = CALIBRATION_ROUNDS.map((round) => honestClaim(world, contributions, model, { round }));
    const ran = world.block(...claims.map((claim) => intent(attestor, modelCalibration, claim)));
    const [round0, round1] = ran;
    const draw = claims[1]?.draws[0];
    invariant(round0 !== undefined && round1 !== undefined && draw !== undefined, 'both rounds were claimed');
    const claimed = world.height;
    const place = { claim: round1.id, level: 'met', draw: 0 } as const;
    const demand = challengeDraw(world, model, place, demandOf('output'));
    // Without it the calibration would be over.
    world.until(claimed + WINDOW + 2n);
    expect(calibrationOf(world.view, model, 1).type).toBe('pending');
    const opening = contributionOf(contributions, draw.contribution).evidence(draw.item).openChunks(0, 1);
    world.run(attestor, attributionAnswer, { demand: demand.id, opening });
    const end = world.height + WINDOW;
    world.until(end - 1n);
    expect(deadlineOf(world, batch)).toBeUndefined();
    world.until(end);
    expect(deadlineOf(world, batch)).toBe(end + SETTLE);
    expect(end).toBeGreaterThan(claimed + WINDOW);
  });
});

describe('many receipts that have waited for one calibration', () => {
  it('expire in one block after the other, and none of them can be settled meanwhile', () => {
    const { world, model, contributions } = waiting();
    const size = 700;
    const batches = [0, 1, 2, 3].map((n) =>
      sendReceipts(
        world,
        model,
        Array.from({ length: size }, (_, i) => receiptBody(`${n} ${i}`)),
      ),
    );
    // A block looks at three of the batches, and the fourth is left.
    expect([2 * size < LATE_WORK, LATE_WORK <= 3 * size]).toEqual([true, true]);
    calibrateHonestly(world, contributions, model);
    const last = world.height + SETTLE;
    world.until(last);
    expect(batches.map((batch) => statusOf(world, batch))).toEqual(['expired', 'expired', 'expired', 'open']);
    const rest = batches[3];
    invariant(rest !== undefined, 'there are four batches');
    expect(deadlineOf(world, rest)).toBe(last);
    expect(settleRefusal(world, rest)).toBe('SETTLEMENT_LATE');
    expect(world.height).toBe(last + 1n);
    expect([statusOf(world, rest), statusOf(world, rest, size - 1)]).toEqual(['expired', 'expired']);
    expect(totalsOf(world.view)).toMatchObject({ unsettled: BigInt(4 * size) });
  });

  it('are more work the more models are paid for them', () => {
    const world = new World(everyone);
    deposit(world, 10n ** 9n);
    let base = registerModel(world, []);
    for (let i = 1; i < ANCESTORS_MAX; i++) base = registerModel(world, [], { base, kind: 'adapter' });
    const model = nextModel(world.view);
    world.run(owner, modelRegistration, modelTerms([], { base, kind: 'adapter' }));
    // One for the batch, one for the receipt, and two for each of nine models.
    const perBlock = Math.ceil(LATE_WORK / (2 + 2 * (1 + ANCESTORS_MAX)));
    const recorded = world.block(
      ...Array.from({ length: perBlock + 5 }, (_, lane) =>
        intent(provider, inferenceReceipt, {
          groups: [receiptGroup(world, model, [receiptBody(`${lane}`)], { lane })],
        }),
      ),
    );
    expect(calibrationOf(world.view, model, 1).type).toBe('pending');
    const states = (): string[] => recorded.map(({ id }) => statusOf(world, id) ?? '');
    while (!states().includes('expired')) world.block();
    expect(calibrationOf(world.view, model, 1).type).toBe('unattributed');
    expect(states().filter((each) => each === 'open').length).toBe(5);
    world.block();
    expect(states().filter((each) => each === 'open').length).toBe(0);
  });
});

describe('in any history', () => {
  const VERSIONS = 4;
  const SETTLING = 10n;
  const params = { ...new World(everyone).params.attribution, settleEpochs: 2, epochBlocks: 5 };
  const idOf = (version: number): ModelVersionId => ({ model: 1, version });
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        act: fc.constant('record'),
        of: fc.uniqueArray(fc.nat(VERSIONS - 1), { minLength: 1, maxLength: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('end'), of: fc.tuple(fc.nat(VERSIONS - 1)) }) },
    { weight: 5, arbitrary: fc.record({ act: fc.constant('block'), of: fc.constant([]) }) },
  );

  it('a receipt has the deadline of the later of two beginnings, and its batch is looked at then, or soon after', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(1, 3, 1_000), (steps, work) => {
        const view = overlay({ get: () => undefined });
        let height = toHeight(1n);
        const ended = new Map<number, bigint>();
        const batches: { id: Root; at: Height; of: readonly number[]; deadline: Height }[] = [];
        /** The heights at which each batch was looked at. */
        const looked = new Map<string, bigint[]>();
        const look = (id: Root): number => {
          looked.set(toHex(id), [...(looked.get(toHex(id)) ?? []), height]);
          return 1;
        };
        for (let version = 0; version < VERSIONS; version++)
          setCalibration(view, idOf(version), { type: 'pending', value: { height } });
        const endBlock = (): void => {
          for (const id of expiringBatches.take(view, height)) look(id);
          let late = 0;
          takeLate(view, height, work, ({ batch, indexes }) => {
            late += 1;
            expect(indexes).toHaveLength(1);
            return look(batch);
          });
          expect(late).toBeLessThanOrEqual(work);
          height = nextHeight(height);
        };
        for (const [n, { act, of }] of steps.entries()) {
          const [version = 0] = of;
          if (act === 'record') {
            const deadline = settlementDeadline(height, params);
            const batch = { id: bytes32(`batch ${n}`), at: height, of, deadline };
            const named = of.map((version, index) => ({ ...idOf(version), indexes: [index] }));
            scheduleBatch(view, batch.id, deadline, named);
            batches.push(batch);
          } else if (act === 'block') endBlock();
          else if (!ended.has(version)) {
            // At the end of a block, so nothing is recorded after it at the same height.
            ended.set(version, height);
            setCalibration(view, idOf(version), { type: 'unattributed', value: { height } });
            endWaiting(view, idOf(version), height, params);
            endBlock();
          }
        }
        for (let n = 0n; n <= SETTLING + BigInt(batches.length * VERSIONS); n++) endBlock();
        for (const { id, at, of, deadline } of batches) {
          const deadlineFor = deadlinesOf(view, { height: at, deadline }, { reopened: [] }, params);
          const times = looked.get(toHex(id)) ?? [];
          for (const version of of) {
            const end = ended.get(version);
            const expected = end === undefined ? undefined : maxBig(end, at) + SETTLING;
            expect(deadlineFor(0, idOf(version))).toBe(expected);
            if (expected === undefined) {
              expect([...waitingReceipts(view, idOf(version))]).toContainEqual({
                batch: id,
                indexes: [of.indexOf(version)],
              });
            } else if (work > batches.length * VERSIONS || (end ?? at) < at)
              expect(times).toContain(expected);
            else expect(times.some((when) => when >= expected)).toBe(true);
          }
        }
        for (const version of ended.keys()) expect([...waitingReceipts(view, idOf(version))]).toEqual([]);
      }),
    );
  });
});
