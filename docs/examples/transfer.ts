/**
 * Sends 1.5 OPEN to a new account. It asks first what would happen to a transfer that is too large, then signs and sends
 * the real one, waits for its block, and reads the balance.
 */
import assert from 'node:assert/strict';
import {
  type Address,
  addressOfPrivateKey,
  addressToChecksum,
  createRpcClient,
  createWallet,
  type Draft,
  type Fault,
  formatAmount,
  type Hex,
  type Payload,
  parseAddress,
  parseAmount,
  privateKeySigner,
  type RpcClient,
  type RpcClientOptions,
  randomPrivateKey,
  type SendMode,
  type SendOptions,
  type Sent,
  simulateDraft,
  toHex,
  unwrap,
  type WaitOptions,
  type Wallet,
  waitForTransaction,
} from 'openledger';
import { keyOf, nodeUrl } from './environment.ts';

const options: RpcClientOptions = { timeoutMs: 60_000, retries: 3 };
const client: RpcClient = createRpcClient(nodeUrl(), options);
const wallet: Wallet = await createWallet(client, privateKeySigner(keyOf()));

// An address as people write it: parseAddress refuses one whose capital letters do not fit.
const text = addressToChecksum(addressOfPrivateKey(randomPrivateKey()));
const to: Address = unwrap(parseAddress(text));

const tooMuch: Draft = await wallet.draft('transfer', { to, amount: unwrap(parseAmount('2000000000')) });
const refused: Fault | undefined = await simulateDraft(client, tooMuch);
assert.equal(refused?.code, 'BALANCE_TOO_LOW');
console.log(`would fail: ${refused.message}`);

const payload: Payload<'transfer'> = { to, amount: unwrap(parseAmount('1.5 OPEN')) };
const mode: SendMode = 'sync';
const how: SendOptions = { mode, tip: 1_000n };
const sent: Sent = await wallet.send('transfer', payload, how);
const id: Hex = toHex(sent.id);
console.log(`sent ${id}`);

const patience: WaitOptions = { timeoutMs: 120_000 };
const { status, height } = await waitForTransaction(client, id, patience);
assert.equal(status, 'committed');
const { balance } = await client.call('account_get', { address: to });
assert.equal(balance, payload.amount);
console.log(`${text} has ${formatAmount(balance)} OPEN since block ${height}`);
