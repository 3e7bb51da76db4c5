/**
 * Handles what can go wrong: faults as values, several calls in one request, the closed unions of codes, all problems of a
 * payload at once, and a transaction whose answer was lost.
 */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type BatchResults,
  type Call,
  type ClientCode,
  CodedError,
  createRpcClient,
  createWallet,
  encodeResult,
  type Fault,
  isErrorOf,
  type MethodName,
  type ParamsOf,
  type PayloadOf,
  type Result,
  type ResultOf,
  type RpcCallError,
  type RpcCode,
  type RpcResult,
  type Sending,
  type Settled,
  type SettleOptions,
  settle,
} from 'openledger';
import { keyOf, nodeUrl } from './environment.ts';

const client = createRpcClient(nodeUrl());

// A fault as a value. Its code is one of a closed union for each method, so a switch can be exhaustive.
const asked: RpcResult<'model_get'> = await client.attempt('model_get', { id: 4_000_000 });
const code: RpcCode<'model_get'> | undefined = asked.ok ? undefined : asked.fault.code;
assert.equal(code, 'MODEL_NOT_FOUND');

// The same, thrown. isErrorOf narrows the error to the codes of the method.
try {
  await client.call('model_get', { id: 4_000_000 });
  assert.fail('there is no such model');
} catch (error) {
  if (!isErrorOf('model_get', error)) throw error;
  const thrown: RpcCallError<'model_get'> = error;
  console.log(`${thrown.code}: ${thrown.message}`);
}

// Several calls in one request, each with its own result.
const calls = [
  { method: 'node_status', params: {} },
  { method: 'datanet_get', params: { id: 4_000_000 } },
] as const satisfies readonly Call[];
const [status, datanet]: BatchResults<typeof calls> = await client.batch(calls);
assert.ok(status.ok && !datanet.ok);
assert.equal(datanet.fault.code, 'DATANET_NOT_FOUND');

// A method whose name is only known at run time: JSON as the node sent it. encodeResult makes the same of a result.
const name: MethodName = 'account_get';
const params: ParamsOf<'account_get'> = { address: `0x${'5c'.repeat(20)}` };
const raw: Result<unknown> = await client.request(name, params);
const typed: ResultOf<'account_get'> = await client.call(name, params);
if (raw.ok) assert.deepEqual(encodeResult(name, typed), raw.value);

// All that is wrong with a payload, at once, before anything is signed. The kind is only known at run time here.
const wallet = await createWallet(client, keyOf());
const payload: PayloadOf<string> = { to: '0x1234', amount: '1.5', memo: 'thanks' };
const refused = await wallet.send<string>('transfer', payload).catch((error: unknown) => error);
assert.ok(refused instanceof CodedError);
const { fault }: { readonly fault: Fault } = refused;
assert.equal(fault.code, 'JSON_INVALID');
assert.ok(Array.isArray(fault.data?.problems) && fault.data.problems.length === 3);
for (const problem of fault.data.problems) console.log(`  ${problem}`);

// What the client itself refuses has a code too: an argument of the wrong type, which JavaScript lets through.
const own: ClientCode = 'ARGUMENT_INVALID';
assert.throws(
  () => createRpcClient('localhost', { retries: -1 }),
  (error) => error instanceof CodedError && error.code === own,
);

// A node that takes a transaction and is gone before it answers. This proxy stands for it.
let gone = false;
const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  const body = Buffer.concat(chunks).toString();
  const headers = { 'content-type': 'application/json' };
  const answer = await (await fetch(client.url, { method: 'POST', headers, body })).text();
  gone ||= body.includes('"tx_send"');
  if (gone) request.socket.destroy();
  else response.end(answer);
};
const proxy = createServer((request, response) => {
  if (gone) request.socket.destroy();
  else pass(request, response).catch(() => request.socket.destroy());
});
await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const { port } = proxy.address() as AddressInfo;
const lossy = createRpcClient(`http://127.0.0.1:${port}`, { retries: 0 });

let sending: Sending | undefined;
const lost = await (await createWallet(lossy, keyOf()))
  .send(
    'transfer',
    { to: new Uint8Array(20).fill(0x5c), amount: 5n },
    {
      settleMs: 500,
      onSending: (each) => {
        sending = each;
      },
    },
  )
  .catch((error: unknown) => error);
proxy.close();
assert.ok(lost instanceof CodedError && sending !== undefined);
assert.equal(lost.code, 'TX_OUTCOME_UNKNOWN');
console.log(`${lost.code}: ${lost.message}`);

// Never send again what may still be executed. Ask another node what became of it, with the same bytes at hand.
const how: SettleOptions = { until: 'executed', timeoutMs: 120_000 };
const settled: Settled = await settle(client, sending, how);
assert.equal(settled.type, 'found');
console.log(`it is ${settled.status.status}`);
