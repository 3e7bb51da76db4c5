import type { Address } from '../../src/lib/brands.ts';
import { fromHex } from '../../src/lib/bytes.ts';
import { unwrap } from '../../src/lib/errors.ts';
import { accountOf } from '../../state/modules/ledger/accounts.ts';
import type { ReadView } from '../../state/view.ts';
import type { SenderStateOf } from './mempool.ts';

/** Nonce and balance of a sender as the last block left them. */
export const senderStateOf =
  (view: ReadView): SenderStateOf =>
  (sender) =>
    accountOf(view, unwrap(fromHex(sender, 20)) as Address);
