import { type Attack, TWO_ADDRESSES } from '../attack.ts';
import { keepIdle } from './rpc-idle-connections.ts';

export const attack: Attack = {
  name: 'rpc-idle-two-addresses',
  what: 'As rpc-idle-connections, from two addresses that no honest user has.',
  run: (stage, signal) => keepIdle(stage, signal, TWO_ADDRESSES),
};
