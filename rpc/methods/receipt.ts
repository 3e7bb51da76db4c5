import { type Height, heightAfter, nextHeight, type Root } from '../../src/lib/brands.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { ok, unwrap } from '../../src/lib/errors.ts';
import { maxBig, minBig } from '../../src/lib/math.ts';
import { getBatch, shownBatch } from '../../state/queries/receipts.ts';
import { inferenceReceipt } from '../../state/tx/inference-receipt.ts';
import { decodeTransaction, TransactionType, transactionDigest } from '../../state/tx/transaction.ts';
import type { NodeBackend } from '../backend.ts';
import type { Answers } from '../method.ts';
import type { Pace } from '../pace.ts';
import { LIST_BLOCKS, type RECEIPT_SCHEMAS } from '../schemas/receipt.ts';

/**
 * Returns the ids of the transactions with receipts in a block, whether or not they were executed: the state knows that.
 * Only the envelope of other transactions is decoded.
 */
const batchesIn = async (
  node: NodeBackend,
  height: Height,
  separator: Root,
  pace: Pace,
): Promise<readonly Root[]> => {
  const ids: Root[] = [];
  for (const encoded of (await node.block(height))?.block.transactions ?? []) {
    if (unwrap(TransactionType.decode(encoded)).kind === inferenceReceipt.id) {
      const { transaction, body } = unwrap(decodeTransaction(encoded));
      ids.push(transactionDigest({ ...transaction, body }, separator));
    }
    await pace();
  }
  return ids;
};

export const RECEIPT_METHODS: Answers<typeof RECEIPT_SCHEMAS> = {
  receipt_list: async (node, { fromHeight, blocks = LIST_BLOCKS, openOnly = false }, { pace }) => {
    const end = minBig(heightAfter(fromHeight, BigInt(blocks)), nextHeight(node.status().height));
    const separator = domainSeparator(node.chain.identity);
    const ids: Root[] = [];
    for (let height = fromHeight; height < end; height = nextHeight(height))
      ids.push(...(await batchesIn(node, height, separator, pace)));
    const batches: ReturnType<typeof shownBatch>[] = [];
    for (const id of ids) {
      const batch = node.read(({ view }) => getBatch(view, id));
      if (batch !== undefined && (!openOnly || batch.open.length > 0)) batches.push(shownBatch(batch));
      await pace();
    }
    return ok({ nextHeight: maxBig(end, fromHeight), batches });
  },
};
