/**
 * Sells an answer and pays for it. The provider registers a model that answers from a Datanet, and answers a question.
 * The payer has a deposit in escrow, measures the answer itself, and signs a voucher for it. The provider sends the
 * receipt to the chain with the voucher. It needs accepted contributions: run contribute.ts first.
 */
import assert from 'node:assert/strict';
import {
  type AnsweringModel,
  createRpcClient,
  createWallet,
  domainSeparator,
  extendAccumulator,
  formatAmount,
  formatReceiptId,
  type Inference,
  type InfoTable,
  type InfoTableSource,
  loadInfoTable,
  type MeasuredInference,
  type ModelId,
  measureInference,
  modelFee,
  openVoucherChannel,
  type Payload,
  pages,
  parseReceiptId,
  type ReceiptBody,
  type ReceiptGroup,
  type ReceiptSettings,
  type ReceiptTerms,
  type ResultOf,
  type RulesVersion,
  randomSalt,
  receiptBodyOf,
  receiptRoot,
  type Sampling,
  type SignedVoucher,
  stopRoot,
  type TokenIds,
  toHex,
  unwrap,
  type Voucher,
  type VoucherChannel,
  VoucherType,
  type VoucherUse,
  voucherDigest,
  voucherPayload,
} from 'openledger';
import { keyOf, nodeUrl } from './environment.ts';

const client = createRpcClient(nodeUrl());
const provider = await createWallet(client, keyOf('OPENLEDGER_PROVIDER_KEY'));
const payer = await createWallet(client, keyOf('OPENLEDGER_PAYER_KEY'));
const inBlock = { mode: 'commit', timeoutMs: 120_000 } as const;

// The provider: a model that pins the newest version of a Datanet, and the data that it answers from.
const datanets: ResultOf<'datanet_list'>[number][] = [];
for await (const page of pages(client, 'datanet_list', {})) datanets.push(...page);
const datanet = datanets.findLast(({ version }) => version.count > 0);
if (datanet === undefined) throw new Error('no Datanet has accepted contributions: run contribute.ts first');
const model: Payload<'modelRegistration'> = {
  name: 'karst answers',
  kind: 'retrieval',
  base: undefined,
  rules: datanet.terms.rules,
  weights: new Uint8Array(32),
  recipe: new Uint8Array(32),
  transcript: new Uint8Array(32),
  evaluationRoot: new Uint8Array(32),
  template: new Uint8Array(32),
  manifest: [{ datanet: datanet.id, count: datanet.version.count, root: datanet.version.root }],
  shares: [],
  evaluation: [],
  prices: { in: 10n ** 17n, out: 10n ** 18n },
  attribution: { method: 'spans', commitments: [] },
};
const registered = await provider.send('modelRegistration', model, inBlock);
const event = registered.events.find(({ type }) => type === 'modelRegistered');
assert.equal(event?.type, 'modelRegistered');
const id: ModelId = event.data.model;
const { manifest } = await client.call('model_get', { id });
console.log(`model ${id} answers from Datanet ${datanet.id}`);

const { contribution } = await client.call('datanet_getVersion', { id: datanet.id, count: 1 });
const { content } = await client.call('contribution_get', { contribution });
assert.ok(content !== null);
const contributed = await client.call('content_get', { root: content.root });
assert.equal(contributed.type, 'contribution');
const [first] = contributed.items;
assert.ok(first !== undefined);
const item = await client.call('content_get', { root: first });
assert.equal(item.type, 'item');
const [question = '', answer = ''] = item.text.split('\n');
const version: RulesVersion = datanet.terms.rules;
// As the tokenizer of the model numbers its tokens; a retriever has none, so these stand for them.
const ids: TokenIds = { prompt: [1, 2, 3], output: [4, 5] };
// The salt hides the texts of a receipt whose texts are private. Payer and provider both know it.
const inference: Inference = {
  prompt: question,
  output: `As people there tell it: ${answer}`,
  salt: randomSalt(),
  rules: version,
  ids,
};

// The payer: a deposit that only this provider can draw on, as far as vouchers allow.
await payer.send('escrowDeposit', { provider: provider.address, amount: 10n ** 18n }, inBlock);

// Both ends: what the answer costs. Neither believes the other's numbers.
// The table comes from the package if loadInfoTable gets no source. A page gives the URL of a copy.
const source: InfoTableSource = new URL(import.meta.resolve('openledger/info-1.bin'));
const table: InfoTable = await loadInfoTable(source);
const measured: MeasuredInference = unwrap(measureInference(table, inference));
const answering: AnsweringModel = { model: id, manifest, prices: model.prices };
// With the token ids and the sampling, somebody who has the model can make the answer again.
const sampling: Sampling = { temperature: 700, topP: 9_500, topK: 0, seed: 7n };
const settings: Partial<ReceiptSettings> = { finish: 'end', sampling, stop: stopRoot(['\n\n']) };
const body: ReceiptBody = receiptBodyOf(measured, answering, 10n ** 15n, settings);
assert.equal(body.fee, modelFee(measured, model.prices));
// A payer may have several lanes with a provider. The receipts of each are in an order of their own.
const terms: ReceiptTerms = { payer: payer.address, provider: provider.address, lane: 0 };
const use: VoucherUse = await client.call('escrow_getVoucher', terms);
const separator = domainSeparator(provider.chain);

// The payer: a voucher for this answer and all before it.
const voucher: Voucher = openVoucherChannel(separator, terms, use).add(body);
assert.deepEqual(voucher.accumulator, extendAccumulator(use.accumulator, terms, [body]));
const signature = await payer.signVoucher(voucher);
console.log(`${formatAmount(voucher.amount)} OPEN for receipt ${toHex(receiptRoot(terms, body))}`);

// A payer without this package signs the same voucher with eth_signTypedData_v4. Its digest is what the chain checks.
const typedData = voucherPayload(provider.chain, voucher);
assert.equal(typedData.primaryType, 'Voucher');
assert.equal(voucherDigest(separator, unwrap(VoucherType.fromJson(VoucherType.toJson(voucher)))).length, 32);

// The provider: takes in the signature, and sends what is signed as a group of a batch.
const channel: VoucherChannel = openVoucherChannel(separator, terms, use);
channel.add(body);
unwrap(channel.accept(signature));
assert.equal(channel.ready(), 1);
const group: ReceiptGroup | undefined = channel.take(900);
assert.ok(group !== undefined);
const signed: SignedVoucher = group.voucher;
assert.equal(signed.count, use.count + 1n);
const sent = await provider.send('inferenceReceipt', { groups: [group] }, inBlock);
assert.equal(sent.status, 'committed');
// Now the chain has the receipts. `putBack` would make them ready again, if no block executed them.
channel.confirm(group);

// The texts go to one node, so that attestors can read them. The node computes the same roots.
const { roots } = await client.call('content_put', {
  objects: [
    {
      type: 'inference',
      rules: body.rules,
      prompt: inference.prompt,
      output: inference.output,
      salt: inference.salt,
      ids,
    },
  ],
});

const receipt = formatReceiptId({ batch: sent.id, index: 0 });
assert.equal(unwrap(parseReceiptId(receipt)).index, 0);
const { status, split, texts } = await client.call('receipt_get', { id: receipt });
assert.equal(status, 'open');
assert.deepEqual(roots, [texts]);
console.log(`receipt ${receipt} is open: ${formatAmount(split.data)} OPEN of it are for contributors`);
