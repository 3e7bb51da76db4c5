import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Root, toHeight } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import {
  type BatchStatus,
  batchStatusOf,
  closeReceipts,
  finaliseReceipts,
  reopenReceipt,
  setBatchStatus,
  settledWith,
  settlementIdOf,
  settleReceipts,
} from '../../../../state/modules/receipts/receipts.ts';
import { overlay } from '../../../../state/view.ts';
import { bytes32 } from './world.ts';

const RECEIPTS = 6;

const fresh = (): BatchStatus => ({
  settlements: [],
  receipts: Array.from({ length: RECEIPTS }, () => ({ by: 0, status: 'open' })),
  reopened: [],
});

/** A batch's status as a plain map: of each receipt its phase and its settlement. */
type Plain = { phase: string; settlement: Root | undefined }[];

it('knows the settlement of every receipt, in no more places than there are receipts, however often claims fall', () => {
  const step = fc.record({
    act: fc.constantFrom('settle', 'settle', 'fall', 'fall', 'final', 'expire', 'void'),
    which: fc.array(fc.nat(RECEIPTS - 1), { minLength: 1, maxLength: RECEIPTS }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const view = overlay({ get: () => undefined });
      const id = bytes32('batch');
      let status = fresh();
      const plain: Plain = status.receipts.map(() => ({ phase: 'open', settlement: undefined }));
      for (const [n, { act, which }] of steps.entries()) {
        const inPhase = (phase: string) =>
          [...new Set(which)].filter((index) => plain[index]?.phase === phase);
        const set = (indexes: readonly number[], phase: string, settlement?: Root) => {
          for (const index of indexes) plain[index] = { phase, settlement };
        };
        if (act === 'settle') {
          const indexes = inPhase('open');
          if (indexes.length === 0) continue;
          const settlement = bytes32(`settlement ${n}`);
          status = settleReceipts(status, settlement, indexes);
          set(indexes, 'settled', settlement);
        } else if (act === 'fall') {
          const [index] = inPhase('settled');
          if (index === undefined) continue;
          status = reopenReceipt(status, index, toHeight(BigInt(n)));
          set([index], 'open');
          expect(status.reopened.find((each) => each.index === index)?.deadline).toBe(BigInt(n));
        } else if (act === 'final') {
          const indexes = inPhase('settled').slice(0, 1);
          status = finaliseReceipts(status, indexes);
          for (const index of indexes) set([index], 'final', plain[index]?.settlement);
        } else {
          const phase = act === 'expire' ? 'expired' : 'void';
          const indexes = inPhase('open').slice(0, 1);
          status = closeReceipts(status, indexes, phase);
          set(indexes, phase);
        }
        // As stored: the lists have room for it.
        setBatchStatus(view, id, status);
        status = batchStatusOf(view, id);
      }
      expect(status.settlements.length).toBeLessThanOrEqual(RECEIPTS);
      expect(status.receipts.map((receipt) => receipt.status)).toEqual(plain.map(({ phase }) => phase));
      for (const [index, { settlement, phase }] of plain.entries()) {
        const found = settlementIdOf(status, index);
        expect(found && toHex(found)).toBe(settlement && toHex(settlement));
        if (settlement === undefined) continue;
        expect(settledWith(status, settlement).includes(index)).toBe(phase === 'settled');
      }
      expect(status.reopened.map(({ index }) => index)).toEqual(
        [...new Set(status.reopened.map(({ index }) => index))].sort((a, b) => a - b),
      );
    }),
  );
});
