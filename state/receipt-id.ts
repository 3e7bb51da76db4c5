/** How one receipt is named: by the transaction that carried it and its place there, over all groups in order. */
import type { Root } from '../src/lib/brands.ts';
import { fromHex, type Hex, toHex } from '../src/lib/bytes.ts';
import { ok } from '../src/lib/errors.ts';
import { fail, type Result } from './errors/chain.ts';

export type ReceiptId = { readonly batch: Root; readonly index: number };

export const formatReceiptId = ({ batch, index }: ReceiptId): `${Hex}/${number}` =>
  `${toHex(batch)}/${index}`;

/** Any index is an id. A batch that does not have it says so. */
const RECEIPT_ID = /^(0x[0-9a-fA-F]{64})\/(0|[1-9][0-9]{0,14})$/;

/** Fault `RECEIPT_ID_INVALID`. */
export const parseReceiptId = (text: string): Result<ReceiptId> => {
  const parts = RECEIPT_ID.exec(text);
  const batch = fromHex(parts?.[1] ?? '', 32);
  if (parts === null || !batch.ok)
    return fail('RECEIPT_ID_INVALID', `not a receipt id (0x<transaction id>/<index>): ${text.slice(0, 100)}`);
  return ok({ batch: batch.value as Root, index: Number(parts[2]) });
};
