import { createRequire } from 'node:module';
import type { NativeSecp256k1, Secp256k1Platform } from '../platform.ts';

const load = (): NativeSecp256k1 | undefined => {
  try {
    // The main entry of the package falls back to slow JavaScript silently. The binding throws instead.
    return createRequire(import.meta.url)('secp256k1/bindings') as NativeSecp256k1;
  } catch {
    return undefined;
  }
};

export const native: Secp256k1Platform['native'] = load();
