/** What answers to demands have shown, read back from the blocks that hold them. */

import type { Opening } from '../../../state/attribution/openings.ts';
import { DemandType } from '../../../state/attribution/witness/types.ts';
import { attributionAnswer } from '../../../state/tx/attribution-answer.ts';
import { executedIn } from '../../client/chain-follower.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { toHex } from '../../lib/bytes.ts';
import { unwrap } from '../../lib/errors.ts';
import type { Json } from '../../lib/ssz.ts';
import type { KnownChallenge } from '../challenge/challenging.ts';
import type { Shown } from '../challenge/review.ts';

/** The one answer that the chain has taken for a demand, in whichever block it is. */
const findOpening = async (
  client: RpcClient,
  { id, height, answerBy }: KnownChallenge,
): Promise<Opening | undefined> => {
  if (answerBy === null) return undefined;
  for (let at = BigInt(height); at <= BigInt(answerBy); at++)
    for (const { payload } of await executedIn(client, at, [attributionAnswer.name])) {
      const { demand, opening } = unwrap(attributionAnswer.payload.decode(payload));
      if (toHex(demand) === id) return opening;
    }
  return undefined;
};

export type Answers = (challenges: readonly KnownChallenge[]) => Promise<readonly Shown[]>;

/** Each is looked for once. */
export const openAnswers = (client: RpcClient): Answers => {
  const found = new Map<string, Opening>();
  return async (challenges) => {
    const shown: Shown[] = [];
    for (const challenge of challenges) {
      if (challenge.state !== 'answered' || challenge.demand === null) continue;
      const opening = found.get(challenge.id) ?? (await findOpening(client, challenge));
      if (opening === undefined) continue;
      found.set(challenge.id, opening);
      shown.push({ demand: unwrap(DemandType.fromJson(challenge.demand as Json)), opening });
    }
    return shown;
  };
};
