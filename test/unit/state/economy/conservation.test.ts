/**
 * Any history: whatever is sent, in whatever order, no base unit is made or lost (the world checks every block), and in
 * the end all that receipts brought in has reached someone.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Root } from '../../../../src/lib/brands.ts';
import type { ModelId } from '../../../../src/lib/ids.ts';
import { splitFee } from '../../../../state/attribution/fees.ts';
import {
  acceptedOf,
  isEligible,
  nextContribution,
  originOf,
  standingOf,
} from '../../../../state/modules/data/contributions.ts';
import { novelTokensLeft, shareOf } from '../../../../state/modules/data/novelty-shares.ts';
import { type DeclarationFall, fallDeclaration } from '../../../../state/modules/disputes/declarations.ts';
import { potTotal } from '../../../../state/modules/ledger/accounts.ts';
import { totalsOf } from '../../../../state/modules/ledger/totals.ts';
import { modelVersionOf } from '../../../../state/modules/models/models.ts';
import { contributionEarned } from '../../../../state/modules/pay/rewards.ts';
import { eligibleContributions } from '../../../../state/queries/contributions.ts';
import { getModel } from '../../../../state/queries/models.ts';
import { getBatch } from '../../../../state/queries/receipts.ts';
import { getRewards } from '../../../../state/queries/rewards.ts';
import { attributionSettlement } from '../../../../state/tx/attribution-settlement.ts';
import { contributionReview } from '../../../../state/tx/contribution-review.ts';
import { dataContribution } from '../../../../state/tx/data-contribution.ts';
import { escrowDeposit } from '../../../../state/tx/escrow-deposit.ts';
import { escrowWithdraw } from '../../../../state/tx/escrow-withdraw.ts';
import { inferenceReceipt } from '../../../../state/tx/inference-receipt.ts';
import { modelRegistration } from '../../../../state/tx/model-registration.ts';
import { modelFee } from '../../../../state/tx/receipt.ts';
import { rewardClaim } from '../../../../state/tx/reward-claim.ts';
import { keyText } from '../../../../state/view.ts';
import { withoutPicks } from './no-picks.ts';
import {
  alice,
  attestor,
  bob,
  calibrate,
  claimOf,
  commitAs,
  createDatanet,
  everyone,
  modelTerms,
  owner,
  payer,
  pinOf,
  provider,
  receiptBody,
  receiptGroup,
  reveal,
  review,
  reviewers,
  trainer,
} from './scenes.ts';
import { type Actor, actor, bytes32, World } from './world.ts';

const contributors = [alice, bob, reviewers[0]] as const;
const claimants: readonly Actor[] = [...contributors, owner, trainer, actor('north'), actor('south')];

type History = {
  readonly world: World;
  readonly batches: { readonly id: Root; readonly model: ModelId }[];
  /** Of every receipt executed, by the price it was to be charged: worked out apart from the chain. */
  readonly charges: { readonly compute: bigint; readonly fee: bigint; readonly appFee: bigint }[];
  models: number;
  /** κ of every model. */
  readonly controlBps: number;
};

/** One thing that happens; `n` is as good as random. Much of it is refused, as on any chain. */
type Step = { readonly tag: (typeof TAGS)[number]; readonly n: number };

const TAGS = [
  'contribute',
  'propose',
  'judge',
  'register',
  'deposit',
  'withdraw',
  'serve',
  'settle',
  'claim',
  'strike',
  'wait',
] as const;

const pick = <T>(from: readonly T[], n: number): T => {
  const chosen = from[n % from.length];
  if (chosen === undefined) throw new Error('picked from nothing');
  return chosen;
};

const claimEverything = (world: World, who: Actor): string => {
  const { contributions, models, stake } = getRewards(world.view, who.address, { from: 0, limit: 200 });
  const code = world.refusal(who, rewardClaim, {
    contributions: contributions.map(({ contribution }) => contribution),
    models: models.map(({ model }) => model).slice(0, 64),
    stake: stake.length > 0,
  });
  expect(code).not.toBe('REWARD_OVERCLAIMED');
  return code;
};

const serve = ({ world, batches, charges }: History, model: ModelId, n: number): void => {
  const prices = getModel(world.view, model)?.terms.prices ?? { in: 0n, out: 0n };
  const bodies = Array.from({ length: 1 + (n % 3) }, (_, i) => {
    const metered = {
      tokensIn: n % 50,
      tokensOut: 50 + ((n + i) % 100),
      bytesIn: (n % 50) * (1 + (n % 12)),
      bytesOut: 1_200 + (n % 7),
    };
    // Every third was asked for by an app, which may ask nothing for it.
    const app = n % 3 === 0 ? { app: trainer.address, appFee: BigInt(n % 500) } : {};
    const visibility = n % 5 === 0 ? ('private' as const) : ('public' as const);
    const fee = modelFee(metered, prices);
    return receiptBody(`${n} ${i}`, { ...metered, ...app, visibility, compute: BigInt(n % 1_000), fee });
  });
  const group = receiptGroup(world, model, bodies, {}, n % 4 === 0 ? alice : payer);
  const before = totalsOf(world.view).receipts;
  world.refusal(provider, inferenceReceipt, { groups: [group] });
  if (totalsOf(world.view).receipts === before) return;
  const id = [...world.state.keys()].flatMap(
    (key) => /^batches\/0x(\w{64})\/status$/.exec(keyText(key))?.[1] ?? [],
  );
  const known = new Set(batches.map((each) => Buffer.from(each.id).toString('hex')));
  for (const hex of id.filter((each) => !known.has(each)))
    batches.push({ id: new Uint8Array(Buffer.from(hex, 'hex')) as Root, model });
  charges.push(...bodies);
};

const settle = ({ world, batches }: History, n: number): void => {
  if (batches.length === 0) return;
  const { id, model } = pick(batches, n);
  const batch = getBatch(world.view, id);
  const version = modelVersionOf(world.view, model, 1);
  if (batch === undefined || version === undefined) return;
  const eligible = eligibleContributions(world.view, version, { from: 0, limit: 1_000 });
  const contributions = eligible.contributions.map(({ contribution }) => contribution);
  const claims = batch.open.slice(0, 1 + (n % 2)).map((index) => {
    const tokens = batch.receipts[index]?.body.tokensOut ?? 0;
    const matches =
      contributions.length === 0
        ? []
        : [{ start: n % 10, end: (n % 10) + 10 + (n % 30), contribution: pick(contributions, n) }];
    return withoutPicks(index, claimOf(tokens, matches));
  });
  if (claims.length > 0)
    world.refusal(attestor, attributionSettlement, { batch: id, asOf: undefined, claims });
};

/** What every contribution shares by, and has earned of the remainder. */
const sharesOf = ({ view }: World) =>
  Array.from({ length: nextContribution(view) - 1 }, (_, i) => acceptedOf(view, i + 1)).flatMap(
    (accepted, i) => {
      const share = accepted === undefined ? undefined : shareOf(accepted);
      return accepted === undefined || share === undefined
        ? []
        : [
            [
              novelTokensLeft(view, accepted.datanet, share),
              contributionEarned(view, i + 1, accepted).remainder,
            ],
          ];
    },
  );

/** What an upheld challenge against a contribution does, without the witness. */
const strike = (world: World, n: number): void => {
  const contributions = Array.from({ length: nextContribution(world.view) - 1 }, (_, i) => i + 1);
  // Half of the time one of those that stand at acceptance 0.
  const first = contributions.filter((each) => acceptedOf(world.view, each)?.acceptance === 0);
  const contribution = pick(n % 2 === 0 && first.length > 0 ? first : contributions, n >> 1);
  const accepted = acceptedOf(world.view, contribution);
  if (accepted === undefined || !isEligible(accepted)) return;
  const context = { view: world.state, block: world.context, emit: () => undefined };
  const voided: DeclarationFall = { type: 'contribution', reason: 'MALFORMED_COUNT' };
  const share = shareOf(accepted);
  if (share === undefined) {
    // Nothing else can fall of it, and it has no part in what others share.
    const shares = sharesOf(world);
    fallDeclaration(context, contribution, voided, payer.address);
    expect(sharesOf(world)).toEqual(shares);
  } else {
    const source = n % 4 === 0 ? contribution : undefined;
    const left = Number(novelTokensLeft(world.view, accepted.datanet, share));
    const tokens = Math.ceil(left / (1 + (n % 3)));
    const falls: readonly DeclarationFall[] = [
      { type: 'novelRun', reason: 'OVERLAP', index: n % 5, tokens, source },
      { type: 'passage', reason: 'PASSAGE', index: n % 3, source: contribution },
      voided,
    ];
    fallDeclaration(context, contribution, pick(falls, n % 7), payer.address);
  }
  world.checkMoney();
};

const take = (history: History, { tag, n }: Step): void => {
  const { world } = history;
  switch (tag) {
    case 'contribute': {
      const from = pick(contributors, n);
      const datanet = 1 + (n % 2);
      const contribution = commitAs(world, from, datanet, `content ${n} ${nextContribution(world.view)}`);
      world.block();
      const novel = n % 101;
      const novelRuns = novel === 0 ? [] : [{ item: 0, start: 0, end: novel }];
      // One in five is never revealed.
      if (n % 5 > 0)
        world.run(
          from,
          dataContribution,
          reveal(contribution, datanet, `content ${n} ${contribution}`, { novelRuns }),
        );
      return;
    }
    case 'propose': {
      const datanet = 1 + (n % 2);
      // Datanets 1 and 2 have the commons 1 and 2; what comes after those holds 100 tokens.
      const source = 3 + (n % Math.max(1, nextContribution(world.view) - 3));
      const from = pick(contributors, n);
      const contribution = commitAs(world, from, datanet, `commons ${n} ${nextContribution(world.view)}`);
      world.block();
      const run = { item: 0, start: 0, end: 100, contribution: source, sourceItem: 0, sourcePos: 0 };
      const proposal = reveal(contribution, datanet, `commons ${n} ${contribution}`, {
        role: 'commons',
        novelRuns: [],
        copied: [run],
      });
      expect(['success', 'CONTRIBUTION_COPIED_SOURCE']).toContain(
        world.refusal(from, dataContribution, proposal),
      );
      return;
    }
    case 'judge': {
      const verdict = n % 4 === 0 ? 'reject' : n % 7 === 0 ? 'withdraw' : 'accept';
      for (let contribution = 1; contribution < nextContribution(world.view); contribution++)
        if ((contribution + n) % 3 > 0)
          world.refusal(pick(reviewers, n), contributionReview, review(contribution, { verdict }));
      return;
    }
    case 'register': {
      const pins = [1, 2].map((datanet) => pinOf(world, datanet)).filter(({ count }) => count > 0);
      const shares = [{ account: trainer.address, role: 'compute' as const, bps: 1 + (n % 9_999) }];
      const base = history.models > 0 && n % 2 === 0 ? 1 + (n % history.models) : undefined;
      const prices = { in: BigInt(n % 5_000), out: BigInt(n) };
      const terms = modelTerms(pins.slice(0, n % 3), { shares, base, prices });
      if (world.refusal(owner, modelRegistration, terms) !== 'success') return;
      history.models += 1;
      calibrate(world, history.models, { controlBps: history.controlBps });
      return;
    }
    case 'deposit':
      world.refusal(n % 4 === 0 ? alice : payer, escrowDeposit, {
        provider: provider.address,
        amount: BigInt(n),
      });
      return;
    case 'withdraw':
      world.refusal(payer, escrowWithdraw, { provider: provider.address, amount: BigInt(1 + (n % 3_000)) });
      return;
    case 'serve':
      if (history.models > 0) serve(history, 1 + (n % history.models), n);
      return;
    case 'settle':
      settle(history, n);
      return;
    case 'claim':
      claimEverything(world, pick(claimants, n));
      return;
    case 'strike':
      strike(world, n);
      return;
    case 'wait':
      world.until(world.height + BigInt(n % 8));
  }
};

it('pays out to the last base unit what receipts brought in, whatever happens', () => {
  // What is common stands there more than once.
  const tag = fc.constantFrom(
    ...TAGS,
    'judge' as const,
    'serve' as const,
    'serve' as const,
    'settle' as const,
    'strike' as const,
    'strike' as const,
  );
  const steps = fc.array(fc.record({ tag, n: fc.nat(100_000) }), { minLength: 10, maxLength: 32 });
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 1_000), (history, controlBps) => {
      const world = new World([...everyone, actor('north')]);
      const commons = { root: bytes32('notice'), items: 1, tokens: 40n, bytes: 200n };
      for (const _datanet of [1, 2]) createDatanet(world, { commons });
      const told: History = { world, batches: [], charges: [], models: 0, controlBps };
      take(told, { tag: 'contribute', n: 6 });
      for (const n of [1, 2]) take(told, { tag: 'judge', n });
      take(told, { tag: 'register', n: 9_995 });
      take(told, { tag: 'deposit', n: 100_001 });
      for (const step of history) take(told, step);
      // Past every deadline, window and epoch.
      world.until(world.height + 50n);
      for (const who of claimants) claimEverything(world, who);

      const totals = totalsOf(world.view);
      const splits = told.charges.map(({ fee }) => splitFee(fee, world.params.shares));
      const sum = (of: (each: (typeof splits)[number]) => bigint) =>
        splits.reduce((total, each) => total + of(each), 0n);
      expect(totals.fees).toBe(
        told.charges.reduce((total, { compute, fee, appFee }) => total + compute + fee + appFee, 0n),
      );
      expect(totals.apps).toBe(told.charges.reduce((total, { appFee }) => total + appFee, 0n));
      expect(totals.burned).toBe(sum(({ burned }) => burned));
      expect(totals.treasury + totals.attestors).toBe(sum(({ treasury, attestor }) => treasury + attestor));
      expect(totals.model).toBe(sum(({ model }) => model));
      expect(totals.data + totals.remainder).toBe(sum(({ data }) => data));
      expect(totals.settled + totals.unsettled).toBe(totals.receipts);
      for (const pot of ['heldFees', 'dataPools'] as const) expect(potTotal(world.view, pot)).toBe(0n);
      // Reviewers wait for nothing but what is still under review.
      let waiting = 0n;
      for (let contribution = 1; contribution < nextContribution(world.view); contribution++) {
        if (originOf(world.view, contribution) === undefined) continue;
        const { stage, reviews } = standingOf(world.view, contribution);
        const bonds = reviews.reduce((total, { bond }) => total + bond, 0n);
        if (stage !== 'review') expect(bonds).toBe(0n);
        waiting += bonds;
      }
      expect(potTotal(world.view, 'reviewBonds')).toBe(waiting);
      // What rounding down has left, a unit at most for each that is paid and each payment to a Datanet.
      expect(potTotal(world.view, 'rewards')).toBeLessThan(200n);
    }),
    { numRuns: 20 },
  );
});
