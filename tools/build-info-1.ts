/** Rebuilds state/attribution/info-1.bin, byte for byte, from the reference counts in tools/info-1/counts.u32be. */
import { readFileSync, writeFileSync } from 'node:fs';
import { BUCKETS, computeInfoTable } from '../state/attribution/info1.ts';

const counts = readFileSync(new URL('./info-1/counts.u32be', import.meta.url));

/** Returns the bytes of info-1.bin: one big-endian uint16 for each bucket. */
export const info1Bytes = (): Uint8Array => {
  const table = computeInfoTable(
    Array.from({ length: BUCKETS }, (_, bucket) => counts.readUInt32BE(4 * bucket)),
  );
  const out = new Uint8Array(2 * BUCKETS);
  const view = new DataView(out.buffer);
  table.forEach((value, bucket) => {
    view.setUint16(2 * bucket, value);
  });
  return out;
};

if (import.meta.main)
  writeFileSync(new URL('../state/attribution/info-1.bin', import.meta.url), info1Bytes());
