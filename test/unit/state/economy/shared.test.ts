import { describe, expect, it } from 'vitest';
import {
  proveContribution,
  proveItem,
  type TextEvidence,
} from '../../../../src/attribution/evidence/chunks.ts';
import { infoTable } from '../../../../src/attribution/info-table.ts';
import { DatanetIndex } from '../../../../src/attribution/novelty.ts';
import type { Root } from '../../../../src/lib/brands.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import type { Claim, Shared } from '../../../../state/attribution/claim.ts';
import { itemRoot, itemSource } from '../../../../state/attribution/commitment.ts';
import { DEFAULT_PARAMETERS } from '../../../../state/attribution/parameters.ts';
import type { Witness } from '../../../../state/attribution/witness/types.ts';
import { acceptedOf } from '../../../../state/modules/data/contributions.ts';
import { Eligibility } from '../../../../state/modules/data/eligibility.ts';
import { getAttribution, getReceipt } from '../../../../state/queries/receipts.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import type { Key, ReadView } from '../../../../state/view.ts';
import {
  challengeAs,
  challengeRefusal,
  contributeTexts,
  demandOf,
  eventOf,
  type Inference,
  infer,
  type ReceiptPlace,
  saltedOf,
  settleAs,
  watcher,
  wordsOf,
} from './dispute-scenes.ts';
import { claimWith } from './lies.ts';
import { withoutPicks } from './no-picks.ts';
import {
  attestor,
  claimOf,
  contribute,
  createDatanet,
  deposit,
  everyone,
  pinOf,
  receiptBody,
  registerModel,
  sendReceipts,
} from './scenes.ts';
import {
  alice,
  bob,
  carol,
  moneyOf,
  payFor,
  type Rival,
  type SharedScene,
  sharedScene,
  TEXT,
} from './shared-scenes.ts';
import { bytes32, FUNDED, World } from './world.ts';

const OWN = wordsOf('alone', 30);
const BOBS = wordsOf('bobs', 30);

const rival = (
  who: Rival['who'],
  commits: Rival['commits'],
  texts: readonly string[] = [TEXT, BOBS],
): Rival => ({
  who,
  commits,
  texts,
});

describe('what is paid for a text', () => {
  /** The text four times, beside what alice and bob brought alone, and what nobody did. */
  const OUTPUTS = [TEXT, `${OWN} ${TEXT}`, `${TEXT} ${BOBS}`, `${wordsOf('none', 30)} ${TEXT}`];
  const paid = (...rivals: readonly Rival[]) => {
    const scene = sharedScene([TEXT, OWN], rivals);
    payFor(scene, OUTPUTS);
    return { scene, money: moneyOf(scene) };
  };
  /** As if bob had brought nothing but his own words. */
  const alone = { spans: 1206n, treasury: 0n, remainder: 452n, first: 1085n, rivals: [121n] };

  it('goes to the one who brought it', () => {
    expect(paid(rival(bob, 'after the reveal', [BOBS])).money).toEqual(alone);
  });

  it('goes to the treasury if somebody else brought it independently, who gains nothing and pays for it', () => {
    const { scene, money } = paid(rival(bob, 'before the reveal'));
    expect(money).toEqual({ spans: 242n, treasury: 1203n, remainder: 213n, first: 121n, rivals: [121n] });
    expect(money.spans + money.treasury + money.remainder).toBe(1658n);
    expect(scene.world.balance(bob)).toBeLessThan(FUNDED - 100n);
  });

  it('stays with the first if a copier commits after the reveal, or several together', () => {
    expect(paid(rival(bob, 'after the reveal')).money).toEqual(alone);
    const tail = rival(carol, 'after the reveal', [`${TEXT} tail`]);
    expect(paid(rival(bob, 'after the reveal'), tail).money).toEqual({ ...alone, rivals: [121n, 0n] });
  });

  it('is not shared between contributions of one account, but between two accounts of one person', () => {
    expect(paid(rival(alice, 'before the reveal')).money).toEqual(alone);
    expect(paid(rival(carol, 'before the reveal', [TEXT])).money).toEqual({
      spans: 121n,
      treasury: 1203n,
      remainder: 334n,
      first: 121n,
      rivals: [0n],
    });
  });
});

/** Alice and bob brought the text, in time. The output holds it, and some that only alice has. */
const contested = (commits: Rival['commits'] = 'before the reveal'): SharedScene =>
  sharedScene([TEXT, OWN], [rival(bob, commits), rival(carol, 'after the reveal', [TEXT])]);

const send = ({ world, model }: SharedScene, { body }: Inference): Root => sendReceipts(world, model, [body]);

describe('a settlement', () => {
  it('reads who brought a contribution once, however many runs are shared', () => {
    const scene = contested();
    const claim = scene.claim(scene.infer('what', `${OWN} ${TEXT}`));
    expect(claim.shared.length).toBeGreaterThan(0);
    const many = { ...claim, shared: Array.from({ length: 50 }, () => claim.shared).flat() };
    const reads = new Map<Key, number>();
    const counting: ReadView = {
      get: (key) => {
        reads.set(key, (reads.get(key) ?? 0) + 1);
        return scene.world.view.get(key);
      },
    };
    const { datanet } = acceptedOf(scene.world.view, scene.first.contribution.contribution) ?? { datanet: 0 };
    const eligibility = new Eligibility(counting, scene.world.height);
    expect(eligibility.check(many, new Map([[datanet, 3]])).ok).toBe(true);
    expect([...reads].filter(([, times]) => times > 1)).toEqual([]);
    // For each of the two contributions: what attribution needs of it, its commit and its reveal.
    expect(reads.size).toBe(6);
  });

  const refusals = (scene: SharedScene, change: (run: Shared, claim: Claim) => Partial<Shared>): string => {
    const inference = scene.infer('what', `${OWN} ${TEXT}`);
    const claim = scene.claim(inference);
    const [run] = claim.shared;
    if (run === undefined) throw new Error('the text is shared');
    const shared = [{ ...run, ...change(run, claim) }];
    return scene.world.refusal(attestor, attributionSettlement, {
      batch: send(scene, inference),
      asOf: undefined,
      claims: [withoutPicks(0, claimWith({ ...inference, claim }, { shared }))],
    });
  };

  it('shows what several brought, and what the chain makes of it', () => {
    const scene = contested();
    const inference = scene.infer('what', `${OWN} ${TEXT}`);
    const batch = send(scene, inference);
    settleAs(scene.world, batch, [[0, scene.claim(inference)]]);
    const info = getAttribution(scene.world.view, { batch, index: 0 });
    const { contribution } = scene.first.contribution;
    expect(info?.attribution.spans).toMatchObject([{ start: 0, end: 30, contribution }]);
    expect(info?.attribution.sharedSpans).toMatchObject([{ start: 30, end: 90, contribution }]);
    const { total, covered, shared } = info?.settlement.outcome ?? {};
    expect((covered ?? 0) + (shared ?? 0)).toBe(total);
    expect(shared).toBe(info?.attribution.shared);
  });

  it('costs as much gas for a shared run as for a match', () => {
    const scene = contested();
    const inference = scene.infer('what', `${OWN} ${TEXT}`);
    const claim = scene.claim(inference);
    const gasOf = (each: Claim): bigint =>
      attributionSettlement.gas(
        { batch: bytes32('batch'), asOf: undefined, claims: [withoutPicks(0, each)] },
        scene.world.params,
      );
    const runs = [...claim.matches, ...claim.shared];
    const cited = new Set(runs.map(({ contribution }) => contribution)).size;
    expect(claim.shared.length).toBeGreaterThan(0);
    expect(gasOf(claim) - gasOf({ ...claim, matches: [], shared: [] })).toBe(
      100n * BigInt(runs.length) + 2_500n * BigInt(cited),
    );
  });

  it('is held to the owners and the heights that the chain knows', () => {
    const scene = contested();
    expect(refusals(scene, () => ({}))).toBe('success');
    const of = (place: number): number => scene.rivals[place]?.contribution.contribution ?? 0;
    expect(refusals(scene, () => ({ contribution: of(1) }))).toBe('CLAIM_SHARED_LATE');
    expect(refusals(scene, () => ({ contribution: 99 }))).toBe('CLAIM_INELIGIBLE');
    expect(refusals(scene, () => ({ item: 2 }))).toBe('CLAIM_ITEM');
    expect(refusals(scene, () => ({ pos: 60 }))).toBe('CLAIM_ITEM');
    expect(refusals(scene, () => ({ match: 7 }))).toBe('CLAIM_SHARED_MATCH');
    const same = sharedScene(
      [TEXT, OWN],
      [rival(alice, 'before the reveal'), rival(bob, 'before the reveal')],
    );
    const own = same.rivals[0]?.contribution.contribution ?? 0;
    expect(refusals(same, () => ({ contribution: own }))).toBe('CLAIM_SHARED_OWNER');
  });

  it('has no shared runs with a commons, which comes first in version 2 whatever its id', () => {
    const world = new World(everyone);
    const notice = { root: bytes32('notice'), items: 1, tokens: 100n, bytes: 400n };
    const datanets = ([1, 2] as const).map((rules) => {
      const home = createDatanet(world, { commons: notice, rules });
      const contribution = contribute(world, alice, home, `a ${rules}`, { rules });
      const later = createDatanet(world, { commons: notice, rules });
      contribute(world, bob, later, `b ${rules}`, { rules });
      return { home, contribution, later, rules };
    });
    deposit(world, 1_000_000n);
    for (const { home, contribution, later, rules } of datanets) {
      const model = registerModel(world, [pinOf(world, home), pinOf(world, later)], { rules });
      const batch = sendReceipts(world, model, [receiptBody(`r${rules}`, { rules })]);
      // The commons of the later Datanet has the higher contribution id.
      const run = { match: 0, start: 10, end: 40, contribution: contribution + 1, item: 0, pos: 0 };
      const claim = { ...claimOf(100, [{ start: 10, end: 40, contribution }]), shared: [run] };
      const settled = world.refusal(attestor, attributionSettlement, {
        batch,
        asOf: undefined,
        claims: [withoutPicks(0, claim)],
      });
      expect(settled).toBe('CLAIM_SHARED_COMMONS');
      const matches = [
        { start: 10, end: 40, contribution },
        { start: 30, end: 50, contribution: contribution + 1 },
      ];
      settleAs(world, batch, [[0, claimOf(100, matches)]]);
      const scores = getAttribution(world.view, { batch, index: 0 })?.settlement.outcome.scores;
      expect(scores).toEqual([{ contribution, score: (rules === 1 ? 30 : 20) * 2560 }]);
    }
  });
});

describe('a claim about what several brought', () => {
  const settled = (scene: SharedScene, inference: Inference, claim: Claim): ReceiptPlace => {
    const batch = send(scene, inference);
    return { batch, index: 0, settlement: settleAs(scene.world, batch, [[0, claim]]) };
  };
  const statusOf = ({ world }: SharedScene, { batch, index }: ReceiptPlace) =>
    getReceipt(world.view, { batch, index })?.standing.status;
  const itemOf = (scene: SharedScene, place: number, item = 0): TextEvidence =>
    scene.rivals[place]?.contribution.evidence(item) ?? expect.fail('there is such a rival');
  const missing = (scene: SharedScene, { outputEvidence }: Inference, place = 0): Witness => ({
    type: 'shared',
    value: {
      position: 40,
      start: 40,
      end: 50,
      ownItem: 0,
      ownPos: 10,
      contribution: scene.rivals[place]?.contribution.contribution ?? 0,
      item: 0,
      pos: 10,
      output: outputEvidence.open(33, 50),
      own: scene.first.contribution.evidence(0).open(10, 20),
      source: itemOf(scene, place).open(10, 20),
      outputPassages: undefined,
      ownPassages: undefined,
      sourcePassages: undefined,
    },
  });

  it('falls if it leaves the runs out, to whoever shows one', () => {
    const scene = contested();
    const inference = scene.infer('what', `${OWN} ${TEXT}`);
    const place = settled(scene, inference, inference.claim);
    const ran = challengeAs(scene.world, place, missing(scene, inference));
    expect(eventOf(ran, 'challengeUpheld')).toMatchObject({ witness: 'shared', code: 'SHARED' });
    expect(statusOf(scene, place)).toBe('open');
  });

  it('stands if it shows them, or if the other came too late', () => {
    const scene = contested();
    const inference = scene.infer('what', `${OWN} ${TEXT}`);
    const true_ = settled(scene, inference, scene.claim(inference));
    expect(
      eventOf(challengeAs(scene.world, true_, missing(scene, inference)), 'challengeRefuted'),
    ).toMatchObject({
      code: 'WITNESS_HOLDS',
    });
    const copied = contested('after the reveal');
    const alone = copied.infer('what', `${OWN} ${TEXT}`);
    const place = settled(copied, alone, alone.claim);
    for (const by of [0, 1])
      expect(
        eventOf(challengeAs(copied.world, place, missing(copied, alone, by)), 'challengeRefuted'),
      ).toMatchObject({ code: 'WITNESS_DEPENDENT' });
    expect(statusOf(copied, place)).toBe('settled');
  });

  it('falls if it gives to a contribution what a commons holds, also a later one', () => {
    const world = new World([...everyone, watcher]);
    const index = new DatanetIndex(infoTable(), DEFAULT_PARAMETERS);
    const home = createDatanet(world, { bondPerByte: 0n });
    const brought = contributeTexts(world, alice, home, [TEXT], index);
    const notice = saltedOf(TEXT, bytes32('salt of the notice'));
    const item = { ...notice, promptTokens: 0, source: itemSource(notice) };
    const proven = proveContribution([unwrap(itemRoot({ ...notice, promptTokens: 0 }))]);
    const evidence = proveItem(proven, 0, item);
    const commons = { root: proven.root, items: 1, tokens: 60n, bytes: BigInt(TEXT.length) };
    const later = createDatanet(world, { commons, bondPerByte: 0n });
    contribute(world, bob, later, 'b');
    const model = registerModel(world, [pinOf(world, home), pinOf(world, later)]);
    deposit(world, 1_000_000n);
    const inference = infer([brought], 'what', TEXT);
    const batch = sendReceipts(world, model, [inference.body]);
    const place = { batch, index: 0, settlement: settleAs(world, batch, [[0, inference.claim]]) };
    const witness: Witness = {
      type: 'better',
      value: {
        position: 20,
        start: 15,
        end: 30,
        contribution: brought.contribution + 1,
        item: 0,
        pos: 15,
        output: inference.outputEvidence.open(8, 30),
        source: evidence.open(15, 30),
        outputPassages: undefined,
        sourcePassages: undefined,
      },
    };
    expect(eventOf(challengeAs(world, place, witness), 'challengeUpheld')).toMatchObject({
      code: 'BETTER_EARLIER',
    });
  });

  it('falls if a run does not stand in the second contribution, which can be demanded', () => {
    const scene = contested();
    const inference = scene.infer('what', `${OWN} ${TEXT}`);
    const claim = scene.claim(inference);
    const [run] = claim.shared;
    if (run === undefined) throw new Error('the text is shared');
    // Bob's second item is another text.
    const shared = [{ ...run, end: run.start + 20, item: 1, pos: 0 }];
    const false_ = claimWith({ ...inference, claim }, { shared });
    const place = settled(scene, inference, false_);
    const cited = { contribution: run.contribution, item: 1 };
    expect(challengeRefusal(scene.world, place, demandOf('source', { ...cited, item: 0 }))).toBe(
      'WITNESS_DEMAND',
    );
    expect(challengeRefusal(scene.world, place, demandOf('source', cited))).toBe('success');
    const witness: Witness = {
      type: 'invalid',
      value: {
        part: 'shared',
        index: 0,
        at: 5,
        text: inference.outputEvidence.open(run.start + 5, run.start + 6),
        source: itemOf(scene, 0, 1).open(5, 6),
      },
    };
    expect(eventOf(challengeAs(scene.world, place, witness), 'challengeUpheld')).toMatchObject({
      code: 'INVALID_SHARED',
    });
    expect(statusOf(scene, place)).toBe('open');
  });
});
