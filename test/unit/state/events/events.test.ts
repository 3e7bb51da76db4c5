import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Address, type Root, toHeight } from '../../../../src/lib/brands.ts';
import { toHex } from '../../../../src/lib/bytes.ts';
import { unwrap } from '../../../../src/lib/errors.ts';
import {
  encodeEventChunks,
  eventChunkOf,
  numberEvents,
  openEventChunk,
} from '../../../../state/events/block-events.ts';
import { termsOf } from '../../../../state/events/entities.ts';
import { decodeEvent, type Event, encodeEventData, eventToJson } from '../../../../state/events.ts';
import { bytesKey } from '../../../../state/view.ts';
import { eventsPage } from '../../../../tools/events-page.ts';

const address = (byte: number): Address => new Uint8Array(20).fill(byte) as Address;
const root = (byte: number): Root => new Uint8Array(32).fill(byte) as Root;
const bare = (byte: number, length = 20): string => bytesKey(new Uint8Array(length).fill(byte));

const transfer = (amount: bigint): Event => ({
  type: 'transfer',
  data: { from: address(1), to: address(2), amount },
});

const settled: Event = {
  type: 'receiptsSettled',
  data: {
    settlement: root(9),
    receipts: { batch: root(8), indexes: [0, 7] },
    attestor: address(3),
    bond: 5n,
    missing: 0n,
    finalAt: toHeight(90n),
  },
};

describe('an event', () => {
  it('has a JSON form by its type: amounts are decimal strings, bytes 0x-hex, receipts their ids', () => {
    expect(eventToJson(transfer(5n))).toEqual({
      type: 'transfer',
      data: { from: toHex(address(1)), to: toHex(address(2)), amount: '5' },
    });
    const reopened: Event = {
      type: 'challengeRefuted',
      data: {
        challenge: root(1),
        target: 'receipt',
        receipt: { batch: root(8), index: 7 },
        settlement: root(9),
        model: undefined,
        claim: undefined,
        level: undefined,
        draw: undefined,
        contribution: undefined,
        challenger: address(4),
        witness: 'better',
        code: 'WITNESS_HOLDS',
        burned: 3n,
      },
    };
    expect(eventToJson(reopened).data).toMatchObject({ receipt: `${toHex(root(8))}/7`, model: null });
    expect(decodeEvent(reopened.type, encodeEventData(reopened))).toEqual({ ok: true, value: reopened });
  });

  it('of an unknown type does not decode', () => {
    expect(decodeEvent('rumour', new Uint8Array())).toMatchObject({ fault: { code: 'EVENT_TYPE_UNKNOWN' } });
  });

  it('is found by its type and by every entity that it names', () => {
    expect([...termsOf(transfer(5n))]).toEqual(['type/transfer', `account/${bare(1)}`, `account/${bare(2)}`]);
    const batch = bare(8, 32);
    expect([...termsOf(settled)]).toEqual([
      'type/receiptsSettled',
      `receipt/${batch}/0`,
      `receipt/${batch}/7`,
      `account/${bare(3)}`,
    ]);
    const recorded: Event = {
      type: 'receiptsRecorded',
      data: {
        batch: root(8),
        provider: address(3),
        groups: [{ payer: address(4), lane: 9, count: 2, charged: 8n }],
        models: [{ model: 6, version: 1, count: 2 }],
        deadline: toHeight(50n),
      },
    };
    expect([...termsOf(recorded)]).toEqual([
      'type/receiptsRecorded',
      `receipt/${batch}/all`,
      `account/${bare(3)}`,
      `account/${bare(4)}`,
      'model/6',
    ]);
    const claimed: Event = {
      type: 'rewardsClaimed',
      data: {
        account: address(1),
        contributions: [3, 4],
        models: [5],
        stake: false,
        amount: 6n,
        sources: { spans: 1n, relevance: 0n, remainder: 2n, models: 3n, stake: 0n },
      },
    };
    expect([...termsOf(claimed)].slice(2)).toEqual(['contribution/3', 'contribution/4', 'model/5']);
    const tips: Event = {
      type: 'tipsPaid',
      data: { validator: address(7), payout: address(8), amount: 1n },
    };
    expect([...termsOf(tips)]).toEqual([
      'type/tipsPaid',
      `account/${bare(7)}`,
      `validator/${bare(7)}`,
      `account/${bare(8)}`,
    ]);
  });
});

describe('the events of a block', () => {
  it('have one numbering: those of the transactions in order, then those of its end', () => {
    const numbered = numberEvents({
      transactions: [[transfer(1n), transfer(2n)], [], [transfer(3n)]],
      end: [settled],
    });
    expect(numbered.map(({ index, transaction }) => [index, transaction])).toEqual([
      [0, 0],
      [1, 0],
      [2, 2],
      [3, undefined],
    ]);
  });

  it('are stored in chunks, each of which decodes on its own', () => {
    const events = Array.from({ length: 150 }, (_, i) => transfer(BigInt(i)));
    const numbered = numberEvents({ transactions: [events], end: [settled] });
    const chunks = encodeEventChunks(numbered);
    const read = numbered.map(({ index }) => {
      const chunk = eventChunkOf(index);
      return openEventChunk(chunk, chunks[chunk] ?? new Uint8Array())
        .at(index)
        ?.decode();
    });
    expect(read).toEqual(numbered);
    const [first = new Uint8Array(), second = new Uint8Array()] = chunks;
    expect(openEventChunk(0, first).at(64)).toBeUndefined();
    expect(openEventChunk(1, second).at(63)).toBeUndefined();
    expect(unwrap(decodeEvent('transfer', encodeEventData(transfer(9n))))).toEqual(transfer(9n));
  });
});

it('docs/events.md is what the types say now (else: node tools/build-events-docs.ts)', () => {
  expect(readFileSync(new URL('../../../../docs/events.md', import.meta.url), 'utf8')).toBe(eventsPage());
});
