import * as Type from 'typebox';
import { MAX_TRANSACTION_BYTES } from '../../src/lib/chain.ts';
import { EventOut } from './event.ts';
import {
  addressIn,
  addressOut,
  amountOut,
  bytesIn,
  bytesOut,
  countIn,
  enumOut,
  faultDataOut,
  heightIn,
  heightOut,
  jsonIn,
  jsonOut,
  listOut,
  nullable,
  rootIn,
  rootOut,
  ruleCodeOut,
  signatureIn,
  strict,
  textOut,
  uint32Out,
  uint64In,
  uint64Out,
  uint128In,
} from './fields.ts';
import { resultFields } from './history.ts';
import { schema } from './method-schema.ts';

const STATUSES = ['unknown', 'pending', 'committed', 'failed', 'rejected', 'evicted', 'expired'] as const;

const FaultOut = Type.Object({
  code: ruleCodeOut('The stable code of the error.'),
  message: textOut(),
  data: faultDataOut(),
});

const statusFields = {
  id: rootOut(),
  status: enumOut(
    STATUSES,
    'unknown to this node; pending in its mempool; committed: executed with success; failed: executed, the fee ' +
      'charged and nothing else changed; rejected, evicted: this node has let go of it; expired: in no block, and none ' +
      'may execute it any more. One that is unknown, rejected or evicted here may still be executed up to its last height, unless another transaction uses its nonce.',
  ),
  height: nullable(heightOut('The height of the block that contains it.')),
  index: nullable(uint32Out('Its index in that block.')),
  error: nullable(FaultOut, 'The reason why it has no effect.'),
  gasUsed: nullable(uint64Out()),
  fee: nullable(amountOut('The burned fee and the tip together.')),
  events: listOut(EventOut, 'The events of the transaction.'),
};
export const StatusOut = Type.Object(statusFields);

const draftFields = {
  from: addressIn('The sender.'),
  nonce: uint64In('The next nonce of the sender.'),
  maxFee: uint128In('Base units: the most that gas and tip may cost together.'),
  tip: uint128In('Base units, to the proposer.'),
  validUntil: heightIn('The last height whose block may execute it.'),
  kind: Type.String({ description: 'The name of the kind of the transaction.' }),
  payload: jsonIn('The payload in the form of its kind.'),
};

const senderSignatureIn = signatureIn(
  'The signature of the sender, r‖s‖v, in any form that wallets give: v may also be 0 or 1, s may be high, and it may have 64 bytes (EIP-2098).',
);
export const SignedIn = Type.Object({ ...draftFields, signature: senderSignatureIn }, strict);
const SimulatedIn = Type.Object({ ...draftFields, signature: Type.Optional(senderSignatureIn) }, strict);

/** The most transactions of one simulation. */
const SIMULATED_MAX = 16;

/** How long `commit` waits if the caller does not say, and the longest that it waits. */
export const COMMIT_TIMEOUT_MS = 30_000;
export const COMMIT_TIMEOUT_MAX_MS = 120_000;
export const TX_SCHEMAS = {
  tx_send: schema({
    summary:
      'Submits a signed transaction. Mode async answers at once, sync when the mempool has admitted the transaction, and ' +
      'commit when it has been executed, or with status pending after the timeout.',
    params: Type.Object(
      {
        transaction: Type.Union([bytesIn(MAX_TRANSACTION_BYTES, 'The encoding.'), SignedIn]),
        mode: Type.Optional(
          Type.Union([Type.Literal('async'), Type.Literal('sync'), Type.Literal('commit')], {
            description: 'sync if left out.',
          }),
        ),
        timeoutMs: Type.Optional(
          countIn(COMMIT_TIMEOUT_MAX_MS, `How long commit waits; ${COMMIT_TIMEOUT_MS} if left out.`),
        ),
      },
      strict,
    ),
    result: Type.Object({
      ...statusFields,
      known: Type.Boolean({
        description:
          'Whether the node had exactly this transaction before, in its mempool or in a block. Then this call sent nothing new.',
      }),
    }),
    errors: [
      'TX_DECODE',
      'TX_KIND_UNKNOWN',
      'TX_PAYLOAD',
      'SIGNATURE_SIGNER',
      'NONCE_TOO_LOW',
      'TX_EXPIRED',
      'BALANCE_BELOW_MAX_FEE',
      'MAX_FEE_TOO_LOW',
      'MEMPOOL_NONCE_TAKEN',
      'MEMPOOL_FULL',
    ],
    judges: true,
    awaits: true,
  }),

  tx_status: schema({
    summary: 'Returns the status of a transaction. A transaction that was executed is always found.',
    params: Type.Object({ id: rootIn('The EIP-712 digest of the transaction.') }, strict),
    result: StatusOut,
  }),

  tx_simulate: schema({
    summary:
      'Executes transactions in order on the last committed state, as the next block would, and keeps nothing of it. ' +
      'Signatures are not needed and not checked. The mempool plays no part.',
    awaits: true,
    params: Type.Object(
      {
        transactions: Type.Array(
          Type.Union([
            bytesIn(MAX_TRANSACTION_BYTES, 'The encoding, with a signature of any content.'),
            SimulatedIn,
          ]),
          {
            minItems: 1,
            maxItems: SIMULATED_MAX,
            description:
              'Together they have at most twice the bytes of the longest transaction, and no more than a quarter of the gas of a block.',
          },
        ),
      },
      strict,
    ),
    result: Type.Object({
      height: heightOut('The height of the block that would have held them: the next one.'),
      results: listOut(
        Type.Object({
          ...resultFields,
          status: enumOut(
            ['success', 'failed', 'skipped'],
            'skipped: the next block could not hold it after those before it, so nothing would be charged.',
          ),
          error: nullable(FaultOut, 'The reason why it has no effect, with its message and fields.'),
        }),
        'The result of each transaction, in order: as chain_getBlockResults returns it, if a block can hold it.',
      ),
      events: listOut(EventOut, 'The events of the transactions, in order.'),
    }),
    errors: ['TX_DECODE', 'TX_KIND_UNKNOWN', 'TX_PAYLOAD', 'SIMULATION_TOO_LARGE', 'SIMULATION_BUSY'],
    judges: true,
  }),

  tx_get: schema({
    summary: 'Returns the bytes of a transaction that is in a block, and its place.',
    params: Type.Object({ id: rootIn('The EIP-712 digest of the transaction.') }, strict),
    result: Type.Object({
      height: heightOut('The height of the block that contains it.'),
      index: uint32Out('Its index in that block.'),
      transaction: bytesOut('The encoding of the signed transaction.'),
    }),
    errors: ['TX_NOT_FOUND'],
  }),

  tx_prepare: schema({
    summary:
      'Prepares a transaction: fills in the nonce, the fee and the last height. Sign typedData with ' +
      'eth_signTypedData_v4, add the signature to transaction, and give it to tx_send. It reserves nothing: two calls ' +
      'return the same nonce until a transaction with it was sent.',
    awaits: true,
    params: Type.Object(
      {
        from: draftFields.from,
        kind: draftFields.kind,
        payload: draftFields.payload,
        tip: Type.Optional(uint128In('Base units; 0 if left out.')),
        nonce: Type.Optional(uint64In('The next after those that wait in the mempool, if left out.')),
        maxFee: Type.Optional(
          uint128In('Base units; twice what the gas costs now, and the tip, if left out.'),
        ),
        validUntil: Type.Optional(heightIn('200 blocks from now, if left out.')),
      },
      strict,
    ),
    result: Type.Object({
      id: rootOut('The id of the transaction, which is the digest that is signed.'),
      action: textOut('The text that a wallet shows. It is part of what is signed.'),
      gas: uint64Out(),
      baseFee: amountOut('The price of one unit of gas in the next block.'),
      transaction: Type.Object(
        {
          from: addressOut(),
          nonce: uint64Out(),
          maxFee: amountOut(),
          tip: amountOut(),
          validUntil: heightOut(),
          kind: textOut(),
          payload: jsonOut('The payload in canonical form.'),
        },
        { description: 'The transaction to sign and give to tx_send.' },
      ),
      typedData: jsonOut('The argument of eth_signTypedData_v4.'),
    }),
    errors: ['TX_KIND_UNKNOWN', 'TX_PAYLOAD'],
    judges: true,
  }),
};
