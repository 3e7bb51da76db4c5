import type { Secp256k1Platform } from '../platform.ts';

export const native: Secp256k1Platform['native'] = undefined;
