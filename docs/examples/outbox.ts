/**
 * Sends something once and not twice, whatever happens to the program or the node. Each action has a key. The signed
 * transaction is in a file before it is sent, and a program that starts again continues with the file.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createRpcClient,
  createWallet,
  type Outbox,
  type OutboxEntry,
  type OutboxStore,
  type Outcome,
  openOutbox,
} from 'openledger';
import { keyOf, nodeUrl } from './environment.ts';

const client = createRpcClient(nodeUrl());
const wallet = await createWallet(client, keyOf());

const file = join(mkdtempSync(join(tmpdir(), 'outbox-')), 'outbox.json');
const openStore = (): OutboxStore => ({
  entries: existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly OutboxEntry[]) : [],
  save: (entries) => writeFileSync(file, JSON.stringify(entries), { flush: true }),
});

const key = 'invoice-17';
const payment = { to: new Uint8Array(20).fill(0x5c), amount: 17n * 10n ** 16n };
const before: Outbox = openOutbox(client, wallet, openStore());
await before.send(key, 'transfer', payment);

// The program starts again: what is on its way is known, and the same key sends nothing.
const outbox = openOutbox(client, wallet, openStore());
assert.ok(outbox.has(key) && outbox.hasAny('invoice-'));
await outbox.send(key, 'transfer', payment);

let outcome: Outcome | undefined;
while (outcome === undefined) {
  await sleep(200);
  [outcome] = await outbox.settle();
}
assert.equal(outcome.status, 'committed');
// Only now, together with whatever the program stores about it.
outbox.forget(key);
assert.deepEqual(openStore().entries, []);
console.log(`${key} is paid: ${outcome.id}`);
