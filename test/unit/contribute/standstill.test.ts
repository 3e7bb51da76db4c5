/** What a run says and does when nothing goes on: a chain that stands still, and a full mempool. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { toRpcFault } from '../../../src/client/codes.ts';
import { Standstill } from '../../../src/contribute/standstill.ts';
import { memoryJournal, type RpcClient } from '../../../src/index.ts';
import { toHeight } from '../../../src/lib/brands.ts';
import { fromHex, type Hex } from '../../../src/lib/bytes.ts';
import { failWith, unwrap } from '../../../src/lib/errors.ts';
import { decodeTransaction } from '../../../state/tx/transaction.ts';
import { openStage, row } from './stage.ts';

const { client, give, commits, chain, sealing } = await openStage();

/** How much later the clock is than it was. */
let passedMs = 0;
const now = performance.now.bind(performance);
vi.spyOn(performance, 'now').mockImplementation(() => now() + passedMs);
afterEach(() => {
  passedMs = 0;
  sealing.isOn = true;
});

/** A client whose node has no room for transactions of a kind while `isFull`. */
const crowded = (kind: string, isFull: () => boolean): RpcClient => ({
  ...client,
  attempt: async (method, ...params) => {
    const { transaction } = (params[0] ?? {}) as { readonly transaction?: Uint8Array | Hex };
    if (method !== 'tx_send' || transaction === undefined) return client.attempt(method, ...params);
    const bytes = typeof transaction === 'string' ? unwrap(fromHex(transaction)) : transaction;
    if (unwrap(decodeTransaction(bytes)).body.name !== kind || !isFull())
      return client.attempt(method, ...params);
    return failWith(toRpcFault(method, { code: 'MEMPOOL_FULL', message: 'the mempool is full' }));
  },
});

describe('a mempool that is full', () => {
  test('all through the window costs one bond, and the refusal is named', async () => {
    const said: string[] = [];
    const before = commits();
    const [made] = await give({
      client: crowded('dataContribution', () => {
        // The blocks of the window pass quickly.
        for (let i = 0; i < 10; i++) chain.seal();
        passedMs += 5_000;
        return true;
      }),
      rows: [row('crowded')],
      progress: (text) => said.push(text),
    });
    expect(made?.refused).toMatchObject({
      code: 'CONTRIBUTION_EXPIRED',
      message: expect.stringMatching(
        /bond is lost; the last refusal was MEMPOOL_FULL: the mempool is full$/,
      ) as unknown,
    });
    expect(commits()).toBe(before + 1);
    // The pauses grow, though the transaction is dropped after 60 blocks and signed anew.
    const reports = said.filter((text) => text.includes('in no block yet; MEMPOOL_FULL'));
    const transactions = new Set(reports.map((text) => /0x[0-9a-f]+/.exec(text)?.[0]));
    expect([reports.length, transactions.size > 1]).toEqual([4, true]);
  });

  test('for a while is waited out, and said after 10 seconds and then at growing pauses', async () => {
    const said: string[] = [];
    let refusals = 0;
    const [made] = await give({
      client: crowded('dataContribution', () => {
        refusals += 1;
        sealing.isOn = refusals > 8;
        passedMs += 5_000;
        return refusals <= 8;
      }),
      rows: [row('patient')],
      progress: (text) => said.push(text),
    });
    expect(made?.refused).toBeUndefined();
    const full = said.filter((text) => text.includes('MEMPOOL_FULL'));
    expect(full[0]).toMatch(
      /^the reveal of contribution \d+ \(transaction 0x[0-9a-f]{64}\): in no block yet; MEMPOOL_FULL: the mempool is full$/,
    );
    expect([refusals >= 8, full.length]).toEqual([true, 2]);
  });
});

describe('a chain that stands still', () => {
  /** What is said of a chain at one height whose node answers after each of these times. */
  const saidAfter = (times: readonly number[], idleMs = 0): readonly string[] => {
    const said: string[] = [];
    const task = { journal: { outbox: [] }, progress: (text: string) => said.push(text) };
    const standstill = new Standstill({ task } as never);
    for (const time of [0, ...times]) {
      passedMs += time;
      standstill.see({ height: toHeight(1297n), waiting: null });
    }
    passedMs += idleMs;
    standstill.look();
    return said;
  };

  test('is said with the time between answers', () => {
    expect(saidAfter([4_000, 4_000, 4_000])).toEqual(['the chain is at height 1297 since 12 s']);
  });

  test('is not said for the time in which the node did not answer', () => {
    expect(saidAfter([150_000])).toEqual([]);
    expect(saidAfter([], 150_000)).toEqual([]);
    expect(saidAfter([4_000, 4_000, 150_000, 4_000, 4_000, 4_000])).toEqual([
      'the chain is at height 1297 since 12 s',
    ]);
  });

  test('is not said of a height that was read before the node was away', () => {
    const said: string[] = [];
    const journal = { outbox: [{ key: 'commit/0', id: '0x01' }] };
    const task = { journal, progress: (text: string) => said.push(text) };
    const standstill = new Standstill({ task, all: [], outbox: { lastRefusal: () => undefined } } as never);
    standstill.see({ height: toHeight(1297n), waiting: null });
    standstill.look();
    passedMs += 150_000;
    standstill.look();
    expect(said).toEqual([
      'the commit of part 1 (transaction 0x01): in no block yet; the chain was at height 1297 150 s ago',
    ]);
  });

  test.each([
    [
      'why the node does not go on',
      { reason: 'quorum', message: '1 of 4 validators vote' },
      /since \d+ s: 1 of 4/,
    ],
    [
      'since when, if the node does not say why',
      null,
      /in no block yet; the chain is at height \d+ since \d+ s$/,
    ],
  ])('is said: %s', async (name, waiting, expected) => {
    const said: string[] = [];
    const call: RpcClient['call'] = async (method, ...params) => client.call(method, ...params);
    const batch: RpcClient['batch'] = async (calls) => {
      const answers = await client.batch(calls);
      for (const [i, { method }] of calls.entries()) {
        const answer = answers[i];
        if (method === 'node_status' && answer?.ok === true && !sealing.isOn)
          Object.assign(answer.value, { waiting });
      }
      return answers;
    };
    const standing: RpcClient = {
      ...client,
      batch,
      call: async (method, ...params) => {
        const answer = await call(method, ...params);
        if (method !== 'node_status' || sealing.isOn) return answer;
        passedMs += 4_000;
        return Object.assign(answer, { waiting });
      },
    };
    const journal = memoryJournal();
    const [made] = await give({
      client: standing,
      rows: [row(name)],
      journal: {
        ...journal,
        write: (text) => {
          journal.write(text);
          // From the first commit on, until it is said.
          if (text.includes('"commit/0"')) sealing.isOn = said.some((each) => each.includes('in no block'));
        },
      },
      progress: (text) => {
        said.push(text);
        if (text.includes('in no block')) sealing.isOn = true;
      },
    });
    expect(made?.refused).toBeUndefined();
    expect(said.find((text) => text.includes('in no block'))).toMatch(
      /^the commit of part 1 \(transaction 0x/,
    );
    expect(said.find((text) => text.includes('in no block'))).toMatch(expected);
  });
});
