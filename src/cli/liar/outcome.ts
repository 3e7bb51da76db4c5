/** What became of a lie: who refuted it and by which words, what it cost, and who is paid in the end. */
import type { Witness } from '../../../state/attribution/witness/types.ts';
import { WitnessType } from '../../../state/attribution/witness/types.ts';
import { attributionChallenge } from '../../../state/tx/attribution-challenge.ts';
import { pages } from '../../client/pages.ts';
import { equal, toHex } from '../../lib/bytes.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { challengesOfSubject } from '../../services/challenge/challenging.ts';
import { fetchPayload } from '../../services/run/transactions.ts';
import { explain } from '../explain/explain.ts';
import { gatherFacts } from '../explain/gather.ts';
import { type Ground, untilThere } from './ground.ts';
import { type ToldLie, wordsOf } from './settle-falsely.ts';

export type Fall = {
  /** The id of the challenge, which is the one message that refuted it. */
  readonly challenge: string;
  readonly challenger: string;
  readonly witness: {
    readonly type: Witness['type'];
    readonly bytes: number;
    /** The token that it opens: how it is in the answer, and at the place that the lie names. */
    readonly shown: { readonly answer: string; readonly source: string } | undefined;
  };
  /** What the attestor lost of its bond: the two parts together. Base units. */
  readonly slashed: bigint;
  readonly reward: bigint;
  readonly burned: bigint;
};

/** The words that an `invalid` witness opens: one of the answer, and one of the source. */
const shownBy = (
  { answer, claimed, rules, ...told }: ToldLie,
  witness: Witness,
): Fall['witness']['shown'] => {
  if (witness.type !== 'invalid' || witness.value.part !== 'match') return undefined;
  const { index, at } = witness.value;
  // The claim is made of matches that overlap; each begins as far into the source as into the words of the answer.
  const first = told.claim.matches[index]?.start;
  if (first === undefined) return undefined;
  const place = first - told.start + at;
  return {
    answer: wordsOf({ text: answer.words, rules }, place, place + 1),
    source: wordsOf({ text: claimed.words, rules }, place, place + 1),
  };
};

/**
 * Waits until a lie has been refuted, or is final because nobody has challenged it, or is reverted because a text was demanded
 * and nobody answered. The watcher of the devnet demands no text that its node can get, but any account may demand one.
 */
export const outcomeOf = (
  ground: Ground,
  told: ToldLie,
  what: string,
): Promise<Fall | 'final' | 'unanswered'> =>
  untilThere(ground, what, async () => {
    const { client } = ground;
    const receipt = await client.call('receipt_get', { id: told.receipt });
    if (receipt.settlement !== null && toHex(receipt.settlement.id) === told.settlement)
      return receipt.status === 'final' ? 'final' : undefined;
    for await (const { events } of pages(client, 'events_query', {
      types: 'receiptReopened',
      receipt: told.receipt,
    }))
      for (const { type, data } of events)
        if (type === 'receiptReopened' && toHex(data.settlement) === told.settlement) {
          const found = (await challengesOfSubject({ client }, told.receipt)).find(
            ({ state, target }) =>
              (state === 'upheld' || state === 'unanswered') &&
              target.type === 'receipt' &&
              equal(target.value.settlement, data.settlement),
          );
          if (found === undefined) return undefined;
          if (found.state === 'unanswered') return 'unanswered';
          const challenge = toHex(found.id);
          const { witness } = await fetchPayload(client, challenge, attributionChallenge);
          const { reward, burned } = data;
          return {
            challenge,
            challenger: toHex(found.challenger),
            witness: {
              type: witness.type,
              bytes: WitnessType.encode(witness).length,
              shown: shownBy(told, witness),
            },
            slashed: reward + burned,
            reward,
            burned,
          };
        }
    return undefined;
  });

/** What a contributor gets by the receipt, in base units. */
export type PaidFor = {
  readonly contribution: ContributionId;
  readonly owner: string;
  readonly amount: bigint;
};

export type Righted = {
  /** Who has settled the receipt instead. */
  readonly attestor: string;
  readonly paid: readonly PaidFor[];
  /** Whether exactly the owners of the words are credited, and each by their score. */
  readonly isRight: boolean;
};

/** Waits until an honest attestor's settlement is final and the epoch has closed that it is paid in. */
export const paidRightly = (ground: Ground, told: ToldLie): Promise<Righted> =>
  untilThere(ground, 'the close of the epoch in which the contributors are paid', async () => {
    const { client } = ground;
    const { status, settlement } = await client.call('receipt_get', { id: told.receipt });
    if (status !== 'final' || settlement === null) return undefined;
    const { money, contributors } = explain(await gatherFacts(client, told.receipt));
    if (money.epoch.type !== 'closed') return undefined;
    const { scores } = settlement.outcome;
    const { attribution } = told.honest;
    return {
      attestor: toHex(settlement.attestor),
      paid: money.payments.map(({ contributor, amount }) => {
        const of = contributors[contributor];
        return { contribution: of?.contribution ?? 0, owner: of?.owner ?? '', amount };
      }),
      isRight:
        scores.length === attribution.scores.length &&
        scores.every(
          ({ contribution, score }, i) =>
            attribution.scores[i]?.contribution === contribution && attribution.scores[i]?.score === score,
        ),
    };
  });
