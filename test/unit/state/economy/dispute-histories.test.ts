/**
 * Any history of disputes: receipts true and malformed, settlements true and false, challenges that prove and that do
 * not, demands answered and not, time running out. The world checks the money of every block; here, that each challenge
 * ends as the texts say, that nothing is stuck in the end, and that every bond is where it belongs.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Root, ZERO_ROOT } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { splitFee } from '../../../../state/attribution/fees.ts';
import type { Demand, Witness } from '../../../../state/attribution/witness/types.ts';
import { challengeOf } from '../../../../state/modules/disputes/challenges.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { bondOfClaim } from '../../../../state/modules/receipts/backing.ts';
import { lockedBondOf } from '../../../../state/modules/receipts/settlements.ts';
import { getAttestor } from '../../../../state/queries/economy.ts';
import { getReceipt } from '../../../../state/queries/receipts.ts';
import { getRewards } from '../../../../state/queries/rewards.ts';
import { attributionAnswer } from '../../../../state/tx/attribution-answer.ts';
import { attributionChallenge } from '../../../../state/tx/attribution-challenge.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import {
  type DisputeScene,
  demandOf,
  disputeScene,
  helper,
  type Inference,
  OUTPUT,
  onContribution,
  overlapOf,
  PROMPT,
  send,
  watcher,
} from './dispute-scenes.ts';
import { type Lie, liesOf, malformedWitness, spoilt } from './lies.ts';
import { withoutPicks } from './no-picks.ts';
import { alice, attestor, bob, owner } from './scenes.ts';
import { type Actor, ATTESTOR_BOND, actor, intent } from './world.ts';

const TAGS = [
  'serve',
  'settle',
  'challenge',
  'demand',
  'answer',
  'expose',
  'strike',
  'claim',
  'wait',
] as const;
type Step = { readonly tag: (typeof TAGS)[number]; readonly n: number };

/** What the test knows of a receipt that the chain cannot. */
type Known = { readonly batch: Root; readonly index: number; readonly spoilt: boolean; lie: Lie | undefined };

type History = {
  readonly scene: DisputeScene;
  readonly honest: Inference;
  readonly bad: Inference;
  readonly lies: readonly Lie[];
  readonly receipts: Known[];
  readonly demands: { readonly id: Root; readonly demand: Demand; readonly spoilt: boolean }[];
  /** Upheld against claims, refuted, upheld against receipts: as the texts say. */
  readonly expected: { fell: number; refuted: number; voided: number; answered: number; struck: number };
  /** What answered demands cost. */
  spent: bigint;
};

const pick = <T>(from: readonly T[], n: number): T | undefined => from[n % Math.max(1, from.length)];
const statusOf = ({ scene }: History, known: Known) => getReceipt(scene.world.view, known)?.standing;

const challenge = (
  { scene: { world } }: History,
  by: Actor,
  known: Known,
  settlement: Root,
  witness: Witness,
) =>
  world.block(
    intent(by, attributionChallenge, {
      target: { type: 'receipt', value: { batch: known.batch, index: known.index, settlement } },
      witness,
    }),
  )[0];

const settle = (history: History, n: number): void => {
  const { scene, honest, lies, receipts } = history;
  const open = receipts.filter((known) => statusOf(history, known)?.status === 'open');
  const first = pick(open, n);
  if (first === undefined) return;
  // All that are open in one batch; every third of them is lied about.
  const chosen = open.filter(({ batch }) => toHex(batch) === toHex(first.batch));
  for (const [i, known] of chosen.entries()) known.lie = (n + i) % 3 === 0 ? pick(lies, n + i) : undefined;
  const claims = chosen.map(({ index, lie }) => withoutPicks(index, lie?.claim ?? honest.claim));
  expect(
    scene.world.refusal(attestor, attributionSettlement, { batch: first.batch, asOf: undefined, claims }),
  ).toMatch(/^success$|^ATTESTOR_BOND$/);
};

const dispute = (history: History, n: number): void => {
  const { lies, receipts, expected } = history;
  const held = receipts.filter((known) => statusOf(history, known)?.status === 'settled');
  const known = pick(held, n);
  const standing = known === undefined ? undefined : statusOf(history, known);
  if (known === undefined || standing?.status !== 'settled') return;
  const { settlement, status } = { ...standing, settlement: standing.settlement.id };
  expect(status).toBe('settled');
  // Half of the challengers know what is false; the others guess.
  const witness = (n % 2 === 0 ? known.lie : pick(lies, n))?.witness ?? pick(lies, n)?.witness;
  if (witness === undefined) return;
  const ran = challenge(history, n % 5 === 0 ? attestor : watcher, known, settlement, witness);
  // What an opening shows of a spoilt text is still held against its root, which is another: nothing is proven.
  const proves = known.lie?.witness.type === witness.type && !known.spoilt;
  expect(ran?.events.some(({ type }) => type === 'challengeUpheld')).toBe(proves);
  if (proves) expected.fell += 1;
  else expected.refuted += 1;
};

const demand = (history: History, n: number): void => {
  const held = history.receipts.filter((known) => statusOf(history, known)?.status === 'settled');
  const known = pick(held, n);
  const standing = known === undefined ? undefined : statusOf(history, known);
  if (known === undefined || standing?.status !== 'settled') return;
  const witness =
    n % 3 === 0 ? demandOf('output', { count: 3 }) : demandOf('prompt', { first: n % 2, count: 1 });
  const ran = challenge(history, watcher, known, standing.settlement.id, witness);
  if (witness.type === 'demand' && ran?.result.status === 'success')
    history.demands.push({ id: ran.id, demand: witness.value, spoilt: known.spoilt });
};

const answer = (history: History, n: number): void => {
  const { scene, honest, bad, demands, expected } = history;
  const asked = pick(demands, n);
  if (asked === undefined) return;
  const { text, first, count } = asked.demand;
  const source = asked.spoilt ? bad : honest;
  const evidence = text === 'output' ? source.outputEvidence : source.promptEvidence;
  const opening = evidence.openChunks(first, count);
  const said = scene.world.refusal(helper, attributionAnswer, { demand: asked.id, opening });
  expect(said).toMatch(/^success$|^DEMAND_CLOSED$/);
  if (said !== 'success') return;
  expected.answered += 1;
  history.spent += challengeOf(scene.world.view, asked.id)?.demand?.cost ?? 0n;
};

const expose = (history: History, n: number): void => {
  const { bad, receipts, expected } = history;
  const known = pick(receipts, n);
  const status = known === undefined ? undefined : statusOf(history, known)?.status;
  if (known === undefined || (status !== 'open' && status !== 'settled')) return;
  const ran = challenge(history, watcher, known, ZERO_ROOT, malformedWitness(bad));
  expect(ran?.events.some(({ type }) => type === 'receiptVoided')).toBe(known.spoilt);
  if (known.spoilt) expected.voided += 1;
  else expected.refuted += 1;
};

/** Bob has declared alice's words as novel: the run falls, and with it what it has earned and he has not claimed. */
const strike = ({ scene: { world, early, late }, expected }: History): void => {
  const ran = world.block(
    intent(watcher, attributionChallenge, onContribution(late, overlapOf(late, early))),
  )[0];
  expect(ran?.events.some(({ type }) => type === 'challengeUpheld')).toBe(expected.struck === 0);
  expected.struck = 1;
};

const claimants: readonly Actor[] = [alice, bob, owner, actor('north'), actor('south')];

const claimEverything = ({ scene: { world } }: History, who: Actor): void => {
  const { contributions, models, stake } = getRewards(world.view, who.address, { from: 0, limit: 200 });
  world.refusal(who, rewardClaim, {
    contributions: contributions.map(({ contribution }) => contribution),
    models: models.map(({ model }) => model),
    stake: stake.length > 0,
  });
};

const take = (history: History, { tag, n }: Step): void => {
  const { scene, honest, bad, receipts } = history;
  switch (tag) {
    case 'serve': {
      const served = Array.from({ length: 1 + (n % 3) }, (_, i) => (n + i) % 4 === 0);
      const batch = send(scene, ...served.map((isBad) => (isBad ? bad : honest)));
      for (const [index, isBad] of served.entries())
        receipts.push({ batch, index, spoilt: isBad, lie: undefined });
      return;
    }
    case 'settle':
      settle(history, n);
      return;
    case 'challenge':
      dispute(history, n);
      return;
    case 'demand':
      demand(history, n);
      return;
    case 'answer':
      answer(history, n);
      return;
    case 'expose':
      expose(history, n);
      return;
    case 'strike':
      // Else it would fall in nearly every history at once.
      if (n % 3 === 0) strike(history);
      return;
    case 'claim': {
      const who = pick(claimants, n);
      if (who !== undefined) claimEverything(history, who);
      return;
    }
    case 'wait':
      scene.world.until(scene.world.height + BigInt(n % 6));
  }
};

it('ends with every receipt paid, every bond accounted for and nothing stuck', () => {
  const tag = fc.constantFrom(...TAGS, 'serve' as const, 'settle' as const, 'challenge' as const);
  const steps = fc.array(fc.record({ tag, n: fc.nat(100_000) }), { minLength: 20, maxLength: 60 });
  const seen = { fell: 0, refuted: 0, voided: 0, answered: 0, unanswered: 0, struck: 0, forfeited: 0 };
  fc.assert(
    fc.property(steps, (history) => {
      const scene = disputeScene(
        (params) => ({
          ...params,
          attribution: { ...params.attribution, challengeWindow: 6, answerWindow: 8 },
        }),
        () => ({
          novelRuns: [
            { item: 0, start: 0, end: 200 },
            { item: 1, start: 0, end: 40 },
          ],
        }),
      );
      const { world } = scene;
      const honest = scene.infer(PROMPT, OUTPUT);
      const told: History = {
        scene,
        honest,
        bad: spoilt(honest),
        lies: liesOf(scene, honest),
        receipts: [],
        demands: [],
        expected: { fell: 0, refuted: 0, voided: 0, answered: 0, struck: 0 },
        spent: 0n,
      };
      take(told, { tag: 'serve', n: 1 });
      take(told, { tag: 'settle', n: 3 });
      for (const step of history) take(told, step);
      // Past every demand, window, deadline and epoch.
      world.until(world.height + 60n);
      for (const who of claimants) claimEverything(told, who);

      const { view, params } = world;
      const totals = totalsOf(view);
      const { expected, receipts } = told;
      const unanswered = Number(totals.upheld) - expected.fell - expected.voided - expected.struck;
      const fallen = BigInt(expected.fell + unanswered);
      const { challengeBond } = params.attribution;
      const bond = bondOfClaim({ body: honest.body }, params);
      // Half of what falls, or of what an answer costs, is paid, half burned.
      const rewards = fallen * (bond / 2n) + told.spent / 2n;
      expect(totals).toMatchObject({
        receipts: BigInt(receipts.length),
        refuted: BigInt(expected.refuted),
        answered: BigInt(expected.answered),
        voided: BigInt(expected.voided),
        refunded: BigInt(expected.voided) * honest.body.compute,
        bondRewards: rewards,
        burnedBonds: fallen * bond + told.spent - rewards + BigInt(expected.refuted) * challengeBond,
      });
      expect(totals.settled + totals.unsettled + totals.voided).toBe(totals.receipts);
      // All receipts are of one fee, so every part of it is known.
      const split = splitFee(honest.body.fee, params.shares);
      const count = BigInt(receipts.length);
      expect(totals.fees).toBe(count * honest.body.fee + (count - totals.voided) * honest.body.compute);
      expect(totals).toMatchObject({
        burned: count * split.burned,
        attestors: totals.settled * split.attestor,
        challengers: totals.voided * split.attestor,
        treasury: count * split.treasury + totals.unsettled * split.attestor,
        model: count * split.model,
        stakers: count * split.stakers,
      });
      expect(totals.data + totals.remainder).toBe(count * split.data);
      for (const pot of ['heldFees', 'dataPools', 'challengeBonds'] as const)
        expect(potTotal(view, pot), pot).toBe(0n);
      expect(lockedBondOf(view, attestor.address)).toBe(0n);
      expect(getAttestor(view, attestor.address)?.bond).toBe(ATTESTOR_BOND - fallen * bond);
      expect(potTotal(view, 'attestorBonds')).toBe(ATTESTOR_BOND - fallen * bond);
      // Rounding down leaves a unit for each who is paid and each payment to a Datanet.
      expect(potTotal(view, 'rewards')).toBeLessThan(100n);
      for (const name of ['fell', 'refuted', 'voided', 'answered', 'struck'] as const)
        seen[name] += expected[name];
      if (totals.forfeitedShares > 0n) seen.forfeited += 1;
      seen.unanswered += unanswered;
    }),
    { numRuns: 40 },
  );
  // Else the histories would show nothing.
  for (const [name, times] of Object.entries(seen)) expect(times, name).toBeGreaterThan(0);
});
