import * as Type from 'typebox';
import { unwrap } from '../../src/lib/errors.ts';
import { parseReceiptId, ReceiptBodyType } from '../../state/tx/receipt.ts';
import {
  addressOut,
  amountOut,
  contributionOut,
  countIn,
  enumOut,
  heightIn,
  heightOut,
  listOut,
  modelOut,
  nullable,
  rootIn,
  rootOut,
  sszOut,
  strict,
  textOut,
  uint32Out,
  uint64Out,
} from './fields.ts';
import { schema } from './method-schema.ts';

/** `0x<id of the transaction of its batch>/<index>` */
export const receiptIdIn = Type.Decode(
  Type.Refine(
    Type.Unsafe<string>({
      type: 'string',
      // 0x, 64 digits, a slash, and an index of up to 15 digits.
      maxLength: 82,
      description:
        'The id of a receipt: the id of the transaction of its batch, a slash, and its index in the batch.',
    }),
    (value) => parseReceiptId(value).ok,
    () => 'must be a receipt id, 0x<transaction id>/<index>',
  ),
  (value) => unwrap(parseReceiptId(value)),
);

const BodyOut = sszOut(ReceiptBodyType, 'What its payer and its provider agreed on.');
const textsOut = rootOut('The root to give to content_get for its texts. A party may have published them.');

/** A part of the data money of a receipt. */
export const shareOut = () => uint64Out('The part of the data money that it weighs, times 2^32.');

export const SettlementOut = Type.Object({
  id: rootOut('The id of its transaction.'),
  attestor: addressOut(),
  height: heightOut(),
  asOf: heightOut(
    'The height by which its claims are judged: what is void or struck by then does not count, what falls later does.',
  ),
  finalAt: nullable(
    heightOut(),
    'The block at whose end it becomes final, unless a demand extends it; null while the claim is short.',
  ),
  backers: listOut(
    Type.Object({ attestor: addressOut(), amount: amountOut('Locked of its bond.') }),
    'What is locked behind the claim, or was until it became final.',
  ),
  short: nullable(
    Type.Object({
      missing: amountOut('What other attestors have to lock.'),
      until: heightOut('The last block in which they can.'),
    }),
    'What is missing behind the claim before it can become final; null if nothing is.',
  ),
  vestsAt: nullable(
    heightOut(),
    'Of a final claim: the block at whose end what its backers have earned in the epoch has vested, unless more becomes final. A late proof can come until then. Null if all of it has vested or is lost.',
  ),
  demands: listOut(rootOut(), 'The ids of the challenges of its open demands.'),
  outcome: Type.Object({
    index: uint32Out('The index of the receipt in its batch.'),
    bond: amountOut('What has to be locked behind the claim: the data money, and at least bondPerReceipt.'),
    scores: listOut(
      Type.Object({ contribution: contributionOut(), score: uint32Out('The score in Q8 bits.') }),
    ),
    total: uint32Out('T, Q8 bits.'),
    covered: uint32Out('S, Q8 bits.'),
    shared: uint32Out('N: what several owners brought, Q8 bits.'),
    coverageBps: uint32Out('a.'),
    relevance: listOut(
      Type.Object({ contribution: contributionOut(), share: shareOut() }),
      'What it shares with contributions, by their ids.',
    ),
  }),
});

const deadlineOut = nullable(
  heightOut(),
  'The last block in which it may be settled; null while the calibration of its version has not come to its end, with which the time to settle begins.',
);

const ReceiptOut = Type.Object({
  id: textOut(),
  payer: addressOut(),
  provider: addressOut(),
  model: modelOut(),
  version: uint32Out('The version of the model whose manifest the receipt names.'),
  manifest: rootOut('The hash of the manifest of that version.'),
  height: heightOut('The height of its block.'),
  deadline: deadlineOut,
  lane: uint32Out('The lane of the payer with the provider.'),
  texts: textsOut,
  body: BodyOut,
  split: Type.Object(
    {
      burned: amountOut(),
      treasury: amountOut(),
      attestor: amountOut(
        'The share of the attestor, which goes to the treasury if nobody settles the receipt.',
      ),
      model: amountOut(),
      stakers: amountOut(),
      data: amountOut('D.'),
    },
    { description: 'How the model fee is divided.' },
  ),
  status: enumOut(
    ['open', 'settled', 'final', 'expired', 'void'],
    'settled: its claim is final when the challenge window closes; expired: nobody settled it in time; void: what it commits to is malformed.',
  ),
  settlement: nullable(SettlementOut),
});

const batchFields = {
  batch: rootOut('The id of its transaction.'),
  provider: addressOut(),
  height: heightOut(),
  deadline: heightOut(
    'The last block in which its receipts may be settled, but for those with a deadline of their own: their version was not calibrated yet, or their settlement was reverted (receipt_get).',
  ),
  receipts: uint32Out('The number of receipts.'),
  open: listOut(uint32Out(), 'The indexes of the receipts that may still be settled.'),
  settlements: listOut(Type.Object({ id: rootOut(), final: Type.Boolean() })),
};

/** The most blocks that one call of receipt_list searches. */
export const LIST_BLOCKS = 100;
/** The batches after which receipt_list ends. It finishes the block that it is at. */
export const LIST_BATCHES = 200;

export const RECEIPT_SCHEMAS = {
  receipt_get: schema({
    summary: 'Returns a receipt: what was paid for, and its status.',
    params: Type.Object({ id: receiptIdIn }, strict),
    result: ReceiptOut,
    errors: ['RECEIPT_NOT_FOUND'],
  }),

  receipt_getBatch: schema({
    summary:
      'Returns a batch of receipts, and which of them may still be settled. Attestors use it to find work.',
    params: Type.Object({ batch: rootIn('The id of its transaction.') }, strict),
    result: Type.Object({
      ...batchFields,
      bodies: listOut(
        Type.Object({
          payer: addressOut(),
          lane: uint32Out('The lane of the payer with the provider.'),
          model: modelOut(),
          version: uint32Out('The version of the model.'),
          deadline: deadlineOut,
          texts: textsOut,
          body: BodyOut,
        }),
        'The bodies of its receipts, by index.',
      ),
    }),
    errors: ['BATCH_NOT_FOUND'],
  }),

  receipt_list: schema({
    summary: `Lists the batches of receipts in a range of blocks. It ends after a block with which it has looked at ${LIST_BATCHES} batches.`,
    params: Type.Object(
      {
        fromHeight: heightIn('The first block.'),
        blocks: Type.Optional(
          countIn(LIST_BLOCKS, `The number of blocks to search; ${LIST_BLOCKS} if left out.`),
        ),
        openOnly: Type.Optional(
          Type.Boolean({ description: 'Only batches with receipts that may still be settled.' }),
        ),
      },
      strict,
    ),
    result: Type.Object({
      nextHeight: heightOut(
        'The height at which to continue: after the range, after the last block, or where the call has ended before.',
      ),
      batches: listOut(Type.Object(batchFields)),
    }),
  }),
};
