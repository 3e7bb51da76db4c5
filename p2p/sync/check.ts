/** Checks an answer with blocks against the request, before anything else looks at it. Signatures are not checked here. */
import type { Height, Root } from '../../src/lib/brands.ts';
import { equal } from '../../src/lib/bytes.ts';
import { type ChainIdentity, type Header, HeaderType, headerHash } from '../../src/lib/chain.ts';
import { ok } from '../../src/lib/errors.ts';
import { fail, type Result } from '../errors.ts';
import type { SyncedBlock } from '../protocols.ts';

/** Returns the header of an encoded block: it has a fixed length and stands first. Undefined if it does not decode. */
export const headerOf = ({ block }: SyncedBlock): Header | undefined => {
  const decoded = HeaderType.decode(block.subarray(0, HeaderType.maxBytes));
  return decoded.ok ? decoded.value : undefined;
};

/**
 * Checks that the answer holds blocks of this chain, of the heights from `from` on without a gap, at most `count`, each one
 * the parent of the next and with a commit that names it. Whether the commits are signed, and whether the bodies fit the
 * headers, is found out when the blocks are applied. Fault: `P2P_FALSE_ANSWER`.
 */
export const checkBlocks = (
  { chainId }: ChainIdentity,
  from: Height,
  count: number,
  blocks: readonly SyncedBlock[],
): Result<readonly SyncedBlock[]> => {
  if (blocks.length > count)
    return fail('P2P_FALSE_ANSWER', `the peer sent ${blocks.length} blocks; ${count} were asked for`);
  let parent: Root | undefined;
  for (const [i, block] of blocks.entries()) {
    const height = from + BigInt(i);
    const wrong = (what: string): Result<never> =>
      fail('P2P_FALSE_ANSWER', `in place of block ${height} the peer sent ${what}`);
    const header = headerOf(block);
    if (header === undefined) return wrong('bytes that are no block');
    if (header.height !== height) return wrong(`block ${header.height}`);
    if (header.chainId !== chainId) return wrong('a block of another chain');
    const id = headerHash(header);
    if (block.commit.height !== height || !equal(block.commit.blockHash, id))
      return wrong('a block with the commit of another');
    if (parent !== undefined && !equal(header.parent, parent)) return wrong('a block with another parent');
    parent = id;
  }
  return ok(blocks);
};
