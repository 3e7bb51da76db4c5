import * as Type from 'typebox';
import { addressIn, addressOut, amountOut, listOut, strict } from './fields.ts';
import { schema } from './method-schema.ts';

const attestorFields = {
  payout: addressOut('The account that gets its share.'),
  bond: amountOut(),
  locked: amountOut('Of the bond, behind claims that are not final yet, and beside what has not vested.'),
  free: amountOut(
    'What it can lock behind claims of the next block: less the bond beside them if it has not settled in the epoch, and 0 if a late proof keeps it from settling.',
  ),
};

export const ATTESTOR_SCHEMAS = {
  attestor_list: schema({
    summary:
      'Lists all attestors, ascending by their addresses, with their bonds. Attestors take turns in this order.',
    params: Type.Object({}, strict),
    result: Type.Object({
      attestors: listOut(
        Type.Object({ address: addressOut('The account that sends its settlements.'), ...attestorFields }),
        'At most 256.',
      ),
    }),
  }),

  attestor_get: schema({
    summary: 'An attestor, and its bond.',
    params: Type.Object({ address: addressIn('The account that sends its settlements.') }, strict),
    result: Type.Object(attestorFields),
    errors: ['ATTESTOR_NOT_FOUND'],
  }),
};
