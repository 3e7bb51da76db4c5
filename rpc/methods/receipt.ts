import { type Height, heightAfter, nextHeight, type Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { ok } from '../../src/lib/errors.ts';
import { typeTerm } from '../../state/events/entities.ts';
import {
  type DueReceipt,
  getBatch,
  getBatchSummary,
  type Shown,
  shownBatch,
  shownReceipt,
} from '../../state/queries/receipts.ts';
import type { EventPage } from '../../state/store/history.ts';
import type { Position } from '../../state/store/search.ts';
import type { NodeBackend } from '../backend.ts';
import { fail } from '../codes.ts';
import type { Answers } from '../method.ts';
import type { Pace } from '../pace.ts';
import { LIST_BATCHES, LIST_BLOCKS, type RECEIPT_SCHEMAS } from '../schemas/receipt.ts';
import { lastHeight } from './history.ts';

const RECORDED = [[typeTerm('receiptsRecorded')]];

/** Returns the batches recorded in the blocks of a range, of whole blocks, and the height at which to continue. */
const batchesFrom = async (
  node: NodeBackend,
  first: Height,
  to: Height,
  pace: Pace,
): Promise<{ readonly ids: readonly Root[]; readonly next: Height }> => {
  const ids: Root[] = [];
  let last: Height | undefined;
  let from: Position | undefined = { height: first, index: 0 };
  while (from !== undefined) {
    const query = { terms: RECORDED, from, to, limit: LIST_BATCHES };
    const page: EventPage = await node.history.events(query, pace);
    for (const { height, event } of page.events) {
      if (height !== last && ids.length >= LIST_BATCHES) return { ids, next: height };
      last = height;
      if (event.type === 'receiptsRecorded') ids.push(event.data.batch);
    }
    from = page.next;
  }
  return { ids, next: nextHeight(to) };
};

export const RECEIPT_METHODS: Answers<typeof RECEIPT_SCHEMAS> = {
  receipt_getBatch: async (node, { batch: id }, { pace }) => {
    const batch = node.read(({ view }) => getBatch(view, id));
    if (batch === undefined)
      return fail('BATCH_NOT_FOUND', 'no batch of receipts was executed under this id', { batch: toHex(id) });
    const bodies: Shown<DueReceipt>[] = [];
    for (const receipt of batch.receipts) {
      bodies.push(shownReceipt(receipt));
      await pace();
    }
    return ok({ ...shownBatch(batch), bodies });
  },

  receipt_list: async (node, { fromHeight, blocks = LIST_BLOCKS, openOnly = false }, { pace }) => {
    const to = lastHeight(node, heightAfter(fromHeight, BigInt(blocks) - 1n));
    if (to < fromHeight) return ok({ nextHeight: fromHeight, batches: [] });
    const { ids, next } = await batchesFrom(node, fromHeight, to, pace);
    const batches: ReturnType<typeof shownBatch>[] = [];
    for (const id of ids) {
      const batch = node.read(({ view }) => getBatchSummary(view, id));
      if (batch !== undefined && (!openOnly || batch.open.length > 0)) batches.push(shownBatch(batch));
      await pace();
    }
    return ok({ nextHeight: next, batches });
  },
};
