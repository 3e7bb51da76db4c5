/** What reviewers answer for: the bond of a review that accepts, and what it can be lost for. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FullDeclaration } from '../../../../src/attribution/declaration.ts';
import { declarationFault } from '../../../../src/attribution/declaration-check.ts';
import { provePassages } from '../../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import type { ContributionId, DatanetId } from '../../../../src/lib/ids.ts';
import { derivePassages } from '../../../../state/attribution/declaration.ts';
import type { Opening } from '../../../../state/attribution/openings.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { acceptedOf, isEligible, standingOf } from '../../../../state/modules/data/contributions.ts';
import { COMMIT_WAIT_BLOCKS } from '../../../../state/modules/disputes/declarations.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { contributionReview } from '../../../../state/tx/contribution-review.ts';
import {
  ALICE,
  BOB,
  contributeTexts,
  demandOf,
  eventOf,
  onContribution,
  overlapOf,
  type TextContribution,
  watcher,
} from './dispute-scenes.ts';
import {
  alice,
  bob,
  contribute,
  createDatanet,
  creator,
  everyone,
  review,
  reviewers,
  submit,
} from './scenes.ts';
import { type Actor, actor, World } from './world.ts';

const [first, second, third] = reviewers;
const BOND = 20n;

const locked = (world: World) => potTotal(world.view, 'reviewBonds');
const bondsOf = (world: World, contribution: ContributionId) =>
  standingOf(world.view, contribution).reviews.map(({ bond }) => bond);
/** The balances without gas, which goes to a pot: what they are less after this than before. */
const change = (world: World, who: Actor, what: () => void): bigint => {
  const before = world.balance(who);
  what();
  return world.balance(who) - before;
};

describe('a review that accepts', () => {
  let world: World;
  let datanet: DatanetId;
  beforeEach(() => {
    world = new World(everyone);
    datanet = createDatanet(world);
  });

  it('locks the bond of its reviewer, and one that rejects locks nothing', () => {
    const contribution = submit(world, alice, datanet, 'text');
    world.run(first, contributionReview, review(contribution, { verdict: 'reject' }));
    expect(locked(world)).toBe(0n);
    const ran = world.run(second, contributionReview, review(contribution));
    expect(locked(world)).toBe(BOND);
    expect(bondsOf(world, contribution)).toEqual([0n, BOND]);
    expect(eventOf(ran, 'contributionReviewed')).toMatchObject({ verdict: 'accept', bond: '20' });
  });

  it('is refused to who cannot pay the bond, and rejecting is not', () => {
    const dear = new World(everyone, (params) => ({
      ...params,
      contribution: { ...params.contribution, reviewBond: 2_000_000n * 10n ** 18n },
    }));
    const contribution = submit(dear, alice, createDatanet(dear), 'text');
    expect(dear.refusal(first, contributionReview, review(contribution))).toBe('BALANCE_TOO_LOW');
    expect(dear.refusal(first, contributionReview, review(contribution, { verdict: 'reject' }))).toBe(
      'success',
    );
  });

  it('locks nothing on a chain that asks for no bond', () => {
    const free = new World(everyone, (params) => ({
      ...params,
      contribution: { ...params.contribution, reviewBond: 0n },
    }));
    const contribution = contribute(free, alice, createDatanet(free), 'text');
    expect(bondsOf(free, contribution)).toEqual([0n, 0n]);
    free.until(free.height + 50n);
    expect(free.lastEnd).toEqual([]);
  });

  it('gets its bond back together with the owner’s, at the end of the declaration window', () => {
    const contribution = contribute(world, alice, datanet, 'text');
    const last = world.height + BigInt(world.params.contribution.declarationWindow);
    world.until(last - 1n);
    expect(locked(world)).toBe(2n * BOND);
    expect(change(world, first, () => world.block())).toBe(BOND);
    expect(world.lastEnd.map(({ type }) => type)).toEqual([
      'reviewBondReturned',
      'reviewBondReturned',
      'contributionBondReturned',
    ]);
    expect(bondsOf(world, contribution)).toEqual([0n, 0n]);
    expect(locked(world)).toBe(0n);
  });

  it('gets its bond back at once where others reject the contribution, or no quorum decides', () => {
    const rejected = submit(world, alice, datanet, 'bad');
    world.run(first, contributionReview, review(rejected));
    world.run(second, contributionReview, review(rejected, { verdict: 'reject' }));
    const back = change(world, first, () =>
      world.run(third, contributionReview, review(rejected, { verdict: 'reject' })),
    );
    expect(back).toBe(BOND);
    // Its owner is one of the reviewers, and the other two do not agree.
    const undecided = submit(world, third, datanet, 'contested');
    world.run(first, contributionReview, review(undecided));
    world.run(second, contributionReview, review(undecided, { verdict: 'reject' }));
    expect(standingOf(world.view, undecided).stage).toBe('undecided');
    expect(locked(world)).toBe(0n);
  });

  it('counts alike for the owner of the Datanet', () => {
    const own = createDatanet(world, { reviewers: [creator, first].map(({ address }) => address) });
    const contribution = submit(world, alice, own, 'text');
    for (const reviewer of [creator, first]) world.run(reviewer, contributionReview, review(contribution));
    expect(bondsOf(world, contribution)).toEqual([BOND, BOND]);
  });

  it('can be withdrawn, with its bond, until the contribution is decided', () => {
    const contribution = submit(world, alice, datanet, 'text');
    const withdraw = review(contribution, { verdict: 'withdraw' });
    expect(world.refusal(first, contributionReview, withdraw)).toBe('REVIEW_NONE');
    world.run(first, contributionReview, review(contribution));
    const ran = world.run(first, contributionReview, withdraw);
    expect(eventOf(ran, 'reviewWithdrawn')).toMatchObject({ contribution, returned: '20' });
    expect(standingOf(world.view, contribution).reviews).toEqual([]);
    expect(locked(world)).toBe(0n);
    // What was withdrawn counts for nothing, and another review may follow.
    world.run(second, contributionReview, review(contribution));
    expect(standingOf(world.view, contribution).stage).toBe('review');
    world.run(first, contributionReview, review(contribution));
    expect(standingOf(world.view, contribution).stage).toBe('accepted');
    expect(world.refusal(first, contributionReview, withdraw)).toBe('REVIEW_STAGE');
    expect(world.refusal(third, contributionReview, withdraw)).toBe('REVIEW_NONE');
    expect(world.refusal(first, contributionReview, { ...withdraw, contribution: 99 })).toBe(
      'CONTRIBUTION_UNKNOWN',
    );
  });
});

describe('the bond of a review', () => {
  let world: World;
  let datanet: DatanetId;
  let index: DatanetIndex;
  let early: TextContribution;

  beforeEach(() => {
    world = new World([...everyone, watcher]);
    datanet = createDatanet(world, { bondPerByte: 0n });
    index = new DatanetIndex(infoTable());
    early = contributeTexts(world, alice, datanet, ALICE, index);
    // From here on everyone could have known of it.
    world.until(world.height + COMMIT_WAIT_BLOCKS);
  });

  type Lie = (truth: FullDeclaration) => Partial<FullDeclaration>;
  type False = readonly [name: string, lie: Lie, witness: (late: TextContribution) => Witness];

  const passagesOf = ({ declared }: TextContribution) => provePassages(derivePassages(declared).passages);
  const headOf = (opening: Opening) => {
    if (opening.type !== 'item') throw new Error('an item');
    return opening.value;
  };
  const passage = (late: TextContribution): Witness => ({
    type: 'passage',
    value: {
      passages: passagesOf(late).open(0, 1),
      start: 20,
      end: 36,
      own: late.evidence(0).open(20, 36),
      contribution: early.contribution,
      item: 1,
      pos: 20,
      source: early.evidence(1).open(20, 36),
    },
  });
  const novelty: Lie = () => ({
    novelRuns: [
      { item: 0, start: 0, end: 200 },
      { item: 1, start: 0, end: 40 },
    ],
  });

  const FALSE: readonly False[] = [
    ['novel words that an earlier contribution has', novelty, (late) => overlapOf(late, early)],
    ['a copy that is left out', () => ({ copied: [] }), passage],
    [
      'a copy that is none',
      ({ copied }) => ({
        copied: [
          ...copied,
          { item: 1, start: 0, end: 20, contribution: early.contribution, sourceItem: 0, sourcePos: 0 },
        ],
      }),
      (late) => ({
        type: 'copied',
        value: {
          passages: passagesOf(late).open(1, 1),
          at: 3,
          own: late.evidence(1).open(3, 4),
          source: early.evidence(0).open(3, 4),
        },
      }),
    ],
    [
      'the lengths of items',
      () => ({
        shapes: [
          { tokens: 199, promptTokens: 0 },
          { tokens: 41, promptTokens: 0 },
        ],
        copied: [],
        novelRuns: [],
      }),
      (late) => ({
        type: 'border',
        value: { passages: passagesOf(late).open(0, 2), item: headOf(late.evidence(0).open(0, 0)) },
      }),
    ],
  ];

  const challenge = (contribution: ContributionId, witness: Witness, by = watcher) =>
    world.run(by, attributionChallenge, onContribution({ contribution }, witness));

  it.each(FALSE)('is slashed if what was declared is false: %s', (_, lie, witness) => {
    const burned = potTotal(world.view, 'burnedBonds');
    const late = contributeTexts(world, bob, datanet, BOB, index, lie);
    // Those of the contribution before it, too.
    expect(locked(world)).toBe(4n * BOND);
    const ran = challenge(late.contribution, witness(late));
    expect(locked(world)).toBe(2n * BOND);
    expect(bondsOf(world, late.contribution)).toEqual([0n, 0n]);
    // Half of bob's 100, and of 20 for each of the two reviewers.
    expect(potTotal(world.view, 'burnedBonds') - burned).toBe(70n);
    expect(ran.events.filter(({ type }) => type === 'reviewBondSlashed')).toMatchObject(
      [first, second].map(({ address }) => ({
        data: {
          contribution: late.contribution,
          reviewer: address,
          challenger: watcher.address,
          reward: 10n,
          burned: 10n,
        },
      })),
    );
    // Nothing of it comes back.
    const poorer = change(world, first, () => world.until(world.height + 50n));
    expect(poorer).toBe(BOND);
  });

  it.each(FALSE)('is slashed for nothing that the client of a reviewer lets pass: %s', (_, lie) => {
    let truth: FullDeclaration | undefined;
    const late = contributeTexts(world, bob, datanet, BOB, index, (declared) => {
      truth = declared;
      return lie(declared);
    });
    const texts = new Map([early, late].map(({ contribution, items }) => [contribution, items]));
    const itemTokens = (contribution: ContributionId, item: number) => texts.get(contribution)?.[item];
    if (truth === undefined) throw new Error('it was declared');
    expect(declarationFault(late.contribution, truth, truth, itemTokens)).toBeUndefined();
    expect(declarationFault(late.contribution, late.declared, truth, itemTokens)).toBeDefined();
  });

  it('is slashed once, whatever else is shown later', () => {
    const late = contributeTexts(world, bob, datanet, BOB, index, (truth) => ({
      ...novelty(truth),
      copied: [],
    }));
    challenge(late.contribution, overlapOf(late, early));
    expect(isEligible(acceptedOf(world.view, late.contribution))).toBe(true);
    const burned = potTotal(world.view, 'burnedBonds');
    challenge(late.contribution, passage(late));
    expect(isEligible(acceptedOf(world.view, late.contribution))).toBe(false);
    expect(potTotal(world.view, 'burnedBonds')).toBe(burned);
  });

  it('is lost in part by all together: a contributor, its reviewers and the challenger gain nothing by it', () => {
    const party = [bob, first, second, watcher];
    const wealth = () => party.reduce((sum, each) => sum + world.balance(each), 0n);
    const before = wealth();
    const late = contributeTexts(world, bob, datanet, BOB, index, () => ({ copied: [] }));
    challenge(late.contribution, passage(late));
    // The bonds for alice's contribution are back by then. Gas comes on top.
    world.until(world.height + 50n);
    expect(wealth()).toBeLessThanOrEqual(before + 2n * BOND - 70n);
  });

  it('is not slashed for a copy of what was accepted only when the owner could not know it any more', () => {
    // An accomplice has the lower contribution id, and shows its text when the reviewers have voted.
    const fresh = new World([...everyone, watcher]);
    const place = createDatanet(fresh, { bondPerByte: 0n });
    const before = new DatanetIndex(infoTable());
    let late: TextContribution | undefined;
    const source = contributeTexts(fresh, alice, place, ALICE, before, undefined, undefined, () => {
      late = contributeTexts(fresh, bob, place, BOB, new DatanetIndex(infoTable()));
    });
    if (late === undefined) throw new Error('it was contributed');
    expect(source.contribution).toBeLessThan(late.contribution);
    const held = locked(fresh);
    const witness: Witness = {
      type: 'passage',
      value: {
        passages: passagesOf(late).open(0, 1),
        start: 20,
        end: 36,
        own: late.evidence(0).open(20, 36),
        contribution: source.contribution,
        item: 1,
        pos: 20,
        source: source.evidence(1).open(20, 36),
      },
    };
    const ran = fresh.run(watcher, attributionChallenge, onContribution(late, witness));
    expect(eventOf(ran, 'declarationStruck')).toMatchObject({ falls: 'passage', atFault: false });
    const overlap = fresh.run(watcher, attributionChallenge, onContribution(late, overlapOf(late, source)));
    expect(eventOf(overlap, 'declarationStruck')).toMatchObject({ falls: 'novelRun', atFault: false });
    expect(locked(fresh)).toBe(held);
    expect(bondsOf(fresh, late.contribution)).toEqual([BOND, BOND]);
  });

  it('is not slashed for a text that its owner withholds once it is accepted, and comes back', () => {
    const { contribution } = early;
    world = new World([...everyone, watcher]);
    datanet = createDatanet(world, { bondPerByte: 1n });
    const shown = contributeTexts(world, alice, datanet, ALICE, new DatanetIndex(infoTable()));
    challenge(shown.contribution, demandOf('source', { contribution, item: 1, count: 1 }));
    world.until(world.height + BigInt(world.params.attribution.answerWindow));
    // The owner has lost its bond, and the contribution is void; the reviewers saw the text when they accepted it.
    expect(standingOf(world.view, shown.contribution)).toMatchObject({ stage: 'void', bond: 0n });
    expect(bondsOf(world, shown.contribution)).toEqual([BOND, BOND]);
    expect(change(world, first, () => world.until(world.height + 40n))).toBe(BOND);
    expect(locked(world)).toBe(0n);
  });

  it('is not held against a reviewer any more when the declaration window is over', () => {
    const late = contributeTexts(world, bob, datanet, BOB, index, () => ({ copied: [] }));
    world.until(world.height + BigInt(world.params.contribution.declarationWindow));
    expect(locked(world)).toBe(0n);
    const burned = potTotal(world.view, 'burnedBonds');
    challenge(late.contribution, passage(late));
    expect(isEligible(acceptedOf(world.view, late.contribution))).toBe(false);
    expect(potTotal(world.view, 'burnedBonds')).toBe(burned);
  });

  it('is not lost by who rejected what others accepted', () => {
    const fresh = new World([...everyone, watcher, actor('judge')]);
    const place = createDatanet(fresh);
    const contribution = submit(fresh, alice, place, 'text');
    fresh.run(third, contributionReview, review(contribution, { verdict: 'reject' }));
    for (const reviewer of [first, second]) fresh.run(reviewer, contributionReview, review(contribution));
    expect(bondsOf(fresh, contribution)).toEqual([0n, BOND, BOND]);
  });
});
