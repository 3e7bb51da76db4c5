/** The standing of a receipt in the words that people read. */
import type { ResultOf } from '../../rpc/schemas/registry.ts';

export type ReceiptStatus = ResultOf<'receipt_get'>['status'];

/** `unsettled` is one that nobody settled in time, so it cannot be told to people as it is. */
const WORDS: Readonly<Record<ReceiptStatus, string>> = {
  pending: 'open',
  held: 'settled',
  final: 'final',
  unsettled: 'expired',
  void: 'void',
};

export const receiptStatusWord = (status: ReceiptStatus): string => WORDS[status];
