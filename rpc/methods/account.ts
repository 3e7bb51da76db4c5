import Type from 'typebox';
import { ok } from '../../src/lib/errors.ts';
import { accountOf } from '../../state/modules/ledger/accounts.ts';
import { method } from '../method.ts';
import { addressIn, amountOut, strict, uint64Out } from '../schema.ts';

export const ACCOUNT_METHODS = {
  account_get: method({
    summary: 'The balance and the nonce of an account. One that was never used has 0 of both.',
    params: Type.Object({ address: addressIn('The account.') }, strict),
    result: Type.Object({
      balance: amountOut(),
      nonce: uint64Out('Of its next transaction: how many have been executed.'),
    }),
    run: (node, { address }) => {
      const { balance, nonce } = node.read(({ view }) => accountOf(view, address));
      return ok({ balance: balance.toString(), nonce: nonce.toString() });
    },
  }),
};
