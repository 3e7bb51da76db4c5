import * as Type from 'typebox';
import { addressIn, amountOut, heightOut, listOut, rootOut, strict, uint32In, uint64Out } from './fields.ts';
import { schema } from './method-schema.ts';

const channelParams = {
  payer: addressIn('The account that pays.'),
  provider: addressIn('The account that is paid.'),
};

export const ESCROW_SCHEMAS = {
  escrow_get: schema({
    summary: 'Returns the deposit of a payer for one provider.',
    params: Type.Object(channelParams, strict),
    result: Type.Object({
      deposit: amountOut('The amount that receipts can draw on, with the amount that is being withdrawn.'),
      withdrawing: amountOut('The part of the deposit that is being withdrawn.'),
      withdrawals: listOut(
        Type.Object({ amount: amountOut(), matures: heightOut('The block at whose end it is paid out.') }),
      ),
    }),
  }),

  escrow_getVoucher: schema({
    summary:
      'Returns the state of a lane, where the next voucher of a payer for a provider continues. A payer may use several lanes at once.',
    params: Type.Object(
      { ...channelParams, lane: uint32In('The number of the lane. Lane 0 is the usual one.') },
      strict,
    ),
    result: Type.Object({
      amount: amountOut('The sum of the charges of its receipts.'),
      count: uint64Out('The number of receipts.'),
      accumulator: rootOut('The accumulator over its receipts; zero before the first.'),
    }),
  }),
};
