import { beforeEach, describe, expect, it } from 'vitest';
import type { Root } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { invariant } from '../../../../src/lib/errors.ts';
import type { Claim } from '../../../../state/attribution/claim.ts';
import { OUTPUT_TOKENS_MAX } from '../../../../state/attribution/parameters.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { challengeOf } from '../../../../state/modules/disputes/challenges.ts';
import { openDemandsOf } from '../../../../state/modules/disputes/demands.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { numberKey } from '../../../../state/view.ts';
import {
  answerAs,
  challengeAs,
  challengeRefusal,
  type DisputeScene,
  demandOf,
  disputeScene,
  eventOf,
  helper,
  type Inference,
  OUTPUT,
  PROMPT,
  type ReceiptPlace,
  send,
  settleAs,
  watcher,
  wordsOf,
} from './dispute-scenes.ts';
import { attestor } from './scenes.ts';
import { type Actor, bytes32, intent, type World } from './world.ts';

let scene: DisputeScene;
let world: World;
let honest: Inference;

// Windows of three blocks, answers within ten; devnet's bonds and costs.
const WINDOW = 3n;
const ANSWER = 10n;

beforeEach(() => {
  scene = disputeScene();
  world = scene.world;
  honest = scene.infer(PROMPT, OUTPUT);
});

const settled = (receipts = 1, claim: Claim = honest.claim): ReceiptPlace => {
  const batch = send(scene, ...Array.from({ length: receipts }, () => honest));
  const claims = Array.from({ length: receipts }, (_, index) => [index, claim] as const);
  return { batch, index: 0, settlement: settleAs(world, batch, claims) };
};
const at = (place: ReceiptPlace, index: number): ReceiptPlace => ({ ...place, index });
const statusOf = (place: ReceiptPlace) => getReceipt(world.view, place)?.standing.status;
const bondOf = () => getAttestor(world.view, attestor.address);

/** The output has 139 tokens, in three chunks; the prompt 112, in two. */
const OUTPUT_DEMAND = demandOf('output', { count: 3 });
const sourceDemand = (change: object = {}): Witness =>
  demandOf('source', { contribution: scene.early.contribution, item: 1, count: 2, ...change });

describe('a DEMAND', () => {
  it('names the output, or chunks of the prompt or of what a match cites', () => {
    scene = disputeScene((params) => ({
      ...params,
      attribution: { ...params.attribution, challengeWindow: 20 },
    }));
    world = scene.world;
    const place = settled();
    const refused: readonly Witness[] = [
      demandOf('output', { count: 2 }),
      demandOf('output', { count: 4 }),
      demandOf('prompt', { first: 2 }),
      demandOf('prompt', { count: 3 }),
      demandOf('prompt', { count: 0 }),
      demandOf('prompt', { contribution: 1 }),
      sourceDemand({ contribution: 99 }),
      sourceDemand({ item: 2 }),
      // The match lies in the first two chunks of the item.
      sourceDemand({ first: 2 }),
      sourceDemand({ count: 65 }),
    ];
    for (const witness of refused) expect(challengeRefusal(world, place, witness)).toBe('WITNESS_DEMAND');
    expect(potTotal(world.view, 'challengeBonds')).toBe(0n);
  });

  it('holds its receipt until it is answered, and then for a window anew; others become final in their time', () => {
    const place = settled(2);
    const settledAt = world.height;
    const demand = challengeAs(world, place, demandOf('prompt', { count: 2 }));
    expect(eventOf(demand, 'demandOpened')).toMatchObject({
      receipt: `${toHex(place.batch)}/0`,
      answerBy: String(world.height + ANSWER),
      demand: { text: 'prompt', first: 0, count: 2 },
    });
    world.until(settledAt + WINDOW);
    expect([statusOf(place), statusOf(at(place, 1))]).toEqual(['settled', 'final']);
    expect(getReceipt(world.view, place)?.standing).toMatchObject({ settlement: { demands: [demand.id] } });
    world.until(settledAt + ANSWER);
    expect(statusOf(place)).toBe('settled');
    const answered = answerAs(world, demand.id, honest.promptEvidence.openChunks(0, 2));
    const finalAt = world.height + WINDOW;
    expect(eventOf(answered, 'demandAnswered')).toMatchObject({ finalAt: String(finalAt) });
    expect(getReceipt(world.view, place)?.standing).toMatchObject({ settlement: { finalAt, demands: [] } });
    world.until(finalAt - 1n);
    expect(statusOf(place)).toBe('settled');
    world.until(finalAt);
    expect(statusOf(place)).toBe('final');
    expect(bondOf()).toMatchObject({ bond: 1_000_000n, locked: 0n });
    // The challenge tells of it; what kept it from being asked again is gone.
    expect([...world.state.keys()].filter((key) => key.startsWith('demands/'))).toEqual([]);
    expect(challengeOf(world.view, demand.id)).toMatchObject({ state: 'answered' });
    expect(totalsOf(world.view)).toMatchObject({ settled: 2n, answered: 1n, upheld: 0n, refuted: 0n });
  });

  it('costs the challenger a part of its bond when answered: half to whoever answers, half burned', () => {
    const place = settled();
    const { demandCost, challengeBond } = world.params.attribution;
    const demand = challengeAs(world, place, OUTPUT_DEMAND);
    expect(potTotal(world.view, 'challengeBonds')).toBe(challengeBond);
    const [before, helped, gas] = [
      world.balance(watcher),
      world.balance(helper),
      potTotal(world.view, 'burnedGas'),
    ];
    answerAs(world, demand.id, honest.outputEvidence.openChunks(0, 3));
    expect(world.balance(watcher) - before).toBe(challengeBond - demandCost);
    expect(world.balance(helper) - helped).toBe(demandCost / 2n - (potTotal(world.view, 'burnedGas') - gas));
    // So who demands of itself, to put off what it has settled, pays for it.
    expect(potTotal(world.view, 'burnedBonds')).toBe(demandCost / 2n);
    expect(potTotal(world.view, 'challengeBonds')).toBe(0n);
    expect(challengeOf(world.view, demand.id)).toMatchObject({ state: 'answered' });
  });

  it('that nobody answers brings the claim down like any other challenge', () => {
    const place = settled();
    const { challengeBond } = world.params.attribution;
    const demand = challengeAs(world, place, sourceDemand());
    const opened = world.height;
    const before = world.balance(watcher);
    world.until(opened + ANSWER - 1n);
    expect(statusOf(place)).toBe('settled');
    world.until(opened + ANSWER);
    expect(statusOf(place)).toBe('open');
    expect(world.balance(watcher) - before).toBe(challengeBond + 405n);
    expect(potTotal(world.view, 'burnedBonds')).toBe(405n);
    expect(bondOf()).toMatchObject({ bond: 999_190n, locked: 0n });
    expect(challengeOf(world.view, demand.id)).toMatchObject({ state: 'unanswered' });
    // Nothing can be demanded of the settlement any more.
    expect([...world.state.keys()].filter((key) => key.startsWith('demands/'))).toEqual([]);
    expect(getReceipt(world.view, place)?.deadline).toBe(world.height + 20n);
    expect(
      world.refusal(helper, attributionAnswer, {
        demand: demand.id,
        opening: scene.early.evidence(1).openChunks(0, 2),
      }),
    ).toBe('DEMAND_CLOSED');
  });

  it('is answered by the chunks it names and no others', () => {
    const place = settled();
    const demand = challengeAs(world, place, sourceDemand()).id;
    const answer = (opening: Parameters<typeof answerAs>[2], id: Root = demand) =>
      world.refusal(helper, attributionAnswer, { demand: id, opening });
    const item = scene.early.evidence(1);
    expect(answer(item.openChunks(0, 2), bytes32('none'))).toBe('DEMAND_UNKNOWN');
    expect(answer(item.openChunks(0, 1))).toBe('WITNESS_ANSWER');
    expect(answer(item.openChunks(1, 2))).toBe('WITNESS_ANSWER');
    expect(answer(scene.early.evidence(0).openChunks(0, 1))).toBe('WITNESS_OPENING');
    expect(answer(honest.outputEvidence.openChunks(0, 2))).toBe('WITNESS_OPENING');
    expect(answer(item.openChunks(0, 2))).toBe('success');
    expect(answer(item.openChunks(0, 2))).toBe('DEMAND_CLOSED');
  });

  it('asks for nothing twice of one claim, but may of another', () => {
    const place = settled(2);
    const demand = challengeAs(world, place, demandOf('prompt', { first: 1 }));
    expect(challengeRefusal(world, place, demandOf('prompt', { first: 1 }))).toBe('DEMAND_REPEATED');
    answerAs(world, demand.id, honest.promptEvidence.openChunks(1, 1));
    expect(challengeRefusal(world, place, demandOf('prompt', { first: 1 }))).toBe('DEMAND_REPEATED');
    // One chunk of it is new.
    challengeAs(world, place, demandOf('prompt', { count: 2 }));
    expect(challengeRefusal(world, place, demandOf('prompt', { first: 0 }))).toBe('DEMAND_REPEATED');
    expect(challengeRefusal(world, place, demandOf('prompt', { first: 1 }))).toBe('DEMAND_REPEATED');
    const other = settled();
    challengeAs(world, other, demandOf('prompt', { first: 1 }));
    challengeAs(world, other, demandOf('prompt', { first: 0 }));
  });

  it('is moot when another challenge reverts its claim, and gets its bond back', () => {
    const lie = { ...honest.claim, info: honest.claim.info.map((sum, i) => (i === 2 ? sum + 1 : sum)) };
    const place = settled(2, lie);
    const demand = challengeAs(world, place, OUTPUT_DEMAND).id;
    const other = challengeAs(world, at(place, 1), OUTPUT_DEMAND).id;
    const before = world.balance(watcher);
    challengeAs(
      world,
      place,
      { type: 'info', value: { border: 2, output: honest.outputEvidence.open(30, 31), passages: undefined } },
      helper,
    );
    expect(world.balance(watcher) - before).toBe(world.params.attribution.challengeBond);
    expect(challengeOf(world.view, demand)).toMatchObject({ state: 'moot' });
    expect(openDemandsOf(world.view, place.settlement).map(({ id }) => id)).toEqual([other]);
    // And nothing happens when its time has come.
    world.until(world.height + ANSWER);
    expect(totalsOf(world.view)).toMatchObject({ upheld: 2n });
  });
});

it('lets receipts of one batch whose claims were reverted in one block expire together', () => {
  const place = settled(3);
  const target = (index: number) => ({ type: 'receipt', value: at(place, index) }) as const;
  world.block(
    ...[0, 1, 2].map((index) =>
      intent(watcher, attributionChallenge, { target: target(index), witness: OUTPUT_DEMAND }),
    ),
  );
  world.until(world.height + ANSWER);
  expect([0, 1, 2].map((index) => statusOf(at(place, index)))).toEqual(['open', 'open', 'open']);
  world.until((getReceipt(world.view, place)?.deadline ?? 0n) - 1n);
  const [last] = world.block(
    intent(watcher, attributionChallenge, { target: target(0), witness: OUTPUT_DEMAND }),
  );
  const expired = last?.end.flatMap(({ type, data }) => (type === 'receiptExpired' ? [data.receipt] : []));
  expect(expired).toEqual([0, 1, 2].map((index) => ({ batch: place.batch, index })));
});

describe('what DEMANDs can delay', () => {
  /** Demands the outputs of the first four receipts, in one block. */
  const demandAll = (place: ReceiptPlace, by: Actor): readonly Root[] =>
    world
      .block(
        ...[0, 1, 2, 3].map((index) =>
          intent(by, attributionChallenge, {
            target: { type: 'receipt', value: at(place, index) },
            witness: OUTPUT_DEMAND,
          }),
        ),
      )
      .map(({ id, result }) => {
        expect(result.status).toBe('success');
        return id;
      });

  it('is bounded: four are open on a settlement at once', () => {
    const place = settled(5);
    demandAll(place, watcher);
    expect(challengeRefusal(world, at(place, 4), OUTPUT_DEMAND)).toBe('DEMAND_PLACES');
    expect(openDemandsOf(world.view, place.settlement).length).toBe(4);
  });

  it('keeps nobody from asking: while all places are taken nothing of the settlement becomes final', () => {
    const place = settled(5);
    const settledAt = world.height;
    // The attestor itself takes all places, so that nobody can ask for the text behind the fifth claim.
    const own = demandAll(place, attestor);
    expect(challengeRefusal(world, at(place, 4), OUTPUT_DEMAND)).toBe('DEMAND_PLACES');
    world.until(settledAt + ANSWER);
    expect(statusOf(at(place, 4))).toBe('settled');
    answerAs(world, own[0] ?? bytes32('none'), honest.outputEvidence.openChunks(0, 3));
    const freed = world.height;
    expect(getReceipt(world.view, at(place, 4))?.standing).toMatchObject({
      settlement: { finalAt: freed + WINDOW },
    });
    // A whole window is left to ask, and for the claims that are not asked about to become final after it.
    world.until(freed + WINDOW - 1n);
    expect(statusOf(at(place, 4))).toBe('settled');
    challengeAs(world, at(place, 4), OUTPUT_DEMAND);
    world.until(freed + WINDOW);
    expect(statusOf(at(place, 4))).toBe('settled');
  });

  it('changes nothing of what is final: that keeps the height at which it became so', () => {
    const place = settled(5);
    const settledAt = world.height;
    // Of the first four something is demanded in time; the fifth becomes final.
    const first = demandAll(place, watcher).slice(0, 3);
    const [answered] = first;
    answerAs(world, answered ?? bytes32('none'), honest.outputEvidence.openChunks(0, 3));
    const freed = world.height;
    world.until(freed + WINDOW);
    const finalAt = freed + WINDOW;
    expect(getReceipt(world.view, at(place, 4))?.standing).toMatchObject({
      status: 'final',
      settlement: { finalAt },
    });
    expect(finalAt).toBeGreaterThan(settledAt + WINDOW);
    // All places are taken again, and one becomes free: the others are put off, the fifth is not.
    world.run(watcher, attributionChallenge, {
      target: { type: 'receipt', value: at(place, 3) },
      witness: demandOf('prompt', { count: 2 }),
    });
    answerAs(world, first[1] ?? bytes32('none'), honest.outputEvidence.openChunks(0, 3));
    const again = world.height;
    expect(getReceipt(world.view, at(place, 4))?.standing).toMatchObject({ settlement: { finalAt } });
    expect(getReceipt(world.view, at(place, 1))?.standing).toMatchObject({
      status: 'settled',
      settlement: { finalAt: again + WINDOW },
    });
  });

  it('costs the end of a block one look at a settlement, however many receipts it has and answers there were', () => {
    const bounded = disputeScene((params) => ({
      ...params,
      attribution: { ...params.attribution, bondPerReceipt: 1n },
    }));
    [scene, world] = [bounded, bounded.world];
    honest = scene.infer(wordsOf('ask', 12), wordsOf('own', 20));
    const output = demandOf('output', { count: 1 });
    const place = settled(300);
    const target = (index: number) => ({ type: 'receipt', value: at(place, index) }) as const;
    // Past the settlement's own window, so that what is put off is put off claim by claim or all at once.
    world.block(
      ...[0, 1, 2, 3].map((index) =>
        intent(watcher, attributionChallenge, { target: target(index), witness: output }),
      ),
    );
    world.until(world.height + WINDOW + 1n);
    const answers = openDemandsOf(world.view, place.settlement)
      .slice(0, 3)
      .map(({ id }) =>
        intent(helper, attributionAnswer, { demand: id, opening: honest.outputEvidence.openChunks(0, 1) }),
      );
    const before = new Map(world.state);
    for (const { result } of world.block(...answers)) expect(result.status).toBe('success');
    const end = world.height + WINDOW;
    const due = [...world.state].filter(([key]) => key.startsWith('due/settlements/'));
    // Its length, and one element.
    expect(due.map(([key]) => key).sort()).toEqual([
      `due/settlements/${numberKey(end)}`,
      `due/settlements/${numberKey(end)}/${numberKey(0)}`,
    ]);
    const held = [...world.state].filter(
      ([key, value]) => key.startsWith('settlements/') && before.get(key) !== value,
    );
    // Of the three that were answered alone something is kept: an index and a height.
    expect(held.reduce((sum, [, value]) => sum + value.length, 0)).toBeLessThan(200);
    world.until(end - 1n);
    expect(statusOf(at(place, 299))).toBe('settled');
    world.block();
    expect(statusOf(at(place, 299))).toBe('final');
    expect(statusOf(at(place, 3))).toBe('settled');
  });

  it('gets dearer with every time that all places are taken: half of that is burned', () => {
    const place = settled(12);
    const { challengeBond, demandCost } = world.params.attribution;
    const ask = (index: number, text: 'output' | 'prompt', by = watcher) =>
      challengeAs(
        world,
        at(place, index),
        text === 'output' ? OUTPUT_DEMAND : demandOf('prompt', { count: 2 }),
        by,
      ).id;
    const show = (demand: Root) => {
      const opened = challengeOf(world.view, demand)?.demand?.demand;
      const evidence = opened?.text === 'output' ? honest.outputEvidence : honest.promptEvidence;
      return eventOf(answerAs(world, demand, evidence.openChunks(0, opened?.count ?? 0)), 'demandAnswered');
    };
    // In one block each, as the windows here are short.
    let open = demandAll(place, watcher).slice();
    const costs: bigint[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const [first, ...rest] = open;
      invariant(first !== undefined, 'four are open');
      const { reward, burned } = show(first);
      expect([reward, burned]).toEqual([expect.any(String), expect.any(String)]);
      costs.push(BigInt(reward as string) + BigInt(burned as string));
      open = [...rest, ask(4 + turn, 'output')];
    }
    // The first four were opened at the first price; each refill costs twice the one before.
    expect(costs).toEqual([1n, 1n, 1n, 1n, 2n, 4n].map((times) => times * demandCost));
    const last = challengeOf(world.view, open.at(-1) ?? bytes32('none'));
    expect(last?.demand?.cost).toBe(64n * demandCost);
    expect(last?.bond).toBe(64n * demandCost);
    expect(last?.bond).toBeGreaterThan(challengeBond);
    // While a place is free the price stays.
    show(open[0] ?? bytes32('none'));
    show(open[1] ?? bytes32('none'));
    const dear = 128n * demandCost;
    expect(challengeOf(world.view, ask(10, 'output'))?.demand?.cost).toBe(dear);
    // Who is not shown what was asked for has all of it back, and more.
    const before = world.balance(watcher);
    world.until(world.height + ANSWER);
    expect(world.balance(watcher) - before).toBeGreaterThan(dear);
  });

  it('is at most the time to answer and a window, for what an answer costs the challenger', () => {
    const place = settled(3);
    const settledAt = world.height;
    const { demandCost } = world.params.attribution;
    // In the last block of the window: the longest delay that one DEMAND can cause.
    world.until(settledAt + WINDOW - 1n);
    const spent = world.balance(watcher);
    const gas = potTotal(world.view, 'burnedGas');
    const demand = challengeAs(world, place, OUTPUT_DEMAND);
    const own = potTotal(world.view, 'burnedGas') - gas;
    world.until(settledAt + WINDOW + ANSWER - 1n);
    answerAs(world, demand.id, honest.outputEvidence.openChunks(0, 3));
    expect(world.height).toBe(settledAt + WINDOW + ANSWER);
    world.until(settledAt + WINDOW + ANSWER + WINDOW);
    expect(statusOf(place)).toBe('final');
    expect(spent - world.balance(watcher)).toBe(demandCost + own);
  });

  it('is nothing where the answer comes at once and the window is still long', () => {
    const place = settled();
    const settledAt = world.height;
    const [demand] = [challengeAs(world, place, OUTPUT_DEMAND)];
    answerAs(world, demand.id, honest.outputEvidence.openChunks(0, 3));
    // Demanded in the first block of the window, answered in the second: two blocks later than without.
    world.until(settledAt + WINDOW + 1n);
    expect(statusOf(place)).toBe('settled');
    world.until(settledAt + WINDOW + 2n);
    expect(statusOf(place)).toBe('final');
  });
});

it('costs twice as much with each that was answered of the same text, beyond those at cost', () => {
  // A prompt of 20 chunks, asked for one by one.
  honest = scene.infer(wordsOf('why', 20 * 64), OUTPUT);
  const place = settled();
  const { demandCost } = world.params.attribution;
  const costs = Array.from({ length: 12 }, (_, first) => {
    const { id } = challengeAs(world, place, demandOf('prompt', { first }));
    answerAs(world, id, honest.promptEvidence.openChunks(first, 1));
    return Number((challengeOf(world.view, id)?.demand?.cost ?? 0n) / demandCost);
  });
  expect(costs).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16]);
  // Of another text nothing was answered yet.
  expect(challengeOf(world.view, challengeAs(world, place, OUTPUT_DEMAND).id)?.demand?.cost).toBe(demandCost);
});

it('can be answered with the largest output there is', () => {
  // 4,096 words, in as many bytes as there may be.
  const words = Array.from({ length: OUTPUT_TOKENS_MAX }, (_, i) => `w${String(i).padStart(6, '0')}`);
  honest = scene.infer('why', words.join(' '));
  const place = settled();
  const demand = challengeAs(world, place, demandOf('output', { count: 64 }));
  answerAs(world, demand.id, honest.outputEvidence.openChunks(0, 64));
  expect(challengeOf(world.view, demand.id)).toMatchObject({ state: 'answered' });
});
