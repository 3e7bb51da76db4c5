import Type from 'typebox';
import {
  addressIn,
  addressOut,
  amountOut,
  enumOut,
  listOut,
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
  'challengeBonds',
  'escrow',
  'heldFees',
  'rewards',
  'dataPools',
] as const;

const BySource = (description: string) =>
  Type.Object(
    {
      spans: amountOut('What contributions own of outputs.'),
      remainder: amountOut('Their shares of what nothing explains.'),
      models: amountOut(),
      stake: amountOut(),
    },
    { description },
  );

const contributionEarnings = () => Type.Object({ spans: amountOut(), remainder: amountOut() });

export const REWARDS_SCHEMAS = {
  rewards_get: schema({
    summary:
      'What an account has earned, by source, and what it has claimed. rewardClaim turns it into balance.',
    params: Type.Object({ address: addressIn('The account.'), ...BY_PLACE.params }, strict),
    result: Type.Object({
      claimed: BySource('Turned into balance so far.'),
      claimable: BySource('What a claim of all that this page lists would bring.'),
      contributions: listOut(
        Type.Object({
          contribution: uint32Out(),
          earned: contributionEarnings(),
          claimed: contributionEarnings(),
        }),
        'Of this page: the accepted ones.',
      ),
      contributionsTotal: uint32Out('Commits of the account.'),
      models: listOut(
        Type.Object({ model: uint32Out(), earned: amountOut(), claimed: amountOut() }),
        'Of this page: those that the account owns or has a share of.',
      ),
      modelsTotal: uint32Out(),
      stake: listOut(
        Type.Object({ validator: addressOut(), earned: amountOut(), claimed: amountOut() }),
        'The validators whose payout this account is.',
      ),
    }),
  }),

  rewards_totals: schema({
    summary: 'The money of all receipts, and where it went; and what each pot holds.',
    params: Type.Object({}, strict),
    result: Type.Object({
      totals: Type.Object({
        receipts: uint64Out('Executed.'),
        settled: uint64Out('Whose settlement is final.'),
        unsettled: uint64Out('That nobody settled in time.'),
        voided: uint64Out('That were shown to be malformed.'),
        upheld: uint64Out('Challenges that brought something down.'),
        refuted: uint64Out('Challenges that did not.'),
        answered: uint64Out('Demands that were answered.'),
        fees: amountOut('Model fees of the receipts paid out, and their compute but for void ones.'),
        burned: amountOut(),
        treasury: amountOut(),
        attestors: amountOut(),
        challengers: amountOut('The attestors’ part of the fees of void receipts.'),
        providers: amountOut(),
        model: amountOut('Owners of models, and of shares in them.'),
        stakers: amountOut(),
        data: amountOut('Span pools.'),
        remainder: amountOut('The rest of the data money.'),
        remainderToTreasury: amountOut('The part of it that no Datanet could take.'),
        refunded: amountOut('Compute of void receipts, back to their payers, and no part of the above.'),
        bondRewards: amountOut(
          'Of bonds that fell, to challengers; of what demands cost, to those who answered.',
        ),
        burnedBonds: amountOut(
          'Of bonds that fell, challenges that were refuted and what demands cost: out of circulation.',
        ),
        forfeitedBonds: amountOut('To the treasury, and no part of the above.'),
        forfeitedShares: amountOut(
          'Shares of the remainder of novel tokens that were none: to the treasury.',
        ),
      }),
      pots: listOut(Type.Object({ pot: enumOut(POTS), amount: amountOut() })),
    }),
  }),
};
