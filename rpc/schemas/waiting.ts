/** Why a node does not go on, in the same form for node_status and for /health. */
import * as Type from 'typebox';
import { bytesOut, heightOut, listOut, nullable, textOut, uint32Out, uint64Out } from './fields.ts';

const time = (what: string) => uint64Out(`${what}, Unix milliseconds.`);

const reason = <const R extends string, P extends Type.TProperties>(name: R, data: P, description: string) =>
  Type.Object({
    reason: Type.Literal(name, { description }),
    since: time('When it began, by the clock of this node'),
    message: textOut('The same for people, in one line.'),
    data: Type.Object(data),
  });

const Missing = Type.Object({
  name: nullable(textOut('The name in the genesis; null if it is not known.')),
  publicKey: bytesOut('The ed25519 key, 32 bytes.'),
  power: uint64Out('Its voting power.'),
  lastSeen: nullable(time('When a new vote of it arrived; null if none has since the node started')),
});

/** What keeps a node from the next block. Its messages are made by `node/waiting.ts`. */
export const WAITING = Type.Union([
  reason(
    'checking',
    { height: heightOut('The last height in its database.') },
    'The node checks its database, and answers nothing but `node_status` and `/health` until then.',
  ),
  reason(
    'genesisTime',
    { time: time('The time of the genesis') },
    'The time of the genesis has not come, and no block is made before it.',
  ),
  reason(
    'syncing',
    {
      from: heightOut('The last height when it began.'),
      height: heightOut('The last height now.'),
      target: heightOut('The greatest height that a peer has shown.'),
    },
    'The node fetches decided blocks, because it lags behind.',
  ),
  reason(
    'clock',
    {
      offsetMs: Type.Integer({
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
        description:
          'The clock of this machine minus the median clock of the peers of the config. If that is tolerated, minus the time of the last block.',
      }),
      toleranceMs: uint32Out('The largest difference that validators tolerate.'),
      peers: uint32Out('The number of peers that were asked.'),
    },
    'The clock of this machine is off.',
  ),
  reason(
    'peers',
    {
      configured: uint32Out('The number of peers in the config.'),
      unresolved: listOut(
        textOut('A name.'),
        'The names of hosts in their addresses that this machine finds no address for.',
      ),
    },
    'No peer is connected, and this node cannot decide alone.',
  ),
  reason(
    'quorum',
    {
      height: heightOut('The height that is not decided.'),
      round: uint32Out('Its round.'),
      power: uint64Out('The voting power that takes part.'),
      totalPower: uint64Out('The voting power of all. More than 2/3 of it is needed.'),
      missing: listOut(Missing, 'The validators that do not take part.'),
    },
    'Validators with more than 2/3 of the power do not agree on a block.',
  ),
]);

export type Waiting = Type.Static<typeof WAITING>;

/** What is wrong with a node, whether or not it goes on. */
export const PROBLEM = Type.Union([
  ...WAITING.anyOf,
  reason(
    'precommits',
    { commits: uint32Out('The number of the last commits that hold no precommit of this validator.') },
    'This validator votes, but its votes are in none of the last commits.',
  ),
]);

export type Problem = Type.Static<typeof PROBLEM>;
