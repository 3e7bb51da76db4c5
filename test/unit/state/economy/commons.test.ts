import { describe, expect, it } from 'vitest';
import { provePassages } from '../../../../src/attribution/evidence/declared.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import type { ContributionId, DatanetId } from '../../../../src/lib/ids.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { derivePassages } from '../../../../state/attribution/declaration.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { acceptedOf, standingOf } from '../../../../state/modules/data/contributions.ts';
import { growthOf, versionOf } from '../../../../state/modules/data/datanets.ts';
import { novelTokensIn } from '../../../../state/modules/data/novelty-shares.ts';
import { knownVersion } from '../../../../state/modules/models/models.ts';
import { CONTRIBUTION_QUERIES, eligibleContributions } from '../../../../state/queries/contributions.ts';
import { getDrawOrder } from '../../../../state/queries/models.ts';
import { getRewards } from '../../../../state/queries/rewards.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { contributionReview } from '../../../../state/tx/contribution-review.ts';
import { type DataContribution, dataContribution } from '../../../../state/tx/data-contribution.ts';
import { modelRevision } from '../../../../state/tx/model-revision.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import {
  challengeDraw,
  claimNow,
  drawWitness,
  honestClaim,
  register,
  roundStanding,
  SHARED,
  scene,
} from './calibration-scenes.ts';
import {
  ALICES,
  BOBS,
  type CommonsScene,
  commonsScene,
  LICENCE,
  payFor,
  proposed,
} from './commons-scenes.ts';
import {
  contributeTexts,
  demandOf,
  eventOf,
  onContribution,
  type TextContribution,
  watcher,
  wordsOf,
} from './dispute-scenes.ts';
import { withoutPicks } from './no-picks.ts';
import { earnedBy } from './oracle-scenes.ts';
import {
  alice,
  attestor,
  bob,
  commitAs,
  contribute,
  createDatanet,
  everyone,
  modelTerms,
  owner,
  pinOf,
  reveal,
  review,
  reviewers,
  sendReceipts,
  submit,
} from './scenes.ts';
import { actor, bytes32, World } from './world.ts';

const carol = actor('carol');
const [first, second, third] = reviewers;

/** All 100 tokens of a contribution, which {@link contribute} makes. */
const allOf = (contribution: ContributionId) => ({
  item: 0,
  start: 0,
  end: 100,
  contribution,
  sourceItem: 0,
  sourcePos: 0,
});

/** What makes a reveal a proposal of what another contribution holds. */
const whole = (contribution: ContributionId): Partial<DataContribution> => ({
  role: 'commons',
  novelRuns: [],
  copied: [allOf(contribution)],
});

const withSource = (rules: 1 | 2 = 2) => {
  const world = new World([...everyone, watcher, carol]);
  const datanet = createDatanet(world, { rules });
  const source = contribute(world, alice, datanet, 'source', { rules });
  return { world, datanet, source };
};

/** The code of the reveal of a proposal by bob. */
const proposing = (
  { world, datanet, source }: { world: World; datanet: DatanetId; source: ContributionId },
  change: (source: ContributionId, own: ContributionId) => Partial<DataContribution> = () => ({}),
): string => {
  const contribution = commitAs(world, bob, datanet, 'proposal');
  world.block();
  const payload = reveal(contribution, datanet, 'proposal', {
    ...whole(source),
    ...change(source, contribution),
  });
  return world.refusal(bob, dataContribution, payload);
};

describe('a proposal', () => {
  it('is a contribution like any other: committed, revealed, bonded and reviewed', () => {
    const { world, datanet, source } = withSource();
    const before = world.balance(bob);
    const proposal = submit(world, bob, datanet, 'proposal', whole(source));
    expect(standingOf(world.view, proposal)).toMatchObject({ stage: 'review', bond: 500n });
    expect(world.balance(bob)).toBeLessThan(before - 500n);
    expect(acceptedOf(world.view, proposal)).toBeUndefined();
    world.run(first, contributionReview, review(proposal));
    const { events } = world.run(second, contributionReview, review(proposal));
    expect(events.find(({ type }) => type === 'contributionAccepted')).toMatchObject({
      data: { contribution: proposal, acceptance: 1, commons: true, novelTokens: 0n },
    });
    expect(acceptedOf(world.view, proposal)).toMatchObject({ acceptance: 1, commons: true });
    expect(acceptedOf(world.view, source)).toMatchObject({ acceptance: 0, commons: false });
    world.until(world.height + BigInt(world.params.contribution.declarationWindow));
    expect(standingOf(world.view, proposal)).toMatchObject({ stage: 'accepted', bond: 0n });
  });

  it('says so when it is revealed', () => {
    const { world, datanet, source } = withSource();
    const contribution = commitAs(world, bob, datanet, 'proposal');
    world.block();
    const payload = reveal(contribution, datanet, 'proposal', whole(source));
    const { events } = world.run(bob, dataContribution, payload);
    expect(events).toMatchObject([{ type: 'contributionRevealed', data: { commons: true } }]);
    expect(dataContribution.action(payload)).toContain('as commons');
  });

  it('is nothing that its proposer reviews, or that one reviewer decides', () => {
    const { world, datanet, source } = withSource();
    const proposal = submit(world, first, datanet, 'proposal', whole(source));
    expect(world.refusal(first, contributionReview, review(proposal))).toBe('REVIEW_OWN');
    world.run(second, contributionReview, review(proposal));
    expect(acceptedOf(world.view, proposal)).toBeUndefined();
    world.run(third, contributionReview, review(proposal));
    expect(acceptedOf(world.view, proposal)?.commons).toBe(true);
  });

  it('has no place in a Datanet of version 1, where it would not come first', () => {
    expect(proposing(withSource(1), () => ({ rules: 1 }))).toBe('invalid: CONTRIBUTION_COMMONS_RULES');
    expect(proposing(withSource(1))).toBe('CONTRIBUTION_RULES');
  });

  it('declares nothing as novel', () => {
    expect(proposing(withSource(), () => ({ novelRuns: [{ item: 0, start: 0, end: 20 }] }))).toBe(
      'invalid: CONTRIBUTION_COMMONS_NOVEL',
    );
  });

  it('lies in declared runs with every token, those of prompts too', () => {
    const code = 'invalid: CONTRIBUTION_COMMONS_COPIED';
    const scene = withSource();
    expect(proposing(scene, () => ({ copied: [] }))).toBe(code);
    expect(proposing(scene, (source) => ({ copied: [{ ...allOf(source), end: 99 }] }))).toBe(code);
    expect(proposing(scene, (source) => ({ copied: [{ ...allOf(source), start: 1 }] }))).toBe(code);
    const apart = (source: ContributionId) => [
      { ...allOf(source), end: 50 },
      { ...allOf(source), start: 51, sourcePos: 51 },
    ];
    expect(proposing(scene, (source) => ({ copied: apart(source) }))).toBe(code);
    const asked = { shapes: [{ tokens: 100, promptTokens: 20 }] };
    expect(
      proposing(scene, (source) => ({ ...asked, copied: [{ ...allOf(source), start: 20, sourcePos: 20 }] })),
    ).toBe(code);
    // An item too short for a run lies in none.
    const short = {
      items: 2,
      tokens: 110n,
      shapes: [
        { tokens: 100, promptTokens: 0 },
        { tokens: 10, promptTokens: 0 },
      ],
    };
    expect(proposing(scene, () => short)).toBe(code);
    expect(proposing(scene, () => asked)).toBe('success');
  });

  it('may show two places of its words', () => {
    const { world, datanet, source } = withSource();
    const other = contribute(world, bob, datanet, 'other');
    const copied = [
      { ...allOf(source), end: 99 },
      { ...allOf(other), start: 1, sourcePos: 1 },
    ];
    expect(proposing({ world, datanet, source }, () => ({ copied }))).toBe('success');
  });

  it('is copied from others, not from its own items', () => {
    const twice = {
      items: 2,
      tokens: 200n,
      shapes: [
        { tokens: 100, promptTokens: 0 },
        { tokens: 100, promptTokens: 0 },
      ],
    };
    const second = (contribution: ContributionId) => ({ ...allOf(contribution), item: 1 });
    const scene = withSource();
    expect(proposing(scene, (source, own) => ({ ...twice, copied: [allOf(source), second(own)] }))).toBe(
      'invalid: CONTRIBUTION_COMMONS_COPIED',
    );
    expect(proposing(scene, (source) => ({ ...twice, copied: [allOf(source), second(source)] }))).toBe(
      'success',
    );
  });

  it('is copied from what stands in its Datanet, and is accepted before it', () => {
    const { world, datanet } = withSource();
    const elsewhere = contribute(world, alice, createDatanet(world), 'elsewhere');
    expect(proposing({ world, datanet, source: elsewhere })).toBe('CONTRIBUTION_COPIED_SOURCE');
    const open = submit(world, alice, datanet, 'open');
    const proposal = submit(world, bob, datanet, 'proposal of what is open', whole(open));
    world.run(first, contributionReview, review(proposal));
    expect(world.refusal(second, contributionReview, review(proposal))).toBe('CONTRIBUTION_SOURCE_OPEN');
    for (const reviewer of [first, second]) world.run(reviewer, contributionReview, review(open));
    world.run(second, contributionReview, review(proposal));
    expect(acceptedOf(world.view, proposal)?.commons).toBe(true);
  });

  it('is not copied from what is void', () => {
    const { world, datanet, source } = withSource();
    voidByDemand(world, source);
    expect(proposing({ world, datanet, source })).toBe('CONTRIBUTION_COPIED_SOURCE');
    const other = contribute(world, bob, datanet, 'other');
    expect(proposing({ world, datanet, source: other })).toBe('success');
  });

  it('may be of exactly a text that somebody has contributed, once', () => {
    const { world, datanet, source } = withSource();
    const digest = bytes32('digest source');
    const proposal = submit(world, bob, datanet, 'proposal', { ...whole(source), digest });
    expect(proposing({ world, datanet, source }, () => ({ digest }))).toBe('CONTRIBUTION_DUPLICATE');
    // Rejected, it keeps out nobody any more; the contribution keeps out others as before.
    for (const reviewer of [first, second])
      world.run(reviewer, contributionReview, review(proposal, { verdict: 'reject' }));
    expect(proposing({ world, datanet, source }, () => ({ digest }))).toBe('success');
    const again = commitAs(world, bob, datanet, 'again');
    world.block();
    expect(world.refusal(bob, dataContribution, reveal(again, datanet, 'again', { digest }))).toBe(
      'CONTRIBUTION_DUPLICATE',
    );
  });

  it('keeps out later contributions of its text, not those that were committed before', () => {
    const { world, datanet, source } = withSource();
    const digest = bytes32('digest of both');
    const early = commitAs(world, alice, datanet, 'early');
    const proposal = submit(world, bob, datanet, 'proposal', { ...whole(source), digest });
    for (const reviewer of [first, second]) world.run(reviewer, contributionReview, review(proposal));
    world.run(alice, dataContribution, reveal(early, datanet, 'early', { digest }));
    const late = commitAs(world, alice, datanet, 'late');
    world.block();
    const payload = reveal(late, datanet, 'late', { digest });
    expect(world.refusal(alice, dataContribution, payload)).toBe('CONTRIBUTION_DUPLICATE');
    for (const reviewer of [first, second])
      world.run(reviewer, contributionReview, review(early, { verdict: 'reject' }));
    // The proposal alone does it too.
    expect(world.refusal(alice, dataContribution, payload)).toBe('CONTRIBUTION_DUPLICATE');
  });
});

describe('an accepted proposal', () => {
  it('is in the versions of its Datanet, without data to draw and without novelty', () => {
    const { world, datanet, source } = withSource();
    const novel = novelTokensIn(world.view, datanet, 1);
    const { dataTokens } = growthOf(world.view, datanet);
    const proposal = contribute(world, bob, datanet, 'proposal', whole(source));
    expect(versionOf(world.view, datanet, 2)).toMatchObject({ contribution: proposal, dataTokens });
    expect(novelTokensIn(world.view, datanet, 2)).toBe(novel);
  });

  it('is shown as a commons by every query', () => {
    const { world, datanet, source } = withSource();
    const proposal = contribute(world, bob, datanet, 'proposal', whole(source));
    const state = { height: world.height, view: world.view };
    const shown = CONTRIBUTION_QUERIES.contribution_get(state, { contribution: proposal });
    expect(shown).toMatchObject({
      ok: true,
      value: {
        stage: 'accepted',
        commons: true,
        owner: bob.address,
        acceptance: 1,
        novelTokensLeft: 0n,
        declared: { role: 'commons', dataTokens: 0n },
      },
    });
    expect(shown.ok && [shown.value.earned, shown.value.claimed]).toEqual([undefined, undefined]);
    expect(CONTRIBUTION_QUERIES.contribution_get(state, { contribution: source })).toMatchObject({
      value: { commons: false, earned: { spans: 0n } },
    });
    const listed = CONTRIBUTION_QUERIES.contribution_listRevealed(state, { datanet });
    expect(listed).toMatchObject({ value: { contributions: [{ role: 'data' }, { role: 'commons' }] } });
    expect(getRewards(world.view, bob.address, { from: 0, limit: 10 })).toMatchObject({ contributions: [] });
  });

  it('earns its proposer nothing, and leaves the shares of others as they are', () => {
    const { world, datanet, source } = withSource();
    const proposal = contribute(world, bob, datanet, 'proposal', whole(source));
    const claim = { contributions: [proposal], models: [], stake: false };
    expect(world.refusal(bob, rewardClaim, claim)).toBe('REWARD_NOT_OWNER');
    expect(getRewards(world.view, alice.address, { from: 0, limit: 10 })).toMatchObject({
      contributions: [{ contribution: source }],
    });
  });
});

describe('a model', () => {
  const OUTPUTS = [
    LICENCE,
    `${ALICES} ${LICENCE}`,
    `${LICENCE} ${BOBS}`,
    `${wordsOf('none', 30)} ${LICENCE}`,
  ];

  it('that was registered before keeps paying the owner, and one registered after does not', () => {
    const scene = commonsScene();
    const before = scene.register();
    const proposal = scene.propose(carol, LICENCE);
    const after = scene.register();
    const paid = payFor(scene, before, OUTPUTS);
    expect(paid).toEqual({ alice: 1085n, bob: 121n, treasury: 0n, remainder: 452n });
    expect(payFor(scene, after, OUTPUTS)).toEqual({ alice: 121n, bob: 121n, treasury: 0n, remainder: 1416n });
    expect(earnedBy(scene.world, proposal.contribution)).toBe(0n);
    // The earlier model goes on as it did.
    expect(payFor(scene, before, OUTPUTS)).toEqual(paid);
  });

  it('pays the owner again once the proposal is void', () => {
    const scene = commonsScene();
    const proposal = scene.propose(carol, LICENCE);
    const model = scene.register();
    expect(payFor(scene, model, OUTPUTS)).toMatchObject({ alice: 121n });
    voidByDemand(scene.world, proposal.contribution);
    expect(payFor(scene, model, OUTPUTS)).toEqual({ alice: 1085n, bob: 121n, treasury: 0n, remainder: 452n });
  });

  it('sees the commons in a revision that pins it, and not in the version before', () => {
    const scene = commonsScene();
    const { world, datanet } = scene;
    const model = scene.register();
    const proposal = scene.propose(carol, LICENCE);
    world.run(owner, modelRevision, { ...modelTerms([pinOf(world, datanet)]), model });
    const commonsOf = (version: number) =>
      eligibleContributions(world.view, knownVersion(world.view, model, version), { from: 0, limit: 10 })
        .contributions.filter(({ commons }) => commons)
        .map(({ contribution, brought }) => [contribution, brought]);
    expect(commonsOf(1)).toEqual([]);
    expect(commonsOf(2)).toEqual([[proposal.contribution, undefined]]);
  });

  it('draws nothing of it', () => {
    const scene = commonsScene();
    const proposal = scene.propose(carol, LICENCE);
    const model = scene.register();
    const { contributions } = getDrawOrder(scene.world.view, knownVersion(scene.world.view, model, 1), 0, 10);
    expect(
      contributions.map(({ contribution, brought, dataTokens }) => [
        contribution,
        brought === undefined,
        dataTokens,
      ]),
    ).toEqual([
      [scene.alices.contribution, false, 90n],
      [scene.bobs.contribution, false, 30n],
      [proposal.contribution, true, 0n],
    ]);
  });
});

describe('a claim', () => {
  const settled = (scene: CommonsScene, model: number, claim: Claim, output: string): string => {
    const batch = sendReceipts(scene.world, model, [scene.infer('what', output).body]);
    return scene.world.refusal(attestor, attributionSettlement, {
      batch,
      asOf: undefined,
      claims: [withoutPicks(0, claim)],
    });
  };
  const matchWith = (claim: Claim, contribution: ContributionId): Claim => ({
    ...claim,
    matches: claim.matches.map((match) => ({ ...match, contribution, item: 0 })),
    shared: [],
  });

  it('cites the commons for a model that pins it, and for no other', () => {
    const scene = commonsScene();
    const before = scene.register();
    const { contribution } = scene.propose(carol, LICENCE);
    const after = scene.register();
    const claim = matchWith(scene.claim(after, scene.infer('what', LICENCE)), contribution);
    expect(settled(scene, after, claim, LICENCE)).toBe('success');
    expect(settled(scene, before, claim, LICENCE)).toBe('CLAIM_INELIGIBLE');
  });

  it('shares no run with it', () => {
    const scene = commonsScene();
    const { contribution } = scene.propose(carol, LICENCE);
    const model = scene.register();
    const claim = matchWith(scene.claim(model, scene.infer('what', LICENCE)), scene.alices.contribution);
    const [match] = claim.matches;
    invariant(match !== undefined, 'the licence is matched');
    const shared = [{ match: 0, start: match.start, end: match.end, contribution, item: 0, pos: match.pos }];
    expect(settled(scene, model, { ...claim, shared }, LICENCE)).toBe('CLAIM_SHARED_COMMONS');
  });
});

describe('a calibration', () => {
  it('takes what the commons holds for nobody’s, as a settlement does, and nothing of it for copied', () => {
    const measured = (isCommon: boolean) => {
      const made = scene();
      const { world, datanet, contributions } = made;
      const proposal = isCommon ? datanet.propose(alice, `${wordsOf('alpha', 30)} ${SHARED}`) : undefined;
      const model = register(world, [pinOf(world, datanet.id)]);
      world.until(world.height + 3n);
      return { ...made, model, proposal, honest: honestClaim(world, contributions, model) };
    };
    expect(measured(false).honest.level).toBeGreaterThan(0);
    const { world, model, proposal, honest, contributions } = measured(true);
    // Coincidence explains nothing any more, at the lowest step.
    expect(honest.level).toBe(0);
    const cited = honest.draws.flatMap(({ claim }) => claim.matches.map(({ contribution }) => contribution));
    expect(new Set(cited)).toEqual(new Set([proposal?.contribution]));
    const claim = claimNow(world, honest);
    expect(roundStanding(world, model)).toMatchObject({ type: 'claimed' });

    const k = honest.draws.findIndex((draw) => draw.claim.matches.length > 0);
    const draw = honest.draws[k];
    invariant(draw !== undefined, 'a draw is matched');
    const finding = { type: 'inert', part: 'match', index: 0, at: 3, side: 'source' } as const;
    const inert = drawWitness(contributions, draw, finding);
    const ran = challengeDraw(world, model, { claim, level: 'met', draw: k }, inert);
    expect(eventOf(ran, 'challengeRefuted')).toMatchObject({ code: 'WITNESS_PASSAGES' });
  });
});

/** Somebody demands the text of a contribution, and nobody shows it. */
const voidByDemand = (world: World, contribution: ContributionId): void => {
  world.run(
    watcher,
    attributionChallenge,
    onContribution({ contribution }, demandOf('source', { contribution })),
  );
  while (acceptedOf(world.view, contribution)?.voided === undefined) world.block();
};

describe('a challenge of a commons that was proposed', () => {
  /** Carol proposes words that stand where she says, but for one. */
  const falsely = (scene: CommonsScene): TextContribution => {
    const { world, datanet, index } = scene;
    const text = `${wordsOf('text', 59)} other`;
    const run = { ...allOf(scene.alices.contribution), end: 60 };
    return contributeTexts(world, carol, datanet, [text], index, () => ({ ...proposed(), copied: [run] }));
  };
  const copied = (scene: CommonsScene, proposal: TextContribution): Witness => ({
    type: 'copied',
    value: {
      passages: provePassages(derivePassages(proposal.declared).passages).open(0, 1),
      at: 59,
      own: proposal.evidence(0).open(59, 60),
      source: scene.alices.evidence(0).open(59, 60),
    },
  });

  it('by a place that is false voids it, and takes the bond', () => {
    const scene = commonsScene();
    const { world } = scene;
    const proposal = falsely(scene);
    const ran = world.run(watcher, attributionChallenge, onContribution(proposal, copied(scene, proposal)));
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({ witness: 'copied', falls: 'contribution' });
    expect(eventOf(ran, 'declarationStruck')).toMatchObject({ atFault: true, isVoid: true });
    expect(standingOf(world.view, proposal.contribution)).toMatchObject({ stage: 'void', bond: 0n });
    const again = commitAs(world, bob, scene.datanet, 'again');
    world.block();
    const source = {
      ...whole(proposal.contribution),
      tokens: 60n,
      shapes: [{ tokens: 60, promptTokens: 0 }],
    };
    const payload = reveal(again, scene.datanet, 'again', {
      ...source,
      copied: [{ ...allOf(proposal.contribution), end: 60 }],
    });
    expect(world.refusal(bob, dataContribution, payload)).toBe('CONTRIBUTION_COPIED_SOURCE');
  });

  it('frees its text, also as a proposal', () => {
    const { world, datanet, source } = withSource();
    const digest = bytes32('digest proposed');
    const proposal = contribute(world, bob, datanet, 'proposal', { ...whole(source), digest });
    expect(proposing({ world, datanet, source }, () => ({ digest }))).toBe('CONTRIBUTION_DUPLICATE');
    voidByDemand(world, proposal);
    expect(proposing({ world, datanet, source }, () => ({ digest }))).toBe('success');
  });

  it('is refused where its place is true', () => {
    const scene = commonsScene();
    const proposal = scene.propose(carol, LICENCE);
    const ran = scene.world.run(
      watcher,
      attributionChallenge,
      onContribution(proposal, copied(scene, proposal)),
    );
    expect(eventOf(ran, 'challengeRefuted')).toMatchObject({ code: 'WITNESS_HOLDS' });
  });

  it('is not made of what it has not declared', () => {
    const scene = commonsScene();
    const proposal = scene.propose(carol, LICENCE);
    const none = copied(scene, proposal);
    invariant(none.type === 'copied', 'a witness of a copy');
    const { passages, own, source } = none.value;
    const at = { contribution: scene.alices.contribution, item: 0, pos: 0, start: 0, end: 16 };
    const passage: Witness = { type: 'passage', value: { passages, own, source, ...at } };
    expect(scene.world.refusal(watcher, attributionChallenge, onContribution(proposal, passage))).toBe(
      'CHALLENGE_KIND',
    );
  });
});
