import { type Attack, TWO_ADDRESSES } from '../attack.ts';
import { keepHalfOpen } from './half-open.ts';

export const attack: Attack = {
  name: 'half-open-two-addresses',
  what: 'As half-open, from two addresses that no honest node has.',
  run: (stage, signal) => keepHalfOpen(stage, signal, TWO_ADDRESSES),
};
