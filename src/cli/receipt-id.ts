/** A receipt as people name it on the command line. */
import { parseReceiptId } from '../../state/tx/receipt.ts';
import { CodedError } from '../lib/errors.ts';
import { fault } from './errors.ts';

/** @throws CodedError `ARGUMENT_INVALID` for what is none */
export const readReceiptId = (text: string): string => {
  if (!parseReceiptId(text).ok)
    throw new CodedError(
      fault(
        'ARGUMENT_INVALID',
        `a receipt is named 0x<64 hex digits, the transaction of its batch>/<index>, not ${text.slice(0, 80)}`,
      ),
    );
  return text;
};
