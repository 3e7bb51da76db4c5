/** Disputes over the chunks that a claim picks, on a chain with real texts. */
import { describe, expect, it } from 'vitest';
import { witnessOfExcuse, witnessOfSections } from '../../../../src/attribution/prover/sections-witness.ts';
import { type Root, toHeight, ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import type { Excuse } from '../../../../state/attribution/excuses.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { acceptedOf } from '../../../../state/modules/data/contributions.ts';
import { challengeOf } from '../../../../state/modules/disputes/challenges.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { knownVersion } from '../../../../state/modules/models/models.ts';
import { backingOf } from '../../../../state/modules/receipts/backing.ts';
import { eligibleContributions } from '../../../../state/queries/contributions.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { attributionBacking } from '../../../../state/tx/attribution-backing.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { attributionExcuse } from '../../../../state/tx/attribution-excuse.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { bytesKey } from '../../../../state/view.ts';
import {
  answerAs,
  challengeAs,
  challengeRefusal,
  demandOf,
  eventOf,
  helper,
  onContribution,
  type ReceiptPlace,
  watcher,
} from './dispute-scenes.ts';
import { malformedWitness, spoilt } from './lies.ts';
import {
  holders,
  outdoneScene,
  phrasesOf,
  SHARED_AT,
  second,
  shownOf,
  trueExcuses,
} from './outdone-scene.ts';
import { attestor, sendReceipts } from './scenes.ts';
import { type Actor, bytes32 } from './world.ts';

describe('a true claim', () => {
  const made = outdoneScene();
  const { world, ids, sections, settle, statusOf, against } = made;
  const { challengeBond, demandCost, answerWindow, challengeWindow } = world.params.attribution;
  const shown = against({ type: 'outdone', section: 0, step: 0, picked: shownOf(made) });
  const excuse = (challenge: Root, excuses: readonly Excuse[], by = attestor) =>
    world.refusal(by, attributionExcuse, { challenge, excuses });

  it('picks the first of those that bear the same phrases, and then the one that has others', () => {
    expect(sections[0]?.picks.map(({ contribution, phrases }) => [contribution, phrases.length])).toEqual([
      [ids[0], 3],
      [ids[3], 2],
    ]);
  });

  it('takes no excuses that name no such places', () => {
    let ran = challengeAs(world, settle(), shown);
    const few = trueExcuses(ids).slice(0, 1);
    expect(excuse(ran.id, trueExcuses(ids), helper)).toBe('EXCUSE_ATTESTOR');
    expect(excuse(ran.id, [])).toBe('EXCUSE_LEFT');
    expect(excuse(ran.id, few)).toBe('EXCUSE_LEFT');
    expect(excuse(ran.id, [...few, ...few])).toBe('EXCUSE_PHRASE');
    const bad = (places: ReturnType<typeof holders>): Excuse => ({
      phrase: 0,
      reason: { type: 'holders', value: { places } },
    });
    const others = trueExcuses(ids).slice(1);
    ran = challengeAs(world, settle(), shown);
    expect(excuse(ran.id, [bad(holders(ids, 30).slice(1))])).toBe('EXCUSE_HOLDERS');
    expect(excuse(ran.id, [bad(holders(ids, 30).toReversed())])).toBe('EXCUSE_HOLDERS');
    expect(excuse(ran.id, [bad(holders([ids[0] ?? 0, ids[1] ?? 0, ids[3] ?? 0], 30))])).toBe(
      'EXCUSE_HOLDERS',
    );
    expect(excuse(ran.id, [bad(holders(ids, 64))])).toBe('EXCUSE_HOLDERS');
    const past = holders(ids, 30).map((each) => ({ ...each, chunk: 9 }));
    expect(excuse(ran.id, [bad(past), ...others])).toBe('CLAIM_PICK_RANGE');
    const [first = 0, second = 0] = ids;
    const ineligible = holders([first - 1, first, second], 30);
    expect(excuse(ran.id, [bad(ineligible), ...others])).toBe('CLAIM_INELIGIBLE');
    // What takes no read of the state is checked first.
    expect(excuse(ran.id, [bad(past)])).toBe('EXCUSE_LEFT');
    expect(excuse(ran.id, [{ phrase: 0, reason: { type: 'prompt', value: { place: 28 } } }])).toBe(
      'EXCUSE_PROMPT',
    );
    expect(excuse(bytes32('none'), trueExcuses(ids))).toBe('DEMAND_UNKNOWN');
  });

  it('is not read again to check excuses', () => {
    const place = settle();
    const ran = challengeAs(world, place, shown);
    expect(challengeOf(world.view, ran.id)?.outdone?.outdone.pick).toEqual({
      contribution: ids[0],
      item: 0,
      chunk: 0,
      bits: phrasesOf(sections[0]?.picks[0]).reduce((sum, { bits }) => sum + bits, 0),
    });
    const key = `settlements/${bytesKey(place.settlement)}/claims`;
    const claims = world.state.get(key);
    if (claims === undefined) throw new Error('a settlement keeps its claims');
    world.state.delete(key);
    expect(excuse(ran.id, trueExcuses(ids).slice(1))).toBe('EXCUSE_LEFT');
    expect(excuse(ran.id, trueExcuses(ids))).toBe('success');
    world.state.set(key, claims);
  });

  it('stands by excuses, which only its attestor may give, and the window begins anew', () => {
    const place = settle();
    const ran = challengeAs(world, place, shown);
    expect(challengeOf(world.view, ran.id)).toMatchObject({ state: 'open', bond: challengeBond });
    expect(eventOf(ran, 'outdoneOpened')).toMatchObject({
      outdone: { section: 0, step: 0, contribution: ids[3], phrases: 5 },
    });
    const burned = potTotal(world.view, 'burnedBonds');
    const held = potTotal(world.view, 'challengeBonds');
    const answered = world.run(attestor, attributionExcuse, {
      challenge: ran.id,
      excuses: trueExcuses(ids),
    });
    expect(eventOf(answered, 'demandAnswered')).toMatchObject({
      reward: '0',
      burned: '0',
      finalAt: String(world.height + BigInt(challengeWindow)),
    });
    expect(eventOf(answered, 'demandClosed')).toMatchObject({ returned: String(challengeBond - demandCost) });
    // The price waits for the end of the claim.
    expect(held - potTotal(world.view, 'challengeBonds')).toBe(challengeBond - demandCost);
    expect(potTotal(world.view, 'burnedBonds')).toBe(burned);
    expect(challengeOf(world.view, ran.id)).toMatchObject({
      state: 'answered',
      outdone: { excuses: trueExcuses(ids) },
    });
    expect(excuse(ran.id, trueExcuses(ids))).toBe('DEMAND_CLOSED');
    // What an excuse names may be demanded from now on.
    const asked = demandOf('source', { contribution: ids[1], item: 0, first: 0, count: 1 });
    const demand = challengeAs(world, place, asked);
    answerAs(world, demand.id, made.openers.source(ids[1] ?? 0, 0).open(0, 1));
    // A true excuse falls to nothing.
    const finding = { type: 'excuse', excuse: 1, holder: 2, at: 1 } as const;
    const known = challengeOf(world.view, ran.id)?.outdone;
    if (known === undefined) throw new Error('it was answered');
    const refuted = challengeAs(world, place, witnessOfExcuse(finding, ran.id, known, made.openers));
    expect(challengeOf(world.view, refuted.id)).toMatchObject({ state: 'refuted', code: 'WITNESS_HOLDS' });
    const before = { burned: potTotal(world.view, 'burnedBonds'), rewards: totalsOf(world.view).bondRewards };
    const [heldBefore, attestorHad] = [potTotal(world.view, 'challengeBonds'), world.balance(attestor)];
    world.until(world.height + BigInt(challengeWindow) + 1n);
    expect(statusOf(place)).toBe('final');
    const reward = demandCost / 2n;
    expect(potTotal(world.view, 'burnedBonds') - before.burned).toBe(demandCost - reward);
    expect(totalsOf(world.view).bondRewards - before.rewards).toBe(reward);
    expect(world.balance(attestor) - attestorHad).toBeGreaterThanOrEqual(reward);
    expect(heldBefore - potTotal(world.view, 'challengeBonds')).toBe(demandCost);
  });

  it('is excused by what became void since it was settled', () => {
    // Another chain: what is void stays so.
    const other = outdoneScene();
    const voided = onContribution(
      { contribution: other.ids[0] ?? 0 },
      demandOf('source', { contribution: other.ids[0] }),
    );
    other.world.run(watcher, attributionChallenge, voided);
    other.world.until(other.world.height + BigInt(answerWindow) - 2n);
    const place = other.settle();
    const settledAt = other.world.height - 1n;
    const shownThere = other.against({ type: 'outdone', section: 0, step: 0, picked: shownOf(other) });
    const eligible = (asOf?: bigint) =>
      eligibleContributions(
        other.world.view,
        knownVersion(other.world.view, other.model, 1),
        { from: 0, limit: 10 },
        asOf === undefined ? undefined : toHeight(asOf),
      ).contributions.filter(({ commons }) => !commons);
    while (acceptedOf(other.world.view, other.ids[0] ?? 0)?.voided === undefined) other.world.block();
    const voidedAt = acceptedOf(other.world.view, other.ids[0] ?? 0)?.voided ?? 0n;
    expect(voidedAt).toBeGreaterThan(settledAt);
    expect(other.statusOf(place)).toBe('settled');
    expect(eligible(settledAt - 1n).map(({ contribution }) => contribution)).toEqual(other.ids);
    expect(eligible(voidedAt - 1n)[0]).toMatchObject({ voidedAt });
    for (const asOf of [undefined, voidedAt])
      expect(eligible(asOf).map(({ contribution }) => contribution)).toEqual(other.ids.slice(1));
    const { id } = challengeAs(other.world, place, shownThere);
    other.world.run(attestor, attributionExcuse, { challenge: id, excuses: trueExcuses(other.ids) });
    expect(challengeOf(other.world.view, id)).toMatchObject({ state: 'answered' });
  });

  it('is not asked for what it need not be', () => {
    const place = settle();
    const [, , third = 0] = ids;
    expect(challengeRefusal(world, place, demandOf('source', { contribution: third }))).toBe(
      'WITNESS_DEMAND',
    );
    const less = { ...shownOf(made), phrases: shownOf(made).phrases.slice(0, 3) };
    const ran = challengeAs(world, place, against({ type: 'outdone', section: 0, step: 0, picked: less }));
    expect(challengeOf(world.view, ran.id)).toMatchObject({
      state: 'refuted',
      code: 'WITNESS_LESS',
      bond: challengeBond,
    });
  });

  it('stands against a chunk whose phrases do not count, or are not shown to be new', () => {
    const { type, value } = shown;
    if (type !== 'outdone') throw new Error('a chunk is shown');
    const codeOf = (change: Partial<typeof value>): string | undefined => {
      const ran = challengeAs(world, settle(), { type, value: { ...value, ...change } });
      return challengeOf(world.view, ran.id)?.code;
    };
    expect(codeOf({ phrases: value.phrases.toReversed() })).toBe('WITNESS_PHRASE');
    expect(codeOf({ phrases: value.phrases.map((each) => ({ ...each, place: 64 })) })).toBe('WITNESS_PHRASE');
    const none = made.openers.novelRuns(value.contribution).openRange(0, 0);
    expect(codeOf({ novelRuns: none })).toBe('WITNESS_NOVEL');
  });

  it('stands against too few earlier chunks, or such as come later', () => {
    const places = holders(ids, SHARED_AT).map(({ contribution, item, place }) => ({
      contribution,
      item,
      pos: place,
      novelRun: undefined,
    }));
    const codeOf = (pick: number, shownPlaces: typeof places): string | undefined => {
      const finding = { type: 'crowded', section: 0, pick, phrase: 0, holders: shownPlaces } as const;
      return challengeOf(world.view, challengeAs(world, settle(), against(finding)).id)?.code;
    };
    expect(codeOf(1, places.slice(1))).toBe('WITNESS_HOLDERS');
    expect(codeOf(1, places.toReversed())).toBe('WITNESS_HOLDERS');
    expect(codeOf(0, places)).toBe('WITNESS_HOLDERS');
    // They hold other phrases than that of the second pick.
    expect(codeOf(1, places)).toBe('WITNESS_DIFFERS');
  });

  it('falls if its attestor does not answer', () => {
    const place = settle();
    const ran = challengeAs(world, place, shown);
    world.until(world.height + BigInt(answerWindow) + 1n);
    expect(challengeOf(world.view, ran.id)).toMatchObject({ state: 'unanswered' });
    expect(statusOf(place)).toBe('open');
  });

  it('makes what waits moot if it falls to another challenge', () => {
    const [section] = sections;
    if (section === undefined) throw new Error('it has a section');
    const wrong = [
      { ...section, picks: section.picks.map((each) => ({ ...each, item: 0, chunk: each.chunk })) },
    ];
    const lie = wrong.map((each) => ({
      ...each,
      picks: each.picks.map((picked, i) =>
        i === 1
          ? { ...picked, phrases: picked.phrases.map((phrase) => ({ ...phrase, place: phrase.place + 1 })) }
          : picked,
      ),
    }));
    const place = settle(lie);
    const waits = challengeAs(world, place, shown);
    const index = { section: 0, pick: 1, phrase: 0 };
    const absent = against({ type: 'absent', notHeld: { type: 'token', at: 0 }, ...index }, lie);
    const ran = challengeAs(world, place, absent);
    expect(challengeOf(world.view, ran.id)).toMatchObject({ state: 'upheld', code: 'ABSENT' });
    expect(challengeOf(world.view, waits.id)).toMatchObject({ state: 'moot' });
    expect(statusOf(place)).toBe('open');
  });
});

describe('a true claim that two attestors back', () => {
  /** The second of them answers by excuses, of which the first names a place that does not hold the phrase. */
  const backed = () => {
    const made = outdoneScene({ challengeWindow: 20 }, [
      [attestor, 150n],
      [second, 150n],
    ]);
    const { world, ids, settle, against, openers } = made;
    const [first = 0, other = 0, third = 0] = ids;
    const falseExcuses = trueExcuses([first, other, third]).map((each, i) =>
      i === 0
        ? { ...each, reason: { type: 'holders' as const, value: { places: holders(ids, SHARED_AT + 3) } } }
        : each,
    );
    const place = settle();
    world.run(second, attributionBacking, { settlement: place.settlement, amount: 300n });
    const shown = against({ type: 'outdone', section: 0, step: 0, picked: shownOf(made) });
    const refutation = (challenge: Root): Witness => {
      const known = challengeOf(world.view, challenge)?.outdone;
      if (known === undefined) throw new Error('it was answered');
      const finding = { type: 'excuse', excuse: 0, holder: 0, at: 0 } as const;
      return witnessOfExcuse(finding, challenge, known, openers);
    };
    return {
      ...made,
      place,
      outdo: (challenger?: Actor) => challengeAs(world, place, shown, challenger).id,
      answer: (by: Actor, challenge: Root, excuses: readonly Excuse[]) =>
        world.run(by, attributionExcuse, { challenge, excuses }),
      falseExcuses,
      trueOnes: trueExcuses(ids),
      /** Shows that the answer to a challenge is false, and returns what its attestor lost by that. */
      refute: (challenge: Root) =>
        eventOf(challengeAs(world, place, refutation(challenge), second), 'backerSlashed'),
      refutation,
      bonds: () => [attestor, second].map(({ address }) => getAttestor(world.view, address)?.bond),
    };
  };

  it('does not fall by a false excuse of one: that one pays, the other answers, and nobody gains by both', () => {
    const { world, place, outdo, answer, falseExcuses, trueOnes, refute, bonds, statusOf } = backed();
    const locked = backingOf(world.view, place.settlement)?.backers.at(1)?.amount ?? 0n;
    const id = outdo();
    answer(second, id, falseExcuses);
    expect(refute(id)).toMatchObject({ burned: String(locked - locked / 2n) });
    expect(bonds()).toEqual([150n, 150n - locked]);
    expect(statusOf(place)).toBe('settled');
    const { demandCost } = world.params.attribution;
    expect(challengeOf(world.view, id)).toMatchObject({ state: 'open', bond: demandCost });
    // It backs the claim no more, so it cannot answer again.
    expect(world.refusal(second, attributionExcuse, { challenge: id, excuses: falseExcuses })).toBe(
      'EXCUSE_ATTESTOR',
    );
    answer(attestor, id, trueOnes);
    expect(potTotal(world.view, 'challengeBonds')).toBe(demandCost);
    world.until(world.height + 24n);
    expect(statusOf(place)).toBe('final');
    expect(potTotal(world.view, 'challengeBonds')).toBe(0n);
  });

  it('does not fall by two false answers of one either: the other answers both', () => {
    const { world, place, outdo, answer, falseExcuses, trueOnes, refute, bonds, statusOf } = backed();
    const asked = [outdo(), outdo(helper)];
    for (const id of asked) answer(second, id, falseExcuses);
    expect(refute(asked[0] as Root)).not.toMatchObject({ reward: '0' });
    const kept = bonds();
    expect(refute(asked[1] as Root)).toMatchObject({
      attestor: toHex(second.address),
      reward: '0',
      burned: '0',
    });
    expect(bonds()).toEqual(kept);
    expect(statusOf(place)).toBe('settled');
    for (const id of asked) {
      expect(challengeOf(world.view, id)?.state).toBe('open');
      answer(attestor, id, trueOnes);
    }
    world.until(world.height + 24n);
    expect(statusOf(place)).toBe('final');
    expect(potTotal(world.view, 'challengeBonds')).toBe(0n);
  });

  it('may be answered for a whole window after a false answer, however late that was', () => {
    const { world, place, outdo, answer, falseExcuses, trueOnes, refute, statusOf } = backed();
    const answerWindow = BigInt(world.params.attribution.answerWindow);
    const id = outdo();
    world.until(world.height + answerWindow - 3n);
    answer(second, id, falseExcuses);
    refute(id);
    expect(challengeOf(world.view, id)?.outdone?.answerBy).toBe(world.height + answerWindow);
    // The last block in which it could have been answered at first passes.
    world.until(world.height + answerWindow - 1n);
    expect(statusOf(place)).toBe('settled');
    answer(attestor, id, trueOnes);
    expect(challengeOf(world.view, id)?.state).toBe('answered');
  });

  it('costs whoever shows second that an answer is false the fee only, also when it was answered again', () => {
    const { world, place, outdo, answer, falseExcuses, trueOnes, refute, refutation } = backed();
    const id = outdo();
    answer(second, id, falseExcuses);
    const witness = refutation(id);
    refute(id);
    expect(challengeRefusal(world, place, witness)).toBe('WITNESS_STRUCK');
    answer(attestor, id, trueOnes);
    expect(challengeRefusal(world, place, witness)).toBe('WITNESS_STRUCK');
  });

  it('falls if nobody answers what was answered falsely, and each price is returned', () => {
    const { world, place, outdo, answer, falseExcuses, refute, statusOf } = backed();
    const id = outdo();
    answer(second, id, falseExcuses);
    refute(id);
    const balance = world.balance(watcher);
    world.until(world.height + BigInt(world.params.attribution.answerWindow) + 2n);
    expect(statusOf(place)).toBe('open');
    expect(potTotal(world.view, 'challengeBonds')).toBe(0n);
    expect(world.balance(watcher)).toBeGreaterThan(balance + world.params.attribution.demandCost);
  });
});

describe('a claim that leaves a pick out', () => {
  // Long enough for challenges of one settlement one after the other.
  const made = outdoneScene({ challengeWindow: 20 });
  const { world, model, ids, inference, sections, settle, statusOf, against, openers } = made;
  const lie = sections.map((section) => ({ ...section, picks: section.picks.slice(0, 1) }));
  const [, picked] = sections[0]?.picks ?? [];
  if (picked === undefined) throw new Error('a true claim has two picks');
  const shown = against({ type: 'outdone', section: 0, step: 1, picked }, lie);

  it('falls by the pick, as there are no excuses', () => {
    const place = settle(lie);
    challengeAs(world, place, shown);
    world.until(world.height + BigInt(world.params.attribution.answerWindow) + 1n);
    expect(statusOf(place)).toBe('open');
  });

  it('falls by an excuse that names a place that does not hold the phrase', () => {
    const place = settle(lie);
    const { id } = challengeAs(world, place, shown);
    const excuses: readonly Excuse[] = [0, 1].map((phrase) => ({
      phrase,
      reason: {
        type: 'holders',
        value: { places: holders(ids, SHARED_AT) },
      },
    }));
    world.run(attestor, attributionExcuse, { challenge: id, excuses });
    const known = challengeOf(world.view, id)?.outdone;
    if (known === undefined) throw new Error('it was answered');
    const finding = { type: 'excuse', excuse: 1, holder: 1, at: 0 } as const;
    const ran = challengeAs(world, place, witnessOfExcuse(finding, id, known, openers));
    expect(challengeOf(world.view, ran.id)).toMatchObject({ state: 'upheld', code: 'EXCUSE' });
    expect(statusOf(place)).toBe('open');
  });

  const falseExcuses: readonly Excuse[] = [0, 1].map((phrase) => ({
    phrase,
    reason: { type: 'holders', value: { places: holders(ids, SHARED_AT) } },
  }));
  /** Helper shows that the excuses of a challenge are false. */
  const refuteAs = (place: ReceiptPlace, id: Root) => {
    const known = challengeOf(world.view, id)?.outdone;
    if (known === undefined) throw new Error('it was answered');
    const finding = { type: 'excuse', excuse: 1, holder: 1, at: 0 } as const;
    const witness = witnessOfExcuse(finding, id, known, openers);
    return world.run(helper, attributionChallenge, { target: { type: 'receipt', value: place }, witness });
  };

  it('costs nothing to whoever outdid it, even if it was answered by false excuses', () => {
    const place = settle(lie);
    const had = potTotal(world.view, 'challengeBonds');
    const { demandCost } = world.params.attribution;
    const { id } = challengeAs(world, place, shown);
    world.run(attestor, attributionExcuse, { challenge: id, excuses: falseExcuses });
    const bond = () => getAttestor(world.view, attestor.address)?.bond ?? 0n;
    const [balance, burned, bonded] = [world.balance(watcher), totalsOf(world.view).burnedBonds, bond()];
    const ran = refuteAs(place, id);
    expect(eventOf(ran, 'outdoneSettled')).toMatchObject({
      challenge: toHex(id),
      returned: String(demandCost),
      reward: '0',
      burned: '0',
    });
    expect(world.balance(watcher) - balance).toBe(demandCost);
    expect(potTotal(world.view, 'challengeBonds')).toBe(had);
    // Of the attestor's bond alone.
    const lost = bonded - bond();
    expect(lost).toBeGreaterThanOrEqual(world.params.attribution.bondPerReceipt);
    expect(totalsOf(world.view).burnedBonds - burned).toBe(lost - lost / 2n);
    // It is settled once: nothing comes when the window would have ended.
    world.until(world.height + BigInt(world.params.attribution.challengeWindow) + 2n);
    expect(potTotal(world.view, 'challengeBonds')).toBe(had);
  });

  it('raises no price by false answers, however many places were taken', () => {
    const batch = sendReceipts(
      world,
      model,
      [0, 1, 2, 3, 4].map(() => inference.body),
    );
    const { id: settlement } = world.run(attestor, attributionSettlement, {
      batch,
      asOf: undefined,
      claims: [0, 1, 2, 3, 4].map((index) => ({ index, claim: inference.claim, sections: lie })),
    });
    const { demandCost } = world.params.attribution;
    const placeAt = (index: number): ReceiptPlace => ({ batch, index, settlement });
    const costAt = (index: number) => {
      const { id } = challengeAs(world, placeAt(index), shown);
      return { id, cost: challengeOf(world.view, id)?.outdone?.cost };
    };
    const opened = [0, 1, 2, 3].map(costAt);
    expect(opened.map(({ cost }) => cost)).toEqual([0, 1, 2, 3].map(() => demandCost));
    // All places are taken when the first is answered. As long as its excuses stand, that makes the next one dearer.
    const costs: unknown[] = [];
    for (const [index, { id }] of opened.entries()) {
      world.run(attestor, attributionExcuse, { challenge: id, excuses: falseExcuses });
      if (index === 0) costs.push(costAt(4).cost);
      refuteAs(placeAt(index), id);
    }
    costs.push(costAt(4).cost);
    expect(costs).toEqual([2n * demandCost, demandCost]);
  });

  it('gives the prices back if the receipt turns out to be malformed', () => {
    const bad = spoilt(inference);
    const batch = sendReceipts(world, model, [bad.body]);
    const { id: settlement } = world.run(attestor, attributionSettlement, {
      batch,
      asOf: undefined,
      claims: [{ index: 0, claim: inference.claim, sections: lie }],
    });
    const place = { batch, index: 0, settlement };
    const had = potTotal(world.view, 'challengeBonds');
    const witness = witnessOfSections({ type: 'outdone', section: 0, step: 1, picked }, lie, {
      ...openers,
      output: bad.outputEvidence.open,
    });
    const { id } = challengeAs(world, place, witness);
    world.run(attestor, attributionExcuse, { challenge: id, excuses: falseExcuses });
    const balance = world.balance(watcher);
    const value = { ...place, settlement: ZERO_ROOT };
    const ran = world.run(helper, attributionChallenge, {
      target: { type: 'receipt', value },
      witness: malformedWitness(bad),
    });
    expect(eventOf(ran, 'outdoneSettled')).toMatchObject({ challenge: toHex(id), reward: '0' });
    expect(world.balance(watcher) - balance).toBe(world.params.attribution.demandCost);
    expect(potTotal(world.view, 'challengeBonds')).toBe(had);
  });

  it('may be asked for the chunks of its picks', () => {
    const place = settle(lie);
    const demand = challengeAs(world, place, demandOf('source', { contribution: ids[0] }));
    answerAs(world, demand.id, openers.source(ids[0] ?? 0, 0).open(0, 1));
    expect(challengeOf(world.view, demand.id)).toMatchObject({ state: 'answered' });
  });
});
