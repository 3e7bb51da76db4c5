import { describe, expect, it } from 'vitest';
import { toHeight } from '../../../../src/lib/brands.ts';
import type { ContributionId, DatanetId } from '../../../../src/lib/ids.ts';
import { NovelRunsType } from '../../../../state/attribution/novel-runs.ts';
import { PassagesType } from '../../../../state/attribution/passages.ts';
import type { Event } from '../../../../state/events.ts';
import {
  acceptedOf,
  isEligible,
  OPEN_SOURCES_MAX,
  originOf,
} from '../../../../state/modules/data/contributions.ts';
import {
  novelTokensIn,
  paidByNovelty,
  payVersion,
  shareOf,
} from '../../../../state/modules/data/novelty-shares.ts';
import {
  COMMIT_WAIT_BLOCKS,
  type DeclarationFall,
  declaredSubject,
  fallDeclaration,
  inertPassages,
  STRUCK_PASSAGES_MAX,
} from '../../../../state/modules/disputes/declarations.ts';
import { account, move, OPEN, pot, potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { contributionEarned } from '../../../../state/modules/pay/rewards.ts';
import { getContribution } from '../../../../state/queries/contributions.ts';
import { contributionCommit, contributionCommitment } from '../../../../state/tx/contribution-commit.ts';
import { contributionReview } from '../../../../state/tx/contribution-review.ts';
import { dataContribution } from '../../../../state/tx/data-contribution.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import {
  alice,
  bob,
  commitAs,
  contribute,
  createDatanet,
  creator,
  everyone,
  payer,
  reveal,
  review,
  reviewers,
  submit,
} from './scenes.ts';
import { bytes32, intent, World } from './world.ts';

const challenger = payer;

/** What a challenge transaction does when its witness is upheld. */
const fall = (world: World, contribution: ContributionId, what: DeclarationFall) => {
  const events: Event[] = [];
  const emit = (event: Event) => events.push(event);
  const fell = fallDeclaration(
    { view: world.state, block: world.context, emit },
    contribution,
    what,
    challenger.address,
  );
  world.checkMoney();
  return { fell, events: events.filter(({ type }) => type === 'declarationStruck') };
};

const overlap = (index: number, tokens: number, source: number): DeclarationFall => ({
  type: 'novelRun',
  reason: 'OVERLAP',
  index,
  tokens,
  source,
});
const harvest = (index: number, tokens: number): DeclarationFall => ({
  type: 'novelRun',
  reason: 'HARVEST',
  index,
  tokens,
  source: undefined,
});
const passage = (index: number, source: number): DeclarationFall => ({
  type: 'passage',
  reason: 'PASSAGE',
  index,
  source,
});
const voided: DeclarationFall = { type: 'contribution', reason: 'COPIED' };

const infoOf = (world: World, contribution: ContributionId) => {
  const info = getContribution(world.view, contribution);
  if (info?.type !== 'contribution') throw new Error('a contribution');
  return info;
};

const twoRuns = {
  novelRuns: [
    { item: 0, start: 0, end: 40 },
    { item: 0, start: 60, end: 80 },
  ],
};

/** Pays the remainder to the first `count` contributions of a Datanet, out of the pot where data money waits. */
const payRemainder = (world: World, datanet: DatanetId, count: number, amount: bigint): void => {
  expect(move(world.state, account(creator.address), pot('rewards'), amount)).toBeUndefined();
  payVersion(world.state, datanet, { count, novelTokens: novelTokensIn(world.view, datanet, count) }, amount);
};

/** Two contributions of bob and alice; alice's committed long enough after bob's was accepted. */
const two = () => {
  const world = new World(everyone);
  const datanet = createDatanet(world);
  const source = contribute(world, bob, datanet, 'source');
  world.until(world.height + COMMIT_WAIT_BLOCKS);
  const contribution = contribute(world, alice, datanet, 'copy', twoRuns);
  return { world, datanet, source, contribution };
};

/** bob has the lower contribution id, and reveals when alice has committed. */
const late = () => {
  const world = new World(everyone);
  const datanet = createDatanet(world);
  const source = commitAs(world, bob, datanet, 'source');
  const contribution = submit(world, alice, datanet, 'copy', twoRuns);
  world.run(bob, dataContribution, reveal(source, datanet, 'source'));
  for (const each of [source, contribution])
    for (const reviewer of reviewers.slice(0, 2)) world.run(reviewer, contributionReview, review(each));
  return { world, datanet, source, contribution };
};

describe('the bond of a contribution', () => {
  it('is held until the declaration window after acceptance has passed', () => {
    const { world, contribution } = two();
    const accepted = world.height;
    const last = accepted + BigInt(world.params.contribution.declarationWindow);
    expect(infoOf(world, contribution).standing.bond).toBe(500n);
    const before = world.balance(alice);
    world.until(last - 1n);
    expect(world.balance(alice)).toBe(before);
    world.block();
    expect(world.balance(alice)).toBe(before + 500n);
    expect(infoOf(world, contribution).standing.bond).toBe(0n);
    expect(infoOf(world, contribution).standing.stage).toBe('accepted');
  });

  it('goes in part to the challenger, and the rest to nobody, if its owner could have known', () => {
    const { world, contribution, source } = two();
    const before = world.balance(challenger);
    const burned = potTotal(world.view, 'burnedBonds');
    const { fell, events } = fall(world, contribution, overlap(0, 40, source));
    expect(fell).toEqual({ ok: true, value: { reward: 250n, burned: 250n } });
    // And of the bonds of the two reviewers, 20 each.
    expect(world.balance(challenger)).toBe(before + 270n);
    expect(potTotal(world.view, 'burnedBonds')).toBe(burned + 270n);
    expect(events).toMatchObject([{ data: { contribution, atFault: true, reward: 250n } }]);
    // And nothing comes back when the window has passed.
    const poorer = world.balance(alice);
    world.until(world.height + 50n);
    expect(world.balance(alice)).toBe(poorer);
  });

  it('is not there to be gained when the window has passed, and the declaration falls all the same', () => {
    const { world, datanet, contribution } = two();
    world.until(world.height + 50n);
    expect(fall(world, contribution, voided).fell).toEqual({ ok: true, value: { reward: 0n, burned: 0n } });
    expect(infoOf(world, contribution).standing.stage).toBe('void');
    expect(novelTokensIn(world.view, datanet, 2)).toBe(100n);
  });
});

describe('an owner', () => {
  it('is not at fault for words accepted after the commit: one run falls, and no bond', () => {
    const { world, datanet, source, contribution } = late();
    expect(fall(world, contribution, overlap(0, 40, source)).fell).toEqual({
      ok: true,
      value: { reward: 0n, burned: 0n },
    });
    expect(novelTokensIn(world.view, datanet, 2)).toBe(120n);
    expect(infoOf(world, contribution).standing.bond).toBe(500n);
  });

  it('is at fault for words accepted so long before the commit that it cannot have been on its way', () => {
    for (const [blocks, reward] of [
      [COMMIT_WAIT_BLOCKS, 250n],
      [COMMIT_WAIT_BLOCKS - 1n, 0n],
      [0n, 0n],
    ] as const) {
      const world = new World(everyone);
      const datanet = createDatanet(world);
      const source = submit(world, bob, datanet, 'source');
      const [first, second] = reviewers;
      world.run(first, contributionReview, review(source));
      const contribution = source + 1;
      const { salt } = reveal(contribution, datanet, 'copy');
      const preimage = { datanet, root: bytes32('copy'), salt, sender: alice.address };
      const commit = intent(alice, contributionCommit, {
        datanet,
        commitment: contributionCommitment(preimage),
      });
      const acceptance = intent(second, contributionReview, review(source));
      if (blocks === 0n) world.block(commit, acceptance);
      else {
        world.block(acceptance);
        const accepted = world.height;
        world.until(accepted + blocks - 1n);
        world.block(commit);
        expect(originOf(world.view, contribution)?.height).toBe(accepted + blocks);
      }
      world.block();
      world.run(alice, dataContribution, reveal(contribution, datanet, 'copy', twoRuns));
      for (const reviewer of [first, second]) world.run(reviewer, contributionReview, review(contribution));
      expect(fall(world, contribution, overlap(0, 40, source)).fell).toMatchObject({ value: { reward } });
    }
  });

  it('is at fault for words of its own items', () => {
    const { world, contribution, datanet } = late();
    expect(fall(world, contribution, overlap(1, 20, contribution)).fell).toMatchObject({
      value: { reward: 250n },
    });
    expect(novelTokensIn(world.view, datanet, 2)).toBe(100n);
  });

  it('is not at fault for words of an output, which nobody has to know', () => {
    const { world, datanet, contribution } = two();
    expect(fall(world, contribution, harvest(1, 20)).fell).toMatchObject({ value: { reward: 0n } });
    expect(novelTokensIn(world.view, datanet, 2)).toBe(140n);
  });
});

describe('a novel run', () => {
  it('falls once', () => {
    const { world, contribution, datanet } = two();
    expect(fall(world, contribution, harvest(0, 40)).fell.ok).toBe(true);
    expect(fall(world, contribution, harvest(0, 40)).fell).toMatchObject({
      fault: { code: 'DECLARATION_STRUCK' },
    });
    expect(novelTokensIn(world.view, datanet, 2)).toBe(120n);
    const subject = declaredSubject(world.view, contribution, world.height);
    expect(subject).toMatchObject({ ok: true, value: { novelRuns: { struck: new Set([0]) } } });
  });

  it('falls with all others of an owner at fault, and none of them again', () => {
    const { world, contribution, source, datanet } = two();
    expect(fall(world, contribution, overlap(0, 40, source)).fell.ok).toBe(true);
    expect(novelTokensIn(world.view, datanet, 2)).toBe(100n);
    for (const index of [0, 1])
      expect(fall(world, contribution, harvest(index, 20)).fell).toMatchObject({
        fault: { code: 'DECLARATION_STRUCK' },
      });
  });

  it('takes what it has earned unclaimed to the treasury, and leaves what was claimed', () => {
    const { world, contribution, datanet } = two();
    payRemainder(world, datanet, 2, 1_600n);
    world.run(alice, rewardClaim, { contributions: [contribution], models: [], stake: false });
    payRemainder(world, datanet, 2, 3_200n);
    const treasury = potTotal(world.view, 'treasury');
    fall(world, contribution, harvest(0, 40));
    // alice's 60 of 160 tokens earned 600, claimed, and 1,200; two thirds of that were on the run.
    expect(potTotal(world.view, 'treasury')).toBe(treasury + 800n);
    expect(totalsOf(world.view).forfeitedShares).toBe(800n);
    expect(infoOf(world, contribution).accepted?.earned.remainder).toBe(1_000n);
    const before = world.balance(alice);
    const { events } = world.run(alice, rewardClaim, {
      contributions: [contribution],
      models: [],
      stake: false,
    });
    expect(events).toMatchObject([{ type: 'rewardsClaimed', data: { sources: { remainder: 400n } } }]);
    expect(world.balance(alice)).toBeGreaterThan(before - OPEN);
    payRemainder(world, datanet, 2, 1_200n);
    expect(infoOf(world, contribution).accepted?.earned.remainder).toBe(1_200n);
  });
});

describe('a passage', () => {
  it('counts as copied from the height of its strike on', () => {
    const { world, contribution, source } = late();
    const before = world.height;
    world.block();
    expect(fall(world, contribution, passage(0, source)).fell).toMatchObject({ value: { reward: 0n } });
    expect(inertPassages(world.view, contribution, toHeight(before))).toEqual({ struck: new Set() });
    expect(inertPassages(world.view, contribution, world.height)).toEqual({ struck: new Set([0]) });
    expect(fall(world, contribution, passage(0, source)).fell).toMatchObject({
      fault: { code: 'DECLARATION_STRUCK' },
    });
  });

  it('takes no novelty with it', () => {
    const { world, contribution, source, datanet } = late();
    fall(world, contribution, passage(0, source));
    expect(novelTokensIn(world.view, datanet, 2)).toBe(160n);
  });

  it('of an owner at fault takes the contribution with it, which nothing may be traced to from then on', () => {
    const { world, contribution, source, datanet } = two();
    const { fell, events } = fall(world, contribution, passage(0, source));
    expect(fell).toMatchObject({ value: { reward: 250n, burned: 250n } });
    expect(events).toMatchObject([{ data: { falls: 'passage', atFault: true, isVoid: true } }]);
    expect(acceptedOf(world.view, contribution)?.voided).toBe(world.height);
    expect(infoOf(world, contribution).standing.stage).toBe('void');
    expect(novelTokensIn(world.view, datanet, 2)).toBe(100n);
  });

  it('that is one too many voids the contribution, and costs an owner without fault no bond', () => {
    const { world, contribution, source } = late();
    for (let index = 0; index < STRUCK_PASSAGES_MAX; index++)
      expect(fall(world, contribution, passage(index, source)).fell.ok).toBe(true);
    world.block();
    expect(isEligible(acceptedOf(world.view, contribution))).toBe(true);
    const { events } = fall(world, contribution, passage(STRUCK_PASSAGES_MAX, source));
    expect(events).toMatchObject([{ data: { falls: 'passage', atFault: false, isVoid: true, burned: 0n } }]);
    expect(acceptedOf(world.view, contribution)?.voided).toBe(world.height);
    const before = world.balance(alice);
    world.until(world.height + 50n);
    expect(world.balance(alice)).toBe(before + 500n);
  });
});

describe('a void contribution', () => {
  it('is eligible no more, earns nothing more, and cannot be challenged', () => {
    const { world, contribution, datanet } = two();
    payRemainder(world, datanet, 2, 1_600n);
    expect(fall(world, contribution, voided).fell).toMatchObject({ value: { reward: 250n, burned: 250n } });
    const accepted = acceptedOf(world.view, contribution);
    expect(isEligible(accepted)).toBe(false);
    expect(accepted?.voided).toBe(world.height);
    const share = accepted && shareOf(accepted);
    expect(share && paidByNovelty(world.view, datanet, share)).toBe(0n);
    expect(totalsOf(world.view).forfeitedShares).toBe(600n);
    expect(declaredSubject(world.view, contribution, world.height)).toMatchObject({
      fault: { code: 'DECLARATION_VOID' },
    });
  });

  it('is no source to be held against others, nor a parent, nor cited as copied, and its text is free', () => {
    const { world, contribution, source, datanet } = two();
    fall(world, source, voided);
    const subject = declaredSubject(world.view, contribution, world.height);
    expect(subject.ok && subject.value.earlier(source)).toBeUndefined();
    // What is declared to stand in it may yet be shown not to.
    expect(subject.ok && subject.value.cited(source)).toEqual({
      contribution: source,
      root: bytes32('source'),
      items: 1,
    });
    const again = commitAs(world, alice, datanet, 'again');
    world.block();
    const payload = reveal(again, datanet, 'again', { digest: bytes32('digest source') });
    expect(world.refusal(alice, dataContribution, { ...payload, parents: [source] })).toBe(
      'CONTRIBUTION_PARENT_UNKNOWN',
    );
    const run = { item: 0, start: 0, end: 20, contribution: source, sourceItem: 0, sourcePos: 0 };
    expect(world.refusal(alice, dataContribution, { ...payload, copied: [run] })).toBe(
      'CONTRIBUTION_COPIED_SOURCE',
    );
    expect(world.refusal(alice, dataContribution, payload)).toBe('success');
  });

  it('may be a commons, which has no bond and no shares', () => {
    const world = new World(everyone);
    const commons = { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n };
    createDatanet(world, { commons });
    const subject = declaredSubject(world.view, 1, world.height);
    expect(subject).toMatchObject({
      value: {
        root: commons.root,
        items: 1,
        passages: { root: PassagesType.root([]) },
        novelRuns: { root: NovelRunsType.root([]) },
      },
    });
    expect(fall(world, 1, voided).fell).toEqual({ ok: true, value: { reward: 0n, burned: 0n } });
    expect(isEligible(acceptedOf(world.view, 1))).toBe(false);
  });
});

describe('a commons that is void', () => {
  it('takes nothing from the first contribution, which stands at its acceptance among the shares', () => {
    const world = new World(everyone);
    const commons = { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n };
    const datanet = createDatanet(world, { commons });
    const first = contribute(world, bob, datanet, 'first', twoRuns);
    const claim = { contributions: [first], models: [], stake: false };
    payRemainder(world, datanet, 1, 600n);
    world.run(bob, rewardClaim, claim);
    // From here on it has a period of its own.
    fall(world, first, harvest(0, 40));
    payRemainder(world, datanet, 1, 200n);
    const treasury = potTotal(world.view, 'treasury');
    fall(world, 1, { type: 'contribution', reason: 'MALFORMED_COUNT' });
    expect(potTotal(world.view, 'treasury')).toBe(treasury);
    expect(infoOf(world, first).accepted).toMatchObject({
      earned: { remainder: 800n },
      novelTokensLeft: 20n,
    });
    const { events } = world.run(bob, rewardClaim, claim);
    expect(events).toMatchObject([{ type: 'rewardsClaimed', data: { sources: { remainder: 200n } } }]);
    const accepted = acceptedOf(world.view, 1);
    if (accepted === undefined) throw new Error('a commons');
    expect(contributionEarned(world.view, 1, accepted).remainder).toBe(0n);
  });
});

describe('a claim of rewards', () => {
  it('is refused where more was claimed than is earned, and stops no chain', () => {
    const { world, contribution, datanet } = two();
    payRemainder(world, datanet, 2, 1_600n);
    const claim = { contributions: [contribution], models: [], stake: false };
    world.run(alice, rewardClaim, claim);
    // Something like it can only come from a fault elsewhere.
    const period = [...world.state.keys()].filter((key) => /^novelty\/.*\d$/.test(key));
    for (const key of period) world.state.delete(key);
    expect(world.refusal(alice, rewardClaim, claim)).toBe('REWARD_OVERCLAIMED');
  });
});

describe('a contribution that says to be copied from one under review', () => {
  const citing = () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const source = submit(world, bob, datanet, 'source');
    const run = { item: 0, start: 0, end: 20, contribution: source, sourceItem: 0, sourcePos: 0 };
    const contribution = submit(world, alice, datanet, 'copy', { copied: [run] });
    const judge = (which: number, verdict: 'accept' | 'reject') =>
      reviewers
        .slice(0, 2)
        .map((reviewer) => world.refusal(reviewer, contributionReview, review(which, { verdict })));
    return { world, datanet, source, contribution, judge };
  };

  it('is accepted after it, and not before', () => {
    const { world, source, contribution, judge } = citing();
    expect(judge(contribution, 'accept')).toEqual(['success', 'CONTRIBUTION_SOURCE_OPEN']);
    expect(judge(source, 'accept')).toEqual(['success', 'success']);
    const [, second] = reviewers;
    expect(world.refusal(second, contributionReview, review(contribution))).toBe('success');
    expect(infoOf(world, contribution).standing.stage).toBe('accepted');
  });

  it('is never accepted if that is rejected, and then has its bond back', () => {
    const { world, source, contribution, judge } = citing();
    expect(judge(source, 'reject')).toEqual(['success', 'success']);
    const before = world.balance(alice);
    expect(judge(contribution, 'accept')).toEqual(['success', 'success']);
    expect(infoOf(world, contribution).standing).toMatchObject({ stage: 'undecided' });
    expect(world.balance(alice)).toBe(before + 500n);
    expect(acceptedOf(world.view, contribution)).toBeUndefined();
  });

  it('waits a thousand blocks for it, and has its bond back then', () => {
    const { world, contribution, judge } = citing();
    world.until(world.height + 990n);
    expect(judge(contribution, 'accept')).toEqual(['success', 'CONTRIBUTION_SOURCE_OPEN']);
    world.until(world.height + 20n);
    const before = world.balance(alice);
    expect(world.refusal(reviewers[1], contributionReview, review(contribution))).toBe('success');
    expect(infoOf(world, contribution).standing).toMatchObject({ stage: 'undecided' });
    expect(world.balance(alice)).toBe(before + 500n);
  });

  it('may cite so many of them, and no more', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const sources = Array.from({ length: OPEN_SOURCES_MAX + 1 }, (_, i) =>
      submit(world, bob, datanet, `source ${i}`),
    );
    const contribution = commitAs(world, alice, datanet, 'copy');
    world.block();
    const tokens = 16n * BigInt(sources.length);
    const copied = sources.map((each, i) => ({
      item: 0,
      start: 16 * i,
      end: 16 * i + 16,
      contribution: each,
      sourceItem: 0,
      sourcePos: 0,
    }));
    const payload = reveal(contribution, datanet, 'copy', { tokens, bytes: tokens, copied, novelRuns: [] });
    expect(world.refusal(alice, dataContribution, payload)).toBe('CONTRIBUTION_OPEN_SOURCES');
    const fewer = { ...payload, copied: copied.slice(1) };
    expect(world.refusal(alice, dataContribution, fewer)).toBe('success');
  });
});

describe('what a challenge may be against', () => {
  it('is what was accepted', () => {
    const world = new World(everyone);
    const datanet = createDatanet(world);
    const contribution = submit(world, alice, datanet, 'under review');
    for (const each of [contribution, contribution + 1])
      expect(declaredSubject(world.view, each, world.height)).toMatchObject({
        fault: { code: 'DECLARATION_NOT_ACCEPTED' },
      });
  });

  it('is held against what is earlier, of its Datanet, and accepted', () => {
    const world = new World(everyone);
    const commons = { root: bytes32('notice'), items: 2, tokens: 40n, bytes: 200n };
    const datanet = createDatanet(world, { commons });
    const other = createDatanet(world);
    const elsewhere = contribute(world, bob, other, 'elsewhere');
    const open = submit(world, bob, datanet, 'open');
    const earlier = contribute(world, bob, datanet, 'earlier');
    const contribution = contribute(world, alice, datanet, 'mine');
    const later = contribute(world, bob, datanet, 'later');
    const subject = declaredSubject(world.view, contribution, world.height);
    if (!subject.ok) throw new Error(subject.fault.message);
    expect(subject.value.earlier(1)).toEqual({ contribution: 1, root: commons.root, items: 2 });
    expect(subject.value.earlier(earlier)).toEqual({
      contribution: earlier,
      root: bytes32('earlier'),
      items: 1,
    });
    for (const none of [elsewhere, open, contribution, later, 0, 99])
      expect(subject.value.earlier(none)).toBeUndefined();
  });
});
