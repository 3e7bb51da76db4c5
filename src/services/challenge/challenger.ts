/**
 * Sends the challenges and DEMANDs of a service: one at a time per target, and none that was refuted or refused for good
 * before. A refusal of one says nothing about another one on the same target. On a dry run it sends none.
 */

import { type Demand, type Witness, WitnessType } from '../../../state/attribution/witness/types.ts';
import type { EventData, EventType } from '../../../state/events.ts';
import { attributionChallenge } from '../../../state/tx/attribution-challenge.ts';
import { type ChallengeTarget, ChallengeTargetType } from '../../../state/tx/challenge-target.ts';
import type { Outcome } from '../../client/outbox.ts';
import { Patience } from '../../client/patience.ts';
import { isForThisPayload } from '../../client/refusals.ts';
import type { BackOff } from '../../lib/back-off.ts';
import { equal, toHex } from '../../lib/bytes.ts';
import type { Fault } from '../../lib/errors.ts';
import type { ServiceContext } from '../run/service.ts';
import { fetchPayload, sendOrRefusal } from '../run/transactions.ts';
import { challengeFields, challengesOn, type KnownChallenge } from './challenging.ts';

const KEY = 'challenge';

/**
 * What became of a challenge: `waits` if an earlier one is pending or failed a moment ago, `given up` if exactly this one
 * was refuted or refused for good before, `logged` on a dry run.
 */
export type Sent = 'sent' | 'waits' | 'given up' | 'logged';

const targetName = (target: ChallengeTarget): string => `${KEY}/${toHex(ChallengeTargetType.root(target))}`;

/** Returns the key of a challenge in the outbox: what it is against, and what it says. */
const nameOf = (target: ChallengeTarget, witness: Witness): string =>
  `${targetName(target)}/${toHex(WitnessType.root(witness))}`;

/** Returns the name of the target in the key of a challenge. An earlier version wrote the name alone. */
const targetNameIn = (key: string): string => key.split('/', 2).join('/');

/** The pauses before a challenge that failed for a reason that passes, such as a balance that is too low, is sent again. */
const PAUSES_MS: BackOff = { first: 1_000, longest: 120_000 };

/** Returns the data of the first event of this type. */
const eventNamed = <T extends EventType>(outcome: Outcome, type: T): EventData<T> | undefined =>
  outcome.status === 'committed'
    ? (outcome.events.find((event) => event.type === type)?.data as EventData<T> | undefined)
    : undefined;

/** The log lines for a challenge or a DEMAND that is sent, and for one that a dry run would have sent. */
type LogLines = {
  readonly event: string;
  readonly text: string;
  readonly would: { readonly event: string; readonly text: string };
};
const CHALLENGING: LogLines = {
  event: 'challenging',
  text: 'challenging',
  would: { event: 'wouldChallenge', text: 'dry run: would challenge' },
};
const DEMANDING: LogLines = {
  event: 'demanding',
  text: 'demanding a text that is withheld',
  would: { event: 'wouldDemand', text: 'dry run: would demand a text that is withheld' },
};

export class Challenger {
  readonly #context: ServiceContext;
  readonly #dryRun: boolean;
  /** The targets for which a dry run has logged a challenge already, by their name. */
  readonly #logged = new Set<string>();
  /** The challenges that would be refused again, by their key. */
  readonly #givenUp = new Set<string>();
  /** The targets that wait after a refusal that passes, by their name. */
  readonly #patience = new Patience(PAUSES_MS);

  constructor(context: ServiceContext, dryRun: boolean) {
    this.#context = context;
    this.#dryRun = dryRun;
  }

  /** Whether a challenge or DEMAND against the target waits for a block. */
  isBusy(target: ChallengeTarget): boolean {
    return this.#context.outbox.hasAny(targetName(target));
  }

  /** Whether nothing that this program knows of speaks against sending a challenge or DEMAND against the target now. */
  isReady(target: ChallengeTarget): boolean {
    return !this.isBusy(target) && this.#patience.isDue(targetName(target));
  }

  /** Whether nothing that this program knows of speaks against sending exactly this DEMAND now. */
  canDemand(target: ChallengeTarget, demand: Demand): boolean {
    return this.isReady(target) && !this.#givenUp.has(nameOf(target, { type: 'demand', value: demand }));
  }

  async challenge(target: ChallengeTarget, witness: Witness): Promise<Sent> {
    return this.#send(target, witness, CHALLENGING);
  }

  async demand(target: ChallengeTarget, demand: Demand): Promise<Sent> {
    return this.#send(target, { type: 'demand', value: demand }, DEMANDING);
  }

  async #send(target: ChallengeTarget, witness: Witness, { event, text, would }: LogLines): Promise<Sent> {
    const { log, wallet } = this.#context;
    const [name, targeted] = [nameOf(target, witness), targetName(target)];
    const fields = challengeFields(target, witness);
    if (this.#dryRun) {
      if (!this.#logged.has(targeted)) log.info(would.event, would.text, fields);
      this.#logged.add(targeted);
      return 'logged';
    }
    if (this.isBusy(target)) return 'waits';
    if (this.#givenUp.has(name)) return 'given up';
    if (!this.#patience.isDue(targeted)) return 'waits';
    const own = (await challengesOn(this.#context, target)).filter(({ challenger }) =>
      equal(challenger, wallet.address),
    );
    if (await this.#wasInVain(witness, own)) {
      this.#givenUp.add(name);
      return 'given up';
    }
    if (own.some(({ state }) => state === 'open')) return 'waits';
    log.info(event, text, fields);
    const refused = await sendOrRefusal(this.#context, name, 'attributionChallenge', { target, witness });
    if (refused === undefined) return 'sent';
    const isOver = this.#learnRefusal(name, refused);
    log.fault('refused', 'a challenge was refused', refused, fields);
    return isOver ? 'given up' : 'waits';
  }

  /** @returns whether exactly this challenge is not sent again */
  #learnRefusal(name: string, refusal: Fault): boolean {
    const isOver = isForThisPayload(refusal);
    if (isOver) this.#givenUp.add(name);
    else this.#patience.refused(targetNameIn(name), refusal);
    return isOver;
  }

  /**
   * Whether one of the challenges has shown the same witness in vain: it was refuted, or answered by excuses, and would be again.
   * If the excuses are false, they are what is shown next.
   */
  async #wasInVain(witness: Witness, own: readonly KnownChallenge[]): Promise<boolean> {
    const encoded = WitnessType.encode(witness);
    for (const { id, state } of own) {
      if (state !== 'refuted' && !(state === 'answered' && witness.type === 'outdone')) continue;
      const shown = (await fetchPayload(this.#context.client, id, attributionChallenge)).witness;
      if (equal(WitnessType.encode(shown), encoded)) return true;
    }
    return false;
  }

  /** Handles the outcome of a challenge. @returns whether the outcome was that of a challenge */
  learn(outcome: Outcome): boolean {
    if (!outcome.key.startsWith(`${KEY}/`)) return false;
    const { log } = this.#context;
    const challenge = outcome.id;
    if (outcome.status !== 'committed') {
      // Another challenger was faster, or the target no longer exists or is no longer open to challenge.
      const isOver = this.#learnRefusal(outcome.key, outcome.fault);
      const what = isOver ? 'a challenge had no effect' : 'a challenge had no effect, and is sent again';
      log.fault(isOver ? 'late' : 'refused', what, outcome.fault, { challenge });
      return true;
    }
    this.#patience.taken(targetNameIn(outcome.key));
    const upheld = eventNamed(outcome, 'challengeUpheld');
    const refuted = eventNamed(outcome, 'challengeRefuted');
    const opened = eventNamed(outcome, 'demandOpened') ?? eventNamed(outcome, 'outdoneOpened');
    if (upheld !== undefined)
      log.info('upheld', 'a challenge was upheld', {
        challenge,
        falls: upheld.falls,
        reason: upheld.code,
        reward:
          (eventNamed(outcome, 'receiptReopened') ?? eventNamed(outcome, 'calibrationReopened'))?.reward ??
          '',
      });
    else if (refuted !== undefined)
      log.warn('refuted', 'a challenge was refuted', { challenge, reason: refuted.code });
    else if (opened !== undefined)
      log.info('demanded', 'a challenge waits for its answer', {
        challenge,
        answerBy: opened.answerBy,
      });
    return true;
  }
}
