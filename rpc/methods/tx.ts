import type { Static, StaticDecode } from 'typebox';
import { type Address, type Height, type Root, toHeight } from '../../src/lib/brands.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { MAX_TRANSACTION_BYTES } from '../../src/lib/chain.ts';
import { domainSeparator } from '../../src/lib/eip712.ts';
import { failWith, ok, unreachable } from '../../src/lib/errors.ts';
import { normalSignature, SIGNATURE_LENGTH } from '../../src/lib/secp256k1.ts';
import type { Json } from '../../src/lib/ssz.ts';
import type { BlockEvent } from '../../state/events/block-events.ts';
import { baseFeeOf } from '../../state/modules/ledger/fees.ts';
import { paramsOf } from '../../state/modules/ledger/parameters.ts';
import type { TransactionResult } from '../../state/results.ts';
import { transactionGas } from '../../state/tx/gas.ts';
import { kindByName } from '../../state/tx/registry.ts';
import {
  type Draft,
  encodeTransaction,
  transactionDigest,
  transactionTypedData,
} from '../../state/tx/transaction.ts';
import type { NodeBackend, TxState } from '../backend.ts';
import type { Call } from '../call.ts';
import { type Fault, fail, type Result } from '../codes.ts';
import type { Answered, Answers } from '../method.ts';
import type { Pace } from '../pace.ts';
import { COMMIT_TIMEOUT_MS, type SignedIn, type StatusOut, type TX_SCHEMAS } from '../schemas/tx.ts';
import { resultOf, shownEvent } from './history.ts';

type Status = Answered<Static<typeof StatusOut>>;

const faultOf = (fault: Fault | undefined): Status['error'] =>
  fault === undefined ? undefined : { code: fault.code, message: fault.message, data: { ...fault.data } };

/** @param events - those of a transaction that is in a block */
const statusOf = (id: Root, state: TxState, events: readonly BlockEvent[]): Status => {
  const outside = (status: Status['status'], error: Status['error']): Status => ({
    id,
    status,
    height: undefined,
    index: undefined,
    error,
    gasUsed: undefined,
    fee: undefined,
    events: [],
  });
  switch (state.status) {
    case 'unknown':
    case 'pending':
      return outside(state.status, undefined);
    case 'rejected':
    case 'evicted':
    case 'expired':
      return outside(state.status, faultOf(state.fault));
    case 'included': {
      const { height, index, result } = state.row;
      const { charge } = result;
      return {
        id,
        status: result.status === 'success' ? 'committed' : result.status,
        height,
        index,
        error: faultOf(result.status === 'success' ? undefined : result.fault),
        gasUsed: charge.gas,
        fee: charge.burned + charge.tip,
        events: events.map((event) => shownEvent(height, event, id)),
      };
    }
    default:
      return unreachable(state);
  }
};

/** The status, with the events if it is in a block. */
const statusWithEvents = async (
  node: NodeBackend,
  id: Root,
  state: TxState,
  { pace }: Call,
): Promise<Status> =>
  statusOf(id, state, state.status === 'included' ? await node.history.eventsOf(state.row, pace) : []);

const draftOf = (fields: {
  readonly from: Address;
  readonly nonce: bigint;
  readonly maxFee: bigint;
  readonly tip: bigint;
  readonly validUntil: Height;
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
  const size = body.value.encode().length;
  if (size > MAX_TRANSACTION_BYTES)
    return fail('TX_TOO_LARGE', `a payload of ${size} bytes, at most ${MAX_TRANSACTION_BYTES}`);
  const { from, nonce, maxFee, tip, validUntil } = fields;
  return ok({ from, nonce, maxFee, tip, validUntil, body: body.value });
};

/** The number of blocks for which a prepared transaction is valid: a minute or two. */
const VALID_BLOCKS = 200n;
/** How far the base fee may rise before a prepared transaction no longer pays it: to twice. It rises by an eighth per block. */
const FEE_HEADROOM = 2n;

export const TX_METHODS: Answers<typeof TX_SCHEMAS> = {
  tx_send: async (node, { transaction, mode = 'sync', timeoutMs = COMMIT_TIMEOUT_MS }, call) => {
    const encoded = await encodingInTurn(node, transaction, call);
    if (!encoded.ok) return encoded;
    const submitted = await node.submit(encoded.value, call.caller.address);
    if (!submitted.ok) return submitted;
    const { id, known, admitted } = submitted.value;
    if (mode === 'async' && !known) return ok({ ...statusOf(id, { status: 'pending' }, []), known });
    if (!admitted.ok) return admitted;
    const state = mode === 'commit' ? await node.txSettled(id, timeoutMs) : await node.txState(id);
    return ok({ ...(await statusWithEvents(node, id, state, call)), known });
  },

  tx_status: async (node, { id }, call) => ok(await statusWithEvents(node, id, await node.txState(id), call)),

  tx_simulate: async (node, { transactions }, call) => {
    const simulated = await node.inTurn(call, async (turn) => {
      const encodings = await encodingsOf(transactions, turn.pace);
      return encodings.ok ? node.simulate(encodings.value, turn) : encodings;
    });
    if (!simulated.ok) return simulated;
    const { height, transactions: executed, events } = simulated.value;
    return ok({
      height,
      results: executed.map(({ id, result }) => ({
        ...simulatedOf(id, result),
        error: faultOf(result.status === 'success' ? undefined : result.fault),
      })),
      events: events.map((event) =>
        shownEvent(
          height,
          event,
          event.transaction === undefined ? undefined : executed[event.transaction]?.id,
        ),
      ),
    });
  },

  tx_get: async (node, { id }) => {
    const state = await node.txState(id);
    if (state.status === 'included') {
      const { height, index } = state.row;
      return ok({ height, index, transaction: node.history.bytesOf(state.row) });
    }
    return fail('TX_NOT_FOUND', `no block here holds the transaction ${toHex(id)}`, { id: toHex(id) });
  },

  tx_prepare: async (node, { from, kind, payload, tip = 0n, nonce, maxFee, validUntil }, call) => {
    const make = () => {
      const draft = draftOf({
        from,
        kind,
        payload,
        tip,
        nonce: nonce ?? node.nextNonce(from),
        validUntil: toHeight(validUntil ?? node.status().height + VALID_BLOCKS),
        maxFee: maxFee ?? 0n,
      });
      return draft.ok ? prepare(node, draft.value, maxFee === undefined) : draft;
    };
    return isSmall(payload) ? make() : node.inTurn(call, async () => make());
  },
};

/** The most values of a payload that is decoded at once: it takes a millisecond at most. */
const SMALL_VALUES = 1_000;
/** The characters of a text that count as another value. */
const SMALL_TEXT = 32;

/** Whether JSON has few values and short texts. It looks at few values more than that, whatever it is given. */
export const isSmall = (json: Json): boolean => {
  let left = SMALL_VALUES;
  const open: Json[] = [json];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    left -= 1;
    if (typeof value === 'string') left -= Math.floor(value.length / SMALL_TEXT);
    else if (typeof value === 'object' && value !== null) {
      const inner: readonly Json[] = Array.isArray(value) ? value : Object.values<Json>(value);
      if (inner.length > left) return false;
      open.push(...inner);
    }
    if (left < open.length) return false;
  }
  return left >= 0;
};
const simulatedOf = (id: Root, result: TransactionResult) =>
  result.status === 'skipped'
    ? { id, status: result.status, code: result.fault.code, gasUsed: 0n, fee: 0n }
    : resultOf(id, result);

/** In the place of a signature, where none is needed: it has the length of one, for which gas is counted. */
const NO_SIGNATURE = new Uint8Array(SIGNATURE_LENGTH);

type Unsigned = Omit<StaticDecode<typeof SignedIn>, 'signature'> & { readonly signature?: Uint8Array };

const encodingOf = (transaction: Uint8Array | Unsigned): Result<Uint8Array> => {
  if (transaction instanceof Uint8Array) return ok(withNormalSignature(transaction));
  const draft = draftOf(transaction);
  if (!draft.ok) return draft;
  const { signature } = transaction;
  // What is simulated without a signature has none, whatever v it is filled with.
  if (signature === undefined) return ok(encodeTransaction(draft.value, NO_SIGNATURE));
  return ok(encodeTransaction(draft.value, normalSignature(signature)));
};

/** A long payload in JSON takes many times as long to read as its bytes, and nobody has paid for it yet. */
const encodingInTurn = async (
  node: NodeBackend,
  transaction: Uint8Array | Unsigned,
  call: Call,
): Promise<Result<Uint8Array>> => {
  if (transaction instanceof Uint8Array || isSmall(transaction.payload)) return encodingOf(transaction);
  const encoded = await node.inTurn(call, async () => encodingOf(transaction));
  return encoded.ok || encoded.fault.code !== 'SIMULATION_BUSY'
    ? encoded
    : fail('MEMPOOL_BUSY', 'too many long payloads wait to be read; send it again later, or as bytes');
};

/**
 * Returns the encoding with its signature in the one form that the chain takes. The signature is the end of an encoding, and
 * the id does not include it.
 */
const withNormalSignature = (encoding: Uint8Array): Uint8Array => {
  if (encoding.length < SIGNATURE_LENGTH) return encoding;
  const given = encoding.subarray(-SIGNATURE_LENGTH);
  const normal = normalSignature(given);
  if (normal === given) return encoding;
  const out = encoding.slice();
  out.set(normal, encoding.length - SIGNATURE_LENGTH);
  return out;
};

const encodingsOf = async (
  transactions: readonly (Uint8Array | Unsigned)[],
  pace: Pace,
): Promise<Result<readonly Uint8Array[]>> => {
  const encodings: Uint8Array[] = [];
  for (const [index, transaction] of transactions.entries()) {
    const encoded = encodingOf(transaction);
    if (!encoded.ok) {
      const { code, message, data } = encoded.fault;
      return fail(code, `transactions.${index}: ${message}`, { ...data, index });
    }
    encodings.push(encoded.value);
    await pace();
  }
  return ok(encodings);
};

const prepare = (node: NodeBackend, draft: Draft, fillFee: boolean) => {
  const { params, baseFee } = node.read(({ view }) => ({ params: paramsOf(view), baseFee: baseFeeOf(view) }));
  const refused = draft.body.check(params);
  if (refused !== undefined) return failWith(refused);
  const size = encodeTransaction(draft, NO_SIGNATURE).length;
  const gas = transactionGas(draft.body.gas(params), size, params.fees);
  const filled = fillFee ? { ...draft, maxFee: gas * baseFee * FEE_HEADROOM + draft.tip } : draft;
  const { identity } = node.chain;
  return ok({
    id: transactionDigest(filled, domainSeparator(identity)),
    action: filled.body.action(),
    gas,
    baseFee,
    transaction: {
      from: filled.from,
      nonce: filled.nonce,
      maxFee: filled.maxFee,
      tip: filled.tip,
      validUntil: filled.validUntil,
      kind: filled.body.kind.name,
      payload: filled.body.toJson(),
    },
    typedData: transactionTypedData(filled, identity),
  });
};
