import Type from 'typebox';
import { addressIn, amountOut, strict, uint64Out } from './fields.ts';
import { schema } from './method-schema.ts';

export const ACCOUNT_SCHEMAS = {
  account_get: schema({
    summary: 'The balance and the nonce of an account. One that was never used has 0 of both.',
    params: Type.Object({ address: addressIn('The account.') }, strict),
    result: Type.Object({
      balance: amountOut(),
      nonce: uint64Out('Of its next transaction: how many have been executed.'),
    }),
  }),
};
