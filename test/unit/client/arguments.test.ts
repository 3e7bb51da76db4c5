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
const terms = { payer: address, provider: address, lane: 1 };
const channel = openledger.openVoucherChannel(root, terms);
const table = await openledger.loadInfoTable();

type Functions = { readonly [name: string]: (...args: unknown[]) => unknown };

/** The functions of a value as JavaScript sees them. */
const functionsOf = (value: object): Functions => value as Functions;
const [o, a, r, w, c, v] = [
  functionsOf(openledger),
  functionsOf(attribution),
  functionsOf(attribution.rulesOf(2)),
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

const prices = { in: 1n, out: 1n };
const draft = { from: address, nonce: 0n, maxFee: 1n, tip: 0n, validUntil: 5n };

const measured = openledger.unwrap(
  openledger.measureInference(table, { prompt: 'which', output: 'this', salt: root }),
);
/** A body that is taken, and what each of its fields must not be. */
const body: openledger.ReceiptBody = {
  model: 1,
  manifest: root,
  rules: 2,
  promptRoot: root,
  outputRoot: root,
  textRoot: root,
  tokensIn: 1,
  tokensOut: 1,
  bytesIn: 1,
  bytesOut: 1,
  compute: 0n,
  fee: 0n,
  app: address,
  appFee: 0n,
  visibility: 'public',
  finish: 'end',
  sampling: { temperature: 0, topP: 0, topK: 0, seed: 0n },
  maxTokens: 0,
  stop: root,
};
const BODY_CASES: readonly (readonly [keyof openledger.ReceiptBody, unknown])[] = [
  ['model', -1],
  ['manifest', new Uint8Array(31)],
  ['rules', 3],
  ['promptRoot', '0x'],
  ['outputRoot', undefined],
  ['textRoot', new Uint8Array(33)],
  ['tokensIn', 65_536],
  ['tokensOut', 0.5],
  ['bytesIn', 2 ** 32],
  ['bytesOut', 1n],
  ['compute', 1],
  ['fee', 2n ** 128n],
  ['app', root],
  ['appFee', -1n],
  ['visibility', 'secret'],
  ['finish', 'done'],
  ['sampling', 5],
  ['maxTokens', 2 ** 32],
  ['stop', 'END'],
];
const SAMPLING_CASES: readonly (readonly [keyof openledger.Sampling, unknown])[] = [
  ['temperature', 0.7],
  ['topP', 65_536],
  ['topK', -1],
  ['seed', 7],
];

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
  ['stopRoot', 'strings', () => o.stopRoot?.('x')],
  ['stopRoot, an element', 'strings.1', () => o.stopRoot?.(['x', 5])],
  ['parseReceiptId', 'text', () => o.parseReceiptId?.(5)],
  ['formatReceiptId', 'id.batch', () => o.formatReceiptId?.({})],
  ['modelFee', 'tokens.tokensIn', () => o.modelFee?.({}, {})],
  ['modelFee, bytes', 'tokens.bytesOut', () => o.modelFee?.({ tokensIn: 1, tokensOut: 1, bytesIn: 1 }, {})],
  [
    'modelFee, prices',
    'prices.in',
    () => o.modelFee?.({ tokensIn: 1, tokensOut: 1, bytesIn: 1, bytesOut: 1 }, {}),
  ],
  ['receiptRoot', 'terms.payer', () => o.receiptRoot?.({}, {})],
  ['receiptRoot, lane', 'terms.lane', () => o.receiptRoot?.({ ...terms, lane: 2 ** 32 }, body)],
  ['receiptRoot, body', 'body.promptRoot', () => o.receiptRoot?.(terms, {})],
  ...BODY_CASES.map(
    ([field, value]) =>
      [
        `receiptRoot, ${field}`,
        `body.${field}`,
        () => o.receiptRoot?.(terms, { ...body, [field]: value }),
      ] as const,
  ),
  ...SAMPLING_CASES.map(
    ([field, value]) =>
      [
        `receiptRoot, ${field} of the sampling`,
        `body.sampling.${field}`,
        () => o.receiptRoot?.(terms, { ...body, sampling: { ...body.sampling, [field]: value } }),
      ] as const,
  ),
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
  ['measureInference, salt', 'texts.salt', () => o.measureInference?.(table, {})],
  ['measureInference', 'prompt', () => o.measureInference?.(table, { salt: root })],
  ['measureInference, rules', 'texts.rules', () => o.measureInference?.(table, { salt: root, rules: 3 })],
  [
    'measureInference, ids',
    'texts.ids',
    () => o.measureInference?.(table, { salt: root, ids: { prompt: [-1], output: [] } }),
  ],
  ['receiptBodyOf', 'answering', () => o.receiptBodyOf?.({})],
  ['receiptBodyOf, measured', 'tokens.tokensIn', () => o.receiptBodyOf?.({}, { prices })],
  ['receiptBodyOf, model', 'body.model', () => o.receiptBodyOf?.(measured, { manifest: root, prices }, 0n)],
  [
    'receiptBodyOf, settings',
    'body.finish',
    () => o.receiptBodyOf?.(measured, { model: 1, manifest: root, prices }, 0n, { finish: 'done' }),
  ],
  ['measureInference, nothing', 'texts', () => o.measureInference?.(table)],
  ['rulesOf', 'version', () => a.rulesOf?.(3)],
  ['tokenize', 'source', () => r.tokenize?.('x')],
  ['tokenizeLocated', 'source', () => r.tokenizeLocated?.('x')],
  ['tokenizeText', 'text', () => r.tokenizeText?.(5)],
  ['tokenAt', 'tokens.offsets', () => a.tokenAt?.({}, 0)],
  ['informationOf', 'table', () => r.informationOf?.({}, {})],
  ['informationOf, tokens', 'tokens.offsets', () => r.informationOf?.(table, {})],
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

  test('is in no body whose fields are all right', () => {
    expect(openledger.receiptRoot(terms, body)).toHaveLength(32);
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
