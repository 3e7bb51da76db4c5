/**
 * The life of a challenge (docs/disputes.md):
 *
 *     posted ──► refuted                       its bond is burned
 *        │  └──► upheld                        what it was held against falls; the bond back
 *        └─────► open ──► answered             the bond back, less its price; the claim's window begins anew
 *                   │ └──► unanswered          as upheld
 *                   └────► moot                what it was held against fell to another; the bond back
 *
 * What opens is a DEMAND, which anyone may answer by showing what it asks for, or an `outdone`, which the attestor may answer by
 * excuses. The price of an `outdone` is settled when the claim comes to its end (`excused.ts`).
 */
import { type Address, heightAfter, type Root } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { invariant } from '../../../src/lib/errors.ts';
import { maxBig } from '../../../src/lib/math.ts';
import type { Excuse } from '../../attribution/excuses.ts';
import type { Opening } from '../../attribution/openings.ts';
import { checkAnswer } from '../../attribution/witness/demand.ts';
import type { Demanded, Upheld } from '../../attribution/witness/subject.ts';
import type { Demand, Witness } from '../../attribution/witness/types.ts';
import { type Fault, fault, type Result } from '../../errors/execution.ts';
import type { ChallengeTarget } from '../../tx/challenge-target.ts';
import type { ReadView } from '../../view.ts';
import type { BlockContext, Hook, HookContext } from '../kit/context.ts';
import { account, move, payFromPot, pot } from '../ledger/accounts.ts';
import { slashBond } from '../ledger/bonds.ts';
import { addTotals } from '../ledger/totals.ts';
import { disputedCalibration } from './calibration-disputes.ts';
import {
  addChallenge,
  type Challenge,
  type ChallengeState,
  challengeOf,
  knownChallenge,
  setChallenge,
  targetFields,
} from './challenges.ts';
import { disputedDeclaration } from './declaration-disputes.ts';
import {
  closeDemand,
  costOfDemand,
  countAnswer,
  dueDemands,
  forgetDemands,
  openDemand,
  openDemandsOf,
  takePlace,
} from './demands.ts';
import type { Demandable, Disputable } from './disputable.ts';
import { disputedReceipt } from './receipt-disputes.ts';

const disputed = (
  view: ReadView,
  block: BlockContext,
  target: ChallengeTarget,
  type: Witness['type'],
): Result<Disputable> => {
  switch (target.type) {
    case 'receipt':
      return disputedReceipt(view, block, target.value, type);
    case 'calibration':
      return disputedCalibration(view, block, target.value, type);
    case 'contribution':
      return disputedDeclaration(view, block, target.value, type);
  }
};

/** The context of a challenge transaction: `id` is the challenge's. */
type ChallengeContext = HookContext & { readonly id: Root; readonly sender: Address };

/** Ends an open DEMAND: its bond is returned except for its cost, and its place becomes free. */
const endDemand = (
  { view, block, emit }: HookContext,
  demandable: Demandable,
  id: Root,
  challenge: Challenge,
  state: Extract<ChallengeState, 'answered' | 'unanswered' | 'moot'>,
  cost = 0n,
): void => {
  const params = block.params.attribution;
  setChallenge(view, id, { ...challenge, state });
  const returned = challenge.bond - cost;
  payFromPot(view, 'challengeBonds', account(challenge.challenger), returned);
  const wasFull = closeDemand(view, id, demandable.claims, params);
  // Only settlements are put off as a whole: of the others, `putOff` does nothing.
  const extendsAll = wasFull && challenge.target.type === 'receipt';
  const heldUntil = extendsAll ? heightAfter(block.height, BigInt(params.challengeWindow)) : undefined;
  if (heldUntil !== undefined) demandable.putOff(view, heldUntil);
  emit({
    type: 'demandClosed',
    data: {
      challenge: id,
      ...targetFields(challenge.target),
      challenger: challenge.challenger,
      state,
      returned,
      heldUntil,
    },
  });
};

/** Reverts or invalidates the target of an upheld challenge. The DEMANDs on it become moot. */
const bringDown = (
  context: HookContext,
  { fall, demandable }: Disputable,
  upheld: Upheld,
  challenger: Address,
  witness: Witness | undefined,
): Fault | undefined => {
  const refused = fall(context, upheld, challenger, witness);
  if (refused !== undefined) return refused;
  addTotals(context.view, { upheld: 1n });
  if (demandable === undefined) return undefined;
  const { view, block } = context;
  // Depends on what is left, not on what was struck: the text of a contribution that stays can still be demanded.
  const stands = (target: ChallengeTarget): boolean => disputed(view, block, target, 'demand').ok;
  for (const { id, ...challenge } of openDemandsOf(view, demandable.claims))
    if (demandable.isOver(challenge.target) && !stands(challenge.target))
      endDemand(context, demandable, id, challenge, 'moot');
  if (demandable.hasEnded(view)) forgetDemands(view, demandable.claims);
  return undefined;
};

const post = ({ view, sender }: ChallengeContext, bond: bigint): Fault | undefined =>
  move(view, account(sender), pot('challengeBonds'), bond);

type Proving = Exclude<Witness, { readonly type: 'demand' }>;
type Outdoing = Extract<Witness, { readonly type: 'outdone' }>;

/** Judges a challenge whose witness proves the fault at once. */
const judged = (
  context: ChallengeContext,
  target: ChallengeTarget,
  witness: Proving,
  subject: Disputable,
): Fault | undefined => {
  const { view, block, id, sender, emit } = context;
  const bond = block.params.attribution.challengeBond;
  const unable = post(context, bond);
  if (unable !== undefined) return unable;
  const verdict = subject.judge(witness);
  // Another challenger was faster. A challenger who is right but late loses no bond.
  if (!verdict.ok && verdict.fault.code === 'WITNESS_STRUCK') return verdict.fault;
  const code = verdict.ok ? verdict.value.reason : verdict.fault.code;
  const named = { challenge: id, ...targetFields(target), challenger: sender, witness: witness.type, code };
  const made = {
    target,
    witness: witness.type,
    challenger: sender,
    height: block.height,
    code,
    bond,
    demand: undefined,
    outdone: undefined,
  };
  if (!verdict.ok) {
    payFromPot(view, 'challengeBonds', pot('burnedBonds'), bond);
    addTotals(view, { refuted: 1n, burnedBonds: bond });
    addChallenge(view, id, { ...made, state: 'refuted' });
    emit({ type: 'challengeRefuted', data: { ...named, burned: bond } });
    return undefined;
  }
  payFromPot(view, 'challengeBonds', account(sender), bond);
  const refused = bringDown(context, subject, verdict.value, sender, witness);
  if (refused !== undefined) return refused;
  addChallenge(view, id, { ...made, state: 'upheld' });
  emit({ type: 'challengeUpheld', data: { ...named, falls: verdict.value.type } });
  return undefined;
};

/** Opens a DEMAND. It proves nothing, but if nobody shows the data that it names, the claim is reverted. */
const demand = (
  context: ChallengeContext,
  target: ChallengeTarget,
  asked: Demand,
  { demandable }: Disputable,
): Fault | undefined => {
  const { view, block, id, sender, emit } = context;
  const params = block.params.attribution;
  if (demandable === undefined)
    return fault('CHALLENGE_KIND', 'nothing can be demanded of this', { type: 'demand' });
  const demanded = demandable.demanded(asked);
  if (!demanded.ok) return demanded.fault;
  const answerBy = heightAfter(block.height, BigInt(params.answerWindow));
  const place = demandable.place(demanded.value, asked);
  const cost = costOfDemand(view, place, params);
  const bond = maxBig(params.challengeBond, cost);
  const refused = openDemand(view, id, place, asked, answerBy, params) ?? post(context, bond);
  if (refused !== undefined) return refused;
  addChallenge(view, id, {
    target,
    witness: 'demand',
    challenger: sender,
    height: block.height,
    state: 'open',
    code: '',
    bond,
    demand: { demand: asked, answerBy, cost },
    outdone: undefined,
  });
  const { text, contribution, item, first, count } = asked;
  emit({
    type: 'demandOpened',
    data: {
      challenge: id,
      ...targetFields(target),
      challenger: sender,
      demand: { text, contribution: text === 'source' ? contribution : undefined, item, first, count },
      answerBy,
      bond,
      cost,
    },
  });
  return undefined;
};

/** Opens an `outdone` that has shown a chunk which adds more than a pick. If the attestor has no excuses, the claim is reverted. */
const outdo = (
  context: ChallengeContext,
  target: ChallengeTarget,
  witness: Outdoing,
  subject: Disputable,
): Fault | undefined => {
  const { view, block, id, sender, emit } = context;
  const params = block.params.attribution;
  const { demandable, outdoable } = subject;
  if (demandable === undefined || outdoable === undefined)
    return fault('CHALLENGE_KIND', 'this has no picks', { type: 'outdone' });
  const shown = outdoable.judge(witness.value);
  if (!shown.ok) return judged(context, target, witness, { ...subject, judge: () => shown });
  const answerBy = heightAfter(block.height, BigInt(params.answerWindow));
  const { claims } = demandable;
  const cost = costOfDemand(view, { claims, series: outdoable.series }, params);
  const bond = maxBig(params.challengeBond, cost);
  const refused = takePlace(view, id, claims, answerBy, params) ?? post(context, bond);
  if (refused !== undefined) return refused;
  addChallenge(view, id, {
    target,
    witness: 'outdone',
    challenger: sender,
    height: block.height,
    state: 'open',
    code: '',
    bond,
    demand: undefined,
    outdone: { outdone: shown.value, answerBy, cost, excuses: [], excuser: undefined, isReopened: false },
  });
  const { phrases, pick: _, ...place } = shown.value;
  emit({
    type: 'outdoneOpened',
    data: {
      challenge: id,
      ...targetFields(target),
      challenger: sender,
      outdone: { ...place, phrases: phrases.length },
      answerBy,
      bond,
      cost,
    },
  });
  return undefined;
};

/**
 * A challenge, its witness within limits. Faults, at which only the fee is lost: those of the target
 * ({@link disputedReceipt} and its like), `BALANCE_TOO_LOW`, `WITNESS_STRUCK` and `DECLARATION_STRUCK` (what it is about
 * has fallen already), and of a DEMAND `WITNESS_DEMAND`, `DEMAND_PLACES`,
 * `DEMAND_REPEATED`. A witness that does not prove is no fault: it costs the bond.
 */
export const challenge = (
  context: ChallengeContext,
  target: ChallengeTarget,
  witness: Witness,
): Fault | undefined => {
  const subject = disputed(context.view, context.block, target, witness.type);
  if (!subject.ok) return subject.fault;
  switch (witness.type) {
    case 'demand':
      return demand(context, target, witness.value, subject.value);
    case 'outdone':
      return outdo(context, target, witness, subject.value);
    default:
      return judged(context, target, witness, subject.value);
  }
};

/** What falls if an attestor has no excuses. */
const OUTDONE = { type: 'claim', reason: 'OUTDONE' } as const satisfies Upheld;

type Waiting = { readonly subject: Disputable; readonly demandable: Demandable };

/** Returns the target of what waits for an answer. It still stands. */
const waiting = (view: ReadView, block: BlockContext, opened: Challenge): Waiting => {
  const subject = disputed(view, block, opened.target, 'demand');
  invariant(subject.ok, 'an open demand is on a claim that stands');
  const { demandable } = subject.value;
  invariant(demandable !== undefined, 'an open demand could be made');
  return { subject: subject.value, demandable };
};

type Answered = {
  readonly cost: bigint;
  readonly series: string | undefined;
  /** What of the cost is paid and burned at once. The rest stays in the pot. */
  readonly reward: bigint;
  readonly burned: bigint;
};

/** Ends what was answered, and the window of the claim begins anew. Returns whether all places were taken. */
const answered = (
  context: HookContext & { readonly sender: Address },
  demandable: Demandable,
  id: Root,
  opened: Challenge,
  { cost, series, reward, burned }: Answered,
): boolean => {
  const { view, block, sender, emit } = context;
  const params = block.params.attribution;
  addTotals(view, { answered: 1n });
  const wasFull = countAnswer(view, { claims: demandable.claims, series }, params);
  const finalAt = heightAfter(block.height, BigInt(params.challengeWindow));
  demandable.hold?.(view, finalAt);
  emit({
    type: 'demandAnswered',
    data: {
      challenge: id,
      ...targetFields(opened.target),
      challenger: opened.challenger,
      answerer: sender,
      reward,
      burned,
      finalAt: demandable.hold === undefined ? undefined : finalAt,
    },
  });
  endDemand(context, demandable, id, opened, 'answered', cost);
  return wasFull;
};

/**
 * Shows what a DEMAND names; anyone may. Faults: `DEMAND_UNKNOWN`, `DEMAND_CLOSED`, and those of {@link checkAnswer}.
 */
export const answer = (
  context: HookContext & { readonly sender: Address },
  id: Root,
  opening: Opening,
): Fault | undefined => {
  const { view, block } = context;
  const opened = challengeOf(view, id);
  if (opened?.demand === undefined)
    return fault('DEMAND_UNKNOWN', `there is no demand ${toHex(id)}`, { demand: toHex(id) });
  if (opened.state !== 'open')
    return fault('DEMAND_CLOSED', `the demand is ${opened.state}`, { state: opened.state });
  const { demandable } = waiting(view, block, opened);
  const { demand: asked, cost } = opened.demand;
  const demanded: Result<Demanded> = demandable.demanded(asked);
  invariant(demanded.ok, 'what could be demanded can be answered');
  const checked = checkAnswer(demanded.value, opening);
  if (!checked.ok) return checked.fault;
  const { series } = demandable.place(demanded.value, asked);
  // Not all of it: who demands and answers in turn, to put its own receipts off, would pay itself.
  const reward = slashBond(context, 'challengeBonds', cost, context.sender);
  answered(context, demandable, id, opened, { cost, series, reward, burned: cost - reward });
  return undefined;
};

/**
 * Answers an `outdone`: the attestor says why the chunk does not add phrases that it holds. Excuses are part of its claim from
 * then on. Faults: `DEMAND_UNKNOWN`, `DEMAND_CLOSED`, `EXCUSE_ATTESTOR`, and those of `checkExcuses`.
 */
export const excuse = (
  context: HookContext & { readonly sender: Address },
  id: Root,
  excuses: readonly Excuse[],
): Fault | undefined => {
  const { view, block, sender } = context;
  const opened = challengeOf(view, id);
  if (opened?.outdone === undefined)
    return fault('DEMAND_UNKNOWN', `challenge ${toHex(id)} waits for no excuses`, { demand: toHex(id) });
  if (opened.state !== 'open')
    return fault('DEMAND_CLOSED', `the challenge is ${opened.state}`, { state: opened.state });
  const { subject, demandable } = waiting(view, block, opened);
  const { outdoable } = subject;
  invariant(outdoable !== undefined, 'what was outdone has picks');
  if (!outdoable.mayExcuse(sender))
    return fault('EXCUSE_ATTESTOR', 'only an attestor that backs the claim may answer by excuses');
  const { outdone, cost } = opened.outdone;
  const checked = outdoable.checkExcuses(outdone, excuses);
  if (!checked.ok) return checked.fault;
  const excused = { ...opened, outdone: { ...opened.outdone, excuses, excuser: sender } };
  // The excuses may be false, so nothing of the price is paid before the claim comes to its end.
  const { series } = outdoable;
  const wasFull = answered(context, demandable, id, excused, { cost, series, reward: 0n, burned: 0n });
  outdoable.excused(view, { challenge: id, challenger: opened.challenger, answerer: sender, cost, wasFull });
  return undefined;
};

/** The end of the last block in which challenges could be answered: what they are held against falls. */
export const expireDemands: Hook = (context) => {
  const { view, block } = context;
  for (const id of dueDemands.take(view, block.height)) {
    const opened = knownChallenge(view, id);
    // One that waits again after a false answer may be answered until later than at first.
    const answerBy = (opened.demand ?? opened.outdone)?.answerBy;
    if (opened.state !== 'open' || answerBy !== block.height) continue;
    const { subject, demandable } = waiting(view, block, opened);
    endDemand(context, demandable, id, opened, 'unanswered');
    const upheld = opened.outdone === undefined ? demandable.unanswered : OUTDONE;
    const refused = bringDown(context, subject, upheld, opened.challenger, undefined);
    invariant(refused === undefined, 'a claim that stands can fall');
  }
};
