/** What the methods of the RPC read of a large block: as much as they answer, however much the block holds. */
import { join } from 'node:path';
import { Level } from 'level';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createBackend } from '../../../node/backend.ts';
import { toBareHex, toHex } from '../../../src/lib/bytes.ts';
import { field, testServer } from '../rpc/server.ts';
import { backendParts } from './backend-parts.ts';
import { oneValidator, openChain } from './one-chain.ts';
import { temporaryFolder } from './support.ts';

const COUNT = 400;
/** It stands in the third chunk of everything, and in the first of two pieces of the block. */
const PLACE = 170;
/** It stands in the second piece. */
const LATE = 390;
const HEIGHT = '0000000000000001';
const CHUNK = `${HEIGHT}/00000002`;

/** A server whose block 1 has many transfers, one of them, and the keys of blocks that are read from now on. */
const serveFullBlock = async () => {
  const limits = { maxTransactions: COUNT, maxBytes: 1 << 20, maxPerSender: COUNT };
  const chain = await openChain(join(temporaryFolder(), 'chain'), oneValidator(), limits);
  const sent = Array.from({ length: COUNT }, (_, i) => chain.transfer('ada', BigInt(i)));
  for (const { bytes } of sent) await chain.pool.submit(bytes, '127.0.0.1');
  const { block } = await chain.next();
  expect(block.transactions).toHaveLength(COUNT);
  const one = sent[PLACE];
  const late = sent[LATE];
  if (one === undefined || late === undefined) throw new Error('there are more');
  const server = testServer({ node: createBackend(await backendParts({}, chain)) });
  const read: string[] = [];
  const get = Level.prototype.getSync;
  const spy = vi.spyOn(Level.prototype, 'getSync').mockImplementation(function (this: unknown, key, ...rest) {
    if (/^(block|commit|events|header|ids|results|tx)[/]/.test(String(key))) read.push(String(key));
    return Reflect.apply(get, this, [key, ...rest]);
  });
  onTestFinished(() => spy.mockRestore());
  return { server, one, late, read };
};

test('of a full block a method reads what it answers', async () => {
  const { server, one, late, read } = await serveFullBlock();
  const id = toHex(one.id);
  const readBy = async (method: string, params: object): Promise<readonly string[]> => {
    read.length = 0;
    await server.call(method, params);
    return [...new Set(read)].sort();
  };
  const row = `tx/${toBareHex(one.id)}`;
  expect(await readBy('tx_status', { id })).toEqual([`events/${CHUNK}`, row]);
  const transaction = toHex(one.bytes);
  for (const mode of ['async', 'sync', 'commit'])
    expect(await readBy('tx_send', { transaction, mode })).toEqual([`events/${CHUNK}`, row]);
  expect(await readBy('tx_get', { id })).toEqual([`block/${HEIGHT}/00000000`, row]);
  expect(await readBy('tx_get', { id: toHex(late.id) })).toEqual([
    `block/${HEIGHT}/00000001`,
    `tx/${toBareHex(late.id)}`,
  ]);
  expect(await readBy('chain_getHeader', { height: 1 })).toEqual([`header/${HEIGHT}`]);
  // Events are read by an iterator, and the ids of their transactions by their chunk.
  expect(await readBy('chain_getBlockResults', { from: `1/${PLACE}/${PLACE}`, limit: 5 })).toEqual([
    `ids/${CHUNK}`,
    `results/${CHUNK}`,
  ]);
  expect(await readBy('events_query', { types: 'transfer', from: `1/${PLACE}`, limit: 5 })).toEqual([
    `events/${CHUNK}`,
    `ids/${CHUNK}`,
  ]);
});

test('each chunk is read once, however many of its entries are returned', async () => {
  const { server, read } = await serveFullBlock();
  const page = await server.call('chain_getBlockResults', { height: 1, limit: 1_000 });
  expect(field(page, 'results')).toHaveLength(COUNT);
  const chunks = Math.ceil(COUNT / 64);
  // The ids are read for the results, and again for the events.
  expect(read.filter((key) => key.startsWith('ids/'))).toHaveLength(2 * chunks);
  expect(read.filter((key) => key.startsWith('results/'))).toHaveLength(chunks);
});

test('what is returned of a transaction is what its block has of it', async () => {
  const { server, one } = await serveFullBlock();
  const id = toHex(one.id);
  expect(await server.call('tx_get', { id })).toEqual({
    height: '1',
    index: PLACE,
    transaction: toHex(one.bytes),
  });
  const page = await server.call('chain_getBlockResults', { from: `1/${PLACE}/${PLACE}`, limit: 1 });
  expect(page).toMatchObject({ results: [{ id }], next: `1/${PLACE + 1}/${PLACE + 1}` });
  expect(await server.call('tx_status', { id })).toMatchObject({
    status: 'committed',
    index: PLACE,
    events: field(page, 'events'),
  });
});
