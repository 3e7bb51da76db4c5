/**
 * What to make of a message from the network, before anything is done with it. Cheap checks come first: is it of a
 * height in reach, is it new? Then the signatures. Only a message that is provably wrong is held against the peer that sent it.
 */
import { type Height, toRound } from '../../src/lib/brands.ts';
import type { ChainIdentity, ValidatorSet } from '../../src/lib/chain.ts';
import { type Core, proposalUse } from '../core.ts';
import { type ConsensusCode, type Fault, fault } from '../errors.ts';
import { decodeMessage, heightOf, type Message } from '../messages.ts';
import { MAX_HEIGHTS_AHEAD } from './future.ts';
import { type Admitted, admitMessage } from './intake.ts';
import type { Topic } from './ports.ts';

export type Place = {
  readonly chain: ChainIdentity;
  readonly core: Core;
  /** The height that is under way, or about to begin. */
  readonly height: Height;
  /** The set of `height`. */
  readonly validators: ValidatorSet;
  /** The set of the height after it. */
  readonly nextValidators: ValidatorSet;
  /** `pausing`: `height` has not begun. `committing`: it is decided. */
  readonly phase: 'running' | 'committing' | 'pausing';
  /** Has its sender sent too many messages of heights to come that do not verify? */
  readonly doubted: boolean;
};

export type Judged =
  | { readonly type: 'take'; readonly message: Message; readonly admitted: Admitted }
  /** A message of a future height. It is kept, and judged again at that height. */
  | { readonly type: 'keep'; readonly message: Message; readonly height: Height }
  /** The sender has not decided a height that is decided here. */
  | { readonly type: 'late'; readonly height: Height }
  /** A message of a future height that does not verify: wrong, or right for a validator set that is not known yet. */
  | { readonly type: 'doubtful'; readonly fault: Fault }
  | { readonly type: 'ignore'; readonly fault: Fault }
  | { readonly type: 'reject'; readonly fault: Fault };

const ignore = (code: ConsensusCode, message: string): Judged => ({
  type: 'ignore',
  fault: fault(code, message),
});
const reject = (f: Fault): Judged => ({ type: 'reject', fault: f });

export const judge = (place: Place, topic: Topic, bytes: Uint8Array): Judged => {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) return reject(decoded.fault);
  const message = decoded.value;
  if ((message.type === 'proposal') !== (topic === 'proposal'))
    return reject(fault('MESSAGE_TOPIC', `a ${message.type} does not belong on the topic ${topic}`));
  const height = heightOf(message);
  const present = place.phase === 'committing' ? place.height + 1n : place.height;
  if (height < present)
    return message.type === 'vote'
      ? { type: 'late', height }
      : ignore('MESSAGE_OLD', 'the message is of a height that is decided');
  if (height > present || place.phase !== 'running') return judgeEarly(place, message, height);
  return judgePresent(place, message);
};

const judgePresent = (place: Place, message: Message): Judged => {
  const use = useOf(place.core, message);
  if (use !== 'take') return ignore('MESSAGE_USELESS', `the message is not needed here: ${use}`);
  const admitted = admitMessage(place, message);
  return admitted.ok ? { type: 'take', message, admitted: admitted.value } : reject(admitted.fault);
};

/**
 * The sets of this height and the next are known. The set of a later height may be another one: a message that does not
 * verify against the last known set may be right.
 */
const judgeEarly = (place: Place, message: Message, height: Height): Judged => {
  if (height > place.height + MAX_HEIGHTS_AHEAD)
    return ignore('MESSAGE_FAR', 'the message is of a height too far ahead');
  const certain = height <= place.height + 1n;
  const validators = height === place.height ? place.validators : place.nextValidators;
  // A message that is ignored costs its sender nothing, and a wrong signature costs the most to check.
  if (place.doubted && !certain)
    return ignore(
      'MESSAGE_DOUBTED',
      'the peer has sent too many messages of later heights that do not verify',
    );
  const admitted = admitMessage({ ...place, height, validators }, message);
  if (admitted.ok) return { type: 'keep', message, height };
  return certain ? reject(admitted.fault) : { type: 'doubtful', fault: admitted.fault };
};

const useOf = (core: Core, message: Message): 'take' | 'duplicate' | 'refused' | 'far' => {
  switch (message.type) {
    case 'vote':
      return core.votes.use(message.vote, 'single', core.state.round);
    case 'round': {
      const { votes } = message.certificate;
      return votes.some((vote) => core.votes.use(vote, 'single', core.state.round) === 'take')
        ? 'take'
        : 'duplicate';
    }
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
