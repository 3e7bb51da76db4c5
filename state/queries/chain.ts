/** The chain as a whole. Pure reads over the state of one height. */
import { ok } from '../../src/lib/errors.ts';
import { paramsOf } from '../modules/ledger/parameters.ts';
import type { CommittedState } from './query.ts';

export const CHAIN_QUERIES = {
  chain_getParams: ({ view }: CommittedState) => ok(paramsOf(view)),
};
