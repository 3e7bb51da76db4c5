/** The digest that shows whether two contributions have the same text, whatever the salts in their roots. */

import type { Root } from '../../src/lib/brands.ts';
import { concat } from '../../src/lib/bytes.ts';
import { sha256 } from '../../src/lib/hash.ts';
import type { DatanetId } from '../../src/lib/ids.ts';
import { divCeilNumber } from '../../src/lib/math.ts';
import { packChunk } from '../attribution/commitment.ts';
import { CHUNK_TOKENS } from '../attribution/parameters.ts';
import type { Tokens } from '../attribution/tokens.ts';

const uint32Bytes = (value: number): Uint8Array => {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, true);
  return out;
};

/**
 * Returns sha256(datanet ‖ canonical bytes), with the Datanet as a little-endian uint32. The canonical bytes are made
 * of the tokens that are matched, so that other spaces or capitals do not make a new text. For each item, in order,
 * they have the number of its tokens (little-endian uint32), then for each token one byte with its length, and its
 * folded bytes.
 */
export const contentDigest = (datanet: DatanetId, items: readonly Tokens[]): Root =>
  sha256(
    uint32Bytes(datanet),
    ...items.map((tokens) =>
      concat(
        uint32Bytes(tokens.count),
        ...Array.from({ length: divCeilNumber(tokens.count, CHUNK_TOKENS) }, (_, i) => packChunk(tokens, i)),
      ),
    ),
  );
