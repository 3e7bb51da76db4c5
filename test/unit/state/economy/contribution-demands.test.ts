/** DEMANDs on contributions: a text that nobody shows must not keep the models that draw on it waiting for ever. */

import { beforeEach, describe, expect, it } from 'vitest';
import { provePassages } from '../../../../src/attribution/evidence/declared.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import type { DatanetId } from '../../../../src/lib/ids.ts';
import { derivePassages } from '../../../../state/attribution/declaration.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { acceptedOf, isEligible, standingOf } from '../../../../state/modules/data/contributions.ts';
import { novelTokensLeft, shareOf } from '../../../../state/modules/data/novelty-shares.ts';
import { challengeOf } from '../../../../state/modules/disputes/challenges.ts';
import { contributionDemands } from '../../../../state/modules/disputes/declaration-disputes.ts';
import { openDemandsOf } from '../../../../state/modules/disputes/demands.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import {
  ALICE,
  answerAs,
  BOB,
  contributeTexts,
  demandOf,
  eventOf,
  helper,
  onContribution,
  overlapOf,
  type TextContribution,
  watcher,
} from './dispute-scenes.ts';
import { alice, bob, createDatanet, everyone } from './scenes.ts';
import { World } from './world.ts';

let world: World;
let datanet: DatanetId;
let index: DatanetIndex;
let early: TextContribution;

const ANSWER = 10n;

beforeEach(() => {
  world = new World([...everyone, watcher, helper]);
  datanet = createDatanet(world, { bondPerByte: 1n });
  index = new DatanetIndex(infoTable());
  early = contributeTexts(world, alice, datanet, ALICE, index);
});

const ask = (change: object = {}): Witness =>
  demandOf('source', { contribution: early.contribution, item: 1, count: 4, ...change });
const challenge = (witness: Witness, contribution = early.contribution) =>
  world.run(watcher, attributionChallenge, onContribution({ contribution }, witness));
const refusal = (witness: Witness, contribution = early.contribution) =>
  world.refusal(watcher, attributionChallenge, onContribution({ contribution }, witness));
const isVoid = ({ contribution }: TextContribution) => !isEligible(acceptedOf(world.view, contribution));

describe('a DEMAND on a contribution', () => {
  it('names chunks of one of its items', () => {
    const refused = [
      ask({ contribution: early.contribution + 1 }),
      ask({ item: 2 }),
      ask({ count: 0 }),
      ask({ count: 65 }),
      ask({ first: 1023, count: 2 }),
      demandOf('output', { contribution: early.contribution }),
      demandOf('prompt', { contribution: early.contribution }),
    ];
    for (const witness of refused) expect(refusal(witness)).toBe('WITNESS_DEMAND');
    expect(refusal(ask(), 99)).toBe('DECLARATION_NOT_ACCEPTED');
    // What fails costs its fee alone: that has to pay for the reading.
    expect(attributionChallenge.gas(onContribution({ contribution: 99 }, ask()), world.params)).toBe(50_000n);
  });

  it('that nobody answers makes it void, and takes its bond', () => {
    const { challengeBond } = world.params.attribution;
    const { bond } = standingOf(world.view, early.contribution);
    expect(bond).toBeGreaterThan(0n);
    const demand = challenge(ask());
    const before = world.balance(watcher);
    world.until(world.height + ANSWER - 1n);
    expect(isVoid(early)).toBe(false);
    world.block();
    expect(isVoid(early)).toBe(true);
    expect(challengeOf(world.view, demand.id)).toMatchObject({ state: 'unanswered' });
    expect(world.balance(watcher) - before).toBe(challengeBond + bond / 2n);
    expect(standingOf(world.view, early.contribution)).toMatchObject({ stage: 'void', bond: 0n });
    const accepted = acceptedOf(world.view, early.contribution);
    const share = accepted && shareOf(accepted);
    expect(share && novelTokensLeft(world.view, datanet, share)).toBe(0n);
    expect(refusal(ask({ item: 0 }))).toBe('DECLARATION_VOID');
  });

  it('that is answered changes nothing of it, and is not asked again', () => {
    const { bond } = standingOf(world.view, early.contribution);
    const demand = challenge(ask());
    const answered = answerAs(world, demand.id, early.evidence(1).openChunks(0, 4));
    expect(eventOf(answered, 'demandAnswered')).toMatchObject({ finalAt: null, target: 'contribution' });
    world.until(world.height + ANSWER);
    expect(isVoid(early)).toBe(false);
    expect(standingOf(world.view, early.contribution).bond).toBe(bond);
    expect(refusal(ask())).toBe('DEMAND_REPEATED');
    expect(refusal(ask({ first: 1, count: 2 }))).toBe('DEMAND_REPEATED');
    expect(refusal(ask({ item: 0, count: 1 }))).toBe('success');
  });

  it('past the end of an item is answered by showing that it ends there', () => {
    // 200 tokens: four chunks.
    const demand = challenge(ask({ first: 4, count: 64 }));
    answerAs(world, demand.id, early.evidence(1).openChunks(0, 0));
    expect(challengeOf(world.view, demand.id)).toMatchObject({ state: 'answered' });
  });

  it('has at most four open beside it, at a price that stays while a place is free', () => {
    const { demandCost } = world.params.attribution;
    for (const first of [0, 1, 2, 3]) challenge(ask({ first, count: 1 }));
    expect(refusal(ask({ item: 0, count: 1 }))).toBe('DEMAND_PLACES');
    const open = openDemandsOf(world.view, contributionDemands(early.contribution));
    expect(open.map(({ demand }) => demand?.cost)).toEqual([demandCost, demandCost, demandCost, demandCost]);
    for (const [first, { id }] of open.entries()) answerAs(world, id, early.evidence(1).openChunks(first, 1));
    // One was answered while there was no place for anybody else's.
    const next = challenge(ask({ item: 0, count: 1 }));
    expect(challengeOf(world.view, next.id)?.demand?.cost).toBe(2n * demandCost);
  });

  it('is moot when a passage is struck by fault, which makes the contribution void', () => {
    world.until(world.height + 11n);
    const hiding = contributeTexts(world, bob, datanet, BOB, index, () => ({ copied: [] }));
    const demand = challenge(ask({ contribution: hiding.contribution, item: 0 }), hiding.contribution);
    challenge(
      {
        type: 'passage',
        value: {
          passages: provePassages(derivePassages(hiding.declared).passages).open(0, 1),
          start: 0,
          end: 16,
          own: hiding.evidence(0).open(0, 16),
          contribution: early.contribution,
          item: 1,
          pos: 0,
          source: early.evidence(1).open(0, 16),
        },
      },
      hiding.contribution,
    );
    expect(isVoid(hiding)).toBe(true);
    expect(challengeOf(world.view, demand.id)).toMatchObject({ state: 'moot' });
    expect(potTotal(world.view, 'challengeBonds')).toBe(0n);
    expect(
      world.refusal(helper, attributionAnswer, {
        demand: demand.id,
        opening: hiding.evidence(0).openChunks(0, 1),
      }),
    ).toBe('DEMAND_CLOSED');
    // Its deadline passes, and nothing is left to fall.
    world.until(world.height + ANSWER + 1n);
  });

  it('stays open while a part of the declaration falls, and is moot when the contribution does', () => {
    const late = contributeTexts(world, bob, datanet, BOB, index, () => ({
      novelRuns: [
        { item: 0, start: 0, end: 200 },
        { item: 1, start: 0, end: 40 },
      ],
    }));
    const demand = challenge(ask({ contribution: late.contribution, item: 0 }), late.contribution);
    const other = challenge(ask({ contribution: late.contribution, item: 1, count: 1 }), late.contribution);
    challenge(overlapOf(late, early), late.contribution);
    expect(challengeOf(world.view, demand.id)).toMatchObject({ state: 'open' });
    world.until(world.height + ANSWER);
    expect(isVoid(late)).toBe(true);
    expect(challengeOf(world.view, demand.id)).toMatchObject({ state: 'unanswered' });
    expect(challengeOf(world.view, other.id)).toMatchObject({ state: 'moot' });
    expect(potTotal(world.view, 'challengeBonds')).toBe(0n);
    expect(
      world.refusal(helper, attributionAnswer, {
        demand: other.id,
        opening: late.evidence(1).openChunks(0, 1),
      }),
    ).toBe('DEMAND_CLOSED');
  });
});
