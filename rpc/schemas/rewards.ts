import * as Type from 'typebox';
import {
  addressIn,
  addressOut,
  amountOut,
  contributionOut,
  enumOut,
  listOut,
  modelOut,
  strict,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';
import { BY_PLACE } from './page.ts';

const POTS = [
  'burnedGas',
  'burnedFees',
  'burnedBonds',
  'treasury',
  'stakes',
  'attestorBonds',
  'contributionBonds',
  'reviewBonds',
  'challengeBonds',
  'escrow',
  'heldFees',
  'vesting',
  'rewards',
  'dataPools',
] as const;

const BySource = (description: string) =>
  Type.Object(
    {
      spans: amountOut('Earnings from spans of outputs that the contributions own.'),
      relevance: amountOut('Earnings from phrases that outputs share with the contributions.'),
      remainder: amountOut('Their shares of the part of the remainder that goes by novel tokens.'),
      models: amountOut(),
      stake: amountOut(),
    },
    { description },
  );

const contributionEarnings = () =>
  Type.Object({ spans: amountOut(), relevance: amountOut(), remainder: amountOut() });

export const REWARDS_SCHEMAS = {
  rewards_get: schema({
    summary:
      'Returns the earnings of an account by source, and how much of them it has claimed. A rewardClaim adds them to the balance.',
    params: Type.Object({ address: addressIn('The account.'), ...BY_PLACE.params }, strict),
    result: Type.Object({
      claimed: BySource('The sums that were added to the balance so far.'),
      claimable: BySource('The sums that a claim of everything on this page would add to the balance.'),
      contributions: listOut(
        Type.Object({
          contribution: contributionOut(),
          earned: contributionEarnings(),
          claimed: contributionEarnings(),
        }),
        'The accepted contributions of this page.',
      ),
      contributionsTotal: uint32Out('The number of commits of the account.'),
      models: listOut(
        Type.Object({ model: modelOut(), earned: amountOut(), claimed: amountOut() }),
        'The models of this page that the account owns or has a share of.',
      ),
      modelsTotal: uint32Out(),
      stake: listOut(
        Type.Object({ validator: addressOut(), earned: amountOut(), claimed: amountOut() }),
        'The validators that pay out to this account.',
      ),
    }),
  }),

  rewards_totals: schema({
    summary: 'Returns the money of all receipts and where it went, and the balance of each pot.',
    params: Type.Object({}, strict),
    result: Type.Object({
      totals: Type.Object({
        receipts: uint64Out('Executed.'),
        settled: uint64Out('The number of receipts whose settlement is final.'),
        unsettled: uint64Out('The number of receipts that nobody settled in time.'),
        voided: uint64Out('The number of receipts that were shown to be malformed.'),
        upheld: uint64Out('The number of challenges that were upheld.'),
        refuted: uint64Out('The number of challenges that were refuted.'),
        answered: uint64Out('The number of demands that were answered.'),
        fees: amountOut(
          'The model fees of the receipts that were paid out, and the prices of compute and apps except for void ones.',
        ),
        burned: amountOut(),
        treasury: amountOut(),
        attestors: amountOut(),
        challengers: amountOut(
          'The share of attestors in the fees of void receipts, which goes to challengers.',
        ),
        providers: amountOut(),
        apps: amountOut('The prices of the apps through which answers were asked for.'),
        model: amountOut('The share of the owners of models and of the accounts with a share in them.'),
        stakers: amountOut(),
        data: amountOut('The span pools.'),
        relevance: amountOut('Paid by relevance.'),
        remainder: amountOut('The rest of the data money, which no track pays.'),
        remainderToTreasury: amountOut(
          'The part of the remainder that does not go by novel tokens, or that no Datanet could receive.',
        ),
        shared: amountOut('The data money for what several owners brought, which went to the treasury.'),
        refunded: amountOut(
          'The prices of compute and apps of void receipts, paid back to their payers. They are not part of the sums above.',
        ),
        bondRewards: amountOut(
          'The parts of slashed bonds paid to challengers, and of the costs of demands paid to those who answered.',
        ),
        burnedBonds: amountOut(
          'The burned parts of slashed bonds, of the bonds of refuted challenges and of the costs of demands.',
        ),
        forfeitedBonds: amountOut(
          'The forfeited bonds that went to the treasury. They are not part of the sums above.',
        ),
        forfeitedShares: amountOut(
          'The shares of struck novel tokens in the remainder, which went to the treasury.',
        ),
      }),
      pots: listOut(Type.Object({ pot: enumOut(POTS), amount: amountOut() })),
    }),
  }),
};
