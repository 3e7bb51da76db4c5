/**
 * Checks lists in a payload that have only one valid order: then nothing can occur twice, and no two payloads mean the
 * same.
 */
import { toBareHex } from '../../src/lib/bytes.ts';

export const isAscending = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value > (values[i - 1] ?? value));

export const areDistinct = (values: readonly Uint8Array[]): boolean =>
  new Set(values.map(toBareHex)).size === values.length;
