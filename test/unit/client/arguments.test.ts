/** What JavaScript hands over with a wrong type is refused with a code, and with the name of the argument. */
import { describe, expect, test } from 'vitest';
import * as attribution from '../../../src/attribution/index.ts';
import * as openledger from '../../../src/index.ts';

const client = openledger.createRpcClient('http://127.0.0.1:9', { retries: 0 });
const key = new Uint8Array(32).fill(7);
const chain = { chainId: 1n, genesisHash: new Uint8Array(32) as openledger.Root };
const wallet = await openledger.createWallet(client, key, chain);
const root = new Uint8Array(32) as openledger.Root;
const address = wallet.address;
const terms = { payer: address, provider: address, model: 1, manifest: root };
const channel = openledger.openVoucherChannel(root, terms);
const table = await openledger.loadInfoTable();

type Functions = { readonly [name: string]: (...args: unknown[]) => unknown };

/** The functions of a value as JavaScript sees them. */
const functionsOf = (value: object): Functions => value as Functions;
const [o, a, w, c, v] = [
  functionsOf(openledger),
  functionsOf(attribution),
  functionsOf(wallet),
  functionsOf(client),
  functionsOf(channel),
];

/** The fault with which a call fails, in whichever of the three ways. */
const faultOf = async (call: () => unknown): Promise<openledger.Fault> => {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    if (error instanceof openledger.CodedError) return error.fault;
    throw error;
  }
  const failed = result as { readonly ok?: boolean; readonly fault?: openledger.Fault };
  if (failed?.ok !== false || failed.fault === undefined) throw new Error('it was not refused');
  return failed.fault;
};

const next = (generator: unknown): unknown => (generator as AsyncGenerator).next();
const follow = (options: unknown): unknown => next(o.followEvents?.(client, options));

const draft = { from: address, nonce: 0n, maxFee: 1n, tip: 0n, validUntil: 5n };

const CASES: readonly (readonly [what: string, field: string, call: () => unknown])[] = [
  ['createRpcClient, no string', 'url', () => o.createRpcClient?.(5)],
  ['createRpcClient, no URL', 'url', () => o.createRpcClient?.('localhost')],
  ['createRpcClient, no scheme of HTTP', 'url', () => o.createRpcClient?.('ftp://localhost')],
  ['createRpcClient, retries', 'retries', () => o.createRpcClient?.(client.url, { retries: 'x' })],
  ['createRpcClient, NaN', 'retries', () => o.createRpcClient?.(client.url, { retries: Number.NaN })],
  ['createRpcClient, timeoutMs', 'timeoutMs', () => o.createRpcClient?.(client.url, { timeoutMs: -1 })],
  ['createRpcClient, null', 'options', () => o.createRpcClient?.(client.url, null)],
  ['call, no method', 'method', () => c.call?.('frob')],
  ['call, a name of every object', 'method', () => c.call?.('toString')],
  ['attempt', 'method', () => c.attempt?.(5)],
  ['request', 'method', () => c.request?.(5)],
  ['batch', 'calls', () => c.batch?.({})],
  ['batch, a call', 'calls.0.method', () => c.batch?.([null])],
  ['fetchChainIdentity', 'client', () => o.fetchChainIdentity?.({})],
  ['pages', 'client', () => next(o.pages?.({}, 'datanet_list', {}))],
  ['pages, no paged method', 'method', () => next(o.pages?.(client, 'node_status', {}))],
  ['whenAnswered', 'run', () => o.whenAnswered?.(5, { signal: new AbortController().signal })],
  ['whenAnswered, no signal', 'signal', () => o.whenAnswered?.(() => 5, {})],
  ['encodeResult', 'method', () => o.encodeResult?.('frob', {})],
  ['formatAmount', 'amount', () => o.formatAmount?.('5')],
  ['parseAmount', 'amount', () => o.parseAmount?.(5)],
  ['toHex', 'bytes', () => o.toHex?.('x')],
  ['addressToChecksum', 'address', () => o.addressToChecksum?.('x')],
  ['parseAddress', 'not an address', () => o.parseAddress?.(new Uint8Array(20))],
  ['addressOfPrivateKey', 'privateKey', () => o.addressOfPrivateKey?.('x')],
  ['addressOfPrivateKey, zeros', 'privateKey', () => o.addressOfPrivateKey?.(new Uint8Array(32))],
  ['signDigest', 'digest', () => o.signDigest?.('x', key)],
  ['signDigest, key', 'privateKey', () => o.signDigest?.(root, 'x')],
  ['domainSeparator', 'chain.chainId', () => o.domainSeparator?.({})],
  ['parseReceiptId', 'text', () => o.parseReceiptId?.(5)],
  ['formatReceiptId', 'id.batch', () => o.formatReceiptId?.({})],
  ['modelFee', 'tokens.tokensIn', () => o.modelFee?.({}, {})],
  ['modelFee, prices', 'prices.in', () => o.modelFee?.({ tokensIn: 1, tokensOut: 1 }, {})],
  ['receiptRoot', 'terms.payer', () => o.receiptRoot?.({}, {})],
  ['receiptRoot, body', 'body.promptRoot', () => o.receiptRoot?.(terms, {})],
  ['extendAccumulator', 'bodies', () => o.extendAccumulator?.(root, terms, 5)],
  ['extendAccumulator, a body', 'bodies.0', () => o.extendAccumulator?.(root, terms, [5])],
  ['kindByName', 'name', () => o.kindByName?.(5)],
  ['voucherDigest', 'separator', () => o.voucherDigest?.('x', {})],
  ['voucherPayload', 'voucher.payer', () => o.voucherPayload?.(chain, {})],
  ['openVoucherChannel', 'separator', () => o.openVoucherChannel?.('x', terms)],
  ['openVoucherChannel, terms', 'terms.payer', () => o.openVoucherChannel?.(root, {})],
  ['openVoucherChannel, from', 'from.amount', () => o.openVoucherChannel?.(root, terms, {})],
  ['add of a channel', 'body.compute', () => v.add?.({})],
  ['accept of a channel', 'signature', () => v.accept?.('x')],
  ['take of a channel', 'limit', () => v.take?.('x')],
  ['waitForTransaction, client', 'client', () => o.waitForTransaction?.({}, root)],
  ['waitForTransaction', 'id', () => o.waitForTransaction?.(client, 5)],
  [
    'waitForTransaction, options',
    'timeoutMs',
    () => o.waitForTransaction?.(client, root, { timeoutMs: 'x' }),
  ],
  ['waitForHeight', 'height', () => o.waitForHeight?.(client, 5)],
  ['settle', 'sending.id', () => o.settle?.(client, {}, { until: 'executed', timeoutMs: 5 })],
  ['settle, options', 'options', () => o.settle?.(client, { ...draft, id: root, bytes: root })],
  ['simulateDraft', 'draft.body', () => o.simulateDraft?.(client, draft)],
  ['createWallet, no client', 'client', () => o.createWallet?.(undefined, key)],
  ['createWallet, no signer', 'signer', () => o.createWallet?.(client, 5)],
  ['createWallet, chain', 'chain.chainId', () => o.createWallet?.(client, key, {})],
  ['send, options', 'options', () => w.send?.('transfer', { to: address, amount: 1n }, null)],
  ['preview, options', 'options', () => w.preview?.('transfer', { to: address, amount: 1n }, 5)],
  ['sign without a body', 'body', () => w.sign?.(draft)],
  ['sign of nothing', 'options', () => w.sign?.(undefined)],
  ['transactionDigest', 'draft.nonce', () => o.transactionDigest?.({}, root)],
  ['transactionTypedData', 'draft.nonce', () => o.transactionTypedData?.({}, chain)],
  ['encodeTransaction', 'draft.body', () => o.encodeTransaction?.({}, root)],
  ['decodeTransaction', 'bytes', () => o.decodeTransaction?.('x')],
  ['signTransaction', 'privateKey', () => o.signTransaction?.('x', {}, root)],
  ['signTransaction, draft', 'unsigned.body', () => o.signTransaction?.(key, {}, root)],
  ['openOutbox', 'store.entries', () => o.openOutbox?.(client, wallet, {})],
  ['openOutbox, wallet', 'wallet', () => o.openOutbox?.(client, {}, { entries: [], save: () => undefined })],
  ['contribute', 'client', () => o.contribute?.({})],
  ['contribute, nothing', 'options', () => o.contribute?.()],
  ['followEvents without a signal', 'signal', () => follow({ from: 1n, filter: {} })],
  ['followEvents, from', 'from', () => follow({ from: 1, filter: {}, signal: new AbortController().signal })],
  ['measureInference, table', 'table', () => o.measureInference?.({}, { prompt: '', output: '' })],
  ['measureInference', 'prompt', () => o.measureInference?.(table, {})],
  ['measureInference, nothing', 'texts', () => o.measureInference?.(table)],
  ['tokenize', 'source', () => a.tokenize?.('x')],
  ['tokenizeLocated', 'source', () => a.tokenizeLocated?.('x')],
  ['tokenizeText', 'text', () => a.tokenizeText?.(5)],
  ['tokenAt', 'tokens.offsets', () => a.tokenAt?.({}, 0)],
  ['informationOf', 'table', () => a.informationOf?.({}, {})],
  ['decodeInfoTable', 'bytes', () => a.decodeInfoTable?.('x')],
  ['createTextTracer', 'contributions', () => a.createTextTracer?.(table, {})],
  ['createTextTracer, items', 'items', () => a.createTextTracer?.(table, [{ contribution: 1, items: 'x' }])],
  [
    'createTextTracer, id',
    'contribution',
    () => a.createTextTracer?.(table, [{ contribution: 'x', items: [] }]),
  ],
  ['createTextTracer, rules', 'rules.promptMin', () => a.createTextTracer?.(table, [], {})],
];

describe('an argument of a wrong type', () => {
  test.each(CASES)('is refused by %s with its name: %s', async (_, field, call) => {
    const { code, message } = await faultOf(call);
    expect(['ARGUMENT_INVALID', 'KEY_INVALID', 'AMOUNT_INVALID', 'ADDRESS_INVALID']).toContain(code);
    expect(message).toContain(field);
    expect(message).not.toMatch(/a object|a undefined|a Uint8Array of undefined/);
  });

  test('does not stand in the message itself, since it may be a secret', async () => {
    const secret = `0x${'5e'.repeat(32)}`;
    for (const call of [() => o.toHex?.(secret), () => o.addressOfPrivateKey?.(secret)])
      expect((await faultOf(call)).message).not.toContain('5e5e');
  });

  test('is listed with all others that are wrong', async () => {
    const { data, message } = await faultOf(() => o.createRpcClient?.(5, { retries: 'x', timeoutMs: 0 }));
    expect(data?.problems).toHaveLength(3);
    expect(message).toMatch(/^3 problems: url: must be an http or https URL/);
  });

  test('is a port of the URL that fetch does not send to', async () => {
    const { code, message } = await faultOf(() => client.call('node_status'));
    expect(code).toBe('RPC_UNREACHABLE');
    expect(message).toBe('the URL http://127.0.0.1:9 is wrong: fetch does not send to its port');
  });
});
