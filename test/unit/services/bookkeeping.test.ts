/** What services keep and log: the state file, batches that are due, settlements that fit, lines. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import { afterAll, describe, expect, test } from 'vitest';
import type { ChainEvent } from '../../../rpc/schemas/event.ts';
import { type Address, type Root, toHeight } from '../../../src/lib/brands.ts';
import { toHex } from '../../../src/lib/bytes.ts';
import { MAX_TRANSACTION_BYTES } from '../../../src/lib/chain.ts';
import { LiveBatches } from '../../../src/services/attest/batches.ts';
import { packClaims } from '../../../src/services/attest/packing.ts';
import { type Fact, factJson, factLine } from '../../../src/services/run/report.ts';
import { openStateFile } from '../../../src/services/run/state-file.ts';
import { type ReceiptClaim, ReceiptClaimsType } from '../../../state/tx/attribution-settlement.ts';
import { times } from '../../../tools/lib/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'openledger-services-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a state file', () => {
  const owner = { genesis: '0x01', account: '0x02' };
  const State = Type.Object({ height: Type.String() });
  const isState = (value: unknown): value is Type.Static<typeof State> => Value.Check(State, value);
  const path = join(folder, 'a', 'state.json');

  test('is there again after a start, and is nobody else’s', () => {
    const file = openStateFile(path, owner, isState);
    expect(file.value()).toBeUndefined();
    file.write({ height: '7' });
    expect(openStateFile(path, owner, isState).value()).toEqual({ height: '7' });
    for (const other of [
      { ...owner, genesis: '0x03' },
      { ...owner, account: '0x03' },
    ])
      expect(() => openStateFile(path, other, isState)).toThrow(
        expect.objectContaining({ code: 'STATE_FILE_OTHER' }),
      );
  });

  test.each(['', '{', '{}', '{"genesis":"0x01","account":"0x02","state":{"height":7}}'])(
    'that is damaged, such as %j, can be deleted',
    (content) => {
      const bad = join(folder, 'bad.json');
      writeFileSync(bad, content);
      expect(() => openStateFile(bad, owner, isState)).toThrow(
        expect.objectContaining({ code: 'STATE_FILE_DAMAGED', message: expect.stringMatching(/delete it/) }),
      );
    },
  );
});

const claimOf = (index: number, matches: number): ReceiptClaim => ({
  index,
  claim: {
    x: [],
    matches: times(matches, (i) => ({ start: i, end: i + 8, contribution: 1, item: 0, pos: i })),
    shared: [],
    info: times(matches + 1, (i) => i),
  },
  sections: [],
});

describe('claims', () => {
  test('are cut, in their order, into settlements that a transaction holds', () => {
    const claims = times(400, (i) => claimOf(i, i % 90));
    const packs = packClaims(claims);
    expect(packs.flat()).toEqual(claims);
    expect(packs.length).toBeGreaterThan(1);
    const sizes = packs.map((pack) => ReceiptClaimsType.encode(pack).length);
    for (const size of sizes) expect(size).toBeLessThan(MAX_TRANSACTION_BYTES - 1000);
    // None is left half empty.
    for (const [i, size] of sizes.entries())
      if (i + 1 < sizes.length) expect(size).toBeGreaterThan(MAX_TRANSACTION_BYTES / 2);
    expect(packClaims([])).toEqual([]);
  });
});

describe('live batches', () => {
  const batch = new Uint8Array(32).fill(0x11) as Root;
  const other = new Uint8Array(32).fill(0x22) as Root;
  const address = new Uint8Array(20).fill(0x33) as Address;
  const id = toHex(batch);
  const place = (height: number) => ({ cursor: `${height}/0`, transaction: other });
  const recorded = (height: number): ChainEvent => ({
    ...place(height),
    type: 'receiptsRecorded',
    data: { batch, provider: address, groups: [], models: [], deadline: toHeight(40n) },
  });
  const settled = (height: number): ChainEvent => ({
    ...place(height),
    type: 'receiptsSettled',
    data: {
      settlement: other,
      receipts: { batch, indexes: [0] },
      attestor: address,
      bond: 1n,
      missing: 0n,
      finalAt: toHeight(40n),
    },
  });
  const reopened = (height: number): ChainEvent => ({
    ...place(height),
    type: 'receiptReopened',
    data: {
      receipt: { batch, index: 0 },
      model: 1,
      version: 1,
      payer: address,
      provider: address,
      settlement: other,
      attestor: address,
      challenger: address,

      backers: [],
      reward: 1n,
      burned: 1n,
      deadline: toHeight(50n),
    },
  });

  test('are due when they come, when something happens to them, and now and then', () => {
    const batches = new LiveBatches([]);
    batches.see([recorded(5)]);
    expect(batches.due(toHeight(5n))).toEqual([id]);
    expect(batches.due(toHeight(6n))).toEqual([]);
    batches.see([settled(7)]);
    expect(batches.due(toHeight(7n))).toEqual([id]);
    expect(batches.due(toHeight(14n))).toEqual([]);
    expect(batches.due(toHeight(15n))).toEqual([id]);
    batches.postpone(id, 40n);
    expect(batches.due(toHeight(39n))).toEqual([]);
    batches.see([reopened(39)]);
    expect(batches.due(toHeight(39n))).toEqual([id]);
    expect(batches.ids).toEqual([id]);
    batches.forget(id);
    batches.wake(id);
    expect(batches.due(toHeight(100n))).toEqual([]);
  });

  test.each([
    [40n, 15n],
    [2_000n, 69n],
  ])('that wait for a calibration are due again in time: %s blocks to settle, height %s', (settle, due) => {
    const batches = new LiveBatches([id]);
    batches.awaitCalibration(id, toHeight(5n), settle);
    expect(batches.due(toHeight(due - 1n))).toEqual([]);
    expect(batches.due(toHeight(due))).toEqual([id]);
  });

  test('that were known before a start are due at once', () => {
    expect(new LiveBatches(['0x01', '0x02']).due(toHeight(1n))).toEqual(['0x01', '0x02']);
  });
});

test('a fact is a line for people, and an object for machines', () => {
  const fact: Fact = {
    event: 'left',
    text: 'receipts are left for now',
    level: 'warn',
    fields: { batch: '0x01', why: 'not there yet', first: 3, demands: ['a', 'b'] },
  };
  expect(factLine(fact, '12:00:01')).toBe(
    '12:00:01 WARN receipts are left for now batch=0x01 why="not there yet" first=3 demands=a,b',
  );
  expect(JSON.parse(factJson(fact, 'now'))).toEqual({
    event: 'left',
    time: 'now',
    level: 'warn',
    ...fact.fields,
  });
});
