/** Every attack of `npm run hostile`, in the order in which they run. */
import type { Attack } from './attack.ts';
import { attack as rpcBlockBatches } from './attacks/rpc-block-batches.ts';
import { attack as rpcCallFlood } from './attacks/rpc-call-flood.ts';
import { attack as rpcContentPut } from './attacks/rpc-content-put.ts';
import { attack as rpcDeep } from './attacks/rpc-deep.ts';
import { attack as rpcIdleConnections } from './attacks/rpc-idle-connections.ts';
import { attack as rpcManyValues } from './attacks/rpc-many-values.ts';
import { attack as rpcSlowBody } from './attacks/rpc-slow-body.ts';
import { attack as rpcSlowReader } from './attacks/rpc-slow-reader.ts';
import { attack as rpcUnknownParameters } from './attacks/rpc-unknown-parameters.ts';
import { attack as syncFalseHeight } from './attacks/sync-false-height.ts';

export const ATTACKS: readonly Attack[] = [
  rpcCallFlood,
  rpcManyValues,
  rpcUnknownParameters,
  rpcBlockBatches,
  rpcIdleConnections,
  rpcSlowBody,
  rpcSlowReader,
  rpcContentPut,
  rpcDeep,
  syncFalseHeight,
];
