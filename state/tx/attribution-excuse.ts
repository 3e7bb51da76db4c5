import { toHex } from '../../src/lib/bytes.ts';
import { container, root32, type ValueOf } from '../../src/lib/ssz.ts';
import { ExcusesType, holdersIn } from '../attribution/excuses.ts';
import { ANSWER_GAS } from './attribution-answer.ts';
import { citedGas } from './gas.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';

const AttributionExcuseType = container({
  /** The id of the transaction of the challenge: an `outdone` that is open. */
  challenge: root32,
  /** Why the chunk that was shown does not add phrases, ascending by phrase: as many as it takes. */
  excuses: ExcusesType,
});
export type AttributionExcuse = ValueOf<typeof AttributionExcuseType>;

export const attributionExcuse: Kind<AttributionExcuse> = {
  id: 29,
  version: 1,
  name: 'attributionExcuse',
  payload: AttributionExcuseType,
  action: ({ challenge, excuses }) => `answer challenge ${toHex(challenge)} with ${excuses.length} excuses`,
  check: () => undefined,
  // As much as a challenge, because a refused answer costs only its fee: it reads the batch and the challenge, though no claim.
  gas: ({ excuses }) => {
    const holders = holdersIn(excuses);
    return ANSWER_GAS + 10n * BigInt(excuses.length) + 100n * BigInt(holders.length) + citedGas(holders);
  },
  accounts: noAccounts,
  content: noContent,
};
