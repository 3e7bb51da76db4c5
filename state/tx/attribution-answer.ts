import { toHex } from '../../src/lib/bytes.ts';
import { container, root32, type ValueOf } from '../../src/lib/ssz.ts';
import { OpeningType } from '../attribution/openings.ts';
import { type Kind, noAccounts, noContent } from './kind.ts';

const AttributionAnswerType = container({
  /** The id of the challenge's transaction. */
  demand: root32,
  /** The chunks that were demanded, with the proof that they belong to the committed text. */
  opening: OpeningType,
});
export type AttributionAnswer = ValueOf<typeof AttributionAnswerType>;

/** As much as a challenge: an answer reads the claim that it answers for, and costs only its fee if it is refused. */
export const ANSWER_GAS = 50_000n;

export const attributionAnswer: Kind<AttributionAnswer> = {
  id: 15,
  version: 2,
  name: 'attributionAnswer',
  payload: AttributionAnswerType,
  action: ({ demand, opening }) =>
    `answer demand ${toHex(demand)} with ${opening.value.chunks.length} chunks`,
  check: () => undefined,
  gas: ({ opening }) => ANSWER_GAS + 500n * BigInt(opening.value.chunks.length),
  accounts: noAccounts,
  content: noContent,
};
