/**
 * What to make of a message from the network, before anything dear is done with it: is it of a height in reach, is it new?
 * Nothing here looks at a signature.
 */
import { type Height, toRound } from '../../src/lib/brands.ts';
import { type Core, proposalUse } from '../core.ts';
import { type Fault, fault } from '../errors.ts';
import { decodeMessage, heightOf, type Message, type RoundCertificate, type Vote } from '../messages.ts';
import { MAX_HEIGHTS_AHEAD } from './future.ts';
import type { Context } from './intake.ts';
import type { Topic } from './ports.ts';

/** `height` is the one that is under way, or about to begin. */
export type Place = Context & {
  readonly core: Core;
  /** The set of the height after it. */
  readonly nextValidators: Context['validators'];
  /** `pausing`: `height` has not begun. `committing`: it is decided. */
  readonly phase: 'running' | 'committing' | 'pausing';
};

export type Refused =
  | { readonly type: 'ignore'; readonly fault: Fault }
  /** A certificate or a proposal of a height that is decided. */
  | { readonly type: 'old'; readonly fault: Fault }
  | { readonly type: 'reject'; readonly fault: Fault };

export type Located =
  /** It belongs to the height under way, and consensus can use it there. */
  | { readonly type: 'present'; readonly message: Message }
  | { readonly type: 'early'; readonly message: Message; readonly height: Height }
  /** The sender has not decided a height that is decided here. */
  | { readonly type: 'late'; readonly vote: Vote }
  | Refused;

export const ignore = (code: Fault['code'], message: string): Refused => ({
  type: 'ignore',
  fault: fault(code, message),
});
export const reject = (f: Fault): Refused => ({ type: 'reject', fault: f });

export const locate = (place: Place, topic: Topic, bytes: Uint8Array): Located => {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) return reject(decoded.fault);
  const message = decoded.value;
  if ((message.type === 'proposal') !== (topic === 'proposal'))
    return reject(fault('MESSAGE_TOPIC', `a ${message.type} does not belong on the topic ${topic}`));
  const height = heightOf(message);
  const present = place.phase === 'committing' ? place.height + 1n : place.height;
  if (height < present)
    return message.type === 'vote'
      ? { type: 'late', vote: message.vote }
      : { type: 'old', fault: fault('MESSAGE_OLD', 'the message is of a height that is decided') };
  if (height > place.height + MAX_HEIGHTS_AHEAD)
    return ignore('MESSAGE_FAR', 'the message is of a height too far ahead');
  if (height > present || place.phase !== 'running') return { type: 'early', message, height };
  const use = useOf(place.core, message);
  return use === 'take'
    ? { type: 'present', message }
    : ignore('MESSAGE_USELESS', `the message is not needed here: ${use}`);
};

const useOf = (core: Core, message: Message): 'take' | 'duplicate' | 'refused' | 'far' => {
  switch (message.type) {
    case 'vote':
      return core.votes.use(message.vote, 'single', core.state.round);
    case 'round':
      return leadsOn(core, message.certificate) ? 'take' : 'duplicate';
    case 'polka':
      return core.votes.quorumBlock('prevote', toRound(message.polka.round)) === 'none'
        ? 'take'
        : 'duplicate';
    case 'commit':
      return core.votes.quorumBlock('precommit', toRound(message.commit.round)) === 'none'
        ? 'take'
        : 'duplicate';
    case 'proposal':
      return proposalUse(core, message.proposal);
  }
};

/**
 * Whether a round certificate leads this process on. One whose round is reached does not, though it may hold a vote that
 * this process lacks: whoever signed that repeats it, or has left the round and has a certificate of a later one. Otherwise
 * each such vote would have the signatures of all faulty validators verified, which they can make anew for each.
 */
const leadsOn = ({ state, votes }: Core, { round, votes: reason }: RoundCertificate): boolean => {
  if (round <= state.round) return false;
  const isOfRoundBefore = reason.every((vote) => vote.round < round);
  if (isOfRoundBefore && votes.anyQuorum('precommit', toRound(round - 1))) return false;
  return reason.some((vote) => votes.use(vote, 'round', state.round) === 'take');
};
