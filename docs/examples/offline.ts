/**
 * Signs on a machine that reaches no node. Another machine fetches what is needed and sends the bytes. They can be read
 * again before that, and the typed data is what any wallet of Ethereum signs.
 */
import assert from 'node:assert/strict';
import {
  type AnyKind,
  addressOfPrivateKey,
  type ChainIdentity,
  createRpcClient,
  type Draft,
  decodeTransaction,
  domainSeparator,
  encodeTransaction,
  fetchChainIdentity,
  fromHex,
  KINDS,
  kindByName,
  type Root,
  type SignedTransaction,
  signDigest,
  signTransaction,
  toHeight,
  toHex,
  transactionDigest,
  transactionTypedData,
  unwrap,
  waitForTransaction,
} from 'openledger';
import { keyOf, nodeUrl } from './environment.ts';

const privateKey = keyOf();
const from = addressOfPrivateKey(privateKey);

// Online: the chain, the nonce of the account and the height.
const client = createRpcClient(nodeUrl());
const chain: ChainIdentity = await fetchChainIdentity(client);
const { nonce } = await client.call('account_get', { address: from });
const { height } = await client.call('node_status');

// Offline: a payload of a kind as JSON, checked like that of a program. KINDS has all kinds with their schemas.
const kind: AnyKind | undefined = kindByName('transfer');
assert.ok(kind !== undefined && KINDS.includes(kind));
const body = unwrap(kind.fromJson({ to: '0x5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c', amount: '1000' }));
const draft: Draft = {
  from,
  nonce,
  maxFee: 10n ** 15n,
  tip: 0n,
  validUntil: toHeight(height + 1_000n),
  body,
};
console.log(`to sign: ${body.action()}`);
const separator: Root = domainSeparator(chain);
const signed: SignedTransaction = signTransaction(privateKey, draft, separator);

// The same in two steps, for a key that is elsewhere: the digest, or the typed data whose digest it is.
const digest = transactionDigest(draft, separator);
assert.equal(transactionTypedData(draft, chain).primaryType, 'Transaction');
assert.deepEqual(encodeTransaction(draft, signDigest(digest, privateKey)), signed.bytes);
const onPaper = toHex(signed.bytes);

// Anywhere: what do the bytes do?
const decoded = unwrap(decodeTransaction(unwrap(fromHex(onPaper))));
assert.equal(decoded.transaction.nonce, nonce);
assert.equal(decoded.body.name, 'transfer');
assert.equal(decoded.body.payload.amount, 1_000n);

// Online again.
const { id } = await client.call('tx_send', { transaction: onPaper, mode: 'sync' });
assert.deepEqual(id, digest);
const { status } = await waitForTransaction(client, id, { timeoutMs: 120_000 });
assert.equal(status, 'committed');
console.log(`${toHex(id)} is in a block`);
