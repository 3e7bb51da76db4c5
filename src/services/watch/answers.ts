/** Reads the answers to demands: each answer is found by its event, and its opening is read from its transaction. */

import type { Opening } from '../../../state/attribution/openings.ts';
import { formatReceiptId } from '../../../state/receipt-id.ts';
import { attributionAnswer } from '../../../state/tx/attribution-answer.ts';
import type { EventFilter } from '../../client/event-follower.ts';
import { pages } from '../../client/pages.ts';
import type { RpcClient } from '../../client/rpc-client.ts';
import { equal, toHex } from '../../lib/bytes.ts';
import type { KnownChallenge } from '../challenge/challenging.ts';
import type { Shown } from '../challenge/review.ts';
import { fetchPayload } from '../run/transactions.ts';

/** Returns a filter for the events of the entity that a challenge is against. */
const entityOf = ({ target }: KnownChallenge): EventFilter => {
  const { type, value } = target;
  switch (type) {
    case 'receipt':
      return { receipt: formatReceiptId(value) };
    case 'calibration':
      return { model: value.model };
    case 'contribution':
      return { contribution: value.contribution };
  }
};

/** Returns the opening of the one answer that the chain has accepted for a demand; undefined if there is none. */
const findOpening = async (client: RpcClient, challenge: KnownChallenge): Promise<Opening | undefined> => {
  const filter: EventFilter = { types: 'demandAnswered', ...entityOf(challenge) };
  for await (const { events } of pages(client, 'events_query', filter))
    for (const { type, data, transaction } of events)
      if (type === 'demandAnswered' && transaction !== null && equal(data.challenge, challenge.id))
        return (await fetchPayload(client, transaction, attributionAnswer)).opening;
  return undefined;
};

export type Answers = (challenges: readonly KnownChallenge[]) => Promise<readonly Shown[]>;

/** Returns a reader of answers, which looks for each answer once. */
export const openAnswers = (client: RpcClient): Answers => {
  const found = new Map<string, Opening>();
  return async (challenges) => {
    const shown: Shown[] = [];
    for (const challenge of challenges) {
      if (challenge.state !== 'answered' || challenge.demand === null) continue;
      const id = toHex(challenge.id);
      const opening = found.get(id) ?? (await findOpening(client, challenge));
      if (opening === undefined) continue;
      found.set(id, opening);
      shown.push({ demand: challenge.demand, opening });
    }
    return shown;
  };
};
