import Type, { type Static, type StaticDecode } from 'typebox';
import type { Address, Root } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { MAX_TRANSACTION_BYTES } from '../../src/lib/chain.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { failWith, ok, unreachable } from '../../src/lib/errors.ts';
import { SIGNATURE_LENGTH } from '../../src/lib/secp256k1.ts';
import type { Json } from '../../src/lib/ssz.ts';
import { baseFeeOf } from '../../state/modules/ledger/fees.ts';
import { paramsOf } from '../../state/modules/ledger/parameters.ts';
import { transactionGas } from '../../state/tx/gas.ts';
import { kindByName } from '../../state/tx/registry.ts';
import {
  type Draft,
  encodeTransaction,
  transactionDigest,
  transactionTypedData,
} from '../../state/tx/transaction.ts';
import type { NodeBackend, TxState } from '../backend.ts';
import { type Fault, fail, type Result } from '../codes.ts';
import { method } from '../method.ts';
import {
  addressIn,
  addressOut,
  amountOut,
  bytesIn,
  countIn,
  enumOut,
  fixedBytesIn,
  jsonIn,
  jsonOut,
  listOut,
  nullable,
  rootIn,
  rootOut,
  strict,
  textOut,
  uint32Out,
  uint64In,
  uint64Out,
  uint128In,
} from '../schema.ts';

const STATUSES = [
  'unknown',
  'pending',
  'committed',
  'failed',
  'skipped',
  'rejected',
  'evicted',
  'expired',
] as const;

const FaultOut = Type.Object({ code: textOut('Stable.'), message: textOut(), data: jsonOut() });

const StatusOut = Type.Object({
  id: rootOut(),
  status: enumOut(
    STATUSES,
    'unknown to this node; pending in its mempool; committed: executed with success; failed: executed, the fee ' +
      'charged and nothing else changed; skipped: in a block, without effect or charge; rejected, evicted, expired: ' +
      'never in a block, as far as this node knows.',
  ),
  height: nullable(uint64Out('Of the block that holds it.')),
  index: nullable(uint32Out('Its place in that block.')),
  error: nullable(FaultOut, 'Why it has no effect.'),
  gasUsed: nullable(uint64Out()),
  fee: nullable(amountOut('Burned and tipped together.')),
  events: listOut(Type.Object({ type: textOut(), data: jsonOut() }), 'What happened.'),
});
type Status = Static<typeof StatusOut>;

const faultOf = (fault: Fault | undefined): Status['error'] =>
  fault === undefined ? null : { code: fault.code, message: fault.message, data: { ...fault.data } as Json };

const statusOf = (id: Root, state: TxState): Status => {
  const outside = (status: Status['status'], error: Status['error']): Status => ({
    id: toHex(id),
    status,
    height: null,
    index: null,
    error,
    gasUsed: null,
    fee: null,
    events: [],
  });
  switch (state.status) {
    case 'unknown':
    case 'pending':
      return outside(state.status, null);
    case 'rejected':
    case 'evicted':
    case 'expired':
      return outside(state.status, faultOf(state.fault));
    case 'included': {
      const { height, index, result } = state.row;
      const charge = result.status === 'skipped' ? { gas: 0n, burned: 0n, tip: 0n } : result.charge;
      return {
        id: toHex(id),
        status: result.status === 'success' ? 'committed' : result.status,
        height: height.toString(),
        index,
        error: faultOf(result.status === 'success' ? undefined : result.fault),
        gasUsed: charge.gas.toString(),
        fee: (charge.burned + charge.tip).toString(),
        events: state.events.map(({ type, data }) => ({ type, data })),
      };
    }
    default:
      return unreachable(state);
  }
};

const draftFields = {
  from: addressIn('The sender.'),
  nonce: uint64In('The sender’s next.'),
  maxFee: uint128In('Base units: the most that gas and tip may cost together.'),
  tip: uint128In('Base units, to the proposer.'),
  validUntil: uint64In('The last height whose block may execute it.'),
  kind: Type.String({ description: 'The name of its kind.' }),
  payload: jsonIn('As its kind has it.'),
};

const SignedIn = Type.Object(
  { ...draftFields, signature: fixedBytesIn(SIGNATURE_LENGTH, 'r‖s‖v, by the sender.') },
  strict,
);

const draftOf = (fields: {
  readonly from: Address;
  readonly nonce: bigint;
  readonly maxFee: bigint;
  readonly tip: bigint;
  readonly validUntil: bigint;
  readonly kind: string;
  readonly payload: Json;
}): Result<Draft> => {
  const kind = kindByName(fields.kind);
  if (kind === undefined)
    return fail('TX_KIND_UNKNOWN', 'there is no such kind of transaction', {
      kind: fields.kind.slice(0, 80),
    });
  const body = kind.fromJson(fields.payload);
  if (!body.ok)
    return fail('TX_PAYLOAD', `not a payload of ${kind.name}: ${body.fault.message}`, body.fault.data);
  const { from, nonce, maxFee, tip, validUntil } = fields;
  return ok({ from, nonce, maxFee, tip, validUntil, body: body.value });
};

/** How long `commit` waits unless told otherwise, and at most. */
const COMMIT_TIMEOUT_MS = 30_000;
const COMMIT_TIMEOUT_MAX_MS = 120_000;
/** Blocks that a prepared transaction stays valid: a minute or two. */
const VALID_BLOCKS = 200n;
/** The base fee may double before a prepared transaction no longer pays for it: it rises by an eighth a block. */
const FEE_HEADROOM = 2n;

export const TX_METHODS = {
  tx_send: method({
    summary:
      'Takes in a signed transaction. async answers without waiting for the mempool; sync when the mempool has taken it; ' +
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
          countIn(COMMIT_TIMEOUT_MAX_MS, `Of commit; ${COMMIT_TIMEOUT_MS} if left out.`),
        ),
      },
      strict,
    ),
    result: StatusOut,
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
    run: async (node, { transaction, mode = 'sync', timeoutMs = COMMIT_TIMEOUT_MS }) => {
      const encoded = encodingOf(transaction);
      if (!encoded.ok) return encoded;
      const submitted = await node.submit(encoded.value);
      if (!submitted.ok) return submitted;
      const { id, admitted } = submitted.value;
      if (mode === 'async') return ok(statusOf(id, { status: 'pending' }));
      if (!admitted.ok) return admitted;
      const state = mode === 'sync' ? await node.txState(id) : await node.txSettled(id, timeoutMs);
      return ok(statusOf(id, state));
    },
  }),

  tx_status: method({
    summary: 'Where a transaction stands. One that was executed is always found.',
    params: Type.Object({ id: rootIn('The EIP-712 digest of the transaction.') }, strict),
    result: StatusOut,
    run: async (node, { id }) => ok(statusOf(id, await node.txState(id))),
  }),

  tx_prepare: method({
    summary:
      'Fills in what a sender need not know: nonce, fee and the last height. Sign typedData with ' +
      'eth_signTypedData_v4, add the signature to transaction, and give it to tx_send.',
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
        validUntil: Type.Optional(uint64In('200 blocks from now, if left out.')),
      },
      strict,
    ),
    result: Type.Object({
      id: rootOut('Of the transaction: what is signed.'),
      action: textOut('What a wallet shows, and what is signed.'),
      gas: uint64Out(),
      baseFee: amountOut('A unit of gas, in the next block.'),
      transaction: Type.Object(
        {
          from: addressOut(),
          nonce: uint64Out(),
          maxFee: amountOut(),
          tip: amountOut(),
          validUntil: uint64Out(),
          kind: textOut(),
          payload: jsonOut('Canonical.'),
        },
        { description: 'tx_send takes it with a signature.' },
      ),
      typedData: jsonOut('The argument of eth_signTypedData_v4.'),
    }),
    errors: ['TX_KIND_UNKNOWN', 'TX_PAYLOAD'],
    run: (node, { from, kind, payload, tip = 0n, nonce, maxFee, validUntil }) => {
      const draft = draftOf({
        from,
        kind,
        payload,
        tip,
        nonce: nonce ?? node.nextNonce(from),
        validUntil: validUntil ?? node.status().height + VALID_BLOCKS,
        maxFee: maxFee ?? 0n,
      });
      return draft.ok ? prepare(node, draft.value, maxFee === undefined) : draft;
    },
  }),
};

const encodingOf = (transaction: Uint8Array | StaticDecode<typeof SignedIn>): Result<Uint8Array> => {
  if (transaction instanceof Uint8Array) return ok(transaction);
  const draft = draftOf(transaction);
  return draft.ok ? ok(encodeTransaction(draft.value, transaction.signature)) : draft;
};

const prepare = (node: NodeBackend, draft: Draft, fillFee: boolean) => {
  const { params, baseFee } = node.read(({ view }) => ({ params: paramsOf(view), baseFee: baseFeeOf(view) }));
  const refused = draft.body.check(params);
  if (refused !== undefined) return failWith(refused);
  const size = encodeTransaction(draft, new Uint8Array(SIGNATURE_LENGTH)).length;
  const gas = transactionGas(draft.body.gas(params), size, params.fees);
  const filled = fillFee ? { ...draft, maxFee: gas * baseFee * FEE_HEADROOM + draft.tip } : draft;
  const { domain } = node.chain;
  return ok({
    id: toHex(transactionDigest(filled, domainSeparator(domain))),
    action: filled.body.action(),
    gas: gas.toString(),
    baseFee: baseFee.toString(),
    transaction: {
      from: toHex(filled.from),
      nonce: filled.nonce.toString(),
      maxFee: filled.maxFee.toString(),
      tip: filled.tip.toString(),
      validUntil: filled.validUntil.toString(),
      kind: filled.body.kind.name,
      payload: filled.body.toJson(),
    },
    typedData: transactionTypedData(filled, domain),
  });
};
