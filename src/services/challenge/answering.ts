/**
 * Answers DEMANDs against the claims that this account backs, and against claims about its receipts, which are reverted if nobody
 * answers: the provider of a receipt has put its texts. And it answers DEMANDs against contributions. Anyone may answer who
 * has the text.
 */
import Type, { type Static } from 'typebox';
import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import type { ResultOf } from '../../../rpc/schemas/registry.ts';
import { inferenceRoot } from '../../../state/attribution/commitment.ts';
import type { Outdone } from '../../../state/attribution/excuses.ts';
import type { Opening } from '../../../state/attribution/openings.ts';
import { CHUNK_TOKENS } from '../../../state/attribution/parameters.ts';
import { rulesOf } from '../../../state/attribution/rules.ts';
import type { Demand } from '../../../state/attribution/witness/types.ts';
import type { EventType } from '../../../state/events.ts';
import { formatReceiptId } from '../../../state/receipt-id.ts';
import { modelCalibration } from '../../../state/tx/model-calibration.ts';
import { outputOf, promptOf, type ReceiptBody } from '../../../state/tx/receipt.ts';
import { proveText } from '../../attribution/evidence/chunks.ts';
import { infoTable } from '../../attribution/info-table.ts';
import { excusesFor } from '../../attribution/prover/sections-prover.ts';
import type { Outcome } from '../../client/outbox.ts';
import { Patience } from '../../client/patience.ts';
import { isVerdict } from '../../client/refusals.ts';
import type { BackOff } from '../../lib/back-off.ts';
import type { Address } from '../../lib/brands.ts';
import { equal, fromHex, toHex } from '../../lib/bytes.ts';
import { type Fault, unwrap } from '../../lib/errors.ts';
import type { ContributionId } from '../../lib/ids.ts';
import { divCeilNumber } from '../../lib/math.ts';
import { itemEvidence, ofRules, type TextCache } from '../corpus/text-cache.ts';
import { ANSWERS_OWNER } from '../corpus/text-requests.ts';
import type { Tracers } from '../corpus/tracers.ts';
import type { ServiceContext } from '../run/service.ts';
import { fetchPayload, sendOrRefusal } from '../run/transactions.ts';
import type { KnownChallenge } from './challenging.ts';
import { holdersAt } from './sections-review.ts';

/** The ids of challenges that may be open DEMANDs that this account answers. */
export const AnsweringMemory = Type.Array(Type.String());
type Memory = Static<typeof AnsweringMemory>;

/** Why there is no answer: the text is missing, or it is not known yet whether it is. */
type Lacking = 'withheld' | 'pending';

const KEY = 'answer';

/** The pauses before an answer that was refused for a reason that passes is sent again: a window to answer is short. */
const PAUSES_MS: BackOff = { first: 500, longest: 8_000 };

/** Limits the demanded chunks to those that a text of `tokens` tokens has. @returns the first chunk and their number */
const within = ({ first, count }: Demand, tokens: number): readonly [number, number] => {
  const past = Math.min(first + count, divCeilNumber(tokens, CHUNK_TOKENS));
  return past > first ? [first, past - first] : [0, 0];
};

type Settlement = ResultOf<'receipt_get'>['settlement'];

/** Whether other attestors may still join the claim. */
const isShort = (settlement: Settlement): boolean => settlement !== null && settlement.short !== null;

export class Answering {
  static readonly EVENTS: readonly EventType[] = [
    'demandOpened',
    'outdoneOpened',
    'backerSlashed',
    'demandClosed',
  ];

  readonly #context: ServiceContext;
  readonly #textCache: TextCache;
  readonly #tracers: Tracers;
  readonly #open: Set<string>;
  readonly #logged = new Set<string>();
  /** How many excuses an answer had that was sent while texts were missing, by challenge. */
  readonly #tried = new Map<string, number>();
  readonly #patience = new Patience(PAUSES_MS);

  constructor(context: ServiceContext, textCache: TextCache, tracers: Tracers, memory: Memory = []) {
    this.#context = context;
    this.#textCache = textCache;
    this.#tracers = tracers;
    this.#open = new Set(memory);
  }

  memory(): Memory {
    return [...this.#open];
  }

  see(events: readonly ChainEvent[]): void {
    for (const { type, data } of events)
      if (type === 'demandOpened' || type === 'outdoneOpened' || type === 'backerSlashed')
        this.#open.add(toHex(data.challenge));
      else if (type === 'demandClosed') {
        const challenge = toHex(data.challenge);
        this.#open.delete(challenge);
        this.#tried.delete(challenge);
        this.#patience.taken(challenge);
      }
  }

  /** Handles the outcome of an answer. @returns whether the outcome was that of an answer */
  learn(outcome: Outcome): boolean {
    const [kind, challenge = ''] = outcome.key.split('/');
    if (kind !== KEY) return false;
    const { log } = this.#context;
    if (outcome.status === 'failed') this.#learnRefusal(challenge, outcome.fault);
    if (outcome.status === 'committed') log.info('answered', 'answered a demand', { challenge });
    else if (outcome.fault.code === 'DEMAND_CLOSED')
      log.info('answered', 'another account answered the demand first', { challenge });
    else log.fault('answerRefused', 'an answer was refused', outcome.fault, { challenge });
    return true;
  }

  /**
   * The text and the DEMAND stay the same, so an answer that was refused for good would be refused again; but excuses may
   * become more.
   */
  #learnRefusal(challenge: string, refusal: Fault): void {
    if (isVerdict(refusal) && !this.#tried.has(challenge)) this.#open.delete(challenge);
    else this.#patience.refused(challenge, refusal);
  }

  async work(): Promise<void> {
    const { outbox, signal } = this.#context;
    for (const id of this.#open) {
      signal.throwIfAborted();
      if (outbox.has(`${KEY}/${id}`) || !this.#patience.isDue(id)) continue;
      const challenge = await this.#context.client.call('attribution_getChallenge', { id });
      if (challenge.outdone !== null) {
        await this.#excuse(id, challenge, challenge.outdone);
        continue;
      }
      const asked = await this.#asked(challenge);
      if (asked === undefined) this.#open.delete(id);
      else await this.#answer(id, asked);
    }
  }

  /**
   * Returns the demanded opening, 'withheld' if the text is missing, or 'pending' if that is not known yet. Returns undefined
   * if the DEMAND is no longer open, or is against a claim of another account about a receipt of another provider.
   */
  async #asked({ state, target, demand: asked }: KnownChallenge): Promise<Opening | Lacking | undefined> {
    const { client } = this.#context;
    // The target of an open DEMAND still stands, so the calls below find it.
    if (state !== 'open' || asked === null) return undefined;
    const { type, value } = target;
    if (type === 'receipt') {
      const { settlement, provider, body } = await client.call('receipt_get', {
        id: formatReceiptId(value),
      });
      // Whoever joins a claim that is short answers for it from then on.
      if (!this.#backs(settlement) && !this.#isOwn(provider))
        return isShort(settlement) ? 'pending' : undefined;
      return asked.text === 'source'
        ? this.#openItem(asked.contribution, asked.item, asked)
        : this.#openText(body, asked.text, asked);
    }
    if (type === 'calibration') {
      const { model, version, round, draws } = await fetchPayload(client, value.claim, modelCalibration);
      const { rounds } = await client.call('model_getCalibration', { id: model, version });
      const drawn = draws[value.draw];
      if (drawn === undefined || !this.#isOwn(rounds[round]?.claim?.attestor)) return undefined;
      return asked.text === 'source'
        ? this.#openItem(asked.contribution, asked.item, asked)
        : this.#openItem(drawn.contribution, drawn.item, asked);
    }
    return this.#openItem(asked.contribution, asked.item, asked);
  }

  /**
   * Answers a chunk that somebody has shown against a claim that this account backs: nobody else may. If there are too few true excuses
   * the claim was wrong, and the chain refuses the answer.
   */
  async #excuse(id: string, { state, target }: KnownChallenge, outdone: Outdone): Promise<void> {
    const { client, log } = this.#context;
    if (state !== 'open' || target.type !== 'receipt') {
      this.#open.delete(id);
      return;
    }
    const { settlement, body, model, version } = await client.call('receipt_get', {
      id: formatReceiptId(target.value),
    });
    if (settlement === null || !this.#backs(settlement)) {
      if (!isShort(settlement)) this.#open.delete(id);
      return;
    }
    const root = inferenceRoot(body);
    const [inference] = await this.#textCache.inferences([root], 'urgent', ANSWERS_OWNER);
    const texts = ofRules(inference, body.rules);
    // The chunks that may be named are those that counted for the claim, also where their contribution is void by now.
    const tracer = await this.#tracers.tracer(model, version, settlement.asOf);
    if (texts === undefined || tracer === undefined) {
      if (!this.#textCache.isPending(root)) await this.#answer(id, 'withheld');
      return;
    }
    // What is pending may hold the phrases. Without what is missing, the excuses that are left may be enough.
    if (tracer.missing().length < tracer.withheld.length) return;
    const output = texts.output.tokens;
    const prompt = texts.prompt.tokens;
    const positions = outdone.phrases.map(({ at }) => at);
    const { firstChunks = [] } = await tracer.trace({ output, prompt, chunksAt: positions });
    const holders = holdersAt(new Map(positions.map((at, i) => [at, firstChunks[i] ?? []])));
    const excuses = excusesFor(outdone, { rules: rulesOf(body.rules), output, prompt, holders });
    // Earlier chunks may be in texts that are still missing: as many excuses as were refused would be refused again.
    const isPartial = tracer.withheld.length > 0;
    if (isPartial && excuses.length <= (this.#tried.get(id) ?? -1)) return;
    if (isPartial) this.#tried.set(id, excuses.length);
    else this.#tried.delete(id);
    const refused = await sendOrRefusal(this.#context, `${KEY}/${id}`, 'attributionExcuse', {
      challenge: unwrap(fromHex(id, 32)),
      excuses,
    });
    if (refused === undefined) return;
    // More excuses may be true than were found without those texts.
    this.#learnRefusal(id, refused);
    log.fault('answerRefused', 'an answer was refused', refused, { challenge: id });
  }

  #backs(settlement: Settlement): boolean {
    return settlement?.backers.some(({ attestor }) => this.#isOwn(attestor)) ?? false;
  }

  #isOwn(account: Address | undefined): boolean {
    return account !== undefined && equal(account, this.#context.wallet.address);
  }

  async #openText(body: ReceiptBody, part: 'output' | 'prompt', demand: Demand): Promise<Opening | Lacking> {
    const root = inferenceRoot(body);
    const [inference] = await this.#textCache.inferences([root], 'urgent', ANSWERS_OWNER);
    const text = ofRules(inference, body.rules)?.[part];
    if (text === undefined) return this.#textCache.isPending(root) ? 'pending' : 'withheld';
    const { tokensMax } = part === 'output' ? outputOf(body) : promptOf(body);
    const info = rulesOf(body.rules).informationOf(infoTable(), text.tokens);
    return proveText(text, info, tokensMax).openChunks(...within(demand, text.tokens.count));
  }

  async #openItem(contribution: ContributionId, item: number, demand: Demand): Promise<Opening | Lacking> {
    const known = await this.#tracers.item(contribution, item, 'urgent');
    if (known === undefined) return (await this.#tracers.isPending(contribution)) ? 'pending' : 'withheld';
    return itemEvidence(known, item).openChunks(...within(demand, known.text.tokens.count));
  }

  async #answer(id: string, opening: Opening | Lacking): Promise<void> {
    const { log } = this.#context;
    if (opening === 'pending') return;
    if (opening === 'withheld') {
      if (!this.#logged.has(id))
        log.warn('unanswerable', 'a demand cannot be answered: the text is not available', {
          challenge: id,
        });
      this.#logged.add(id);
      return;
    }
    const refused = await sendOrRefusal(this.#context, `${KEY}/${id}`, 'attributionAnswer', {
      demand: unwrap(fromHex(id, 32)),
      opening,
    });
    if (refused === undefined) return;
    this.#learnRefusal(id, refused);
    log.fault('answerRefused', 'an answer was refused', refused, { challenge: id });
  }
}
