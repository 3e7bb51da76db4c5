/** The commons of the chain: contribution 0, of Datanet 0, to which every model of version 2 may be traced. */
import { describe, expect, it } from 'vitest';
import { proveContribution, proveItem } from '../../../../src/attribution/evidence/chunks.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import { OF_CHAIN } from '../../../../src/lib/ids.ts';
import type { CalibrationClaim } from '../../../../state/attribution/calibration-claim.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { itemRoot, itemSource } from '../../../../state/attribution/commitment.ts';
import { eligibleVersions } from '../../../../state/attribution/eligible.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { acceptedOf, isEligible, nextContribution } from '../../../../state/modules/data/contributions.ts';
import { declaredSubject } from '../../../../state/modules/disputes/declarations.ts';
import { knownVersion } from '../../../../state/modules/models/models.ts';
import {
  CONTRIBUTION_QUERIES,
  eligibleContributions,
  getContribution,
} from '../../../../state/queries/contributions.ts';
import { getAttribution } from '../../../../state/queries/receipts.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { modelCalibration } from '../../../../state/tx/model-calibration.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import {
  scene as calibrationScene,
  calibrationWorld,
  honestClaim,
  register,
  SHARED,
} from './calibration-scenes.ts';
import { COMMON_WORDS, chainCommonsScene } from './chain-commons-scenes.ts';
import {
  challengeAs,
  eventOf,
  onContribution,
  saltedOf,
  send,
  settleAs,
  watcher,
  wordsOf,
} from './dispute-scenes.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  claimOf,
  contribute,
  createDatanet,
  creator,
  deposit,
  everyone,
  pinOf,
  receiptBody,
  registerModel,
  sendReceipts,
} from './scenes.ts';
import { bytes32, World } from './world.ts';

const NOTICE = { ...saltedOf(wordsOf('notice', 60), new Uint8Array(32)), promptTokens: 0 };
const committed = proveContribution([unwrap(itemRoot(NOTICE))]);
const COMMONS = { root: committed.root, items: 1, tokens: 60n, bytes: 500n };

/** A chain with a commons, and models by both versions of the rules. */
const scene = (commons: typeof COMMONS | null = COMMONS) => {
  const world = new World([...everyone, watcher], undefined, undefined, commons ?? undefined);
  const datanet = createDatanet(world);
  const a = contribute(world, alice, datanet, 'a');
  const model = registerModel(world, [pinOf(world, datanet)]);
  const old = createDatanet(world, { rules: 1 });
  const b = contribute(world, alice, old, 'b', { rules: 1 });
  const oldModel = registerModel(world, [pinOf(world, old)], { rules: 1 });
  deposit(world, 1_000_000n);
  return { world, a, b, model, oldModel, datanet };
};

const settle = (world: World, model: number, claim: Claim, rules: 1 | 2 = 2) => {
  const batch = sendReceipts(world, model, [receiptBody('r', { rules })]);
  const code = world.refusal(attestor, attributionSettlement, {
    batch,
    asOf: undefined,
    claims: [withoutPicks(0, claim)],
  });
  return { batch, code };
};

describe('the commons of the chain', () => {
  it('moves no other id', () => {
    const { world, a, datanet } = scene();
    const plain = scene(null);
    expect([a, datanet, nextContribution(world.view)]).toEqual([
      plain.a,
      plain.datanet,
      nextContribution(plain.world.view),
    ]);
    expect(acceptedOf(plain.world.view, OF_CHAIN)).toBeUndefined();
    expect(getContribution(plain.world.view, OF_CHAIN)).toBeUndefined();
  });

  it('is shown as a commons of Datanet 0', () => {
    const { world } = scene();
    const state = { view: world.view } as Parameters<typeof CONTRIBUTION_QUERIES.contribution_get>[0];
    expect(CONTRIBUTION_QUERIES.contribution_get(state, { contribution: OF_CHAIN })).toMatchObject({
      ok: true,
      value: {
        contribution: OF_CHAIN,
        datanet: OF_CHAIN,
        stage: 'commons',
        commons: true,
        owner: undefined,
        content: COMMONS,
        acceptance: undefined,
        voidedAt: undefined,
      },
    });
  });

  it('is listed first of what a model may be traced to, by version 2 alone', () => {
    const { world, a, b, model, oldModel } = scene();
    const listed = (id: number, from = 0, limit = 100) =>
      eligibleContributions(world.view, knownVersion(world.view, id, 1), { from, limit });
    expect(listed(model)).toMatchObject({
      contributions: [
        {
          contribution: OF_CHAIN,
          datanet: OF_CHAIN,
          commons: true,
          root: COMMONS.root,
          brought: undefined,
          struck: undefined,
        },
        { contribution: a, commons: false },
      ],
      next: undefined,
    });
    expect(listed(model, 0, 1)).toMatchObject({ contributions: [{ contribution: OF_CHAIN }], next: 1 });
    expect(listed(model, 1).contributions.map(({ contribution }) => contribution)).toEqual([a]);
    expect(listed(oldModel).contributions.map(({ contribution }) => contribution)).toEqual([b]);
    expect(eligibleVersions(knownVersion(world.view, model, 1)).get(OF_CHAIN)).toBe(0);
    expect(eligibleVersions(knownVersion(world.view, oldModel, 1)).has(OF_CHAIN)).toBe(false);
  });

  it('owns words before everybody, and they count for nobody', () => {
    const { world, a, model } = scene();
    const claim = claimOf(100, [
      { start: 0, end: 40, contribution: OF_CHAIN },
      { start: 20, end: 60, contribution: a },
    ]);
    const { batch, code } = settle(world, model, claim);
    expect(code).toBe('success');
    expect(getAttribution(world.view, { batch, index: 0 })?.attribution).toMatchObject({
      scores: [{ contribution: a, score: 20 * 10 * 256 }],
      covered: 20 * 10 * 256,
      shared: 0,
    });
  });

  it('is nothing that a model of version 1 may be traced to, nor one of a chain without it', () => {
    const claim = claimOf(100, [{ start: 0, end: 40, contribution: OF_CHAIN }]);
    const { world, oldModel } = scene();
    expect(settle(world, oldModel, claim, 1).code).toBe('CLAIM_INELIGIBLE');
    const plain = scene(null);
    expect(settle(plain.world, plain.model, claim).code).toBe('CLAIM_INELIGIBLE');
  });

  it('holds no more than genesis says', () => {
    const { world, model } = scene();
    const claim = claimOf(100, [{ start: 0, end: 40, contribution: OF_CHAIN }]);
    const at = (change: object) =>
      settle(world, model, { ...claim, matches: claim.matches.map((match) => ({ ...match, ...change })) })
        .code;
    expect(at({ item: 1 })).toBe('CLAIM_ITEM');
    expect(at({ pos: 21 })).toBe('CLAIM_ITEM');
    expect(at({ pos: 20 })).toBe('success');
  });

  it('is nobody’s: nothing is claimed of it, and nothing is shared with it', () => {
    const { world, a, model } = scene();
    for (const who of [creator, alice])
      expect(world.refusal(who, rewardClaim, { contributions: [OF_CHAIN], models: [], stake: false })).toBe(
        'REWARD_NOT_OWNER',
      );
    const claim = claimOf(100, [{ start: 0, end: 40, contribution: a }]);
    const shared = [{ start: 0, end: 40, match: 0, contribution: OF_CHAIN, item: 0, pos: 0 }];
    expect(settle(world, model, { ...claim, shared }).code).toBe('CLAIM_SHARED_COMMONS');
  });

  it('falls like any commons, and is traced to no more then', () => {
    const { world, a, model } = scene();
    const opening = proveItem(committed, 0, { ...NOTICE, source: itemSource(NOTICE) }).open(0, 60);
    const challenge = onContribution(
      { contribution: OF_CHAIN },
      {
        type: 'malformed',
        value: { text: 'contribution', opening },
      },
    );
    expect(declaredSubject(world.view, OF_CHAIN, world.height)).toMatchObject({
      value: { rules: { version: 2 } },
    });
    const refuted = world.run(watcher, attributionChallenge, challenge);
    expect(eventOf(refuted, 'challengeRefuted')).toMatchObject({ code: 'WITNESS_HOLDS' });

    // Genesis says that there are two items.
    const false_ = scene({ ...COMMONS, items: 2 });
    false_.world.run(watcher, attributionChallenge, challenge);
    expect(isEligible(acceptedOf(false_.world.view, OF_CHAIN))).toBe(false);
    const claim = claimOf(100, [{ start: 0, end: 40, contribution: OF_CHAIN }]);
    expect(settle(false_.world, false_.model, claim).code).toBe('CLAIM_INELIGIBLE');
    const { contributions } = eligibleContributions(
      false_.world.view,
      knownVersion(false_.world.view, false_.model, 1),
      { from: 0, limit: 10 },
    );
    expect(contributions.map(({ contribution }) => contribution)).toEqual([false_.a]);
    expect(isEligible(acceptedOf(world.view, OF_CHAIN))).toBe(true);
    expect([a, model]).toEqual([false_.a, false_.model]);
  });

  it('owns in a calibration what is drawn of its words, so that it explains less by coincidence', () => {
    const notice = { ...saltedOf(SHARED, bytes32('notice salt')), promptTokens: 0 };
    const root = proveContribution([unwrap(itemRoot(notice))]).root;
    const drawn = (commons: typeof COMMONS | undefined) => {
      const { world, contributions, datanet } = calibrationScene(calibrationWorld(100n, 3, commons));
      const model = register(world, [pinOf(world, datanet.id)]);
      world.until(world.height + 3n);
      return {
        claim: (texts: readonly (typeof notice)[]) =>
          honestClaim(world, contributions, model, { commons: texts.map(({ tokens }) => tokens) }),
        send: (claim: CalibrationClaim) => world.refusal(attestor, modelCalibration, claim),
      };
    };
    const isCited = ({ draws }: CalibrationClaim): boolean =>
      draws.some(({ claim }) => claim.matches.some(({ contribution }) => contribution === OF_CHAIN));
    const plain = drawn(undefined);
    const without = plain.claim([]);
    const withCommons = drawn({ root, items: 1, tokens: 15n, bytes: 60n });
    const claim = withCommons.claim([notice]);
    expect(without.level).toBeGreaterThan(0);
    expect([claim.level, isCited(claim)]).toEqual([0, true]);
    expect(plain.send(plain.claim([notice]))).toBe('CLAIM_INELIGIBLE');
    expect(plain.send(without)).toBe('success');
    expect(withCommons.send(claim)).toBe('success');
  });

  it('refutes a claim that pays somebody for its words, and a true claim stands', () => {
    const text = { ...saltedOf(COMMON_WORDS, bytes32('beta salt')), promptTokens: 0 };
    const list = proveContribution([unwrap(itemRoot(text))]);
    const evidence = proveItem(list, 0, { ...text, source: itemSource(text) });
    const terms = { root: list.root, items: 1, tokens: 60n, bytes: 500n };
    const { made, inference, claim } = chainCommonsScene(terms);
    const start = claim.matches.find(({ contribution }) => contribution === OF_CHAIN)?.start ?? 0;
    expect(start).toBe(32);
    const better: Witness = {
      type: 'better',
      value: {
        position: start,
        start,
        end: start + 40,
        contribution: OF_CHAIN,
        item: 0,
        pos: 0,
        output: inference.outputEvidence.open(start, start + 40),
        source: evidence.open(0, 40),
        outputPassages: undefined,
        sourcePassages: undefined,
      },
    };
    const challenged = (sent: Claim) => {
      const batch = send(made, inference);
      const settlement = settleAs(made.world, batch, [[0, sent]]);
      return challengeAs(made.world, { batch, index: 0, settlement }, better);
    };
    expect(eventOf(challenged(inference.claim), 'challengeUpheld')).toMatchObject({ witness: 'better' });
    expect(eventOf(challenged(claim), 'challengeRefuted')).toMatchObject({ code: 'WITNESS_LATER' });
  });
});
