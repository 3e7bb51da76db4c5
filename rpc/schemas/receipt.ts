import Type from 'typebox';
import { unwrap } from '../../src/lib/errors.ts';
import { parseReceiptId } from '../../state/tx/receipt.ts';
import {
  addressOut,
  amountOut,
  countIn,
  enumOut,
  listOut,
  nullable,
  rootIn,
  rootOut,
  strict,
  textOut,
  uint32Out,
  uint64In,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';

/** `0x<id of the transaction of its batch>/<index>` */
export const receiptIdIn = Type.Decode(
  Type.Refine(
    Type.Unsafe<string>({
      type: 'string',
      maxLength: 71,
      description: 'Of a receipt: the id of its batch’s transaction, a slash, and its place there.',
    }),
    (value) => parseReceiptId(value).ok,
    () => 'must be a receipt id, 0x<transaction id>/<index>',
  ),
  (value) => unwrap(parseReceiptId(value)),
);

const BodyOut = Type.Object({
  promptRoot: rootOut('What content_get takes, if its parties gave it out.'),
  outputRoot: rootOut(),
  tokensIn: uint32Out('PT-1.'),
  tokensOut: uint32Out('PT-1.'),
  compute: amountOut('The provider’s own price.'),
  fee: amountOut('The model fee.'),
});

export const SettlementOut = Type.Object({
  id: rootOut('Of its transaction.'),
  attestor: addressOut(),
  height: uint64Out(),
  finalAt: uint64Out('The block at whose end it becomes final, unless a demand puts it off.'),
  demands: listOut(rootOut(), 'Demands on the receipt that are open, by their challenge.'),
  outcome: Type.Object({
    index: uint32Out('Of the receipt in its batch.'),
    scores: listOut(Type.Object({ contribution: uint32Out(), score: uint32Out('Q8 bits.') })),
    total: uint32Out('T, Q8 bits.'),
    covered: uint32Out('S, Q8 bits.'),
    coverageBps: uint32Out('a.'),
  }),
});

const ReceiptOut = Type.Object({
  id: textOut(),
  payer: addressOut(),
  provider: addressOut(),
  model: uint32Out(),
  version: uint32Out('Of the model: the one whose manifest it names.'),
  manifest: rootOut('Of that version.'),
  height: uint64Out('Of its block.'),
  deadline: uint64Out('The last block in which it may be settled.'),
  body: BodyOut,
  split: Type.Object(
    {
      burned: amountOut(),
      treasury: amountOut(),
      attestor: amountOut('To the treasury if it is unsettled.'),
      model: amountOut(),
      stakers: amountOut(),
      data: amountOut('D.'),
    },
    { description: 'How its model fee is divided.' },
  ),
  status: enumOut(
    ['pending', 'held', 'final', 'unsettled', 'void'],
    'held until the challenge window closes; unsettled: nobody settled it in time; void: what it commits to is malformed.',
  ),
  settlement: nullable(SettlementOut),
});

const batchFields = {
  batch: rootOut('The id of its transaction.'),
  provider: addressOut(),
  height: uint64Out(),
  deadline: uint64Out('The last block in which its receipts may be settled.'),
  receipts: uint32Out('How many.'),
  pending: listOut(uint32Out(), 'Indexes of those that may still be settled.'),
  settlements: listOut(Type.Object({ id: rootOut(), final: Type.Boolean() })),
};

/** Blocks that receipt_list looks through at once. */
export const LIST_BLOCKS = 100;

export const RECEIPT_SCHEMAS = {
  receipt_get: schema({
    summary: 'A receipt: what was paid for what, and how far its settlement has come.',
    params: Type.Object({ id: receiptIdIn }, strict),
    result: ReceiptOut,
    errors: ['RECEIPT_NOT_FOUND'],
  }),

  receipt_getBatch: schema({
    summary: 'A batch of receipts, and which of them may still be settled: an attestor’s work.',
    params: Type.Object({ batch: rootIn('The id of its transaction.') }, strict),
    result: Type.Object({
      ...batchFields,
      bodies: listOut(
        Type.Object({
          payer: addressOut(),
          model: uint32Out(),
          version: uint32Out('Of the model.'),
          body: BodyOut,
        }),
        'Of its receipts, by index.',
      ),
    }),
    errors: ['BATCH_NOT_FOUND'],
  }),

  receipt_list: schema({
    summary: 'The batches of receipts in a range of blocks.',
    params: Type.Object(
      {
        fromHeight: uint64In('The first block.'),
        blocks: Type.Optional(countIn(LIST_BLOCKS, `How many blocks at most; ${LIST_BLOCKS} if left out.`)),
        pendingOnly: Type.Optional(
          Type.Boolean({ description: 'Only batches with receipts that may still be settled.' }),
        ),
      },
      strict,
    ),
    result: Type.Object({
      nextHeight: uint64Out('Where to go on: past the range, or past the last block.'),
      batches: listOut(Type.Object(batchFields)),
    }),
  }),
};
