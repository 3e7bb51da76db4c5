/** Every attack of `npm run hostile`, in the order in which they run. */
import type { Attack } from './attack.ts';
import { attack as announcements } from './attacks/announcements.ts';
import { attack as connectionChurn } from './attacks/connection-churn.ts';
import { attack as controlFields } from './attacks/control-fields.ts';
import { attack as dearContributions } from './attacks/dear-contributions.ts';
import { attack as dustRoots } from './attacks/dust-roots.ts';
import { attack as farVotes } from './attacks/far-votes.ts';
import { attack as forgedVotes } from './attacks/forged-votes.ts';
import { attack as frameFlood } from './attacks/frame-flood.ts';
import { attack as gossipGhosts } from './attacks/gossip-ghosts.ts';
import { attack as halfOpen } from './attacks/half-open.ts';
import { attack as halfOpenTwoAddresses } from './attacks/half-open-two-addresses.ts';
import { attack as identifyAnswers } from './attacks/identify-answers.ts';
import { attack as longLists } from './attacks/long-lists.ts';
import { attack as mixedBatches } from './attacks/mixed-batches.ts';
import { attack as noiseBytes } from './attacks/noise-bytes.ts';
import { attack as oldCommits } from './attacks/old-commits.ts';
import { attack as pruneFlood } from './attacks/prune-flood.ts';
import { attack as queuedLists } from './attacks/queued-lists.ts';
import { attack as rpcBlockBatches } from './attacks/rpc-block-batches.ts';
import { attack as rpcCallFlood } from './attacks/rpc-call-flood.ts';
import { attack as rpcContentPut } from './attacks/rpc-content-put.ts';
import { attack as rpcDeep } from './attacks/rpc-deep.ts';
import { attack as rpcIdleConnections } from './attacks/rpc-idle-connections.ts';
import { attack as rpcIdleTwoAddresses } from './attacks/rpc-idle-two-addresses.ts';
import { attack as rpcManyValues } from './attacks/rpc-many-values.ts';
import { attack as rpcOneOfABlock } from './attacks/rpc-one-of-a-block.ts';
import { attack as rpcPipelinedHealth } from './attacks/rpc-pipelined-health.ts';
import { attack as rpcSlowBody } from './attacks/rpc-slow-body.ts';
import { attack as rpcSlowReader } from './attacks/rpc-slow-reader.ts';
import { attack as rpcUnknownContent } from './attacks/rpc-unknown-content.ts';
import { attack as rpcUnknownParameters } from './attacks/rpc-unknown-parameters.ts';
import { attack as rpcWaitingCalls } from './attacks/rpc-waiting-calls.ts';
import { attack as silentSockets } from './attacks/silent-sockets.ts';
import { attack as slowReaders } from './attacks/slow-readers.ts';
import { attack as streamVarint } from './attacks/stream-varint.ts';
import { attack as stuckTransactions } from './attacks/stuck-transactions.ts';
import { attack as sybils } from './attacks/sybils.ts';
import { attack as syncFalseHeight } from './attacks/sync-false-height.ts';
import { attack as syncForgedBlock } from './attacks/sync-forged-block.ts';
import { attack as tipsWithoutRoom } from './attacks/tips-without-room.ts';
import { attack as unfundedTransactions } from './attacks/unfunded-transactions.ts';
import { attack as varintFlood } from './attacks/varint-flood.ts';
import { attack as voteBursts } from './attacks/vote-bursts.ts';
import { attack as waitingForLists } from './attacks/waiting-for-lists.ts';

export const ATTACKS: readonly Attack[] = [
  announcements,
  connectionChurn,
  controlFields,
  dearContributions,
  dustRoots,
  farVotes,
  forgedVotes,
  frameFlood,
  gossipGhosts,
  halfOpen,
  halfOpenTwoAddresses,
  identifyAnswers,
  longLists,
  mixedBatches,
  noiseBytes,
  oldCommits,
  pruneFlood,
  queuedLists,
  rpcBlockBatches,
  rpcCallFlood,
  rpcContentPut,
  rpcDeep,
  rpcIdleConnections,
  rpcIdleTwoAddresses,
  rpcManyValues,
  rpcOneOfABlock,
  rpcPipelinedHealth,
  rpcSlowBody,
  rpcSlowReader,
  rpcUnknownContent,
  rpcUnknownParameters,
  rpcWaitingCalls,
  silentSockets,
  slowReaders,
  streamVarint,
  stuckTransactions,
  sybils,
  syncFalseHeight,
  syncForgedBlock,
  tipsWithoutRoom,
  unfundedTransactions,
  varintFlood,
  voteBursts,
  waitingForLists,
];
