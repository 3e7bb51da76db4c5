/**
 * Replays a log and returns the effects that are still owed. No effect is carried out during the replay: most were
 * carried out before the crash, and their answer follows in the log. The effects without an answer at its end are owed.
 */
import { equal } from '../../src/lib/bytes.ts';
import type { EncodedBlock } from '../../src/lib/chain.ts';
import { ok } from '../../src/lib/errors.ts';
import { type Core, step } from '../core.ts';
import type { Effect, Input } from '../effects.ts';
import { fail, type Result } from '../errors.ts';
import type { SignRequest } from '../messages.ts';
import { isHousekeeping } from './deadlines.ts';
import { decodeEntry } from './entries.ts';
import { admitEntry, type Context } from './intake.ts';
import { compareSteps, type SignedStep, stepOf } from './signer.ts';

export type Retraced = {
  /** Listed in the order in which the core requested them. */
  readonly owed: readonly Effect[];
  /** Whether the log accounts for the last signature. If not, the log was lost or set back, perhaps with a lock. */
  readonly covers: (last: SignedStep) => boolean;
};

/** Gives `core` the inputs that it had before the crash, and returns what is owed. */
export const retrace = (core: Core, inputs: readonly Input[]): Retraced => {
  let asked: SignedStep | 'none' = 'none';
  let owed: readonly Effect[] = [];
  for (const input of inputs) {
    const open = owed.filter((effect) => !answers(input, effect));
    const effects = step(core, input);
    owed = owe(open, effects);
    for (const effect of effects) {
      if (effect.type !== 'Sign') continue;
      const at = stepOf(effect.request);
      if (asked === 'none' || compareSteps(at, asked) > 0) asked = at;
    }
  }
  const furthest = asked;
  return { owed, covers: (last) => furthest !== 'none' && compareSteps(last, furthest) <= 0 };
};

export type Replayed = Retraced & { readonly blocks: readonly EncodedBlock[] };

/** Does the same with the entries of the log of the height that `start` begins. Fault: `WAL_ENTRY`. */
export const replay = (
  core: Core,
  start: Input,
  context: Context,
  entries: readonly Uint8Array[],
): Result<Replayed> => {
  const blocks: EncodedBlock[] = [];
  const inputs: Input[] = [start];
  for (const bytes of entries) {
    const entry = decodeEntry(bytes);
    const admitted = entry.ok ? admitEntry(context, entry.value) : entry;
    if (!admitted.ok)
      return fail('WAL_ENTRY', `the consensus log holds an invalid entry: ${admitted.fault.message}`, {
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
    if (effect.type === 'CancelTimeouts')
      owed = owed.filter((each) => each.type !== 'ScheduleTimeout' || isHousekeeping(each.timeout.type));
    else if (isOwed(effect)) owed.push(effect);
  }
  return owed;
};

/** Announcements and requests are left out: their timers repeat them. */
const isOwed = (effect: Effect): boolean =>
  effect.type === 'ScheduleTimeout' ||
  effect.type === 'GetValue' ||
  effect.type === 'ValidateValue' ||
  effect.type === 'Sign' ||
  effect.type === 'Decide' ||
  effect.type === 'Diverged';

const answers = (input: Input, effect: Effect): boolean => {
  switch (effect.type) {
    case 'ScheduleTimeout':
      return (
        input.type === 'TimeoutElapsed' &&
        input.timeout.type === effect.timeout.type &&
        input.timeout.round === effect.timeout.round
      );
    case 'GetValue':
      return input.type === 'OwnValue' && input.round === effect.round;
    case 'ValidateValue':
      return input.type === 'ProposedValue' && input.round === effect.round && equal(input.id, effect.id);
    case 'Sign':
      return answersSign(input, effect.request);
    default:
      return false;
  }
};

const answersSign = (input: Input, request: SignRequest): boolean => {
  if (input.type === 'SignedVote')
    return (
      request.type === 'vote' &&
      request.vote.type === input.vote.type &&
      request.vote.round === input.vote.round
    );
  if (input.type === 'SignedProposal')
    return request.type === 'proposal' && request.proposal.round === input.proposal.round;
  return false;
};
