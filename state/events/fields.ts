/**
 * The types of the fields that events have in common. A field's name says which entity it is: `contribution`,
 * `datanet`, `model`, `validator`, `receipt`, `receipts` and `batch`. The index of events follows these names and the
 * addresses (`entities.ts`), so a new event is indexed without more code.
 */
import { ok } from '../../src/lib/errors.ts';
import { MAX_UINT16 } from '../../src/lib/math.ts';
import {
  address20,
  container,
  list,
  mapped,
  root32,
  uint16,
  uint128,
  type ValueOf,
} from '../../src/lib/ssz.ts';
import { fail } from '../errors/chain.ts';
import { formatReceiptId, parseReceiptId, type ReceiptId } from '../receipt-id.ts';

/** A receipt. JSON: its id, `0x<batch>/<index>`. */
export const receiptId = mapped<ReceiptId, ReceiptId>(
  container({ batch: root32, index: uint16 }),
  { to: ok, from: (id) => id },
  {
    schema: {
      type: 'string',
      pattern: '^0x[0-9a-fA-F]{64}/(0|[1-9][0-9]{0,3})$',
      description: 'The id of a receipt.',
    },
    toJson: formatReceiptId,
    fromJson: (json) => {
      const id = parseReceiptId(typeof json === 'string' ? json : '');
      if (!id.ok || id.value.index <= MAX_UINT16) return id;
      return fail('RECEIPT_ID_INVALID', `no batch has a receipt ${id.value.index}`);
    },
  },
);

/** Some of the receipts of one batch. */
export const receiptSet = container({
  /** The id of the transaction that recorded them. */
  batch: root32,
  /** Their places in the batch, ascending. */
  indexes: list(uint16, 1000),
});
export type ReceiptSet = ValueOf<typeof receiptSet>;

/** The attestors behind a claim, and how much each has locked, base units. */
export const claimBackers = list(container({ attestor: address20, amount: uint128 }), 16);

/** The destinations of the money of one receipt, base units. The payer was charged the compute and the fee. */
export const receiptMoney = container({
  /** The provider's price: to the provider, or back to the payer if the receipt is void. */
  compute: uint128,
  /** The price of the app: to the app, or back to the payer if the receipt is void. */
  appFee: uint128,
  /** The model fee: the sum of the parts below. */
  fee: uint128,
  /** Out of circulation. */
  burned: uint128,
  /** The amount to the treasury, in addition to what it receives in the attestor's place. */
  treasury: uint128,
  /** The attestor's part: to who settled the receipt; of an expired one to the treasury, of a void one to the challenger. */
  attestor: uint128,
  /** The part of the model's owner and parties, and of the models that it was made from. */
  model: uint128,
  /** Credited to all stakers. */
  stakers: uint128,
  /** D, the data money: to the model's running epoch. */
  data: uint128,
});
