import * as Type from 'typebox';
import { addressIn, amountOut, strict, uint64Out } from './fields.ts';
import { schema } from './method-schema.ts';

export const ACCOUNT_SCHEMAS = {
  account_get: schema({
    summary:
      'Returns the balance and the nonce of an account. Both are 0 for an account that was never used.',
    params: Type.Object({ address: addressIn('The account.') }, strict),
    result: Type.Object({
      balance: amountOut(),
      nonce: uint64Out(
        'The nonce of its next transaction, which is the number of its executed transactions.',
      ),
    }),
  }),
};
