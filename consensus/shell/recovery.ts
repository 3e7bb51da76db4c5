/**
 * What a replay leaves to be done. While a log is replayed nothing is done: most of what the core asks for was done
 * before the crash, and the answer stands further on in the log. What is still without an answer at its end is done then.
 */
import { equal } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import { type Core, step } from '../core.ts';
import type { Effect, Input } from '../effects.ts';
import { fail, type Result } from '../errors.ts';
import type { SignRequest } from '../messages.ts';
import type { DecodedBlock } from '../verify.ts';
import { decodeEntry } from './entries.ts';
import { admitEntry, type Context } from './intake.ts';
import { compareSteps, type SignedStep, stepOf } from './signer.ts';

export type Retraced = {
  /** In the order in which it was asked for. */
  readonly owed: readonly Effect[];
  /**
   * Does the log account for the last signature? If not, it was lost or set back, and with it, perhaps, a lock.
   */
  readonly covers: (last: SignedStep) => boolean;
};

/** Takes `core` through what it was taken through before. */
export const retrace = (core: Core, inputs: readonly Input[]): Retraced => {
  let asked: SignedStep | 'none' = 'none';
  let owed: readonly Effect[] = [];
  for (const input of inputs) {
    const open = owed.filter((effect) => !answers(input, effect));
    const effects = step(core, input);
    owed = owe(open, effects);
    for (const effect of effects) {
      if (effect.tag !== 'Sign') continue;
      const at = stepOf(effect.request);
      if (asked === 'none' || compareSteps(at, asked) > 0) asked = at;
    }
  }
  const furthest = asked;
  return { owed, covers: (last) => furthest !== 'none' && compareSteps(last, furthest) <= 0 };
};

export type Replayed = Retraced & { readonly blocks: readonly DecodedBlock[] };

/** The same from the entries of the log of the height that `start` begins. Fault: `WAL_ENTRY`. */
export const replay = (
  core: Core,
  start: Input,
  context: Context,
  entries: readonly Uint8Array[],
): Result<Replayed> => {
  const blocks: DecodedBlock[] = [];
  const inputs: Input[] = [start];
  for (const bytes of entries) {
    const entry = decodeEntry(bytes);
    const admitted = entry.ok ? admitEntry(context, entry.value) : entry;
    if (!admitted.ok)
      return fail('WAL_ENTRY', `the consensus log holds an entry that is wrong: ${admitted.fault.message}`, {
        height: context.height.toString(),
        cause: admitted.fault.code,
      });
    if (admitted.value.block !== undefined) blocks.push(admitted.value.block);
    inputs.push(admitted.value.input);
  }
  return ok({ ...retrace(core, inputs), blocks });
};

const owe = (open: readonly Effect[], effects: readonly Effect[]): readonly Effect[] => {
  let owed = [...open];
  for (const effect of effects) {
    if (effect.tag === 'CancelTimeouts')
      owed = owed.filter((each) => each.tag !== 'ScheduleTimeout' || isHousekeeping(each));
    else if (isOwed(effect)) owed.push(effect);
  }
  return owed;
};

const isHousekeeping = (effect: Extract<Effect, { tag: 'ScheduleTimeout' }>): boolean =>
  effect.timeout.kind === 'request' || effect.timeout.kind === 'rebroadcast';

/** Announcements and requests are left out: their timers say them again. */
const isOwed = (effect: Effect): boolean =>
  effect.tag === 'ScheduleTimeout' ||
  effect.tag === 'GetValue' ||
  effect.tag === 'ValidateValue' ||
  effect.tag === 'Sign' ||
  effect.tag === 'Decide' ||
  effect.tag === 'Diverged';

const answers = (input: Input, effect: Effect): boolean => {
  switch (effect.tag) {
    case 'ScheduleTimeout':
      return (
        input.tag === 'TimeoutElapsed' &&
        input.timeout.kind === effect.timeout.kind &&
        input.timeout.round === effect.timeout.round
      );
    case 'GetValue':
      return input.tag === 'OwnValue' && input.round === effect.round;
    case 'ValidateValue':
      return input.tag === 'ProposedValue' && input.round === effect.round && equal(input.id, effect.id);
    case 'Sign':
      return answersSign(input, effect.request);
    default:
      return false;
  }
};

const answersSign = (input: Input, request: SignRequest): boolean => {
  if (input.tag === 'SignedVote')
    return (
      request.tag === 'vote' &&
      request.vote.type === input.vote.type &&
      request.vote.round === input.vote.round
    );
  if (input.tag === 'SignedProposal')
    return request.tag === 'proposal' && request.proposal.round === input.proposal.round;
  return false;
};
