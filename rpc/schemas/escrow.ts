import Type from 'typebox';
import { addressIn, addressOut, amountOut, listOut, rootOut, strict, uint32In, uint64Out } from './fields.ts';
import { schema } from './method-schema.ts';

const channelParams = {
  payer: addressIn('Who pays.'),
  provider: addressIn('Who is paid.'),
};

export const ESCROW_SCHEMAS = {
  escrow_get: schema({
    summary: 'What a payer may spend with one provider.',
    params: Type.Object(channelParams, strict),
    result: Type.Object({
      deposit: amountOut('All that receipts can draw on, what is to be withdrawn included.'),
      withdrawing: amountOut('Of it, what is on its way out.'),
      withdrawals: listOut(
        Type.Object({ amount: amountOut(), matures: uint64Out('Paid at the end of this block.') }),
      ),
    }),
  }),

  escrow_getVoucher: schema({
    summary: 'How far a payer’s vouchers for a provider and a model are used up: where the next one goes on.',
    params: Type.Object({ ...channelParams, model: uint32In('Of the model.') }, strict),
    result: Type.Object({
      amount: amountOut('Σ of the receipts’ charges.'),
      count: uint64Out('Of receipts.'),
      accumulator: rootOut('Zero before the first.'),
    }),
  }),

  attestor_get: schema({
    summary: 'An attestor, and its bond.',
    params: Type.Object({ address: addressIn('The account that sends its settlements.') }, strict),
    result: Type.Object({
      payout: addressOut('The account that gets its share.'),
      bond: amountOut(),
      locked: amountOut('Of the bond, behind settlements that are not final yet.'),
    }),
    errors: ['ATTESTOR_NOT_FOUND'],
  }),
};
