/** Accounts. Pure reads over the state of one height. */
import type { Address } from '../../src/lib/brands.ts';
import { ok } from '../../src/lib/errors.ts';
import { accountOf } from '../modules/ledger/accounts.ts';
import type { CommittedState } from './query.ts';

export const ACCOUNT_QUERIES = {
  account_get: ({ view }: CommittedState, { address }: { readonly address: Address }) =>
    ok(accountOf(view, address)),
};
