import { ed25519 as noble } from '@noble/curves/ed25519.js';
import type { Ed25519Platform } from '../platform.ts';

/** Nothing here is quicker than noble. */
export const quickAccepts: Ed25519Platform['quickAccepts'] = () => false;

export const signWith: Ed25519Platform['signWith'] = (seed) => (message) => noble.sign(message, seed);
